/* SPDX-License-Identifier: MIT */
/* Merging stores: whatever the order, again, after a kill, with damage, in conflict. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "store/annotations/annotations.h"
#include "store/merge/merge.h"
#include "tests/unit/check.h"
#include "tests/unit/store/toy_store.h"

#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static AqErr merge(const char *into, const char *x, const char *y, int prefer,
                   AqMergeMakes makes, AqMergeSummary *sum)
{
    const char *const sources[] = {x, y};
    AqMergePlan plan = {.into = into,
                        .sources = sources,
                        .n_sources = y ? 2 : 1,
                        .prefer = prefer,
                        .makes = makes,
                        .timeout_ms = 50};

    return aq_store_merge(&plan, sum);
}

static AqErr plain(const char *into, const char *x, const char *y, AqMergeSummary *sum)
{
    return merge(into, x, y, AQ_MERGE_REFUSE, AQ_MERGE_ONE_MAKE, sum);
}

static void two_stores(void)
{
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_visual, 2);
    aq_toy_put(aq_toy_a, "v3", 'c', &aq_toy_audio, 3);
    aq_toy_put_failed(aq_toy_a, "v2", 'b');
    aq_toy_put_failed(aq_toy_a, "v9", 'f');
    aq_toy_put(aq_toy_b, "v2", 'b', &aq_toy_audio, 4);
    aq_toy_put(aq_toy_b, "v1", 'a', &aq_toy_audio, 1); /* the same bytes */
    aq_toy_put(aq_toy_b, "v0", 'e', &aq_toy_visual, 5);
    aq_toy_put_questions(aq_toy_a, "train", "two");
    aq_toy_put_questions(aq_toy_b, "test", "one");
}

static void order_does_not_matter_and_again_changes_nothing(void **state)
{
    AqMergeSummary s;
    char *before = NULL, *after = NULL, *source = NULL, *source_after = NULL;
    size_t n = 0, n_after = 0, n_source = 0, n_source_after = 0;

    (void)state;
    two_stores();
    CHECK_OK(aq_fs_read(aq_toy_a, 1 << 24, &source, &n_source));
    CHECK_OK(plain(aq_toy_c, aq_toy_a, aq_toy_b, &s));
    assert_int_equal(s.n_total, 7);
    assert_int_equal(s.n_seen, 7);
    assert_int_equal(s.n_added, 5);
    assert_int_equal(s.n_changed, 0);
    assert_int_equal(s.n_features, 5);
    assert_int_equal(s.n_bytes, 5 * AQ_TOY_T * AQ_TOY_C * 4);
    assert_int_equal(s.n_questions, 2);
    assert_int_equal(s.n_damaged + s.n_not_copied + s.n_other_makes, 0);
    aq_toy_sound(aq_toy_c);
    assert_int_equal(
        aq_toy_number(aq_toy_c, "SELECT status = 'ok' FROM videos WHERE name = 'v2'"),
        1); /* failed in a, done in b */
    assert_int_equal(aq_toy_number(aq_toy_c,
                                   "SELECT status = 'failed' AND stage = 'decode' AND "
                                   "reason = 'it would not' FROM videos WHERE "
                                   "name = 'v9'"),
                     1);
    assert_int_equal(aq_toy_number(aq_toy_c, "SELECT count(*) FROM provenance"), 2);
    CHECK_OK(plain(aq_toy_d, aq_toy_b, aq_toy_a, &s));
    aq_toy_same_features(aq_toy_c, aq_toy_d);
    CHECK_OK(aq_fs_read(aq_toy_c, 1 << 24, &before, &n));
    CHECK_OK(plain(aq_toy_c, aq_toy_b, aq_toy_a, &s));
    assert_int_equal(s.n_added + s.n_changed + s.n_features + s.n_questions, 0);
    CHECK_OK(aq_fs_read(aq_toy_c, 1 << 24, &after, &n_after));
    assert_int_equal(n, n_after);
    assert_memory_equal(before, after, n);
    CHECK_OK(aq_fs_read(aq_toy_a, 1 << 24, &source_after, &n_source_after));
    assert_int_equal(n_source, n_source_after);
    assert_memory_equal(source, source_after, n_source);
    aq_free(before);
    aq_free(after);
    aq_free(source);
    aq_free(source_after);
}

