/* SPDX-License-Identifier: MIT */
/*
 * Rows that are no seconds, in the store and out of it: their times come back, survive
 * export, import and merging, are looked at by verify, and whoever needs a row a second
 * says so.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "pipeline/inputs/features/clip.h"
#include "pipeline/inputs/features/wants.h"
#include "store/merge/merge.h"
#include "tests/unit/check.h"
#include "tests/unit/pipeline/trip.h"

#include <sqlite3.h>
#include <string.h>

enum { N_CLIPS = 3 };

static const AqRowSpan times[N_CLIPS] = {{0, 640000}, {0, 0}, {1720000, 2360000}};

static AqProvenance made_as(const char *extractor, const char *sampling)
{
    AqProvenance p = aq_trip_made[AQ_VISUAL];

    p.extractor = extractor;
    p.sampling = sampling;
    return p;
}

/* T seconds: sound a row a second, and `rows` rows of `p`. */
static AqErr put_rows(AqStore *s, const AqProvenance *p, int rows,
                      const AqRowSpan *spans)
{
    static const uint8_t presence[64] = {1, 0, 1};
    const AqStoreVideo v = aq_trip_video("plain");
    const AqStoreFeatures f[] = {{.provenance = &aq_trip_made[AQ_AUDIO],
                                  .n_rows = T,
                                  .h = 1,
                                  .w = 1,
                                  .c = C,
                                  .presence = aq_trip_presence,
                                  .data = aq_trip_rows,
                                  .dtype = AQ_FEATURE_F32},
                                 {.provenance = p,
                                  .n_rows = rows,
                                  .h = 1,
                                  .w = 1,
                                  .c = C,
                                  .presence = presence,
                                  .spans = spans,
                                  .data = aq_trip_rows,
                                  .dtype = AQ_FEATURE_F32}};

    return aq_store_put_clip(s, &v, f, 2);
}

static AqStore *store_of_clips(const char *leaf)
{
    const AqProvenance p = made_as("clips", "some way; rows: 3 clips of 16 frames");
    AqStore *s = aq_trip_empty(leaf);

    CHECK_OK(put_rows(s, &p, N_CLIPS, times));
    return s;
}

static void check_times_of(AqStore *s, const char *name)
{
    AqStoredFeatures f;
    AqRowSpan *spans = NULL;
    int n = 0;
    int64_t faults = 0;

    CHECK_OK(aq_store_get_features(s, name, AQ_VISUAL, 0, &f));
    assert_int_equal(f.n_rows, N_CLIPS);
    assert_int_equal(f.rows.clips, N_CLIPS);
    assert_int_equal(f.rows.frames, 16);
    assert_memory_equal(f.spans, times, sizeof times);
    CHECK_OK(aq_store_get_spans(s, name, f.provenance_id, &spans, &n));
    assert_int_equal(n, N_CLIPS);
    assert_memory_equal(spans, times, sizeof times);
    aq_free(spans);
    aq_stored_features_clear(&f);
    CHECK_OK(aq_store_verify(s, NULL, NULL, &faults));
    assert_true(faults == 0);
}

static void plans_are_read_as_they_are_written(void **state)
{
    static const char *const texts[] = {"1 a second", "4 a second", "8 a second",
                                        "8 clips of 16 frames"};
    static const char *const none[] = {"x",
                                       "x; rows: ",
                                       "x; rows: 3 a second",
                                       "x; rows: 4 a second ",
                                       "rows: 4",
                                       "x; rows: 0 a second",
                                       "x; rows: 8 clips of",
                                       "x; rows: 99 clips of 1 "
                                       "frames"};
    char own[AQ_ROWS_TEXT], whole[128];

    (void)state;
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        (void)snprintf(whole, sizeof whole, "a; b; rows: %s; options: c=d", texts[k]);
        assert_string_equal(aq_rows_text(aq_rows_of(whole), own), texts[k]);
    }
    for (size_t k = 0; k < sizeof none / sizeof *none; k++)
        assert_true(aq_rows_are_seconds(aq_rows_of(none[k])));
}

