/* SPDX-License-Identifier: MIT */
/*
 * The width d of its rows is K: each part returns logits, and the answer is their sum.
 * The map is applied to each second, because explanations hide seconds; being linear,
 * it commutes with the mean.
 */
#include "model/linear/linear.h"

#include "base/options/rows.h"
#include "model/answer/parts.h"
#include "model/answer/questions.h"

#include <stdio.h>
#include <string.h>

typedef struct Linear {
    AqQuestionMap question;
    AqDense map[AQ_N_MODALITIES][AQ_MOST_FEATURES]; /* A, V with their biases */
    AqFeatureSizes sizes;
    int n_answers;
} Linear;

static const Linear *linear_of(const AqAnswerNet *net)
{
    return net->state;
}

/* ---- options ---- */

static const AqOption options[] = {
    AQ_ROW_INT("max-seconds", AqLinearConfig, max_seconds, 1, 3600, "seconds looked at",
               NULL),
    AQ_ROW_INT("max-words", AqLinearConfig, max_words, 1, 256,
               "words read of a question", NULL),
    AQ_ROW_INT("min-count", AqLinearConfig, min_count, 1, 1000000,
               "times a word must occur to be known", NULL),
    AQ_ROW_SWITCH("sound", AqLinearConfig, sound, "look at the sound"),
    AQ_ROW_SWITCH("picture", AqLinearConfig, picture, "look at the picture"),
    {0}};

static void set_linear_defaults(void *config)
{
    *(AqLinearConfig *)config = (AqLinearConfig){
        .max_seconds = 60, .max_words = 24, .min_count = 1, .sound = 1, .picture = 1};
}

static AqAnswerReads what_linear_reads(const void *config, const AqAnswerShape *shape)
{
    const AqLinearConfig *c = config;

    return aq_answer_reads_alike((AqAnswerReads){
        .max_seconds = c->max_seconds,
        .max_words = c->max_words,
        .min_count = c->min_count,
        .width = shape->n_answers,
        .streams = {[AQ_AUDIO] = c->sound && shape->sizes.of[AQ_AUDIO][0].dim > 0,
                    [AQ_VISUAL] =
                        c->picture && shape->sizes.of[AQ_VISUAL][0].dim > 0}});
}

/* ---- the network ---- */

/* Starts at zero: random values would only get in the way of learning. */
static AqDense declare_map(AqDeclare *d, const char *stream, int k, int in, int out)
{
    char map[AQ_FEATURE_NAME], full[64];

    (void)snprintf(full, sizeof full, "%s.%s", stream, aq_feature_name("map", k, map));
    return (AqDense){.w = aq_declare(d, full, "weight", out, in, AQ_INIT_CONST, 0),
                     .b = aq_declare(d, full, "bias", 0, out, AQ_INIT_CONST, 0)};
}

static void declare_linear(void *state, AqDeclare *d, const void *config,
                           const AqAnswerShape *shape)
{
    Linear *p = state;
    const AqAnswerReads reads = what_linear_reads(config, shape);
    const AqQuestionSource source = aq_answer_question_source(shape);

    p->sizes = shape->sizes;
    p->n_answers = shape->n_answers;
    p->question = aq_declare_question_map(d, &source, p->n_answers);
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        for (int k = 0; reads.streams[m] && k < p->sizes.n[m]; k++)
            p->map[m][k] = declare_map(d, aq_modality_name((AqModality)m), k,
                                       p->sizes.of[m][k].dim, p->n_answers);
}

static AqParamRows rows_of_linear_param(const char *param)
{
    return strcmp(param, "question.prior") == 0 ? AQ_ROWS_WORDS : AQ_ROWS_ALIKE;
}

/* What the question alone says, (B*N,K). */
static AqTensor *map_questions(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch)
{
    const AqQuestionInput in = aq_answer_question_input(batch);

    return aq_question_map(nn, &linear_of(net)->question, &in);
}

