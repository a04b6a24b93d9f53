/* SPDX-License-Identifier: MIT */
#include "model/nn/nn_priv.h"

#include "base/alloc.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK_BYTES = 8 << 20 };

AqErr aq_nn_new(AqNn **out, AqExecutor *exec)
{
    *out = NULL;
    AqNn *nn = aq_alloc(1, sizeof *nn);
    if (!nn)
        return AQ_ERR_NOMEM;
    const AqErr err = aq_arena_new(&nn->arena, CHUNK_BYTES);
    if (err != AQ_OK) {
        aq_free(nn);
        return err;
    }
    nn->exec = exec;
    nn->start = aq_arena_mark(nn->arena);
    nn->rng = aq_rng(0, 0);
    aq_nn_part(nn, 0, 1, 1);
    *out = nn;
    return AQ_OK;
}

void aq_nn_free(AqNn **nnp)
{
    AqNn *nn = *nnp;

    if (!nn)
        return;
    aq_arena_free(&nn->arena);
    aq_free(nn->bounce);
    aq_free(nn);
    *nnp = NULL;
}

void aq_nn_begin(AqNn *nn, AqNnMode mode)
{
    aq_arena_rewind(nn->arena, nn->start);
    nn->mode = mode;
    nn->err = AQ_OK;
    nn->tape = NULL;
}

/* The message is the first error's, whatever this thread has done since. */
AqErr aq_nn_error(const AqNn *nn)
{
    return nn->err == AQ_OK ? AQ_OK : aq_fail(nn->err, "%s", nn->text);
}

int aq_nn_recording(const AqNn *nn)
{
    return nn->mode != AQ_NN_INFER;
}

int aq_nn_training(const AqNn *nn)
{
    return nn->mode == AQ_NN_TRAIN;
}

AqArena *aq_nn_arena(AqNn *nn)
{
    return nn->arena;
}

AqExecutor *aq_nn_exec(AqNn *nn)
{
    return nn->exec;
}

void aq_nn_seed(AqNn *nn, AqRng rng)
{
    nn->rng = rng;
}

AqRng *aq_nn_rng(AqNn *nn)
{
    return &nn->rng;
}

void aq_nn_part(AqNn *nn, int first, int n, int whole)
{
    assert(first >= 0 && n >= 1 && first + n <= whole);
    nn->part_first = (size_t)first;
    nn->part_n = (size_t)n;
    nn->part_whole = (size_t)whole;
}

AqTensor *aq_nn_fault(AqNn *nn, AqErr err)
{
    if (nn->err == AQ_OK) {
        nn->err = err;
        (void)snprintf(nn->text, sizeof nn->text, "%s", aq_err_text());
    }
    return NULL;
}

AqTensor *aq_nn_misfit(AqNn *nn, const char *op, const AqTensor *a, const AqTensor *b)
{
    char ta[64] = "", tb[64] = "";

    if (a)
        (void)aq_tensor_shape_text(a, ta, sizeof ta);
    if (b)
        (void)aq_tensor_shape_text(b, tb, sizeof tb);
    return aq_nn_fault(nn,
                       aq_fail(AQ_ERR_MISMATCH,
                               "%s: shapes %s %s do not match (a bug in the program)",
                               op, ta, tb));
}

void *aq_nn_memory(AqNn *nn, size_t n, size_t size)
{
    void *p = nn->err == AQ_OK ? aq_arena_alloc(nn->arena, n, size) : NULL;

    if (!p && nn->err == AQ_OK)
        (void)aq_nn_fault(nn, AQ_ERR_NOMEM);
    return p;
}

AqTensor *aq_nn_tensor(AqNn *nn, int n_dims, const int *dims)
{
    assert(n_dims >= 1 && n_dims <= AQ_MAX_DIMS);
    AqTensor *t = aq_nn_memory(nn, 1, sizeof *t);
    if (!t)
        return NULL;
    *t = (AqTensor){.n_dims = n_dims};
    memcpy(t->dims, dims, (size_t)n_dims * sizeof *dims);
    t->data = aq_nn_memory(nn, aq_tensor_count(t), sizeof(AqReal));
    return t->data ? t : NULL;
}

AqTensor *aq_nn_zeros(AqNn *nn, int n_dims, const int *dims)
{
    AqTensor *t = aq_nn_tensor(nn, n_dims, dims);

    if (t)
        memset(t->data, 0, aq_tensor_count(t) * sizeof(AqReal));
    return t;
}

typedef struct Input {
    AqReal *to;
    const float *from;
} Input;

static void convert_input_range(void *arg, size_t from, size_t to)
{
    const Input *in = arg;

    for (size_t k = from; k < to; k++)
        in->to[k] = (AqReal)in->from[k];
}

AqTensor *aq_nn_input(AqNn *nn, int n_dims, const int *dims, const float *data)
{
    AqTensor *t = aq_nn_tensor(nn, n_dims, dims);

    if (t)
        aq_parallel(nn->exec, aq_tensor_count(t), 8L * AQ_NN_GRAIN, convert_input_range,
                    &(Input){t->data, data});
    return t;
}

AqTensor *aq_nn_like(AqNn *nn, const AqTensor *x)
{
    return aq_nn_tensor(nn, x->n_dims, x->dims);
}

AqTensor *aq_nn_view(AqNn *nn, AqTensor *x, int n_dims, const int *dims)
{
    AqTensor *t = aq_nn_memory(nn, 1, sizeof *t);

    if (!t)
        return NULL;
    *t = (AqTensor){.n_dims = n_dims, .data = x->data};
    memcpy(t->dims, dims, (size_t)n_dims * sizeof *dims);
    return aq_tensor_count(t) == aq_tensor_count(x) ? t
                                                    : aq_nn_misfit(nn, "view", x, t);
}

