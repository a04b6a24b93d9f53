/* SPDX-License-Identifier: MIT */
/* Every vector kernel against the portable one, and the portable one against libm. */
#include "base/alloc.h"
#include "base/rng.h"
#include "model/tensor/kernels.h"
#include "tests/unit/check.h"

#include <string.h>

#define MOST 1031

static const size_t sizes[] = {0,  1,  2,  7,  8,   15,   16,  17,
                               31, 32, 33, 64, 100, 1000, MOST};
#define N_SIZES (sizeof sizes / sizeof *sizes)

static void fill(float *x, size_t n, double lo, double hi, uint64_t seed)
{
    AqRng rng = aq_rng(seed, 0);

    for (size_t k = 0; k < n; k++)
        x[k] = (float)aq_rng_range(&rng, lo, hi);
}

/* Same values within `rel`; one past the end is untouched. */
static void same(const float *a, const float *b, size_t n, double abs_tol, double rel)
{
    for (size_t k = 0; k < n; k++)
        CHECK_NEAR(a[k], b[k], abs_tol, rel);
    assert_true(a[n] == 77.0f && b[n] == 77.0f);
}

typedef void (*Map)(float *y, const float *x, size_t n);

static void maps_agree(const AqKernels *a, const AqKernels *b, size_t n)
{
    const Map of_a[] = {a->gelu,    a->tanh,       a->sigmoid,   a->exp,
                        a->softmax, a->quick_gelu, a->gelu_tanh, a->elu};
    const Map of_b[] = {b->gelu,    b->tanh,       b->sigmoid,   b->exp,
                        b->softmax, b->quick_gelu, b->gelu_tanh, b->elu};
    float x[MOST], ya[MOST + 1], yb[MOST + 1];

    fill(x, n, -20, 20, n);
    for (size_t f = 0; f < sizeof of_a / sizeof *of_a; f++) {
        ya[n] = yb[n] = 77.0f;
        of_a[f](ya, x, n);
        of_b[f](yb, x, n);
        /* GELU's tail is x (1 + erf), where the 1 cancels: 20 units of 6e-8 */
        same(ya, yb, n, f == 0 ? 1e-6 : 1e-7, 2e-6);
    }
}

static void rest_agrees(const AqKernels *a, const AqKernels *b, size_t n)
{
    float x[MOST], z[MOST], ya[MOST + 1], yb[MOST + 1], ma, mb, ra, rb;

    fill(x, n, -2, 3, n + 1);
    fill(z, n, -2, 2, n + 2);
    fill(ya, n, -1, 1, n + 3);
    memcpy(yb, ya, sizeof ya);
    ya[n] = yb[n] = 77.0f;
    a->add(ya, x, n);
    b->add(yb, x, n);
    same(ya, yb, n, 0, 0);
    a->add_relu(ya, z, n);
    b->add_relu(yb, z, n);
    same(ya, yb, n, 0, 0);
    a->axpy(ya, 0.3f, x, n);
    b->axpy(yb, 0.3f, x, n);
    same(ya, yb, n, 1e-6, 1e-6);
    a->gelu_back(ya, x, z, n);
    b->gelu_back(yb, x, z, n);
    same(ya, yb, n, 2e-6, 2e-6);
    a->quick_gelu_back(ya, x, z, n);
    b->quick_gelu_back(yb, x, z, n);
    same(ya, yb, n, 4e-6, 4e-6);
    a->gelu_tanh_back(ya, x, z, n);
    b->gelu_tanh_back(yb, x, z, n);
    same(ya, yb, n, 6e-6, 6e-6);
    CHECK_NEAR(a->dot(x, z, n), b->dot(x, z, n), 1e-4, 1e-5);
    if (n == 0)
        return;
    a->layernorm(ya, x, z, x, 1e-5f, n, &ma, &ra);
    b->layernorm(yb, x, z, x, 1e-5f, n, &mb, &rb);
    same(ya, yb, n, 2e-5, 2e-5);
    CHECK_NEAR(ma, mb, 1e-6, 1e-6);
    CHECK_NEAR(ra, rb, 1e-6, 1e-5);
    a->rmsnorm(ya, x, z, 1e-6f, n, &ra);
    b->rmsnorm(yb, x, z, 1e-6f, n, &rb);
    same(ya, yb, n, 1e-5, 1e-5);
    CHECK_NEAR(ra, rb, 1e-6, 1e-5);
}

