/* SPDX-License-Identifier: MIT */
/*
 * Features out of the store and back: the same in every format, with what is damaged on
 * either side left out, and never more memory than there is.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "tests/unit/check.h"
#include "tests/unit/pipeline/trip.h"

#include <sqlite3.h>
#include <string.h>

static void same_video(AqStore *a, AqStore *b, const char *name)
{
    AqStoreVideo x, y;

    CHECK_OK(aq_store_video_by_name(a, name, &x));
    CHECK_OK(aq_store_video_by_name(b, name, &y));
    assert_string_equal(x.sha256, y.sha256);
    assert_string_equal(x.path, y.path);
    assert_int_equal(x.bytes, y.bytes);
    assert_int_equal(x.mtime_ns, y.mtime_ns);
    assert_int_equal(x.duration_us, y.duration_us);
    assert_non_null(strstr(y.notes, "a fact"));
    assert_non_null(strstr(y.notes, "imported from"));
    aq_store_video_clear(&x);
    aq_store_video_clear(&y);
}

static void there_and_back(int form, int is_tchw)
{
    AqStore *s = aq_trip_store(), *back = aq_trip_empty("back.db");
    AqExportPlan plan = aq_trip_plan(s, form);
    AqExportSummary sum;
    AqFeatureImportSummary in;
    int has = 0;

    plan.is_tchw = is_tchw;
    CHECK_OK(aq_export(&sum, &plan));
    assert_int_equal(sum.n_arrays, 2 * N_NAMES);
    assert_int_equal(sum.n_skipped, 0);
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        for (int again = 0; again < 2; again++) {
            CHECK_OK(aq_trip_import(back, plan.out, (AqModality)m, NULL, &in));
            assert_int_equal(in.n_skipped + in.n_unseen, 0);
            assert_int_equal(again ? in.n_current : in.n_made, N_NAMES);
        }
    for (int k = 0; k < N_NAMES; k++) {
        same_video(s, back, aq_trip_names[k]);
        for (int m = 0; m < AQ_N_MODALITIES; m++) {
            aq_trip_same_features(s, back, aq_trip_names[k], (AqModality)m);
            CHECK_OK(
                aq_store_has_features(back, aq_trip_names[k], &aq_trip_made[m], &has));
            assert_true(has);
        }
    }
    aq_store_close(&back);
    aq_store_close(&s);
}

static void every_format_comes_back(void **state)
{
    for (int form = 0; form < aq_trip_n_forms(); form++)
        for (int is_tchw = 0; is_tchw < 2; is_tchw++) {
            there_and_back(form, is_tchw);
            assert_int_equal(aq_trip_gone(state), 0);
            assert_int_equal(aq_trip_fresh(state), 0);
        }
}

static void padded_rows_are_not_what_made_them(void **state)
{
    AqStore *s = aq_trip_store(), *back = aq_trip_empty("back.db");
    AqExportPlan plan = aq_trip_plan(s, 0);
    AqExportSummary sum;
    AqFeatureImportSummary in;
    AqStoredFeatures f;

    (void)state;
    plan.length = 5;
    plan.pad = AQ_PAD_ZERO;
    CHECK_OK(aq_export(&sum, &plan));
    CHECK_OK(aq_trip_import(back, plan.out, AQ_AUDIO, NULL, &in));
    assert_int_equal(in.n_skipped, N_NAMES);
    assert_non_null(strstr(aq_trip_said, "padded"));
    CHECK_OK(aq_trip_import(back, plan.out, AQ_AUDIO, "padded ears", &in));
    assert_int_equal(in.n_made, N_NAMES);
    CHECK_OK(aq_store_get_features(back, "a.b", AQ_AUDIO, 0, &f));
    assert_memory_equal(f.presence, ((const uint8_t[]){1, 0, 1, 0, 0}), 5);
    aq_stored_features_clear(&f);
    aq_store_close(&back);
    aq_store_close(&s);
}

static void sql(const char *text)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(aq_trip_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
}

/* One row of eight; with safetensors, whose header comes first, as well. */
static void a_damaged_row_is_left_out(void **state)
{
    AqStore *s = aq_trip_store();

    aq_store_close(&s);
    sql("UPDATE features SET data = zeroblob(length(data)) WHERE provenance_id = 1 AND "
        "video_id = (SELECT id FROM videos WHERE name = 'plain')");
    for (int form = 0; form < aq_trip_n_forms(); form++) {
        AqStore *back = aq_trip_empty("back.db");
        AqExportSummary sum;
        AqFeatureImportSummary in;

        CHECK_OK(aq_store_open(&s, aq_trip_path, AQ_STORE_READ));
        AqExportPlan plan = aq_trip_plan(s, form);
        plan.result = aq_trip_keep_export;
        CHECK_OK(aq_export(&sum, &plan));
        assert_int_equal(sum.n_arrays, 2 * N_NAMES - 1);
        assert_int_equal(sum.n_skipped, 1);
        assert_non_null(strstr(aq_trip_said, "plain"));
        for (int m = 0; m < AQ_N_MODALITIES; m++) {
            CHECK_OK(aq_trip_import(back, plan.out, (AqModality)m, NULL, &in));
            assert_int_equal(in.n_made + in.n_current, N_NAMES - (m == AQ_AUDIO));
        }
        for (int k = 0; k < N_NAMES - 1; k++)
            aq_trip_same_features(s, back, aq_trip_names[k], AQ_AUDIO);
        aq_store_close(&back);
        aq_store_close(&s);
    }
    (void)state;
}

