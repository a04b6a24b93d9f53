/* SPDX-License-Identifier: MIT */
/* The page's pictures, each of them there once, with a heat map over the network's grid
 * where they are shown large. */
#include "pipeline/ui/explain_priv.h"

#include <math.h>

#define HOTTEST    0.85 /* opacity of full colour */
#define MOST_CARDS 3

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

void aq_explain_put_sheet(AqExplainWriter *w)
{
    if (w->media.width == 0)
        return;
    aq_page_put(&w->page, "<style>:root{--shape:%d/%d;\n", w->media.width,
                w->media.height);
    for (int t = 0; t < w->n_seconds; t++) {
        if (!w->media.pictures[t])
            continue;
        aq_page_put(&w->page, "--p%d:url(data:image/jpeg;base64,", t);
        aq_page_raw(&w->page, w->media.pictures[t]);
        aq_page_raw(&w->page, ");\n");
    }
    aq_page_raw(&w->page, "}</style>\n");
}

void aq_explain_put_picture(AqExplainWriter *w, int t, int share)
{
    aq_page_put(&w->page,
                "<i class=\"pic\" role=\"img\" aria-label=\"second %d\" "
                "style=\"flex-grow:%d;background-image:var(--p%d)\"></i>\n",
                t, share, t);
}

/* Second t's picture with a heat map over it (v NULL: without). */
static void put_heated(AqExplainWriter *w, int t, const float *v, double full)
{
    const DrawnGrid g = drawn_grid(w);

    aq_page_put(&w->page, "<div class=\"see%s\">\n", v ? " heat" : "");
    aq_explain_put_picture(w, t, 1);
    if (v) {
        aq_page_put(&w->page,
                    "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" ", g.w,
                    g.h);
        put_place(w);
        aq_page_raw(&w->page, ">\n");
        put_cells(w, v, full, "var(--heat)", HOTTEST);
        aq_page_raw(&w->page, "</svg>\n");
    }
    aq_page_raw(&w->page, "</div>\n");
}

static double full_of_grids(const AqExplainWriter *w)
{
    const float *v = w->e->occlusion->grid;

    return v ? largest_cell_drop(w, v, w->n_seconds) : AQ_EXPLAIN_LEAST_CELL;
}

/* Where the cells of second t were hidden: what they cost. */
static const float *grid_of(const AqExplainWriter *w, int t)
{
    const AqOcclusion *y = w->e->occlusion;

    return y->cell && y->looked[t] ? y->grid + (size_t)t * y->n_cells : NULL;
}

static void put_scale(AqExplainWriter *w, double full)
{
    aq_page_put(
        &w->page,
        "<p class=\"scale\">nothing lost<i role=\"img\" aria-label=\"colour: what "
        "the answer loses without a part of the picture\"></i>-%.1f</p>\n",
        full);
}

/* ---- the strongest seconds ---- */

static void put_card(AqExplainWriter *w, AqModality m, int t)
{
    const AqOcclusion *y = w->e->occlusion;

    aq_page_raw(&w->page, "<figure>\n");
    if (w->media.pictures[t])
        put_heated(w, t, m == AQ_VISUAL ? grid_of(w, t) : NULL, full_of_grids(w));
    aq_page_put(&w->page, "<figcaption><strong>%d s of %s</strong> (%+.1f) <a", t,
                m == AQ_AUDIO ? "sound" : "picture", -(double)y->second[m][t]);
    aq_explain_put_jump(w, t);
    aq_page_put(&w->page, ">%s</a></figcaption></figure>\n",
                w->e->play == AQ_EXPLAIN_NONE ? "" : "play");
}

void aq_explain_put_strongest(AqExplainWriter *w)
{
    const AqVerdict *v = w->e->verdict;
    const AqOcclusion *y = w->e->occlusion;
    int at[MOST_CARDS], n_heated = 0;
    const int n = aq_occlusion_strongest(y, at, MOST_CARDS);

    aq_page_put(&w->page, "<h2>What %s rests on</h2>\n",
                !v || aq_verdict_claims(v) ? "the answer" : "its best guess");
    if (n == 0) {
        aq_page_raw(&w->page,
                    "<p class=\"rests\">It rests on no second alone: the others "
                    "make up for any one.</p>\n");
        return;
    }
    aq_page_raw(&w->page,
                "<p>Without these seconds it loses most (in log-odds: -0.7 halves "
                "its odds, -2.3 leaves a tenth).</p>\n<div class=\"cards\">\n");
    for (int k = 0; k < n; k++) {
        const int m = at[k] / y->n_seconds, t = at[k] % y->n_seconds;

        n_heated += m == AQ_VISUAL && grid_of(w, t);
        put_card(w, (AqModality)m, t);
    }
    aq_page_raw(&w->page, "</div>\n");
    if (n_heated)
        put_scale(w, full_of_grids(w));
}

/* ---- all pictures ---- */

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
    aq_page_raw(&w->page, "<figure class=\"whole\">\n");
    put_heated(w, t, y->cell, full);
    put_scale(w, full);
    aq_page_put(&w->page,
                "<figcaption>hidden in all seconds at once; the picture is that of %d "
                "s</figcaption></figure>\n",
                t);
}

static void put_each(AqExplainWriter *w)
{
    const AqOcclusion *y = w->e->occlusion;
    const double full = full_of_grids(w);

    aq_page_raw(&w->page,
                "<p>Hidden in one second only. Below each picture: what hiding "
                "all of it changes.</p>\n");
    put_scale(w, full);
    aq_page_raw(&w->page, "<div class=\"frames\">\n");
    for (int t = 0; t < w->n_seconds; t++) {
        if (!w->media.pictures[t])
            continue;
        aq_page_raw(&w->page, "<figure>\n");
        put_heated(w, t, grid_of(w, t), full);
        aq_page_raw(&w->page, "<figcaption><a");
        aq_explain_put_jump(w, t);
        aq_page_put(&w->page, ">%d s</a>, %+.2f%s</figcaption></figure>\n", t,
                    aq_explain_change(y->second[AQ_VISUAL][t]),
                    y->looked[t] ? "" : ", its parts not tested");
    }
    aq_page_raw(&w->page, "</div>\n");
}

void aq_explain_put_pictures(AqExplainWriter *w)
{
    if (!w->e->occlusion->cell)
        return;
    aq_page_raw(&w->page, "<details><summary>Where in the picture, second by "
                          "second</summary>\n");
    put_all_at_once(w);
    put_each(w);
    aq_page_raw(&w->page, "</details>\n");
}

/* ---- attention ---- */

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
        put_cells(w, v + (size_t)t * g.all, (double)most, "var(--soft)", 1);
        aq_page_raw(&w->page, "</svg>\n");
    }
    aq_page_raw(&w->page, "</div>\n");
}
