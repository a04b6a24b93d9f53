/* SPDX-License-Identifier: MIT */
/* MUSIC-AVQA's records: as published, with later revisions' oddities, and malformed. */
#include "base/alloc.h"
#include "store/annotations.h"
#include "tests/unit/check.h"

#include <string.h>
#include <unistd.h>

#define GOOD                                                                           \
    "{\"video_id\": \"00000028\", \"question_id\": 7, \"type\": \"[\\\"Audio\\\", "    \
    "\\\"Comparative\\\"]\", \"question_content\": \"Is the <Object> louder than the " \
    "<Object>?\", \"templ_values\": \"[\\\"flute\\\", \\\"violin\\\"]\", "             \
    "\"question_deleted\": 0, \"anser\": \"yes\"}"

static void count_skips(void *arg, const char *file, size_t index, const char *reason)
{
    int *n = arg;

    assert_string_equal(file, "x.json");
    assert_true(index < 100 && *reason);
    ++*n;
}

static AqAnnotations *parse(const char *json, int *n_skipped)
{
    AqAnnotations *a = NULL;

    *n_skipped = 0;
    CHECK_OK(
        aq_annotations_parse(json, strlen(json), "x.json", count_skips, n_skipped, &a));
    return a;
}

static void a_record_is_read_and_filled(void **state)
{
    int skipped;
    AqAnnotations *a = parse("[" GOOD "]", &skipped);

    (void)state;
    assert_int_equal(a->n, 1);
    assert_int_equal(skipped, 0);
    assert_string_equal(a->v[0].question, "Is the flute louder than the violin?");
    assert_string_equal(a->v[0].template_, "Is the <Object> louder than the <Object>?");
    assert_string_equal(a->v[0].modality, "Audio");
    assert_string_equal(a->v[0].kind, "Comparative");
    assert_string_equal(a->v[0].answer, "yes");
    assert_int_equal(a->v[0].question_id, 7);
    aq_annotations_free(&a);
}

static void oddities_of_later_revisions_are_taken(void **state)
{
    int skipped;
    AqAnnotations *a = parse(
        "[{\"video_id\": \"clip.a-1\", \"question_id\": 12.0, \"extra\": null,"
        " \"type\": [\"Visual\", \"Counting\"], \"question_content\": \"How "
        "many\\uFF1F\","
        " \"templ_values\": \"[]\", \"anser\": \"two\"},"
        "{\"video_id\": 5, \"question_id\": null, \"type\": \"[\\\"Visual\\\","
        " \\\"Counting\\\"]\", \"question_content\": \"a\", \"templ_values\": null,"
        " \"anser\": \"two\"},"
        "{\"question_deleted\": 1}]",
        &skipped);

    (void)state;
    assert_int_equal(a->n, 2);
    assert_int_equal(a->v[0].question_id, 12);
    assert_int_equal(a->v[1].question_id, -1);
    assert_string_equal(a->v[1].video, "5");
    assert_int_equal(a->n_deleted, 1);
    assert_int_equal(skipped, 0);
    aq_annotations_free(&a);
}

static void malformed_records_are_left_out(void **state)
{
    static const char *const bad[] = {
        "5",
        "null",
        "[]",
        "{}",
        "{\"video_id\": \"../etc\", \"type\": \"[\\\"A\\\",\\\"B\\\"]\", "
        "\"question_content\": \"q\", \"anser\": \"a\"}",
        "{\"video_id\": \"v\", \"type\": \"Audio\", \"question_content\": \"q\", "
        "\"anser\": \"a\"}",
        "{\"video_id\": \"v\", \"type\": \"[\\\"A\\\",\\\"B\\\"]\", \"anser\": \"a\"}",
        "{\"video_id\": \"v\", \"type\": \"[\\\"A\\\",\\\"B\\\"]\", "
        "\"question_content\": \"q\"}",
        "{\"video_id\": \"v\", \"type\": \"[\\\"A\\\",\\\"B\\\"]\", "
        "\"question_content\": \"<X> and <Y>\", \"templ_values\": \"[\\\"one\\\"]\", "
        "\"anser\": \"a\"}",
        "{\"video_id\": \"v\", \"type\": \"[\\\"A\\\",\\\"B\\\"]\", "
        "\"question_content\": \"q\", \"templ_values\": \"[5]\", \"anser\": \"a\"}"};

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        char json[1200];
        int skipped;

        (void)snprintf(json, sizeof json, "[%s, " GOOD "]", bad[k]);
        AqAnnotations *a = parse(json, &skipped);
        if (a->n != 1 || skipped != 1)
            fail_msg("record %zu: %zu read, %d skipped", k, a->n, skipped);
        aq_annotations_free(&a);
    }
}

