/* SPDX-License-Identifier: MIT */
/*
 * Convolution of channels-last images: patches are laid out as rows of a matrix (tile
 * by tile, so that the matrix stays in cache) and multiplied with the filters.
 */
#include "model/nn/act_priv.h"
#include "model/nn/nn_priv.h"
#include "model/nn/span_priv.h"
#include "model/tensor/frozen.h"

#include <string.h>

enum { TILE_VALUES = 1 << 18 };

typedef struct Conv {
    int N, H, W, C, O, KH, KW, stride, top, left, OH, OW;
    int K;    /* KH * KW * C */
    int tile; /* output pixels a tile */
    AqAct act;
} Conv;

/* Rows for output pixels from..to-1 of image x (H,W,C). */
static void extract_patch_rows(const Conv *c, const AqReal *x, AqReal *rows, int from,
                               int to)
{
    for (int p = from; p < to; p++) {
        const int y0 = p / c->OW * c->stride - c->top;
        const int x0 = p % c->OW * c->stride - c->left;

        for (int kh = 0; kh < c->KH; kh++)
            for (int kw = 0; kw < c->KW; kw++, rows += c->C) {
                const int yy = y0 + kh, xx = x0 + kw;
                const size_t bytes = (size_t)c->C * sizeof *rows;

                if (yy < 0 || yy >= c->H || xx < 0 || xx >= c->W)
                    memset(rows, 0, bytes);
                else
                    memcpy(rows,
                           x + ((size_t)yy * (size_t)c->W + (size_t)xx) * (size_t)c->C,
                           bytes);
            }
    }
}

/* The same rows, in `rows` or where they lie: of a 1x1 convolution they are pixels. */
static const AqReal *find_patch_rows(const Conv *c, const AqReal *x, AqReal *rows,
                                     int from, int to)
{
    if (c->KH == 1 && c->KW == 1 && c->stride == 1 && c->OH == c->H && c->OW == c->W)
        return x + (size_t)from * (size_t)c->C;
    extract_patch_rows(c, x, rows, from, to);
    return rows;
}

/* The reverse: adds rows into the image's gradient. */
static void patches_back(const Conv *c, AqReal *dx, const AqReal *rows, int from,
                         int to)
{
    for (int p = from; p < to; p++) {
        const int y0 = p / c->OW * c->stride - c->top;
        const int x0 = p % c->OW * c->stride - c->left;

        for (int kh = 0; kh < c->KH; kh++)
            for (int kw = 0; kw < c->KW; kw++, rows += c->C) {
                const int yy = y0 + kh, xx = x0 + kw;

                if (yy >= 0 && yy < c->H && xx >= 0 && xx < c->W)
                    aq_kernels()->add(dx + ((size_t)yy * (size_t)c->W + (size_t)xx) *
                                               (size_t)c->C,
                                      rows, (size_t)c->C);
            }
    }
}

static void conv_backward(AqNn *nn, AqRecord *r)
{
    const Conv *c = r->more;
    AqTensor *x = r->in[0], *w = r->in[1], *b = r->in[2], *y = r->y;
    const size_t in = (size_t)c->H * (size_t)c->W * (size_t)c->C;
    const int P = c->OH * c->OW;
    AqReal *rows = aq_nn_memory(nn, (size_t)c->tile * (size_t)c->K, sizeof *rows);
    AqReal *drows = aq_nn_memory(nn, (size_t)c->tile * (size_t)c->K, sizeof *drows);

    if (!rows || !drows)
        return;
    for (int n = 0; n < c->N; n++)
        for (int p = 0; p < P; p += c->tile) {
            const int to = p + c->tile < P ? p + c->tile : P;
            const AqReal *dy =
                y->grad + ((size_t)n * (size_t)P + (size_t)p) * (size_t)c->O;

            if (aq_grad(w)) { /* dw (O,K) += dy^T (O,rows) patches (rows,K) */
                const AqReal *patches =
                    find_patch_rows(c, x->data + (size_t)n * in, rows, p, to);

                aq_gemm(w->grad, c->K, dy, c->O, AQ_T, patches, c->K, AQ_N, c->O, c->K,
                        to - p, 1, 1);
            }
            for (int q = 0; aq_grad(b) && q < to - p; q++)
                aq_kernels()->add(b->grad, dy + (size_t)q * (size_t)c->O, (size_t)c->O);
            if (aq_grad(x)) { /* d patches (rows,K) = dy (rows,O) w (O,K) */
                aq_gemm(drows, c->K, dy, c->O, AQ_N, w->data, c->K, AQ_N, to - p, c->K,
                        c->O, 1, 0);
                patches_back(c, x->grad + (size_t)n * in, drows, p, to);
            }
        }
}

/* 3x3 with frozen filters, large enough for the 36 products to pay off. */
static int suits_winograd(const AqNn *nn, const Conv *c, const AqTensor *w,
                          const AqTensor *b)
{
    return w->frozen && b && !aq_nn_recording(nn) && c->KH == 3 && c->KW == 3 &&
           c->stride == 1 && c->top == 1 && c->left == 1 && c->OH == c->H &&
           c->OW == c->W && c->C >= 16 && c->O >= 16;
}