/* A pixel of a depthwise convolution: levels agree, and with the formula. */
static void windows_agree(const AqKernels *a, const AqKernels *b, size_t n)
{
    enum { TAPS = 9 };
    static float pixel[TAPS][MOST], filter[TAPS][MOST];
    float bias[MOST], ya[MOST + 1], yb[MOST + 1];
    const float *x[TAPS], *w[TAPS];

    for (size_t t = 0; t < TAPS; t++) {
        fill(pixel[t], n, -2, 2, 300 * n + t);
        fill(filter[t], n, -1, 1, 500 * n + t);
        x[t] = pixel[t];
        w[t] = filter[t];
    }
    fill(bias, n, -1, 1, n);
    for (size_t taps = 0; taps <= TAPS; taps += 3)
        for (int relu = 0; relu < 2; relu++) {
            const float *with = taps == 6 ? NULL : bias;

            ya[n] = yb[n] = 77.0f;
            a->depthwise(ya, x, w, taps, with, relu, n);
            b->depthwise(yb, x, w, taps, with, relu, n);
            same(ya, yb, n, 2e-6, 1e-6);
            for (size_t k = 0; k < n; k++) {
                double sum = with ? (double)with[k] : 0;

                for (size_t t = 0; t < taps; t++)
                    sum += (double)filter[t][k] * (double)pixel[t][k];
                CHECK_NEAR(ya[k], relu && sum < 0 ? 0 : sum, 4e-6, 1e-6);
            }
        }
    a->mul_add(ya, pixel[0], filter[0], n);
    b->mul_add(yb, pixel[0], filter[0], n);
    same(ya, yb, n, 2e-6, 1e-6);
}

/* Two of Winograd's tiles; between them lies nothing that is written twice. */
static void tiles_agree(const AqKernels *a, const AqKernels *b, size_t n)
{
    static float pixel[36][MOST], va[36 * MOST + 1], vb[36 * MOST + 1];
    const float *in[36];
    float *ya[16], *yb[16];

    for (size_t k = 0; k < 36; k++) {
        fill(pixel[k], n, -2, 2, 100 * n + k);
        in[k] = pixel[k];
    }
    va[36 * n] = vb[36 * n] = 77.0f;
    a->winograd_in(va, n, in, n);
    b->winograd_in(vb, n, in, n);
    same(va, vb, 36 * n, 1e-5, 1e-5); /* contracted or not: sums of values up to 50 */
    for (size_t k = 0; k < 16; k++) {
        ya[k] = pixel[k];
        yb[k] = pixel[16 + k];
    }
    for (int relu = 0; relu < 2; relu++) {
        a->winograd_out(ya, va, n, va, relu, n);
        b->winograd_out(yb, va, n, va, relu, n);
        for (size_t k = 0; k < 16; k++)
            for (size_t c = 0; c < n; c++)
                CHECK_NEAR(ya[k][c], yb[k][c], 1e-3, 1e-5);
    }
}

/* Of the first k of four rows; picks, so exact. */
static void maxima_agree(const AqKernels *a, const AqKernels *b, size_t n)
{
    static float x[4][MOST];
    float ya[MOST + 1], yb[MOST + 1];
    const float *rows[4];

    for (size_t k = 0; k < 4; k++) {
        fill(x[k], n, -2, 2, 10 * n + k);
        rows[k] = x[k];
    }
    for (size_t k = 1; k <= 4; k++) {
        ya[n] = yb[n] = 77.0f;
        a->max_of(ya, rows, k, n);
        b->max_of(yb, rows, k, n);
        same(ya, yb, n, 0, 0);
        for (size_t c = 0; c < n; c++) {
            float top = x[0][c];

            for (size_t r = 1; r < k; r++)
                top = fmaxf(top, x[r][c]);
            CHECK_NEAR(ya[c], top, 0, 0);
        }
    }
}

