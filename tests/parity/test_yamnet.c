/* SPDX-License-Identifier: MIT */
/*
 * A small YAMNet from files of each naming against its definition in double precision,
 * with batch norms that are not folded; and what its switches give: concepts, too, by a
 * map of its values.
 */
#include "extract/input/logmel.h"
#include "extract/networks/extractor.h"
#include "extract/networks/sound/concept_map.h"
#include "tests/unit/check.h"
#include "tests/unit/small_yamnet.h"

#include <math.h>
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

static char path[64], map_path[64];
static float in[N * IN];
static double want[N][BOTH];

static int make_seconds(void **state)
{
    AqRng rng = aq_rng(4, 1);

    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/aq_ya_%ld.safetensors", (long)getpid());
    (void)snprintf(map_path, sizeof map_path, "/tmp/aq_ya_%ld.map", (long)getpid());
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

/* ---- concepts ---- */

static float map_weight[AQ_N_HEARD * (VALUES + 1)], map_bias[AQ_N_HEARD];

static void write_map(int values)
{
    AqRng rng = aq_rng(8, 2);

    for (int k = 0; k < AQ_N_HEARD * values; k++)
        map_weight[k] = (float)aq_rng_normal(&rng);
    for (int k = 0; k < AQ_N_HEARD; k++)
        map_bias[k] = (float)aq_rng_normal(&rng);
    CHECK_OK(aq_concept_map_write(map_path, map_weight, map_bias, values, "a test"));
}

static AqErr open_concepts(AqExtractor **x, const char *out)
{
    char switches[96];

    (void)snprintf(switches, sizeof switches, "%s,map=%s", out, map_path);
    return aq_extractor_open(x, "yamnet", path, switches);
}

/* The map of the values as they are defined. */
static void check_concepts(AqExtractor *x, int is_odds, double tol)
{
    static float out[N * AQ_N_HEARD];
    AqNn *nn = NULL;

    CHECK_OK(aq_nn_new(&nn, NULL));
    CHECK_OK(aq_extractor_run(x, nn, in, N, out));
    for (int k = 0; k < N * AQ_N_HEARD; k++) {
        const int j = k % AQ_N_HEARD;
        double z = (double)map_bias[j];

        for (int i = 0; i < VALUES; i++)
            z += (double)map_weight[j * VALUES + i] * want[k / AQ_N_HEARD][i];
        CHECK_NEAR(out[k], is_odds ? z : 1 / (1 + exp(-z)), tol, 0);
    }
    aq_nn_free(&nn);
}

static void concepts_are_a_map_of_the_values(void **state)
{
    (void)state;
    aq_small_yamnet_write(path, AQ_SMALL_YAMNET_TFLITE);
    write_map(VALUES);
    for (int is_odds = 0; is_odds < 2; is_odds++) {
        AqExtractor *x = NULL;

        CHECK_OK(open_concepts(&x, is_odds ? "out=logodds" : "out=concepts"));
        const AqExtractorFacts f = aq_extractor_facts(x);
        assert_int_equal(f.out_dims[2], AQ_N_HEARD);
        assert_string_equal(f.switches, is_odds ? "out=logodds" : "out=concepts");
        for (int k = 0; k <= AQ_N_HEARD; k++)
            assert_ptr_equal(f.columns[k], aq_heard_names[k]);
        check_concepts(x, is_odds, 5e-6);
        CHECK_OK(aq_extractor_freeze(x, AQ_PRECISION_F32));
        check_concepts(x, is_odds, 5e-6);
        aq_extractor_close(&x);
    }
}

/* What made the features says which map: another one is another maker. */
static void the_map_is_part_of_what_made_them(void **state)
{
    char hex[AQ_SHA256_HEX], options[2][192];
    AqWeights *w = NULL;

    (void)state;
    aq_small_yamnet_write(path, AQ_SMALL_YAMNET_TFLITE);
    for (int k = 0; k < 2; k++) {
        AqExtractor *x = NULL;

        write_map(VALUES);
        map_bias[3] += (float)k;
        CHECK_OK(
            aq_concept_map_write(map_path, map_weight, map_bias, VALUES, "a test"));
        CHECK_OK(aq_weights_open(&w, map_path));
        CHECK_OK(aq_weights_sha256(w, hex));
        aq_weights_unref(&w);
        CHECK_OK(open_concepts(&x, "out=concepts"));
        (void)snprintf(options[k], sizeof options[k], "%s",
                       aq_extractor_facts(x).options);
        assert_non_null(strstr(options[k], "; out concepts; map "));
        assert_non_null(strstr(options[k], hex));
        aq_extractor_close(&x);
    }
    assert_string_not_equal(options[0], options[1]);
}

static void other_maps_are_refused(void **state)
{
    AqExtractor *x = NULL;

    (void)state;
    aq_small_yamnet_write(path, AQ_SMALL_YAMNET_TFLITE);
    assert_int_equal(aq_extractor_open(&x, "yamnet", path, "out=concepts"),
                     AQ_ERR_USAGE);
    assert_non_null(strstr(aq_err_text(), "map=FILE"));
    write_map(VALUES + 1);
    assert_int_equal(open_concepts(&x, "out=concepts"), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "maps 4 values to 26 concepts"));
    write_map(VALUES);
    map_weight[5] = NAN;
    CHECK_OK(aq_concept_map_write(map_path, map_weight, map_bias, VALUES, "a test"));
    assert_int_equal(open_concepts(&x, "out=logodds"), AQ_ERR_FORMAT);
    assert_non_null(strstr(aq_err_text(), "concepts.weight"));
    aq_small_yamnet_write(map_path, AQ_SMALL_YAMNET_TFLITE);
    assert_int_equal(open_concepts(&x, "out=concepts"), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "teach --map"));
    assert_int_equal(unlink(map_path), 0);
    assert_int_equal(open_concepts(&x, "out=concepts"), AQ_ERR_NOT_FOUND);
    assert_null(x);
}

/* ---- the published one ---- */

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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_naming_gives_the_same),
        cmocka_unit_test(either_output_is_part_of_both),
        cmocka_unit_test(another_graph_is_refused),
        cmocka_unit_test(scores_need_one_head),
        cmocka_unit_test(its_own_file_is_read),
        cmocka_unit_test(concepts_are_a_map_of_the_values),
        cmocka_unit_test(the_map_is_part_of_what_made_them),
        cmocka_unit_test(other_maps_are_refused),
        cmocka_unit_test(the_published_one_is_large)};

    return cmocka_run_group_tests(tests, make_seconds, remove_yamnet);
}
