/* SPDX-License-Identifier: MIT */
/*
 * One training step of an answering network, for comparison with another program:
 *
 *     run_answer NETWORK OUT.safetensors SEED B N T [WHAT=VALUE...]
 *
 * draws parameters and a batch from the seed, and writes everything that the step
 * meets: batch.*, param.*, out.*, loss.*, grad.* and after.*, the parameters after one
 * step of AdamW with clipping; out.in_use is what the network answers with the
 * parameters before it. Dropout is off. Clips have holes, empty slots, missing streams.
 * WHAT is an option of the network, or:
 *
 *     features=2      a second feature of each stream, of other sizes, written as
 *                     batch.audio2, batch.visual2 and batch.changes2
 *     entries=F       the pictures' rows are frames of clips, 1xFxV; a second feature
 *                     has one entry
 *     answers=choice  slots are candidates, three to a question where there are so
 *                     many; batch.candidate_of says of which, batch.asked how many
 *                     words are the question's
 *     answers=count   numbers
 */
#include "base/alloc.h"
#include "model/answer/head.h"
#include "model/coqo/coqo.h"
#include "model/hcrn/hcrn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    A = 20,
    GRID = 3,
    V = 24,
    A2 = 7, /* of the second features */
    GRID2 = 2,
    V2 = 10,
    WORDS = 30,
    ANSWERS = 11,
    LONGEST = 7
};
#define CLIP_NORM    1.0
#define CENTRE       4.25f /* of counts */
#define SUBSETS_SEED 5     /* of what a step draws */

static const AqAnswerNetwork *const networks[] = {&aq_coqo, &aq_hcrn};

typedef struct Run {
    const AqAnswerNetwork *network;
    AqReal config[AQ_MOST_CONFIG_BYTES / sizeof(AqReal)]; /* aligned */
    int B, N, T, n_features, entries;
    AqTask task;
    AqFeatureSizes sizes;
    AqRng rng;
    AqBatch batch;
    float *features[AQ_N_MODALITIES], *changes;
    unsigned char *on[AQ_N_MODALITIES];
    int *ints;
    AqWeightsWriter *w;
    AqErr err;
} Run;

static void put(Run *r, const char *prefix, const char *name, int n_dims,
                const int64_t *dims, const float *data)
{
    char full[200];

    (void)snprintf(full, sizeof full, "%s%s", prefix, name);
    if (r->err == AQ_OK)
        r->err = aq_weights_writer_add_copy(r->w, full, n_dims, dims, data, AQ_F32);
}

static void put_tensor(Run *r, const char *prefix, const char *name, const AqTensor *t,
                       const AqReal *data)
{
    int64_t dims[AQ_MAX_DIMS];

    if (!t)
        return;
    for (int k = 0; k < t->n_dims; k++)
        dims[k] = t->dims[k];
    const size_t n = aq_tensor_count(t);
    float *copy = aq_alloc(n, sizeof *copy);
    for (size_t k = 0; copy && k < n; k++)
        copy[k] = (float)data[k];
    if (copy)
        put(r, prefix, name, t->n_dims, dims, copy);
    else
        r->err = AQ_ERR_NOMEM;
    aq_free(copy);
}

static void put_ints(Run *r, const char *name, int n_dims, const int64_t *dims,
                     const int *data)
{
    size_t n = 1;

    for (int k = 0; k < n_dims; k++)
        n *= (size_t)dims[k];
    float *copy = aq_alloc(n, sizeof *copy);
    for (size_t k = 0; copy && k < n; k++)
        copy[k] = (float)data[k];
    if (copy)
        put(r, "batch.", name, n_dims, dims, copy);
    else
        r->err = AQ_ERR_NOMEM;
    aq_free(copy);
}

static void put_params(Run *r, const char *prefix, AqParams *ps, int gradients)
{
    for (size_t k = 0; k < aq_params_n(ps); k++) {
        const AqTensor *t = aq_params_tensor(ps, k);

        put_tensor(r, prefix, aq_params_name(ps, k), t, gradients ? t->grad : t->data);
    }
}

/* Moves every parameter, so that none is zero, a gain or a bias, say; and rounds it:
 * what is written is what is computed with, in double precision too. */
static void stir_params(AqParams *ps, AqRng *rng)
{
    for (size_t k = 0; k < aq_params_n(ps); k++) {
        const AqTensor *t = aq_params_tensor(ps, k);

        for (size_t j = 0; j < aq_tensor_count(t); j++)
            t->data[j] =
                (AqReal)(float)((double)t->data[j] + 0.05 * aq_rng_normal(rng));
    }
}

/* Clip 1 has holes, clip 2 no sound at all, if there are so many. */
static int is_on(int m, int clip, int t)
{
    return !(clip == 1 && (t % 3 == 1 || (m == AQ_VISUAL && t > 3))) &&
           !(clip == 2 && m == AQ_AUDIO);
}