/* Eight pixels, the last two of them one, under two taps: against the sums in double
 * precision. n channels from the second on. */
static void taps_are_sums(const AqKernels *k, size_t n, int relu)
{
    enum { OUT = AQ_TAPS_OUT, PIXELS = AQ_TAPS_PIXELS, TAPS = 2 };
    static float x[(PIXELS + TAPS) * (MOST + 1)], w[TAPS * MOST * OUT];
    float y[PIXELS * OUT + 1], bias[OUT];
    const float *at[PIXELS][TAPS];
    AqTapsJob job = {
        .w = w, .bias = bias, .taps = TAPS, .from = 1, .C = n, .relu = relu};

    fill(x, (PIXELS + TAPS) * (n + 1), -1, 1, n);
    fill(w, TAPS * n * OUT, -1, 1, n + 1);
    fill(bias, OUT, -1, 1, n + 2);
    y[PIXELS * OUT] = 77.0f;
    for (size_t p = 0; p < PIXELS; p++) {
        const size_t q = p + 1 < PIXELS ? p : p - 1;

        at[p][0] = x + q * (n + 1);
        at[p][1] = x + (q + 2) * (n + 1);
        job.x[p] = at[p];
        job.y[p] = y + q * OUT;
    }
    k->taps(&job);
    for (size_t p = 0; p + 1 < PIXELS; p++)
        for (size_t o = 0; o < OUT; o++) {
            double sum = bias[o];

            for (size_t t = 0; t < TAPS; t++)
                for (size_t c = 0; c < n; c++)
                    sum += (double)at[p][t][1 + c] * (double)w[(t * n + c) * OUT + o];
            CHECK_NEAR(y[p * OUT + o], relu && sum < 0 ? 0 : sum,
                       1e-6 * (1 + (double)n / 8), 0);
        }
    assert_true(y[PIXELS * OUT] == 77.0f);
}

static void taps_are_sums_everywhere(void **state)
{
    (void)state;
    for (int level = AQ_CPU_PORTABLE; level <= (int)aq_cpu_level(); level++)
        for (size_t s = 0; s < N_SIZES; s++)
            for (int relu = 0; relu < 2; relu++)
                if (aq_kernels_of((AqCpuLevel)level))
                    taps_are_sums(aq_kernels_of((AqCpuLevel)level), sizes[s], relu);
}

/* One head whose tokens lie in any order, against the formula in double precision. */
static void head_is_attention(const AqKernels *k, int n, int hs, int with)
{
    enum { HEADS = 2, MOST_N = 700, MOST_D = 176 };
    static float qkv[MOST_N * 3 * MOST_D], y[MOST_N * MOST_D], bias[MOST_N * MOST_N],
        mask[MOST_N * MOST_N];
    const int D = HEADS * hs;
    int rows[MOST_N];
    const size_t needs = aq_head_scratch(n, hs);
    float *scratch = aq_alloc(needs + 1, sizeof *scratch);
    const AqHeadJob job = {.y = y + hs,
                           .qkv = qkv + hs,
                           .rows = rows,
                           .n = n,
                           .D = D,
                           .hs = hs,
                           .scale = 0.3f,
                           .bias = with & 1 ? bias : NULL,
                           .mask = with & 2 ? mask : NULL,
                           .scratch = scratch};

    fill(qkv, (size_t)(n * 3 * D), -2, 2, (uint64_t)n);
    fill(bias, (size_t)(n * n), -1, 1, 1);
    for (int i = 0; i < n * n; i++)
        mask[i] = i % 3 == 0 && i % (n + 1) != 0 ? -100 : 0;
    for (int i = 0; i < n; i++)
        rows[i] = (i * 7 + 3) % n; /* 7 divides no n of the test */
    for (int i = 0; i < n * D; i++)
        y[i] = 77;
    assert_non_null(scratch);
    scratch[needs] = 77;
    k->head(&job);
    CHECK_NEAR(scratch[needs], 77, 0, 0);
    aq_free(scratch);
    for (int i = 0; i < n; i++) {
        const float *q = qkv + rows[i] * 3 * D + hs;
        double weight[MOST_N], sum = 0;

        for (int m = 0; m < n; m++) {
            double dot = 0;

            for (int d = 0; d < hs; d++)
                dot += (double)q[d] * (double)qkv[rows[m] * 3 * D + D + hs + d];
            weight[m] = exp(0.3 * dot + (with & 1 ? (double)bias[i * n + m] : 0) +
                            (with & 2 ? (double)mask[i * n + m] : 0));
            sum += weight[m];
        }
        for (int d = 0; d < hs; d++) {
            double want = 0;

            for (int m = 0; m < n; m++)
                want += weight[m] / sum * (double)qkv[rows[m] * 3 * D + 2 * D + hs + d];
            CHECK_NEAR(y[rows[i] * D + hs + d], want, 2e-5, 1e-5);
            CHECK_NEAR(y[rows[i] * D + d], 77, 0, 0); /* the other head's */
        }
    }
}

