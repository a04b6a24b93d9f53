/* SPDX-License-Identifier: MIT */
/* Sums, products, factors, activations and dropout, value by value. */
#include "model/nn/act_priv.h"
#include "model/nn/nn_priv.h"

#include <string.h>

/* A loop over n values, split into ranges; each operation uses the fields it needs. If
 * y is dy, the gradient is transformed in place (aq_nn_in_place). */
typedef struct Loop {
    AqReal *y;
    const AqReal *a, *b;
    AqReal by;
    AqAct act;
    const struct Drop *dropout;
    size_t nb, parts; /* values of b, which is repeated; number of repeats */
    double *sums;     /* one a range */
    const AqKernels *k;
} Loop;

static void run_elementwise(AqNn *nn, size_t n, AqRangeFn fn, Loop *l)
{
    l->k = aq_kernels();
    aq_parallel(nn->exec, n, AQ_NN_GRAIN, fn, l);
}

/* ---- activations ---- */

static void act_range(void *arg, size_t from, size_t to)
{
    const Loop *l = arg;
    AqReal *y = l->y + from;
    const AqReal *x = l->a + from;
    const size_t n = to - from;

    if (l->act == AQ_ACT_GELU)
        l->k->gelu(y, x, n);
    else if (l->act == AQ_ACT_QUICK_GELU)
        l->k->quick_gelu(y, x, n);
    else if (l->act == AQ_ACT_GELU_TANH)
        l->k->gelu_tanh(y, x, n);
    else if (l->act == AQ_ACT_ELU)
        l->k->elu(y, x, n);
    else if (l->act == AQ_ACT_TANH)
        l->k->tanh(y, x, n);
    else if (l->act == AQ_ACT_SIGMOID)
        l->k->sigmoid(y, x, n);
    else
        for (size_t k = 0; k < n; k++)
            y[k] = x[k] < 0 ? 0 : x[k];
}

/* y: dx, a: y, b: dy */
static void act_back_range(void *arg, size_t from, size_t to)
{
    const Loop *l = arg;
    const int in_place = l->y == l->b;

    for (size_t k = from; k < to; k++)
        l->y[k] = (in_place ? 0 : l->y[k]) + l->b[k] * aq_act_slope(l->act, l->a[k]);
}

/* y: dx, a: x, b: dy */
static void gelu_back_range(void *arg, size_t from, size_t to)
{
    const Loop *l = arg;
    const AqKernels *k = l->k;
    const int in_place = l->y == l->b;
    void (*const back)(AqReal *, const AqReal *, const AqReal *, size_t) =
        l->act == AQ_ACT_GELU ? (in_place ? k->gelu_slope : k->gelu_back)
        : l->act == AQ_ACT_GELU_TANH
            ? (in_place ? k->gelu_tanh_slope : k->gelu_tanh_back)
            : (in_place ? k->quick_gelu_slope : k->quick_gelu_back);

    back(l->y + from, l->a + from, l->b + from, to - from);
}

static void act_backward(AqNn *nn, AqRecord *r)
{
    const AqTensor *x = r->in[0], *y = r->y;
    const AqAct act = *(AqAct *)r->more;
    const int gelu = aq_act_keeps_input(act);

    run_elementwise(
        nn, aq_tensor_count(x), gelu ? gelu_back_range : act_back_range,
        &(Loop){.y = x->grad, .a = gelu ? x->data : y->data, .b = y->grad, .act = act});
}

AqTensor *aq_act(AqNn *nn, AqTensor *x, AqAct act)
{
    if (!x || act == AQ_ACT_NONE)
        return x;
    AqTensor *y = aq_nn_like(nn, x);
    AqAct *more = aq_nn_memory(nn, 1, sizeof *more);
    if (!y || !more)
        return NULL;
    *more = act;
    run_elementwise(nn, aq_tensor_count(x), act_range,
                    &(Loop){.y = y->data, .a = x->data, .act = act});
    return aq_nn_in_place(nn, AQ_RECORD(nn, "act", y, act_backward, more, x));
}