static void one_by_one_is_as_all_at_once(void **state)
{
    AqMergeSummary s;

    (void)state;
    two_stores();
    CHECK_OK(plain(aq_toy_c, aq_toy_a, aq_toy_b, &s));
    CHECK_OK(plain(aq_toy_d, aq_toy_b, NULL, &s));
    CHECK_OK(plain(aq_toy_d, aq_toy_a, NULL, &s));
    assert_int_equal(s.n_changed, 1); /* v1 has its picture now */
    aq_toy_same_features(aq_toy_c, aq_toy_d);
    assert_int_equal(plain(aq_toy_c, aq_toy_a, aq_toy_c, &s), AQ_ERR_USAGE);
    aq_toy_says("cannot be a source");
    assert_int_equal(plain(aq_toy_c, "/nowhere/x.db", aq_toy_a, &s), AQ_ERR_NOT_FOUND);
    aq_toy_says("/nowhere/x.db");
}

static void other_contents_are_refused(void **state)
{
    AqMergeSummary s;

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'e', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_a, "v1", 'e', &aq_toy_visual, 4);
    aq_toy_put(aq_toy_b, "v1", 'b', &aq_toy_audio, 2);
    aq_toy_put(aq_toy_b, "v2", 'c', &aq_toy_audio, 3);
    aq_toy_sql(aq_toy_b, "UPDATE videos SET updated_s = updated_s + 5");
    assert_int_equal(plain(aq_toy_c, aq_toy_a, aq_toy_b, &s), AQ_ERR_MISMATCH);
    aq_toy_says(aq_toy_a);
    aq_toy_says(aq_toy_b);
    aq_toy_says("v1");
    aq_toy_says("--prefer");
    assert_int_equal(access(aq_toy_c, F_OK), -1); /* nothing was made */
    CHECK_OK(merge(aq_toy_c, aq_toy_a, aq_toy_b, 0, AQ_MERGE_ONE_MAKE, &s));
    assert_int_equal(aq_toy_number(aq_toy_c,
                                   "SELECT sha256 LIKE 'eeee%' FROM videos WHERE "
                                   "name = 'v1'"),
                     1);
    assert_int_equal(s.n_features, 3);
    aq_toy_sound(aq_toy_c);
    /* what the target holds is replaced only when that is asked for */
    assert_int_equal(plain(aq_toy_c, aq_toy_b, NULL, &s), AQ_ERR_MISMATCH);
    CHECK_OK(merge(aq_toy_c, aq_toy_b, NULL, 1, AQ_MERGE_ONE_MAKE, &s));
    assert_int_equal(s.n_changed + s.n_features, 0);
    CHECK_OK(merge(aq_toy_c, aq_toy_b, NULL, AQ_MERGE_NEWEST, AQ_MERGE_ONE_MAKE, &s));
    assert_int_equal(s.n_changed, 1);
    aq_toy_same_features(aq_toy_c, aq_toy_b);
    CHECK_OK(
        merge(aq_toy_d, aq_toy_b, aq_toy_a, AQ_MERGE_NEWEST, AQ_MERGE_ONE_MAKE, &s));
    aq_toy_same_features(aq_toy_c, aq_toy_d);
}

static void other_features_of_the_same_make_are_refused(void **state)
{
    AqMergeSummary s;

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_b, "v1", 'a', &aq_toy_audio, 2);
    aq_toy_sql(aq_toy_a, "UPDATE features SET made_s = made_s + 5");
    assert_int_equal(plain(aq_toy_c, aq_toy_a, aq_toy_b, &s), AQ_ERR_MISMATCH);
    aq_toy_says(aq_toy_a);
    aq_toy_says(aq_toy_b);
    aq_toy_says("vggish");
    CHECK_OK(
        merge(aq_toy_c, aq_toy_a, aq_toy_b, AQ_MERGE_NEWEST, AQ_MERGE_ONE_MAKE, &s));
    aq_toy_same_features(aq_toy_c, aq_toy_a);
    CHECK_OK(
        merge(aq_toy_d, aq_toy_b, aq_toy_a, AQ_MERGE_NEWEST, AQ_MERGE_ONE_MAKE, &s));
    aq_toy_same_features(aq_toy_d, aq_toy_a);
    CHECK_OK(merge(aq_toy_c, aq_toy_b, aq_toy_a, 0, AQ_MERGE_ONE_MAKE, &s));
    aq_toy_same_features(aq_toy_c, aq_toy_b);
    assert_int_equal(s.n_changed, 1);
    aq_toy_sound(aq_toy_c);
}

