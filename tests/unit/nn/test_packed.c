/* SPDX-License-Identifier: MIT */
/* Packed products, Winograd's convolution and chains of row-wise steps, in each back
 * end and precision there is, against the plain operations. */
#include "base/alloc.h"
#include "base/rng.h"
#include "model/nn/params.h"
#include "model/nn/rowwise.h"
#include "model/tensor/gemm.h"
#include "model/tensor/packed.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

/* Back ends add in other orders; Winograd's transforms cost some digits more (its sums
 * cancel values up to 36 times as large). bfloat16 rounds each factor by up to 2^-9: a
 * sum of K products of size 1 deviates by some 0.0016 sqrt(K); ten times that is never
 * met. */
#define TOL      2e-5
#define TOL_WINO 2e-4
#define TOL_BF16 1.6e-2

static float *drawn(size_t n, uint64_t seed)
{
    AqRng rng = aq_rng(seed, 7);
    float *x = aq_alloc(n, sizeof *x);

    assert_non_null(x);
    for (size_t k = 0; k < n; k++)
        x[k] = (float)aq_rng_normal(&rng);
    return x;
}

static void use(const char *backend)
{
    if (backend)
        (void)setenv("AVQA_BACKEND", backend, 1);
    else
        (void)unsetenv("AVQA_BACKEND");
}

static void near_all(const float *have, const float *want, size_t n, double tol,
                     double size)
{
    for (size_t k = 0; k < n; k++)
        CHECK_NEAR(have[k], want[k], tol * size, tol);
}

/* ---- products ---- */

/* Scratch with a guard behind it: generated code is not seen by AddressSanitizer. */
enum { GUARD = 1 << 16 };

static unsigned char *guarded(size_t bytes)
{
    unsigned char *p = aq_alloc(bytes + GUARD, 1);

    assert_non_null(p);
    memset(p + bytes, 0xA5, GUARD);
    return p;
}

static void drop_guarded(unsigned char *p, size_t bytes)
{
    for (size_t k = 0; k < GUARD; k++)
        assert_int_equal(p[bytes + k], 0xA5);
    aq_free(p);
}

static void check_product(int N, int M, int K, AqPrecision p)
{
    const size_t n = (size_t)N * (size_t)M;
    float *x = drawn((size_t)N * (size_t)K, 1), *w = drawn((size_t)M * (size_t)K, 2),
          *b = drawn((size_t)M, 3), *want = drawn(n, 4), *have = drawn(n, 5);
    AqPacked *packed = NULL;

    aq_gemm(want, M, x, K, AQ_N, w, K, AQ_T, N, M, K, 1, 0);
    for (size_t k = 0; k < n; k++)
        want[k] += b[k % (size_t)M];
    CHECK_OK(aq_packed_new(&packed, w, M, K, p));
    const size_t bytes = aq_packed_scratch(packed, N);
    unsigned char *scratch = guarded(bytes);
    CHECK_OK(aq_packed_product(packed, have, x, N, b, scratch));
    near_all(have, want, n, p == AQ_PRECISION_BF16 ? TOL_BF16 : TOL, sqrt((double)K));
    for (size_t k = 0; k < n; k++)
        want[k] -= b[k % (size_t)M];
    CHECK_OK(aq_packed_product(packed, have, x, N, NULL, scratch));
    near_all(have, want, n, p == AQ_PRECISION_BF16 ? TOL_BF16 : TOL, sqrt((double)K));
    drop_guarded(scratch, bytes);
    aq_packed_free(&packed);
    aq_free(x);
    aq_free(w);
    aq_free(b);
    aq_free(want);
    aq_free(have);
}

