/* SPDX-License-Identifier: MIT */
#include "model/train/limits_fit.h"

#include "base/alloc.h"
#include "model/trained/predictor.h"

#include <math.h>
#include <string.h>

/* How much is used, evenly spread over the data; more would change little. */
enum {
    MOST_CLIPS = 1000,     /* for likeness */
    MOST_QUESTIONS = 4000, /* for temperatures */
    MOST_HIDDEN = 1500,    /* the same, with a stream hidden */
    MOST_PRESENCE = 100    /* clips asked about presence */
};

static size_t each_of(size_t n, size_t most)
{
    return n <= most ? 1 : (n + most - 1) / most;
}

/* ---- likeness ---- */

/* Cells are many; whole seconds as many as one clip in so many gives. */
static size_t most_rows(int k)
{
    return aq_likeness_is_cells(k) ? AQ_LIKENESS_CELL_ROWS : AQ_LIKENESS_ROWS;
}

/* Calls told for each of the clips used. */
static AqErr each_clip(const AqDataset *d, const AqLimitsJob *job, void *to,
                       AqErr (*told)(void *to, const AqDataset *d,
                                     const AqClipFeatures *f))
{
    const size_t each = each_of(d->n_clips, MOST_CLIPS);
    AqErr err = AQ_OK;

    for (size_t c = 0; err == AQ_OK && c < d->n_clips; c += each) {
        AqClipFeatures f = {0};

        if (job->stop && job->stop(job->ctx))
            return aq_fail(AQ_ERR_CANCELLED, "the calibration was stopped");
        err = d->load(d->ctx, c, &f);
        if (err != AQ_OK)
            break;
        err = told(to, d, &f);
        d->release(d->ctx, c, &f);
    }
    return err;
}

typedef struct Rows {
    float *v[AQ_N_LIKENESS]; /* (most_rows(), width) */
    size_t n[AQ_N_LIKENESS];
    int a_clip[AQ_N_LIKENESS]; /* rows taken of each */
} Rows;

/* Some of a clip's seconds, by their regions. */
static void take_seconds(Rows *r, int k, const AqLikenessClip *c, int width)
{
    const int every = (c->n_seconds + r->a_clip[k] - 1) / r->a_clip[k];

    for (int t = 0; t < c->n_seconds && r->n[k] < most_rows(k); t += every)
        if (aq_likeness_is_on(c, t))
            aq_likeness_region_row(c, t, r->v[k] + r->n[k]++ * (size_t)width);
}

/* Some of its cells, spread over its seconds and its pictures. */
static void take_cells(Rows *r, int k, const AqLikenessClip *c)
{
    const int S = c->h * c->w, all = c->n_seconds * S;
    const int every = (all + r->a_clip[k] - 1) / r->a_clip[k];
    /* Not always the same cells. */
    const int step = every > 1 && S % every == 0 ? every + 1 : every;

    for (int i = 0; i < all && r->n[k] < most_rows(k); i += step)
        if (aq_likeness_is_on(c, i / S))
            memcpy(r->v[k] + r->n[k]++ * (size_t)c->dim,
                   aq_likeness_cell(c, i / S, i % S), (size_t)c->dim * sizeof(float));
}

static AqErr take_rows(void *to, const AqDataset *d, const AqClipFeatures *f)
{
    Rows *r = to;

    for (int k = 0; k < AQ_N_LIKENESS; k++) {
        const AqLikenessClip c = aq_limits_clip(f, k, &d->sizes);

        if (!c.data || c.n_seconds < 1)
            continue;
        if (aq_likeness_is_cells(k))
            take_cells(r, k, &c);
        else
            take_seconds(r, k, &c, aq_likeness_width(&d->sizes, k));
    }
    return AQ_OK;
}

typedef struct Distances {
    const AqLimits *l;
    double *v[AQ_N_LIKENESS]; /* (clips with the stream) */
    size_t n[AQ_N_LIKENESS];
} Distances;