static void heads_are_attention(void **state)
{
    static const int tokens[] = {1, 2, 3, 4, 16, 25, 36, 48, 50, 64, 144},
                     sizes_of[] = {1, 5, 16, 32, 48, 64, 88},
                     many[] = {257, 313, 577}; /* that go past each other in parts */

    (void)state;
    for (int level = AQ_CPU_PORTABLE; level <= (int)aq_cpu_level(); level++) {
        const AqKernels *k = aq_kernels_of((AqCpuLevel)level);

        for (size_t s = 0; k && s < sizeof sizes_of / sizeof *sizes_of; s++)
            for (int with = 0; with < 4; with++) {
                for (size_t t = 0; t < sizeof tokens / sizeof *tokens; t++)
                    head_is_attention(k, tokens[t], sizes_of[s], with);
                if (with == 3 || sizes_of[s] > 48)
                    head_is_attention(k, many[s % 3], sizes_of[s], with);
            }
    }
}

/* Keys that no query may see, more of them than go past at a time, before those that it
 * sees: masked by infinity, whose exponential is 0 and no NaN. NaN stays NaN. */
static void first_keys_are_hidden(const AqKernels *k)
{
    enum { N = 2 * AQ_HEAD_KEYS + 9, HS = 16, HIDDEN = AQ_HEAD_KEYS + 3 };
    static float qkv[N * 3 * HS], y[N * HS], mask[N * N];
    float *scratch = aq_alloc(aq_head_scratch(N, HS), sizeof *scratch);
    int rows[N];
    const AqHeadJob job = {.y = y,
                           .qkv = qkv,
                           .rows = rows,
                           .n = N,
                           .D = HS,
                           .hs = HS,
                           .scale = 0.25f,
                           .mask = mask,
                           .scratch = scratch};

    assert_non_null(scratch);
    for (int i = 0; i < N; i++) {
        rows[i] = i;
        for (int d = 0; d < HS; d++) {
            qkv[i * 3 * HS + d] = qkv[i * 3 * HS + HS + d] = 1;
            qkv[i * 3 * HS + 2 * HS + d] = i < HIDDEN ? 1e6f : 3;
        }
        for (int m = 0; m < N; m++)
            mask[i * N + m] = m < HIDDEN ? -INFINITY : 0;
    }
    qkv[7 * 3 * HS] = NAN; /* of one query */
    k->head(&job);
    for (int i = 0; i < N; i++)
        for (int d = 0; d < HS; d++)
            if (i == 7)
                assert_true(isnan(y[i * HS + d]));
            else
                CHECK_NEAR(y[i * HS + d], 3, 1e-5, 0);
    aq_free(scratch);
}

static void hidden_keys_weigh_nothing(void **state)
{
    (void)state;
    for (int level = AQ_CPU_PORTABLE; level <= (int)aq_cpu_level(); level++)
        if (aq_kernels_of((AqCpuLevel)level))
            first_keys_are_hidden(aq_kernels_of((AqCpuLevel)level));
}

