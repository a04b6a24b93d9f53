/* SPDX-License-Identifier: MIT */
/*
 * A small YAMNet from files of each naming against its definition in double precision,
 * with batch norms that are not folded; and what its switch gives.
 */
#include "extract/input/logmel.h"
#include "extract/networks/extractor.h"
#include "tests/unit/check.h"
#include "tests/unit/small_yamnet.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    N = 11, /* seconds: more than one batch */
    VALUES = AQ_SMALL_YAMNET_VALUES,
    CLASSES = AQ_SMALL_YAMNET_CLASSES,
    BOTH = VALUES + CLASSES,
    IN = AQ_SMALL_YAMNET_INPUT
};

static char path[64];
static float in[N * IN];
static double want[N][BOTH];

static int make_seconds(void **state)
{
    AqRng rng = aq_rng(4, 1);

    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/aq_ya_%ld.safetensors", (long)getpid());
    for (int k = 0; k < N * IN; k++)
        in[k] = (float)(0.5 + aq_rng_normal(&rng));
    for (int s = 0; s < N; s++)
        aq_small_yamnet_run(in + (size_t)s * IN, want[s]);
    return 0;
}

static int remove_yamnet(void **state)
{
    (void)state;
    return unlink(path);
}

/* Of every second the values from `from` on. */
static void check_yamnet(AqExtractor *x, int from, int n, double tol)
{
    static float out[N * BOTH];
    AqNn *nn = NULL;

    assert_int_equal(aq_extractor_facts(x).out_dims[2], n);
    CHECK_OK(aq_nn_new(&nn, NULL));
    CHECK_OK(aq_extractor_run(x, nn, in, N, out));
    for (int k = 0; k < N * n; k++)
        CHECK_NEAR(out[k], want[k / n][from + k % n], tol, 0);
    aq_nn_free(&nn);
}

static void each_naming_gives_the_same(void **state)
{
    (void)state;
    for (int f = 0; f < AQ_SMALL_YAMNET_N_FILES; f++) {
        AqExtractor *x = NULL;

        aq_small_yamnet_write(path, (AqSmallYamnetFile)f);
        CHECK_OK(aq_extractor_open(&x, "yamnet", path, "out=both"));
        check_yamnet(x, 0, BOTH, 2e-6);
        CHECK_OK(aq_extractor_freeze(x, AQ_PRECISION_F32));
        check_yamnet(x, 0, BOTH, 2e-6);
        if (aq_extractor_freeze(x, AQ_PRECISION_BF16) == AQ_OK)
            check_yamnet(x, 0, BOTH, 2e-2);
        aq_extractor_close(&x);
    }
}

static void either_output_is_part_of_both(void **state)
{
    static const struct {
        const char *switches, *kept;
        int from, n;
    } cases[] = {{NULL, "", 0, VALUES},
                 {"out=embedding", "", 0, VALUES},
                 {"out=scores", "out=scores", VALUES, CLASSES},
                 {"out=both", "out=both", 0, BOTH}};

    (void)state;
    aq_small_yamnet_write(path, AQ_SMALL_YAMNET_KERAS);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        AqExtractor *x = NULL;

        CHECK_OK(aq_extractor_open(&x, "yamnet", path, cases[k].switches));
        assert_string_equal(aq_extractor_facts(x).switches, cases[k].kept);
        check_yamnet(x, cases[k].from, cases[k].n, 2e-6);
        aq_extractor_close(&x);
    }
}

/* A graph of the same arrays that says of a layer that it is computed otherwise. */
static void another_graph_is_refused(void **state)
{
    static const char *const lies[][2] = {
        {"conv_2d.0", "stride 1x1, padding same, dilation 1x1, relu"},
        {"depthwise_conv_2d.5", "stride 2x2, padding valid, dilation 1x1, relu"},
        {"conv_2d.13", "stride 1x1, padding same, dilation 1x1, relu6"},
        {"fully_connected.3", "relu"}};

    (void)state;
    for (size_t k = 0; k < sizeof lies / sizeof *lies; k++) {
        AqWeights *w = NULL;
        AqWeightsWriter *to = NULL;
        AqExtractor *x = NULL;
        AqExtractorMatch match;

        aq_small_yamnet_write(path, AQ_SMALL_YAMNET_TFLITE);
        CHECK_OK(aq_weights_open(&w, path));
        CHECK_OK(aq_extractor_identify(w, &match));
        CHECK_OK(aq_weights_writer_new(&to));
        for (size_t t = 0; t < aq_weights_n(w); t++)
            CHECK_OK(aq_weights_writer_add_weight(to, aq_weights_at(w, t)->name,
                                                  aq_weights_at(w, t)));
        CHECK_OK(aq_weights_writer_meta(to, lies[k][0], lies[k][1]));
        CHECK_OK(aq_weights_writer_commit(to, path));
        aq_weights_writer_free(&to);
        aq_weights_unref(&w);
        assert_int_equal(aq_extractor_open(&x, "yamnet", path, NULL), AQ_ERR_MISMATCH);
        assert_non_null(strstr(aq_err_text(), lies[k][0]));
        assert_non_null(strstr(aq_err_text(), lies[k][1]));
    }
}