/* The second of all clips that value k of stream m belongs to. */
static size_t second_of(const Run *r, int m, size_t k)
{
    const size_t seconds = (size_t)r->B * (size_t)r->T;

    for (int j = 0;; j++) {
        const AqFeatureShape *s = &r->sizes.of[m][j];
        const size_t each = (size_t)s->h * (size_t)s->w * (size_t)s->dim;

        if (k < seconds * each)
            return k / each;
        k -= seconds * each;
    }
}

static AqErr draw_features(Run *r)
{
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        const size_t seconds = (size_t)r->B * (size_t)r->T;
        const size_t all = (size_t)aq_feature_total(&r->sizes, (AqModality)m).values;

        r->features[m] = aq_alloc(seconds * all, sizeof(float));
        r->on[m] = aq_alloc(seconds, 1);
        if (!r->features[m] || !r->on[m])
            return AQ_ERR_NOMEM;
        for (size_t k = 0; k < seconds; k++)
            r->on[m][k] = (unsigned char)is_on(m, (int)k / r->T, (int)k % r->T);
        for (size_t k = 0; k < seconds * all; k++)
            r->features[m][k] =
                r->on[m][second_of(r, m, k)] ? (float)aq_rng_normal(&r->rng) : 0;
        r->batch.features[m] = r->features[m];
        r->batch.on[m] = r->on[m];
    }
    return AQ_OK;
}

/* What changes in the pictures; absent seconds have none. */
static AqErr draw_changes(Run *r)
{
    const size_t n = (size_t)r->B * (size_t)r->T *
                     (size_t)aq_feature_total(&r->sizes, AQ_VISUAL).values;

    r->batch.changes = r->changes = aq_alloc(n, sizeof(float));
    for (size_t k = 0; r->changes && k < n; k++)
        r->changes[k] = r->on[AQ_VISUAL][second_of(r, AQ_VISUAL, k)]
                            ? (float)aq_rng_uniform(&r->rng)
                            : 0;
    return r->changes ? AQ_OK : AQ_ERR_NOMEM;
}

enum { CHOICES = 3 };

/* Counts, of which one is not known; or candidates, of which the second is right, but
 * for the first question of video 0, where none is. `more` holds 2 B N. */
static void draw_other_answers(Run *r, const int *lengths, int *answers, int *more)
{
    const int slots = r->B * r->N, chooses = r->task == AQ_TASK_CHOICE;
    int *candidate_of = more, *asked = more + slots;

    for (int k = 0; k < slots; k++) {
        const int slot = k % r->N, empty = answers[k] < 0;

        candidate_of[k] = slot / CHOICES;
        asked[k] = empty ? 0 : 1 + k % lengths[k];
        if (empty)
            continue;
        answers[k] = chooses ? slot % CHOICES == 1 && k >= CHOICES
                             : 1 + (int)aq_rng_below(&r->rng, AQ_COUNT_MOST);
    }
    if (!chooses) {
        answers[0] = -1;
        return;
    }
    r->batch.candidate_of = candidate_of;
    r->batch.asked = asked;
}

/* Every second video lacks its last question; video 0 asks one thing twice. */
static AqErr draw_questions(Run *r)
{
    const int slots = r->B * r->N;
    int *at = r->ints =
        aq_alloc((size_t)slots * (LONGEST + 5) + (size_t)r->B, sizeof *at);

    if (!at)
        return AQ_ERR_NOMEM;
    int *words = at, *lengths = words + slots * LONGEST, *answers = lengths + slots,
        *texts = answers + slots, *others = texts + slots;
    for (int k = 0; k < slots; k++) {
        const int empty = r->N > 1 && k % r->N == r->N - 1 && (k / r->N) % 2 == 1;

        lengths[k] = empty ? 0 : 1 + (int)aq_rng_below(&r->rng, LONGEST);
        answers[k] = empty ? -1 : (int)aq_rng_below(&r->rng, ANSWERS);
        texts[k] = k;
        for (int j = 0; j < LONGEST; j++)
            words[k * LONGEST + j] =
                j < lengths[k] ? 1 + (int)aq_rng_below(&r->rng, WORDS - 1) : 0;
    }
    if (r->N > 1)
        texts[1] = texts[0];
    for (int b = 0; b < r->B; b++)
        others[b] = r->B > 1 ? (b + 1) % r->B : -1;
    if (r->task != AQ_TASK_OPEN)
        draw_other_answers(r, lengths, answers, others + r->B);
    r->batch.words = words;
    r->batch.lengths = lengths;
    r->batch.answers = answers;
    r->batch.text_ids = texts;
    r->batch.others = others;
    return AQ_OK;
}