static void narrow_agrees(const AqKernels *a, const AqKernels *b, size_t n)
{
    float x[MOST];
    uint16_t ya[MOST + 1], yb[MOST + 1];

    fill(x, n, -1e6, 1e6, n + 9);
    if (n > 3) {
        x[0] = NAN;
        x[1] = -INFINITY;
        x[2] = 1.00390625f; /* half way: to the even one */
        x[3] = 1.01171875f;
    }
    ya[n] = yb[n] = 77;
    a->to_bf16(ya, x, n);
    b->to_bf16(yb, x, n);
    assert_memory_equal(ya, yb, (n + 1) * sizeof *ya);
    if (n > 3) {
        assert_true((ya[0] & 0x7fff) > 0x7f80);
        assert_int_equal(ya[1], 0xff80);
        assert_int_equal(ya[2], 0x3f80);
        assert_int_equal(ya[3], 0x3f82);
    }
}

/* What training alone uses. */
static void training_agrees(const AqKernels *a, const AqKernels *b, size_t n)
{
    const AqDropout drop = {.key = {7, 99}, .below = 1u << 30, .kept = 1.25f};
    const AqAdamStep how = {0.9f, 0.999f, 1e-2f, 3.0f, 1e-8f, 0.99f};
    float x[MOST], z[MOST], ya[MOST + 1], yb[MOST + 1];
    float ma[MOST], mb[MOST], va[MOST], vb[MOST];

    fill(x, n, -2, 3, n + 4);
    fill(z, n, -2, 2, n + 5);
    fill(ma, n, -1, 1, n + 6);
    fill(va, n, 0, 1, n + 7);
    memcpy(mb, ma, sizeof mb);
    memcpy(vb, va, sizeof vb);
    ya[n] = yb[n] = 77.0f;
    a->sum(ya, x, z, n);
    b->sum(yb, x, z, n);
    same(ya, yb, n, 0, 0);
    a->mul(ya, ya, z, n);
    b->mul(yb, yb, z, n);
    same(ya, yb, n, 0, 0);
    a->scale(ya, 0.3f, ya, n);
    b->scale(yb, 0.3f, yb, n);
    same(ya, yb, n, 0, 0);
    a->gelu_slope(ya, z, ya, n);
    b->gelu_slope(yb, z, yb, n);
    same(ya, yb, n, 2e-6, 2e-6);
    a->quick_gelu_slope(ya, z, ya, n);
    b->quick_gelu_slope(yb, z, yb, n);
    same(ya, yb, n, 4e-6, 4e-6);
    a->gelu_tanh_slope(ya, z, ya, n);
    b->gelu_tanh_slope(yb, z, yb, n);
    same(ya, yb, n, 6e-6, 6e-6);
    memcpy(yb, ya, sizeof yb);
    a->dropout(ya, x, &drop, 5, n, 1);
    b->dropout(yb, x, &drop, 5, n, 1);
    same(ya, yb, n, 1e-6, 1e-6);
    a->dropout(ya, ya, &drop, n, n, 0);
    b->dropout(yb, yb, &drop, n, n, 0);
    same(ya, yb, n, 2e-6, 2e-6);
    a->adam(ya, ma, va, x, &how, n);
    b->adam(yb, mb, vb, x, &how, n);
    same(ya, yb, n, 4e-6, 2e-6);
    for (size_t k = 0; k < n; k++) {
        CHECK_NEAR(ma[k], mb[k], 1e-6, 1e-6);
        CHECK_NEAR(va[k], vb[k], 1e-6, 1e-6);
    }
    memcpy(yb, ya, sizeof yb);
    a->softmax_back(ya, z, n);
    b->softmax_back(yb, z, n);
    same(ya, yb, n, 1e-3, 1e-5);
    CHECK_NEAR(a->dot_double(x, z, n), b->dot_double(x, z, n), 1e-12, 1e-12);
}