static void what_is_equally_new_does_not_depend_on_the_order(void **state)
{
    AqMergeSummary s;
    AqProvenance other = aq_toy_visual;

    (void)state;
    other.weights = "x";
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1); /* other features */
    aq_toy_put(aq_toy_b, "v1", 'a', &aq_toy_audio, 2);
    aq_toy_put(aq_toy_a, "v2", 'b', &aq_toy_audio, 3); /* other contents */
    aq_toy_put(aq_toy_b, "v2", 'c', &aq_toy_audio, 4);
    aq_toy_put(aq_toy_a, "v3", 'd', &aq_toy_visual, 5); /* other makes */
    aq_toy_put(aq_toy_b, "v3", 'd', &other, 6);
    aq_toy_put(aq_toy_b, "v4", 'd', &other, 7);
    for (int k = 0; k < 2; k++)
        aq_toy_sql(k ? aq_toy_a : aq_toy_b, "UPDATE features SET made_s = 5;"
                                            "UPDATE videos SET updated_s = 5");
    CHECK_OK(
        merge(aq_toy_c, aq_toy_a, aq_toy_b, AQ_MERGE_NEWEST, AQ_MERGE_NEWEST_MAKE, &s));
    CHECK_OK(
        merge(aq_toy_d, aq_toy_b, aq_toy_a, AQ_MERGE_NEWEST, AQ_MERGE_NEWEST_MAKE, &s));
    assert_int_equal(s.n_features, 4);
    aq_toy_same_features(aq_toy_c, aq_toy_d);
    aq_toy_sound(aq_toy_c);
}

static void makes_are_not_mixed_unasked(void **state)
{
    AqMergeSummary s;
    AqProvenance other = aq_toy_audio;
    const char *const sources[] = {aq_toy_b};
    const char *name = "another way";
    AqMergePlan plan = {.into = aq_toy_d,
                        .sources = sources,
                        .n_sources = 1,
                        .prefer = AQ_MERGE_REFUSE,
                        .makes = AQ_MERGE_NAMED_MAKES,
                        .names = &name,
                        .n_names = 1};

    (void)state;
    other.sampling = "another way";
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_b, "v1", 'a', &other, 2);
    aq_toy_put(aq_toy_b, "v2", 'b', &other, 3);
    aq_toy_put(aq_toy_b, "v2", 'b', &aq_toy_visual, 4);
    aq_toy_sql(aq_toy_b, "UPDATE features SET made_s = made_s + 5");
    assert_int_equal(plain(aq_toy_c, aq_toy_a, aq_toy_b, &s), AQ_ERR_MISMATCH);
    aq_toy_says("another way");
    aq_toy_says("--provenance");
    CHECK_OK(
        merge(aq_toy_c, aq_toy_a, aq_toy_b, AQ_MERGE_REFUSE, AQ_MERGE_ALL_MAKES, &s));
    assert_int_equal(aq_toy_number(aq_toy_c,
                                   "SELECT count(*) FROM features f JOIN videos v ON "
                                   "v.id = f.video_id WHERE v.name = 'v1'"),
                     2);
    CHECK_OK(plain(aq_toy_c, aq_toy_b, aq_toy_a, &s)); /* it holds both already */
    assert_int_equal(s.n_features, 0);
    CHECK_OK(
        merge(aq_toy_d, aq_toy_a, aq_toy_b, AQ_MERGE_REFUSE, AQ_MERGE_NEWEST_MAKE, &s));
    assert_int_equal(s.n_other_makes, 1);
    aq_toy_same_features(aq_toy_d, aq_toy_b);
    /* by name: that one only, and all of a kind of which there is one */
    (void)unlink(aq_toy_d);
    CHECK_OK(plain(aq_toy_d, aq_toy_a, NULL, &s));
    assert_int_equal(plain(aq_toy_d, aq_toy_b, NULL, &s), AQ_ERR_MISMATCH);
    CHECK_OK(aq_store_merge(&plan, &s));
    assert_int_equal(s.n_features, 3);
    aq_toy_same_features(aq_toy_c, aq_toy_d);
    (void)unlink(aq_toy_d);
    CHECK_OK(plain(aq_toy_d, aq_toy_a, NULL, &s));
    name = "one way"; /* in two lines: the visual one, too */
    assert_int_equal(aq_store_merge(&plan, &s), AQ_ERR_USAGE);
    name = "vggish 1, weights w, f32, one way";
    CHECK_OK(aq_store_merge(&plan, &s));
    assert_int_equal(s.n_other_makes, 2);
    assert_int_equal(s.n_features, 1); /* the picture of v2 */
    assert_int_equal(aq_toy_number(aq_toy_d, "SELECT count(*) FROM videos"), 2);
    aq_toy_sound(aq_toy_d);
}

