/* SPDX-License-Identifier: MIT */
#include "extract/pretrain/teaching.h"

#include "base/alloc.h"
#include "base/concepts/kinds.h"
#include "base/text/text.h"
#include "extract/input/logmel.h"
#include "extract/pretrain/augment.h"
#include "extract/pretrain/rate.h"
#include "model/nn/resume.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    COLUMNS = AQ_LESSON_COLUMNS,
    VALUES = AQ_LESSON_VALUES,
    CLASSES = AQ_LESSON_CLASSES,
    INPUT = AQ_LESSON_INPUT,
    WARM_UP = 150,
    REPORT_STEPS = 100,
    N_SUMS = 3
};
#define CLIP_NORM 2.0
#define UNSURE    0.5 /* weight of what the teacher's map says where nothing is known */

typedef struct Teaching {
    const AqTeachingJob *job;
    AqExtractor *x;
    AqParams *heads; /* maps to the teacher's values and classes, and from its values */
    AqTensor *vw, *vb, *sw, *sb, *tw, *tb;
    AqNn *nn;
    int width; /* values that the network gives */
    double mean[VALUES], by[VALUES];
    size_t *order;
    float *in, *values;     /* (batch, INPUT), (batch, VALUES) normalised */
    AqReal *scores;         /* (batch, CLASSES) */
    AqReal *truth, *weight; /* (batch, COLUMNS) */
    char *settings;
    AqResumeOrigin origin;
    int64_t step;
    long steps;
    struct timespec from;
    double sum[N_SUMS];
    AqTeachingReport tally;
} Teaching;

/* ---- what is learned besides the network ---- */

static void declare_teacher_map(Teaching *t, AqErr *err, const char *name, int out,
                                int in, AqTensor **w, AqTensor **b)
{
    char full[32];
    const AqParamSpec matrix = {.name = full,
                                .n_dims = 2,
                                .dims = {out, in},
                                .init = AQ_INIT_XAVIER,
                                .scale = AQ_R(0.5)},
                      bias = {.name = full,
                              .n_dims = 1,
                              .dims = {out},
                              .init = AQ_INIT_ZERO,
                              .no_decay = 1};

    (void)snprintf(full, sizeof full, "%s.weight", name);
    if (*err == AQ_OK)
        *err = aq_params_add(t->heads, &matrix, w);
    (void)snprintf(full, sizeof full, "%s.bias", name);
    if (*err == AQ_OK)
        *err = aq_params_add(t->heads, &bias, b);
}

static AqErr declare_heads(Teaching *t)
{
    AqErr err = aq_params_new(&t->heads);

    declare_teacher_map(t, &err, "values", VALUES, t->width, &t->vw, &t->vb);
    declare_teacher_map(t, &err, "scores", CLASSES, t->width, &t->sw, &t->sb);
    declare_teacher_map(t, &err, "truth", COLUMNS, VALUES, &t->tw, &t->tb);
    if (err == AQ_OK)
        err = aq_params_init(t->heads, t->job->how->seed);
    return err == AQ_OK ? aq_params_make_trainable(t->heads) : err;
}

/* Where the map begins: with how often each is heard. */
static void begin_map(Teaching *t)
{
    for (int j = 0; j < COLUMNS; j++) {
        const double share = aq_lessons_share(t->job->train, j);

        t->tb->data[j] = (AqReal)log(share / (1 - share));
    }
}

static AqErr open_teaching(Teaching *t)
{
    const size_t batch = (size_t)t->job->how->batch, n = t->job->train->n;

    if (n < batch)
        return aq_fail(AQ_ERR_USAGE,
                       "there are %zu seconds to learn from, less than a step's %zu", n,
                       batch);
    t->width = aq_extractor_facts(t->x).out_dims[2] - COLUMNS;
    t->order = aq_alloc(n, sizeof *t->order);
    t->in = aq_alloc(batch * INPUT, sizeof *t->in);
    t->values = aq_alloc(batch * VALUES, sizeof *t->values);
    t->scores = aq_alloc(batch * CLASSES, sizeof *t->scores);
    t->truth = aq_alloc(batch * COLUMNS, sizeof *t->truth);
    t->weight = aq_alloc(batch * COLUMNS, sizeof *t->weight);
    if (!t->order || !t->in || !t->values || !t->scores || !t->truth || !t->weight)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < n; k++)
        t->order[k] = k;
    aq_lessons_measure(t->job->train, t->mean, t->by);
    t->steps = (long)(n / batch) * t->job->how->passes;
    (void)clock_gettime(CLOCK_MONOTONIC, &t->from);
    AqErr err = aq_extractor_make_trainable(t->x);
    if (err == AQ_OK)
        err = declare_heads(t);
    if (err == AQ_OK)
        begin_map(t);
    return err == AQ_OK ? aq_nn_new(&t->nn, t->job->exec) : err;
}