/* The mean over the cells of each second of feature k, (C,T,V): constants. */
static AqTensor *mean_cells(AqNn *nn, const Linear *p, const AqBatch *batch,
                            AqModality m, int k)
{
    const AqFeatureShape *s = &p->sizes.of[m][k];
    const int S = s->h * s->w, V = s->dim;
    AqTensor *y = aq_nn_zeros(nn, AQ_DIMS(batch->n_clips, batch->n_seconds, V));
    const float *x = aq_batch_feature(batch, &p->sizes, m, k, batch->features[m]);

    if (!y)
        return NULL;
    for (int r = 0; r < batch->n_clips * batch->n_seconds; r++) {
        AqReal *to = y->data + (size_t)r * (size_t)V;

        for (int cell = 0; cell < S; cell++)
            for (int j = 0; j < V; j++)
                to[j] += (AqReal)*x++ / (AqReal)S;
    }
    return y;
}

/* Each second's contribution to each answer, (C,T,K). */
static AqTensor *map_seconds(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                             AqModality m, AqTensor *q, AqAnswerOutput *out)
{
    const Linear *p = linear_of(net);

    (void)q;
    (void)out;
    if (!aq_batch_looked_at(net, batch, m))
        return NULL;
    AqTensor *sum = NULL;
    for (int k = 0; k < p->sizes.n[m]; k++) {
        AqTensor *x = mean_cells(nn, p, batch, m, k);

        if (!x)
            return NULL;
        x = aq_scale(nn, x, 1 / aq_sqrt((AqReal)x->dims[2]));
        x = aq_dense(nn, x, &p->map[m][k], AQ_ACT_NONE);
        sum = k ? aq_add(nn, sum, x) : x;
    }
    return sum;
}

/* The mean over the present seconds, for each question: (B*N,K). */
static AqTensor *mean_seconds(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                              AqModality m, AqTensor *x, AqTensor *q,
                              AqAnswerOutput *out)
{
    const int C = batch->n_clips, T = batch->n_seconds, K = linear_of(net)->n_answers;

    (void)q;
    (void)out;
    if (!aq_batch_looked_at(net, batch, m))
        return aq_nn_zeros(nn, AQ_DIMS(batch->n_asks * batch->n_slots, K));
    AqTensor *share = aq_nn_zeros(nn, AQ_DIMS(C, 1, T));
    for (int c = 0; share && c < C; c++) {
        const unsigned char *on = batch->on[m] + (size_t)c * (size_t)T;
        int n = 0;

        for (int t = 0; t < T; t++)
            n += on[t] != 0;
        for (int t = 0; t < T; t++)
            share->data[c * T + t] = on[t] ? 1 / (AqReal)n : 0;
    }
    x = aq_reshape(nn, aq_matmul(nn, share, x, 0), AQ_DIMS(C, K));
    x = aq_pick(nn, x, batch->clip_of, batch->n_asks);
    return aq_reshape(nn, aq_repeat_each(nn, x, batch->n_slots),
                      AQ_DIMS(batch->n_asks * batch->n_slots, K));
}

static AqTensor *add_up_logits(AqNn *nn, const AqAnswerNet *net, AqTensor *c_a,
                               AqTensor *c_v, AqTensor *q)
{
    (void)net;
    return aq_add(nn, q, aq_add(nn, c_a, c_v));
}

static void linear_loss(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                        const AqAnswerOutput *y, const AqReal *weights,
                        AqAnswerLosses *out)
{
    (void)net;
    (void)weights;
    out->total = out->part[0] = aq_answer_cross_entropy(nn, batch, y->logits);
}

const AqAnswerNetwork aq_linear_baseline = {
    .name = "linear",
    .summary = "what questions are mostly answered with, and a linear map of "
               "mean features",
    .config_bytes = sizeof(AqLinearConfig),
    .options = options,
    .set_defaults = set_linear_defaults,
    .reads = what_linear_reads,
    .lr = 1e-2,
    .state_bytes = sizeof(Linear),
    .declare = declare_linear,
    .rows = rows_of_linear_param,
    .words = map_questions,
    .look = map_seconds,
    .weigh = mean_seconds,
    .answer = add_up_logits,
    .n_losses = 1,
    .losses = {{"qa", "L_qa"}},
    .loss = linear_loss};