static char told[1024];

static void tell(void *ctx, const char *where, const char *what)
{
    (void)ctx;
    (void)snprintf(told + strlen(told), sizeof told - strlen(told), "%s: %s\n", where,
                   what);
}

static AqErr merge_telling(const char *x, const char *y, AqMergeSummary *s)
{
    const char *const sources[] = {x, y};
    const AqMergePlan plan = {.into = aq_toy_c,
                              .sources = sources,
                              .n_sources = y ? 2 : 1,
                              .prefer = AQ_MERGE_REFUSE,
                              .fault = tell};

    told[0] = '\0';
    return aq_store_merge(&plan, s);
}

static void damaged_rows_are_named_and_left_out(void **state)
{
    AqMergeSummary s;

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_visual, 2);
    aq_toy_put(aq_toy_a, "v2", 'b', &aq_toy_audio, 3);
    aq_toy_put(aq_toy_b, "v3", 'c', &aq_toy_audio, 4);
    aq_toy_sql(aq_toy_a, "UPDATE features SET made_s = made_s + 100;"
                         "UPDATE features SET data = zeroblob(length(data)) WHERE "
                         "video_id = 2 OR provenance_id = 2");
    CHECK_OK(merge_telling(aq_toy_a, aq_toy_b, &s));
    assert_int_equal(s.n_damaged, 2);
    assert_int_equal(s.n_not_copied, 1);
    assert_int_equal(s.n_features, 2);
    assert_non_null(strstr(told, "a.db: v1: the data do not have the digest"));
    assert_non_null(strstr(told, "a.db: v2: the data do not have the digest"));
    assert_non_null(strstr(told, "c.db: v2: not copied"));
    assert_int_equal(
        aq_toy_number(aq_toy_c, "SELECT count(*) FROM videos WHERE name = 'v2'"), 0);
    aq_toy_sound(aq_toy_c);
    aq_toy_put(aq_toy_b, "v2", 'b', &aq_toy_audio,
               3); /* whole elsewhere, in a source behind it */
    aq_toy_put(aq_toy_b, "v1", 'a', &aq_toy_visual, 2);
    CHECK_OK(merge_telling(aq_toy_a, aq_toy_b, &s));
    assert_int_equal(s.n_features, 2);
    assert_int_equal(s.n_damaged, 2);
    assert_int_equal(s.n_not_copied, 0);
    CHECK_OK(merge_telling(aq_toy_a, aq_toy_b,
                           &s)); /* the target has them: nothing to read */
    assert_int_equal(s.n_features + s.n_damaged, 0);
    aq_toy_sound(aq_toy_c);
}

static void damage_of_other_rows_too(void **state)
{
    static const char *const ways[] = {
        "UPDATE videos SET name = '../etc' WHERE name = 'v1'",
        "UPDATE videos SET sha256 = upper(sha256) WHERE name = 'v1'",
        "UPDATE videos SET n_seconds = 2 WHERE name = 'v1'",
        "UPDATE features SET sha256 = upper(sha256) WHERE video_id = 1",
        "UPDATE features SET h = 65536, w = 65536, c = 65536 WHERE video_id = 1",
        "UPDATE features SET n_seconds = 2, presence = x'0101' WHERE video_id = 1",
        "UPDATE features SET presence = x'' WHERE video_id = 1",
        "DELETE FROM features WHERE video_id = 1",
        "PRAGMA foreign_keys = OFF; UPDATE features SET provenance_id = 99 WHERE "
        "video_id = 1"};

    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
        AqMergeSummary s;

        (void)aq_toy_gone(state);
        (void)aq_toy_fresh(state);
        aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
        aq_toy_put(aq_toy_a, "v2", 'b', &aq_toy_audio, 2);
        aq_toy_sql(aq_toy_a, ways[k]);
        CHECK_OK(merge_telling(aq_toy_a, NULL, &s));
        if (s.n_damaged + s.n_not_copied < 1 || s.n_added != 1)
            fail_msg("%s: %lld damaged, %lld not copied, %lld added", ways[k],
                     (long long)s.n_damaged, (long long)s.n_not_copied,
                     (long long)s.n_added);
        assert_true(told[0] != '\0');
        aq_toy_sound(aq_toy_c);
    }
}