static void exp_backward(AqNn *nn, AqRecord *r)
{
    const size_t n = aq_tensor_count(r->y);

    (void)nn;
    for (size_t k = 0; k < n; k++)
        r->in[0]->grad[k] += r->y->grad[k] * r->y->data[k];
}

AqTensor *aq_exp_op(AqNn *nn, AqTensor *x)
{
    AqTensor *y = x ? aq_nn_like(nn, x) : NULL;

    if (!y)
        return NULL;
    aq_kernels()->exp(y->data, x->data, aq_tensor_count(x));
    return AQ_RECORD(nn, "exp", y, exp_backward, NULL, x);
}

/* ---- two tensors, the second repeated over the first's leading dimensions ---- */

static int is_tail(const AqTensor *x, const AqTensor *b)
{
    const int skip = x->n_dims - b->n_dims;

    for (int k = 0; k < b->n_dims; k++)
        if (skip < 0 || x->dims[skip + k] != b->dims[k])
            return 0;
    return 1;
}

static void copy_loop_range(void *arg, size_t from, size_t to)
{
    const Loop *l = arg;

    memcpy(l->y + from, l->a + from, (to - from) * sizeof *l->y);
}

static void add_range(void *arg, size_t from, size_t to)
{
    const Loop *l = arg;

    l->k->add(l->y + from, l->a + from, to - from);
}

/* y (nb) += each of a's parts (parts,nb) */
static void add_parts(void *arg, size_t from, size_t to)
{
    const Loop *l = arg;

    for (size_t part = 0; part < l->parts; part++)
        l->k->add(l->y + from, l->a + part * l->nb + from, to - from);
}

static void add_backward(AqNn *nn, AqRecord *r)
{
    AqReal *dx = aq_grad(r->in[0]), *db = aq_grad(r->in[1]);
    const size_t n = aq_tensor_count(r->y), nb = aq_tensor_count(r->in[1]);
    const AqReal *dy = r->y->grad;

    if (dx && dx != dy)
        run_elementwise(nn, n, aq_fresh(r, 0) ? copy_loop_range : add_range,
                        &(Loop){.y = dx, .a = dy});
    if (db && nb == n)
        run_elementwise(nn, n, aq_fresh(r, 1) ? copy_loop_range : add_range,
                        &(Loop){.y = db, .a = dy});
    else if (db && nb > 0)
        run_elementwise(nn, nb, add_parts,
                        &(Loop){.y = db, .a = dy, .nb = nb, .parts = n / nb});
}

static void sum_range(void *arg, size_t from, size_t to)
{
    const Loop *l = arg;

    l->k->sum(l->y + from, l->a + from, l->b + from, to - from);
}

static void sum_parts(void *arg, size_t from, size_t to)
{
    const Loop *l = arg;

    for (size_t part = from; part < to; part++)
        l->k->sum(l->y + part * l->nb, l->a + part * l->nb, l->b, l->nb);
}

AqTensor *aq_add(AqNn *nn, AqTensor *x, AqTensor *b)
{
    if (!x || !b)
        return NULL;
    if (!is_tail(x, b))
        return aq_nn_misfit(nn, "add", x, b);
    AqTensor *y = aq_nn_like(nn, x);
    if (!y)
        return NULL;
    const size_t n = aq_tensor_count(x), nb = aq_tensor_count(b);
    Loop l = {.y = y->data, .a = x->data, .b = b->data, .nb = nb, .k = aq_kernels()};
    if (nb == n)
        run_elementwise(nn, n, sum_range, &l);
    else if (nb > 0)
        aq_parallel(nn->exec, n / nb, AQ_NN_GRAIN / nb + 1, sum_parts, &l);
    y = aq_nn_in_place(nn, AQ_RECORD(nn, "add", y, add_backward, NULL, x, b));
    return aq_nn_writes(nn, y, nb == n ? 3 : 0);
}