/* More numbers of rows than are kept, sizes that no block divides. */
static void check_products(AqPrecision p)
{
    check_product(1, 1, 1, p);
    check_product(3, 5, 7, p);
    check_product(196, 384, 128, p);
    check_product(49, 130, 33, p);
    check_product(200, 64, 512, p);
    float *w = drawn(48 * 32, 8), *x = drawn(40 * 32, 9), *y = drawn(40 * 48, 9),
          *z = drawn(48, 9);
    AqPacked *packed = NULL;

    CHECK_OK(aq_packed_new(&packed, w, 48, 32, p));
    const size_t bytes = aq_packed_scratch(packed, 40); /* for fewer too */
    unsigned char *scratch = guarded(bytes);
    for (int n = 40; n > 0; n--)
        CHECK_OK(aq_packed_product(packed, y, x, n, z, scratch));
    aq_gemm(y + 48, 48, x, 32, AQ_N, w, 32, AQ_T, 1, 48, 32, 1, 0);
    for (size_t k = 0; k < 48; k++)
        CHECK_NEAR(y[k], y[48 + k] + z[k], p == AQ_PRECISION_BF16 ? 6 * TOL_BF16 : TOL,
                   0);
    drop_guarded(scratch, bytes);
    aq_packed_free(&packed);
    aq_free(w);
    aq_free(x);
    aq_free(y);
    aq_free(z);
}

static void products_agree(void **state)
{
    (void)state;
    use("openblas");
    assert_non_null(strstr(aq_packed_backend(), "OpenBLAS"));
    check_products(AQ_PRECISION_F32);
    use(NULL);
    print_message("back end: %s\n", aq_packed_backend());
    check_products(AQ_PRECISION_F32);
    if (aq_precision_check(AQ_PRECISION_BF16) == AQ_OK)
        check_products(AQ_PRECISION_BF16);
}

/* C between guards of one column each side, which must stay. */
static void plain_product(const char *backend, AqTrans ta, AqTrans tb, float beta,
                          float *c)
{
    enum { M = 150, N = 210, K = 170, LDC = N + 2 };
    const int lda = (ta == AQ_T ? M : K) + 3, ldb = (tb == AQ_T ? K : N) + 5;
    float *a = drawn((size_t)(M + K) * (size_t)lda, 11),
          *b = drawn((size_t)(N + K) * (size_t)ldb, 12);

    use(backend);
    for (size_t k = 0; k < (size_t)M * LDC; k++)
        c[k] = beta == 0 && k % LDC > 0 && k % LDC <= N ? NAN : (float)k * 1e-3F;
    aq_gemm(c + 1, LDC, a, lda, ta, b, ldb, tb, M, N, K, 0.5F, beta);
    for (size_t r = 0; r < M; r++) {
        assert_true(c[r * LDC] == (float)(r * LDC) * 1e-3F);
        assert_true(c[r * LDC + N + 1] == (float)(r * LDC + N + 1) * 1e-3F);
    }
    aq_free(a);
    aq_free(b);
}

/* Large enough for aq_gemm() to prefer oneDNN where that is there. */
static void plain_products_agree(void **state)
{
    const size_t n = (size_t)150 * 212;
    float *want = drawn(n, 1), *have = drawn(n, 2);

    (void)state;
    for (int k = 0; k < 8; k++) {
        const AqTrans ta = k & 1 ? AQ_T : AQ_N, tb = k & 2 ? AQ_T : AQ_N;
        const float beta = k & 4 ? 1.0F : 0.0F;

        plain_product("openblas", ta, tb, beta, want);
        plain_product(NULL, ta, tb, beta, have);
        near_all(have, want, n, TOL, sqrt(170.0));
    }
    use(NULL);
    aq_free(want);
    aq_free(have);
}

static void openblas_has_no_bf16(void **state)
{
    AqPacked *packed = NULL;
    const float w[4] = {0};

    (void)state;
    use("openblas");
    assert_int_equal(aq_packed_new(&packed, w, 2, 2, AQ_PRECISION_BF16),
                     AQ_ERR_UNSUPPORTED);
    assert_null(packed);
    assert_non_null(strstr(aq_err_text(), "f32 works everywhere"));
    use(NULL);
}

/* ---- operations, frozen against recorded ---- */

typedef AqTensor *(*Build)(AqNn *nn, AqTensor *const *p, AqTensor *x);

/* The same network frozen, in inference, and as it is recorded. p: parameters (a), (b)
 * and so on of the given shapes; in: the input's. */
