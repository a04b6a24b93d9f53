/* SPDX-License-Identifier: MIT */
/*
 * Convolution of channels-last clips, or of pictures, which are clips of one frame:
 * patches are laid out as rows of a matrix (tile by tile, so that the matrix stays in
 * cache) and multiplied with the filters, group by group. Filters that no longer change
 * may have shorter ways.
 */
#include "model/nn/act_priv.h"
#include "model/nn/nn_priv.h"
#include "model/nn/span_priv.h"
#include "model/tensor/frozen.h"

#include <string.h>

enum { TILE_VALUES = 1 << 18, GROUPED_TILE = 64 };

typedef struct Conv {
    int N, T, H, W, C, O;
    int KT, KH, KW, OT, OH, OW;
    int before[3]; /* padding */
    AqConv3d how;
    int taps, Cg, Og; /* KT * KH * KW; channels of a group, in and out */
    int K;            /* taps * Cg */
    size_t P;         /* output pixels, N * OT * OH * OW */
    int tile;         /* of them at once */
    AqAct act;
} Conv;

/* ---- patches ---- */

/* Where the first tap of output pixel p lies; outside where there is padding. */
typedef struct Corner {
    int n, t, y, x;
} Corner;

static Corner find_corner(const Conv *c, size_t p)
{
    const size_t line = p / (size_t)c->OW, frame = line / (size_t)c->OH;
    const int *s = c->how.stride, *pad = c->before;

    return (Corner){.n = (int)(frame / (size_t)c->OT),
                    .t = (int)(frame % (size_t)c->OT) * s[0] - pad[0],
                    .y = (int)(line % (size_t)c->OH) * s[1] - pad[1],
                    .x = (int)(p % (size_t)c->OW) * s[2] - pad[2]};
}

/* The KW pixels of a patch's line: `n` of them are inside, from pixel `at` of x on,
 * after `skip` of padding. */
typedef struct Line {
    size_t at;
    int skip, n;
} Line;

static Line find_line(const Conv *c, const Corner *from, int kt, int kh)
{
    const int t = from->t + kt, y = from->y + kh, room = c->W - from->x;
    const int skip = from->x < 0 ? -from->x : 0, to = room < c->KW ? room : c->KW;

    if (t < 0 || t >= c->T || y < 0 || y >= c->H || to <= skip)
        return (Line){0};
    const size_t line = ((size_t)from->n * (size_t)c->T + (size_t)t) * (size_t)c->H;
    return (Line){.at = (line + (size_t)y) * (size_t)c->W + (size_t)(from->x + skip),
                  .skip = skip,
                  .n = to - skip};
}

/* A group's channels of a line's pixels, side by side in `row` (KW,Cg). */
static void copy_line(const Conv *c, const Line *l, const AqReal *x, AqReal *row)
{
    const size_t Cg = (size_t)c->Cg, C = (size_t)c->C, n = (size_t)l->n;
    const size_t before = (size_t)l->skip * Cg, all = (size_t)c->KW * Cg;

    if (n * Cg < all)
        memset(row, 0, all * sizeof *row);
    row += before;
    x += l->at * C;
    if (Cg == C && n > 0)
        memcpy(row, x, n * C * sizeof *row);
    for (size_t k = 0; Cg < C && k < n; k++)
        memcpy(row + k * Cg, x + k * C, Cg * sizeof *row);
}

/* The reverse: adds to dx. */
static void add_line(const Conv *c, const Line *l, AqReal *dx, const AqReal *row)
{
    const size_t Cg = (size_t)c->Cg, C = (size_t)c->C, n = (size_t)l->n;

    row += (size_t)l->skip * Cg;
    dx += l->at * C;
    if (Cg == C)
        aq_kernels()->add(dx, row, n * C);
    for (size_t k = 0; Cg < C && k < n; k++)
        aq_kernels()->add(dx + k * C, row + k * Cg, Cg);
}

/* Rows (to - from,K) of group g for output pixels from..to-1. */
static void extract_patch_rows(const Conv *c, const AqReal *x, AqReal *rows,
                               size_t from, size_t to, int g)
{
    const size_t step = (size_t)c->KW * (size_t)c->Cg;

    x += (size_t)g * (size_t)c->Cg;
    for (size_t p = from; p < to; p++) {
        const Corner at = find_corner(c, p);

        for (int k = 0; k < c->KT * c->KH; k++, rows += step) {
            const Line l = find_line(c, &at, k / c->KH, k % c->KH);

            copy_line(c, &l, x, rows);
        }
    }
}