/* The file cut to `n` bytes, or with byte n changed. */
static void spoil(const char *leaf, const char *bytes, size_t size, size_t n, int cut)
{
    char *copy = aq_alloc(size + 1, 1);

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    copy[n] = (char)(copy[n] ^ 0x5A);
    aq_trip_write(leaf, copy, cut ? n : size);
    aq_free(copy);
}

/* Whatever is in the file: an answer, and a store that is sound. */
static void survive(AqStore *s, const char *leaf, int must_skip)
{
    AqFeatureImportSummary in;
    const char *from = aq_trip_at(leaf);
    const AqFeatureImport plan = {.store = s, .kind = AQ_VISUAL, .force = 1};
    const AqErr err = aq_import_features(&in, &from, 1, &plan);

    if (err != AQ_OK)
        assert_int_equal(err, AQ_ERR_USAGE);
    else if (must_skip)
        assert_true(in.n_skipped > 0 && in.n_made == 0);
}

/* What came through, under whatever name, has the values that went out. */
static AqErr check_row(void *arg, const AqFeatureRow *row)
{
    AqStoredFeatures f;

    CHECK_OK(aq_store_get_features(arg, row->video, row->kind, row->provenance_id, &f));
    assert_int_equal(f.n_rows * f.h * f.w * f.c, T * EACH);
    assert_memory_equal(f.data, aq_trip_rows, sizeof aq_trip_rows);
    aq_stored_features_clear(&f);
    return AQ_OK;
}

static void broken_files_are_refused(void **state)
{
    const char *const leaves[] = {"npy/visual/a.b.npy", "npz/a.b.npz", "one.npz",
                                  "one.safetensors", "one.h5"};
    int64_t faults = 0;

    (void)state;
    for (int form = 0; form < aq_trip_n_forms(); form++) {
        AqStore *s = aq_trip_store(), *back = aq_trip_empty("back.db");
        AqExportPlan plan = aq_trip_plan(s, form);
        AqExportSummary sum;
        char *bytes = NULL, leaf[32];
        size_t n = 0;

        CHECK_OK(aq_export(&sum, &plan));
        CHECK_OK(aq_fs_read(aq_trip_at(leaves[form]), 1 << 20, &bytes, &n));
        (void)snprintf(leaf, sizeof leaf, "bad%s", strrchr(leaves[form], '.'));
        for (size_t k = 0; k < n; k += n / 40 + 1) {
            spoil(leaf, bytes, n, k, 1);
            survive(back, leaf, 1);
        }
        for (size_t k = 0; k < n; k += n / 97 + 1) {
            spoil(leaf, bytes, n, k, 0);
            survive(back, leaf, k < 4); /* the magic */
            CHECK_OK(aq_store_each_feature(back, NULL, check_row, back));
        }
        CHECK_OK(aq_store_verify(back, NULL, NULL, &faults));
        assert_int_equal(faults, 0);
        aq_free(bytes);
        aq_store_close(&back);
        aq_store_close(&s);
    }
}

static void memory_runs_out(int form, AqStore *s)
{
    AqExportSummary sum;
    AqFeatureImportSummary in;
    AqExportPlan plan = aq_trip_plan(s, form);
    long n;

    plan.force = 1;
    for (n = 1;; n++) {
        const size_t before = aq_alloc_stats().n_live;

        aq_alloc_fail_after(n);
        const AqErr err = aq_export(&sum, &plan);
        const int failed = aq_alloc_failed();
        aq_alloc_fail_after(0);
        assert_int_equal(aq_alloc_stats().n_live, before);
        if (!failed) {
            CHECK_OK(err);
            break;
        }
        assert_int_equal(err, AQ_ERR_NOMEM);
    }
    assert_true(n > 10);
    AqStore *back = aq_trip_empty("back.db");
    for (n = 1;; n++) { /* in half precision, and in float32 */
        const size_t before = aq_alloc_stats().n_live;

        aq_alloc_fail_after(n);
        AqErr err = aq_trip_import(back, plan.out, AQ_AUDIO, NULL, &in);
        if (err == AQ_OK)
            err = aq_trip_import(back, plan.out, AQ_VISUAL, NULL, &in);
        const int failed = aq_alloc_failed();
        aq_alloc_fail_after(0);
        assert_int_equal(aq_alloc_stats().n_live, before);
        if (!failed) {
            CHECK_OK(err);
            break;
        }
        assert_int_equal(err, AQ_ERR_NOMEM);
    }
    assert_true(n > 10);
    aq_store_close(&back);
}

static void memory_may_run_out_anywhere(void **state)
{
    AqStore *s = NULL;

    CHECK_OK(aq_store_open(&s, aq_trip_path, AQ_STORE_CREATE));
    aq_trip_put(s, aq_trip_names[0]);
    aq_trip_put(s, aq_trip_names[1]);
    for (int form = 0; form < aq_trip_n_forms(); form++)
        memory_runs_out(form, s);
    aq_store_close(&s);
    (void)state;
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, aq_trip_fresh, aq_trip_gone)
    const struct CMUnitTest tests[] = {
        CASE(every_format_comes_back), CASE(padded_rows_are_not_what_made_them),
        CASE(a_damaged_row_is_left_out), CASE(broken_files_are_refused),
        CASE(memory_may_run_out_anywhere)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
