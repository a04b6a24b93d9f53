/*
 * Line charts as SVG (W3C, SVG 1.1): panels one below the other over one axis, a line a
 * series, with a legend. Colours are Okabe and Ito's, told apart by the colour-blind.
 */
#ifndef AQ_PIPELINE_PLOT_H
#define AQ_PIPELINE_PLOT_H
#include "base/err.h"

#include <stddef.h>

typedef struct AqSeries {
    const char *label;
    size_t panel;
    const double *x, *y; /* (n); a y that is not finite leaves a gap */
    size_t n;
} AqSeries;

typedef struct AqPlot {
    const char *title, *x_label;
    const char *const *panels; /* their y labels */
    size_t n_panels;
    const AqSeries *series;
    size_t n_series;
} AqPlot;

/* The file appears whole or not at all. AQ_ERR_USAGE if there is no point to draw. */
AQ_MUST_CHECK AqErr aq_plot_write(const AqPlot *p, const char *path);

#endif
