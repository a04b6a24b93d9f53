/* SPDX-License-Identifier: MIT */
/* Data sets in a store, and what becomes of stores from before there were any. */
#include "base/alloc.h"
#include "store/annotations/annotations.h"
#include "store/merge/merge.h"
#include "store/upkeep/gc.h"
#include "tests/unit/check.h"
#include "tests/unit/store/toy_store.h"

#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMPOSED   "caf\xc3\xa9"
#define DECOMPOSED "cafe\xcc\x81"

/* Schema 3, as it was released. */
static const char schema_3[] =
    "CREATE TABLE videos("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE CHECK(length(name) > 0),"
    " path TEXT NOT NULL,"
    " bytes INTEGER NOT NULL CHECK(bytes >= 0),"
    " mtime_ns INTEGER NOT NULL,"
    " sha256 TEXT NOT NULL CHECK(length(sha256) = 64 OR "
    "  (sha256 = '' AND status = 'failed')),"
    " duration_us INTEGER NOT NULL CHECK(duration_us >= 0),"
    " n_seconds INTEGER NOT NULL CHECK(n_seconds >= 0),"
    " has_audio INTEGER NOT NULL CHECK(has_audio IN (0, 1)),"
    " has_video INTEGER NOT NULL CHECK(has_video IN (0, 1)),"
    " notes TEXT NOT NULL,"
    " status TEXT NOT NULL CHECK(status IN ('ok', 'failed')),"
    " stage TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " added_s INTEGER NOT NULL,"
    " updated_s INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX videos_by_sha256 ON videos(sha256);"
    "CREATE INDEX videos_by_path ON videos(path);"
    "CREATE TABLE provenance("
    " id INTEGER PRIMARY KEY,"
    " kind TEXT NOT NULL CHECK(kind IN ('audio', 'visual')),"
    " extractor TEXT NOT NULL,"
    " extractor_version TEXT NOT NULL,"
    " weights TEXT NOT NULL,"
    " weights_sha256 TEXT NOT NULL,"
    " precision TEXT NOT NULL,"
    " sampling TEXT NOT NULL,"
    " program TEXT NOT NULL,"
    " UNIQUE(kind, extractor, extractor_version, weights, weights_sha256, precision,"
    "  sampling, program)"
    ") STRICT;"
    "CREATE TABLE features("
    " video_id INTEGER NOT NULL REFERENCES videos(id) ON DELETE CASCADE,"
    " provenance_id INTEGER NOT NULL REFERENCES provenance(id) ON DELETE CASCADE,"
    " n_seconds INTEGER NOT NULL CHECK(n_seconds > 0),"
    " h INTEGER NOT NULL CHECK(h > 0),"
    " w INTEGER NOT NULL CHECK(w > 0),"
    " c INTEGER NOT NULL CHECK(c > 0),"
    " dtype TEXT NOT NULL CHECK(dtype IN ('f16', 'f32')),"
    " sha256 TEXT NOT NULL CHECK(length(sha256) = 64),"
    " made_s INTEGER NOT NULL,"
    " presence BLOB NOT NULL,"
    " data BLOB NOT NULL,"
    " PRIMARY KEY(video_id, provenance_id)"
    ") STRICT;"
    "CREATE INDEX features_by_provenance ON features(provenance_id);"
    "CREATE TABLE annotations("
    " dataset TEXT NOT NULL,"
    " split TEXT NOT NULL,"
    " place INTEGER NOT NULL,"
    " video TEXT NOT NULL,"
    " question_id INTEGER NOT NULL,"
    " modality TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " template TEXT NOT NULL,"
    " slot_values TEXT NOT NULL,"
    " question TEXT NOT NULL,"
    " answer TEXT NOT NULL,"
    " file TEXT NOT NULL,"
    " record INTEGER NOT NULL,"
    " PRIMARY KEY(dataset, split, place)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX annotations_by_video ON annotations(video);"
    "CREATE TABLE runs("
    " id INTEGER PRIMARY KEY,"
    " kind TEXT NOT NULL,"
    " status TEXT NOT NULL"
    "  CHECK(status IN ('running', 'done', 'failed', 'interrupted')),"
    " started_s INTEGER NOT NULL,"
    " finished_s INTEGER NOT NULL,"
    " program TEXT NOT NULL,"
    " config TEXT NOT NULL,"
    " metrics TEXT NOT NULL,"
    " model_path TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE leases("
    " name TEXT PRIMARY KEY,"
    " owner TEXT NOT NULL,"
    " until_s INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "PRAGMA application_id = 1095848788; PRAGMA user_version = 3;";

