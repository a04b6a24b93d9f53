/* SPDX-License-Identifier: MIT */
/* The second look (section 5 of docs/coqo.md): whom the question is about, by what is
 * heard, and what is seen of it. One function per formula. */
#include "model/coqo/fusion_priv.h"

/* Of the second look; two of them have AQ_CELL values, the others d. */
static int parts_found(const AqCoqoConfig *c)
{
    return !aq_coqo_listens(c) ? 8 : c->roles > 0 ? 12 : 11;
}

static void declare_subject(AqCoqo *net, AqDeclare *d)
{
    const int dim = net->config->dim, wide = dim * net->config->fusion;

    net->own_subject = aq_declare_dense(d, "fusion", "own_subject", dim, dim);
    net->heard_subject = aq_declare_product(d, "heard_subject", dim);
    net->mix_subject = aq_declare_dense(d, "fusion", "mix_subject", 3 * dim, wide);
    net->subject = aq_declare_dense(d, "fusion", "subject", wide, dim);
    net->subject_stands = aq_declare_dense(d, "fusion", "subject_stands", dim, 1);
    if (net->config->roles > 0)
        net->subject_role = aq_declare_product(d, "subject_role", dim);
}

void aq_declare_second_look(AqCoqo *net, AqDeclare *d)
{
    const AqCoqoConfig *c = net->config;
    const int dim = c->dim, wide = dim * c->fusion;

    net->seek = aq_declare_dense(d, "fusion", "seek", dim, AQ_CELL);
    net->found = aq_declare_dense(d, "fusion", "found", 2 * AQ_CELL, dim);
    net->found_by = aq_declare_dense(d, "fusion", "found_by", dim, dim);
    net->mix_found = aq_declare_dense(d, "fusion", "mix_found",
                                      (parts_found(c) - 2) * dim + 2 * AQ_CELL, wide);
    net->classify_found = aq_declare_dense_scaled(d, "fusion", "answer_found", wide,
                                                  net->shape.n_answers, 0.1);
    if (aq_coqo_listens(c))
        declare_subject(net, d);
}

/* ---- names: the answers that questions name too ---- */

/* E_k, the name's word by itself as the encoder has words, (K,d); zero for other
 * answers. */
static AqTensor *name_words(AqNn *nn, const AqCoqo *net)
{
    const int K = net->shape.n_answers;
    int *words = aq_indices(nn, (size_t)K);

    for (int k = 0; words && k < K; k++)
        words[k] = net->shape.names ? net->shape.names[k] : -1;
    return words ? net->question.by->names(nn, &net->question, words,
                                           net->shape.name_rows, K)
                 : NULL;
}

/* 1 for answers that are names, (K) */
static const AqReal *mark_names(AqNn *nn, const AqCoqo *net)
{
    const int K = net->shape.n_answers;
    AqReal *on = aq_constants(nn, (size_t)K);

    for (int k = 0; on && k < K; k++)
        on[k] = net->shape.names && net->shape.names[k] >= 0;
    return on;
}

/* ---- the look ---- */

/* Looks for a word (n,d) in the picture: a_s = softmax_s(v_s . W_s word / sqrt(cell));
 * what is there and where, f = W [sum a_s v_s ; sum a_s P_s]; adds f * G q, f, and what
 * is there times what was looked for. Returns f. */
static AqTensor *look_for_word(AqNn *nn, const AqCoqo *net, AqFusionParts *s,
                               AqTensor *word)
{
    AqTensor *by = aq_dense(nn, word, &net->seek, AQ_ACT_NONE);

    if (!by || !s->cells)
        return NULL;
    const int S = s->cells->dims[1];
    AqTensor *w =
        aq_matmul(nn, aq_reshape(nn, by, AQ_DIMS(s->n, 1, AQ_CELL)), s->cells, 1);
    w = aq_softmax(nn, aq_scale(nn, w, 1 / aq_sqrt((AqReal)AQ_CELL)), NULL, 0);
    AqTensor *both[2] = {
        aq_reshape(nn, aq_matmul(nn, w, s->cells, 0), AQ_DIMS(s->n, AQ_CELL)),
        aq_matmul(nn, aq_reshape(nn, w, AQ_DIMS(s->n, S)), net->cell_place, 0)};
    AqTensor *f = aq_dense(nn, aq_concat(nn, both, 2, 1), &net->found, AQ_ACT_NONE);

    aq_add_part(s, aq_mul(nn, f, aq_dense(nn, s->q, &net->found_by, AQ_ACT_NONE)));
    aq_add_part(s, f);
    aq_add_part(s, aq_mul(nn, both[0], by));
    return f;
}

