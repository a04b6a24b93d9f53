/* SPDX-License-Identifier: MIT */
/* The page's timelines: bands of equal width below each other, one bar per second, and
 * over all of them a link for each second. Text is outside the drawings so that it
 * stays legible on a phone. */
#include "pipeline/ui/explain_priv.h"

#include <math.h>
#include <stdio.h>

enum {
    WIDE = 1000,      /* in a band's own units */
    WAVE = 90,        /* height of the waveform, half above and half below its middle */
    UP = 60,          /* greatest height of a bar for the answer */
    DOWN = 20,        /* and of one against it */
    LOOK = 30,        /* and of a bar of attention */
    LANE = 12,        /* of what was heard or seen by its name */
    MOST_LANES = 4,   /* of a sense */
    MOST_LABELS = 10, /* that fit below each other's bands on a phone */
    MOST_TILES = 20   /* the same of pictures */
};

static const char *const colours[AQ_N_MODALITIES] = {"var(--sound)", "var(--seen)"};
static const char *const in_words[AQ_N_MODALITIES] = {"sound", "picture"};

/* Of every how many seconds there is one, so that there are at most `most` of them. */
static int every_of(int n_seconds, int most)
{
    static const int steps[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600};
    size_t k = 0;

    while (k + 1 < sizeof steps / sizeof *steps && n_seconds > steps[k] * most)
        k++;
    return steps[k];
}

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

    begin_band(w, "what is heard", WAVE);
    aq_page_raw(&w->page, "<path stroke=\"var(--soft)\" fill=\"none\" d=\"");
    for (int k = 0; k < n; k++) {
        const float peak = w->media.peaks[k / AQ_GLIMPSE_PEAKS][k % AQ_GLIMPSE_PEAKS];
        const double half = fmax(0.5, middle * sqrt((double)peak));

        aq_page_put(&w->page, "M%.1f %.1fV%.1f", (k + 0.5) * step, middle - half,
                    middle + half);
    }
    aq_page_raw(&w->page, "\"/>\n");
    end_band(w);
}

/* Labels some of the seconds below the bands. */
static void put_axis(AqExplainWriter *w)
{
    const int every = every_of(w->n_seconds, MOST_LABELS);

    aq_page_raw(&w->page, "<div class=\"axis\">\n");
    for (int t = 0; t < w->n_seconds; t += every) {
        const int n = w->n_seconds - t < every ? w->n_seconds - t : every;

        aq_page_put(&w->page, "<span style=\"flex:%d\">%d s</span>", n, t);
    }
    aq_page_raw(&w->page, "</div>\n");
}

/* What is seen: pictures from left to right. */
static void put_strip(AqExplainWriter *w)
{
    const int every = every_of(w->n_seconds, MOST_TILES);

    if (w->media.width == 0)
        return;
    aq_page_raw(&w->page,
                "<p class=\"label\">what is seen</p>\n<div class=\"strip\">\n");
    for (int t = 0; t < w->n_seconds; t += every)
        aq_explain_put_picture(w, t,
                               w->n_seconds - t < every ? w->n_seconds - t : every);
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

    (void)snprintf(label, sizeof label,
                   "what the answer loses without each second of %s", in_words[m]);
    begin_band(w, label, UP + DOWN);
    for (int t = 0; t < w->n_seconds; t++) {
        const double h = UP * fabs((double)v[t]) / full;

        if (v[t] >= 0)
            put_bar(w, t, UP - h, h, colours[m], 1);
        else
            put_bar(w, t, UP, fmin(h, DOWN), colours[m], 0.4);
        aq_page_raw(&w->page, "</rect>\n");
    }
    aq_page_put(&w->page,
                "<path d=\"M0 %dH%d\" stroke=\"var(--soft)\" "
                "vector-effect=\"non-scaling-stroke\"/>\n",
                UP, WIDE);
    end_band(w);
}

/* ---- what was heard and seen by its name ---- */

static void put_span(AqExplainWriter *w, const AqConceptSpan *s)
{
    const double step = (double)WIDE / w->n_seconds;
    const int to = s->to < w->n_seconds ? s->to : w->n_seconds;

    if (s->from < to)
        aq_page_put(&w->page,
                    "<rect x=\"%.2f\" y=\"0\" width=\"%.2f\" height=\"%d\" rx=\"3\" "
                    "fill=\"%s\"/>\n",
                    s->from * step, (to - s->from) * step, LANE, colours[s->sense]);
}

/* A lane for each concept of a sense, whose spans lie beside each other. */
static void put_lanes(AqExplainWriter *w, AqModality m)
{
    const AqConceptSpans *s = w->e->spans;
    int n = 0;

    for (int k = 0; s && k < s->n && n < MOST_LANES;) {
        const int concept = s->at[k].concept;
        char label[96];

        if (s->at[k].sense != m) {
            k++;
            continue;
        }
        (void)snprintf(label, sizeof label, "%s: %s", m == AQ_AUDIO ? "heard" : "seen",
                       aq_concept_title(concept));
        begin_band(w, label, LANE);
        for (; k < s->n && s->at[k].sense == m && s->at[k].concept == concept; k++)
            put_span(w, &s->at[k]);
        end_band(w);
        n++;
    }
}

/* Over all bands, each second's numbers, and the way to it in the clip. */
static void put_jumps(AqExplainWriter *w)
{
    const AqOcclusion *y = w->e->occlusion;

    aq_page_raw(&w->page, "<nav class=\"jump\" aria-label=\"seconds of the clip\">\n");
    for (int t = 0; t < w->n_seconds; t++) {
        char text[128];

        (void)snprintf(text, sizeof text,
                       "%d s: %+.2f without its sound, %+.2f without its picture", t,
                       aq_explain_change(y->second[AQ_AUDIO][t]),
                       aq_explain_change(y->second[AQ_VISUAL][t]));
        aq_page_put(&w->page, "<a title=\"%s\" aria-label=\"%s\"", text, text);
        aq_explain_put_jump(w, t);
        aq_page_raw(&w->page, "></a>\n");
    }
    aq_page_raw(&w->page, "</nav>\n");
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

void aq_explain_put_time(AqExplainWriter *w)
{
    aq_page_raw(&w->page, "<h2>Second by second</h2>\n");
    put_streams(w);
    aq_page_raw(&w->page, "<div class=\"time\">\n");
    put_wave(w);
    put_lanes(w, AQ_AUDIO);
    put_drops(w, AQ_AUDIO);
    put_strip(w);
    put_lanes(w, AQ_VISUAL);
    put_drops(w, AQ_VISUAL);
    put_jumps(w);
    aq_page_raw(&w->page, "</div>\n");
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

        put_bar(w, t, LOOK - h, h, "var(--soft)", 1);
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
    aq_page_put(
        &w->page,
        "<details><summary>Attention, for comparison</summary>\n<p>The weights with which the "
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
    aq_page_raw(&w->page, "</details>\n");
}