/* ---- the state ---- */

static AqErr describe_teaching(Teaching *t)
{
    const AqTeachingConfig *h = t->job->how;
    const AqExtractorFacts f = aq_extractor_facts(t->x);

    t->settings = aq_strf(
        "network=%s\nseed=%llu\nseconds=%zu\npasses=%d\nbatch=%d\n"
        "lr=%.10g\nweight_decay=%.10g\nlosses=%.10g %.10g %.10g\naugment=%.10g\n",
        f.options, (unsigned long long)h->seed, t->job->train->n, h->passes, h->batch,
        h->lr, h->weight_decay, h->values, h->scores, h->truth, h->augment);
    t->origin = (AqResumeOrigin){.format = "avqa-pipe teaching 1",
                                 .kind = "teaching",
                                 .settings = t->settings,
                                 .data_key = "sounds",
                                 .other_data = "other sounds; give the same folders"};
    return t->settings ? aq_sha256_buffer(t->mean, sizeof t->mean, t->origin.data)
                       : AQ_ERR_NOMEM;
}

static AqErr save_teaching(Teaching *t)
{
    AqWeightsWriter *w = NULL;
    AqErr err = aq_resume_writer_new(&w, &t->origin);

    if (err == AQ_OK)
        err = aq_resume_add_row(w, "step", AQ_I64, &t->step, 1);
    if (err == AQ_OK)
        err = aq_resume_add_params(w, aq_extractor_params(t->x), "net.p.", "net.");
    if (err == AQ_OK)
        err = aq_resume_add_params(w, t->heads, "heads.p.", "heads.");
    if (err == AQ_OK)
        err = aq_weights_writer_commit(w, t->job->state_path);
    aq_weights_writer_free(&w);
    return err;
}

/* Where an earlier run was left, if there was one. */
static AqErr load_teaching(Teaching *t)
{
    AqWeights *w = NULL;
    AqErr err = aq_resume_open(&w, t->job->state_path, &t->origin);

    if (err == AQ_ERR_NOT_FOUND)
        return AQ_OK;
    if (err == AQ_OK)
        err = aq_resume_read_row(w, "step", AQ_I64, &t->step, 1);
    if (err == AQ_OK && (t->step < 0 || t->step > t->steps))
        err = aq_fail(AQ_ERR_FORMAT, "%s: its step %lld is out of range: there are %ld",
                      t->job->state_path, (long long)t->step, t->steps);
    if (err == AQ_OK)
        err = aq_resume_read_params(w, aq_extractor_params(t->x), "net.p.", "net.");
    if (err == AQ_OK)
        err = aq_resume_read_params(w, t->heads, "heads.p.", "heads.");
    aq_weights_unref(&w);
    return err;
}

/* ---- a batch ---- */

static void gather_lessons(Teaching *t, const AqLessons *l, const size_t *which, int n)
{
    for (int k = 0; k < n; k++) {
        const AqLesson *a = &l->v[which ? which[k] : (size_t)k];

        memcpy(t->in + (size_t)k * INPUT, a->input, INPUT * sizeof *t->in);
        for (int j = 0; j < VALUES; j++)
            t->values[k * VALUES + j] =
                (float)(((double)a->teacher[j] - t->mean[j]) * t->by[j]);
        for (int j = 0; j < CLASSES; j++)
            t->scores[k * CLASSES + j] = (AqReal)a->teacher[VALUES + j];
        for (int j = 0; j < COLUMNS; j++) {
            t->truth[k * COLUMNS + j] = a->heard && a->heard[j] == '1';
            t->weight[k * COLUMNS + j] = a->heard && a->heard[j] != '?';
        }
    }
}

/* Changes what the network is shown, by the seed and the step. */
static void augment_lessons(Teaching *t, int n)
{
    const double strength = t->job->how->augment;
    AqRng rng = aq_rng(t->job->how->seed, aq_mix64((uint64_t)t->step) + 1);

    for (int k = 0; strength > 0 && k < n; k++)
        aq_augment_sound(t->in + (size_t)k * INPUT, AQ_LOGMEL_ROWS, AQ_LOGMEL_COLS,
                         AQ_LOGMEL_YAMNET, &rng, strength);
}