static AqErr take_distance(void *to, const AqDataset *d, const AqClipFeatures *f)
{
    Distances *y = to;
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < AQ_N_LIKENESS; k++) {
        const AqLikenessClip c = aq_limits_clip(f, k, &d->sizes);

        if (y->l->likeness[k].n == 0 || !c.data)
            continue;
        err = aq_likeness_distance(&y->l->likeness[k], &c, &y->v[k][y->n[k]]);
        y->n[k] += y->v[k][y->n[k]] > 0;
    }
    return err;
}

static AqErr fit_directions(AqLimits *l, const AqLimitsJob *job)
{
    const AqDataset *d = job->train;
    const size_t n_clips = d->n_clips < MOST_CLIPS ? d->n_clips : MOST_CLIPS;
    Rows r = {.n = {0}};
    AqErr err = AQ_OK;

    for (int k = 0; k < AQ_N_LIKENESS; k++) {
        const size_t each = most_rows(k) / (n_clips ? n_clips : 1);
        const size_t width = (size_t)aq_likeness_width(&d->sizes, k);

        r.a_clip[k] = each < 1 ? 1 : (int)each;
        if (!(r.v[k] = aq_alloc(most_rows(k) * width + 1, sizeof(float))))
            err = AQ_ERR_NOMEM;
    }
    if (err == AQ_OK)
        err = each_clip(d, job, &r, take_rows);
    for (int k = 0; err == AQ_OK && n_clips >= AQ_LIKENESS_FEWEST && k < AQ_N_LIKENESS;
         k++) {
        const int width = aq_likeness_width(&d->sizes, k);

        if (width > 0)
            err = aq_likeness_fit(&l->likeness[k], r.v[k], r.n[k], width);
        l->likeness[k].regions = !aq_likeness_is_cells(k);
    }
    for (int k = 0; k < AQ_N_LIKENESS; k++)
        aq_free(r.v[k]);
    return err;
}

static AqErr fit_likeness(AqLimits *l, const AqLimitsJob *job)
{
    Distances y = {.l = l};
    AqErr err = fit_directions(l, job);

    for (int k = 0; k < AQ_N_LIKENESS; k++)
        if (!(y.v[k] = aq_alloc(job->held_out->n_clips + 1, sizeof(double))))
            err = AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = each_clip(job->held_out, job, &y, take_distance);
    for (int k = 0; k < AQ_N_LIKENESS; k++) {
        if (err == AQ_OK)
            aq_likeness_set_threshold(&l->likeness[k], y.v[k], y.n[k]);
        aq_free(y.v[k]);
    }
    return err;
}

/* ---- temperatures ---- */

typedef struct Collected {
    const AqModel *model;
    const AqDataset *data;
    AqAsked *asked;
    float *logits; /* (n, answers) */
    size_t n, most;
} Collected;

static AqErr collect_logits(void *ctx, const AqAsking *a)
{
    Collected *c = ctx;
    const size_t K = (size_t)aq_model_most_answers(c->model), n = (size_t)a->n_answers;
    float *row = c->logits + c->n * K;

    if (c->n == c->most)
        return AQ_OK;
    for (size_t k = 0; k < K; k++)
        row[k] = k < n ? a->logits[k] : -INFINITY;
    c->asked[c->n++] =
        (AqAsked){.logits = row,
                  .truth = aq_model_truth(c->model, &c->data->questions[a->question]),
                  .kind = a->judged.kind < 0 ? 0 : a->judged.kind};
    return AQ_OK;
}

