/* SPDX-License-Identifier: MIT */
/*
 * Section 2 of docs/coqo.md, one function per formula. LayerNorm precedes each
 * sub-block, and F^_t has a residual connection (F_t is added): our choices, as the
 * paper's text is not public.
 */
#include "model/qgt/qgt.h"

#include "base/options/rows.h"

#include <stdio.h>

const AqOption aq_qgt_sizes[] = {
    AQ_ROW_INT("heads", AqQgtForm, heads, 1, 64, "attention heads", NULL),
    AQ_ROW_INT("layers", AqQgtForm, layers, 1, AQ_QGT_MOST_LAYERS, "layers of a QGT",
               NULL),
    AQ_ROW_INT("tokens", AqQgtForm, tokens, 0, 256, "learnable tokens of a QGT", NULL),
    AQ_ROW_INT("ffn", AqQgtForm, ffn, 1, 16, "width of feed-forward blocks, in d",
               NULL),
    {0}};

const AqOption aq_qgt_lambda[] = {
    AQ_ROW_REAL("lambda", AqQgtForm, lambda, -10, 10,
                "weight of the questions in a QGT", NULL),
    AQ_ROW_SWITCH("learn-lambda", AqQgtForm, learn_lambda, "learn lambda"),
    AQ_ROW_SWITCH("lambda-each", AqQgtForm, lambda_each,
                  "learn a lambda for each channel"),
    {0}};

AqQgtForm aq_qgt_form_default(void)
{
    return (AqQgtForm){
        .heads = 4, .layers = 1, .tokens = 8, .ffn = 4, .learn_lambda = 1};
}

AqErr aq_qgt_check(const AqQgtForm *c, int dim)
{
    if (dim % c->heads != 0)
        return aq_fail(AQ_ERR_USAGE,
                       "model width %d cannot be split into %d heads: choose --dim and "
                       "--heads so that one divides the other",
                       dim, c->heads);
    return AQ_OK;
}

static AqQgtLayer declare_layer(AqDeclare *d, const char *prefix, const AqQgtForm *c,
                                int dim)
{
    const int asks = c->learn_lambda || c->lambda != 0;
    AqQgtLayer p = {.lambda = NULL};

    p.norm_m = aq_declare_norm(d, prefix, "norm_m", dim);
    p.self_m = aq_declare_heads(d, prefix, "self_m", dim, c->heads, AQ_BRANCH_INIT);
    if (asks) {
        p.norm_t = aq_declare_norm(d, prefix, "norm_t", dim);
        p.self_t = aq_declare_heads(d, prefix, "self_t", dim, c->heads, AQ_BRANCH_INIT);
        p.norm_c = aq_declare_norm(d, prefix, "norm_c", dim);
        p.norm_k = aq_declare_norm(d, prefix, "norm_k", dim);
        p.cross = aq_declare_heads(d, prefix, "cross", dim, c->heads, AQ_BRANCH_INIT);
    }
    if (c->learn_lambda)
        p.lambda = aq_declare(d, prefix, "lambda", 0, c->lambda_each ? dim : 1,
                              AQ_INIT_CONST, c->lambda);
    p.norm_f = aq_declare_norm(d, prefix, "norm_f", dim);
    p.ffn =
        aq_declare_feed_forward(d, prefix, "ffn", dim, c->ffn * dim, AQ_BRANCH_INIT);
    return p;
}

AqQgt aq_declare_qgt(AqDeclare *d, const char *prefix, const AqQgtForm *c, int dim,
                     double dropout)
{
    const int asks = c->learn_lambda || c->lambda != 0;
    AqQgt p = {.n_layers = c->layers,
               .n_tokens = asks ? c->tokens : 0,
               .dropout = (AqReal)dropout,
               .fixed_lambda = c->learn_lambda ? 0 : (AqReal)c->lambda};

    if (p.n_tokens > 0)
        p.tokens =
            aq_declare(d, prefix, "tokens", p.n_tokens, dim, AQ_INIT_NORMAL, 0.5);
    for (int l = 0; l < p.n_layers; l++) {
        char full[64];

        (void)snprintf(full, sizeof full, "%s.%d", prefix, l);
        p.layer[l] = declare_layer(d, full, c, dim);
    }
    p.norm = aq_declare_norm(d, prefix, "norm", dim);
    return p;
}

/* F_t = [F_q ; R], (B,N+m,d) */
static AqTensor *questions_and_tokens(AqNn *nn, const AqQgt *p, const AqQgtInput *in)
{
    if (!p->tokens)
        return in->questions;
    AqTensor *both[2] = {in->questions, aq_repeat(nn, p->tokens, in->n_asks)};
    return aq_concat(nn, both, 2, 1);
}

/* F^_t = SA(F_t) + F_t */
static AqTensor *reason_together(AqNn *nn, const AqQgt *p, const AqQgtLayer *l,
                                 AqTensor *f_t, const AqReal *token_on)
{
    AqTensor *x = aq_norm(nn, f_t, &l->norm_t);

    x = aq_heads(nn, x, x, &l->self_t, token_on, NULL);
    return aq_add(nn, aq_dropout(nn, x, p->dropout), f_t);
}

