/* SPDX-License-Identifier: MIT */
/*
 * Features out of the store: cut, padded and laid out as asked, of the makes and videos
 * that were asked for, and never half a file.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "model/weights/npy.h"
#include "tests/unit/check.h"
#include "tests/unit/pipeline/trip.h"

#include <string.h>
#include <sys/stat.h>

static void check_npy(const char *leaf, AqDtype dtype, int n_dims, const int64_t *dims,
                      float *values)
{
    AqNpy a;

    CHECK_OK(aq_npy_read(&a, aq_trip_at(leaf)));
    assert_int_equal(a.dtype, dtype);
    assert_int_equal(a.n_dims, n_dims);
    assert_memory_equal(a.dims, dims, (size_t)n_dims * sizeof *dims);
    aq_npy_to_floats(&a, values);
    aq_npy_clear(&a);
}

static void length_and_layout_are_as_asked(void **state)
{
    AqStore *s = aq_trip_store();
    AqExportPlan plan = aq_trip_plan(s, 0);
    AqExportSummary sum;
    float v[5 * EACH];
    char *about = NULL;
    size_t n = 0;

    (void)state;
    plan.length = 5;
    plan.pad = AQ_PAD_REPEAT_LAST;
    plan.is_tchw = 1;
    CHECK_OK(aq_export(&sum, &plan));
    check_npy("npy/visual/a.b.npy", AQ_F32, 4, (const int64_t[]){5, C, H, W}, v);
    for (int t = 0; t < 5; t++)
        for (int c = 0; c < C; c++)
            for (int cell = 0; cell < H * W; cell++)
                CHECK_NEAR(v[(t * C + c) * H * W + cell],
                           aq_trip_rows[((t < T ? t : T - 1) * H * W + cell) * C + c],
                           0, 0);
    check_npy("npy/audio/a.b.npy", AQ_F16, 2, (const int64_t[]){5, C}, v);
    for (int k = 0; k < C; k++)
        CHECK_NEAR(v[4 * C + k], aq_trip_rows[2 * C + k], 0, 1e-3); /* half precision */
    CHECK_OK(aq_fs_read(aq_trip_at("npy/audio/a.b.npy.json"), 1 << 20, &about, &n));
    assert_non_null(strstr(about, "\"presence\":\"10100\""));
    assert_non_null(strstr(about, "\"rows\":\"padded\""));
    aq_free(about);
    plan.pad = AQ_PAD_ZERO;
    plan.force = 1;
    CHECK_OK(aq_export(&sum, &plan));
    check_npy("npy/audio/a.b.npy", AQ_F16, 2, (const int64_t[]){5, C}, v);
    for (int k = 3 * C; k < 5 * C; k++)
        CHECK_NEAR(v[k], 0, 0, 0);
    plan.pad = AQ_PAD_NONE;
    CHECK_OK(aq_export(&sum, &plan));
    check_npy("npy/audio/a.b.npy", AQ_F16, 2, (const int64_t[]){T, C}, v);
    plan.length = 2;
    plan.dtype = AQ_EXPORT_F32;
    CHECK_OK(aq_export(&sum, &plan));
    check_npy("npy/audio/a.b.npy", AQ_F32, 2, (const int64_t[]){2, C}, v);
    aq_store_close(&s);
}

static void what_is_there_is_respected(void **state)
{
    for (int form = 0; form < aq_trip_n_forms(); form++) {
        AqStore *s = aq_trip_store();
        AqExportPlan plan = aq_trip_plan(s, form);
        AqExportSummary sum;
        const int files = form == 0 ? 2 * N_NAMES : form == 1 ? N_NAMES : 1;

        plan.result = aq_trip_keep_export;
        CHECK_OK(aq_export(&sum, &plan));
        assert_int_equal(sum.n_written, files);
        CHECK_OK(aq_export(&sum, &plan));
        assert_int_equal(sum.n_equal, files);
        assert_int_equal(sum.n_written, 0);
        plan.dtype = AQ_EXPORT_F32; /* the sound is in half precision */
        const AqErr err = aq_export(&sum, &plan);
        if (form < 2) {
            CHECK_OK(err);
            assert_int_equal(sum.n_skipped, N_NAMES);
            assert_non_null(strstr(aq_trip_said, "--force"));
        } else {
            assert_int_equal(err, AQ_ERR_MISMATCH);
        }
        plan.force = 1;
        CHECK_OK(aq_export(&sum, &plan));
        assert_int_equal(sum.n_written, form < 2 ? N_NAMES : 1);
        aq_store_close(&s);
    }
    (void)state;
}