static void check_frozen(Build build, const int (*shapes)[4], int n_params,
                         const int *in, int n_in, double tol)
{
    AqParams *ps = NULL;
    AqNn *nn = NULL;
    AqTensor *p[8];

    CHECK_OK(aq_params_new(&ps));
    CHECK_OK(aq_nn_new(&nn, NULL));
    for (int k = 0; k < n_params; k++) {
        const char name[2] = {(char)('a' + k), '\0'};
        AqParamSpec spec = {.name = name, .init = AQ_INIT_NORMAL, .scale = 0.3f};

        while (spec.n_dims < 4 && shapes[k][spec.n_dims] > 0) {
            spec.dims[spec.n_dims] = shapes[k][spec.n_dims];
            spec.n_dims++;
        }
        CHECK_OK(aq_params_add(ps, &spec, &p[k]));
    }
    CHECK_OK(aq_params_init(ps, 3));
    aq_nn_begin(nn, AQ_NN_EVAL);
    AqTensor *x = aq_nn_tensor(nn, n_in, in);
    const size_t n_x = aq_tensor_count(x);
    float *values = drawn(n_x, 11);
    memcpy(x->data, values, n_x * sizeof *values);
    AqTensor *y = build(nn, p, x);
    CHECK_OK(aq_nn_error(nn));
    const size_t n = aq_tensor_count(y);
    float *want = drawn(n, 1);
    memcpy(want, y->data, n * sizeof *want);
    CHECK_OK(aq_params_freeze(ps, AQ_PRECISION_F32));
    for (int times = 0; times < 2; times++) { /* the second time all is prepared */
        aq_nn_begin(nn, AQ_NN_INFER);
        x = aq_nn_tensor(nn, n_in, in);
        memcpy(x->data, values, n_x * sizeof *values);
        y = build(nn, p, x);
        CHECK_OK(aq_nn_error(nn));
        assert_int_equal(aq_tensor_count(y), n);
        near_all(y->data, want, n, tol, 1);
    }
    aq_free(values);
    aq_free(want);
    aq_nn_free(&nn);
    aq_params_free(&ps);
}

static AqTensor *chain(AqNn *nn, AqTensor *const *p, AqTensor *x)
{
    const AqRowStep steps[] = {
        {.kind = AQ_ROW_NORM, .w = p[0], .b = p[1], .eps = 1e-5f},
        {.kind = AQ_ROW_LINEAR, .w = p[2], .b = p[3], .act = AQ_ACT_GELU},
        {.kind = AQ_ROW_LINEAR, .w = p[4], .act = AQ_ACT_NONE},
        {.kind = AQ_ROW_ADD, .w = x}};

    return aq_rowwise(nn, x, steps, 4);
}

static AqTensor *starts_with_add(AqNn *nn, AqTensor *const *p, AqTensor *x)
{
    const AqRowStep steps[] = {
        {.kind = AQ_ROW_ADD, .w = x},
        {.kind = AQ_ROW_LINEAR, .w = p[2], .b = p[3], .act = AQ_ACT_RELU},
        {.kind = AQ_ROW_LINEAR, .w = p[4], .act = AQ_ACT_TANH}};

    return aq_rowwise(nn, x, steps, 3);
}

/* Columns normed in place, factors, and another tensor added. */
static AqTensor *works_on_columns(AqNn *nn, AqTensor *const *p, AqTensor *x)
{
    const AqRowStep steps[] = {
        {.kind = AQ_ROW_RMS, .w = p[1], .eps = 1e-6f},
        {.kind = AQ_ROW_LINEAR, .w = p[2], .b = p[3], .act = AQ_ACT_GELU_TANH},
        {.kind = AQ_ROW_RMS, .w = p[0], .eps = 1e-6f, .first = 40},
        {.kind = AQ_ROW_LINEAR, .w = p[4], .act = AQ_ACT_NONE},
        {.kind = AQ_ROW_MUL, .w = p[1]},
        {.kind = AQ_ROW_ADD, .w = x}};

    return aq_rowwise(nn, x, steps, 6);
}