/* The word that each answer is, -1 if it is no name. */
static const int names[ANSWERS] = {-1, 12, 7, -1, 29, 2, -1, 15, -1, 20, 3};

/* Only answers of a vocabulary are names. */
static const int *names_of(const Run *r)
{
    static const int none[1] = {-1};

    return r->task == AQ_TASK_OPEN ? names : none;
}

/* A stream's features, "visual" and "visual2": (B,T,V), or with cells (B,T,S,V). */
static void put_features(Run *r, const char *name, AqModality m, const float *data)
{
    for (int k = 0; k < r->sizes.n[m]; k++) {
        const AqFeatureShape *s = &r->sizes.of[m][k];
        const int S = s->h * s->w;
        char full[32];

        (void)snprintf(full, sizeof full, "%s%s", name, k ? "2" : "");
        if (m == AQ_AUDIO)
            put(r, "batch.", full, 3, (int64_t[]){r->B, r->T, s->dim}, data);
        else
            put(r, "batch.", full, 4, (int64_t[]){r->B, r->T, S, s->dim}, data);
        data += (size_t)(r->B * r->T) * (size_t)(S * s->dim);
    }
}

static void put_batch(Run *r)
{
    const int B = r->B, N = r->N, T = r->T;

    put_features(r, "audio", AQ_AUDIO, r->features[AQ_AUDIO]);
    put_features(r, "visual", AQ_VISUAL, r->features[AQ_VISUAL]);
    put_features(r, "changes", AQ_VISUAL, r->changes);
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        int *on = aq_alloc((size_t)(B * T), sizeof *on);

        for (int k = 0; on && k < B * T; k++)
            on[k] = r->on[m][k];
        if (on)
            put_ints(r, m == AQ_AUDIO ? "audio_on" : "visual_on", 2, (int64_t[]){B, T},
                     on);
        aq_free(on);
    }
    put_ints(r, "words", 3, (int64_t[]){B, N, LONGEST}, r->batch.words);
    put_ints(r, "lengths", 2, (int64_t[]){B, N}, r->batch.lengths);
    put_ints(r, "answers", 2, (int64_t[]){B, N}, r->batch.answers);
    put_ints(r, "texts", 2, (int64_t[]){B, N}, r->batch.text_ids);
    put_ints(r, "others", 1, (int64_t[]){B}, r->batch.others);
    put_ints(r, "names", 1, (int64_t[]){aq_head_outputs(r->task, ANSWERS)},
             names_of(r));
    if (!r->batch.candidate_of)
        return;
    put_ints(r, "candidate_of", 2, (int64_t[]){B, N}, r->batch.candidate_of);
    put_ints(r, "asked", 2, (int64_t[]){B, N}, r->batch.asked);
}

static AqErr answer_in_use(Run *r, const AqAnswerNet *net, AqNn *nn)
{
    AqAnswerOutput y;

    aq_nn_begin(nn, AQ_NN_INFER);
    aq_answer_forward(nn, net, &r->batch, &y);
    if (y.logits)
        put_tensor(r, "out.", "in_use", y.logits, y.logits->data);
    return aq_nn_error(nn);
}

static AqErr step(Run *r, const AqAnswerNet *net, AqNn *nn)
{
    const AqAdam adam = {
        .lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .decay = 0.05};
    AqParams *ps = net->params;
    AqAnswerOutput y;
    AqAnswerLosses l;
    double norm;

    aq_nn_begin(nn, AQ_NN_TRAIN);
    aq_nn_seed(nn, aq_rng(SUBSETS_SEED, 1));
    aq_params_zero_grad(ps);
    aq_answer_forward(nn, net, &r->batch, &y);
    aq_answer_loss(nn, net, &r->batch, &y, (const AqReal[]){0.5F, 0.5F}, &l);
    AqErr err = aq_nn_error(nn);
    if (err == AQ_OK)
        err = aq_nn_backward(nn, l.total);
    if (err != AQ_OK)
        return err;
    put_tensor(r, "out.", "logits", y.logits, y.logits->data);
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        put_tensor(r, "out.", m == AQ_AUDIO ? "c_a" : "c_v", y.c[m], y.c[m]->data);
    put_tensor(r, "loss.", "total", l.total, l.total->data);
    for (int k = 0; k < r->network->n_losses; k++)
        put_tensor(r, "loss.", r->network->losses[k].name, l.part[k],
                   l.part[k] ? l.part[k]->data : NULL);
    put_params(r, "grad.", ps, 1);
    err = answer_in_use(r, net, nn);
    if (err == AQ_OK)
        err = aq_params_clip_grad(ps, CLIP_NORM, &norm);
    if (err == AQ_OK)
        aq_params_adam_step(ps, &adam, 1);
    put_params(r, "after.", ps, 0);
    return err;
}

