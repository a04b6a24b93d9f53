/* SPDX-License-Identifier: MIT */
/*
 * HDF5 as Keras saves it and TensorFlow Lite: names, types, quantised values, and files
 * that are whole but cannot be read, of tests/fuzz/seeds. Damaged ones are in
 * test_weight_files.c.
 */
#include "model/weights/weights_priv.h"
#include "tests/unit/check.h"

#include <string.h>

#define SEEDS TEST_DATA "/../fuzz/seeds/"

static const float A[6] = {1, -2.5f, 3, 0.25f, 5, -6};

static AqWeights *open_seed(const char *leaf)
{
    char path[512];
    AqWeights *w = NULL;

    (void)snprintf(path, sizeof path, SEEDS "%s", leaf);
    CHECK_OK(aq_weights_open(&w, path));
    return w;
}

static void check_seed_values(const AqWeights *w, const char *name, AqDtype type)
{
    const AqWeight *t = aq_weights_find(w, name);
    unsigned char raw[8];
    float v[6];

    if (!t)
        fail_msg("has no %s", name);
    assert_int_equal(t->dtype, type);
    assert_int_equal(t->count, 6);
    if (type > AQ_BF16) { /* integers: 3 in the third place, as little-endian */
        aq_weight_to_bytes(t, 2, 1, raw);
        assert_int_equal(raw[0], 3);
        return;
    }
    CHECK_OK(aq_weight_to_floats(t, 0, 6, v));
    assert_memory_equal(v, A, sizeof v);
}

static void arrays_are_named_as_in_their_layers(void **state)
{
    AqWeights *w = open_seed("hdf5/layers.h5");

    (void)state;
    assert_int_equal(aq_weights_n(w), 4);
    check_seed_values(w, "two/moving:0", AQ_F32);
    assert_int_equal(aq_weights_find(w, "one/bn/beta:0")->n_dims, 1);
    assert_string_equal(aq_weights_note(w), "");
    assert_non_null(aq_weight_in_place(aq_weights_find(w, "a")));
    aq_weights_unref(&w);
    w = open_seed("hdf5/model.h5");
    assert_int_equal(aq_weights_n(w), 2);
    assert_string_equal(aq_weights_note(w), "left out: optimizer_weights");
    aq_weights_unref(&w);
}

static void every_type_of_number_is_read(void **state)
{
    static const struct {
        const char *name;
        AqDtype type;
    } arrays[] = {{"deep/in/h", AQ_F16}, {"deep/in/d", AQ_F64}, {"deep/in/i", AQ_I64},
                  {"deep/in/j", AQ_I32}, {"deep/in/k", AQ_I16}, {"deep/in/l", AQ_I8},
                  {"deep/in/m", AQ_U8},  {"compact", AQ_F32}};
    AqWeights *w = open_seed("hdf5/types.h5");

    (void)state;
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        check_seed_values(w, arrays[k].name, arrays[k].type);
    assert_int_equal(aq_weights_find(w, "e")->count, 0);
    assert_int_equal(aq_weights_find(w, "e")->dims[1], 4);
    assert_null(aq_weights_find(w, "text"));
    assert_null(aq_weights_find(w, "link"));
    assert_non_null(strstr(aq_weights_note(w), "text"));
    aq_weights_unref(&w);
}

static void quantised_values_are_unpacked(void **state)
{
    static const struct {
        const char *name;
        AqDtype type;
    } arrays[] = {
        {"fully_connected.0.weight", AQ_F32}, {"fully_connected.2.weight", AQ_F16},
        {"fully_connected.3.weight", AQ_F32}, {"fully_connected.4.weight", AQ_F32},
        {"fully_connected.4.bias", AQ_F32},   {"fully_connected.5.weight", AQ_F64},
        {"fully_connected.5.bias", AQ_F32}};
    AqWeights *w = open_seed("tflite/types.tflite");

    (void)state;
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        check_seed_values(w, arrays[k].name, arrays[k].type);
    aq_weights_unref(&w);
}

static void layers_say_how_they_are_computed(void **state)
{
    static const char *const wants[][2] = {
        {"conv_2d.0", "stride 2x2, padding same, dilation 1x1, relu"},
        {"depthwise_conv_2d.0",
         "stride 1x1, padding valid, dilation 3x3, no activation"},
        {"fully_connected.0", "relu"},
        {"fully_connected.1", "no activation"}};
    AqWeights *w = open_seed("tflite/plain.tflite");

    (void)state;
    for (size_t k = 0; k < sizeof wants / sizeof *wants; k++)
        assert_string_equal(aq_weights_meta(w, wants[k][0]), wants[k][1]);
    assert_null(aq_weights_find(w, "depthwise_conv_2d.0.bias"));
    assert_int_equal(aq_weights_find(w, "depthwise_conv_2d.0.weight")->dims[3], 3);
    aq_weights_unref(&w);
}

static const struct {
    const char *leaf, *says;
    AqErr err;
} refused[] = {
    {"chunks.h5", "a has its values in pieces", AQ_ERR_UNSUPPORTED},
    {"deflated.h5", "h5repack -l CONTI", AQ_ERR_UNSUPPORTED},
    {"latest.h5", "libver='latest'", AQ_ERR_UNSUPPORTED},
    {"tracked.h5", "its first group is stored as by libver", AQ_ERR_UNSUPPORTED},
    {"block.h5", "not a weight file in a supported format", AQ_ERR_FORMAT},
    {"outside.h5", "a has its values in other files", AQ_ERR_UNSUPPORTED},
    {"named_type.h5", "a shares its type", AQ_ERR_UNSUPPORTED},
    {"lost.h5", "layer one should have 2 arrays", AQ_ERR_FORMAT},
    {"circle.h5", "lies too deep in groups", AQ_ERR_FORMAT},
    {"empty.h5", "a has values outside the file, or none", AQ_ERR_FORMAT},
    {"bare.tflite", "integers without a scale", AQ_ERR_UNSUPPORTED},
    {"sparse.tflite", "fully_connected.0.weight is sparse", AQ_ERR_UNSUPPORTED},
    {"narrow.tflite", "as of 4 bits", AQ_ERR_UNSUPPORTED},
    {"shuffled.tflite", "has its weights shuffled", AQ_ERR_UNSUPPORTED},
    {"scales.tflite", "scales that do not fit its shape", AQ_ERR_FORMAT},
    {"zeros.tflite", "other numbers of scales and zero points", AQ_ERR_FORMAT},
    {"short.tflite", "as many bytes as its shape needs", AQ_ERR_FORMAT}};

static void what_cannot_be_read_is_said(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++) {
        char path[512];
        AqWeights *w = NULL;

        (void)snprintf(path, sizeof path, SEEDS "refused/%s", refused[k].leaf);
        const AqErr err = aq_weights_open(&w, path);
        if (err != refused[k].err || w || !strstr(aq_err_text(), refused[k].says) ||
            !strstr(aq_err_text(), refused[k].leaf))
            fail_msg("%s: %s: %s", refused[k].leaf, aq_err_name(err), aq_err_text());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_are_named_as_in_their_layers),
        cmocka_unit_test(every_type_of_number_is_read),
        cmocka_unit_test(quantised_values_are_unpacked),
        cmocka_unit_test(layers_say_how_they_are_computed),
        cmocka_unit_test(what_cannot_be_read_is_said)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
