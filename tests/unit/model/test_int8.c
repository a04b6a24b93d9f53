/* SPDX-License-Identifier: MIT */
/* Weights as 8-bit integers with scales: written, read back, and refused. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "model/nn/params.h"
#include "model/weights/weights_priv.h"
#include "tests/unit/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 3, EACH = 8, COUNT = ROWS * EACH };
static char path[64];

static int name_file(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/aq_int8_%ld.bin", (long)getpid());
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    (void)unlink(path);
    return 0;
}

/* Rows of very different sizes, the last of zeros. */
static void fill_values(float v[COUNT])
{
    for (int k = 0; k < COUNT; k++)
        v[k] = k / EACH == 2 ? 0 : (k / EACH ? 100 : 0.01f) * sinf((float)(7 * k + 1));
}

/* One array (3,2,4) as 8-bit integers, opened. */
static AqWeights *write_int8(const float v[COUNT])
{
    const AqWeight t = {.dtype = AQ_F32,
                        .n_dims = 3,
                        .dims = {ROWS, 2, 4},
                        .strides = {EACH, 4, 1},
                        .count = COUNT,
                        .data = v};
    AqWeightsWriter *w = NULL;
    AqWeights *out = NULL;

    CHECK_OK(aq_weights_writer_new(&w));
    CHECK_OK(aq_weights_writer_add_int8(w, "x", &t));
    CHECK_OK(aq_weights_writer_commit(w, path));
    aq_weights_writer_free(&w);
    CHECK_OK(aq_weights_open(&out, path));
    return out;
}

/* Within half a step of its row, which is a 127th of the row's largest value. */
static void values_come_back_within_half_a_step(void **state)
{
    float v[COUNT], have[COUNT];

    (void)state;
    fill_values(v);
    AqWeights *w = write_int8(v);
    const AqWeight *t = aq_weights_find(w, "x");
    assert_int_equal(t->dtype, AQ_I8);
    assert_true(aq_weight_is_real(t));
    CHECK_OK(aq_weight_check_finite(w, t));
    CHECK_OK(aq_weight_to_floats(t, 0, COUNT, have));
    for (int r = 0; r < ROWS; r++) {
        float most = 0, worst = 0;

        for (int k = r * EACH; k < (r + 1) * EACH; k++) {
            most = fmaxf(most, fabsf(v[k]));
            worst = fmaxf(worst, fabsf(have[k] - v[k]));
        }
        assert_true(worst <= most / 127 / 2 * 1.0001f);
    }
    aq_weights_unref(&w);
}

/* Scales belong to the file's rows, whatever the order in which values are taken. */
static void another_order_has_the_same_values(void **state)
{
    float v[COUNT], plain[COUNT], turned[COUNT];

    (void)state;
    fill_values(v);
    AqWeights *w = write_int8(v);
    const AqWeight *t = aq_weights_find(w, "x");
    const AqWeight p = aq_weight_permuted(t, (const int[]){2, 0, 1}); /* (4,3,2) */
    CHECK_OK(aq_weight_to_floats(t, 0, COUNT, plain));
    CHECK_OK(aq_weight_to_floats(&p, 0, COUNT, turned));
    for (int a = 0; a < 4; a++)
        for (int r = 0; r < ROWS; r++)
            for (int b = 0; b < 2; b++)
                assert_true(turned[(a * ROWS + r) * 2 + b] ==
                            plain[r * EACH + b * 4 + a]);
    CHECK_OK(aq_weight_to_floats(&p, 5, 3, turned)); /* from the middle */
    assert_true(turned[0] == plain[2 * EACH + 4]);
    aq_weights_unref(&w);
}

