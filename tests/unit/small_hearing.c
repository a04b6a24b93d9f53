/* SPDX-License-Identifier: MIT */
#include "tests/unit/small_hearing.h"

#include "base/rng.h"
#include "model/weights/weights.h"
#include "tests/unit/check.h"

#include <string.h>

enum {
    STAGES = 4,
    BLOCKS = 2,
    KERNEL = 3,
    INSIDE = 2,
    STEM = 7,
    MOST = 10,
    ROWS = 96,
    COLS = 64
};
static const int widths[STAGES] = {6, 7, 8, AQ_SMALL_HEARING_VALUES},
                 depths[STAGES] = {1, 1, 2, 1};

/* Filters are (out,in,K,K), depthwise (K,K,C), matrices (out,in). */
typedef struct SmallNorm {
    double by[MOST], plus[MOST];
} SmallNorm;

typedef struct SmallBlock {
    double depthwise[KERNEL * KERNEL * MOST], bias[MOST];
    SmallNorm norm;
    double wide[INSIDE * MOST * MOST], wide_bias[INSIDE * MOST],
        back[INSIDE * MOST * MOST], back_bias[MOST];
} SmallBlock;

typedef struct SmallStage {
    SmallNorm norm;
    double down[MOST * MOST * 4], down_bias[MOST];
    SmallBlock block[BLOCKS];
} SmallStage;

typedef struct SmallHearing {
    int is_drawn;
    double stem[STEM * STEM * MOST], stem_bias[MOST];
    SmallStage stage[STAGES];
    SmallNorm last;
    double head[AQ_SMALL_HEARING_COLUMNS * MOST], head_bias[AQ_SMALL_HEARING_COLUMNS];
} SmallHearing;

/* In float32, as a file has it. */
static void draw_row(AqRng *rng, double *v, int n, double centre, double spread)
{
    for (int k = 0; k < n; k++)
        v[k] = (double)(float)(centre + spread * aq_rng_normal(rng));
}

static void draw_norm(AqRng *rng, SmallNorm *norm)
{
    draw_row(rng, norm->by, MOST, 1, 0.3);
    draw_row(rng, norm->plus, MOST, 0, 0.3);
}

static void draw_block(AqRng *rng, SmallBlock *b)
{
    draw_row(rng, b->depthwise, KERNEL * KERNEL * MOST, 0, 0.4);
    draw_row(rng, b->bias, MOST, 0, 0.2);
    draw_norm(rng, &b->norm);
    draw_row(rng, b->wide, INSIDE * MOST * MOST, 0, 0.6);
    draw_row(rng, b->wide_bias, INSIDE * MOST, 0, 0.3);
    draw_row(rng, b->back, INSIDE * MOST * MOST, 0, 0.5);
    draw_row(rng, b->back_bias, MOST, 0, 0.2);
}

static const SmallHearing *small_hearing(void)
{
    static SmallHearing net;
    AqRng rng = aq_rng(17, 3);

    if (net.is_drawn)
        return &net;
    net.is_drawn = 1;
    draw_row(&rng, net.stem, STEM * STEM * MOST, 0, 0.2);
    draw_row(&rng, net.stem_bias, MOST, 0, 0.3);
    for (int s = 0; s < STAGES; s++) {
        draw_norm(&rng, &net.stage[s].norm);
        draw_row(&rng, net.stage[s].down, MOST * MOST * 4, 0, 0.4);
        draw_row(&rng, net.stage[s].down_bias, MOST, 0, 0.2);
        for (int b = 0; b < BLOCKS; b++)
            draw_block(&rng, &net.stage[s].block[b]);
    }
    draw_norm(&rng, &net.last);
    draw_row(&rng, net.head, AQ_SMALL_HEARING_COLUMNS * MOST, 0, 0.7);
    draw_row(&rng, net.head_bias, AQ_SMALL_HEARING_COLUMNS, 0, 0.5);
    return &net;
}

/* ---- its definition ---- */

typedef struct SmallGrid {
    int h, w, c;
    double v[ROWS / 4 * (COLS / 4) * MOST];
} SmallGrid;

