/* SPDX-License-Identifier: MIT */
/* The fusion and the answer (section 5 of docs/coqo.md), one function per formula. */
#include "model/coqo/fusion_priv.h"

AqQuestionForm aq_coqo_question_form(const AqCoqoConfig *c)
{
    return (AqQuestionForm){.dim = c->dim,
                            .keep_words = c->keep_words,
                            .roles = c->roles,
                            .named = aq_coqo_hops(c) || c->roles > 0,
                            .sought = aq_coqo_listens(c)};
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
    if (aq_coqo_compares(c)) {
        net->compare = aq_declare_product(d, "compare", dim);
        net->compare_more = aq_declare_dense(d, "fusion", "compare_more", dim, dim);
        parts++;
    }
    if (c->roles) {
        net->heard = aq_declare_product(d, "heard", dim);
        net->heard_more = aq_declare_dense(d, "fusion", "heard_more", dim, dim);
        net->seen = aq_declare_product(d, "seen", dim);
        parts += 2;
    }
    if (aq_coqo_hops(c))
        aq_declare_second_look(net, d);
    net->mix = aq_declare_dense(d, "fusion", "mix", parts * dim, wide);
    net->classify = aq_declare_dense(d, "fusion", "answer", wide, K);
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
static void fuse_streams(AqNn *nn, const AqCoqo *net, AqFusionParts *s)
{
    AqTensor *f = f_av(nn, net, s->c[AQ_AUDIO], s->c[AQ_VISUAL]);

    aq_add_part(s, aq_mul(nn, f, s->q));
    aq_add_part(s, aq_add(nn, f, s->q));
}

/* c_m * G_m q */
static void fuse_each_stream(AqNn *nn, const AqCoqo *net, AqFusionParts *s)
{
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        aq_add_part(s,
                    aq_mul(nn, s->c[m], aq_dense(nn, s->q, &net->own[m], AQ_ACT_NONE)));
}

/* (mean_a * H_z z) * (1 + M_z q): the things that the question names, against each
 * other, meet what is heard on the whole. */
static void fuse_signs(AqNn *nn, const AqCoqo *net, AqFusionParts *s)
{
    AqTensor *z = aq_mul(nn, s->mean, aq_dense(nn, s->z, &net->compare, AQ_ACT_NONE));

    aq_add_part(s, modulate_part(nn, z, s->q, &net->compare_more));
}

/* (mean_a * H_o o) * (1 + M_o q), c_v * H_v o: by themselves, they meet what is heard
 * on the whole and what is seen. */
static void fuse_named(AqNn *nn, const AqCoqo *net, AqFusionParts *s)
{
    AqTensor *o = aq_mul(nn, s->mean, aq_dense(nn, s->o, &net->heard, AQ_ACT_NONE));

    aq_add_part(s, modulate_part(nn, o, s->q, &net->heard_more));
    aq_add_part(
        s, aq_mul(nn, s->c[AQ_VISUAL], aq_dense(nn, s->o, &net->seen, AQ_ACT_NONE)));
}

/* Takes the rows apart. */
static AqFusionParts split_rows(AqNn *nn, const AqCoqo *net, AqTensor *c_a,
                                AqTensor *c_v, AqTensor *q)
{
    const AqCoqoConfig *c = net->config;
    const int d = c->dim, S = aq_coqo_cells(net);
    AqFusionParts s = {.n = q->dims[0]};
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
    AqFusionParts s = split_rows(nn, net, c_a, c_v, q);
    fuse_streams(nn, net, &s);
    if (c->own_fusion)
        fuse_each_stream(nn, net, &s);
    if (aq_coqo_compares(c))
        fuse_signs(nn, net, &s);
    if (c->roles)
        fuse_named(nn, net, &s);
    AqTensor *e = aq_mix_parts(nn, net, &s, &net->mix);
    AqTensor *logits = aq_dense(nn, e, &net->classify, AQ_ACT_NONE);
    return aq_coqo_hops(c) ? aq_second_look(nn, net, &s, logits) : logits;
}