/* What aq_toy_a holds, as the program of schema 3 would have written it, to aq_toy_b.
 */
static void age(const char *more)
{
    aq_toy_sql(aq_toy_b, schema_3);
    char *sql = aq_strf(
        "ATTACH '%s' AS young; INSERT INTO videos SELECT id, name, path, bytes, "
        "mtime_ns, sha256, duration_us, n_seconds, has_audio, has_video, notes, "
        "status, stage, reason, added_s, updated_s FROM young.videos; "
        "INSERT INTO provenance SELECT * FROM young.provenance; "
        "INSERT INTO features SELECT * FROM young.features; %s",
        aq_toy_a, more);
    aq_toy_sql(aq_toy_b, sql);
    aq_free(sql);
}

static void old_store(void)
{
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_visual, 2);
    aq_toy_put(aq_toy_a, "x@bbbbbbbb", 'b', &aq_toy_audio, 3);
    aq_toy_put(aq_toy_a, "y@cccccccc", 'd', &aq_toy_audio,
               4); /* no digest of its own */
    aq_toy_put(aq_toy_a, "other", 'e', &aq_toy_audio, 5);
    aq_toy_put_failed(aq_toy_a, "v2", 'f');
    age("UPDATE videos SET name = '" DECOMPOSED "' WHERE name = 'other';");
}

static long long n_in(const char *db, const char *dataset)
{
    char sql[128];

    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM videos WHERE dataset = '%s'",
                   dataset);
    return aq_toy_number(db, sql);
}

static AqErr count(void *arg, const AqStoreVideo *v)
{
    (void)v;
    ++*(int *)arg;
    return AQ_OK;
}

static int n_videos(AqStore *s)
{
    int n = 0;

    CHECK_OK(aq_store_each_video(s, count, &n));
    return n;
}

static float first_value(AqStore *s, const char *name)
{
    AqStoredFeatures f;

    CHECK_OK(aq_store_get_features(s, name, AQ_AUDIO, 0, &f));
    const float x = f.data[0];
    aq_stored_features_clear(&f);
    return x;
}

static void old_stores_are_brought_along(void **state)
{
    const AqStoreMode modes[] = {AQ_STORE_WRITE, AQ_STORE_READ};

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        AqStoreVideo v;

        old_store();
        AqStore *s = aq_toy_open(aq_toy_b, modes[k]);
        CHECK_OK(aq_store_video_by_name(s, "v1", &v));
        assert_string_equal(v.dataset, AQ_DATASET_DEFAULT);
        aq_store_video_clear(&v);
        CHECK_OK(aq_store_video_by_name(s, COMPOSED, &v));
        aq_store_video_clear(&v);
        assert_int_equal(n_videos(s), 4);
        CHECK_OK(aq_store_use_dataset(s, AQ_DATASET_ASKED));
        assert_int_equal(n_videos(s), 1);
        assert_int_equal(first_value(s, "x@bbbbbbbb"), 300);
        aq_store_close(&s);
        aq_toy_sound(aq_toy_b);
        assert_int_equal(aq_toy_number(aq_toy_b, "PRAGMA user_version"),
                         modes[k] == AQ_STORE_READ ? 3 : 6); /* left as it is */
        s = aq_toy_open(aq_toy_b, AQ_STORE_WRITE);
        aq_store_close(&s);
        assert_int_equal(aq_toy_number(aq_toy_b, "PRAGMA user_version"), 6);
        aq_toy_sound(aq_toy_b);
        assert_int_equal(n_in(aq_toy_b, AQ_DATASET_DEFAULT), 4);
        assert_int_equal(n_in(aq_toy_b, AQ_DATASET_ASKED), 1);
        aq_toy_sql(aq_toy_b,
                   "UPDATE videos SET name = 'other' WHERE name = '" COMPOSED "'");
        aq_toy_same_features(aq_toy_a, aq_toy_b);
        assert_int_equal(unlink(aq_toy_a), 0);
        assert_int_equal(unlink(aq_toy_b), 0);
    }
}

