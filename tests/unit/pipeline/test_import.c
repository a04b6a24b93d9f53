/* SPDX-License-Identifier: MIT */
/*
 * Features that others wrote: read whatever way they were laid out, matched with the
 * videos, and refused by name where they cannot be used.
 */
#include "base/alloc.h"
#include "base/digest.h"
#include "tests/unit/check.h"
#include "tests/unit/pipeline/trip.h"

#include <math.h>
#include <string.h>

static void check_stored(AqStore *s, const char *name, AqModality m, int h, int w,
                         int c, const float *want)
{
    AqStoredFeatures f;

    CHECK_OK(aq_store_get_features(s, name, m, 0, &f));
    assert_int_equal(f.h, h);
    assert_int_equal(f.w, w);
    assert_int_equal(f.c, c);
    for (int k = 0; k < f.n_rows * h * w * c; k++)
        CHECK_NEAR(f.data[k], want[k], 0, 0);
    for (int k = 0; k < f.n_rows; k++)
        assert_int_equal(f.presence[k], 1);
    aq_stored_features_clear(&f);
}

static void numpy_files_of_all_kinds(void **state)
{
    static const float want[] = {1, -2.5f, 3, 0.25f, 5, -6};
    static const float fortran[] = {1, 0.25f, -2.5f, 5, 3, -6};
    static const double wide[] = {1, -2.5, 3, 0.25, 5, -6};
    unsigned char big[sizeof want];
    AqStore *s = aq_trip_empty("in.db");
    AqFeatureImportSummary in;

    (void)state;
    for (size_t k = 0; k < sizeof want; k++)
        big[k] = ((const unsigned char *)want)[k / 4 * 4 + 3 - k % 4];
    aq_trip_write_npy("f/c.order.npy", "<f4", 0, "2, 3", want, sizeof want);
    aq_trip_write_npy("f/fortran.npy", "<f4", 1, "2, 3", fortran, sizeof fortran);
    aq_trip_write_npy("f/double.npy", "<f8", 0, "2, 3", wide, sizeof wide);
    aq_trip_write_npy("f/big.npy", ">f4", 0, "2, 3", big, sizeof big);
    CHECK_OK(aq_trip_import(s, aq_trip_at("f"), AQ_VISUAL, "clip", &in));
    assert_string_equal(aq_trip_said, "");
    assert_int_equal(in.n_made, 4);
    assert_int_equal(in.n_unseen, 4);
    check_stored(s, "c.order", AQ_VISUAL, 1, 1, 3, want);
    check_stored(s, "fortran", AQ_VISUAL, 1, 1, 3, want);
    check_stored(s, "double", AQ_VISUAL, 1, 1, 3, want);
    check_stored(s, "big", AQ_VISUAL, 1, 1, 3, want);
    aq_store_close(&s);
}