static void other_files_stop_it(void **state)
{
    static const char *const bad[] = {"", "{", "{}", "[1,", "\"text\"", "[] []"};
    AqAnnotations *a = NULL;
    const char *nowhere = "/nowhere/q.json";

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        assert_int_equal(
            aq_annotations_parse(bad[k], strlen(bad[k]), "x.json", NULL, NULL, &a),
            AQ_ERR_FORMAT);
        assert_null(a);
    }
    assert_int_equal(aq_annotations_read(&nowhere, 1, NULL, NULL, &a),
                     AQ_ERR_NOT_FOUND);
}

static void the_store_keeps_them(void **state)
{
    char path[64];
    int skipped;
    AqStore *s = NULL;
    AqAnnotations *a = parse("[" GOOD "," GOOD "]", &skipped), *b = NULL;

    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/aq_ann_%ld.db", (long)getpid());
    CHECK_OK(aq_store_open(&s, path, AQ_STORE_CREATE));
    CHECK_OK(aq_store_put_annotations(s, "music", "train", a));
    CHECK_OK(
        aq_store_put_annotations(s, "music", "train", a)); /* in place, not twice */
    CHECK_OK(aq_store_get_annotations(s, "music", "train", &b));
    assert_int_equal(b->n, 2);
    assert_string_equal(b->v[1].question, a->v[1].question);
    assert_int_equal(b->v[1].n_values, 2);
    aq_annotations_free(&b);
    assert_int_equal(aq_store_get_annotations(s, "music", "test", &b),
                     AQ_ERR_NOT_FOUND);
    aq_annotations_free(&a);
    aq_store_close(&s);
    (void)unlink(path);
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

#define ABOUT(video)                                                                   \
    "{\"video_id\": \"" video "\", \"type\": \"[\\\"Audio\\\", \\\"Counting\\\"]\", "  \
    "\"question_content\": \"How many?\", \"templ_values\": \"[]\", \"anser\": "       \
    "\"one\"}"

static void the_videos_of_files_are_named_once(void **state)
{
    char a[64], b[64];
    AqVideoNames names;

    (void)state;
    (void)snprintf(a, sizeof a, "/tmp/aq_ann_%ld_a.json", (long)getpid());
    (void)snprintf(b, sizeof b, "/tmp/aq_ann_%ld_b.json", (long)getpid());
    write_file(a, "[" ABOUT("9") "," ABOUT("10") "," ABOUT("9") "," ABOUT("../x") "]");
    write_file(b, "[" ABOUT("a b") "," ABOUT("10") "]");
    CHECK_OK(aq_annotations_videos((const char *const[]){a, b}, 2, NULL, NULL, &names));
    assert_int_equal(names.n, 3);
    assert_string_equal(names.v[0], "10");
    assert_string_equal(names.v[1], "9");
    assert_string_equal(names.v[2], "a b");
    aq_video_names_clear(&names);
    assert_int_equal(names.n, 0);
    assert_int_equal(unlink(b), 0);
    assert_int_equal(
        aq_annotations_videos((const char *const[]){a, b}, 2, NULL, NULL, &names),
        AQ_ERR_NOT_FOUND);
    assert_int_equal(names.n, 0);
    assert_null(names.v);
    (void)unlink(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_read_and_filled),
        cmocka_unit_test(oddities_of_later_revisions_are_taken),
        cmocka_unit_test(malformed_records_are_left_out),
        cmocka_unit_test(other_files_stop_it),
        cmocka_unit_test(the_store_keeps_them),
        cmocka_unit_test(the_videos_of_files_are_named_once)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