static double grid_at(const SmallGrid *x, int row, int col, int c)
{
    return row < 0 || col < 0 || row >= x->h || col >= x->w
               ? 0
               : x->v[(row * x->w + col) * x->c + c];
}

static void normalise_row(double *v, int n, const SmallNorm *norm)
{
    double mean = 0, var = 0;

    for (int k = 0; k < n; k++)
        mean += v[k] / n;
    for (int k = 0; k < n; k++)
        var += (v[k] - mean) * (v[k] - mean) / n;
    for (int k = 0; k < n; k++)
        v[k] = (v[k] - mean) / sqrt(var + 1e-6) * norm->by[k] + norm->plus[k];
}

static void normalise_grid(SmallGrid *x, const SmallNorm *norm)
{
    for (int k = 0; k < x->h * x->w; k++)
        normalise_row(x->v + k * x->c, x->c, norm);
}

static void run_stem(const SmallHearing *net, const float *in, SmallGrid *y)
{
    *y = (SmallGrid){.h = ROWS / 4, .w = COLS / 4, .c = widths[0]};
    for (int k = 0; k < y->h * y->w * y->c; k++) {
        const int o = k % y->c, col = k / y->c % y->w * 4 - 3,
                  row = k / y->c / y->w * 4 - 3;

        y->v[k] = net->stem_bias[o];
        for (int t = 0; t < STEM * STEM; t++) {
            const int r = row + t / STEM, c = col + t % STEM;

            if (r >= 0 && c >= 0 && r < ROWS && c < COLS)
                y->v[k] +=
                    net->stem[o * STEM * STEM + t] * ((double)in[r * COLS + c] + 3) / 3;
        }
    }
}

static void halve_grid(const SmallGrid *x, const SmallStage *s, int out, SmallGrid *y)
{
    *y = (SmallGrid){.h = x->h / 2, .w = x->w / 2, .c = out};
    for (int k = 0; k < y->h * y->w * out; k++) {
        const int o = k % out, col = k / out % y->w, row = k / out / y->w;

        y->v[k] = s->down_bias[o];
        for (int i = 0; i < x->c; i++)
            for (int t = 0; t < 4; t++)
                y->v[k] += s->down[(o * x->c + i) * 4 + t] *
                           grid_at(x, 2 * row + t / 2, 2 * col + t % 2, i);
    }
}

static double small_gelu(double x)
{
    return 0.5 * x * (1 + erf(x / sqrt(2)));
}

/* One place of the grid: what is added to it. */
static void run_small_place(const SmallGrid *x, const SmallBlock *b, int row, int col,
                            double *add)
{
    const int C = x->c, W = INSIDE * C;
    double v[MOST], wide[INSIDE * MOST];

    for (int c = 0; c < C; c++) {
        v[c] = b->bias[c];
        for (int t = 0; t < KERNEL * KERNEL; t++)
            v[c] += b->depthwise[t * C + c] *
                    grid_at(x, row + t / KERNEL - 1, col + t % KERNEL - 1, c);
    }
    normalise_row(v, C, &b->norm);
    for (int o = 0; o < W; o++) {
        wide[o] = b->wide_bias[o];
        for (int c = 0; c < C; c++)
            wide[o] += b->wide[o * C + c] * v[c];
        wide[o] = small_gelu(wide[o]);
    }
    for (int c = 0; c < C; c++) {
        add[c] = b->back_bias[c];
        for (int o = 0; o < W; o++)
            add[c] += b->back[c * W + o] * wide[o];
    }
}

static void run_small_block(SmallGrid *x, const SmallBlock *b)
{
    static SmallGrid y;

    y = *x;
    for (int k = 0; k < x->h * x->w; k++) {
        double add[MOST];

        run_small_place(x, b, k / x->w, k % x->w, add);
        for (int c = 0; c < x->c; c++)
            y.v[k * x->c + c] += add[c];
    }
    *x = y;
}

