/* SPDX-License-Identifier: MIT */
/* The page's timelines: bands of equal width below each other, one bar per second. Text
 * is outside the drawings so that it stays legible on a phone. */
#include "pipeline/ui/explain_priv.h"

#include <math.h>

enum {
    WIDE = 1000, /* in a band's own units */
    WAVE = 90,   /* height of the waveform, half above and half below its middle */
    UP = 60,     /* greatest height of a bar for the answer */
    DOWN = 20,   /* and of one against it */
    LOOK = 30    /* and of a bar of attention */
};

static const char *const colours[AQ_N_MODALITIES] = {"#D55E00", "#0072B2"};
static const char *const in_words[AQ_N_MODALITIES] = {"sound", "picture"};

static void begin_band(AqExplainWriter *w, const char *label, int height)
{
    aq_page_put(&w->page,
                "<p class=\"label\">%s</p>\n<svg class=\"band\" viewBox=\"0 0 %d %d\" "
                "style=\"height:%dpx\" preserveAspectRatio=\"none\" role=\"img\" "
                "aria-label=\"%s\">\n",
                label, WIDE, height, height, label);
}

static void end_band(AqExplainWriter *w)
{
    aq_page_raw(&w->page, "</svg>\n");
}

static void put_wave(AqExplainWriter *w)
{
    const int n = w->n_seconds * AQ_GLIMPSE_PEAKS;
    const double step = (double)WIDE / n, middle = WAVE / 2.0;

    begin_band(w, "the sound", WAVE);
    aq_page_raw(&w->page, "<path stroke=\"#777\" fill=\"none\" d=\"");
    for (int k = 0; k < n; k++) {
        const float peak = w->media.peaks[k / AQ_GLIMPSE_PEAKS][k % AQ_GLIMPSE_PEAKS];
        const double half = fmax(0.5, middle * sqrt((double)peak));

        aq_page_put(&w->page, "M%.1f %.1fV%.1f", (k + 0.5) * step, middle - half,
                    middle + half);
    }
    aq_page_raw(&w->page, "\"/>\n");
    end_band(w);
}

/* Labels the seconds below the bands; every fifth in a long clip. */
static void put_axis(AqExplainWriter *w)
{
    const int every = w->n_seconds > 60 ? 10 : w->n_seconds > 12 ? 5 : 1;

    aq_page_raw(&w->page, "<div class=\"axis\">\n");
    for (int t = 0; t < w->n_seconds; t += every) {
        const int n = w->n_seconds - t < every ? w->n_seconds - t : every;

        aq_page_put(&w->page, "<span style=\"flex:%d\">%d s</span>", n, t);
    }
    aq_page_raw(&w->page, "</div>\n");
}

static void put_bar(AqExplainWriter *w, int t, double top, double height,
                    const char *colour, double opacity)
{
    const double step = (double)WIDE / w->n_seconds, gap = step * 0.06;

    aq_page_put(&w->page,
                "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" "
                "fill=\"%s\" fill-opacity=\"%.2f\">",
                t * step + gap, top, step - 2 * gap, height, colour, opacity);
}

/* ---- occlusion ---- */

/* The drop that fills a band: the largest of both streams. */
static double largest_second_drop(const AqExplainWriter *w)
{
    double most = AQ_EXPLAIN_LEAST_SECOND;

    for (int k = 0; k < AQ_N_MODALITIES * w->n_seconds; k++)
        most = fmax(
            most, (double)w->e->occlusion->second[k / w->n_seconds][k % w->n_seconds]);
    return most;
}

static void put_drops(AqExplainWriter *w, AqModality m)
{
    const float *v = w->e->occlusion->second[m];
    const double full = largest_second_drop(w);
    char label[96];

    (void)snprintf(label, sizeof label, "what it loses without each second of %s",
                   in_words[m]);
    begin_band(w, label, UP + DOWN);
    for (int t = 0; t < w->n_seconds; t++) {
        const double h = UP * fabs((double)v[t]) / full;

        if (v[t] >= 0)
            put_bar(w, t, UP - h, h, colours[m], 1);
        else
            put_bar(w, t, UP, fmin(h, DOWN), colours[m], 0.4);
        aq_page_put(&w->page, "<title>%d s: %+.2f without it</title></rect>\n", t,
                    aq_explain_change(v[t]));
    }
    aq_page_put(&w->page,
                "<path d=\"M0 %dH%d\" stroke=\"#777\" "
                "vector-effect=\"non-scaling-stroke\"/>\n",
                UP, WIDE);
    end_band(w);
}

