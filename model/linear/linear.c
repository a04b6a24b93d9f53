/* SPDX-License-Identifier: MIT */
/*
 * The width d of its rows is K: each part returns logits, and the answer is their sum.
 * The map is applied to each second, because explanations hide seconds; being linear,
 * it commutes with the mean. Where there are choices a stream's rows have a value for
 * each word, and a question's, behind its logit, how often the choice has each.
 */
#include "model/linear/linear.h"

#include "base/options/rows.h"
#include "model/answer/head.h"
#include "model/answer/parts.h"
#include "model/answer/questions.h"

#include <stdio.h>
#include <string.h>

typedef struct Linear {
    AqQuestionMap question;
    AqDense map[AQ_N_MODALITIES][AQ_MOST_FEATURES]; /* A, V with their biases */
    AqFeatureSizes sizes;
    int n_answers;
    int n_mapped; /* rows of a map: n_answers, or the words */
    int chooses;
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

/* A text tower's rows are no words of the vocabulary. */
static int chooses_by_words(const AqAnswerShape *shape)
{
    return shape->task == AQ_TASK_CHOICE && shape->text_width == 0;
}

static AqAnswerReads what_linear_reads(const void *config, const AqAnswerShape *shape)
{
    const AqLinearConfig *c = config;
    const int blind = shape->task == AQ_TASK_CHOICE && !chooses_by_words(shape);
    AqAnswerReads r = aq_answer_reads_alike((AqAnswerReads){
        .max_seconds = c->max_seconds,
        .max_words = c->max_words,
        .min_count = c->min_count,
        .width = shape->n_answers,
        .streams = {[AQ_AUDIO] =
                        !blind && c->sound && shape->sizes.of[AQ_AUDIO][0].dim > 0,
                    [AQ_VISUAL] = !blind && c->picture &&
                                  shape->sizes.of[AQ_VISUAL][0].dim > 0}});

    if (chooses_by_words(shape)) {
        r.words_width = shape->n_answers + shape->n_words;
        for (int m = 0; m < AQ_N_MODALITIES; m++)
            r.look_width[m] = r.weigh_width[m] = shape->n_words;
    }
    return r;
}

/* ---- the network ---- */

/* Starts at zero: random values would only get in the way of learning. */
static AqDense declare_map(AqDeclare *d, const char *full, int in, int out)
{
    return (AqDense){.w = aq_declare(d, full, "weight", out, in, AQ_INIT_CONST, 0),
                     .b = aq_declare(d, full, "bias", 0, out, AQ_INIT_CONST, 0)};
}

/* The maps of stream m. */
static void declare_maps(Linear *p, AqDeclare *d, AqModality m)
{
    char map[AQ_FEATURE_NAME], full[64];

    for (int k = 0; k < p->sizes.n[m]; k++) {
        (void)snprintf(full, sizeof full, "%s.%s", aq_modality_name(m),
                       aq_feature_name(p->chooses ? "words" : "map", k, map));
        p->map[m][k] = declare_map(d, full, p->sizes.of[m][k].dim, p->n_mapped);
    }
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
    p->chooses = chooses_by_words(shape);
    p->n_mapped = p->chooses ? shape->n_words : p->n_answers;
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        if (reads.streams[m])
            declare_maps(p, d, (AqModality)m);
}

static AqParamRows rows_of_linear_param(const char *param)
{
    return strcmp(param, "question.prior") == 0 || strstr(param, ".words")
               ? AQ_ROWS_WORDS
               : AQ_ROWS_ALIKE;
}

/* How often each word is in each row's choice, (B*N,words). */
static AqTensor *count_choice_words(AqNn *nn, const AqBatch *batch, int n_words)
{
    const int n = batch->n_asks * batch->n_slots, W = batch->n_words;
    AqTensor *y = aq_nn_zeros(nn, AQ_DIMS(n, n_words));

    for (int k = 0; y && k < n; k++)
        for (int j = batch->asked[k]; j < batch->lengths[k]; j++)
            y->data[k * n_words + batch->words[k * W + j]] += 1;
    return y;
}

/* What the question alone says, (B*N,K), and a choice's words. */
static AqTensor *read_words(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch)
{
    const Linear *p = linear_of(net);
    const AqQuestionInput in = aq_answer_question_input(batch);
    AqTensor *prior = aq_question_map(nn, &p->question, &in);

    if (!p->chooses)
        return prior;
    AqTensor *both[2] = {prior, count_choice_words(nn, batch, p->n_mapped)};
    return aq_concat(nn, both, 2, 1);
}

/* Each second's contribution to each answer, or word, (C,T,K). */
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
        AqTensor *x = aq_average_cells(nn, batch, &p->sizes, m, k);

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
    const int K = linear_of(net)->n_mapped;

    (void)q;
    (void)out;
    if (!aq_batch_looked_at(net, batch, m))
        return aq_nn_zeros(nn, AQ_DIMS(batch->n_asks * batch->n_slots, K));
    x = aq_average_seconds(nn, x, aq_seconds_on(nn, batch, m, 0, 1, 1));
    x = aq_pick(nn, x, batch->clip_of, batch->n_asks);
    return aq_reshape(nn, aq_repeat_each(nn, x, batch->n_slots),
                      AQ_DIMS(batch->n_asks * batch->n_slots, K));
}

static AqTensor *add_up_logits(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                               AqTensor *c_a, AqTensor *c_v, AqTensor *q)
{
    const Linear *p = linear_of(net);
    AqTensor *c = aq_add(nn, c_a, c_v);

    (void)batch;
    if (!p->chooses || !q)
        return aq_add(nn, q, c);
    const int n = q->dims[0], W = p->n_mapped;
    AqTensor *words = aq_slice(nn, q, 1, p->n_answers, W);

    c = aq_matmul(nn, aq_reshape(nn, words, AQ_DIMS(n, 1, W)),
                  aq_reshape(nn, c, AQ_DIMS(n, 1, W)), 1);
    return aq_add(nn, aq_slice(nn, q, 1, 0, p->n_answers),
                  aq_reshape(nn, c, AQ_DIMS(n, 1)));
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
    .words = read_words,
    .look = map_seconds,
    .weigh = mean_seconds,
    .answer = add_up_logits,
    .n_losses = 1,
    .losses = {{"qa", "L_qa"}},
    .loss = aq_head_loss_alone};
