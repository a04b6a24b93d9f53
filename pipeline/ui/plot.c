/* SPDX-License-Identifier: MIT */
#include "pipeline/ui/plot.h"

#include "base/alloc.h"
#include "pipeline/ui/page.h"
#include "pipeline/ui/terminal.h"

#include <math.h>
#include <stdio.h>

enum {
    WIDTH = 860,
    PANEL = 240, /* height of a panel's frame */
    LEFT = 70,
    RIGHT = 230, /* the legend's position */
    TOP = 46,
    GAP = 34,
    BOTTOM = 50,
    TICKS = 5,
    LEGEND_STEP = 18,
    LEGEND_CHARS = 26
};

static const char *const colours[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                      "#E69F00", "#56B4E9", "#000000", "#882255",
                                      "#999933", "#332288", "#8C564B", "#7F7F7F"};
enum { N_COLOURS = sizeof colours / sizeof *colours };

static const char *const dash_arrays[AQ_N_DASHES] = {"none", "7 5", "0.1 5"};

/* Beyond the fixed palette, hues in steps of the golden angle. */
static const char *colour_of(size_t k, char text[32])
{
    if (k < N_COLOURS)
        return colours[k];
    (void)snprintf(text, 32, "hsl(%d,70%%,40%%)", (int)(k * 1375 % 3600 / 10));
    return text;
}

/* ---- axes ---- */

typedef struct Range {
    double lo, hi;
} Range;

static void widen_axis_range(Range *r, double v)
{
    if (!isfinite(v))
        return;
    if (!(r->lo <= v))
        r->lo = v;
    if (!(r->hi >= v))
        r->hi = v;
}

/* 1, 2 or 5 times a power of ten, so that there are about TICKS of them. */
static double step_of(const Range *r)
{
    const double raw = (r->hi - r->lo) / TICKS, power = pow(10, floor(log10(raw)));
    const double part = raw / power;

    return power * (part > 5 ? 10 : part > 2 ? 5 : part > 1 ? 2 : 1);
}

/* Extends the range to whole steps; a single value gets room around it. */
static void round_axis_range(Range *r)
{
    if (r->hi - r->lo < 1e-12) {
        const double room = fabs(r->lo) > 0 ? 0.1 * fabs(r->lo) : 1;
        r->lo -= room;
        r->hi += room;
    }
    const double s = step_of(r);
    r->lo = floor(r->lo / s + 1e-9) * s;
    r->hi = ceil(r->hi / s - 1e-9) * s;
}

static double place_x(const Range *r, double v)
{
    return LEFT + (v - r->lo) / (r->hi - r->lo) * (WIDTH - LEFT - RIGHT);
}

static double place_y(const Range *r, size_t panel, double v)
{
    return (double)(TOP + (int)panel * (PANEL + GAP)) +
           (r->hi - v) / (r->hi - r->lo) * PANEL;
}

static void put_y_axis(AqPage *p, const Range *r, size_t panel, const char *label)
{
    const double s = step_of(r), top = place_y(r, panel, r->hi);

    for (int k = 0; r->lo + k * s <= r->hi + 1e-9 * s; k++) {
        const double v = r->lo + k * s, y = place_y(r, panel, v);

        aq_page_put(
            p, "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>\n",
            LEFT, y, WIDTH - RIGHT, y);
        aq_page_put(p, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.6g</text>\n",
                    LEFT - 8, y + 4, fabs(v) < 1e-12 ? 0 : v);
    }
    aq_page_put(
        p, "<text transform=\"translate(16,%.1f) rotate(-90)\" text-anchor=\"middle\">",
        top + PANEL / 2.0);
    aq_page_text(p, label);
    aq_page_put(p, "</text>\n");
}

static void put_x_axis(AqPage *p, const Range *r, size_t n_panels, const char *label)
{
    const double s = step_of(r);
    const int bottom = TOP + (int)n_panels * (PANEL + GAP) - GAP;

    for (int k = 0; r->lo + k * s <= r->hi + 1e-9 * s; k++)
        aq_page_put(p, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.6g</text>\n",
                    place_x(r, r->lo + k * s), bottom + 18, r->lo + k * s);
    aq_page_put(p, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">",
                (LEFT + WIDTH - RIGHT) / 2.0, bottom + 38);
    aq_page_text(p, label);
    aq_page_put(p, "</text>\n");
}

/* ---- lines ---- */

/* A point by itself, between gaps, is drawn as a dot. */
static void put_series_line(AqPage *p, const AqSeries *s, const Range *x,
                            const Range *y)
{
    char colour[32];
    int open = 0;

    aq_page_put(p,
                "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" "
                "stroke-linecap=\"round\" stroke-linejoin=\"round\" "
                "stroke-dasharray=\"%s\" d=\"",
                colour_of(s->owner, colour), s->dash == AQ_DASH_SOLID ? "2" : "1.4",
                dash_arrays[s->dash]);
    for (size_t k = 0; k < s->n; k++) {
        const int is_there = isfinite(s->x[k]) && isfinite(s->y[k]);

        if (is_there && !open)
            aq_page_put(p, "M%.1f %.1fh0", place_x(x, s->x[k]),
                        place_y(y, s->panel, s->y[k]));
        else if (is_there)
            aq_page_put(p, "L%.1f %.1f", place_x(x, s->x[k]),
                        place_y(y, s->panel, s->y[k]));
        open = is_there;
    }
    aq_page_put(p, "\"/>\n");
}

