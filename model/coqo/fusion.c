/* SPDX-License-Identifier: MIT */
/* The fusion and the answer (section 5 of docs/coqo.md), one function per formula. */
#include "model/coqo/coqo_priv.h"

enum { MOST_PARTS = 12 };

/* What is fused, for each of n questions. */
typedef struct Parts {
    int n;
    AqTensor *c[AQ_N_MODALITIES]; /* (n,d) */
    AqTensor *q, *z, *o, *s;      /* (n,d) */
    AqTensor *mean, *heard;       /* (n,d) of the sound, c_s */
    AqTensor *cells;              /* (n,S,cell) */
    AqTensor *part[MOST_PARTS];
    int n_parts;
} Parts;

AqQuestionForm aq_coqo_question_form(const AqCoqoConfig *c)
{
    return (AqQuestionForm){.dim = c->dim,
                            .keep_words = c->keep_words,
                            .roles = c->roles,
                            .named = aq_coqo_hops(c) || c->roles > 0,
                            .sought = aq_coqo_listens(c)};
}

/* Of the second look; two of them have AQ_CELL values, the others d. */
static int parts_found(const AqCoqoConfig *c)
{
    return !aq_coqo_listens(c) ? 8 : c->roles > 0 ? 12 : 11;
}

static void declare_hop(AqCoqo *net, AqDeclare *d)
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
}

/* W x, to be multiplied with another: not too small beside sums. */
static AqDense declare_product(AqDeclare *d, const char *name, int dim)
{
    return aq_declare_dense_scaled(d, "fusion", name, dim, dim, AQ_FUSION_INIT);
}

static void declare_subject(AqCoqo *net, AqDeclare *d)
{
    const int dim = net->config->dim, wide = dim * net->config->fusion;

    net->own_subject = aq_declare_dense(d, "fusion", "own_subject", dim, dim);
    net->heard_subject = declare_product(d, "heard_subject", dim);
    net->mix_subject = aq_declare_dense(d, "fusion", "mix_subject", 3 * dim, wide);
    net->subject = aq_declare_dense(d, "fusion", "subject", wide, dim);
    net->subject_stands = aq_declare_dense(d, "fusion", "subject_stands", dim, 1);
    if (net->config->roles > 0)
        net->subject_role = declare_product(d, "subject_role", dim);
}

void aq_declare_fusion(AqCoqo *net, AqDeclare *d)
{
    const AqCoqoConfig *c = net->config;
    const int dim = c->dim, wide = dim * c->fusion, K = net->shape.n_answers;
    int parts = 2;

    net->fuse =
        aq_declare_dense_scaled(d, "fusion", "av", 2 * dim, dim, AQ_FUSION_INIT);
    if (c->own_fusion) {
        net->own[AQ_AUDIO] = aq_declare_dense(d, "fusion", "own_audio", dim, dim);
        net->own[AQ_VISUAL] = aq_declare_dense(d, "fusion", "own_visual", dim, dim);
        parts += 2;
    }
    if (c->roles) {
        net->compare = declare_product(d, "compare", dim);
        net->compare_more = aq_declare_dense(d, "fusion", "compare_more", dim, dim);
        net->heard = declare_product(d, "heard", dim);
        net->heard_more = aq_declare_dense(d, "fusion", "heard_more", dim, dim);
        net->seen = declare_product(d, "seen", dim);
        parts += 3;
    }
    if (aq_coqo_hops(c))
        declare_hop(net, d);
    if (aq_coqo_listens(c))
        declare_subject(net, d);
    net->mix = aq_declare_dense(d, "fusion", "mix", parts * dim, wide);
    net->classify = aq_declare_dense(d, "fusion", "answer", wide, K);
}

/* ---- parts ---- */

static void add_part(Parts *s, AqTensor *x)
{
    s->part[s->n_parts++] = x;
}

static AqTensor *mix_parts(AqNn *nn, const AqCoqo *net, Parts *s, const AqDense *mix)
{
    AqTensor *e = aq_dense(nn, aq_concat(nn, s->part, s->n_parts, 1), mix, AQ_ACT_GELU);

    s->n_parts = 0;
    return aq_dropout(nn, e, (AqReal)net->config->dropout);
}