/* Mean square of the difference of two tensors of the same shape. */
static AqTensor *mean_square(AqNn *nn, AqTensor *a, AqTensor *b)
{
    AqTensor *d = aq_add(nn, a, aq_scale(nn, b, -1));
    AqTensor *sum = aq_sum(nn, aq_mul(nn, d, d));

    return sum ? aq_scale(nn, sum, AQ_R(1) / (AqReal)aq_tensor_count(d)) : NULL;
}

/* Where nothing is known, what the teacher's map says, once it has learned something.
 */
static void fill_unknown(Teaching *t, const AqTensor *said, int n)
{
    const double sure = UNSURE * fmin(1, (double)t->step / (2 * WARM_UP));

    for (int k = 0; said && k < n * COLUMNS; k++)
        if (t->weight[k] <= 0) {
            t->truth[k] = 1 / (1 + aq_exp(-said->data[k]));
            t->weight[k] = (AqReal)sure;
        }
}

static AqTensor *truth_loss(const Teaching *t, AqTensor *logits, int n)
{
    if (!logits)
        return NULL;
    return aq_bce(t->nn, aq_reshape(t->nn, logits, AQ_DIMS(n * COLUMNS)), t->truth,
                  t->weight);
}

static AqTensor *scores_loss(const Teaching *t, AqTensor *logits, int n)
{
    if (!logits)
        return NULL;
    return aq_bce(t->nn, aq_reshape(t->nn, logits, AQ_DIMS(n * CLASSES)), t->scores,
                  NULL);
}

typedef struct Lesson {
    AqTensor *loss, *part[N_SUMS], *logits, *said;
} Lesson;

static Lesson forward_lesson(Teaching *t, int n)
{
    const AqTeachingConfig *h = t->job->how;
    AqNn *nn = t->nn;
    Lesson r = {0};
    AqTensor *x = aq_nn_input(nn, AQ_DIMS(n, 96, 64, 1), t->in),
             *values = aq_nn_input(nn, AQ_DIMS(n, VALUES), t->values);
    AqTensor *y = aq_extractor_forward(t->x, nn, x);
    AqTensor *e = y ? aq_slice(nn, y, 1, 0, t->width) : NULL;

    r.logits = y ? aq_slice(nn, y, 1, t->width, COLUMNS) : NULL;
    r.said = aq_linear(nn, values, t->tw, t->tb, AQ_ACT_NONE);
    AqTensor *map = truth_loss(t, r.said, n);
    fill_unknown(t, r.said, n);
    r.part[0] = mean_square(nn, aq_linear(nn, e, t->vw, t->vb, AQ_ACT_NONE), values);
    r.part[1] = scores_loss(t, aq_linear(nn, e, t->sw, t->sb, AQ_ACT_NONE), n);
    r.part[2] = truth_loss(t, r.logits, n);
    r.loss = aq_add(nn, aq_scale(nn, r.part[0], (AqReal)h->values),
                    aq_scale(nn, r.part[1], (AqReal)h->scores));
    r.loss = aq_add(nn, r.loss, aq_scale(nn, r.part[2], (AqReal)h->truth));
    r.loss = aq_add(nn, r.loss, map);
    return r;
}

/* ---- steps ---- */

static AqErr update_taught(Teaching *t, AqParams *ps)
{
    const AqAdam adam = {.lr = aq_pretrain_rate(t->job->how->lr, WARM_UP,
                                                (double)t->step, (double)t->steps),
                         .beta1 = 0.9,
                         .beta2 = 0.98,
                         .eps = 1e-8,
                         .decay = t->job->how->weight_decay};
    double norm;
    const AqErr err = aq_params_clip_grad(ps, CLIP_NORM, &norm);

    if (err == AQ_OK)
        aq_params_adam_step(ps, &adam, (long)t->step);
    return err;
}

static void tally_lesson(Teaching *t, const AqLessons *l, const size_t *which, int n,
                         const Lesson *r)
{
    for (int k = 0; k < N_SUMS; k++)
        /* A lesson that was learned has its losses and outputs. */
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        t->sum[k] += n * (double)r->part[k]->data[0];
    t->tally.step += n; /* seconds, until it is told */
    for (int k = 0; k < n; k++) {
        const AqLesson *a = &l->v[which ? which[k] : (size_t)k];
        const int right = aq_lesson_is_right(a, r->logits->data + (size_t)k * COLUMNS);

        if (right < 0)
            continue;
        t->tally.n_right++;
        t->tally.right += right;
        t->tally.teacher_right +=
            aq_lesson_is_right(a, r->said->data + (size_t)k * COLUMNS);
    }
}