/* A factor for each question, sigmoid(w q + b), (n) */
static AqTensor *factor_of(AqNn *nn, const AqFusionParts *s, const AqDense *p)
{
    AqTensor *x = aq_act(nn, aq_dense(nn, s->q, p, AQ_ACT_NONE), AQ_ACT_SIGMOID);

    return aq_reshape(nn, x, AQ_DIMS(s->n));
}

/* Whom the question is about, by what is heard, as a word:
 *     u = W_u GELU(FC_s([c_s * G s ; c_s + s ; mean_a * H s])), (n,d) */
static AqTensor *listen_for_subject(AqNn *nn, const AqCoqo *net, AqFusionParts *s)
{
    aq_add_part(
        s, aq_mul(nn, s->heard, aq_dense(nn, s->s, &net->own_subject, AQ_ACT_NONE)));
    aq_add_part(s, aq_add(nn, s->heard, s->s));
    aq_add_part(
        s, aq_mul(nn, s->mean, aq_dense(nn, s->s, &net->heard_subject, AQ_ACT_NONE)));
    return aq_dense(nn, aq_mix_parts(nn, net, s, &net->mix_subject), &net->subject,
                    AQ_ACT_NONE);
}

/* f_y = (1 - k) f_o + k f_n with k = sigmoid(w q + b), once more as it is and with the
 * question: places are read alike whoever was looked for. And n * o: is it the one
 * named? */
static void join_looks(AqNn *nn, const AqCoqo *net, AqFusionParts *s, AqTensor *f_o,
                       AqTensor *f_n, AqTensor *n)
{
    AqTensor *more = aq_add(nn, f_n, aq_scale(nn, f_o, -1));
    AqTensor *f = aq_add(
        nn, f_o, aq_scale_rows(nn, more, factor_of(nn, s, &net->subject_stands)));

    aq_add_part(s, aq_mul(nn, f, aq_dense(nn, s->q, &net->found_by, AQ_ACT_NONE)));
    aq_add_part(s, f);
    aq_add_part(s, aq_mul(nn, n, s->o));
}

/* The second look: for what the question names, o, and for n = sum_k p_k E_k, whom it
 * is about; p is the softmax over the names of l_k = E_k . u, or without a subject, of
 * the first look's logits. u * H_u z: is it rather the one than the other? Returns the
 * sum of all logits. */
AqTensor *aq_second_look(AqNn *nn, const AqCoqo *net, AqFusionParts *s,
                         AqTensor *logits)
{
    const AqCoqoConfig *c = net->config;
    const AqReal *on = mark_names(nn, net);
    AqTensor *words = name_words(nn, net);
    AqTensor *u = aq_coqo_listens(c) ? listen_for_subject(nn, net, s) : NULL;
    AqTensor *l = aq_coqo_listens(c) ? aq_matmul(nn, u, words, 1) : logits;
    AqTensor *p = on ? aq_softmax(nn, l, on, (size_t)net->shape.n_answers) : NULL;
    AqTensor *n = aq_matmul(nn, p, words, 0);

    AqTensor *f_o = look_for_word(nn, net, s, s->o);
    AqTensor *f_n = look_for_word(nn, net, s, n);
    aq_add_part(s, n);
    aq_add_part(s, s->q);
    if (aq_coqo_listens(c))
        join_looks(nn, net, s, f_o, f_n, n);
    if (aq_coqo_listens(c) && c->roles > 0)
        aq_add_part(s,
                    aq_mul(nn, u, aq_dense(nn, s->z, &net->subject_role, AQ_ACT_NONE)));
    if (s->n_parts < parts_found(c))
        return NULL;
    AqTensor *y = aq_dense(nn, aq_mix_parts(nn, net, s, &net->mix_found),
                           &net->classify_found, AQ_ACT_NONE);
    if (aq_coqo_listens(c))
        y = aq_add(nn, y, l);
    return aq_add(nn, logits, y);
}