static void norm_back_agrees(const AqKernels *a, const AqKernels *b, size_t n)
{
    float x[MOST], z[MOST], ya[MOST + 1], yb[MOST + 1], ga[2 * MOST], gb[2 * MOST];

    for (int add = 0; n > 0 && add < 2; add++) {
        fill(x, n, -2, 3, n + 8);
        fill(z, n, -2, 2, n + 9);
        fill(ga, 2 * n, -1, 1, n + 10);
        memcpy(gb, ga, sizeof gb);
        fill(ya, n, -1, 1, n + 11);
        memcpy(yb, ya, sizeof yb);
        ya[n] = yb[n] = 77.0f;
        a->layernorm_back(ya, ga, ga + n, add ? z : ya, x, z, 0.5f, 0.7f, n, add);
        b->layernorm_back(yb, gb, gb + n, add ? z : yb, x, z, 0.5f, 0.7f, n, add);
        same(ya, yb, n, 1e-5, 1e-5);
        for (size_t k = 0; k < 2 * n; k++)
            CHECK_NEAR(ga[k], gb[k], 1e-6, 1e-6);
        a->rmsnorm_back(ya, ga, add ? z : ya, x, z, 0.7f, n, add);
        b->rmsnorm_back(yb, gb, add ? z : yb, x, z, 0.7f, n, add);
        same(ya, yb, n, 2e-5, 2e-5);
        for (size_t k = 0; k < n; k++)
            CHECK_NEAR(ga[k], gb[k], 4e-6, 4e-6);
    }
}

/* Zeros come as often as asked, differ from key to key, and are found again from any
 * number on. */
static void dropout_is_random(void **state)
{
    enum { N = 1 << 16, PART = 1000 };
    static float ones[N], y[N], other[N], part[PART];
    AqDropout how = {.key = {123, 456}, .below = (uint32_t)(0.1 * 0x1p32), .kept = 2};
    int n_zero = 0, n_both = 0, n_next = 0;

    (void)state;
    for (size_t k = 0; k < N; k++)
        ones[k] = 1;
    aq_kernels()->dropout(y, ones, &how, 0, N, 0);
    aq_kernels()->dropout(part, ones, &how, 777, PART, 0);
    assert_memory_equal(part, y + 777, sizeof part);
    for (int half = 0; half < 2; half++) {
        how.key[half]++;
        aq_kernels()->dropout(other, ones, &how, 0, N, 0);
        n_zero = n_both = n_next = 0;
        for (size_t k = 0; k + 1 < N; k++) {
            assert_true(y[k] == 0 || y[k] == 2);
            n_zero += y[k] == 0;
            n_both += y[k] == 0 && other[k] == 0;
            n_next += y[k] == 0 && y[k + 1] == 0;
        }
        CHECK_NEAR(n_zero, 0.1 * N, 400, 0);  /* 5 standard deviations */
        CHECK_NEAR(n_both, 0.01 * N, 130, 0); /* the same */
        CHECK_NEAR(n_next, 0.01 * N, 130, 0);
    }
}

static void levels_agree(void **state)
{
    const AqKernels *portable = aq_kernels_of(AQ_CPU_PORTABLE);

    (void)state;
    for (int level = AQ_CPU_AVX2; level <= (int)aq_cpu_level(); level++) {
        const AqKernels *k = aq_kernels_of((AqCpuLevel)level);

        if (!k)
            continue;
        print_message("comparing %s\n", aq_cpu_level_name((AqCpuLevel)level));
        for (size_t s = 0; s < N_SIZES; s++) {
            maps_agree(k, portable, sizes[s]);
            rest_agrees(k, portable, sizes[s]);
            maxima_agree(k, portable, sizes[s]);
            tiles_agree(k, portable, sizes[s]);
            windows_agree(k, portable, sizes[s]);
            narrow_agrees(k, portable, sizes[s]);
            training_agrees(k, portable, sizes[s]);
            norm_back_agrees(k, portable, sizes[s]);
        }
    }
}