/* Questions of stores from before choices are open, with either way of opening. */
static void old_questions_are_open(void **state)
{
    const AqStoreMode modes[] = {AQ_STORE_READ, AQ_STORE_WRITE};

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    age("INSERT INTO annotations VALUES('band', 'train', 0, 'v1', 7, 'Audio', 'Counting', "
        "'How many <X>?', '[\"flutes\"]', 'How many flutes?', 'two', 'f.json', 0);");
    for (size_t k = 0; k < 2; k++) {
        AqAnnotations *l = NULL;
        AqStore *s = aq_toy_open(aq_toy_b, modes[k]);

        CHECK_OK(aq_store_get_annotations(s, "band", "train", &l));
        assert_int_equal(l->n, 1);
        assert_string_equal(l->v[0].values[0], "flutes");
        assert_string_equal(l->v[0].answer, "two");
        assert_int_equal(l->v[0].task, AQ_TASK_OPEN);
        assert_int_equal(l->v[0].n_choices, 0);
        aq_annotations_free(&l);
        aq_store_close(&s);
        assert_int_equal(aq_toy_number(aq_toy_b, "PRAGMA user_version"), k ? 6 : 3);
        aq_toy_sound(aq_toy_b);
    }
}

/* References still hold: what belongs to a video goes with it. */
static void references_survive(void **state)
{
    AqStore *s;

    (void)state;
    old_store();
    s = aq_toy_open(aq_toy_b, AQ_STORE_WRITE);
    CHECK_OK(aq_store_forget_video(s, "v1"));
    aq_store_close(&s);
    assert_int_equal(aq_toy_number(aq_toy_b, "SELECT count(*) FROM features"), 3);
    aq_toy_sound(aq_toy_b);
}

static void both_spellings_stay(void **state)
{
    AqStore *s;

    (void)state;
    aq_toy_put(aq_toy_a, "one", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_a, COMPOSED, 'b', &aq_toy_audio, 2);
    age("UPDATE videos SET name = '" DECOMPOSED "' WHERE name = 'one';");
    s = aq_toy_open(aq_toy_b, AQ_STORE_WRITE);
    aq_store_close(&s);
    assert_int_equal(n_in(aq_toy_b, AQ_DATASET_DEFAULT), 2);
    aq_toy_sound(aq_toy_b);
}

/* ---- apart ---- */

static void put_in(const char *db, const char *dataset, const char *name, char content,
                   const AqProvenance *p, int seed)
{
    char sql[256];

    aq_toy_put(db, name, content, p, seed);
    (void)snprintf(sql, sizeof sql,
                   "UPDATE videos SET dataset = '%s' WHERE name = '%s' AND "
                   "dataset = 'default'",
                   dataset, name);
    aq_toy_sql(db, sql);
}

static void names_are_of_one_data_set(void **state)
{
    AqProvenanceList made;
    AqStoreVideo v;
    AqStore *s, *t = NULL;
    int has = 0, mine = 0;

    (void)state;
    put_in(aq_toy_a, "music", "v1", 'a', &aq_toy_audio, 1);
    put_in(aq_toy_a, AQ_DATASET_ASKED, "v1", 'b', &aq_toy_visual, 2);
    aq_toy_put(aq_toy_a, "v1", 'c', &aq_toy_audio, 3);
    s = aq_toy_open(aq_toy_a, AQ_STORE_WRITE);
    assert_int_equal(first_value(s, "v1"), 300);
    CHECK_OK(aq_store_use_dataset(s, "music"));
    assert_int_equal(first_value(s, "v1"), 100);
    assert_int_equal(n_videos(s), 1);
    CHECK_OK(aq_store_has_features(s, "v1", &aq_toy_visual, &has));
    assert_int_equal(has, 0);
    CHECK_OK(aq_store_list_provenance_used(s, &made));
    assert_int_equal(made.n, 1);
    aq_provenance_list_clear(&made);
    CHECK_OK(aq_store_list_provenance(s, &made));
    assert_int_equal(made.n, 2);
    aq_provenance_list_clear(&made);
    CHECK_OK(aq_store_lease(s, "v1", 60, &mine));
    assert_int_equal(mine, 1);
    CHECK_OK(aq_store_open_again(&t, s, AQ_STORE_READ));
    assert_string_equal(aq_store_dataset_used(t), "music");
    aq_store_close(&t);
    CHECK_OK(aq_store_forget_video(s, "v1"));
    assert_int_equal(n_videos(s), 0);
    CHECK_OK(aq_store_use_dataset(s, AQ_DATASET_DEFAULT));
    CHECK_OK(aq_store_video_by_name(s, "v1", &v));
    assert_int_equal(v.sha256[0], 'c');
    aq_store_video_clear(&v);
    assert_int_equal(aq_store_use_dataset(s, "a/b"), AQ_ERR_FORMAT);
    assert_int_equal(aq_store_use_dataset(s, ""), AQ_ERR_FORMAT);
    aq_store_close(&s);
    assert_int_equal(aq_toy_number(aq_toy_a, "SELECT count(*) FROM leases WHERE name = "
                                             "'music/v1'"),
                     1);
    aq_toy_sound(aq_toy_a);
}