static int has_points(const AqSeries *s)
{
    for (size_t k = 0; k < s->n; k++)
        if (isfinite(s->x[k]) && isfinite(s->y[k]))
            return 1;
    return 0;
}

/* ---- the legend: colours, then dashes; only what was measured is listed ---- */

static int is_drawn(const AqPlot *plot, const size_t *owner, const AqDash *dash)
{
    for (size_t k = 0; k < plot->n_series; k++)
        if ((!owner || plot->series[k].owner == *owner) &&
            (!dash || plot->series[k].dash == *dash) && has_points(&plot->series[k]))
            return 1;
    return 0;
}

static void put_legend_key(AqPage *p, int *row, const char *colour, const char *dash,
                           const char *name)
{
    const int x = WIDTH - RIGHT + 14, y = TOP + 12 + (*row)++ * LEGEND_STEP;
    char text[160];

    aq_page_put(p,
                "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" "
                "stroke-width=\"%s\" stroke-linecap=\"round\" "
                "stroke-dasharray=\"%s\"/>\n<text x=\"%d\" y=\"%d\">",
                x, y - 4, x + 26, y - 4, colour, dash ? "2" : "5", dash ? dash : "none",
                x + 36, y);
    aq_page_text(p, aq_text_shorten(text, sizeof text, name, LEGEND_CHARS));
    aq_page_put(p, "</text>\n");
}

static void put_legend(AqPage *p, const AqPlot *plot)
{
    char colour[32];
    int row = 0;

    for (size_t k = 0; k < plot->n_owners && plot->n_owners > 1; k++)
        if (is_drawn(plot, &k, NULL))
            put_legend_key(p, &row, colour_of(k, colour), NULL, plot->owners[k]);
    row += row > 0;
    for (AqDash k = 0; k < AQ_N_DASHES; k++)
        if (is_drawn(plot, NULL, &k))
            put_legend_key(p, &row, plot->n_owners > 1 ? "#444" : colour_of(0, colour),
                           dash_arrays[k], plot->dashes[k]);
}

static int find_ranges(const AqPlot *plot, Range *x, Range *y)
{
    size_t n = 0;

    *x = (Range){(double)NAN, (double)NAN};
    for (size_t k = 0; k < plot->n_panels; k++)
        y[k] = (Range){(double)NAN, (double)NAN};
    for (size_t k = 0; k < plot->n_series; k++)
        for (size_t i = 0; i < plot->series[k].n; i++) {
            const AqSeries *s = &plot->series[k];

            if (!isfinite(s->x[i]) || !isfinite(s->y[i]))
                continue;
            widen_axis_range(x, s->x[i]);
            widen_axis_range(&y[s->panel], s->y[i]);
            n++;
        }
    for (size_t k = 0; k < plot->n_panels; k++) {
        widen_axis_range(&y[k],
                         isfinite(y[k].lo) ? y[k].lo : 0); /* an empty panel: 0 */
        round_axis_range(&y[k]);
    }
    round_axis_range(x);
    return n > 0;
}

static int legend_rows(const AqPlot *plot)
{
    return plot->n_owners > 1 ? (int)plot->n_owners + 1 + AQ_N_DASHES : AQ_N_DASHES;
}

static void put_plot_svg(AqPage *p, const AqPlot *plot, const Range *x, const Range *y)
{
    const int panels = TOP + (int)plot->n_panels * (PANEL + GAP) - GAP + BOTTOM,
              legend = TOP + legend_rows(plot) * LEGEND_STEP + LEGEND_STEP;
    const int height = panels > legend ? panels : legend;

    aq_page_put(p,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n"
                "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
                "<text x=\"%d\" y=\"24\" font-size=\"15\">",
                WIDTH, height, WIDTH, height, LEFT);
    aq_page_text(p, plot->title);
    aq_page_put(p, "</text>\n");
    for (size_t k = 0; k < plot->n_panels; k++)
        put_y_axis(p, &y[k], k, plot->panels[k]);
    put_x_axis(p, x, plot->n_panels, plot->x_label);
    for (size_t k = 0; k < plot->n_series; k++)
        if (has_points(&plot->series[k]))
            put_series_line(p, &plot->series[k], x, &y[plot->series[k].panel]);
    put_legend(p, plot);
    aq_page_put(p, "</svg>\n");
}

AqErr aq_plot_write(const AqPlot *plot, const char *path)
{
    AqPage p;
    Range x, *y = aq_alloc(plot->n_panels, sizeof *y);

    if (!y)
        return AQ_ERR_NOMEM;
    AqErr err = find_ranges(plot, &x, y)
                    ? AQ_OK
                    : aq_fail(AQ_ERR_USAGE, "%s: there is nothing to draw", path);
    if (err == AQ_OK) {
        aq_page_begin(&p, path);
        put_plot_svg(&p, plot, &x, y);
        err = aq_page_end(&p);
    }
    aq_free(y);
    return err;
}