static void questions_are_merged_by_list(void **state)
{
    AqMergeSummary s;

    (void)state;
    aq_toy_put_questions(aq_toy_a, "train", "two");
    aq_toy_put_questions(aq_toy_b, "train", "three");
    assert_int_equal(plain(aq_toy_c, aq_toy_a, aq_toy_b, &s), AQ_ERR_MISMATCH);
    aq_toy_says("train");
    assert_int_equal(
        merge(aq_toy_c, aq_toy_a, aq_toy_b, AQ_MERGE_NEWEST, AQ_MERGE_ONE_MAKE, &s),
        AQ_ERR_MISMATCH);
    CHECK_OK(merge(aq_toy_c, aq_toy_a, aq_toy_b, 1, AQ_MERGE_ONE_MAKE, &s));
    assert_int_equal(s.n_questions, 1);
    assert_int_equal(
        aq_toy_number(aq_toy_c, "SELECT answer = 'three' FROM annotations"), 1);
    CHECK_OK(
        merge(aq_toy_c, aq_toy_a, aq_toy_b, 0, AQ_MERGE_ONE_MAKE, &s)); /* put right */
    assert_int_equal(aq_toy_number(aq_toy_c,
                                   "SELECT answer = 'two' AND count(*) = 1 FROM "
                                   "annotations"),
                     1);
    AqAnnotations *list = NULL;
    AqStore *c = aq_toy_open(aq_toy_c, AQ_STORE_READ);
    CHECK_OK(aq_store_get_annotations(c, "band", "train", &list));
    assert_string_equal(list->v[0].video, "v1");
    assert_int_equal(list->v[0].question_id, 7);
    aq_annotations_free(&list);
    aq_store_close(&c);
    aq_toy_sql(aq_toy_a, "UPDATE annotations SET answer = x'00' || 'two'");
    CHECK_OK(merge_telling(aq_toy_a, NULL, &s));
    assert_int_equal(s.n_damaged, 1);
    assert_non_null(strstr(told, "questions of band, train"));
}

static int n_asked, stop_at;

static int stop(void *ctx)
{
    (void)ctx;
    return ++n_asked >= stop_at;
}

static void stopped_and_gone_on_with(void **state)
{
    AqMergeSummary s;
    char name[16];
    const char *const sources[] = {aq_toy_a};
    AqMergePlan plan = {.into = aq_toy_c,
                        .sources = sources,
                        .n_sources = 1,
                        .prefer = AQ_MERGE_REFUSE,
                        .stop = stop};

    (void)state;
    for (int k = 0; k < 10; k++) {
        (void)snprintf(name, sizeof name, "v%d", k);
        aq_toy_put(aq_toy_a, name, (char)('a' + k % 6), &aq_toy_audio, k);
    }
    n_asked = 0;
    stop_at = 9 + 4; /* asked 9 times in the first pass */
    assert_int_equal(aq_store_merge(&plan, &s), AQ_ERR_CANCELLED);
    aq_toy_says("goes on from there");
    assert_int_equal(s.n_added, 4);
    assert_int_equal(aq_toy_number(aq_toy_c, "SELECT count(*) FROM features"), 4);
    aq_toy_sound(aq_toy_c);
    plan.stop = NULL;
    CHECK_OK(aq_store_merge(&plan, &s));
    assert_int_equal(s.n_added, 6);
    aq_toy_same_features(aq_toy_a, aq_toy_c);
}

/* Asked for the first time between the two passes over two videos. */
static int add_another_make(void *ctx)
{
    AqProvenance other = aq_toy_audio;

    if (n_asked++ == 0) {
        other.weights = ctx;
        aq_toy_put(aq_toy_c, "v7", 'e', &other, 7);
    }
    return 0;
}

static void makes_that_others_add_are_not_mixed_either(void **state)
{
    AqMergeSummary s;
    char same[] = "w", other[] = "x";
    const char *const sources[] = {aq_toy_a};
    AqMergePlan plan = {.into = aq_toy_c,
                        .sources = sources,
                        .n_sources = 1,
                        .prefer = AQ_MERGE_REFUSE,
                        .stop = add_another_make,
                        .ctx = other};

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_a, "v2", 'b', &aq_toy_audio, 2);
    n_asked = 0;
    assert_int_equal(aq_store_merge(&plan, &s), AQ_ERR_MISMATCH);
    aq_toy_says("another program has added");
    assert_int_equal(aq_toy_number(aq_toy_c, "SELECT count(*) FROM features"), 1);
    plan.makes = AQ_MERGE_ALL_MAKES;
    (void)unlink(aq_toy_c);
    n_asked = 0;
    CHECK_OK(aq_store_merge(&plan, &s));
    assert_int_equal(aq_toy_number(aq_toy_c, "SELECT count(*) FROM features"), 3);
    plan.makes = AQ_MERGE_ONE_MAKE;
    plan.ctx = same;
    (void)unlink(aq_toy_c);
    n_asked = 0;
    CHECK_OK(aq_store_merge(&plan, &s));
    assert_int_equal(aq_toy_number(aq_toy_c, "SELECT count(*) FROM features"), 3);
    aq_toy_sound(aq_toy_c);
}