static void mul_backward(AqNn *nn, AqRecord *r)
{
    AqTensor *x = r->in[0], *b = r->in[1];
    const size_t n = aq_tensor_count(x), nb = aq_tensor_count(b);
    const AqReal *dy = r->y->grad;

    (void)nn;
    for (size_t at = 0; at < n; at += nb)
        for (size_t k = 0; k < nb; k++) {
            if (aq_grad(x))
                x->grad[at + k] += dy[at + k] * b->data[k];
            if (aq_grad(b))
                b->grad[k] += dy[at + k] * x->data[at + k];
        }
}

AqTensor *aq_mul(AqNn *nn, AqTensor *x, AqTensor *b)
{
    if (!x || !b)
        return NULL;
    if (!is_tail(x, b))
        return aq_nn_misfit(nn, "mul", x, b);
    AqTensor *y = aq_nn_like(nn, x);
    if (!y)
        return NULL;
    const size_t n = aq_tensor_count(x), nb = aq_tensor_count(b);
    for (size_t at = 0; at < n; at += nb)
        for (size_t k = 0; k < nb; k++)
            y->data[at + k] = x->data[at + k] * b->data[k];
    return AQ_RECORD(nn, "mul", y, mul_backward, NULL, x, b);
}

static void scale_rows_backward(AqNn *nn, AqRecord *r)
{
    AqTensor *x = r->in[0], *s = r->in[1];
    const size_t D = (size_t)aq_cols(x), rows = aq_rows(x);
    const AqKernels *k = aq_kernels();

    (void)nn;
    for (size_t i = 0; i < rows; i++) {
        if (aq_grad(x))
            k->axpy(x->grad + i * D, s->data[i], r->y->grad + i * D, D);
        if (aq_grad(s))
            s->grad[i] += k->dot(r->y->grad + i * D, x->data + i * D, D);
    }
}

AqTensor *aq_scale_rows(AqNn *nn, AqTensor *x, AqTensor *s)
{
    if (!x || !s)
        return NULL;
    if (aq_tensor_count(s) != aq_rows(x))
        return aq_nn_misfit(nn, "scale_rows", x, s);
    AqTensor *y = aq_nn_like(nn, x);
    if (!y)
        return NULL;
    const size_t D = (size_t)aq_cols(x), rows = aq_rows(x);
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < D; k++)
            y->data[i * D + k] = x->data[i * D + k] * s->data[i];
    return AQ_RECORD(nn, "scale_rows", y, scale_rows_backward, NULL, x, s);
}

/* ---- one factor ---- */

static void scale_range(void *arg, size_t from, size_t to)
{
    const Loop *l = arg;

    l->k->scale(l->y + from, l->by, l->a + from, to - from);
}

/* y: dx, a: dy */
static void scale_back_range(void *arg, size_t from, size_t to)
{
    const Loop *l = arg;

    if (l->y == l->a)
        scale_range(arg, from, to);
    else
        l->k->axpy(l->y + from, l->by, l->a + from, to - from);
}

static void scale_backward(AqNn *nn, AqRecord *r)
{
    run_elementwise(
        nn, aq_tensor_count(r->y), scale_back_range,
        &(Loop){.y = r->in[0]->grad, .a = r->y->grad, .by = *(AqReal *)r->more});
}

AqTensor *aq_scale(AqNn *nn, AqTensor *x, AqReal factor)
{
    AqTensor *y = x ? aq_nn_like(nn, x) : NULL;
    AqReal *more = y ? aq_nn_memory(nn, 1, sizeof *more) : NULL;

    if (!more)
        return NULL;
    *more = factor;
    run_elementwise(nn, aq_tensor_count(x), scale_range,
                    &(Loop){.y = y->data, .a = x->data, .by = factor});
    return aq_nn_in_place(nn, AQ_RECORD(nn, "scale", y, scale_backward, more, x));
}

/* a: dy, b: x. A sum of many terms that nearly cancel: too much for single precision.
 */
static void dot_range(void *arg, size_t from, size_t to)
{
    const Loop *l = arg;

    l->sums[from / AQ_NN_GRAIN] = l->k->dot_double(l->a + from, l->b + from, to - from);
}