/* "Without the sound it would say piano (-10.8), ..." */
static void put_streams(AqExplainWriter *w)
{
    const AqOcclusion *y = w->e->occlusion;

    aq_page_raw(&w->page, "<p class=\"rests\">");
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        const int other = y->stream_answer[m];

        if (!y->has[m])
            continue;
        aq_page_put(&w->page, "Without the %s %s <strong>", in_words[m],
                    other == y->answer ? "still" : "it would say");
        aq_page_text(&w->page, w->e->prediction->answer[other]);
        aq_page_put(&w->page, "</strong> (%+.1f). ", -(double)y->stream[m]);
    }
    aq_page_raw(&w->page, "</p>\n");
}

static void put_strongest(AqExplainWriter *w)
{
    const AqOcclusion *y = w->e->occlusion;
    int at[3];
    const int n = aq_occlusion_strongest(y, at, 3);

    aq_page_raw(&w->page, n ? "<p class=\"rests\">It rests most on "
                            : "<p class=\"rests\">It rests on no second alone: the "
                              "others make up for any one");
    for (int k = 0; k < n; k++) {
        const int m = at[k] / y->n_seconds, t = at[k] % y->n_seconds;

        aq_page_put(&w->page, "%s<strong>%d s of %s</strong> (%+.1f)", k ? ", " : "", t,
                    in_words[m], -(double)y->second[m][t]);
    }
    aq_page_raw(&w->page, ".</p>\n");
}

void aq_explain_put_time(AqExplainWriter *w)
{
    const AqVerdict *v = w->e->verdict;

    aq_page_raw(&w->page, !v || aq_verdict_claims(v)
                              ? "<h2>What the answer rests on</h2>\n"
                              : "<h2>What its best guess rests on</h2>\n");
    put_streams(w);
    put_strongest(w);
    aq_page_raw(
        &w->page,
        "<p>Each second was hidden in turn (made like the rest of the clip) and the "
        "question asked again. Bars show how much the answer lost, in log-odds: 0.7 "
        "halves its odds, 2.3 cuts them to a tenth. Pale bars below the line: the "
        "answer was surer without that second. Where two seconds hold the same "
        "evidence, hiding one of them costs little.</p>\n");
    put_wave(w);
    put_drops(w, AQ_AUDIO);
    put_drops(w, AQ_VISUAL);
    put_axis(w);
}

/* ---- attention ---- */

static void put_looks(AqExplainWriter *w, AqModality m, const char *label)
{
    const float *v = w->e->prediction->attention[m];
    double most = 0;

    for (int t = 0; t < w->n_seconds; t++)
        most = fmax(most, (double)v[t]);
    begin_band(w, label, LOOK);
    for (int t = 0; t < w->n_seconds && most > 0; t++) {
        const double h = LOOK * (double)v[t] / most;

        put_bar(w, t, LOOK - h, h, "#888", 1);
        aq_page_put(&w->page, "<title>%d s: %.1f %%</title></rect>\n", t,
                    100 * (double)v[t]);
    }
    end_band(w);
}

void aq_explain_put_attention(AqExplainWriter *w)
{
    const AqAnswerNetwork *n = w->e->model->net->network;

    if (!n->shows.seconds)
        return;
    aq_page_put(&w->page,
                "<h2>Attention, for comparison</h2>\n<p>The weights with which the "
                "network read the seconds: %s.%s%s%s They show where it looked, not "
                "how that affected the answer, and may be much the same for every "
                "clip: a habit, not a reason.</p>\n",
                n->shows.seconds, n->shows.grid ? " Below that, " : "",
                n->shows.grid ? n->shows.grid : "", n->shows.grid ? "." : "");
    put_looks(w, AQ_AUDIO, "attention to the sound");
    put_looks(w, AQ_VISUAL, "attention to the picture");
    if (n->shows.grid)
        aq_explain_put_looks(w);
    put_axis(w);
}
