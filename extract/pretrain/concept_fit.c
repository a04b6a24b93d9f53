/* SPDX-License-Identifier: MIT */
#include "extract/pretrain/concept_fit.h"

#include "base/alloc.h"
#include "extract/networks/sound/concept_map.h"
#include "extract/pretrain/rate.h"
#include "model/nn/params.h"

#include <math.h>
#include <string.h>

enum {
    COLUMNS = AQ_LESSON_COLUMNS,
    VALUES = AQ_LESSON_VALUES,
    WARM_UP = 50,
    NEWTON_STEPS = 50
};

typedef struct Fitting {
    const AqConceptFitJob *job;
    AqConceptFit *out;
    size_t n, *known; /* the seconds that are learned from */
    AqParams *params;
    AqTensor *w, *b; /* of normalised values */
    AqNn *nn;
    double mean[VALUES], by[VALUES];
    float *values;          /* (batch, VALUES), normalised */
    AqReal *truth, *weight; /* (batch, COLUMNS) */
    long step, steps;
} Fitting;

static AqErr declare_fitted_map(Fitting *f)
{
    const AqParamSpec weight = {.name = "weight",
                                .n_dims = 2,
                                .dims = {COLUMNS, VALUES},
                                .init = AQ_INIT_ZERO},
                      bias = {.name = "bias",
                              .n_dims = 1,
                              .dims = {COLUMNS},
                              .init = AQ_INIT_ZERO};
    AqErr err = aq_params_new(&f->params);

    if (err == AQ_OK)
        err = aq_params_add(f->params, &weight, &f->w);
    if (err == AQ_OK)
        err = aq_params_add(f->params, &bias, &f->b);
    if (err == AQ_OK)
        err = aq_params_init(f->params, f->job->how->seed);
    if (err == AQ_OK)
        err = aq_params_make_trainable(f->params);
    for (int j = 0; err == AQ_OK && j < COLUMNS; j++) {
        const double share = aq_lessons_share(f->job->train, j);

        f->b->data[j] = (AqReal)log(share / (1 - share));
    }
    return err;
}

static AqErr open_fitting(Fitting *f)
{
    const AqLessons *l = f->job->train;
    const size_t batch = (size_t)f->job->how->batch;

    f->known = aq_alloc(l->n + 1, sizeof *f->known);
    f->values = aq_alloc(batch * VALUES, sizeof *f->values);
    f->truth = aq_alloc(batch * COLUMNS, sizeof *f->truth);
    f->weight = aq_alloc(batch * COLUMNS, sizeof *f->weight);
    if (!f->known || !f->values || !f->truth || !f->weight)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < l->n; k++)
        if (l->v[k].heard)
            f->known[f->n++] = k;
    if (f->n < batch)
        return aq_fail(AQ_ERR_USAGE,
                       "of %zu seconds it is known what is heard, less than a step's "
                       "%zu; there have to be files NAME.heard",
                       f->n, batch);
    f->steps = (long)(f->n / batch) * f->job->how->passes;
    aq_lessons_measure(l, f->mean, f->by);
    const AqErr err = declare_fitted_map(f);
    return err == AQ_OK ? aq_nn_new(&f->nn, f->job->exec) : err;
}

/* ---- steps ---- */

static void gather_known(Fitting *f, const size_t *which)
{
    for (int k = 0; k < f->job->how->batch; k++) {
        const AqLesson *a = &f->job->train->v[which[k]];

        for (int i = 0; i < VALUES; i++)
            f->values[(size_t)k * VALUES + (size_t)i] =
                (float)(((double)a->teacher[i] - f->mean[i]) * f->by[i]);
        for (int j = 0; j < COLUMNS; j++) {
            f->truth[k * COLUMNS + j] = a->heard[j] == '1';
            f->weight[k * COLUMNS + j] = a->heard[j] != '?';
        }
    }
}