/* F_av = W tanh([c_a ; c_v]) + b */
static AqTensor *f_av(AqNn *nn, const AqCoqo *net, AqTensor *c_a, AqTensor *c_v)
{
    AqTensor *both[2] = {c_a, c_v};
    AqTensor *x = aq_act(nn, aq_concat(nn, both, 2, 1), AQ_ACT_TANH);

    return aq_dense(nn, x, &net->fuse, AQ_ACT_NONE);
}

/* x * (1 + W y + b) */
static AqTensor *modulate_part(AqNn *nn, AqTensor *x, AqTensor *y, const AqDense *p)
{
    return aq_add(nn, x, aq_mul(nn, x, aq_dense(nn, y, p, AQ_ACT_NONE)));
}

/* F_av * q, F_av + q */
static void fuse_streams(AqNn *nn, const AqCoqo *net, Parts *s)
{
    AqTensor *f = f_av(nn, net, s->c[AQ_AUDIO], s->c[AQ_VISUAL]);

    add_part(s, aq_mul(nn, f, s->q));
    add_part(s, aq_add(nn, f, s->q));
}

/* c_m * G_m q */
static void fuse_each_stream(AqNn *nn, const AqCoqo *net, Parts *s)
{
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        add_part(s, aq_mul(nn, s->c[m], aq_dense(nn, s->q, &net->own[m], AQ_ACT_NONE)));
}

/* ---- names: the answers that questions name too ---- */

/* E_k = tanh(embedding of the name's word), (K,d); zero for other answers. */
static AqTensor *name_words(AqNn *nn, const AqCoqo *net)
{
    const int K = net->shape.n_answers;
    int *words = aq_indices(nn, (size_t)K);

    for (int k = 0; words && k < K; k++)
        words[k] = net->shape.names ? net->shape.names[k] : -1;
    return words ? aq_act(nn, aq_gather_rows(nn, net->question.embedding, words, K),
                          AQ_ACT_TANH)
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

/* What the question names meets what is heard on the whole and what is seen:
 *     p_z = (mean_a * H_z z) * (1 + M_z q)    things against each other
 *     p_o = (mean_a * H_o o) * (1 + M_o q),  p_v = c_v * H_v o    things by themselves
 */
static void fuse_roles(AqNn *nn, const AqCoqo *net, Parts *s)
{
    AqTensor *z = aq_mul(nn, s->mean, aq_dense(nn, s->z, &net->compare, AQ_ACT_NONE));
    AqTensor *o = aq_mul(nn, s->mean, aq_dense(nn, s->o, &net->heard, AQ_ACT_NONE));

    add_part(s, modulate_part(nn, z, s->q, &net->compare_more));
    add_part(s, modulate_part(nn, o, s->q, &net->heard_more));
    add_part(s,
             aq_mul(nn, s->c[AQ_VISUAL], aq_dense(nn, s->o, &net->seen, AQ_ACT_NONE)));
}

/* ---- the second look ---- */

/* Looks for a word (n,d) in the picture: a_s = softmax_s(v_s . W_s word / sqrt(cell));
 * what is there and where, f = W [sum a_s v_s ; sum a_s P_s]; adds f * G q, f, and what
 * is there times what was looked for. Returns f. */
static AqTensor *look_for_word(AqNn *nn, const AqCoqo *net, Parts *s, AqTensor *word)
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

    add_part(s, aq_mul(nn, f, aq_dense(nn, s->q, &net->found_by, AQ_ACT_NONE)));
    add_part(s, f);
    add_part(s, aq_mul(nn, both[0], by));
    return f;
}

/* A factor for each question, sigmoid(w q + b), (n) */
static AqTensor *factor_of(AqNn *nn, const Parts *s, const AqDense *p)
{
    AqTensor *x = aq_act(nn, aq_dense(nn, s->q, p, AQ_ACT_NONE), AQ_ACT_SIGMOID);

    return aq_reshape(nn, x, AQ_DIMS(s->n));
}

/* Whom the question is about, by what is heard, as a word:
 *     u = W_s GELU(FC_s([c_s * G s ; c_s + s ; mean_a * H s])), (n,d) */
static AqTensor *listen_for_subject(AqNn *nn, const AqCoqo *net, Parts *s)
{
    add_part(s,
             aq_mul(nn, s->heard, aq_dense(nn, s->s, &net->own_subject, AQ_ACT_NONE)));
    add_part(s, aq_add(nn, s->heard, s->s));
    add_part(s,
             aq_mul(nn, s->mean, aq_dense(nn, s->s, &net->heard_subject, AQ_ACT_NONE)));
    return aq_dense(nn, mix_parts(nn, net, s, &net->mix_subject), &net->subject,
                    AQ_ACT_NONE);
}