static void figures_leave_the_asked_out(void **state)
{
    AqStoreInfo i;
    AqStore *s;

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    put_in(aq_toy_a, AQ_DATASET_ASKED, "v2", 'b', &aq_toy_audio, 2);
    s = aq_toy_open(aq_toy_a, AQ_STORE_READ);
    CHECK_OK(aq_store_info(s, &i));
    assert_int_equal(i.n_videos, 1);
    assert_int_equal(i.n_asked, 1);
    aq_store_close(&s);
}

static void the_asked_go_when_told_to(void **state)
{
    const AqGcPlan plan = {.asked = 1};
    AqGcSummary g;
    AqStore *s;

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    put_in(aq_toy_a, AQ_DATASET_ASKED, "v2", 'b', &aq_toy_visual, 2);
    s = aq_toy_open(aq_toy_a, AQ_STORE_WRITE);
    CHECK_OK(aq_store_gc(s, &plan, &g));
    aq_store_close(&s);
    assert_int_equal(g.n_asked, 1);
    assert_int_equal(g.n_makes, 1);
    assert_int_equal(g.feature_bytes, AQ_TOY_T * AQ_TOY_C * 4);
    assert_int_equal(aq_toy_number(aq_toy_a, "SELECT count(*) FROM videos"), 1);
    assert_int_equal(aq_toy_number(aq_toy_a, "SELECT count(*) FROM features"), 1);
}

/* Namesakes of two data sets are no conflict; what was asked stays where it is, and its
 * makes are nobody's. */
static void merging_keeps_them_apart(void **state)
{
    const char *const sources[] = {aq_toy_a, aq_toy_b};
    const AqMergePlan plan = {.into = aq_toy_c,
                              .sources = sources,
                              .n_sources = 2,
                              .prefer = AQ_MERGE_REFUSE,
                              .timeout_ms = 50};
    AqProvenance other = aq_toy_audio;
    AqMergeSummary sum;

    (void)state;
    other.extractor = "another";
    put_in(aq_toy_a, "music", "v1", 'a', &aq_toy_audio, 1);
    put_in(aq_toy_a, "zoo", "v0", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_a, "v1", 'b', &aq_toy_audio, 2);
    put_in(aq_toy_a, AQ_DATASET_ASKED, "v9", 'c', &other, 3);
    put_in(aq_toy_b, "music", "v2", 'd', &aq_toy_audio, 4);
    aq_toy_put(aq_toy_b, "v3", 'e', &aq_toy_audio, 5);
    put_in(aq_toy_b, AQ_DATASET_ASKED, "v9", 'f', &aq_toy_audio, 6);
    for (int again = 0; again < 2; again++) {
        CHECK_OK(aq_store_merge(&plan, &sum));
        assert_int_equal(sum.n_total, 5);
        assert_int_equal(sum.n_seen, 5);
        assert_int_equal(sum.n_added, again ? 0 : 5);
        assert_int_equal(n_in(aq_toy_c, "music"), 2);
        assert_int_equal(n_in(aq_toy_c, "zoo"), 1);
        assert_int_equal(n_in(aq_toy_c, AQ_DATASET_DEFAULT), 2);
        assert_int_equal(n_in(aq_toy_c, AQ_DATASET_ASKED), again);
        if (!again)
            put_in(aq_toy_c, AQ_DATASET_ASKED, "v8", 'c', &other, 7);
    }
    aq_toy_sound(aq_toy_c);
    put_in(aq_toy_b, "music", "v1", 'f', &aq_toy_audio, 6);
    assert_int_equal(aq_store_merge(&plan, &sum), AQ_ERR_MISMATCH);
    aq_toy_says("different videos under the name v1");
}

#define FRESH(f) cmocka_unit_test_setup_teardown(f, aq_toy_fresh, aq_toy_gone)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(old_stores_are_brought_along), FRESH(old_questions_are_open),
        FRESH(references_survive),           FRESH(both_spellings_stay),
        FRESH(names_are_of_one_data_set),    FRESH(figures_leave_the_asked_out),
        FRESH(the_asked_go_when_told_to),    FRESH(merging_keeps_them_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