void aq_small_hearing_run(const float *in, double *out)
{
    static SmallGrid x, y;
    const SmallHearing *net = small_hearing();
    double *odds = out + AQ_SMALL_HEARING_VALUES;

    run_stem(net, in, &x);
    for (int s = 0; s < STAGES; s++) {
        normalise_grid(&x, &net->stage[s].norm);
        if (s > 0) {
            halve_grid(&x, &net->stage[s], widths[s], &y);
            x = y;
        }
        for (int b = 0; b < depths[s]; b++)
            run_small_block(&x, &net->stage[s].block[b]);
    }
    for (int c = 0; c < x.c; c++) {
        out[c] = 0;
        for (int k = 0; k < x.h * x.w; k++)
            out[c] += x.v[k * x.c + c] / (x.h * x.w);
    }
    normalise_row(out, x.c, &net->last);
    for (int k = 0; k < AQ_SMALL_HEARING_COLUMNS; k++) {
        odds[k] = net->head_bias[k];
        for (int c = 0; c < x.c; c++)
            odds[k] += net->head[k * x.c + c] * out[c];
    }
}

/* ---- as a file ---- */

typedef struct SmallFile {
    AqWeightsWriter *w;
    char prefix[32];
} SmallFile;

static void put_tensor(SmallFile *f, const char *leaf, int n_dims, const int64_t *dims,
                       const double *values)
{
    float v[AQ_SMALL_HEARING_COLUMNS * STEM * STEM];
    char name[64];
    int n = 1;

    for (int k = 0; k < n_dims; k++)
        n *= (int)dims[k];
    for (int k = 0; k < n; k++)
        v[k] = (float)values[k];
    (void)snprintf(name, sizeof name, "%s%s", f->prefix, leaf);
    CHECK_OK(aq_weights_writer_add_copy(f->w, name, n_dims, dims, v, AQ_F32));
}

#define SMALL_PUT(leaf, values, ...)                                                   \
    put_tensor(f, leaf, (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)),     \
               (const int64_t[]){__VA_ARGS__}, values)

static void put_small_norm(SmallFile *f, const SmallNorm *norm, int n)
{
    SMALL_PUT("norm.weight", norm->by, n);
    SMALL_PUT("norm.bias", norm->plus, n);
}

static void put_small_block(SmallFile *f, const SmallBlock *b, int C)
{
    SMALL_PUT("depthwise.weight", b->depthwise, KERNEL, KERNEL, C);
    SMALL_PUT("depthwise.bias", b->bias, C);
    put_small_norm(f, &b->norm, C);
    SMALL_PUT("expand.weight", b->wide, INSIDE * C, C);
    SMALL_PUT("expand.bias", b->wide_bias, INSIDE * C);
    SMALL_PUT("project.weight", b->back, C, INSIDE * C);
    SMALL_PUT("project.bias", b->back_bias, C);
}

static void put_small_stage(SmallFile *f, const SmallStage *s, int k)
{
    const int in = k ? widths[k - 1] : widths[0];

    (void)snprintf(f->prefix, sizeof f->prefix, "stage%d.", k + 1);
    put_small_norm(f, &s->norm, in);
    if (k > 0) {
        SMALL_PUT("down.weight", s->down, widths[k], in, 2, 2);
        SMALL_PUT("down.bias", s->down_bias, widths[k]);
    }
    for (int b = 0; b < depths[k]; b++) {
        (void)snprintf(f->prefix, sizeof f->prefix, "stage%d.block%d.", k + 1, b + 1);
        put_small_block(f, &s->block[b], widths[k]);
    }
}

void aq_small_hearing_write(const char *path)
{
    const SmallHearing *net = small_hearing();
    SmallFile all = {.prefix = ""}, *f = &all;

    CHECK_OK(aq_weights_writer_new(&f->w));
    SMALL_PUT("stem.weight", net->stem, widths[0], 1, STEM, STEM);
    SMALL_PUT("stem.bias", net->stem_bias, widths[0]);
    for (int k = 0; k < STAGES; k++)
        put_small_stage(f, &net->stage[k], k);
    f->prefix[0] = '\0';
    put_small_norm(f, &net->last, AQ_SMALL_HEARING_VALUES);
    SMALL_PUT("head.weight", net->head, AQ_SMALL_HEARING_COLUMNS,
              AQ_SMALL_HEARING_VALUES);
    SMALL_PUT("head.bias", net->head_bias, AQ_SMALL_HEARING_COLUMNS);
    CHECK_OK(aq_weights_writer_commit(f->w, path));
    aq_weights_writer_free(&f->w);
}