static AqTensor *convolve_winograd(AqNn *nn, const Conv *c, AqTensor *x, AqTensor *w,
                                   AqTensor *b)
{
    AqTensor *y = aq_nn_tensor(nn, AQ_DIMS(c->N, c->OH, c->OW, c->O));
    const AqArenaMark mark = aq_nn_mark(nn);
    AqWinograd *prepared = NULL;
    AqErr err = aq_frozen_winograd(w, &prepared);

    if (err != AQ_OK)
        return aq_nn_fault(nn, err);
    void *scratch =
        aq_nn_memory(nn, aq_winograd_scratch(prepared, c->N, c->H, c->W), 1);
    if (y && scratch)
        err = aq_winograd_run(prepared, y->data, x->data, c->N, c->H, c->W, b->data,
                              c->act == AQ_ACT_RELU, scratch);
    if (err != AQ_OK)
        return aq_nn_fault(nn, err);
    aq_arena_rewind(nn->arena, mark);
    return scratch ? y : NULL;
}

/* rows (n,K) times the filters, with the epilogue. */
static AqErr multiply_patch_rows(const Conv *c, AqReal *out, const AqReal *rows, int n,
                                 const AqTensor *w, const AqTensor *b, AqPacked *packed,
                                 void *scratch)
{
    AqErr err = AQ_OK;

    if (packed)
        err = aq_packed_product(packed, out, rows, n, NULL, scratch);
    else
        aq_gemm(out, c->O, rows, c->K, AQ_N, w->data, c->K, AQ_T, n, c->O, c->K, 1, 0);
    for (int r = 0; r < n; r++)
        aq_finish_row(out + (size_t)r * (size_t)c->O, b ? b->data : NULL, (size_t)c->O,
                      c->act);
    return err;
}

static AqTensor *convolve_by_gemm(AqNn *nn, const Conv *c, AqTensor *x, AqTensor *w,
                                  AqTensor *b)
{
    AqTensor *y = aq_nn_tensor(nn, AQ_DIMS(c->N, c->OH, c->OW, c->O));
    const AqArenaMark mark = aq_nn_mark(nn);
    AqReal *rows = aq_nn_memory(nn, (size_t)c->tile * (size_t)c->K, sizeof *rows);
    const int P = c->OH * c->OW;
    AqPacked *packed = NULL;
    AqErr err = AQ_OK;

    if (w->frozen && !aq_nn_recording(nn))
        err = aq_frozen_matrix(w, &packed);
    void *scratch =
        aq_nn_memory(nn, packed ? aq_packed_scratch(packed, c->tile) : 1, 1);
    if (!y || !rows || !scratch)
        return NULL;
    for (int n = 0; n < c->N; n++)
        for (int p = 0; err == AQ_OK && p < P; p += c->tile) {
            const int to = p + c->tile < P ? p + c->tile : P;
            AqReal *out = y->data + ((size_t)n * (size_t)P + (size_t)p) * (size_t)c->O;

            const AqReal *patches = find_patch_rows(
                c, x->data + (size_t)n * aq_tensor_inner(x, 1), rows, p, to);

            err = multiply_patch_rows(c, out, patches, to - p, w, b, packed, scratch);
        }
    aq_arena_rewind(nn->arena, mark); /* the patches */
    return err == AQ_OK ? y : aq_nn_fault(nn, err);
}

AqTensor *aq_conv2d(AqNn *nn, AqTensor *x, AqTensor *w, AqTensor *b, int stride,
                    int pad, AqAct act)
{
    if (!x || !w)
        return NULL;
    if (x->n_dims != 4 || w->n_dims != 4 || x->dims[3] != w->dims[3] || stride < 1)
        return aq_nn_misfit(nn, "conv2d", x, w);
    const AqSpan rows = aq_span(x->dims[1], w->dims[1], stride, pad),
                 cols = aq_span(x->dims[2], w->dims[2], stride, pad);
    if (rows.out < 1 || cols.out < 1)
        return aq_nn_misfit(nn, "conv2d", x, w);
    if (act != AQ_ACT_NONE && (act != AQ_ACT_RELU || !b || aq_nn_recording(nn)))
        return aq_act(nn, aq_conv2d(nn, x, w, b, stride, pad, AQ_ACT_NONE), act);
    Conv *c = aq_nn_memory(nn, 1, sizeof *c);
    if (!c)
        return NULL;
    *c = (Conv){.N = x->dims[0],
                .H = x->dims[1],
                .W = x->dims[2],
                .C = x->dims[3],
                .O = w->dims[0],
                .KH = w->dims[1],
                .KW = w->dims[2],
                .stride = stride,
                .top = rows.before,
                .left = cols.before,
                .OH = rows.out,
                .OW = cols.out,
                .act = act};
    c->K = c->KH * c->KW * c->C;
    c->tile = TILE_VALUES / c->K;
    c->tile = c->tile < 64 ? 64 : c->tile;
    c->tile = c->tile > c->OH * c->OW ? c->OH * c->OW : c->tile;
    AqTensor *y = suits_winograd(nn, c, w, b) ? convolve_winograd(nn, c, x, w, b)
                                              : convolve_by_gemm(nn, c, x, w, b);
    return AQ_RECORD(nn, "conv2d", y, conv_backward, c, x, w, b);
}
