/* SPDX-License-Identifier: MIT */
#include "model/train/sampling.h"

#include "base/alloc.h"
#include "model/question/vocab.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_USUAL  0.1        /* nats */
#define LEAST_WEIGHT 0.1        /* of the largest, 1 */
#define KIND_RATE    (1.0 / 32) /* share of a running mean that a new loss is */
#define OWN_RATE     0.5

/* ---- what is usual ---- */

typedef struct KindAnswer {
    int kind, answer;
    size_t question;
} KindAnswer;

static int compare_kind_answers(const void *a, const void *b)
{
    const KindAnswer *p = a, *q = b;

    if (p->kind != q->kind)
        return p->kind < q->kind ? -1 : 1;
    if (p->answer != q->answer)
        return p->answer < q->answer ? -1 : 1;
    return p->question < q->question ? -1 : p->question > q->question;
}

/* The kind of each question, as a number below *n_kinds. */
static AqErr number_question_kinds(const AqDataset *set, int *kind, size_t *n_kinds)
{
    const char **names = aq_alloc(set->n_questions, sizeof *names);
    AqStrings kinds = {0};
    AqErr err = AQ_ERR_NOMEM;

    for (size_t k = 0; names && k < set->n_questions; k++) {
        const AqQuestion *q = &set->questions[k];

        names[k] = q->template_ ? q->template_ : q->text;
    }
    if (names)
        err = aq_strings_collect(&kinds, names, set->n_questions, 1);
    for (size_t k = 0; err == AQ_OK && k < set->n_questions; k++)
        kind[k] = aq_strings_find(&kinds, names[k]);
    *n_kinds = kinds.n;
    aq_strings_clear(&kinds);
    aq_free(names);
    return err;
}

/* Adds what the questions q[0..n) of one kind usually cost, sorted by answer. */
static void add_usual_losses(AqSampling *s, const KindAnswer *q, size_t n)
{
    for (size_t k = 0, next; k < n; k = next) {
        for (next = k + 1; next < n && q[next].answer == q[k].answer;)
            next++;
        const double each = log((double)n / (double)(next - k));

        for (size_t j = k; j < next; j++)
            s->usual[s->unit[q[j].question]] +=
                s->by == AQ_SAMPLE_KIND ? each / (double)n : each;
    }
}

/* `kind` is that of each question. */
static AqErr measure_usual_losses(AqSampling *s, const AqTrainData *d, const int *kind)
{
    KindAnswer *q = aq_alloc(s->n_questions, sizeof *q);

    if (!q)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < s->n_questions; k++)
        q[k] = (KindAnswer){kind[k], d->answer[k], k};
    qsort(q, s->n_questions, sizeof *q, compare_kind_answers);
    for (size_t k = 0, next; k < s->n_questions; k = next) {
        for (next = k + 1; next < s->n_questions && q[next].kind == q[k].kind;)
            next++;
        add_usual_losses(s, q + k, next - k);
    }
    for (size_t u = 0; u < s->n; u++) {
        s->usual[u] = fmax(s->usual[u], LEAST_USUAL);
        s->mean[u] = s->usual[u];
    }
    aq_free(q);
    return AQ_OK;
}

static AqErr fill_sampling(AqSampling *s, const AqTrainData *d, int *kind)
{
    const AqErr err = number_question_kinds(d->set, kind, &s->n);

    if (err != AQ_OK)
        return err;
    if (s->by == AQ_SAMPLE_LOSS)
        s->n = s->n_questions;
    for (size_t k = 0; k < s->n_questions; k++)
        s->unit[k] = s->by == AQ_SAMPLE_LOSS ? (int)k : kind[k];
    s->usual = aq_alloc(s->n, sizeof *s->usual);
    s->mean = aq_alloc(s->n, sizeof *s->mean);
    return s->usual && s->mean ? measure_usual_losses(s, d, kind) : AQ_ERR_NOMEM;
}

AqErr aq_sampling_open(AqSampling *s, const AqTrainData *d, AqSampleBy by,
                       double even_share)
{
    const size_t n = d->set->n_questions;

    *s = (AqSampling){.by = by, .even_share = even_share, .n_questions = n};
    if (by == AQ_SAMPLE_EVEN)
        return AQ_OK;
    int *kind = aq_alloc(n, sizeof *kind);
    s->unit = aq_alloc(n, sizeof *s->unit);
    const AqErr err = kind && s->unit ? fill_sampling(s, d, kind) : AQ_ERR_NOMEM;
    aq_free(kind);
    if (err != AQ_OK)
        aq_sampling_close(s);
    return err;
}

void aq_sampling_close(AqSampling *s)
{
    aq_free(s->unit);
    aq_free(s->usual);
    aq_free(s->mean);
    *s = (AqSampling){0};
}

/* ---- drawing ---- */

double aq_sampling_weight(const AqSampling *s, size_t question)
{
    if (s->by == AQ_SAMPLE_EVEN)
        return 1;
    const int u = s->unit[question];

    return fmin(1, fmax(LEAST_WEIGHT, s->mean[u] / s->usual[u]));
}

static int is_question_drawn(const size_t *drawn, int n, size_t question)
{
    for (int k = 0; k < n; k++)
        if (drawn[k] == question)
            return 1;
    return 0;
}

/* One of the video's questions that are not among drawn[0..n), by weight; there is one.
 */
static size_t draw_by_weight(const AqSampling *s, const AqTrainData *d,
                             const AqTrainVideo *v, AqRng *rng, const size_t *drawn,
                             int n)
{
    const size_t *questions = d->order + v->first;
    size_t last = questions[0];
    double sum = 0;

    for (size_t k = 0; k < v->n; k++)
        if (!is_question_drawn(drawn, n, questions[k]))
            sum += aq_sampling_weight(s, questions[k]);
    double left = aq_rng_uniform(rng) * sum;
    for (size_t k = 0; k < v->n && left >= 0; k++) {
        if (is_question_drawn(drawn, n, questions[k]))
            continue;
        last = questions[k];
        left -= aq_sampling_weight(s, last);
    }
    return last;
}

int aq_sampling_draw(const AqSampling *s, AqTrainData *d, AqTrainVideo *v, AqRng *rng,
                     int n, size_t *out)
{
    int evenly = 0;

    if (s->by == AQ_SAMPLE_EVEN)
        return aq_train_data_draw(d, v, rng, n, out);
    if ((size_t)n > v->n)
        n = (int)v->n;
    for (int k = 0; k < n; k++)
        evenly += aq_rng_uniform(rng) < s->even_share;
    int drawn = aq_train_data_draw(d, v, rng, evenly, out);
    for (; drawn < n; drawn++)
        out[drawn] = draw_by_weight(s, d, v, rng, out, drawn);
    return drawn;
}

/* ---- learning ---- */

void aq_sampling_learn(AqSampling *s, size_t question, double loss)
{
    if (s->by == AQ_SAMPLE_EVEN)
        return;
    double *mean = &s->mean[s->unit[question]];

    *mean += (loss - *mean) * (s->by == AQ_SAMPLE_KIND ? KIND_RATE : OWN_RATE);
}