static void scale_by_backward(AqNn *nn, AqRecord *r)
{
    AqTensor *x = r->in[0], *s = r->in[1];
    const size_t n = aq_tensor_count(x), n_sums = n / AQ_NN_GRAIN + 1;
    Loop l = {.y = aq_grad(x), .a = r->y->grad, .b = x->data, .by = s->data[0]};
    double sum = 0;

    if (aq_grad(s)) { /* first: dy may become dx */
        l.sums = aq_nn_memory(nn, n_sums, sizeof *l.sums);
        if (!l.sums)
            return;
        run_elementwise(nn, n, dot_range, &l);
        for (size_t k = 0; k * AQ_NN_GRAIN < n; k++)
            sum += l.sums[k];
        s->grad[0] += (AqReal)sum;
    }
    if (aq_grad(x))
        run_elementwise(nn, n, scale_back_range, &l);
}

AqTensor *aq_scale_by(AqNn *nn, AqTensor *x, AqTensor *s)
{
    if (!x || !s)
        return NULL;
    if (aq_tensor_count(s) != 1)
        return aq_nn_misfit(nn, "scale_by", x, s);
    AqTensor *y = aq_nn_like(nn, x);
    if (!y)
        return NULL;
    run_elementwise(nn, aq_tensor_count(x), scale_range,
                    &(Loop){.y = y->data, .a = x->data, .by = s->data[0]});
    return aq_nn_in_place(nn,
                          AQ_RECORD(nn, "scale_by", y, scale_by_backward, NULL, x, s));
}

/* ---- dropout (Srivastava et al., 2014) ---- */

/* Values come in blocks, of which the current part (aq_nn_part) holds a stretch each:
 * value k of block b has index b * whole + first + k. */
typedef struct Drop {
    AqDropout how;
    size_t block, whole, first;
} Drop;

static void apply_range_dropout(const Loop *l, size_t from, size_t to, int add)
{
    const Drop *d = l->dropout;

    for (size_t n; from < to; from += n) {
        const size_t at = from % d->block, left = d->block - at;

        n = to - from < left ? to - from : left;
        l->k->dropout(l->y + from, l->a + from, &d->how,
                      from / d->block * d->whole + d->first + at, n, add);
    }
}

/* y: to, a: from */
static void dropout_range(void *arg, size_t from, size_t to)
{
    apply_range_dropout(arg, from, to, 0);
}

static void dropout_back_range(void *arg, size_t from, size_t to)
{
    const Loop *l = arg;

    apply_range_dropout(l, from, to, l->y != l->a);
}

static void dropout_backward(AqNn *nn, AqRecord *r)
{
    run_elementwise(nn, aq_tensor_count(r->y), dropout_back_range,
                    &(Loop){.y = r->in[0]->grad, .a = r->y->grad, .dropout = r->more});
}

/* The key of all factors is drawn from nn's random numbers. */
AqTensor *aq_dropout_inside(AqNn *nn, AqTensor *x, int outer, AqReal p)
{
    if (!x || !aq_nn_training(nn) || p <= 0)
        return x;
    AqTensor *y = aq_nn_like(nn, x);
    Drop *d = aq_nn_memory(nn, 1, sizeof *d);
    if (!y || !d)
        return NULL;
    const uint64_t key = aq_rng_u64(&nn->rng);
    const size_t block = aq_tensor_count(x) / (size_t)outer, part = block / nn->part_n;
    *d = (Drop){.how = {.key = {(uint32_t)key, (uint32_t)(key >> 32)},
                        .below = (uint32_t)((double)p * 0x1p32),
                        .kept = AQ_R(1) / (1 - p)},
                .block = block,
                .whole = part * nn->part_whole,
                .first = part * nn->part_first};
    if (block * (size_t)outer != aq_tensor_count(x) || part * nn->part_n != block)
        return aq_nn_misfit(nn, "dropout", x, NULL);
    run_elementwise(nn, aq_tensor_count(x), dropout_range,
                    &(Loop){.y = y->data, .a = x->data, .dropout = d});
    return aq_nn_in_place(nn, AQ_RECORD(nn, "dropout", y, dropout_backward, d, x));
}

AqTensor *aq_dropout(AqNn *nn, AqTensor *x, AqReal p)
{
    return aq_dropout_inside(nn, x, 1, p);
}