static AqErr fit_streams(AqTemperatures *t, AqPredictor *p, const AqModel *m,
                         const AqLimitsJob *job, AqStreams streams)
{
    const AqDataset *d = job->held_out;
    const size_t most = streams == AQ_STREAMS_BOTH ? MOST_QUESTIONS : MOST_HIDDEN,
                 each = each_of(d->n_questions, most), n = d->n_questions / each + 1;
    Collected c = {.model = m, .data = d, .most = n};
    const AqAskingPlan plan = {
        .hide = {streams == AQ_STREAMS_PICTURE, streams == AQ_STREAMS_SOUND},
        .every = each,
        .told = collect_logits,
        .ctx = &c,
        .stop = job->stop,
        .stop_ctx = job->ctx};

    c.asked = aq_alloc(n, sizeof *c.asked);
    const int K = aq_model_most_answers(m);
    c.logits = aq_alloc(n * (size_t)K, sizeof *c.logits);
    AqErr err = c.asked && c.logits ? aq_predictor_each(p, d, &plan) : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        aq_temperatures_fit(t, streams, c.asked, c.n, K);
    aq_free(c.asked);
    aq_free(c.logits);
    return err;
}

static AqErr fit_temperatures(AqModel *m, AqPredictor *p, const AqLimitsJob *job)
{
    AqTemperatures *t = NULL;
    AqErr err = aq_temperatures_new(&t, aq_limits_n_kinds(&m->limits));

    for (int s = 0; err == AQ_OK && s < AQ_N_STREAMS; s++)
        err = fit_streams(t, p, m, job, (AqStreams)s);
    if (err == AQ_OK)
        m->limits.temperatures = t; /* only now: fitted on a model without them */
    else
        aq_temperatures_free(&t);
    return err;
}

/* ---- presence ---- */

typedef struct Presence {
    const AqPresence *p;
    const AqDataset *data;
    size_t each;           /* clip 0, each, 2 each ... are asked */
    AqQuestion *questions; /* (clips asked, objects, templates) */
    size_t n;
    unsigned char *present; /* (clips asked, objects) */
} Presence;

static AqErr note_presence(void *ctx, const AqAsking *a)
{
    Presence *y = ctx;

    if ((double)a->probability[y->p->no] < AQ_PRESENCE_ABSENT)
        y->present[a->question / y->p->templates.n] = 1;
    return AQ_OK;
}

static AqErr make_questions(Presence *y)
{
    const size_t n_clips = (y->data->n_clips + y->each - 1) / y->each,
                 O = y->p->objects.n, N = y->p->templates.n;

    y->present = aq_alloc(n_clips * O + 1, 1);
    y->questions = aq_alloc(n_clips * O * N + 1, sizeof *y->questions);
    if (!y->present || !y->questions)
        return AQ_ERR_NOMEM;
    for (; y->n < n_clips * O * N; y->n++) {
        char *text = aq_presence_question(y->p, y->n % N, (int)(y->n / N % O));

        if (!text)
            return AQ_ERR_NOMEM;
        y->questions[y->n] = (AqQuestion){.clip = y->n / N / O * y->each, .text = text};
    }
    return AQ_OK;
}

/* For each kind, the share of questions naming objects that name an absent one. */
static AqErr count_absent(const Presence *y, const AqKinds *kinds, AqPredictor *p,
                          double *absent)
{
    const AqWordForms *forms = aq_predictor_words(p);
    double n[AQ_KINDS_MOST] = {0}, of[AQ_KINDS_MOST] = {0},
           probability[AQ_KINDS_MOST] = {1};

    for (size_t k = 0; k < y->data->n_questions; k++) {
        const AqQuestion *q = &y->data->questions[k];
        int objects[AQ_PRESENCE_NAMED], missing = 0;
        const int named =
            q->clip % y->each ? 0 : aq_presence_named(y->p, forms, q->text, objects);
        const AqErr err =
            named && kinds ? aq_kinds_of(kinds, forms, q->text, probability) : AQ_OK;

        if (err != AQ_OK)
            return err;
        const int kind = kinds ? aq_kinds_best(kinds, probability) : 0;
        for (int j = 0; j < named; j++)
            missing |=
                !y->present[q->clip / y->each * y->p->objects.n + (size_t)objects[j]];
        n[kind] += named > 0;
        of[kind] += missing;
    }
    for (int k = 0; k < y->p->n_kinds; k++)
        absent[k] = n[k] > 0 ? of[k] / n[k] : 1;
    return AQ_OK;
}

