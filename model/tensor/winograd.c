/* SPDX-License-Identifier: MIT */
/* Tiles are processed in groups whose transforms stay in the shared cache. */
#include "model/tensor/winograd.h"

#include "base/alloc.h"
#include "model/tensor/kernels.h"

#include <string.h>

enum { OUT = 4, IN = 6, POINTS = IN * IN, GROUP_VALUES = 3 << 20, LANES = 16 };

struct AqWinograd {
    int O, C;
    AqPacked *filter[POINTS]; /* each (O,C) */
    AqReal *own[POINTS];      /* what a filter borrows if its back end does not copy */
};

typedef struct Run {
    AqWinograd *w;
    AqReal *y;
    const AqReal *x, *bias;
    int N, H, W, relu;
    int across, down; /* tiles of a picture */
    int group;        /* tiles at once */
    AqReal *v, *m;    /* (POINTS,group,C), (POINTS,group,O) */
    AqReal
        *none; /* (max(C,O)): zero padding around a picture; sink for pixels cut off */
    AqReal *sink;
    void *scratch;
} Run;

/* ---- filters: U = G g G^T ---- */

static const double G[IN][3] = {{1 / 4.0, 0, 0},
                                {-1 / 6.0, -1 / 6.0, -1 / 6.0},
                                {-1 / 6.0, 1 / 6.0, -1 / 6.0},
                                {1 / 24.0, 1 / 12.0, 1 / 6.0},
                                {1 / 24.0, -1 / 12.0, 1 / 6.0},
                                {0, 0, 1}};

/* Point (i,j) of every filter, (O,C). */
static void transform_filters(AqReal *u, const AqReal *w, int O, int C, int i, int j)
{
    for (int o = 0; o < O; o++)
        for (int c = 0; c < C; c++) {
            double sum = 0;

            for (int a = 0; a < 3; a++)
                for (int b = 0; b < 3; b++)
                    sum += G[i][a] * G[j][b] * (double)w[((o * 3 + a) * 3 + b) * C + c];
            u[(size_t)o * (size_t)C + (size_t)c] = (AqReal)sum;
        }
}

AqErr aq_winograd_new(AqWinograd **out, const AqReal *w, int O, int C)
{
    AqWinograd *x = aq_alloc(1, sizeof *x);
    AqErr err = x ? AQ_OK : AQ_ERR_NOMEM;

    *out = NULL;
    if (!x)
        return err;
    x->O = O;
    x->C = C;
    for (int k = 0; err == AQ_OK && k < POINTS; k++) {
        AqReal *u = aq_alloc((size_t)O * (size_t)C, sizeof *u);

        x->own[k] = u;
        if (!u) {
            err = AQ_ERR_NOMEM;
            break;
        }
        transform_filters(u, w, O, C, k / IN, k % IN);
        err = aq_packed_new(&x->filter[k], u, O, C, AQ_PRECISION_F32);
        if (err == AQ_OK && aq_packed_copies(x->filter[k])) {
            aq_free(u);
            x->own[k] = NULL;
        }
    }
    if (err != AQ_OK)
        aq_winograd_free(&x);
    *out = x;
    return err;
}

void aq_winograd_free(AqWinograd **wp)
{
    AqWinograd *w = *wp;

    for (int k = 0; w && k < POINTS; k++) {
        aq_packed_free(&w->filter[k]);
        aq_free(w->own[k]);
    }
    aq_free(w);
    *wp = NULL;
}

/* ---- tiles ---- */

static int count_side_tiles(int side)
{
    return (side + OUT - 1) / OUT;
}

/* Tiles at once: as many as fit, in groups of about equal size. */
static int group_of(const AqWinograd *w, int N, int H, int W)
{
    const int all = N * count_side_tiles(H) * count_side_tiles(W);
    const int most = GROUP_VALUES / (POINTS * (w->C + w->O)) + 1;
    const int n = (all + most - 1) / most;

    return n ? (all + n - 1) / n : 1;
}

static size_t padded_channel_width(const AqWinograd *w)
{
    return (size_t)(w->C > w->O ? w->C : w->O) + LANES;
}