/* The reverse: adds rows into the input's gradient. */
static void patches_back(const Conv *c, AqReal *dx, const AqReal *rows, size_t from,
                         size_t to, int g)
{
    const size_t step = (size_t)c->KW * (size_t)c->Cg;

    dx += (size_t)g * (size_t)c->Cg;
    for (size_t p = from; p < to; p++) {
        const Corner at = find_corner(c, p);

        for (int k = 0; k < c->KT * c->KH; k++, rows += step) {
            const Line l = find_line(c, &at, k / c->KH, k % c->KH);

            add_line(c, &l, dx, rows);
        }
    }
}

/* Steps of 1, and as many outputs as inputs. */
static int keeps_size(const Conv *c)
{
    const int *s = c->how.stride;

    return s[0] == 1 && s[1] == 1 && s[2] == 1 && c->OT == c->T && c->OH == c->H &&
           c->OW == c->W;
}

/* One tap over each pixel once: the input is the matrix. */
static int is_product(const Conv *c)
{
    return c->taps == 1 && c->Cg == c->C && keeps_size(c);
}

static size_t tile_end(const Conv *c, size_t p)
{
    return p + (size_t)c->tile < c->P ? p + (size_t)c->tile : c->P;
}

/* ---- backward ---- */

/* One group of output pixels from..to-1. */
static void conv_tile_back(const Conv *c, const AqRecord *r, AqReal *rows,
                           AqReal *drows, size_t from, size_t to, int g)
{
    AqTensor *x = r->in[0], *w = r->in[1];
    const AqReal *dy = r->y->grad + from * (size_t)c->O + (size_t)g * (size_t)c->Og;
    const size_t filters = (size_t)g * (size_t)c->Og * (size_t)c->K;
    const int n = (int)(to - from);

    if (aq_grad(w)) { /* dw (Og,K) += dy^T (Og,rows) patches (rows,K) */
        extract_patch_rows(c, x->data, rows, from, to, g);
        aq_gemm(w->grad + filters, c->K, dy, c->O, AQ_T, rows, c->K, AQ_N, c->Og, c->K,
                n, 1, 1);
    }
    if (aq_grad(x)) { /* d patches (rows,K) = dy (rows,Og) w (Og,K) */
        aq_gemm(drows, c->K, dy, c->O, AQ_N, w->data + filters, c->K, AQ_N, n, c->K,
                c->Og, 1, 0);
        patches_back(c, x->grad, drows, from, to, g);
    }
}

static void conv_backward(AqNn *nn, AqRecord *r)
{
    const Conv *c = r->more;
    const size_t O = (size_t)c->O;
    AqReal *rows = aq_nn_memory(nn, (size_t)c->tile * (size_t)c->K, sizeof *rows);
    AqReal *drows = aq_nn_memory(nn, (size_t)c->tile * (size_t)c->K, sizeof *drows);

    if (!rows || !drows)
        return;
    for (size_t p = 0; p < c->P; p += (size_t)c->tile)
        for (int g = 0; g < c->how.groups; g++)
            conv_tile_back(c, r, rows, drows, p, tile_end(c, p), g);
    for (size_t p = 0; aq_grad(r->in[2]) && p < c->P; p++)
        aq_kernels()->add(r->in[2]->grad, r->y->grad + p * O, O);
}

/* ---- forward ---- */

/* 3x3 in one frame with frozen filters, large enough for the 36 products to pay off. */
static int suits_winograd(const Conv *c)
{
    return c->how.groups == 1 && c->KT == 1 && c->KH == 3 && c->KW == 3 &&
           keeps_size(c) && c->before[1] == 1 && c->before[2] == 1 && c->C >= 16 &&
           c->O >= 16;
}

static AqErr convolve_winograd(AqNn *nn, const Conv *c, const AqTensor *x,
                               const AqTensor *w, const AqTensor *b, AqTensor *y)
{
    const int N = c->N * c->T;
    AqWinograd *prepared = NULL;
    const AqErr err = aq_frozen_winograd(w, &prepared);

    if (err != AQ_OK)
        return err;
    void *scratch = aq_nn_memory(nn, aq_winograd_scratch(prepared, N, c->H, c->W), 1);
    return scratch ? aq_winograd_run(prepared, y->data, x->data, N, c->H, c->W, b->data,
                                     c->act == AQ_ACT_RELU, scratch)
                   : AQ_ERR_NOMEM;
}

