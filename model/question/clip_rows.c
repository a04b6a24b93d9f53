/* SPDX-License-Identifier: MIT */
/* Rows of a frozen text tower, through norms and learned maps. The end of a question is
 * no word of it, but what is pooled. */
#include "model/question/encoder.h"

#include <math.h>
#include <string.h>

/* Deviations of what goes into tanh at first, the LSTM's: of its words' embeddings, and
 * of about what its states are. */
#define WORD_SIZE  0.5
#define STATE_SIZE 0.3

/* A map of normed rows (..,n) that gives values of deviation `size`. */
static AqTensor *declare_row_map(AqDeclare *d, const char *name, int dim, int n,
                                 double size)
{
    return aq_declare(d, "question", name, dim, n, AQ_INIT_NORMAL, size / sqrt(n));
}

static void declare_clip_rows(AqQuestionEncoder *p, AqDeclare *d,
                              const AqQuestionSource *from)
{
    const int dim = p->form.dim, W = from->text.width, E = from->text.pooled;

    p->norm_x = aq_declare_norm(d, "question", "norm_words", W);
    p->from_x = declare_row_map(d, "words.weight", dim, W, WORD_SIZE);
    p->norm_h = aq_declare_norm(d, "question", "norm_states", W);
    p->from_h = declare_row_map(d, "states.weight", dim, W, STATE_SIZE);
    p->norm_all = aq_declare_norm(d, "question", "norm_pooled", E);
    p->from_all.w = declare_row_map(d, "pooled.weight", dim, E, STATE_SIZE);
    p->from_all.b = aq_declare(d, "question", "pooled.bias", 0, dim, AQ_INIT_ZERO, 0);
}

/* The id of word t of question k; 0, padding, where it has none. */
static int id_of_word(const AqQuestionInput *in, int k, int t)
{
    return t < in->lengths[k] - 1 ? in->ids[k * in->most + t] : 0;
}

static void copy_text_row(AqReal *to, const float *from, int n)
{
    for (int k = 0; k < n; k++)
        to[k] = (AqReal)from[k];
}

/* The tower's rows of all words, (most*n,W), time outermost. */
static AqTensor *states_of_words(AqNn *nn, const AqQuestionInput *in)
{
    const int W = in->rows->shape.width;
    AqTensor *y = aq_nn_zeros(nn, AQ_DIMS(in->most * in->n, W));

    for (int r = 0; y && r < in->most * in->n; r++)
        copy_text_row(y->data + (size_t)r * (size_t)W,
                      in->rows->states +
                          (size_t)id_of_word(in, r % in->n, r / in->n) * (size_t)W,
                      W);
    return y;
}

/* Their tokens by themselves. */
static AqTensor *tokens_of_words(AqNn *nn, const AqQuestionInput *in)
{
    const size_t W = (size_t)in->rows->shape.width;
    AqTensor *y = aq_nn_zeros(nn, AQ_DIMS(in->most * in->n, in->rows->shape.width));

    for (int r = 0; y && r < in->most * in->n; r++) {
        const int token = in->rows->tokens[id_of_word(in, r % in->n, r / in->n)];

        if (token >= 0)
            memcpy(y->data + (size_t)r * W, in->rows->embedding + (size_t)token * W,
                   W * sizeof *y->data);
    }
    return y;
}

/* What is pooled of each question, (n,E); zero for those that are not there. */
static AqTensor *pooled_of_questions(AqNn *nn, const AqQuestionInput *in)
{
    const int E = in->rows->shape.pooled;
    AqTensor *y = aq_nn_zeros(nn, AQ_DIMS(in->n, E));

    for (int k = 0; y && k < in->n; k++) {
        const int last = in->lengths[k] - 1;
        const int end = last < 0 ? -1 : in->rows->ends[in->ids[k * in->most + last]];

        if (end >= 0)
            copy_text_row(y->data + (size_t)k * (size_t)E,
                          in->rows->pooled + (size_t)end * (size_t)E, E);
    }
    return y;
}

/* tanh(B LN(tokens)), of words and of names */
static AqTensor *map_tokens(AqNn *nn, const AqQuestionEncoder *p, AqTensor *x)
{
    return aq_linear(nn, aq_norm(nn, x, &p->norm_x), p->from_x, NULL, AQ_ACT_TANH);
}

static AqQuestionStates read_clip_rows(AqNn *nn, const AqQuestionEncoder *p,
                                       const AqQuestionInput *in, AqReal dropout)
{
    AqQuestionStates s = {0};
    int *lengths = aq_indices(nn, (size_t)in->n);

    if (!in->rows || !lengths)
        return s;
    for (int k = 0; k < in->n; k++)
        lengths[k] = in->lengths[k] > 0 ? in->lengths[k] - 1 : 0;
    s.lengths = lengths;
    s.x = aq_dropout_inside(nn, map_tokens(nn, p, tokens_of_words(nn, in)), in->most,
                            dropout);
    AqTensor *h = aq_norm(nn, states_of_words(nn, in), &p->norm_h);
    h = aq_linear(nn, h, p->from_h, NULL, AQ_ACT_TANH);
    s.h = aq_reshape(nn, h, AQ_DIMS(in->most, in->n, p->form.dim));
    AqTensor *all = aq_norm(nn, pooled_of_questions(nn, in), &p->norm_all);
    s.all = aq_dense(nn, all, &p->from_all, AQ_ACT_TANH);
    return s;
}

static AqTensor *name_by_tokens(AqNn *nn, const AqQuestionEncoder *p, const int *names,
                                const float *rows, int n)
{
    AqTensor *by = aq_nn_zeros(nn, AQ_DIMS(n));

    if (!by || !rows)
        return NULL;
    for (int k = 0; k < n; k++)
        by->data[k] = names[k] >= 0;
    AqTensor *x = aq_nn_input(nn, AQ_DIMS(n, p->norm_x.gamma->dims[0]), rows);
    return aq_scale_rows(nn, map_tokens(nn, p, x), by);
}

static void declare_pooled_map(AqQuestionMap *p, AqDeclare *d,
                               const AqQuestionSource *from)
{
    const int E = from->text.pooled;

    p->norm = aq_declare_norm(d, "question", "norm_pooled", E);
    p->from_pooled.w =
        aq_declare(d, "question", "map.weight", p->n, E, AQ_INIT_CONST, 0);
    p->from_pooled.b = aq_declare(d, "question", "map.bias", 0, p->n, AQ_INIT_CONST, 0);
}

static AqTensor *map_pooled(AqNn *nn, const AqQuestionMap *p, const AqQuestionInput *in)
{
    if (!in->rows)
        return NULL;
    AqTensor *x = aq_norm(nn, pooled_of_questions(nn, in), &p->norm);

    x = aq_scale(nn, x, 1 / aq_sqrt((AqReal)in->rows->shape.pooled));
    return aq_dense(nn, x, &p->from_pooled, AQ_ACT_NONE);
}

const AqQuestionReading aq_question_clip_text = {
    .name = "clip_text",
    .summary = "any words, by CLIP's text tower, frozen, and learned maps",
    .reads_rows = 1,
    .declare = declare_clip_rows,
    .read = read_clip_rows,
    .names = name_by_tokens,
    .declare_map = declare_pooled_map,
    .map = map_pooled};