static void makes_and_videos_are_chosen(void **state)
{
    AqStore *s = aq_trip_store();
    AqExportPlan plan = aq_trip_plan(s, 0);
    AqExportSummary sum;
    AqProvenance other = aq_trip_made[AQ_AUDIO];
    const AqStoreVideo v = aq_trip_video("a.b");
    AqStoreFeatures f = {.provenance = &other,
                         .n_rows = T,
                         .h = 1,
                         .w = 1,
                         .c = 2,
                         .presence = aq_trip_presence,
                         .data = aq_trip_rows,
                         .dtype = AQ_FEATURE_F32};
    const int64_t first = 1, none = 77;
    const char *const wanted[] = {"a.b", "nobody", "a.b"};
    float values[T * C];

    (void)state;
    other.sampling = "another way";
    CHECK_OK(aq_store_put_clip(s, &v, &f, 1));
    assert_int_equal(aq_export(&sum, &plan), AQ_ERR_USAGE);
    assert_non_null(strstr(aq_err_text(), "\n  1: audio ears"));
    assert_non_null(strstr(aq_err_text(), "\n  3: audio ears"));
    plan.provenance = &none;
    plan.n_provenance = 1;
    assert_int_equal(aq_export(&sum, &plan), AQ_ERR_NOT_FOUND);
    plan.provenance = &first;
    plan.videos = wanted;
    plan.n_videos = 3;
    plan.result = aq_trip_keep_export;
    CHECK_OK(aq_export(&sum, &plan));
    assert_int_equal(sum.n_arrays, 2);
    assert_int_equal(sum.n_skipped, 1);
    assert_non_null(strstr(aq_trip_said, "nobody"));
    check_npy("npy/audio/a.b.npy", AQ_F16, 2, (const int64_t[]){T, C}, values);
    f.data = (const float[]){70000, 1, 2, 3, 4, 5}; /* too large for half */
    CHECK_OK(aq_store_put_clip(s, &v, &f, 1));
    plan.provenance = (const int64_t[]){3};
    plan.dtype = AQ_EXPORT_F16;
    plan.want[AQ_VISUAL] = 0;
    CHECK_OK(aq_export(&sum, &plan));
    assert_int_equal(sum.n_arrays, 0);
    assert_non_null(strstr(aq_trip_said, "70000"));
    aq_store_close(&s);
}

static int stop_after(void *ctx)
{
    int *left = ctx;

    return --*left < 0;
}

static void an_interrupted_export_goes_on(void **state)
{
    for (int form = 0; form < aq_trip_n_forms(); form++) {
        AqStore *s = aq_trip_store();
        AqExportPlan plan = aq_trip_plan(s, form);
        AqExportSummary sum;
        int left = 2;
        struct stat st;

        plan.cancelled = stop_after;
        plan.ctx = &left;
        assert_int_equal(aq_export(&sum, &plan), AQ_ERR_CANCELLED);
        if (form >= 2) /* whole or not at all */
            assert_int_not_equal(stat(plan.out, &st), 0);
        else
            assert_int_equal(sum.n_written, 2);
        plan.cancelled = NULL;
        CHECK_OK(aq_export(&sum, &plan));
        assert_int_equal(sum.n_equal, form < 2 ? 2 : 0);
        aq_store_close(&s);
    }
    (void)state;
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, aq_trip_fresh, aq_trip_gone)
    const struct CMUnitTest tests[] = {
        CASE(length_and_layout_are_as_asked), CASE(what_is_there_is_respected),
        CASE(makes_and_videos_are_chosen), CASE(an_interrupted_export_goes_on)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