/* Where the pixel under each tap of output pixel p lies; `none` is padding. */
static void point_at_taps(const Conv *c, const AqReal *x, const AqReal *none, size_t p,
                          const AqReal **to)
{
    const Corner at = find_corner(c, p);

    for (int k = 0; k < c->KT * c->KH; k++, to += c->KW) {
        const Line l = find_line(c, &at, k / c->KH, k % c->KH);

        for (int kw = 0; kw < c->KW; kw++) {
            const int j = kw - l.skip;

            to[kw] = j >= 0 && j < l.n ? x + (l.at + (size_t)j) * (size_t)c->C : none;
        }
    }
}

static AqErr convolve_grouped(AqNn *nn, const Conv *c, const AqTensor *x,
                              const AqTensor *w, const AqTensor *b, AqTensor *y)
{
    AqGrouped *prepared = NULL;
    const AqErr err = aq_frozen_grouped(w, c->how.groups, &prepared);
    AqReal *none = aq_nn_memory(nn, (size_t)c->C, sizeof *none);
    const AqReal **taps =
        aq_nn_memory(nn, (size_t)c->taps * GROUPED_TILE, sizeof *taps);

    if (err != AQ_OK || !none || !taps)
        return err != AQ_OK ? err : AQ_ERR_NOMEM;
    memset(none, 0, (size_t)c->C * sizeof *none);
    for (size_t p = 0; p < c->P; p += GROUPED_TILE) {
        const size_t n = c->P - p < GROUPED_TILE ? c->P - p : GROUPED_TILE;

        for (size_t k = 0; k < n; k++)
            point_at_taps(c, x->data, none, p + k, taps + k * (size_t)c->taps);
        aq_grouped_run(prepared, y->data + p * (size_t)c->O, taps, n, b->data,
                       c->act == AQ_ACT_RELU);
    }
    return AQ_OK;
}

/* Output pixels from..to-1; `rows` is room for their patches, or NULL if the input is
 * the matrix. */
static AqErr multiply_patches(const Conv *c, const AqTensor *x, const AqTensor *w,
                              AqReal *rows, size_t from, size_t to, AqPacked *packed,
                              AqReal *out, void *scratch)
{
    const int n = (int)(to - from);

    for (int g = 0; g < c->how.groups; g++) {
        const size_t first = (size_t)g * (size_t)c->Og;
        const AqReal *in = rows ? rows : x->data + from * (size_t)c->C;

        if (rows)
            extract_patch_rows(c, x->data, rows, from, to, g);
        if (packed)
            return aq_packed_product(packed, out, in, n, NULL, scratch);
        aq_gemm(out + first, c->O, in, c->K, AQ_N, w->data + first * (size_t)c->K, c->K,
                AQ_T, n, c->Og, c->K, 1, 0);
    }
    return AQ_OK;
}

static AqErr convolve_by_gemm(AqNn *nn, const Conv *c, const AqTensor *x,
                              const AqTensor *w, const AqTensor *b, AqTensor *y)
{
    const size_t tile = (size_t)c->tile;
    const int own = !is_product(c);
    AqReal *rows = own ? aq_nn_memory(nn, tile * (size_t)c->K, sizeof *rows) : NULL;
    AqPacked *packed = NULL;
    AqErr err = AQ_OK;

    if (w->frozen && !aq_nn_recording(nn) && c->how.groups == 1)
        err = aq_frozen_matrix(w, &packed);
    void *scratch =
        aq_nn_memory(nn, packed ? aq_packed_scratch(packed, c->tile) : 1, 1);
    if ((own && !rows) || !scratch)
        return AQ_ERR_NOMEM;
    for (size_t p = 0; err == AQ_OK && p < c->P; p += tile) {
        const size_t to = tile_end(c, p);

        err = multiply_patches(c, x, w, rows, p, to, packed, y->data + p * (size_t)c->O,
                               scratch);
        for (size_t r = p; r < to; r++)
            aq_finish_row(y->data + r * (size_t)c->O, b ? b->data : NULL, (size_t)c->O,
                          c->act);
    }
    return err;
}

