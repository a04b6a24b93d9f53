/*
 * Line charts as SVG (W3C, SVG 1.1): panels stacked over one shared x axis. A line's
 * colour shows its owner (Okabe and Ito's colour-blind-safe palette first), its dash
 * pattern what it measures; the legend names both.
 */
#ifndef AQ_PIPELINE_UI_PLOT_H
#define AQ_PIPELINE_UI_PLOT_H
#include "base/err.h"

#include <stddef.h>

typedef enum AqDash { AQ_DASH_SOLID, AQ_DASH_DASHED, AQ_DASH_DOTTED } AqDash;
#define AQ_N_DASHES 3

typedef struct AqSeries {
    size_t panel, owner; /* one of the plot's panels, one of its owners */
    AqDash dash;
    const double *x, *y; /* (n); a y that is not finite leaves a gap */
    size_t n;
} AqSeries;

typedef struct AqPlot {
    const char *title, *x_label;
    const char *const *panels; /* their y labels */
    size_t n_panels;
    const char *const *owners; /* what each colour means */
    size_t n_owners;
    const char *const *dashes; /* (AQ_N_DASHES) what each dash means */
    const AqSeries *series;    /* later ones are drawn on top */
    size_t n_series;
} AqPlot;

/* The file appears whole or not at all. AQ_ERR_USAGE if there is no point to draw. */
AQ_MUST_CHECK AqErr aq_plot_write(const AqPlot *p, const char *path);

#endif
