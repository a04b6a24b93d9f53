/* SPDX-License-Identifier: MIT */
/*
 * What is shown for a clip, normalised to mean 0 and length 1, is summed over the clips
 * asked the same question: for n such vectors the mean correlation of all pairs is
 * (|sum|^2 - n) / (n (n - 1)).
 */
#include "model/explain/shown.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "model/explain/occlusion.h"
#include "model/trained/predictor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The clips that were asked one question. */
typedef struct Group {
    int n_seconds; /* of its first clip; clips of other lengths are left out */
    size_t n[AQ_N_SHOWN][AQ_N_MODALITIES];
    double *sum; /* (2,2,T) */
} Group;

typedef struct Measuring {
    const AqDataset *data;
    AqPredictor *predictor;
    AqOccluder *occluder;
    AqShown *out;
    AqRng rng;
    int *group_of; /* (n_questions) */
    Group *groups;
    size_t n_groups, n_changed[AQ_N_SHOWN], n_changed_at_random;
    int nothing[AQ_N_SHOWN]; /* the network does not show it */
} Measuring;

/* One question about one clip: what is shown, and what was answered. */
typedef struct ShownAnswers {
    const float *v[AQ_N_SHOWN][AQ_N_MODALITIES]; /* (T) */
    const AqClipFeatures *clip;
    int n_seconds, answer;
} ShownAnswers;

/* ---- the same question ---- */

typedef struct ShownText {
    const char *text;
    size_t which;
} ShownText;

static int compare_shown_texts(const void *a, const void *b)
{
    const ShownText *x = a, *y = b;

    return strcmp(x->text, y->text);
}

static AqErr group_by_text(Measuring *m)
{
    const size_t n = m->data->n_questions;
    ShownText *all = aq_alloc(n, sizeof *all);

    m->group_of = aq_alloc(n, sizeof *m->group_of);
    m->groups = aq_alloc(n, sizeof *m->groups);
    if (!all || !m->group_of || !m->groups) {
        aq_free(all);
        return AQ_ERR_NOMEM;
    }
    for (size_t k = 0; k < n; k++)
        all[k] = (ShownText){m->data->questions[k].text, k};
    qsort(all, n, sizeof *all, compare_shown_texts);
    for (size_t k = 0; k < n; k++) {
        m->n_groups += k == 0 || strcmp(all[k].text, all[k - 1].text) != 0;
        m->group_of[all[k].which] = (int)m->n_groups - 1;
    }
    aq_free(all);
    return AQ_OK;
}

/* ---- correlation ---- */

/* Adds v, normalised to mean 0 and length 1; returns 0 if v is constant. */
static int add_standardised(double *sum, const float *v, int n)
{
    double mean = 0, square = 0;

    for (int t = 0; t < n; t++)
        mean += (double)v[t] / n;
    for (int t = 0; t < n; t++)
        square += ((double)v[t] - mean) * ((double)v[t] - mean);
    if (!(square > 1e-12))
        return 0;
    for (int t = 0; t < n; t++)
        sum[t] += ((double)v[t] - mean) / sqrt(square);
    return 1;
}

static AqErr add_to_group(Group *g, const ShownAnswers *s)
{
    const int T = s->n_seconds;

    if (!g->sum) {
        g->n_seconds = T;
        g->sum =
            aq_alloc((size_t)AQ_N_SHOWN * AQ_N_MODALITIES * (size_t)T, sizeof *g->sum);
        if (!g->sum)
            return AQ_ERR_NOMEM;
    }
    for (int k = 0; k < AQ_N_SHOWN && g->n_seconds == T; k++)
        for (int m = 0; m < AQ_N_MODALITIES && s->v[k][m]; m++)
            g->n[k][m] += (size_t)add_standardised(
                g->sum + ((size_t)k * AQ_N_MODALITIES + m) * T, s->v[k][m], T);
    return AQ_OK;
}

static void correlate_score(const Measuring *m, int k, int which)
{
    double total = 0, pairs = 0;

    for (size_t j = 0; j < m->n_groups; j++) {
        const Group *g = &m->groups[j];
        const double n = (double)g->n[k][which];
        double square = 0;

        for (int t = 0; n > 1 && t < g->n_seconds; t++) {
            const double x = g->sum[(k * AQ_N_MODALITIES + which) * g->n_seconds + t];

            square += x * x;
        }
        total += n > 1 ? (square - n) / 2 : 0;
        pairs += n * (n - 1) / 2;
    }
    m->out->n_pairs[k][which] = (size_t)pairs;
    m->out->correlation[k][which] = total / pairs;
}

/* ---- hiding ---- */

static int has_shown_second(const ShownAnswers *s, int j)
{
    const AqClipFeatures *f = s->clip;
    const int m = j / s->n_seconds, t = j % s->n_seconds;
    const unsigned char *on = m == AQ_AUDIO ? f->audio_present : f->visual_present;

    return (m == AQ_AUDIO ? f->audio : f->visual) && (!on || on[t]);
}

static void hide_strongest(const ShownAnswers *s, int k, unsigned char *hidden)
{
    const int T = s->n_seconds;

    for (int n = 0; n < AQ_SHOWN_STRONGEST; n++) {
        int best = -1;

        for (int j = 0; j < AQ_N_MODALITIES * T; j++)
            if (!hidden[j] && has_shown_second(s, j) &&
                (best < 0 || s->v[k][j / T][j % T] > s->v[k][best / T][best % T]))
                best = j;
        hidden[best] = 1;
    }
}

