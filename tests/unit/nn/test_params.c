/* SPDX-License-Identifier: MIT */
/* Parameters from weight files: matrices that stay there until they are packed, filters
 * over one moment, and what a network sets itself. */
#include "base/alloc.h"
#include "base/rng.h"
#include "model/nn/nn.h"
#include "model/nn/params.h"
#include "model/tensor/gemm.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { M = 96, K = 80, ROWS = 5 };

static char path[64], again[64];

static int name_files(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/aq_pa_%ld.safetensors", (long)getpid());
    (void)snprintf(again, sizeof again, "/tmp/aq_pb_%ld.safetensors", (long)getpid());
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)unlink(again);
    return 0;
}

static void put_random(AqWeightsWriter *w, const char *name, int n_dims,
                       const int64_t *dims, AqDtype as)
{
    AqRng rng = aq_rng(strlen(name), 5);
    size_t n = 1;

    for (int k = 0; k < n_dims; k++)
        n *= (size_t)dims[k];
    float *v = aq_alloc(n, sizeof *v);
    assert_non_null(v);
    for (size_t k = 0; k < n; k++)
        v[k] = (float)aq_rng_normal(&rng);
    CHECK_OK(aq_weights_writer_add_copy(w, name, n_dims, dims, v, as));
    aq_free(v);
}

/* The matrix in one piece, or its two halves. */
static void write_matrix(AqDtype as, int in_halves)
{
    const int64_t dims[] = {in_halves ? M / 2 : M, K};
    AqWeightsWriter *w = NULL;

    CHECK_OK(aq_weights_writer_new(&w));
    put_random(w, in_halves ? "first" : "w", 2, dims, as);
    if (in_halves)
        put_random(w, "second", 2, dims, as);
    CHECK_OK(aq_weights_writer_commit(w, path));
    aq_weights_writer_free(&w);
}

static int halves(void *ctx, const char *name, AqParamSource from[3])
{
    (void)ctx;
    (void)name;
    (void)snprintf(from[0].name, sizeof from[0].name, "first");
    (void)snprintf(from[1].name, sizeof from[1].name, "second");
    return 2;
}

static AqParams *load_matrix(int only_linear, int in_halves, AqTensor **t)
{
    const AqParamSpec spec = {.name = "w",
                              .n_dims = 2,
                              .dims = {M, K},
                              .init = AQ_INIT_XAVIER,
                              .scale = 1,
                              .only_linear = only_linear};
    AqParams *ps = NULL;
    AqWeights *w = NULL;

    CHECK_OK(aq_params_new(&ps));
    CHECK_OK(aq_params_add(ps, &spec, t));
    CHECK_OK(aq_weights_open(&w, path));
    CHECK_OK(aq_params_load(ps, w, in_halves ? halves : NULL, NULL));
    aq_weights_unref(&w); /* the set has its own reference */
    return ps;
}

static AqTensor *times(AqNn *nn, AqNnMode mode, AqTensor *w)
{
    aq_nn_begin(nn, mode);
    AqTensor *x = aq_nn_tensor(nn, AQ_DIMS(ROWS, K));
    for (int k = 0; k < ROWS * K; k++)
        x->data[k] = (AqReal)(k % 7) - 3;
    return aq_linear(nn, x, w, NULL, AQ_ACT_NONE);
}

static void same_product(AqNn *nn, AqTensor *w, const float *want, double tol)
{
    const AqTensor *y = times(nn, AQ_NN_INFER, w);

    CHECK_OK(aq_nn_error(nn));
    for (int k = 0; k < ROWS * M; k++)
        CHECK_NEAR(y->data[k], want[k], tol, tol);
}

/* Loaded, frozen once more, saved, and made trainable: the same matrix throughout. */
static void check_waiting(AqDtype as, int in_halves)
{
    float want[ROWS * M];
    AqNn *nn = NULL;
    AqTensor *t = NULL, *copied = NULL;
    AqWeightsWriter *out = NULL;

    write_matrix(as, in_halves);
    CHECK_OK(aq_nn_new(&nn, NULL));
    AqParams *plain = load_matrix(0, in_halves, &copied);
    const AqTensor *y = times(nn, AQ_NN_INFER, copied);
    CHECK_OK(aq_nn_error(nn));
    memcpy(want, y->data, sizeof want);
    AqParams *ps = load_matrix(1, in_halves, &t);
    assert_null(t->data);
    assert_non_null(copied->data);
    same_product(nn, t, want, 1e-4);
    same_product(nn, t, want, 1e-4); /* packed by now */
    assert_null(times(nn, AQ_NN_EVAL, t));
    assert_int_equal(aq_nn_error(nn), AQ_ERR_USAGE);
    CHECK_OK(aq_params_freeze(ps, AQ_PRECISION_F32));
    same_product(nn, t, want, 1e-4);
    if (aq_precision_check(AQ_PRECISION_BF16) == AQ_OK) {
        CHECK_OK(aq_params_freeze(ps, AQ_PRECISION_BF16));
        same_product(nn, t, want, 1);
    }
    CHECK_OK(aq_weights_writer_new(&out));
    CHECK_OK(aq_params_save(ps, out, NULL, AQ_F32));
    CHECK_OK(aq_weights_writer_commit(out, again));
    aq_weights_writer_free(&out);
    CHECK_OK(aq_params_make_trainable(ps));
    assert_memory_equal(t->data, copied->data, sizeof(float) * M * K);
    same_product(nn, t, want, 1e-4);
    AqWeights *w = NULL;
    CHECK_OK(aq_weights_open(&w, again));
    CHECK_OK(aq_params_load(plain, w, NULL, NULL));
    assert_memory_equal(t->data, copied->data, sizeof(float) * M * K);
    aq_weights_unref(&w);
    aq_params_free(&ps);
    aq_params_free(&plain);
    aq_nn_free(&nn);
}