/* Without its layer of classes, or with two of them, there are values alone. */
static void scores_need_one_head(void **state)
{
    (void)state;
    for (int n = 0; n < 3; n++) {
        AqWeights *w = NULL;
        AqWeightsWriter *to = NULL;
        AqExtractor *x = NULL;

        aq_small_yamnet_write(path, AQ_SMALL_YAMNET_KERAS);
        CHECK_OK(aq_weights_open(&w, path));
        CHECK_OK(aq_weights_writer_new(&to));
        for (size_t t = 0; t < aq_weights_n(w); t++) {
            const AqWeight *a = aq_weights_at(w, t);

            if (n > 0 || strncmp(a->name, "dense", 5) != 0)
                CHECK_OK(aq_weights_writer_add_weight(to, a->name, a));
            if (n == 2 && strcmp(a->name, "dense_1/kernel:0") == 0)
                CHECK_OK(aq_weights_writer_add_weight(to, "dense_2/kernel:0", a));
        }
        CHECK_OK(aq_weights_writer_commit(to, path));
        aq_weights_writer_free(&to);
        aq_weights_unref(&w);
        CHECK_OK(aq_extractor_open(&x, "yamnet", path, NULL));
        check_yamnet(x, 0, VALUES, 2e-6);
        aq_extractor_close(&x);
        assert_int_equal(aq_extractor_open(&x, "yamnet", path, "out=scores"),
                         n == 1 ? AQ_OK : AQ_ERR_MISMATCH);
        if (n != 1)
            assert_non_null(strstr(aq_err_text(), "out=embedding does without"));
        aq_extractor_close(&x);
    }
}

/* What is written after a training is read again, in half precision. */
static void its_own_file_is_read(void **state)
{
    AqExtractor *x = NULL;

    (void)state;
    aq_small_yamnet_write(path, AQ_SMALL_YAMNET_KERAS);
    CHECK_OK(aq_extractor_open(&x, "yamnet", path, NULL));
    CHECK_OK(aq_extractor_save(x, path, "a test"));
    aq_extractor_close(&x);
    CHECK_OK(aq_extractor_open(&x, "yamnet", path, "out=both"));
    check_yamnet(x, 0, BOTH, 5e-3);
    aq_extractor_close(&x);
}

/* Its second is VGGish's with another offset, and seeded weights are of the published
 * size. */
static void the_published_one_is_large(void **state)
{
    AqExtractor *x = NULL;
    AqNn *nn = NULL;
    static float out[1024 + 521];

    (void)state;
    CHECK_OK(aq_extractor_open(&x, "yamnet", "seeded:1", "out=both"));
    const AqExtractorFacts f = aq_extractor_facts(x);
    assert_int_equal(f.out_dims[2], 1024 + 521);
    /* As many as Keras counts, but for the norms' 21,888 means and variances. */
    assert_int_equal(aq_params_count(aq_extractor_params(x)), 3751369 - 21888);
    CHECK_NEAR(f.gflop, 0.139, 0.001, 0);
    assert_int_equal(f.input.dims[0] * f.input.dims[1], IN);
    CHECK_NEAR(aq_logmel_offset(&f.input), 0.001, 0, 0);
    CHECK_OK(aq_nn_new(&nn, NULL));
    CHECK_OK(aq_extractor_run(x, nn, in, 1, out));
    double sum = 0, square = 0;
    for (int k = 0; k < 1024; k++) {
        sum += (double)out[k] / 1024;
        square += (double)out[k] * (double)out[k] / 1024;
    }
    assert_true(sum > 0.05 && sum < 20 && square > 1.2 * sum * sum); /* alive */
    for (int k = 1024; k < 1024 + 521; k++)
        assert_true(out[k] > 0 && out[k] < 1);
    aq_nn_free(&nn);
    aq_extractor_close(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_naming_gives_the_same),
                                       cmocka_unit_test(either_output_is_part_of_both),
                                       cmocka_unit_test(another_graph_is_refused),
                                       cmocka_unit_test(scores_need_one_head),
                                       cmocka_unit_test(its_own_file_is_read),
                                       cmocka_unit_test(the_published_one_is_large)};

    return cmocka_run_group_tests(tests, make_seconds, remove_yamnet);
}
