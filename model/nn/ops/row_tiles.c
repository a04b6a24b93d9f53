/* SPDX-License-Identifier: MIT */
/* Steps over tiles of rows, with packed weights if they are frozen. */
#include "model/nn/row_tiles_priv.h"

#include "model/nn/act_priv.h"
#include "model/nn/nn_priv.h"
#include "model/tensor/frozen.h"

#include <string.h>

enum { TILE_ROWS = 196, MOST_TASKS = 16 };

typedef struct Chain {
    const AqRowStep *step;
    int n_steps, n_tiles, n_tasks;
    size_t rows, width[AQ_ROW_STEPS + 1]; /* before step k; after the last */
    AqPacked *packed[AQ_ROW_STEPS];       /* of linear steps with frozen weights */
    const AqReal *x;
    AqReal *y;
    AqReal *buffer; /* (n_tasks, 2, TILE_ROWS, widest) */
    size_t widest, scratch_bytes;
    unsigned char *scratch; /* (n_tasks, scratch_bytes) */
    AqErr err[MOST_TASKS];
} Chain;

/* ---- tiles ---- */

static AqErr linear_step(const Chain *c, int k, AqReal *y, const AqReal *x, size_t n,
                         void *scratch)
{
    const AqRowStep *s = &c->step[k];
    const size_t M = c->width[k + 1], K = c->width[k];
    const AqReal *b = s->b ? s->b->data : NULL;
    AqErr err = AQ_OK;

    if (c->packed[k]) {
        err = aq_packed_product(c->packed[k], y, x, (int)n, b, scratch);
        b = NULL;
    } else {
        aq_gemm(y, (int)M, x, (int)K, AQ_N, s->w->data, (int)K, AQ_T, (int)n, (int)M,
                (int)K, 1, 0);
    }
    for (size_t r = 0; err == AQ_OK && r < n; r++)
        aq_finish_row(y + r * M, b, M, s->act);
    return err;
}

static void norm_step(const Chain *c, int k, AqReal *y, const AqReal *x, size_t n)
{
    const AqRowStep *s = &c->step[k];
    const size_t D = c->width[k];
    AqReal mean, rstd;

    for (size_t r = 0; r < n; r++)
        aq_kernels()->layernorm(y + r * D, x + r * D, s->w->data, s->b->data, s->eps, D,
                                &mean, &rstd);
}

/* y may be x. */
static void rms_step(const Chain *c, int k, AqReal *y, const AqReal *x, size_t n)
{
    const AqRowStep *s = &c->step[k];
    const size_t D = c->width[k], some = aq_tensor_count(s->w), at = (size_t)s->first;
    AqReal rstd;

    if (y != x && some < D)
        memcpy(y, x, n * D * sizeof *y);
    for (size_t r = 0; r < n; r++)
        aq_kernels()->rmsnorm(y + r * D + at, x + r * D + at, s->w->data, s->eps, some,
                              &rstd);
}

/* y may be x. */
static void mul_step(const Chain *c, int k, AqReal *y, const AqReal *x, size_t n)
{
    const size_t D = c->width[k];

    for (size_t r = 0; r < n; r++)
        aq_kernels()->mul(y + r * D, x + r * D, c->step[k].w->data, D);
}

static int works_in_place(const AqRowStep *s)
{
    return s->kind == AQ_ROW_ADD || s->kind == AQ_ROW_MUL || s->kind == AQ_ROW_RMS;
}

/* Rows from .. from+n-1 through all steps. Two buffers alternate; of the steps that do
 * not work in place, the last writes to y. */
static AqErr one_tile(const Chain *c, size_t from, size_t n, AqReal *buffers,
                      void *scratch)
{
    const AqReal *x = c->x + from * c->width[0];
    AqReal *y = c->y + from * c->width[c->n_steps], *to = NULL;
    AqErr err = AQ_OK;
    int last = c->n_steps - 1, turn = 0;

    while (last > 0 && works_in_place(&c->step[last]))
        last--;
    for (int k = 0; err == AQ_OK && k < c->n_steps; k++) {
        const AqRowStep *s = &c->step[k];

        if (!works_in_place(s) || k == 0)
            to = k >= last ? y : buffers + (size_t)(turn++ & 1) * TILE_ROWS * c->widest;
        if (s->kind == AQ_ROW_LINEAR)
            err = linear_step(c, k, to, x, n, scratch);
        else if (s->kind == AQ_ROW_NORM)
            norm_step(c, k, to, x, n);
        else if (s->kind == AQ_ROW_RMS)
            rms_step(c, k, to, x, n);
        else if (s->kind == AQ_ROW_MUL)
            mul_step(c, k, to, x, n);
        else
            aq_kernels()->sum(to, x, s->w->data + from * c->width[k], n * c->width[k]);
        x = to;
    }
    return err;
}

/* Tiles are of about equal size; the last may have fewer rows. */
static size_t tile_rows(const Chain *c)
{
    return (c->rows + (size_t)c->n_tiles - 1) / (size_t)c->n_tiles;
}