/* A network takes them as it takes others, and the scales count as used. */
static void parameters_are_loaded_from_them(void **state)
{
    float v[COUNT], want[COUNT];
    AqParams *ps = NULL;
    AqTensor *t = NULL;

    (void)state;
    fill_values(v);
    AqWeights *w = write_int8(v);
    CHECK_OK(aq_params_new(&ps));
    CHECK_OK(aq_params_add(
        ps, &(AqParamSpec){.name = "x", .n_dims = 3, .dims = {ROWS, 2, 4}}, &t));
    CHECK_OK(aq_params_load(ps, w, NULL, NULL));
    CHECK_OK(aq_weight_to_floats(aq_weights_find(w, "x"), 0, COUNT, want));
    assert_memory_equal(t->data, want, sizeof want);
    for (size_t k = 0; k < aq_weights_n(w); k++)
        assert_true(aq_weights_is_used(w, aq_weights_at(w, k)));
    aq_params_free(&ps);
    aq_weights_unref(&w);
}

/* ---- files of others ---- */

static AqErr open_text(AqWeights **out, const char *header, const void *data, size_t n)
{
    static unsigned char bytes[1024];
    const size_t length = strlen(header);

    memset(bytes, 0, sizeof bytes);
    bytes[0] = (unsigned char)length;
    bytes[1] = (unsigned char)(length >> 8);
    memcpy(bytes + 8, header, length);
    memcpy(bytes + 8 + length, data, n);
    return aq_weights_open_bytes(out, "other.safetensors", &aq_format_safetensors,
                                 (AqMap){bytes, 8 + length + n, 0}, (AqMap){0});
}

#define X "\"x\":{\"dtype\":\"I8\",\"shape\":[2,2],\"data_offsets\":[0,4]}"
typedef struct Other {
    const char *beside; /* what is in the file too */
    float scale[3];
    size_t bytes;
    AqErr err;
    const char *says;
} Other;

static void other_scales_are_refused(void **state)
{
    static const Other others[] = {
        {",\"x_scale\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[4,16]}",
         {1, 1, 1},
         12,
         AQ_ERR_FORMAT,
         "one scale for all of x"},
        {",\"x_scale\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[4,12]}",
         {1, 1},
         8,
         AQ_ERR_FORMAT,
         "one scale for all of x"},
        {",\"x_scale\":{\"dtype\":\"I32\",\"shape\":[2],\"data_offsets\":[4,12]}",
         {1, 1},
         8,
         AQ_ERR_FORMAT,
         "one scale for all of x"},
        {",\"x_scale\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}",
         {1, -1},
         8,
         AQ_ERR_FORMAT,
         "value 2 of 2"},
        {",\"x_scale\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}",
         {NAN, 1},
         8,
         AQ_ERR_FORMAT,
         "value 1 of 2"},
        {",\"x_scale\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}",
         {1, 3e37f},
         8,
         AQ_ERR_FORMAT,
         "value 2 of 2"},
        {",\"x_scale\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]},"
         "\"x_zero_point\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]}",
         {1, 1, 0},
         12,
         AQ_ERR_UNSUPPORTED,
         "zero points"}};

    (void)state;
    for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
        const Other *o = &others[k];
        unsigned char data[4 + sizeof o->scale] = {1, 2, 3, 4};
        AqWeights *w = NULL;
        char *header = aq_strf("{" X "%s}", o->beside);

        memcpy(data + 4, o->scale, sizeof o->scale);
        assert_int_equal(open_text(&w, header, data, 4 + o->bytes), o->err);
        if (!strstr(aq_err_text(), o->says) || !strstr(aq_err_text(), "other"))
            fail_msg("%zu: %s", k, aq_err_text());
        assert_null(w);
        aq_free(header);
    }
}

static void without_scales_they_are_integers(void **state)
{
    AqWeights *w = NULL;
    float v;

    (void)state;
    CHECK_OK(open_text(&w, "{" X "}", "\1\2\3\4", 4));
    assert_false(aq_weight_is_real(aq_weights_find(w, "x")));
    assert_int_equal(aq_weight_to_floats(aq_weights_find(w, "x"), 0, 1, &v),
                     AQ_ERR_UNSUPPORTED);
    aq_weights_unref(&w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back_within_half_a_step),
        cmocka_unit_test(another_order_has_the_same_values),
        cmocka_unit_test(parameters_are_loaded_from_them),
        cmocka_unit_test(other_scales_are_refused),
        cmocka_unit_test(without_scales_they_are_integers)};

    return cmocka_run_group_tests(tests, name_file, remove_file);
}