/* y, whose shape is (N,[T',]H',W',O). */
static AqTensor *convolve_pictures(AqNn *nn, Conv *c, AqTensor *x, AqTensor *w,
                                   AqTensor *b)
{
    const int clip[] = {c->N, c->OT, c->OH, c->OW, c->O},
              picture[] = {c->N, c->OH, c->OW, c->O};
    AqTensor *y = aq_nn_tensor(nn, x->n_dims, x->n_dims == 5 ? clip : picture);
    const AqArenaMark mark = aq_nn_mark(nn);
    const int prepares = w->frozen && b && !aq_nn_recording(nn);
    AqErr err = AQ_ERR_NOMEM;

    if (!y)
        return NULL;
    if (prepares && suits_winograd(c))
        err = convolve_winograd(nn, c, x, w, b, y);
    else if (prepares && c->how.groups > 1 && aq_grouped_suits(c->O, c->how.groups))
        err = convolve_grouped(nn, c, x, w, b, y);
    else
        err = convolve_by_gemm(nn, c, x, w, b, y);
    aq_arena_rewind(nn->arena, mark); /* the patches */
    return err == AQ_OK ? y : aq_nn_fault(nn, err);
}

/* ---- the operations ---- */

/* Fills what follows from shapes and strides; 0 if they do not fit. */
static int plan_conv(Conv *c)
{
    const AqConv3d *h = &c->how;

    const int in[] = {c->T, c->H, c->W}, kernel[] = {c->KT, c->KH, c->KW};
    int *const out[] = {&c->OT, &c->OH, &c->OW};

    for (int d = 0; d < 3; d++) {
        if (h->stride[d] < 1 || h->pad[d] < AQ_PAD_SAME)
            return 0;
        const AqSpan span = aq_span(in[d], kernel[d], h->stride[d], h->pad[d]);
        if (span.out < 1)
            return 0;
        *out[d] = span.out;
        c->before[d] = span.before;
    }
    if (h->groups < 1 || c->Cg < 1 || c->C != c->Cg * h->groups ||
        c->O % h->groups != 0)
        return 0;
    c->Og = c->O / h->groups;
    c->taps = c->KT * c->KH * c->KW;
    c->K = c->taps * c->Cg;
    c->P = (size_t)c->N * (size_t)c->OT * (size_t)c->OH * (size_t)c->OW;
    c->tile = TILE_VALUES / c->K;
    c->tile = c->tile < 64 ? 64 : c->tile;
    c->tile = (size_t)c->tile > c->P ? (int)c->P : c->tile;
    return 1;
}

/* Of clips or of pictures. */
static AqTensor *conv_any(AqNn *nn, AqTensor *x, AqTensor *w, AqTensor *b,
                          const AqConv3d *how, AqAct act)
{
    const int is_clip = x->n_dims == 5;

    if (act != AQ_ACT_NONE && (act != AQ_ACT_RELU || !b || aq_nn_recording(nn)))
        return aq_act(nn, conv_any(nn, x, w, b, how, AQ_ACT_NONE), act);
    Conv *c = aq_nn_memory(nn, 1, sizeof *c);
    if (!c)
        return NULL;
    const int *in = x->dims + is_clip, *k = w->dims + is_clip;
    *c = (Conv){.N = x->dims[0],
                .T = is_clip ? x->dims[1] : 1,
                .H = in[1],
                .W = in[2],
                .C = in[3],
                .O = w->dims[0],
                .KT = is_clip ? w->dims[1] : 1,
                .KH = k[1],
                .KW = k[2],
                .Cg = k[3],
                .how = *how,
                .act = act};
    if (!plan_conv(c))
        return aq_nn_misfit(nn, is_clip ? "conv3d" : "conv2d", x, w);
    AqTensor *y = convolve_pictures(nn, c, x, w, b);
    return AQ_RECORD(nn, "conv", y, conv_backward, c, x, w, b);
}

AqTensor *aq_conv3d(AqNn *nn, AqTensor *x, AqTensor *w, AqTensor *b,
                    const AqConv3d *how, AqAct act)
{
    if (!x || !w)
        return NULL;
    if (x->n_dims != 5 || w->n_dims != 5)
        return aq_nn_misfit(nn, "conv3d", x, w);
    return conv_any(nn, x, w, b, how, act);
}

AqTensor *aq_conv2d(AqNn *nn, AqTensor *x, AqTensor *w, AqTensor *b, int stride,
                    int pad, AqAct act)
{
    const AqConv3d how = {
        .stride = {1, stride, stride}, .pad = {0, pad, pad}, .groups = 1};

    if (!x || !w)
        return NULL;
    if (x->n_dims != 4 || w->n_dims != 4)
        return aq_nn_misfit(nn, "conv2d", x, w);
    return conv_any(nn, x, w, b, &how, act);
}