static AqErr take_fitting_step(Fitting *f, const size_t *which)
{
    const AqConceptFitConfig *how = f->job->how;
    const int n = how->batch;
    AqNn *nn = f->nn;

    f->step++;
    gather_known(f, which);
    aq_nn_begin(nn, AQ_NN_TRAIN);
    aq_params_zero_grad(f->params);
    AqTensor *x = aq_nn_input(nn, AQ_DIMS(n, VALUES), f->values),
             *y = aq_linear(nn, x, f->w, f->b, AQ_ACT_NONE);
    AqTensor *loss =
        y ? aq_bce(nn, aq_reshape(nn, y, AQ_DIMS(n * COLUMNS)), f->truth, f->weight)
          : NULL;
    loss = aq_add(nn, aq_scale(nn, loss, COLUMNS),
                  aq_scale(nn, aq_sum(nn, aq_mul(nn, f->w, f->w)), (AqReal)how->ridge));
    AqErr err = aq_nn_error(nn);
    if (err == AQ_OK)
        err = aq_nn_backward(nn, loss);
    const AqAdam adam = {
        .lr = aq_pretrain_rate(how->lr, WARM_UP, (double)f->step, (double)f->steps),
        .beta1 = 0.9,
        .beta2 = 0.999,
        .eps = 1e-8};
    if (err == AQ_OK)
        aq_params_adam_step(f->params, &adam, f->step);
    return err;
}

static AqErr run_fitting(Fitting *f)
{
    const int batch = f->job->how->batch;
    AqErr err = AQ_OK;

    for (int pass = 0; err == AQ_OK && pass < f->job->how->passes; pass++) {
        AqRng rng = aq_rng(f->job->how->seed, aq_mix64((uint64_t)pass));

        aq_rng_shuffle(&rng, f->known, f->n);
        for (size_t k = 0; err == AQ_OK && k + (size_t)batch <= f->n;
             k += (size_t)batch)
            err = take_fitting_step(f, f->known + k);
        if (err == AQ_OK && f->job->stop && f->job->stop(f->job->ctx))
            err = aq_fail(AQ_ERR_CANCELLED, "stopped");
    }
    return err == AQ_OK ? AQ_OK : aq_err_prefix(err, "fitting the map");
}

/* The map of values that are not normalised. */
static void unfold_map(Fitting *f)
{
    for (int j = 0; j < COLUMNS; j++) {
        double bias = (double)f->b->data[j];

        for (int i = 0; i < VALUES; i++) {
            const double w = (double)f->w->data[j * VALUES + i] * f->by[i];

            f->out->weight[j * VALUES + i] = (float)w;
            bias -= w * f->mean[i];
        }
        f->out->bias[j] = (float)bias;
    }
}

/* ---- how it does ---- */

static void map_lesson(const AqConceptFit *m, const AqLesson *a, AqReal *logits)
{
    for (int j = 0; j < COLUMNS; j++) {
        const float *w = m->weight + (size_t)j * VALUES;
        double z = (double)m->bias[j];

        for (int i = 0; i < VALUES; i++)
            z += (double)w[i] * (double)a->teacher[i];
        logits[j] = (AqReal)z;
    }
}

/* -log sigmoid(z) if it is heard, -log sigmoid(-z) if not. */
static double second_loss(double z, int heard)
{
    const double x = heard ? -z : z;

    return fmax(x, 0) + log1p(exp(-fabs(x)));
}

static void score_map(const AqConceptFit *m, const AqLessons *l, AqConceptScore *to)
{
    double n = 0;

    *to = (AqConceptScore){0};
    for (size_t k = 0; k < l->n; k++) {
        const AqLesson *a = &l->v[k];
        AqReal z[COLUMNS];

        if (!a->heard)
            continue;
        map_lesson(m, a, z);
        const int right = aq_lesson_is_right(a, z);
        to->n_right += right >= 0;
        to->right += right > 0;
        for (int j = 0; j < COLUMNS; j++)
            if (a->heard[j] != '?') {
                to->loss += second_loss((double)z[j], a->heard[j] == '1');
                n++;
            }
    }
    to->loss /= fmax(n, 1);
    to->right /= fmax((double)to->n_right, 1);
}

