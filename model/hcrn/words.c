/* SPDX-License-Identifier: MIT */
/* The question's vector (section 3 of docs/hcrn.md). */
#include "model/hcrn/hcrn_priv.h"
#include "model/question/vocab.h"

static int has_own_words(const AqHcrn *net)
{
    return net->config->encoder == AQ_HCRN_BILSTM;
}

void aq_hcrn_declare_words(AqHcrn *net, AqDeclare *d)
{
    const AqHcrnConfig *c = net->config;
    AqHcrnWords *p = &net->words;

    if (!has_own_words(net)) {
        const AqQuestionSource source = aq_answer_question_source(&net->shape);
        const AqQuestionForm form = {.dim = c->dim};

        net->question = aq_declare_question_encoder(d, &source, &form);
        return;
    }
    p->embedding = aq_declare(d, "question", "embedding", net->shape.n_words,
                              c->word_dim, AQ_INIT_UNIFORM, 1);
    p->forth = aq_declare_lstm(d, "question.forth", c->word_dim, c->dim / 2);
    p->back = aq_declare_lstm(d, "question.back", c->word_dim, c->dim / 2);
}

/* The texts of all rows: their questions (k 0), or what is chosen from (1). 0: out of
 * memory. */
static int take_row_texts(AqNn *nn, const AqBatch *batch, int k, AqQuestionInput *in)
{
    const int n = in->n, W = in->most;
    int *ids = aq_indices(nn, (size_t)n * (size_t)W);
    int *lengths = aq_indices(nn, (size_t)n);

    if (!ids || !lengths)
        return 0;
    for (int r = 0; r < n; r++) {
        const int from = k ? batch->asked[r] : 0;

        lengths[r] = (k ? batch->lengths[r] : batch->asked[r]) - from;
        for (int t = 0; t < W; t++)
            ids[r * W + t] =
                t < lengths[r] ? batch->words[r * W + from + t] : AQ_VOCAB_PAD;
    }
    in->ids = ids;
    in->lengths = lengths;
    return 1;
}

/* tanh(dropout(embedding)) of word t of every text, (W*n,w). */
static AqTensor *embed_text_words(AqNn *nn, const AqHcrn *net,
                                  const AqQuestionInput *in)
{
    const int n = in->n, most = in->most;
    int *rows = aq_indices(nn, (size_t)n * (size_t)most);

    if (!rows)
        return NULL;
    for (int k = 0; k < n * most; k++) {
        const int t = k / n, q = k % n;

        rows[k] = t < in->lengths[q] ? in->ids[q * most + t] : -1;
    }
    AqTensor *x = aq_gather_rows(nn, net->words.embedding, rows, n * most);
    x = aq_dropout_inside(nn, x, most, (AqReal)net->config->dropout);
    return aq_act(nn, x, AQ_ACT_TANH);
}

/* State t of states (W,n,d/2), (n,d/2). */
static AqTensor *state_after(AqNn *nn, AqTensor *states, int t)
{
    return states ? aq_reshape(nn, aq_slice(nn, states, 0, t, 1),
                               AQ_DIMS(states->dims[1], states->dims[2]))
                  : NULL;
}

/* Each text's vector, (n,d). */
static AqTensor *read_row_texts(AqNn *nn, const AqHcrn *net, const AqQuestionInput *in)
{
    const AqHcrnConfig *c = net->config;

    if (!has_own_words(net))
        return aq_question_encoder(nn, &net->question, in, (AqReal)c->dropout);
    AqTensor *x = embed_text_words(nn, net, in), *end[2];
    const AqLstm *way[2] = {&net->words.forth, &net->words.back};
    for (int k = 0; k < 2; k++) {
        AqTensor *states = aq_lstm_states(nn, aq_lstm_gates(nn, x, way[k]), way[k],
                                          in->lengths, in->n, in->most, k);

        end[k] = state_after(nn, states, k ? 0 : in->most - 1);
    }
    return aq_dropout(nn, aq_concat(nn, end, 2, 1), (AqReal)c->question_dropout);
}

AqTensor *aq_hcrn_words(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch)
{
    const AqHcrn *p = aq_hcrn_of(net);
    AqQuestionInput in = aq_answer_question_input(batch);
    AqTensor *text[2];

    if (!aq_hcrn_chooses(&p->shape))
        return read_row_texts(nn, p, &in);
    for (int k = 0; k < 2; k++)
        text[k] = take_row_texts(nn, batch, k, &in) ? read_row_texts(nn, p, &in) : NULL;
    return aq_concat(nn, text, 2, 1);
}

AqTensor *aq_hcrn_vector(AqNn *nn, const AqHcrn *net, AqTensor *words, int k)
{
    const int d = net->config->dim;

    return words && words->dims[1] > d ? aq_slice(nn, words, 1, k * d, d) : words;
}