static void layouts_are_told_apart_or_asked_for(void **state)
{
    AqStore *s = aq_trip_empty("in.db");
    AqFeatureImportSummary in;
    float turned[2 * 2 * 2 * 3];

    (void)state;
    for (int t = 0; t < 2; t++)
        for (int cell = 0; cell < 4; cell++)
            for (int c = 0; c < 3; c++)
                turned[(t * 3 + c) * 4 + cell] = aq_trip_rows[(t * 4 + cell) * 3 + c];
    aq_trip_write_npy("l/last.npy", "<f4", 0, "2, 2, 2, 3", aq_trip_rows,
                      sizeof turned);
    aq_trip_write_npy("l/second.npy", "<f4", 0, "2, 3, 2, 2", turned, sizeof turned);
    CHECK_OK(aq_trip_import(s, aq_trip_at("l"), AQ_VISUAL, "clip", &in));
    assert_int_equal(in.n_made, 2);
    check_stored(s, "last", AQ_VISUAL, 2, 2, 3, aq_trip_rows);
    check_stored(s, "second", AQ_VISUAL, 2, 2, 3, aq_trip_rows);
    aq_trip_write_npy("l/tokens.npy", "<f4", 0, "2, 4, 3", aq_trip_rows, sizeof turned);
    aq_trip_write_npy("l/merged.npy", "<f4", 0, "2, 3, 4", aq_trip_rows, sizeof turned);
    CHECK_OK(aq_trip_import(s, aq_trip_at("l/tokens.npy"), AQ_VISUAL, "clip", &in));
    CHECK_OK(aq_trip_import(s, aq_trip_at("l/merged.npy"), AQ_VISUAL, "tome", &in));
    check_stored(s, "tokens", AQ_VISUAL, 2, 2, 3, aq_trip_rows);
    check_stored(s, "merged", AQ_VISUAL, 1, 3, 4, aq_trip_rows);
    aq_trip_write_npy("doubt.npy", "<f4", 0, "1, 2, 2, 2", aq_trip_rows,
                      8 * sizeof *aq_trip_rows);
    assert_int_equal(aq_trip_import(s, aq_trip_at("doubt.npy"), AQ_VISUAL, "cube", &in),
                     AQ_ERR_USAGE);
    assert_non_null(strstr(aq_err_text(), "--layout"));
    aq_trip_write_npy("oblong.npy", "<f4", 0, "1, 2, 3, 4", aq_trip_rows,
                      24 * sizeof *aq_trip_rows);
    assert_int_equal(
        aq_trip_import(s, aq_trip_at("oblong.npy"), AQ_VISUAL, "oblong", &in),
        AQ_ERR_USAGE);
    const char *oblong = aq_trip_at("oblong.npy");
    const AqFeatureImport plan = {
        .store = s, .kind = AQ_VISUAL, .name = "oblong", .layout = AQ_LAYOUT_THWC};
    CHECK_OK(aq_import_features(&in, &oblong, 1, &plan));
    check_stored(s, "oblong", AQ_VISUAL, 2, 3, 4, aq_trip_rows);
    aq_store_close(&s);
}

static void what_cannot_be_used_is_named(void **state)
{
    float bad[2 * 3];
    const int64_t whole[6] = {0};
    AqStore *s = aq_trip_empty("in.db");
    AqFeatureImportSummary in;

    (void)state;
    memcpy(bad, aq_trip_rows, sizeof bad);
    bad[4] = NAN;
    aq_trip_write_npy("ok.npy", "<f4", 0, "2, 3", aq_trip_rows, sizeof bad);
    CHECK_OK(aq_trip_import(s, aq_trip_at("ok.npy"), AQ_AUDIO, "ears", &in));
    aq_trip_write_npy("nan.npy", "<f4", 0, "2, 3", bad, sizeof bad);
    CHECK_OK(aq_trip_import(s, aq_trip_at("nan.npy"), AQ_AUDIO, "ears", &in));
    assert_int_equal(in.n_skipped, 1);
    assert_non_null(strstr(aq_trip_said, "nan.npy"));
    assert_non_null(strstr(aq_trip_said, "second 1 (cell 0, 0, channel 1)"));
    aq_trip_write_npy("wide.npy", "<f4", 0, "1, 6", aq_trip_rows, sizeof bad);
    CHECK_OK(aq_trip_import(s, aq_trip_at("wide.npy"), AQ_AUDIO, "ears", &in));
    assert_non_null(strstr(aq_trip_said, "1x1x6"));
    assert_non_null(strstr(aq_trip_said, "1x1x3"));
    aq_trip_write_npy("whole.npy", "<i8", 0, "2, 3", whole, sizeof whole);
    CHECK_OK(aq_trip_import(s, aq_trip_at("whole.npy"), AQ_AUDIO, "ears", &in));
    assert_non_null(strstr(aq_trip_said, "I64"));
    aq_trip_write_npy("line.npy", "<f4", 0, "6", aq_trip_rows, sizeof bad);
    CHECK_OK(aq_trip_import(s, aq_trip_at("line.npy"), AQ_AUDIO, "ears", &in));
    assert_non_null(strstr(aq_trip_said, "[6]"));
    aq_trip_write_npy("none.npy", "<f4", 0, "0, 3", aq_trip_rows, 0);
    CHECK_OK(aq_trip_import(s, aq_trip_at("none.npy"), AQ_AUDIO, "ears", &in));
    assert_non_null(strstr(aq_trip_said, "[0, 3]"));
    aq_trip_write_npy("ok.npy", "<f4", 0, "2, 3", aq_trip_rows + 1, sizeof bad);
    CHECK_OK(aq_trip_import(s, aq_trip_at("ok.npy"), AQ_AUDIO, "ears", &in));
    assert_non_null(strstr(aq_trip_said, "--force"));
    check_stored(s, "ok", AQ_AUDIO, 1, 1, 3, aq_trip_rows);
    assert_int_equal(aq_trip_import(s, aq_trip_at("ok.npy"), AQ_AUDIO, NULL, &in),
                     AQ_ERR_USAGE);
    assert_int_equal(aq_trip_import(s, aq_trip_at("nowhere"), AQ_AUDIO, "ears", &in),
                     AQ_ERR_NOT_FOUND);
    aq_store_close(&s);
}