static AqErr run_all(Run *r, uint64_t seed)
{
    const AqAnswerShape shape = {.sizes = r->sizes,
                                 .n_words = WORDS,
                                 .task = r->task,
                                 .n_answers = aq_head_outputs(r->task, ANSWERS),
                                 .centre = CENTRE,
                                 .names = names_of(r)};
    AqAnswerNet *net = NULL;
    AqNn *nn = NULL;

    r->batch = (AqBatch){.n_clips = r->B,
                         .n_asks = r->B,
                         .n_slots = r->N,
                         .n_seconds = r->T,
                         .n_words = LONGEST};
    AqErr err = draw_features(r);
    if (err == AQ_OK)
        err = draw_changes(r);
    if (err == AQ_OK)
        err = draw_questions(r);
    if (err == AQ_OK)
        err = aq_answer_net_new(&net, r->network, r->config, &shape);
    if (err == AQ_OK)
        err = aq_answer_net_init(net, seed);
    if (err == AQ_OK)
        err = aq_params_make_trainable(net->params);
    if (err == AQ_OK)
        err = aq_nn_new(&nn, NULL);
    if (err == AQ_OK) {
        stir_params(net->params, &r->rng);
        put_batch(r);
        put_params(r, "param.", net->params, 0);
        err = step(r, net, nn);
    }
    aq_nn_free(&nn);
    aq_answer_net_free(&net);
    return err == AQ_OK ? r->err : err;
}

static AqErr choose_network(Run *r, const char *name)
{
    for (size_t k = 0; k < sizeof networks / sizeof *networks; k++)
        if (strcmp(networks[k]->name, name) == 0)
            r->network = networks[k];
    if (!r->network)
        return aq_fail(AQ_ERR_USAGE, "no network %s here", name);
    r->network->set_defaults(r->config);
    AqErr err = aq_options_set(r->network->options, "model", r->config, "dim", "32");
    if (err == AQ_OK)
        err = aq_options_set(r->network->options, "model", r->config, "dropout", "0");
    return err;
}

static AqErr set_option(Run *r, const char *name, const char *value)
{
    int *own = strcmp(name, "features") == 0  ? &r->n_features
               : strcmp(name, "entries") == 0 ? &r->entries
                                              : NULL;

    if (strcmp(name, "answers") == 0) {
        r->task = strcmp(value, "choice") == 0 ? AQ_TASK_CHOICE : AQ_TASK_COUNT;
        return AQ_OK;
    }
    if (!own)
        return aq_options_set(r->network->options, "model", r->config, name, value);
    *own = atoi(value); /* NOLINT: a test's own argument */
    return AQ_OK;
}

/* Of `entries` frames a row, or grids. */
static void set_sizes(Run *r)
{
    const int second = r->entries ? 1 : GRID2;

    r->sizes =
        aq_feature_sizes(A, r->entries ? 1 : GRID, r->entries ? r->entries : GRID, V);
    if (r->n_features < 2)
        return;
    r->sizes.n[AQ_AUDIO] = r->sizes.n[AQ_VISUAL] = 2;
    r->sizes.of[AQ_AUDIO][1] = (AqFeatureShape){1, 1, A2};
    r->sizes.of[AQ_VISUAL][1] = (AqFeatureShape){1, second * second, V2};
}

int main(int argc, char **argv)
{
    Run r = {.B = 0};
    AqErr err = argc >= 7 ? choose_network(&r, argv[1])
                          : aq_fail(AQ_ERR_USAGE, "NETWORK OUT SEED B N T [OPTIONS]");
    const uint64_t seed = argc >= 7 ? strtoull(argv[3], NULL, 10) : 0;

    if (err == AQ_OK) {
        r.B = atoi(argv[4]); /* NOLINT: a test's own argument */
        r.N = atoi(argv[5]); /* NOLINT */
        r.T = atoi(argv[6]); /* NOLINT */
        r.rng = aq_rng(seed, 99);
    }
    for (int k = 7; err == AQ_OK && k < argc; k++) {
        char *value = strchr(argv[k], '=');

        if (value)
            *value++ = '\0';
        err = set_option(&r, argv[k], value ? value : "on");
    }
    set_sizes(&r);
    if (err == AQ_OK)
        err = aq_weights_writer_new(&r.w);
    if (err == AQ_OK)
        err = run_all(&r, seed);
    if (err == AQ_OK)
        err = aq_weights_writer_commit(r.w, argv[2]);
    aq_weights_writer_free(&r.w);
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        aq_free(r.features[m]);
        aq_free(r.on[m]);
    }
    aq_free(r.changes);
    aq_free(r.ints);
    if (err != AQ_OK)
        (void)fprintf(stderr, "run_answer: %s\n", aq_err_text());
    return err == AQ_OK ? 0 : 1;
}