/* ---- slope and offset ---- */

/* The gradient g and the Hessian h of the loss by slope and offset: h of slope, of
 * both, of offset. */
static void derive_sureness(const AqConceptFit *m, const AqLessons *l, double g[2],
                            double h[3])
{
    memset(g, 0, 2 * sizeof *g);
    memset(h, 0, 3 * sizeof *h);
    for (size_t k = 0; k < l->n; k++) {
        AqReal z[COLUMNS];

        if (!l->v[k].heard)
            continue;
        map_lesson(m, &l->v[k], z);
        for (int j = 0; j < COLUMNS; j++) {
            if (l->v[k].heard[j] == '?')
                continue;
            const double x = (double)z[j];
            const double p = 1 / (1 + exp(-(m->slope * x + m->offset))),
                         d = p - (l->v[k].heard[j] == '1'), c = p * (1 - p);

            g[0] += d * x;
            g[1] += d;
            h[0] += c * x * x;
            h[1] += c * x;
            h[2] += c;
        }
    }
}

/* Newton's method. It leaves 1 and 0 where the seconds do not tell. */
static void fit_sureness(AqConceptFit *m, const AqLessons *l)
{
    double slope = 1, offset = 0;

    for (int k = 0; k < NEWTON_STEPS; k++) {
        double g[2], h[3];

        derive_sureness(m, l, g, h);
        const double det = h[0] * h[2] - h[1] * h[1];
        if (!(det > 1e-9 * h[0] * h[2]))
            break;
        const double ds = (g[0] * h[2] - g[1] * h[1]) / det,
                     dc = (g[1] * h[0] - g[0] * h[1]) / det;
        m->slope -= ds;
        m->offset -= dc;
        if (fabs(ds) < 1e-9 && fabs(dc) < 1e-9)
            break;
    }
    if (isfinite(m->slope) && isfinite(m->offset) && m->slope > 0) {
        slope = m->slope;
        offset = m->offset;
    }
    m->slope = slope;
    m->offset = offset;
}

static void finish_map(Fitting *f)
{
    AqConceptFit *m = f->out;
    AqConceptScore behind;

    unfold_map(f);
    m->slope = 1;
    score_map(m, f->job->train, &m->train);
    score_map(m, f->job->val, &m->val);
    fit_sureness(m, f->job->val);
    for (int k = 0; k < COLUMNS * VALUES; k++)
        m->weight[k] = (float)(m->slope * (double)m->weight[k]);
    for (int j = 0; j < COLUMNS; j++)
        m->bias[j] = (float)(m->slope * (double)m->bias[j] + m->offset);
    score_map(m, f->job->val, &behind);
    m->val_loss = behind.loss;
}

AqErr aq_concept_fit(AqConceptFit **out, const AqConceptFitJob *job)
{
    Fitting *f = aq_alloc(1, sizeof *f);
    AqErr err = AQ_ERR_NOMEM;

    *out = NULL;
    if (f) {
        f->job = job;
        f->out = aq_alloc(1, sizeof *f->out);
        err = f->out ? open_fitting(f) : AQ_ERR_NOMEM;
    }
    if (err == AQ_OK)
        err = run_fitting(f);
    if (err == AQ_OK) {
        finish_map(f);
        *out = f->out;
        f->out = NULL;
    }
    if (f) {
        aq_nn_free(&f->nn);
        aq_params_free(&f->params);
        aq_free(f->known);
        aq_free(f->values);
        aq_free(f->truth);
        aq_free(f->weight);
        aq_free(f->out);
    }
    aq_free(f);
    return err;
}

AqErr aq_concept_fit_write(const AqConceptFit *f, const char *path, const char *origin)
{
    return aq_concept_map_write(path, f->weight, f->bias, VALUES, origin);
}