static void times_come_back(void **state)
{
    const AqProvenance quarters = made_as("four", "some way; rows: 4 a second"),
                       fours = made_as("fours", "x; rows: 1 a second of 4 pictures");
    AqStoredFeatures f;

    (void)state;
    AqStore *s = store_of_clips("clips.db");
    check_times_of(s, "plain");
    aq_store_close(&s);
    s = aq_trip_empty("four.db");
    CHECK_OK(put_rows(s, &quarters, 4 * T, NULL));
    CHECK_OK(aq_store_get_features(s, "plain", AQ_VISUAL, 0, &f));
    assert_int_equal(f.n_rows, 4 * T);
    assert_true(f.spans[5].from_us == 1250000 && f.spans[5].to_us == 1500000);
    aq_stored_features_clear(&f);
    CHECK_OK(put_rows(s, &fours, T, NULL)); /* a row a second, as others are */
    CHECK_OK(aq_store_get_features(s, "plain", AQ_VISUAL, 3, &f));
    assert_true(f.n_rows == T && f.rows.per_second == 1 && f.rows.frames == 4);
    assert_true(f.spans[2].from_us == 2000000 && f.spans[2].to_us == 3000000);
    aq_stored_features_clear(&f);
    CHECK_OK(aq_store_get_features(s, "plain", AQ_AUDIO, 0, &f));
    assert_int_equal(f.rows.per_second, 1);
    assert_true(f.spans[2].from_us == 2000000 && f.spans[2].to_us == 3000000);
    aq_stored_features_clear(&f);
    aq_store_close(&s);
}

static void lengths_and_times_must_fit(void **state)
{
    const AqProvenance clips = made_as("clips", "x; rows: 3 clips of 16 frames"),
                       four = made_as("four", "x; rows: 4 a second");
    const AqRowSpan back[N_CLIPS] = {{5, 4}};

    (void)state;
    AqStore *s = aq_trip_empty("misfits.db");
    assert_int_equal(put_rows(s, &clips, 2, times), AQ_ERR_USAGE);
    assert_int_equal(put_rows(s, &clips, N_CLIPS, NULL), AQ_ERR_USAGE);
    assert_int_equal(put_rows(s, &clips, N_CLIPS, back), AQ_ERR_FORMAT);
    assert_int_equal(put_rows(s, &four, T, NULL), AQ_ERR_USAGE);
    assert_int_equal(put_rows(s, &aq_trip_made[AQ_VISUAL], T, times), AQ_ERR_USAGE);
    CHECK_OK(put_rows(s, &clips, N_CLIPS, times));
    aq_store_close(&s);
}