static void a_video_not_seen_is_taken_over(void **state)
{
    AqStore *s = aq_trip_empty("in.db");
    AqFeatureImportSummary in;
    AqStoreVideo v;
    AqStoreFeatures f = {.provenance = &aq_trip_made[AQ_AUDIO],
                         .n_rows = T,
                         .h = 1,
                         .w = 1,
                         .c = C,
                         .presence = aq_trip_presence,
                         .data = aq_trip_rows,
                         .dtype = AQ_FEATURE_F16};
    int has = 0;

    (void)state;
    aq_trip_write_npy("a/v.npy", "<f4", 0, "3, 4", aq_trip_rows,
                      sizeof *aq_trip_rows * 12);
    aq_trip_write_npy("b/v.npy", "<f4", 0, "3, 2, 2, 1", aq_trip_rows + 12,
                      sizeof *aq_trip_rows * 12);
    aq_trip_write_npy("c/v.npy", "<f4", 0, "2, 4", aq_trip_rows,
                      sizeof *aq_trip_rows * 8);
    CHECK_OK(aq_trip_import(s, aq_trip_at("a"), AQ_AUDIO, "ears", &in));
    CHECK_OK(aq_trip_import(s, aq_trip_at("b"), AQ_VISUAL, "eyes", &in)); /* joins it */
    assert_int_equal(in.n_made, 1);
    CHECK_OK(aq_trip_import(s, aq_trip_at("c"), AQ_AUDIO, "other ears",
                            &in)); /* other length */
    assert_non_null(strstr(aq_trip_said, "have 2 seconds"));
    CHECK_OK(aq_store_video_by_name(s, "v", &v));
    assert_string_equal(v.path, "");
    assert_int_equal(v.has_audio + v.has_video, 2);
    assert_non_null(strstr(v.notes, "not seen"));
    aq_store_video_clear(&v);

    AqStoreVideo real = aq_trip_video("v"); /* as ingest puts it */
    assert_int_equal(aq_store_put_failure(s, &real, "decode", "broken"),
                     AQ_ERR_MISMATCH);
    real.n_seconds = f.n_rows = 2; /* imported rows would be lost */
    assert_int_equal(aq_store_put_clip(s, &real, &f, 1), AQ_ERR_MISMATCH);
    real.n_seconds = f.n_rows = T;
    CHECK_OK(aq_store_put_clip(s, &real, &f, 1));
    CHECK_OK(aq_store_video_by_name(s, "v", &v));
    assert_string_equal(v.path, "/videos/x.mp4");
    aq_store_video_clear(&v);
    const AqProvenance eyes = {.kind = AQ_VISUAL,
                               .extractor = "eyes",
                               .extractor_version = AQ_STORE_IMPORTED,
                               .weights = "",
                               .weights_sha256 = "",
                               .precision = "unknown",
                               .sampling = "imported; made elsewhere, a row a second",
                               .program = ""};
    CHECK_OK(aq_store_has_features(s, "v", &eyes, &has));
    assert_true(has);
    real.n_seconds = f.n_rows = 2; /* the same content now, and still not lost */
    assert_int_equal(aq_store_put_clip(s, &real, &f, 1), AQ_ERR_MISMATCH);
    aq_store_close(&s);
}

