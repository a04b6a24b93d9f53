/* SPDX-License-Identifier: MIT */
/* Words of the vocabulary, embedded, and an LSTM's state after each (Hochreiter and
 * Schmidhuber, 1997). */
#include "model/question/encoder.h"
#include "model/question/vocab.h"

static void declare_lstm(AqQuestionEncoder *p, AqDeclare *d,
                         const AqQuestionSource *from)
{
    const int dim = p->form.dim;

    p->embedding =
        aq_declare(d, "question", "embedding", from->n_words, dim, AQ_INIT_NORMAL, 0.5);
    p->lstm = aq_declare_lstm(d, "question.lstm", dim, dim);
}

/* Opens the forget gate (Jozefowicz et al., 2015) and zeroes <pad>'s row. */
static void init_lstm(const AqQuestionEncoder *p)
{
    for (int k = 0; k < p->form.dim; k++) {
        p->lstm.in.b->data[p->form.dim + k] = 1; /* gates are in the order i, f, g, o */
        p->embedding->data[AQ_VOCAB_PAD * p->form.dim + k] = 0;
    }
}

/* tanh(embedding) of word t of every question, (most,n,d); pads give zeros. */
static AqTensor *embed_words(AqNn *nn, const AqQuestionEncoder *p,
                             const AqQuestionInput *in, AqReal dropout)
{
    const int n = in->n, most = in->most;
    const size_t total = (size_t)n * (size_t)most;
    int *rows = aq_indices(nn, total);

    if (!rows)
        return NULL;
    for (int t = 0; t < most; t++)
        for (int k = 0; k < n; k++)
            rows[t * n + k] = t < in->lengths[k] ? in->ids[k * most + t] : -1;
    AqTensor *x = aq_gather_rows(nn, p->embedding, rows, (int)total);
    return aq_dropout_inside(nn, aq_act(nn, x, AQ_ACT_TANH), most, dropout);
}

static AqQuestionStates read_by_lstm(AqNn *nn, const AqQuestionEncoder *p,
                                     const AqQuestionInput *in, AqReal dropout)
{
    AqQuestionStates s = {.lengths = in->lengths};

    s.x = embed_words(nn, p, in, dropout);
    s.h = aq_lstm_states(nn, aq_lstm_gates(nn, s.x, &p->lstm), &p->lstm, in->lengths,
                         in->n, in->most, 0);
    if (s.h)
        s.all = aq_reshape(nn, aq_slice(nn, s.h, 0, in->most - 1, 1),
                           AQ_DIMS(in->n, p->form.dim));
    return s;
}

static AqTensor *name_by_embedding(AqNn *nn, const AqQuestionEncoder *p,
                                   const int *names, const float *rows, int n)
{
    (void)rows;
    return aq_act(nn, aq_gather_rows(nn, p->embedding, names, n), AQ_ACT_TANH);
}

static void declare_word_sum(AqQuestionMap *p, AqDeclare *d,
                             const AqQuestionSource *from)
{
    p->of_words =
        aq_declare(d, "question", "prior", from->n_words, p->n, AQ_INIT_CONST, 0);
}

/* The sum of P over each question's words, (n,K). */
static AqTensor *sum_word_rows(AqNn *nn, const AqQuestionMap *p,
                               const AqQuestionInput *in)
{
    const int n = in->n, most = in->most;
    AqTensor *words = aq_nn_zeros(nn, AQ_DIMS(n, 1, most));
    int *row = aq_indices(nn, (size_t)n * (size_t)most);

    if (!words || !row)
        return NULL;
    for (int k = 0; k < n * most; k++) {
        const int there = k % most < in->lengths[k / most];

        row[k] = there ? in->ids[k] : -1;
        words->data[k] = there;
    }
    AqTensor *x = aq_gather_rows(nn, p->of_words, row, n * most);
    x = aq_matmul(nn, words, aq_reshape(nn, x, AQ_DIMS(n, most, p->n)), 0);
    return aq_reshape(nn, x, AQ_DIMS(n, p->n));
}

const AqQuestionReading aq_question_lstm = {
    .name = "lstm",
    .summary = "words of the training questions, by an LSTM",
    .declare = declare_lstm,
    .init = init_lstm,
    .read = read_by_lstm,
    .names = name_by_embedding,
    .declare_map = declare_word_sum,
    .map = sum_word_rows};