static void run_sql_on(const char *db, const char *sql)
{
    sqlite3 *d = NULL;

    assert_int_equal(sqlite3_open(db, &d), SQLITE_OK);
    assert_int_equal(sqlite3_exec(d, sql, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(d);
}

static void damaged_times_are_seen(void **state)
{
    static const char *const ways[] = {
        "UPDATE row_times SET times = zeroblob(48)",
        "UPDATE row_times SET times = zeroblob(7)", "DELETE FROM row_times",
        "UPDATE provenance SET sampling = 'x; rows: 4 a second' WHERE kind = 'visual'"};

    (void)state;
    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
        char leaf[32];
        AqStoredFeatures f;
        int64_t faults = 0;

        (void)snprintf(leaf, sizeof leaf, "damaged%zu.db", k);
        AqStore *s = store_of_clips(leaf);
        aq_store_close(&s);
        run_sql_on(aq_trip_at(leaf), ways[k]);
        CHECK_OK(aq_store_open(&s, aq_trip_at(leaf), AQ_STORE_READ));
        CHECK_OK(aq_store_verify(s, NULL, NULL, &faults));
        if (faults == 0)
            fail_msg("not seen: %s", ways[k]);
        if (k < 3)
            assert_int_equal(aq_store_get_features(s, "plain", AQ_VISUAL, 0, &f),
                             AQ_ERR_FORMAT);
        aq_store_close(&s);
    }
}

/* What a video's features take along: a replaced row, a deleted video. */
static void times_go_with_their_rows(void **state)
{
    (void)state;
    AqStore *s = store_of_clips("gone.db");
    const AqProvenance p = made_as("clips", "some way; rows: 3 clips of 16 frames");
    CHECK_OK(put_rows(s, &p, N_CLIPS, times)); /* again */
    check_times_of(s, "plain");
    CHECK_OK(aq_store_forget_video(s, "plain"));
    aq_store_close(&s);
    run_sql_on(aq_trip_at("gone.db"),
               "CREATE TABLE t(n CHECK(n = 0)); INSERT INTO t SELECT count(*) FROM "
               "row_times");
}

static void exports_say_the_times_and_imports_take_them(void **state)
{
    (void)state;
    for (int form = 0; form < aq_trip_n_forms(); form++) {
        char leaf[32];
        AqExportSummary out;
        AqFeatureImportSummary in;
        AqStore *s, *to;

        (void)snprintf(leaf, sizeof leaf, "from%d.db", form);
        s = store_of_clips(leaf);
        AqExportPlan plan = aq_trip_plan(s, form);
        CHECK_OK(aq_export(&out, &plan));
        assert_int_equal(out.n_arrays, 2);
        (void)snprintf(leaf, sizeof leaf, "to%d.db", form);
        to = aq_trip_empty(leaf);
        CHECK_OK(aq_trip_import(to, plan.out, AQ_VISUAL, NULL, &in));
        if (in.n_made != 1)
            fail_msg("form %d: %s", form, aq_trip_said);
        check_times_of(to, "plain");
        aq_trip_same_features(s, to, "plain", AQ_VISUAL);
        CHECK_OK(aq_trip_import(to, plan.out, AQ_AUDIO, NULL, &in)); /* same length */
        assert_int_equal(in.n_made, 1);
        CHECK_OK(aq_trip_import(to, plan.out, AQ_VISUAL, NULL, &in));
        assert_int_equal(in.n_current, 1);
        CHECK_OK(aq_trip_import(to, plan.out, AQ_VISUAL, "other", &in));
        assert_int_equal(in.n_skipped, 1);
        assert_non_null(strstr(aq_trip_said, "3 clips of 16 frames"));
        aq_store_close(&to);
        aq_store_close(&s);
    }
}

static void what_is_written_beside_them_is_for_people_too(void **state)
{
    AqExportSummary out;
    char *text = NULL;
    size_t n = 0;

    (void)state;
    AqStore *s = store_of_clips("people.db");
    const AqExportPlan plan = aq_trip_plan(s, 0);
    CHECK_OK(aq_export(&out, &plan));
    CHECK_OK(aq_fs_read(aq_trip_at("npy/visual/plain.npy.json"), 1 << 20, &text, &n));
    assert_non_null(strstr(text, "\"row_plan\":\"3 clips of 16 frames\""));
    assert_non_null(
        strstr(text, "\"row_times_us\":[[0,640000],[0,0],[1720000,2360000]]"));
    assert_non_null(strstr(text, "\"seconds\":3"));
    aq_free(text);
    CHECK_OK(aq_fs_read(aq_trip_at("npy/audio/plain.npy.json"), 1 << 20, &text, &n));
    assert_null(strstr(text, "row_")); /* seconds are what they were */
    assert_null(strstr(text, "\"seconds\""));
    aq_free(text);
    aq_store_close(&s);
}

static void merging_keeps_the_times(void **state)
{
    AqMergeSummary sum;

    (void)state;
    AqStore *s = store_of_clips("one.db");
    aq_store_close(&s);
    const char *sources[] = {aq_trip_at("one.db")};
    const AqMergePlan plan = {.into = aq_trip_at("all.db"),
                              .sources = sources,
                              .n_sources = 1,
                              .prefer = AQ_MERGE_REFUSE};
    CHECK_OK(aq_store_merge(&plan, &sum));
    assert_int_equal(sum.n_features, 2);
    CHECK_OK(aq_store_open(&s, aq_trip_at("all.db"), AQ_STORE_READ));
    check_times_of(s, "plain");
    aq_store_close(&s);
}

static void models_take_seconds_only(void **state)
{
    const char *const any[AQ_N_MODALITIES] = {NULL, NULL};
    const AqProvenance fours = made_as("fours", "x; rows: 1 a second of 4 pictures");
    AqFeatureChoice choice;

    (void)state;
    AqStore *s = store_of_clips("refused.db");
    assert_int_equal(aq_feature_choice(&choice, s, any), AQ_ERR_UNSUPPORTED);
    assert_non_null(strstr(aq_err_text(), "visual features by clips"));
    assert_non_null(strstr(aq_err_text(), "3 clips of 16 frames"));
    CHECK_OK(put_rows(s, &aq_trip_made[AQ_VISUAL], T, NULL));
    const char *const eyes[AQ_N_MODALITIES] = {NULL, "eyes"};
    CHECK_OK(aq_feature_choice(&choice, s, eyes));
    aq_feature_choice_clear(&choice);
    CHECK_OK(put_rows(s, &fours, T, NULL));
    const char *const several[AQ_N_MODALITIES] = {NULL, "fours"};
    CHECK_OK(aq_feature_choice(&choice, s, several));
    assert_int_equal(choice.n, 2);
    aq_feature_choice_clear(&choice);
    const char *const mixed[AQ_N_MODALITIES] = {NULL, "eyes,clips"};
    assert_int_equal(aq_feature_choice(&choice, s, mixed), AQ_ERR_UNSUPPORTED);
    assert_non_null(strstr(aq_err_text(), "visual features by clips have 3 clips of 16 "
                                          "frames, those by eyes 1 a second"));
    aq_store_close(&s);
}

/* The same network and weights, but rows that show something else. */
static void models_are_not_shown_other_rows(void **state)
{
    const AqProvenance one = made_as("eyes", "some way"),
                       fours = made_as("eyes", "some way" AQ_ROWS_MARK
                                               "1 a second of 4 pictures");
    const AqProvenance *const made[] = {&one, &fours};
    AqFeatureChoice choice;

    (void)state;
    for (int k = 0; k < 2; k++) {
        AqStore *s = aq_trip_empty(k ? "shows_4.db" : "shows_1.db");
        char *json = NULL;

        CHECK_OK(put_rows(s, made[k], T, NULL));
        AqProvenance both[] = {aq_trip_made[AQ_AUDIO], *made[1 - k]};
        CHECK_OK(aq_wants_json(both, 2, &json));
        assert_int_equal(aq_feature_choice_for(&choice, s, json), AQ_ERR_MISMATCH);
        const char *model = strstr(aq_err_text(), "The model's:"),
                   *store = model ? strstr(model, "The store's:") : NULL,
                   *rows = strstr(aq_err_text(), "1 a second of 4 pictures");
        assert_true(model && store && rows);
        assert_int_equal(rows < store, k == 0); /* on the right side */
        aq_free(json);
        both[1] = *made[k];
        CHECK_OK(aq_wants_json(both, 2, &json));
        CHECK_OK(aq_feature_choice_for(&choice, s, json));
        aq_feature_choice_clear(&choice);
        aq_free(json);
        aq_store_close(&s);
    }
}

/* A store of before there were times is read as it is. */
static void older_stores_are_read(void **state)
{
    AqStoredFeatures f;

    (void)state;
    AqStore *s = aq_trip_store();
    aq_store_close(&s);
    run_sql_on(aq_trip_path,
               "DROP TABLE row_times; ALTER TABLE annotations DROP COLUMN task;"
               "ALTER TABLE annotations DROP COLUMN choices; PRAGMA user_version = 4");
    for (int k = 0; k < 2; k++) {
        CHECK_OK(
            aq_store_open(&s, aq_trip_path, k == 0 ? AQ_STORE_READ : AQ_STORE_WRITE));
        CHECK_OK(aq_store_get_features(s, "plain", AQ_VISUAL, 0, &f));
        assert_int_equal(f.n_rows, T);
        aq_stored_features_clear(&f);
        aq_store_close(&s);
        run_sql_on(aq_trip_path, k == 0 ? "SELECT 1" : "SELECT * FROM row_times");
    }
}

int main(void)
{
#define EACH_TEST(f) cmocka_unit_test_setup_teardown(f, aq_trip_fresh, aq_trip_gone)
    const struct CMUnitTest tests[] = {
        EACH_TEST(plans_are_read_as_they_are_written),
        EACH_TEST(times_come_back),
        EACH_TEST(lengths_and_times_must_fit),
        EACH_TEST(damaged_times_are_seen),
        EACH_TEST(times_go_with_their_rows),
        EACH_TEST(exports_say_the_times_and_imports_take_them),
        EACH_TEST(what_is_written_beside_them_is_for_people_too),
        EACH_TEST(merging_keeps_the_times),
        EACH_TEST(models_take_seconds_only),
        EACH_TEST(models_are_not_shown_other_rows),
        EACH_TEST(older_stores_are_read)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