static AqTensor *starts_in_place(AqNn *nn, AqTensor *const *p, AqTensor *x)
{
    const AqRowStep steps[] = {{.kind = AQ_ROW_MUL, .w = p[0]},
                               {.kind = AQ_ROW_RMS, .w = p[1], .eps = 1e-6f},
                               {.kind = AQ_ROW_ADD, .w = x}};

    return aq_rowwise(nn, x, steps, 3);
}

static AqTensor *only_norm(AqNn *nn, AqTensor *const *p, AqTensor *x)
{
    const AqRowStep steps[] = {
        {.kind = AQ_ROW_NORM, .w = p[0], .b = p[1], .eps = 1e-5f}};

    return aq_rowwise(nn, x, steps, 1);
}

static void chains_agree(void **state)
{
    static const int shapes[][4] = {{24}, {24}, {72, 24}, {72}, {24, 72}};
    static const int rows[] = {1, 195, 196, 197, 600};

    (void)state;
    for (int backend = 0; backend < 2; backend++)
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
            const int in[] = {rows[k], 24};

            use(backend ? NULL : "openblas");
            check_frozen(chain, shapes, 5, in, 2, TOL);
            check_frozen(starts_with_add, shapes, 5, in, 2, TOL);
            check_frozen(only_norm, shapes, 5, in, 2, TOL);
            check_frozen(works_on_columns, shapes, 5, in, 2, 4 * TOL);
            check_frozen(starts_in_place, shapes, 5, in, 2, TOL);
        }
}

static AqTensor *convolution(AqNn *nn, AqTensor *const *p, AqTensor *x)
{
    return aq_conv2d(nn, x, p[0], p[1], 1, 1, AQ_ACT_RELU);
}

static AqTensor *patches(AqNn *nn, AqTensor *const *p, AqTensor *x)
{
    return aq_conv2d(nn, x, p[0], p[1], 4, 0, AQ_ACT_NONE);
}

static AqTensor *same_padded(AqNn *nn, AqTensor *const *p, AqTensor *x)
{
    return aq_conv2d(nn, x, p[0], p[1], 1, AQ_PAD_SAME, AQ_ACT_RELU);
}

static AqTensor *halved(AqNn *nn, AqTensor *const *p, AqTensor *x)
{
    return aq_conv2d(nn, x, p[0], p[1], 2, AQ_PAD_SAME, AQ_ACT_NONE);
}

/* Sides that tiles of 4 divide and that they do not; channels likewise. */
static void convolutions_agree(void **state)
{
    static const int shapes[][2][4] = {{{32, 3, 3, 16}, {32}}, {{19, 3, 3, 21}, {19}}};
    static const int small[2][4] = {{8, 3, 3, 3}, {8}}, cut[2][4] = {{8, 4, 4, 3}, {8}},
                     pointwise[2][4] = {{8, 1, 1, 3}, {8}};
    static const int sides[][2] = {{8, 12}, {1, 1}, {5, 7}, {4, 3}};
    const int picture[] = {2, 8, 8, 3};

    (void)state;
    for (int backend = 0; backend < 2; backend++) {
        use(backend ? NULL : "openblas");
        for (size_t s = 0; s < 2; s++)
            for (size_t k = 0; k < sizeof sides / sizeof *sides; k++) {
                const int in[] = {3, sides[k][0], sides[k][1], shapes[s][0][3]};
                check_frozen(convolution, shapes[s], 2, in, 4, TOL_WINO);
                check_frozen(same_padded, shapes[s], 2, in, 4, TOL_WINO);
                check_frozen(halved, shapes[s], 2, in, 4, TOL);
            }
        check_frozen(convolution, small, 2, picture, 4, TOL);
        check_frozen(patches, cut, 2, picture, 4, TOL);
        check_frozen(same_padded, pointwise, 2, picture, 4, TOL);
    }
}

/* Windows of 4 over two grids of 12 rows that stay in their order, with bias and masks:
 * the kernel of inference against what is recorded, and that against rows put in order.
 */