static void hide_any(const ShownAnswers *s, AqRng *rng, unsigned char *hidden)
{
    for (int n = 0; n < AQ_SHOWN_STRONGEST;) {
        const int j =
            (int)aq_rng_below(rng, (unsigned)(AQ_N_MODALITIES * s->n_seconds));

        if (has_shown_second(s, j) && !hidden[j]) {
            hidden[j] = 1;
            n++;
        }
    }
}

static AqErr hide_shown_seconds(Measuring *m, const ShownAnswers *s)
{
    const int width = AQ_N_MODALITIES * s->n_seconds, n = AQ_N_SHOWN + AQ_SHOWN_DRAWS;
    int answers[AQ_N_SHOWN + AQ_SHOWN_DRAWS], n_there = 0;

    for (int j = 0; j < width; j++)
        n_there += has_shown_second(s, j);
    if (n_there <= AQ_SHOWN_STRONGEST)
        return AQ_OK;
    unsigned char *hidden = aq_alloc((size_t)n * (size_t)width, 1);
    if (!hidden)
        return AQ_ERR_NOMEM;
    for (int k = 0; k < AQ_N_SHOWN; k++)
        if (s->v[k][0])
            hide_strongest(s, k, hidden + (size_t)k * (size_t)width);
    for (int k = AQ_N_SHOWN; k < n; k++)
        hide_any(s, &m->rng, hidden + (size_t)k * (size_t)width);
    const AqErr err = aq_occlude_sets(m->occluder, hidden, n, answers);
    aq_free(hidden);
    if (err != AQ_OK)
        return err;
    m->out->n_hidden++;
    for (int k = 0; k < AQ_N_SHOWN; k++)
        m->n_changed[k] += answers[k] != s->answer;
    for (int k = AQ_N_SHOWN; k < n; k++)
        m->n_changed_at_random += answers[k] != s->answer;
    return AQ_OK;
}

/* ---- all questions ---- */

static AqErr measure_one(Measuring *m, const AqClipFeatures *clip, size_t which)
{
    const AqQuestion *q = &m->data->questions[which];
    const char *question = q->text;
    AqPrediction p;
    AqOcclusion y;

    aq_predictor_offer(m->predictor, q->choices, q->n_choices);
    aq_occluder_offer(m->occluder, q->choices, q->n_choices);
    AqErr err = aq_predictor_ask(m->predictor, clip, question, &p);

    if (err == AQ_OK)
        err = aq_occlude(m->occluder, clip, question, 0, &y);
    if (err != AQ_OK)
        return err;
    ShownAnswers s = {.clip = clip, .n_seconds = y.n_seconds, .answer = y.answer};
    for (int k = 0; k < AQ_N_MODALITIES; k++) {
        s.v[AQ_SHOWN_OCCLUSION][k] = y.second[k];
        s.v[AQ_SHOWN_ATTENTION][k] = p.attention[k];
    }
    m->nothing[AQ_SHOWN_ATTENTION] = !p.attention[0];
    m->out->n_questions++;
    err = add_to_group(&m->groups[m->group_of[which]], &s);
    return err == AQ_OK ? hide_shown_seconds(m, &s) : err;
}

static AqErr measure_all(Measuring *m, int (*stop)(void *ctx), void *ctx)
{
    const AqDataset *data = m->data;
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < data->n_questions; k++) {
        AqClipFeatures f = {0};

        if (stop && stop(ctx))
            return aq_fail(AQ_ERR_CANCELLED, "the measurement was stopped");
        err = data->load(data->ctx, data->questions[k].clip, &f);
        if (err != AQ_OK)
            return err;
        err = measure_one(m, &f, k);
        data->release(data->ctx, data->questions[k].clip, &f);
    }
    return err;
}

static void sum_up(const Measuring *m)
{
    AqShown *y = m->out;
    const double n = (double)y->n_hidden;

    for (int k = 0; k < AQ_N_SHOWN; k++) {
        for (int which = 0; which < AQ_N_MODALITIES; which++)
            correlate_score(m, k, which);
        y->changed[k] = m->nothing[k] ? (double)NAN : (double)m->n_changed[k] / n;
    }
    y->changed_at_random = (double)m->n_changed_at_random / (AQ_SHOWN_DRAWS * n);
}

AqErr aq_shown_measure(AqShown *out, const AqModel *model, const AqDataset *data,
                       AqExecutor *exec, uint64_t seed, int (*stop)(void *ctx),
                       void *ctx)
{
    Measuring m = {.data = data, .out = out, .rng = aq_rng(seed, 0)};

    *out = (AqShown){0};
    AqErr err = aq_predictor_new(&m.predictor, model, exec);
    if (err == AQ_OK)
        err = aq_occluder_new(&m.occluder, model, exec);
    if (err == AQ_OK)
        err = group_by_text(&m);
    if (err == AQ_OK)
        err = measure_all(&m, stop, ctx);
    if (err == AQ_OK)
        sum_up(&m);
    for (size_t k = 0; m.groups && k < m.n_groups; k++)
        aq_free(m.groups[k].sum);
    aq_free(m.groups);
    aq_free(m.group_of);
    aq_occluder_free(&m.occluder);
    aq_predictor_free(&m.predictor);
    return err;
}