static void killed_anywhere_leaves_it_whole(void **state)
{
    AqMergeSummary s;
    char name[16];

    (void)state;
    for (int k = 0; k < 40; k++) {
        (void)snprintf(name, sizeof name, "v%d", k);
        aq_toy_put(aq_toy_a, name, 'a', &aq_toy_audio, k);
    }
    for (int round = 0; round < 8; round++) {
        const pid_t child = fork();

        if (child == 0)
            _exit(plain(aq_toy_c, aq_toy_a, NULL, &s) != AQ_OK);
        (void)nanosleep(&(struct timespec){.tv_nsec = 1000000L << round}, NULL);
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, 0);
        if (access(aq_toy_c, F_OK) == 0 &&
            aq_toy_number(aq_toy_c, "PRAGMA user_version") > 0)
            aq_toy_sound(aq_toy_c);
    }
    CHECK_OK(plain(aq_toy_c, aq_toy_a, NULL, &s));
    aq_toy_same_features(aq_toy_a, aq_toy_c);
    aq_toy_sound(aq_toy_c);
}

static void a_locked_target_is_left_alone(void **state)
{
    AqMergeSummary s;
    sqlite3 *h = NULL;

    (void)state;
    two_stores();
    CHECK_OK(plain(aq_toy_c, aq_toy_a, NULL, &s));
    assert_int_equal(sqlite3_open(aq_toy_c, &h), SQLITE_OK);
    assert_int_equal(sqlite3_exec(h, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(plain(aq_toy_c, aq_toy_b, NULL, &s), AQ_ERR_STORE);
    aq_toy_says("locked");
    aq_toy_says("wait");
    assert_int_equal(sqlite3_exec(h, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(h);
    aq_toy_same_features(aq_toy_a, aq_toy_c);
    CHECK_OK(plain(aq_toy_c, aq_toy_b, NULL, &s));
    aq_toy_sound(aq_toy_c);
}

static void memory_may_run_out_anywhere(void **state)
{
    AqMergeSummary s;

    (void)state;
    two_stores();
    for (long n = 1;; n++) {
        const size_t before = aq_alloc_stats().n_live;

        aq_alloc_fail_after(n);
        const AqErr err = plain(aq_toy_c, aq_toy_a, aq_toy_b, &s);
        const int failed = aq_alloc_failed();
        aq_alloc_fail_after(0);
        assert_int_equal(aq_alloc_stats().n_live, before);
        if (!failed) {
            CHECK_OK(err);
            assert_true(n > 20);
            break;
        }
        if (err != AQ_ERR_NOMEM)
            fail_msg("allocation %ld: %s: %s", n, aq_err_name(err), aq_err_text());
    }
    aq_toy_sound(aq_toy_c);
    CHECK_OK(plain(aq_toy_d, aq_toy_a, aq_toy_b, &s));
    aq_toy_same_features(aq_toy_c, aq_toy_d);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, aq_toy_fresh, aq_toy_gone)
    const struct CMUnitTest tests[] = {
        CASE(order_does_not_matter_and_again_changes_nothing),
        CASE(one_by_one_is_as_all_at_once),
        CASE(other_contents_are_refused),
        CASE(other_features_of_the_same_make_are_refused),
        CASE(what_is_equally_new_does_not_depend_on_the_order),
        CASE(makes_are_not_mixed_unasked),
        CASE(damaged_rows_are_named_and_left_out),
        CASE(damage_of_other_rows_too),
        CASE(questions_are_merged_by_list),
        CASE(stopped_and_gone_on_with),
        CASE(makes_that_others_add_are_not_mixed_either),
        CASE(killed_anywhere_leaves_it_whole),
        CASE(a_locked_target_is_left_alone),
        CASE(memory_may_run_out_anywhere)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