AqArenaMark aq_nn_mark(AqNn *nn)
{
    return aq_arena_mark(nn->arena);
}

/* Through a separate buffer, since y is in the memory being released. */
AqTensor *aq_nn_keep(AqNn *nn, AqArenaMark mark, AqTensor *y)
{
    if (!y || aq_nn_recording(nn))
        return y;
    const size_t n = aq_tensor_count(y);
    if (n > nn->bounce_count) {
        AqReal *b = aq_realloc(nn->bounce, n, sizeof *b);
        if (!b)
            return aq_nn_fault(nn, AQ_ERR_NOMEM);
        nn->bounce = b;
        nn->bounce_count = n;
    }
    const AqTensor shape = *y;
    memcpy(nn->bounce, y->data, n * sizeof(AqReal));
    aq_arena_rewind(nn->arena, mark);
    AqTensor *moved = aq_nn_tensor(nn, shape.n_dims, shape.dims);
    if (moved)
        memcpy(moved->data, nn->bounce, n * sizeof(AqReal));
    return moved;
}

AqTensor *aq_nn_record(AqNn *nn, const char *name, AqTensor *y, AqTensor *const *in,
                       int n_in, AqBackward backward, void *more)
{
    int wanted = 0;

    for (int k = 0; k < n_in; k++)
        wanted |= in[k] && in[k]->wants_grad;
    if (!y || nn->err != AQ_OK || !wanted || !aq_nn_recording(nn))
        return nn->err == AQ_OK ? y : NULL;
    AqRecord *r = aq_nn_memory(nn, 1, sizeof *r);
    if (!r)
        return NULL;
    *r = (AqRecord){
        .before = nn->tape, .backward = backward, .y = y, .more = more, .name = name};
    for (int k = 0; k < n_in; k++)
        r->in[k] = in[k];
    y->wants_grad = 1;
    nn->tape = r;
    return y;
}

AqTensor *aq_nn_in_place(AqNn *nn, AqTensor *y)
{
    if (y && nn->tape && nn->tape->y == y)
        nn->tape->in_place = 1;
    return y;
}

AqTensor *aq_nn_writes(AqNn *nn, AqTensor *y, unsigned which)
{
    if (y && nn->tape && nn->tape->y == y)
        nn->tape->writes = which;
    return y;
}

static AqTensor *root_of(AqTensor *t)
{
    while (t && t->base)
        t = t->base;
    return t;
}

static void zero_range(void *arg, size_t from, size_t to)
{
    memset((AqReal *)arg + from, 0, (to - from) * sizeof(AqReal));
}

static AqErr new_grad(AqNn *nn, AqTensor *t, int zeroed)
{
    const size_t n = aq_tensor_count(t);

    t->grad = aq_nn_memory(nn, n, sizeof(AqReal));
    if (!t->grad)
        return AQ_ERR_NOMEM;
    if (zeroed)
        aq_parallel(nn->exec, n, 8L * AQ_NN_GRAIN, zero_range, t->grad);
    return AQ_OK;
}

/* True if none of the other inputs is the same tensor or a view of it. */
static int is_alone(const AqRecord *r, int k)
{
    for (int j = 0; j < AQ_NN_MAX_IN; j++)
        if (j != k && r->in[j] && root_of(r->in[j]) == root_of(r->in[k]))
            return 0;
    return 1;
}

/* Allocates a gradient for in[k], if it wants one. */
static AqErr make_grad(AqNn *nn, AqRecord *r, int k)
{
    AqTensor *t = r->in[k], *root = root_of(t);
    AqErr err = AQ_OK;

    if (!t || !t->wants_grad || t->grad)
        return AQ_OK;
    if (!root->grad) {
        const int alone = is_alone(r, k);

        if (k == 0 && alone && r->in_place) {
            root->grad = r->y->grad;
        } else {
            const unsigned fresh = alone ? r->writes & 1u << k : 0;

            r->fresh |= fresh;
            err = new_grad(nn, root, !fresh);
        }
    }
    t->grad = root->grad;
    return err;
}

AqErr aq_nn_backward(AqNn *nn, AqTensor *loss)
{
    if (!loss || nn->err != AQ_OK)
        return aq_nn_error(nn);
    assert(aq_tensor_count(loss) == 1);
    if (!isfinite(loss->data[0]))
        return aq_fail(AQ_ERR_NUMERIC, "the loss is %s",
                       isnan(loss->data[0]) ? "not a number" : "infinite");
    if (!loss->wants_grad)
        return AQ_OK; /* it depends on nothing trainable */
    AqTensor *root = root_of(loss);
    AqErr err = root->grad ? AQ_OK : new_grad(nn, root, 1);
    loss->grad = root->grad;
    if (err == AQ_OK)
        loss->grad[0] = 1;
    for (AqRecord *r = nn->tape; err == AQ_OK && r; r = r->before) {
        if (!r->y->grad) /* the loss does not depend on it */
            continue;
        for (int k = 0; err == AQ_OK && k < AQ_NN_MAX_IN; k++)
            err = make_grad(nn, r, k);
        if (err == AQ_OK)
            r->backward(nn, r);
        if (nn->err != AQ_OK)
            err = nn->err;
    }
    return err == AQ_OK ? AQ_OK : aq_nn_error(nn);
}