static AqErr fit_presence(AqModel *m, AqPredictor *p, const AqLimitsJob *job)
{
    AqPresence *it = m->limits.presence;
    AqDataset asked = *job->held_out;
    Presence y = {.p = it,
                  .data = job->held_out,
                  .each = each_of(job->held_out->n_clips, MOST_PRESENCE)};
    const AqAskingPlan plan = {
        .told = note_presence, .ctx = &y, .stop = job->stop, .stop_ctx = job->ctx};

    if (!it)
        return AQ_OK;
    AqErr err = make_questions(&y);
    asked.questions = y.questions;
    asked.n_questions = y.n;
    if (err == AQ_OK)
        err = aq_predictor_each(p, &asked, &plan);
    if (err == AQ_OK)
        err = count_absent(&y, m->limits.kinds, p, it->absent);
    for (size_t k = 0; k < y.n; k++)
        aq_free((char *)(uintptr_t)y.questions[k].text);
    aq_free(y.questions);
    aq_free(y.present);
    return err;
}

/* ---- checking the kinds ---- */

/* Few questions with many wordings give wrong kinds ("yes" apart from "no"): hardly any
 * held-out question may have a right answer of a kind that is not allowed. */
#define MOST_SHUT_OUT 0.02

static AqErr check_kinds(AqModel *m, const AqDataset *d)
{
    const AqKinds *k = m->limits.kinds;
    const size_t each = each_of(d->n_questions, MOST_QUESTIONS);
    double probability[AQ_KINDS_MOST];
    AqWordForms *forms = NULL;
    size_t n = 0, out = 0;
    AqErr err = k ? aq_word_forms_new(&forms, &m->words) : AQ_OK;

    for (size_t q = 0; k && err == AQ_OK && q < d->n_questions; q += each) {
        const int truth = aq_model_truth(m, &d->questions[q]);

        if (truth < 0)
            continue;
        err = aq_kinds_of(k, forms, d->questions[q].text, probability);
        n++;
        out += err == AQ_OK && !aq_kinds_allow(k, probability, k->of_answer[truth]);
    }
    aq_word_forms_free(&forms);
    if (err == AQ_OK && (double)out > MOST_SHUT_OUT * (double)n)
        aq_kinds_free(&m->limits.kinds);
    return err;
}

/* ---- together ---- */

static AqErr fit_on_held_out(AqModel *m, const AqLimitsJob *job)
{
    AqPredictor *p = NULL;
    AqErr err = fit_likeness(&m->limits, job);

    if (err == AQ_OK)
        err = aq_predictor_new(&p, m, job->exec);
    if (err == AQ_OK)
        err = fit_temperatures(m, p, job);
    if (err == AQ_OK)
        err = fit_presence(m, p, job);
    aq_predictor_free(&p);
    return err;
}

/* What kinds of answers there are, and what is asked of presence: of open answers. */
static AqErr fit_answers_asked(AqModel *m, const AqLimitsJob *job)
{
    const AqQuestion *q = job->train->questions;
    const size_t n = job->train->n_questions;
    AqErr err = aq_kinds_fit(&m->limits.kinds, &m->words, &m->answers, q, n);

    if (err == AQ_OK && job->held_out)
        err = check_kinds(m, job->held_out);
    else
        aq_kinds_free(&m->limits.kinds); /* they cannot be checked */
    return err == AQ_OK ? aq_presence_fit(&m->limits.presence, &m->answers,
                                          aq_limits_n_kinds(&m->limits), q, n)
                        : err;
}

AqErr aq_limits_fit(AqModel *m, const AqLimitsJob *job)
{
    aq_limits_clear(&m->limits);
    AqErr err = m->shape.task == AQ_TASK_OPEN ? fit_answers_asked(m, job) : AQ_OK;
    if (err == AQ_OK && job->held_out)
        err = fit_on_held_out(m, job);
    if (err != AQ_OK)
        aq_limits_clear(&m->limits);
    return err;
}