/* F^_m = SA(F_m) */
static AqTensor *order_inside(AqNn *nn, const AqQgt *p, const AqQgtLayer *l,
                              AqTensor *f_m, const AqReal *on)
{
    const AqArenaMark mark = aq_nn_mark(nn);
    AqTensor *x = aq_norm(nn, f_m, &l->norm_m);

    x = aq_dropout(nn, aq_heads(nn, x, x, &l->self_m, on, NULL), p->dropout);
    return aq_nn_keep(nn, mark, x);
}

/* F^_c = CA(query F^_m, key/value F^_t): all rows of an ask's clip at once, or each by
 * itself if each asks its own. */
static AqTensor *ask_the_questions(AqNn *nn, const AqQgt *p, const AqQgtLayer *l,
                                   AqTensor *hat_m, AqTensor *hat_t,
                                   const AqQgtInput *in)
{
    if (!hat_m)
        return NULL;
    const int entries = hat_m->dims[1], dim = hat_m->dims[2];
    const AqArenaMark mark = aq_nn_mark(nn);
    AqTensor *q = aq_norm(nn, hat_m, &l->norm_c);
    AqTensor *kv = aq_norm(nn, hat_t, &l->norm_k);

    if (in->own_on)
        kv = aq_repeat_each(nn, kv, in->rows);
    else
        q = aq_reshape(nn, q, AQ_DIMS(in->n_asks, in->rows * entries, dim));
    AqTensor *y =
        aq_heads(nn, q, kv, &l->cross, in->own_on ? in->own_on : in->token_on, NULL);

    y = aq_reshape(nn, y, AQ_DIMS(in->n_asks * in->rows, entries, dim));
    return aq_nn_keep(nn, mark, aq_dropout(nn, y, p->dropout));
}

/* F'_m = (F^_m + lambda F^_c) + F_m */
static AqTensor *combine_attention(AqNn *nn, const AqQgt *p, const AqQgtLayer *l,
                                   AqTensor *hat_m, AqTensor *hat_c, AqTensor *f_m)
{
    if (!l->lambda)
        hat_c = aq_scale(nn, hat_c, p->fixed_lambda);
    else if (aq_tensor_count(l->lambda) > 1)
        hat_c = aq_mul(nn, hat_c, l->lambda);
    else
        hat_c = aq_scale_by(nn, hat_c, l->lambda);
    return aq_add(nn, aq_add(nn, hat_m, hat_c), f_m);
}

/* F''_m = FFN(F'_m) + F'_m */
static AqTensor *feed_forward(AqNn *nn, const AqQgt *p, const AqQgtLayer *l,
                              AqTensor *x)
{
    const AqArenaMark mark = aq_nn_mark(nn);
    AqTensor *y = aq_feed_forward(nn, aq_norm(nn, x, &l->norm_f), &l->ffn, p->dropout);

    return aq_nn_keep(nn, mark, aq_add(nn, y, x));
}

/* A clip's rows (C*R,S,d) as those of the asks about it (B*R,S,d). */
static AqTensor *rows_of_asks(AqNn *nn, AqTensor *x, const AqQgtInput *in)
{
    if (!x || !in->clip_of)
        return x;
    const int entries = x->dims[1], dim = x->dims[2];

    x = aq_reshape(nn, x, AQ_DIMS(in->n_clips, in->rows * entries * dim));
    x = aq_pick(nn, x, in->clip_of, in->n_asks);
    return aq_reshape(nn, x, AQ_DIMS(in->n_asks * in->rows, entries, dim));
}

AqTensor *aq_qgt(AqNn *nn, const AqQgt *p, const AqQgtInput *in)
{
    const int asks = p->layer[0].lambda != NULL || p->fixed_lambda != 0;
    AqTensor *f_m = in->x, *f_t = asks ? questions_and_tokens(nn, p, in) : NULL;

    for (int k = 0; k < p->n_layers; k++) {
        const AqQgtLayer *l = &p->layer[k];
        AqTensor *hat_m =
            order_inside(nn, p, l, f_m, k == 0 ? in->clip_on : in->ask_on);

        if (k == 0) {
            hat_m = rows_of_asks(nn, hat_m, in);
            f_m = rows_of_asks(nn, f_m, in);
        }
        if (asks) {
            f_t = reason_together(nn, p, l, f_t, in->token_on);
            AqTensor *hat_c = ask_the_questions(nn, p, l, hat_m, f_t, in);
            f_m = combine_attention(nn, p, l, hat_m, hat_c, f_m);
        } else {
            f_m = aq_add(nn, hat_m, f_m);
        }
        f_m = feed_forward(nn, p, l, f_m);
    }
    return aq_norm(nn, f_m, &p->norm);
}
