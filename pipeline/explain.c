/* SPDX-License-Identifier: MIT */
#include "pipeline/explain.h"

#include "base/alloc.h"
#include "pipeline/explain_media.h"
#include "pipeline/page.h"

#include <math.h>
#include <string.h>

enum {
    WIDE = 1000, /* the timeline's own units */
    WAVE = 90,   /* height of the waveform, half above and half below its middle */
    BAND = 60,   /* height of a band of bars */
    GAP = 22
};

/* Full red: so many times the share that every cell has if all are alike. */
#define STRONG 4.0

static const char style[] =
    "<style>\n"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:1080px;margin:2em "
    "auto;padding:0 "
    "1em;color:#1b1b1b;background:#fff}\n"
    "h1{font-size:1.3em;margin:0}.answer{font-size:2.2em;font-weight:700;margin:0}\n"
    ".warnings{margin:.4em 0;padding:.5em 1em .5em 2em;border-left:4px solid "
    "#D55E00;background:rgba(213,94,0,.08)}\n"
    "h2{font-size:1.05em;margin:2em 0 .4em}p{margin:.3em 0;color:#444}\n"
    ".top{display:grid;grid-template-columns:max-content 1fr 4em;gap:.25em "
    ".8em;align-items:center;max-width:560px}\n"
    ".bar{background:#0072B2;height:.8em;border-radius:2px;min-width:1px}\n"
    ".n{text-align:right;font-variant-numeric:tabular-nums}\n"
    "svg.time{width:100%;height:auto;display:block}svg text{font:13px "
    "system-ui,sans-serif;fill:#444}\n"
    ".frames{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));"
    "gap:14px}\n"
    "figure{margin:0}.see{position:relative;border-radius:4px;overflow:hidden;"
    "outline-style:solid}\n"
    ".see img{display:block;width:100%}.see svg{position:absolute;filter:blur(5px)}\n"
    "figcaption{font-size:.85em;color:#444;font-variant-numeric:tabular-nums}\n"
    "@media(prefers-color-scheme:dark){body{background:#161616;color:#eee}p,figcaption"
    "{color:#bbb}svg text{fill:#bbb}}\n"
    "</style>\n";

typedef struct Writer {
    const AqExplanation *e;
    AqPage page;
    AqExplainMedia media;
    int n_seconds;
} Writer;

/* ---- the page ---- */

/* What is said beside the answer; it stands for the answer where none is claimed. */
static void put_verdict(Writer *w, const char *answer)
{
    const AqVerdict *v = w->e->verdict;

    aq_page_raw(&w->page, "<p class=\"answer\">");
    aq_page_text(&w->page, !v || aq_verdict_claims(v) ? answer : "not sure");
    aq_page_raw(&w->page, "</p>\n");
    if (!v || v->n == 0)
        return;
    aq_page_raw(&w->page, "<ul class=\"warnings\">\n");
    for (int k = 0; k < v->n; k++) {
        aq_page_raw(&w->page, "<li>");
        aq_page_text(&w->page, v->remark[k].text);
        aq_page_raw(&w->page, "</li>\n");
    }
    aq_page_raw(&w->page, "</ul>\n");
}

static void put_head(Writer *w)
{
    const AqPrediction *p = w->e->prediction;
    const char *answer = w->e->model->answers.at[p->order[0]];

    aq_page_raw(&w->page,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width\">\n"
                "<title>");
    aq_page_text(&w->page, w->e->question);
    aq_page_raw(&w->page, "</title>\n");
    aq_page_raw(&w->page, style);
    aq_page_raw(&w->page, "<h1>");
    aq_page_text(&w->page, w->e->question);
    aq_page_raw(&w->page, "</h1>\n");
    put_verdict(w, answer);
    aq_page_raw(&w->page, "<p>");
    aq_page_text(&w->page, w->e->clip);
    aq_page_put(&w->page, ", %d s</p>\n", w->n_seconds);
}

static void put_answers(Writer *w)
{
    const AqPrediction *p = w->e->prediction;
    const int n = w->e->top < p->n_answers ? w->e->top : p->n_answers;

    aq_page_raw(&w->page, "<h2>Likeliest answers</h2>\n<div class=\"top\">\n");
    for (int k = 0; k < n; k++) {
        const double percent = 100 * (double)p->probability[p->order[k]];

        aq_page_raw(&w->page, "<span>");
        aq_page_text(&w->page, w->e->model->answers.at[p->order[k]]);
        aq_page_put(&w->page,
                    "</span><div class=\"bar\" style=\"width:%.2f%%\"></div>"
                    "<span class=\"n\">%.1f %%</span>\n",
                    percent, percent);
    }
    aq_page_raw(&w->page, "</div>\n");
}

static double most_of(const float *v, int n)
{
    double most = 0;

    for (int k = 0; k < n; k++)
        most = fmax(most, (double)v[k]);
    return most;
}

static void put_wave(Writer *w, int top)
{
    const double step = (double)WIDE / (w->n_seconds * AQ_GLIMPSE_PEAKS),
                 middle = top + WAVE / 2.0;

    aq_page_raw(&w->page, "<path stroke=\"#777\" fill=\"none\" d=\"");
    for (int k = 0; k < w->n_seconds * AQ_GLIMPSE_PEAKS; k++) {
        const double half =
            fmax(0.5, WAVE / 2.0 *
                          sqrt((double)w->media
                                   .peaks[k / AQ_GLIMPSE_PEAKS][k % AQ_GLIMPSE_PEAKS]));

        aq_page_put(&w->page, "M%.1f %.1fV%.1f", (k + 0.5) * step, middle - half,
                    middle + half);
    }
    aq_page_raw(&w->page, "\"/>\n");
}