static void videos_that_are_at_hand_are_looked_at(void **state)
{
    AqStore *s = aq_trip_empty("in.db");
    AqScan scan;
    AqStoreVideo v;
    AqFeatureImportSummary in;
    char sha[AQ_SHA256_HEX];
    const char *folder = aq_trip_at("videos"), *features = aq_trip_at("a");

    (void)state;
    aq_trip_write_npy("a/v.npy", "<f4", 0, "3, 4", aq_trip_rows,
                      sizeof *aq_trip_rows * 12);
    CHECK_OK(aq_trip_import(s, features, AQ_AUDIO, "ears", &in));
    assert_int_equal(in.n_unseen, 1);
    aq_trip_write("videos/v.mp4", "moving pictures", 15);
    CHECK_OK(aq_sha256_file(aq_trip_at("videos/v.mp4"), sha));
    folder = aq_trip_at("videos");
    CHECK_OK(aq_scan(&scan, &folder, 1));
    const AqFeatureImport plan = {
        .store = s, .kind = AQ_AUDIO, .name = "ears", .videos = &scan};
    for (int again = 0; again < 2; again++) {
        features = aq_trip_at("a");
        CHECK_OK(aq_import_features(&in, &features, 1, &plan));
        assert_int_equal(again ? in.n_current : in.n_made, 1);
        assert_int_equal(in.n_unseen, 0);
    }
    CHECK_OK(aq_store_video_by_name(s, "v", &v));
    assert_string_equal(v.sha256, sha);
    assert_int_equal(v.bytes, 15);
    aq_store_video_clear(&v);
    aq_scan_clear(&scan);
    aq_store_close(&s);
}

static void sizes_that_lie_cost_nothing(void **state)
{
    AqStore *s = aq_trip_empty("in.db");
    AqFeatureImportSummary in;
    char head[] = "........{\"audio/v\":{\"dtype\":\"F32\",\"shape\":[4000000,4000000],"
                  "\"data_offsets\":[0,16]}}0123456789abcdef";

    (void)state;
    memset(head, 0, 8);
    head[0] = (char)(sizeof head - 1 - 8 - 16);
    aq_trip_write("lie.safetensors", head, sizeof head - 1);
    aq_trip_write_npy("lie.npy", "<f4", 0, "86400, 65536", aq_trip_rows, 64);
    const size_t before = aq_alloc_stats().live_bytes;
    CHECK_OK(aq_trip_import(s, aq_trip_at("lie.safetensors"), AQ_AUDIO, "ears", &in));
    assert_int_equal(in.n_skipped, 1);
    CHECK_OK(aq_trip_import(s, aq_trip_at("lie.npy"), AQ_AUDIO, "ears", &in));
    assert_int_equal(in.n_skipped, 1);
    assert_non_null(strstr(aq_trip_said, "cut short"));
    assert_int_equal(aq_alloc_stats().live_bytes, before);
    aq_store_close(&s);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, aq_trip_fresh, aq_trip_gone)
    const struct CMUnitTest tests[] = {CASE(numpy_files_of_all_kinds),
                                       CASE(layouts_are_told_apart_or_asked_for),
                                       CASE(what_cannot_be_used_is_named),
                                       CASE(a_video_not_seen_is_taken_over),
                                       CASE(videos_that_are_at_hand_are_looked_at),
                                       CASE(sizes_that_lie_cost_nothing)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