static void matrices_wait_in_their_file(void **state)
{
    (void)state;
    for (int backend = 0; backend < 2; backend++) {
        if (backend)
            (void)unsetenv("AVQA_BACKEND");
        else
            (void)setenv("AVQA_BACKEND", "openblas", 1);
        check_waiting(AQ_F16, 0);
        check_waiting(AQ_F16, 1);
        check_waiting(AQ_F32, 1);
    }
}

/* float32 in one piece is used in place anyway. */
static void in_place_stays_so(void **state)
{
    AqTensor *t = NULL;

    (void)state;
    write_matrix(AQ_F32, 0);
    AqParams *ps = load_matrix(1, 0, &t);
    assert_non_null(t->data);
    assert_null(t->frozen);
    aq_params_free(&ps);
}

/* Values from a seed take the place of those in a file; they are drawn when they are
 * needed, and are those that are drawn at once. */
static void seeded_values_wait_too(void **state)
{
    float want[ROWS * M];
    AqNn *nn = NULL;
    AqTensor *t = NULL, *at_once = NULL;

    (void)state;
    write_matrix(AQ_F16, 0);
    CHECK_OK(aq_nn_new(&nn, NULL));
    AqParams *plain = load_matrix(0, 0, &at_once), *ps = load_matrix(1, 0, &t);
    CHECK_OK(aq_params_init(plain, 3));
    CHECK_OK(aq_params_init(ps, 3));
    assert_null(t->data);
    const AqTensor *y = times(nn, AQ_NN_INFER, at_once);
    memcpy(want, y->data, sizeof want);
    same_product(nn, t, want, 1e-4);
    CHECK_OK(aq_params_make_trainable(ps));
    assert_memory_equal(t->data, at_once->data, sizeof(float) * M * K);
    assert_true(t->data[0] != 0 && t->data[0] != t->data[1]);
    CHECK_OK(aq_params_init(ps, 4)); /* in the slab now */
    assert_true(t->data[0] != at_once->data[0]);
    aq_params_free(&ps);
    aq_params_free(&plain);
    aq_nn_free(&nn);
}

static int none_for_mine(void *ctx, const char *name, AqParamSource from[3])
{
    (void)ctx;
    (void)snprintf(from[0].name, sizeof from[0].name, "%s", name);
    return strcmp(name, "mine") != 0;
}

static void filters_of_one_moment_are_read(void **state)
{
    static const int64_t dims[][5] = {{2, 3, 1, 4, 5}, {2, 3, 2, 4, 5}};
    const AqParamSpec filter = {.name = "conv",
                                .n_dims = 4,
                                .dims = {2, 4, 5, 3},
                                .layout = AQ_LAYOUT_OIHW},
                      mine = {.name = "mine", .n_dims = 1, .dims = {4}};

    (void)state;
    for (int moments = 1; moments <= 2; moments++) {
        AqWeightsWriter *to = NULL;
        AqWeights *w = NULL;
        AqParams *ps = NULL;
        AqTensor *conv, *own;
        float v[2 * 3 * 4 * 5];

        CHECK_OK(aq_weights_writer_new(&to));
        put_random(to, "conv", 5, dims[moments - 1], AQ_F32);
        CHECK_OK(aq_weights_writer_commit(to, path));
        aq_weights_writer_free(&to);
        CHECK_OK(aq_weights_open(&w, path));
        CHECK_OK(aq_params_new(&ps));
        CHECK_OK(aq_params_add(ps, &filter, &conv));
        CHECK_OK(aq_params_add(ps, &mine, &own));
        const AqErr err = aq_params_load(ps, w, none_for_mine, NULL);
        assert_int_equal(err, moments == 1 ? AQ_OK : AQ_ERR_MISMATCH);
        if (err == AQ_OK) {
            CHECK_OK(aq_weight_to_floats(aq_weights_at(w, 0), 0, 120, v));
            CHECK_NEAR(conv->data[((1 * 4 + 2) * 5 + 3) * 3 + 1], /* o, y, x, c */
                       v[((1 * 3 + 1) * 4 + 2) * 5 + 3], 0, 0);
            CHECK_NEAR(own->data[3], 0, 0, 0);
        } else {
            assert_non_null(strstr(aq_err_text(), "[2, 3, 2, 4, 5]"));
        }
        aq_weights_unref(&w);
        aq_params_free(&ps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrices_wait_in_their_file),
        cmocka_unit_test(in_place_stays_so), cmocka_unit_test(seeded_values_wait_too),
        cmocka_unit_test(filters_of_one_moment_are_read)};

    aq_gemm_setup();
    return cmocka_run_group_tests(tests, name_files, remove_files);
}