static size_t winograd_values(const AqWinograd *w, int group)
{
    return (size_t)POINTS * (size_t)group * (size_t)(w->C + w->O) +
           2 * padded_channel_width(w) + 4L * LANES;
}

size_t aq_winograd_scratch(const AqWinograd *w, int N, int H, int W)
{
    const int group = group_of(w, N, H, W);

    return winograd_values(w, group) * sizeof(AqReal) +
           aq_packed_scratch(w->filter[0], group);
}

/* The corner of tile t's input, one pixel up and left of its output. */
static void locate_tile_corner(const Run *r, int t, int *n, int *y, int *x)
{
    const int per = r->across * r->down;

    *n = t / per;
    *y = t % per / r->across * OUT;
    *x = t % per % r->across * OUT;
}

static void read_tile(const Run *r, int t, int slot)
{
    const size_t C = (size_t)r->w->C;
    const AqReal *in[POINTS];
    int n, y0, x0;

    locate_tile_corner(r, t, &n, &y0, &x0);
    for (int k = 0; k < POINTS; k++) {
        const int y = y0 - 1 + k / IN, x = x0 - 1 + k % IN;
        const int inside = y >= 0 && y < r->H && x >= 0 && x < r->W;

        in[k] = inside ? r->x + (size_t)((n * r->H + y) * r->W + x) * C : r->none;
    }
    aq_kernels()->winograd_in(r->v + (size_t)slot * C, (size_t)r->group * C, in, C);
}

static void write_tile(const Run *r, int t, int slot)
{
    const size_t O = (size_t)r->w->O;
    AqReal *out[OUT * OUT];
    int n, y0, x0;

    locate_tile_corner(r, t, &n, &y0, &x0);
    for (int k = 0; k < OUT * OUT; k++) {
        const int y = y0 + k / OUT, x = x0 + k % OUT;

        out[k] = y < r->H && x < r->W ? r->y + (size_t)((n * r->H + y) * r->W + x) * O
                                      : r->sink;
    }
    aq_kernels()->winograd_out(out, r->m + (size_t)slot * O, (size_t)r->group * O,
                               r->bias, r->relu, O);
}

static AqErr run_group(const Run *r, int from, int to)
{
    const size_t C = (size_t)r->w->C, O = (size_t)r->w->O, G_ = (size_t)r->group;
    AqErr err = AQ_OK;

    for (int t = from; t < to; t++)
        read_tile(r, t, t - from);
    for (size_t k = 0; err == AQ_OK && k < POINTS; k++)
        err = aq_packed_product(r->w->filter[k], r->m + k * G_ * O, r->v + k * G_ * C,
                                to - from, NULL, r->scratch);
    for (int t = from; err == AQ_OK && t < to; t++)
        write_tile(r, t, t - from);
    return err;
}

static AqReal *align_to_lanes(AqReal *p, size_t values)
{
    return p + (values + LANES - 1) / LANES * LANES;
}

AqErr aq_winograd_run(AqWinograd *w, AqReal *y, const AqReal *x, int N, int H, int W,
                      const AqReal *bias, int relu, void *scratch)
{
    Run r = {.w = w,
             .y = y,
             .x = x,
             .bias = bias,
             .N = N,
             .H = H,
             .W = W,
             .relu = relu,
             .across = count_side_tiles(W),
             .down = count_side_tiles(H),
             .group = group_of(w, N, H, W),
             .v = scratch};
    const int all = N * r.across * r.down;
    AqErr err = AQ_OK;

    r.m = align_to_lanes(r.v, (size_t)POINTS * (size_t)r.group * (size_t)w->C);
    r.none = align_to_lanes(r.m, (size_t)POINTS * (size_t)r.group * (size_t)w->O);
    r.sink = align_to_lanes(r.none, padded_channel_width(w));
    r.scratch = align_to_lanes(r.sink, padded_channel_width(w));
    memset(r.none, 0, padded_channel_width(w) * sizeof *r.none);
    for (int t = 0; err == AQ_OK && t < all; t += r.group)
        err = run_group(&r, t, t + r.group < all ? t + r.group : all);
    return err;
}