/* f_y = (1 - k) f_o + k f_n with k = sigmoid(w q + b), once more as it is and with the
 * question: places are read alike whoever was looked for. And n * o: is it the one
 * named? */
static void join_looks(AqNn *nn, const AqCoqo *net, Parts *s, AqTensor *f_o,
                       AqTensor *f_n, AqTensor *n)
{
    AqTensor *more = aq_add(nn, f_n, aq_scale(nn, f_o, -1));
    AqTensor *f = aq_add(
        nn, f_o, aq_scale_rows(nn, more, factor_of(nn, s, &net->subject_stands)));

    add_part(s, aq_mul(nn, f, aq_dense(nn, s->q, &net->found_by, AQ_ACT_NONE)));
    add_part(s, f);
    add_part(s, aq_mul(nn, n, s->o));
}

/* The second look: for what the question names, o, and for n = sum_k p_k E_k, whom it
 * is about; p is the softmax over the names of l_k = E_k . u, or without a subject, of
 * the first look's logits. u * H_u z: is it rather the one than the other? Returns the
 * sum of all logits. */
static AqTensor *look_again(AqNn *nn, const AqCoqo *net, Parts *s, AqTensor *logits)
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
    add_part(s, n);
    add_part(s, s->q);
    if (aq_coqo_listens(c))
        join_looks(nn, net, s, f_o, f_n, n);
    if (aq_coqo_listens(c) && c->roles > 0)
        add_part(s, aq_mul(nn, u, aq_dense(nn, s->z, &net->subject_role, AQ_ACT_NONE)));
    if (s->n_parts < parts_found(c))
        return NULL;
    AqTensor *y = aq_dense(nn, mix_parts(nn, net, s, &net->mix_found),
                           &net->classify_found, AQ_ACT_NONE);
    if (aq_coqo_listens(c))
        y = aq_add(nn, y, l);
    return aq_add(nn, logits, y);
}

/* Takes the rows apart. */
static Parts split_rows(AqNn *nn, const AqCoqo *net, AqTensor *c_a, AqTensor *c_v,
                        AqTensor *q)
{
    const AqCoqoConfig *c = net->config;
    const int d = c->dim, S = net->shape.sizes.grid_h * net->shape.sizes.grid_w;
    Parts s = {.n = q->dims[0]};

    int at = d, heard = d;

    s.q = aq_slice(nn, q, 1, 0, d);
    s.c[AQ_AUDIO] = aq_slice(nn, c_a, 1, 0, d);
    s.c[AQ_VISUAL] = aq_slice(nn, c_v, 1, 0, d);
    if (aq_coqo_means(c)) {
        s.mean = aq_slice(nn, c_a, 1, heard, d);
        heard += d;
    }
    if (c->roles > 0) {
        s.z = aq_slice(nn, q, 1, at, d);
        at += d;
    }
    if (aq_coqo_hops(c) || c->roles > 0) {
        s.o = aq_slice(nn, q, 1, at, d);
        at += d;
    }
    if (aq_coqo_listens(c)) {
        s.s = aq_slice(nn, q, 1, at, d);
        s.heard = aq_slice(nn, c_a, 1, heard, d);
    }
    if (aq_coqo_hops(c))
        s.cells = aq_reshape(nn, aq_slice(nn, c_v, 1, d, S * AQ_CELL),
                             AQ_DIMS(s.n, S, AQ_CELL));
    return s;
}

/* e = GELU(FC([parts])); answer = classifier(e), and what the second look adds. */
AqTensor *aq_fusion(AqNn *nn, const AqCoqo *net, AqTensor *c_a, AqTensor *c_v,
                    AqTensor *q)
{
    const AqCoqoConfig *c = net->config;

    if (!c_a || !c_v || !q)
        return NULL;
    Parts s = split_rows(nn, net, c_a, c_v, q);
    fuse_streams(nn, net, &s);
    if (c->own_fusion)
        fuse_each_stream(nn, net, &s);
    if (c->roles)
        fuse_roles(nn, net, &s);
    AqTensor *e = mix_parts(nn, net, &s, &net->mix);
    AqTensor *logits = aq_dense(nn, e, &net->classify, AQ_ACT_NONE);
    return aq_coqo_hops(c) ? look_again(nn, net, &s, logits) : logits;
}
