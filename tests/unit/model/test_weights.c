/* SPDX-License-Identifier: MIT */
/* Weight and array files: written and read back; broken ones refused, with a sentence.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "model/nn/params.h"
#include "model/weights/weights.h"
#include "tests/unit/check.h"

#include <string.h>
#include <unistd.h>

static char path[64], cut_path[64];

static int names(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/aq_w_%ld.bin", (long)getpid());
    (void)snprintf(cut_path, sizeof cut_path, "/tmp/aq_wc_%ld.bin", (long)getpid());
    return 0;
}

static int clean(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)unlink(cut_path);
    return 0;
}

static const float values[6] = {1, -2.5f, 3, 0.25f, 5, -6};

static void write_file(void)
{
    AqWeightsWriter *w = NULL;
    const int64_t dims[] = {2, 3};

    CHECK_OK(aq_weights_writer_new(&w));
    CHECK_OK(aq_weights_writer_meta(w, "answer", "zwei"));
    CHECK_OK(aq_weights_writer_add(w, "a.weight", 2, dims, values, AQ_F32));
    CHECK_OK(aq_weights_writer_add_copy(w, "b", 2, dims, values, AQ_F16));
    CHECK_OK(aq_weights_writer_commit(w, path));
    aq_weights_writer_free(&w);
}

static void a_file_comes_back(void **state)
{
    AqWeights *w = NULL;
    float out[6];

    (void)state;
    write_file();
    CHECK_OK(aq_weights_open(&w, path));
    assert_int_equal(aq_weights_n(w), 2);
    assert_string_equal(aq_weights_meta(w, "answer"), "zwei");
    assert_null(aq_weights_meta(w, "nothing"));
    const AqWeight *b = aq_weights_find(w, "b");
    assert_non_null(b);
    assert_int_equal(b->dtype, AQ_F16);
    CHECK_OK(aq_weight_to_floats(b, 0, 6, out));
    assert_memory_equal(out, values, sizeof out); /* all are exact in half */
    assert_int_equal(aq_weight_to_floats(b, 3, 4, out), AQ_ERR_USAGE);
    aq_weights_unref(&w);
}

static void put_bytes(const char *to, const void *bytes, size_t n)
{
    FILE *f = fopen(to, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    (void)fclose(f);
}

static void cut_files_are_refused(void **state)
{
    char *bytes = NULL;
    size_t n = 0;
    AqWeights *w = NULL;

    (void)state;
    write_file();
    CHECK_OK(aq_fs_read(path, 1 << 20, &bytes, &n));
    for (size_t k = 0; k < n; k++) { /* every length */
        put_bytes(cut_path, bytes, k);
        assert_int_equal(aq_weights_open(&w, cut_path), AQ_ERR_FORMAT);
        assert_null(w);
    }
    for (size_t k = 0; k < 8; k++) { /* the header's length lies */
        char *copy = aq_alloc(n, 1);
        memcpy(copy, bytes, n);
        copy[k] = (char)(copy[k] + 64);
        put_bytes(cut_path, copy, n);
        assert_int_equal(aq_weights_open(&w, cut_path), AQ_ERR_FORMAT);
        aq_free(copy);
    }
    aq_free(bytes);
}

static void put_header(const char *json, size_t data_bytes)
{
    unsigned char out[2048] = {0};
    const size_t n = strlen(json);

    out[0] = (unsigned char)(n & 255);
    out[1] = (unsigned char)(n >> 8);
    memcpy(out + 8, json, n);
    put_bytes(cut_path, out, 8 + n + data_bytes);
}

static void lying_headers_are_refused(void **state)
{
    static const char *const bad[] = {
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,99]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[0,16]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[16,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-4],\"data_offsets\":[0,16]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],"
        "\"data_offsets\":[0,16]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
        "\"b\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[4,16]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]},"
        "\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
        "{\"a\":{\"shape\":[4],\"data_offsets\":[0,16]}}",
        "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,16]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4]}}",
        "{\"a\":7}",
        "{\"__metadata__\":7}",
        "{\"__metadata__\":{\"k\":7}}",
        "{"};
    AqWeights *w = NULL;

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        put_header(bad[k], 16);
        if (aq_weights_open(&w, cut_path) != AQ_ERR_FORMAT)
            fail_msg("taken: %s", bad[k]);
        assert_null(w);
    }
    put_header("{\"a\":{\"dtype\":\"Q4\",\"shape\":[4],\"data_offsets\":[0,16]}}", 16);
    assert_int_equal(aq_weights_open(&w, cut_path), AQ_ERR_UNSUPPORTED);
    put_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 16);
    CHECK_OK(aq_weights_open(&w, cut_path)); /* the same without a lie */
    aq_weights_unref(&w);
}

static void parameters_follow_their_file(void **state)
{
    AqParams *ps = NULL;
    AqTensor *t = NULL;
    AqWeights *w = NULL;
    const AqParamSpec fits = {.name = "a.weight", .n_dims = 2, .dims = {2, 3}};
    const AqParamSpec wide = {.name = "b", .n_dims = 2, .dims = {2, 4}};

    (void)state;
    write_file();
    CHECK_OK(aq_weights_open(&w, path));
    CHECK_OK(aq_params_new(&ps));
    CHECK_OK(aq_params_add(ps, &fits, &t));
    CHECK_OK(aq_params_load(ps, w, NULL, NULL));
    CHECK_NEAR(t->data[1], -2.5, 0, 0);
    CHECK_OK(aq_params_add(ps, &wide, &t));
    assert_int_equal(aq_params_load(ps, w, NULL, NULL), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "[2, 3] where [2, 4] is expected"));
    aq_params_free(&ps);
    aq_weights_unref(&w);
}

static void adam_is_the_published_step(void **state)
{
    AqParams *ps = NULL;
    AqTensor *t = NULL;
    const AqParamSpec one = {
        .name = "x", .n_dims = 1, .dims = {1}, .init = AQ_INIT_CONST, .scale = 1};
    const AqAdam how = {.lr = 0.1, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8};
    double m = 0, v = 0, x = 1, norm = 0;

    (void)state;
    CHECK_OK(aq_params_new(&ps));
    CHECK_OK(aq_params_add(ps, &one, &t));
    CHECK_OK(aq_params_init(ps, 1));
    CHECK_OK(aq_params_make_trainable(ps));
    for (int step = 1; step <= 5; step++) {
        const double g = 2 * x - 0.5;

        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        x -= 0.1 * (m / (1 - pow(0.9, step))) /
             (sqrt(v / (1 - pow(0.999, step))) + 1e-8);
        t->grad[0] = (AqReal)(2 * (double)t->data[0] - 0.5);
        aq_params_adam_step(ps, &how, step);
        CHECK_NEAR(t->data[0], x, 1e-5, 0);
    }
    t->grad[0] = 4;
    CHECK_OK(aq_params_clip_grad(ps, 1, &norm));
    CHECK_NEAR(norm, 4, 1e-6, 0);
    CHECK_NEAR(t->grad[0], 1, 1e-6, 0);
    t->grad[0] = NAN;
    assert_int_equal(aq_params_clip_grad(ps, 1, &norm), AQ_ERR_NUMERIC);
    assert_non_null(strstr(aq_err_text(), "x"));
    aq_params_free(&ps);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, names, clean)
    const struct CMUnitTest tests[] = {
        CASE(a_file_comes_back), CASE(cut_files_are_refused),
        CASE(lying_headers_are_refused), CASE(parameters_follow_their_file),
        CASE(adam_is_the_published_step)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