static void portable_agrees_with_libm(void **state)
{
    const AqKernels *k = aq_kernels_of(AQ_CPU_PORTABLE);

    (void)state;
    for (double x = -100; x <= 95; x += 0.00137) {
        const float in = (float)x;
        const double v = (double)in;
        float y;

        k->exp(&y, &in, 1);
        if (v > -87.0 && v < 88.0)
            CHECK_NEAR(y, exp(v), 0, 5e-7);
        const float two = 2;
        y = 1;
        k->gelu_back(&y, &in, &two, 1); /* adds 2 (Phi(v) + v phi(v)) to 1 */
        CHECK_NEAR(y,
                   1 + (1 + erf(v * sqrt(0.5))) +
                       2 * v * 0.39894228040143267794 * exp(-0.5 * v * v),
                   2e-6, 0);
        k->tanh(&y, &in, 1);
        CHECK_NEAR(y, tanh(v), 1e-7, 5e-7);
        k->sigmoid(&y, &in, 1);
        CHECK_NEAR(y, 1 / (1 + exp(-v)), 1e-30, 1e-6);
        k->quick_gelu(&y, &in, 1);
        CHECK_NEAR(y, v / (1 + exp(-1.702 * v)), 2e-6, 1e-6);
        k->elu(&y, &in, 1);
        CHECK_NEAR(y, v > 0 ? v : expm1(v), 1e-7, 5e-7);
        k->gelu(&y, &in, 1);
        CHECK_NEAR(y, 0.5 * v * (1 + erf(v * sqrt(0.5))), 2e-6, 1e-6);
        k->gelu_tanh(&y, &in, 1);
        CHECK_NEAR(
            y,
            0.5 * v *
                (1 + tanh(sqrt(2 / 3.14159265358979) * (v + 0.044715 * v * v * v))),
            2e-6, 1e-6);
    }
}

static void edges(void **state)
{
    const AqKernels *k = aq_kernels();
    const float in[] = {NAN, INFINITY, -INFINITY, 1000.0f, -1000.0f, 0.0f};
    float y[6];

    (void)state;
    k->exp(y, in, 6);
    assert_true(isnan(y[0]) && isinf(y[1]) && y[2] == 0 && isinf(y[3]) && y[4] == 0);
    CHECK_NEAR(y[5], 1, 0, 0);
    k->tanh(y, in, 6);
    assert_true(isnan(y[0]));
    CHECK_NEAR(y[1], 1, 0, 0);
    CHECK_NEAR(y[4], -1, 0, 0);
    k->gelu(y, in, 6);
    assert_true(isnan(y[0]));
    CHECK_NEAR(y[3], 1000, 0, 1e-6);
    CHECK_NEAR(y[4], 0, 1e-4, 0);
    k->quick_gelu(y, in, 6);
    assert_true(isnan(y[0]));
    CHECK_NEAR(y[3], 1000, 0, 1e-6);
    CHECK_NEAR(y[4], 0, 1e-4, 0);
    k->gelu_tanh(y, in, 6);
    assert_true(isnan(y[0]));
    CHECK_NEAR(y[3], 1000, 0, 1e-6);
    CHECK_NEAR(y[4], 0, 1e-4, 0);
    k->elu(y, in, 6);
    assert_true(isnan(y[0]) && isinf(y[1]) && y[1] > 0 && y[5] == 0);
    CHECK_NEAR(y[2], -1, 0, 0);
    CHECK_NEAR(y[4], -1, 0, 0);
    k->softmax(y, (const float[]){-1e30f, 0, -1e30f}, 3);
    CHECK_NEAR(y[1], 1, 0, 0);
    k->softmax(y, (const float[]){NAN, 0}, 2);
    assert_true(isnan(y[1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(levels_agree),
                                       cmocka_unit_test(dropout_is_random),
                                       cmocka_unit_test(taps_are_sums_everywhere),
                                       cmocka_unit_test(heads_are_attention),
                                       cmocka_unit_test(hidden_keys_weigh_nothing),
                                       cmocka_unit_test(portable_agrees_with_libm),
                                       cmocka_unit_test(edges)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
