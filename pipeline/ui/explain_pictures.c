/* SPDX-License-Identifier: MIT */
/* The page's pictures, with a heat map over the network's grid. */
#include "pipeline/ui/explain_priv.h"

#include <math.h>

#define HOTTEST 0.75 /* opacity of full red */

/* Where in the picture the network's square input lies, in percent. */
static void put_place(AqExplainWriter *w)
{
    double share[2];

    aq_input_part(w->e->input, w->media.width, w->media.height, share);
    const double x = 100 * share[0], y = 100 * share[1];
    aq_page_put(&w->page, "style=\"left:%.2f%%;top:%.2f%%;width:%.2f%%;height:%.2f%%\"",
                (100 - x) / 2, (100 - y) / 2, x, y);
}

/* The grid that is drawn, where it is among all cells. */
typedef struct DrawnGrid {
    int h, w, from; /* from: its first cell among a second's `all` */
    int all;
} DrawnGrid;

static DrawnGrid drawn_grid(const AqExplainWriter *w)
{
    const AqFeatureSizes *s = &w->e->model->shape.sizes;
    const int k = aq_feature_drawn(s);
    const AqFeatureShape *x = &s->of[AQ_VISUAL][k];

    return (DrawnGrid){.h = x->h,
                       .w = x->w,
                       .from = aq_feature_place(s, AQ_VISUAL, k).cells,
                       .all = aq_feature_total(s, AQ_VISUAL).cells};
}

/* The grid's cells: `full` or more in full colour, 0 or less transparent. v: all cells
 * of a second. */
static void put_cells(AqExplainWriter *w, const float *v, double full,
                      const char *colour, double hottest)
{
    const DrawnGrid g = drawn_grid(w);

    v += g.from;
    for (int k = 0; k < g.h * g.w; k++)
        if (v[k] > 0)
            aq_page_put(&w->page,
                        "<rect x=\"%d\" y=\"%d\" width=\"1\" height=\"1\" "
                        "fill=\"%s\" fill-opacity=\"%.3f\"/>",
                        k % g.w, k / g.w, colour,
                        hottest * fmin(1, (double)v[k] / full));
}

/* Of the grid's cells in n seconds. */
static float largest_of_cells(const AqExplainWriter *w, const float *v, int n)
{
    const DrawnGrid g = drawn_grid(w);
    float most = 0;

    for (int k = 0; k < n * g.h * g.w; k++) {
        const float x = v[(k / (g.h * g.w)) * g.all + g.from + k % (g.h * g.w)];

        most = x > most ? x : most;
    }
    return most;
}

static double largest_cell_drop(const AqExplainWriter *w, const float *v, int n)
{
    return fmax(AQ_EXPLAIN_LEAST_CELL, (double)largest_of_cells(w, v, n));
}

/* Second t's picture with a heat map over it (v NULL: without). Leaves the figure open.
 */
static void put_picture(AqExplainWriter *w, int t, const float *v, double full)
{
    const DrawnGrid g = drawn_grid(w);

    aq_page_put(&w->page,
                "<figure><div class=\"see\"><img alt=\"second %d\" "
                "src=\"data:image/jpeg;base64,",
                t);
    aq_page_raw(&w->page, w->media.pictures[t]);
    aq_page_raw(&w->page, "\">\n");
    if (v) {
        aq_page_put(&w->page,
                    "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" ", g.w,
                    g.h);
        put_place(w);
        aq_page_raw(&w->page, ">\n");
        put_cells(w, v, full, "#ff2000", HOTTEST);
        aq_page_raw(&w->page, "</svg>\n");
    }
    aq_page_raw(&w->page, "</div>");
}

/* The picture that represents all: that of the second with the largest drop. */
static int picture_for_all(const AqExplainWriter *w)
{
    const float *v = w->e->occlusion->second[AQ_VISUAL];
    int best = -1;

    for (int t = 0; t < w->n_seconds; t++)
        if (w->media.pictures[t] && (best < 0 || v[t] > v[best]))
            best = t;
    return best;
}

static void put_all_at_once(AqExplainWriter *w)
{
    const AqOcclusion *y = w->e->occlusion;
    const int t = picture_for_all(w);
    const double full = largest_cell_drop(w, y->cell, 1);

    if (t < 0)
        return;
    aq_page_raw(&w->page, "<div class=\"whole\">\n");
    put_picture(w, t, y->cell, full);
    aq_page_put(&w->page,
                "<figcaption>hidden in all seconds at once (full red: -%.1f); the "
                "picture is that of %d s</figcaption></figure>\n</div>\n",
                full, t);
}

static void put_each(AqExplainWriter *w)
{
    const AqOcclusion *y = w->e->occlusion;
    const double full = largest_cell_drop(w, y->grid, y->n_seconds);

    aq_page_put(&w->page,
                "<p>Hidden in one second only (full red: -%.1f). Below each picture: "
                "what hiding all of it changes.</p>\n<div class=\"frames\">\n",
                full);
    for (int t = 0; t < w->n_seconds; t++) {
        if (!w->media.pictures[t])
            continue;
        put_picture(w, t, y->looked[t] ? y->grid + (size_t)t * y->n_cells : NULL, full);
        aq_page_put(&w->page, "<figcaption>%d s, %+.2f%s</figcaption></figure>\n", t,
                    aq_explain_change(y->second[AQ_VISUAL][t]),
                    y->looked[t] ? "" : ", its parts not tested");
    }
    aq_page_raw(&w->page, "</div>\n");
}

void aq_explain_put_pictures(AqExplainWriter *w)
{
    if (!w->e->occlusion->cell)
        return;
    aq_page_raw(&w->page,
                "<h2>Where in the picture</h2>\n<p>Each cell of the network's grid "
                "was hidden in turn (made like the rest of its picture). Red shows "
                "how much the answer lost, in log-odds; cells that it lost nothing "
                "by, or was surer without, have no colour.</p>\n");
    put_all_at_once(w);
    put_each(w);
}

void aq_explain_put_looks(AqExplainWriter *w)
{
    const DrawnGrid g = drawn_grid(w);
    const float *v = w->e->prediction->grid;
    const float most = largest_of_cells(w, v, w->n_seconds);

    if (!(most > 0))
        return;
    aq_page_raw(&w->page, "<p class=\"label\">attention to the parts of each "
                          "picture</p>\n<div class=\"looks\">\n");
    for (int t = 0; t < w->n_seconds; t++) {
        aq_page_put(&w->page,
                    "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"second "
                    "%d\">",
                    g.w, g.h, t);
        put_cells(w, v + (size_t)t * g.all, (double)most, "#888", 1);
        aq_page_raw(&w->page, "</svg>\n");
    }
    aq_page_raw(&w->page, "</div>\n");
}