static const int windows[12] = {3, 0, 7, 5, 11, 1, 2, 4, 10, 6, 9, 8};

static AqTensor *windowed(AqNn *nn, AqTensor *const *p, AqTensor *x)
{
    static const AqReal mask[2 * 16] = {[1] = -100, [7] = -100, [16 + 4] = -100};
    const AqAttention how = {.heads = 2,
                             .scale = 0.25f,
                             .bias = p[0],
                             .mask = mask,
                             .n_masks = 2,
                             .rows = windows,
                             .n_rows = 12};

    return aq_attention_qkv(nn, x, &how);
}

static void windows_agree(void **state)
{
    static const int bias[][4] = {{2, 4, 4}};
    const int in[] = {6, 4, 3 * 32}, wrong[] = {5, 4, 3 * 32};
    AqNn *nn = NULL;

    (void)state;
    check_frozen(windowed, bias, 1, in, 3, 1e-5);
    CHECK_OK(aq_nn_new(&nn, NULL));
    aq_nn_begin(nn, AQ_NN_INFER);
    AqTensor *none = NULL, *x = aq_nn_zeros(nn, 3, in);
    for (int k = 0; k < 6 * 4 * 96; k++)
        x->data[k] =
            (AqReal)(k / 96 % 12) * 0.1f; /* every token has its row's number */
    const AqAttention how = {.heads = 2, .scale = 0, .rows = windows, .n_rows = 12};
    const AqTensor *y = aq_attention_qkv(nn, x, &how);
    CHECK_OK(aq_nn_error(nn));
    for (int w = 0; w < 3; w++) { /* scale 0: the mean of the window's tokens */
        const int *at = windows + 4 * w;
        const double mean = 0.1 * (at[0] + at[1] + at[2] + at[3]) / 4;

        for (int k = 0; k < 4; k++)
            CHECK_NEAR(y->data[(12 + at[k]) * 32 + 5], mean, 1e-6, 0);
    }
    none = aq_attention_qkv(nn, aq_nn_zeros(nn, 3, wrong), &how);
    assert_null(none);
    assert_int_equal(aq_nn_error(nn), AQ_ERR_MISMATCH);
    aq_nn_free(&nn);
}

/* Training afresh must not go on with what was prepared. */
static void thawed_weights_are_used(void **state)
{
    const AqParamSpec spec = {
        .name = "w", .n_dims = 2, .dims = {4, 4}, .init = AQ_INIT_ONE};
    AqParams *ps = NULL;
    AqNn *nn = NULL;
    AqTensor *w = NULL;

    (void)state;
    CHECK_OK(aq_params_new(&ps));
    CHECK_OK(aq_params_add(ps, &spec, &w));
    CHECK_OK(aq_params_init(ps, 1));
    CHECK_OK(aq_nn_new(&nn, NULL));
    CHECK_OK(aq_params_freeze(ps, AQ_PRECISION_F32));
    for (int round = 0; round < 2; round++) {
        aq_nn_begin(nn, AQ_NN_INFER);
        AqTensor *x = aq_nn_zeros(nn, AQ_DIMS(1, 4));
        x->data[0] = 1;
        const AqTensor *y = aq_linear(nn, x, w, NULL, AQ_ACT_NONE);
        CHECK_OK(aq_nn_error(nn));
        CHECK_NEAR(y->data[2], round ? 5 : 1, 1e-6, 0);
        CHECK_OK(aq_params_make_trainable(ps));
        assert_null(w->frozen);
        for (int k = 0; k < 16; k++)
            w->data[k] = 5;
    }
    aq_nn_free(&nn);
    aq_params_free(&ps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(products_agree),
                                       cmocka_unit_test(plain_products_agree),
                                       cmocka_unit_test(openblas_has_no_bf16),
                                       cmocka_unit_test(chains_agree),
                                       cmocka_unit_test(convolutions_agree),
                                       cmocka_unit_test(windows_agree),
                                       cmocka_unit_test(thawed_weights_are_used)};

    aq_gemm_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