static void some_tiles(void *arg, int task)
{
    Chain *c = arg;
    const size_t each = tile_rows(c);
    const int from = c->n_tiles * task / c->n_tasks,
              to = c->n_tiles * (task + 1) / c->n_tasks;

    for (int t = from; c->err[task] == AQ_OK && t < to; t++) {
        const size_t row = (size_t)t * each;
        const size_t n = row >= c->rows          ? 0
                         : row + each <= c->rows ? each
                                                 : c->rows - row;
        if (n > 0)
            c->err[task] = one_tile(
                c, row, n, c->buffer + (size_t)task * 2 * TILE_ROWS * c->widest,
                c->scratch + (size_t)task * c->scratch_bytes);
    }
}

/* ---- setting up ---- */

static int step_fits(const Chain *c, int k, const AqTensor *x)
{
    const AqRowStep *s = &c->step[k];
    const size_t D = c->width[k];

    if (!s->w)
        return 0;
    if (s->kind == AQ_ROW_ADD)
        return aq_tensor_count(s->w) == aq_rows(x) * D;
    if (s->kind == AQ_ROW_MUL)
        return aq_tensor_count(s->w) == D;
    if (s->kind == AQ_ROW_RMS)
        return s->first >= 0 && (size_t)s->first + aq_tensor_count(s->w) <= D;
    if (s->kind == AQ_ROW_NORM)
        return aq_tensor_count(s->w) == D && s->b && aq_tensor_count(s->b) == D;
    return (s->w->data || s->w->frozen) && s->w->n_dims >= 2 &&
           aq_tensor_inner(s->w, 1) == D &&
           (!s->b || aq_tensor_count(s->b) == (size_t)s->w->dims[0]);
}

static AqErr prepare_packed(Chain *c, int k)
{
    if (c->step[k].kind != AQ_ROW_LINEAR || !c->step[k].w->frozen)
        return AQ_OK;
    const AqErr err = aq_frozen_matrix(c->step[k].w, &c->packed[k]);
    if (err != AQ_OK)
        return err;
    const size_t bytes = aq_packed_scratch(c->packed[k], (int)tile_rows(c));
    c->scratch_bytes = bytes > c->scratch_bytes ? bytes : c->scratch_bytes;
    return AQ_OK;
}

static AqErr prepare_chain(AqNn *nn, Chain *c)
{
    AqErr err = AQ_OK;

    c->n_tiles = (int)((c->rows + TILE_ROWS - 1) / TILE_ROWS);
    c->n_tiles = c->n_tiles < 1 ? 1 : c->n_tiles;
    c->n_tasks = !nn->exec ? 1 : c->n_tiles < MOST_TASKS ? c->n_tiles : MOST_TASKS;
    for (int k = 0; err == AQ_OK && k < c->n_steps; k++) {
        err = prepare_packed(c, k);
        if (k > 0 && c->width[k] > c->widest)
            c->widest = c->width[k];
    }
    return err;
}

static AqTensor *run_chain(AqNn *nn, Chain *c, AqTensor *y)
{
    const AqArenaMark mark = aq_nn_mark(nn);
    AqErr err = prepare_chain(nn, c);

    if (err != AQ_OK)
        return aq_nn_fault(nn, err);
    c->y = y->data;
    c->buffer = aq_nn_memory(nn, (size_t)c->n_tasks * 2 * TILE_ROWS * c->widest + 1,
                             sizeof(AqReal));
    c->scratch = aq_nn_memory(nn, (size_t)c->n_tasks * c->scratch_bytes + 1, 1);
    if (!c->buffer || !c->scratch)
        return NULL;
    aq_executor_run(nn->exec, some_tiles, c, c->n_tasks);
    aq_arena_rewind(nn->arena, mark);
    for (int k = 0; err == AQ_OK && k < c->n_tasks; k++)
        err = c->err[k];
    if (err == AQ_OK)
        return y;
    return aq_nn_fault(nn, aq_fail(err, "a product of %s failed", aq_packed_backend()));
}

AqTensor *aq_row_tiles(AqNn *nn, AqTensor *x, const AqRowStep *steps, int n_steps)
{
    int dims[AQ_MAX_DIMS];

    Chain c = {.step = steps, .n_steps = n_steps, .rows = aq_rows(x), .x = x->data};
    c.width[0] = (size_t)aq_cols(x);
    for (int k = 0; k < n_steps; k++) {
        if (!step_fits(&c, k, x))
            return aq_nn_misfit(nn, "rowwise", x, steps[k].w);
        c.width[k + 1] =
            steps[k].kind == AQ_ROW_LINEAR ? (size_t)steps[k].w->dims[0] : c.width[k];
    }
    memcpy(dims, x->dims, sizeof dims);
    dims[x->n_dims - 1] = (int)c.width[n_steps];
    AqTensor *y = aq_nn_tensor(nn, x->n_dims, dims);
    return y ? run_chain(nn, &c, y) : NULL;
}