/* Tells what was measured since the last time. */
static void report_teaching(Teaching *t, int val)
{
    AqTeachingReport r = t->tally;
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    r.values = t->sum[0] / (double)r.step;
    r.scores = t->sum[1] / (double)r.step;
    r.truth = t->sum[2] / (double)r.step;
    r.right /= (double)r.n_right;
    r.teacher_right /= (double)r.n_right;
    r.step = (long)t->step;
    r.steps = t->steps;
    r.val = val;
    r.seconds = (double)(now.tv_sec - t->from.tv_sec) +
                1e-9 * (double)(now.tv_nsec - t->from.tv_nsec);
    if (t->job->report)
        t->job->report(t->job->ctx, &r);
    t->tally = (AqTeachingReport){0};
    memset(t->sum, 0, sizeof t->sum);
}

static AqErr take_teaching_step(Teaching *t, const size_t *which)
{
    const int n = t->job->how->batch;

    t->step++;
    gather_lessons(t, t->job->train, which, n);
    augment_lessons(t, n);
    aq_nn_begin(t->nn, AQ_NN_TRAIN);
    aq_params_zero_grad(t->heads);
    aq_params_zero_grad(aq_extractor_params(t->x));
    const Lesson r = forward_lesson(t, n);
    AqErr err = aq_nn_error(t->nn);
    if (err == AQ_OK)
        err = aq_nn_backward(t->nn, r.loss);
    if (err == AQ_OK)
        tally_lesson(t, t->job->train, which, n, &r);
    if (err == AQ_OK)
        err = update_taught(t, t->heads);
    if (err == AQ_OK)
        err = update_taught(t, aq_extractor_params(t->x));
    return err == AQ_OK ? AQ_OK
                        : aq_err_prefix(err, "teaching, step %ld", (long)t->step);
}

static AqErr validate_teaching(Teaching *t)
{
    const AqLessons *l = t->job->val;
    AqErr err = AQ_OK;

    if (t->tally.step > 0)
        report_teaching(t, 0); /* what was trained since the last time */
    for (size_t k = 0; err == AQ_OK && k < l->n;) {
        const size_t some = l->n - k < (size_t)t->job->how->batch
                                ? l->n - k
                                : (size_t)t->job->how->batch;
        const AqLessons part = {.n = some, .v = l->v + k};

        gather_lessons(t, &part, NULL, (int)some);
        aq_nn_begin(t->nn, AQ_NN_EVAL); /* recorded, so nothing kept is reused */
        const Lesson r = forward_lesson(t, (int)some);
        err = aq_nn_error(t->nn);
        if (err == AQ_OK)
            tally_lesson(t, &part, NULL, (int)some, &r);
        k += some;
    }
    if (err == AQ_OK && l->n > 0)
        report_teaching(t, 1);
    return err;
}

static AqErr stop_teaching(Teaching *t)
{
    const AqErr err = save_teaching(t);

    return err == AQ_OK ? aq_fail(AQ_ERR_CANCELLED, "stopped") : err;
}

/* Each pass shuffles the order of the one before. */
static AqErr run_teaching_pass(Teaching *t, int pass, long each)
{
    AqRng rng = aq_rng(t->job->how->seed, aq_mix64((uint64_t)pass));
    AqErr err = AQ_OK;

    aq_rng_shuffle(&rng, t->order, t->job->train->n);
    for (long k = t->step - pass * each; err == AQ_OK && k >= 0 && k < each; k++) {
        err = take_teaching_step(t, t->order + k * t->job->how->batch);
        if (err == AQ_OK && t->step % REPORT_STEPS == 0)
            report_teaching(t, 0);
        if (err == AQ_OK && t->step % t->job->how->save_steps == 0)
            err = save_teaching(t);
        if (err == AQ_OK && k + 1 == each)
            err = validate_teaching(t);
        if (err == AQ_OK && t->job->stop && t->job->stop(t->job->ctx))
            err = stop_teaching(t);
    }
    return err;
}

AqErr aq_teach(AqExtractor *x, const AqTeachingJob *job)
{
    Teaching t = {.job = job, .x = x};
    AqErr err = open_teaching(&t);

    if (err == AQ_OK)
        err = describe_teaching(&t);
    if (err == AQ_OK)
        err = load_teaching(&t);
    for (int pass = 0; err == AQ_OK && pass < job->how->passes; pass++)
        err = run_teaching_pass(&t, pass, t.steps / job->how->passes);
    if (err == AQ_OK)
        err = save_teaching(&t);
    aq_nn_free(&t.nn);
    aq_params_free(&t.heads);
    aq_free(t.order);
    aq_free(t.in);
    aq_free(t.values);
    aq_free(t.scores);
    aq_free(t.truth);
    aq_free(t.weight);
    aq_free(t.settings);
    return err;
}