/* Bars of one modality, the tallest as high as the band. */
static void put_bars(Writer *w, AqModality m, int top, const char *colour)
{
    const float *v = w->e->prediction->attention[m];
    const double step = (double)WIDE / w->n_seconds, most = most_of(v, w->n_seconds);

    for (int t = 0; t < w->n_seconds && most > 0; t++) {
        const double h = BAND * (double)v[t] / most;

        aq_page_put(&w->page,
                    "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" "
                    "fill=\"%s\"><title>%d s: %.1f %%</title></rect>\n",
                    t * step + 1, top + BAND - h, step - 2, h, colour, t,
                    100 * (double)v[t]);
    }
}

static void put_timeline(Writer *w)
{
    const int audio = WAVE + GAP, visual = audio + BAND + GAP,
              axis = visual + BAND + 18, every = w->n_seconds > 20 ? 5 : 1;

    aq_page_raw(&w->page, "<h2>Over time</h2>\n<p>The sound, and below it how much of "
                          "the answer's look went to each second of sound (orange) and "
                          "of picture (blue).</p>\n");
    aq_page_put(&w->page, "<svg class=\"time\" viewBox=\"0 0 %d %d\" role=\"img\">\n",
                WIDE, axis + 6);
    put_wave(w, 0);
    aq_page_put(&w->page, "<text x=\"0\" y=\"%d\">listened to</text>\n", audio - 5);
    put_bars(w, AQ_AUDIO, audio, "#D55E00");
    aq_page_put(&w->page, "<text x=\"0\" y=\"%d\">looked at</text>\n", visual - 5);
    put_bars(w, AQ_VISUAL, visual, "#0072B2");
    for (int t = 0; t < w->n_seconds; t += every)
        aq_page_put(&w->page,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d s</text>\n",
                    (t + 0.5) * WIDE / w->n_seconds, axis, t);
    aq_page_raw(&w->page, "</svg>\n");
}

/* Where in the picture the network's square lies, in percent. */
static void put_place(Writer *w)
{
    const AqFramesConfig *f = w->e->frames;
    double x = 100, y = 100;

    if (f->fit == AQ_FIT_CROP && w->media.width > 0 && w->media.height > 0) {
        const double side = w->media.width < w->media.height ? w->media.width
                                                             : w->media.height,
                     part = 100.0 * f->size / f->short_side;
        x = part * side / w->media.width;
        y = part * side / w->media.height;
    }
    aq_page_put(&w->page, "style=\"left:%.2f%%;top:%.2f%%;width:%.2f%%;height:%.2f%%\"",
                (100 - x) / 2, (100 - y) / 2, x, y);
}

static void put_heat(Writer *w, int t)
{
    const int h = w->e->model->shape.grid_h, n = w->e->model->shape.grid_w;
    const float *g = w->e->prediction->grid + (size_t)t * (size_t)(h * n);

    aq_page_put(&w->page, "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" ", n,
                h);
    put_place(w);
    aq_page_raw(&w->page, ">\n");
    for (int k = 0; k < h * n; k++)
        aq_page_put(&w->page,
                    "<rect x=\"%d\" y=\"%d\" width=\"1\" height=\"1\" fill=\"#ff2000\" "
                    "fill-opacity=\"%.3f\"/>",
                    k % n, k / n, 0.75 * fmin(1, (double)g[k] * h * n / STRONG));
    aq_page_raw(&w->page, "</svg>\n");
}

static void put_pictures(Writer *w)
{
    const float *v = w->e->prediction->attention[AQ_VISUAL];
    const double most = most_of(v, w->n_seconds);

    aq_page_raw(&w->page,
                "<h2>Where it looked</h2>\n<p>Red is where the question looked in each "
                "second's picture (full red: four times an even share or more); the "
                "stronger the blue frame, the more that second counted.</p>\n<div "
                "class=\"frames\">\n");
    for (int t = 0; t < w->n_seconds; t++) {
        if (!w->media.pictures[t])
            continue;
        aq_page_put(
            &w->page,
            "<figure><div class=\"see\" style=\"outline-width:3px;outline-color:"
            "rgba(0,114,178,%.3f)\"><img alt=\"second %d\" "
            "src=\"data:image/jpeg;base64,",
            most > 0 ? (double)v[t] / most : 0, t);
        aq_page_raw(&w->page, w->media.pictures[t]);
        aq_page_raw(&w->page, "\">\n");
        put_heat(w, t);
        aq_page_put(&w->page, "</div><figcaption>%d s, %.1f %%</figcaption></figure>\n",
                    t, 100 * (double)v[t]);
    }
    aq_page_raw(&w->page, "</div>\n</html>\n");
}

AqErr aq_explain(const AqExplanation *e, const char *out_path)
{
    Writer w = {.e = e, .n_seconds = e->prediction->n_seconds};
    AqErr err = aq_explain_media_read(&w.media, e->clip, w.n_seconds, e->max_seconds);

    if (err == AQ_OK) {
        aq_page_begin(&w.page, out_path);
        put_head(&w);
        put_answers(&w);
        put_timeline(&w);
        put_pictures(&w);
        err = aq_page_end(&w.page);
    }
    aq_explain_media_clear(&w.media);
    return err;
}
