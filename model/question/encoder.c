/* SPDX-License-Identifier: MIT */
/* Time is the outer dimension, so that a step's rows are contiguous. */
#include "model/question/encoder.h"

#include "model/question/vocab.h"

#include <string.h>

AqQuestionEncoder aq_declare_question_encoder(AqDeclare *d, int n_words, int dim)
{
    AqQuestionEncoder p = {.dim = dim};

    p.embedding =
        aq_declare(d, "question", "embedding", n_words, dim, AQ_INIT_NORMAL, 0.5);
    p.in = aq_declare_dense(d, "question", "lstm.in", dim, 4 * dim);
    p.state = aq_declare_dense(d, "question", "lstm.state", dim, 4 * dim);
    p.out = aq_declare_dense_scaled(d, "question", "out", dim, dim, AQ_FUSION_INIT);
    return p;
}

void aq_question_encoder_init(const AqQuestionEncoder *p)
{
    for (int k = 0; k < p->dim; k++) {
        p->in.b->data[p->dim + k] = 1; /* gates are in the order i, f, g, o */
        p->embedding->data[AQ_VOCAB_PAD * p->dim + k] = 0;
    }
}

/* tanh(embedding) of word t of every question, (most,n,d); pads give zeros. */
static AqTensor *embed_words(AqNn *nn, const AqQuestionEncoder *p, const int *ids,
                             const int *lengths, int n, int most, AqReal dropout)
{
    const size_t total = (size_t)n * (size_t)most;
    int *rows = aq_indices(nn, total);

    if (!rows)
        return NULL;
    for (int t = 0; t < most; t++)
        for (int k = 0; k < n; k++)
            rows[t * n + k] = t < lengths[k] ? ids[k * most + t] : -1;
    AqTensor *x = aq_gather_rows(nn, p->embedding, rows, (int)total);
    return aq_dropout_inside(nn, aq_act(nn, x, AQ_ACT_TANH), most, dropout);
}

/* 1 for questions that have a word t. */
static const AqReal *has_word(AqNn *nn, const int *lengths, int n, int t)
{
    AqReal *keep = aq_constants(nn, (size_t)n);

    for (int k = 0; keep && k < n; k++)
        keep[k] = t < lengths[k];
    return keep;
}

AqTensor *aq_question_encoder(AqNn *nn, const AqQuestionEncoder *p, const int *ids,
                              const int *lengths, int n, int most, AqReal dropout)
{
    const int dim = p->dim;
    AqTensor *x = embed_words(nn, p, ids, lengths, n, most, dropout);
    AqTensor *gates = aq_dense(nn, x, &p->in, AQ_ACT_NONE); /* (most*n,4d) */
    AqTensor *h = aq_nn_zeros(nn, AQ_DIMS(n, dim)),
             *c = aq_nn_zeros(nn, AQ_DIMS(n, dim));

    for (int t = 0; t < most; t++) {
        AqTensor *now = aq_add(nn, aq_dense(nn, h, &p->state, AQ_ACT_NONE),
                               aq_slice(nn, gates, 0, t * n, n));
        const AqReal *keep = has_word(nn, lengths, n, t);
        AqTensor *hc = keep ? aq_lstm_cell(nn, now, h, c, keep) : NULL;

        h = aq_slice(nn, hc, 1, 0, dim);
        c = aq_slice(nn, hc, 1, dim, dim);
    }
    return aq_dense(nn, aq_dropout(nn, h, dropout), &p->out, AQ_ACT_NONE);
}
