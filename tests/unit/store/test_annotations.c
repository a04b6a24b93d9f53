/* SPDX-License-Identifier: MIT */
/* MUSIC-AVQA's records: as published, with later revisions' oddities, and malformed. */
#include "base/alloc.h"
#include "store/annotations/annotations.h"
#include "tests/unit/check.h"

#include <string.h>
#include <unistd.h>

#define GOOD                                                                           \
    "{\"video_id\": \"00000028\", \"question_id\": 7, \"type\": \"[\\\"Audio\\\", "    \
    "\\\"Comparative\\\"]\", \"question_content\": \"Is the <Object> louder than the " \
    "<Object>?\", \"templ_values\": \"[\\\"flute\\\", \\\"violin\\\"]\", "             \
    "\"question_deleted\": 0, \"anser\": \"yes\"}"

#define GOOD_LINE                                                                      \
    "{\"video_id\": \"v\", \"type\": \"[\\\"Audio\\\", \\\"Counting\\\"]\", "          \
    "\"question_content\": \"How many?\", \"templ_values\": \"[]\", \"anser\": "       \
    "\"one\"}"

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
        "{\"video_id\": \"etc/..\", \"type\": \"[\\\"A\\\",\\\"B\\\"]\", "
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

static AqAnnotations *read_all(const char *text)
{
    AqAnnotations *a = NULL;

    CHECK_OK(aq_annotations_parse(text, strlen(text), "x.json", NULL, NULL, &a));
    return a;
}

/* As v2.0 has them: floats, no ids, nulls, lists that are lists; -R: Python's quotes.
 */
static void published_oddities_are_taken(void **state)
{
    AqAnnotations *a = read_all(
        "\xef\xbb\xbf[{\"video_id\": \"-Ab12cd_ef_flip\", \"question_content\": "
        "\"Which <Object> makes the sound <FL>?\", \"templ_values\": [\"violin\", "
        "\"last\"], \"anser\": \"left\", \"type\": \"[\\\"Audio-Visual\\\", "
        "\\\"Temporal\\\"]\", \"question_id\": 24.0, \"question_deleted\": 0.0, "
        "\"person\": null},"
        "{\"video_id\": \"v\", \"question_content\": \"Does the <Object> play all the "
        "time\", \"templ_values\": \"['cor \\\\\\\"anglais']\", \"anser\": \"no\", "
        "\"type\": \"['Audio', 'Counting']\", \"question_deleted\": null},"
        "{\"video_id\": \"v\", \"question_deleted\": 1.0}]");

    (void)state;
    assert_int_equal(a->n, 2);
    assert_int_equal(a->n_deleted, 1);
    assert_int_equal(a->n_faults, 0);
    assert_int_equal(a->v[0].question_id, 24);
    assert_string_equal(a->v[0].question, "Which violin makes the sound last?");
    assert_string_equal(a->v[1].question, "Does the cor \"anglais play all the time");
    assert_string_equal(a->v[1].kind, "Counting");
    assert_int_equal(a->v[1].question_id, -1);
    assert_string_equal(a->files[0].layout, "music-avqa");
    assert_string_equal(a->files[0].form, "JSON");
    aq_annotations_free(&a);
}

static void avqas_index_becomes_the_answer(void **state)
{
    AqAnnotations *a = read_all(
        "[{\"id\": 507, \"video_name\": \"-Ab12cd_ef_000010\", \"video_id\": 12, "
        "\"question_text\": \"What is seen?\", \"multi_choice\": "
        "[\"raft\", \"yacht\", \"barge of sand\", \"bus\"], \"answer\": 1, "
        "\"question_relation\": \"View\", \"question_type\": \"Happening\"},"
        "{\"id\": 508, \"video_name\": \"b\", \"question_text\": \"q\", "
        "\"multi_choice\": [\"one\", \"two\"], \"answer\": 2},"
        "{\"id\": 509, \"video_name\": \"b\", \"question_text\": \"q\", "
        "\"multi_choice\": [\"one\", \"two\"], \"answer\": -1},"
        "{\"id\": 510, \"video_name\": \"b\", \"question_text\": \"q\", "
        "\"multi_choice\": \"one\", \"answer\": 0},"
        "{\"id\": 511, \"video_name\": \"b\", \"question_text\": \"q\", "
        "\"multi_choice\": [\"one\", \"two\"], \"answer\": \"two\", "
        "\"question_relation\": \"Both\"}]");

    (void)state;
    assert_int_equal(a->n, 2);
    assert_string_equal(a->files[0].layout, "avqa");
    assert_string_equal(a->v[0].video, "-Ab12cd_ef_000010");
    assert_int_equal(a->v[0].question_id, 507);
    assert_string_equal(a->v[0].answer, "yacht");
    assert_string_equal(a->v[0].modality, "Visual");
    assert_string_equal(a->v[0].kind, "Happening");
    assert_string_equal(a->v[0].question, a->v[0].template_);
    assert_int_equal(a->v[0].n_choices, 4);
    assert_string_equal(a->v[0].choices[2], "barge of sand");
    assert_string_equal(a->v[1].answer, "two");
    assert_string_equal(a->v[1].modality, "Audio-Visual");
    assert_int_equal(a->n_faults, 3);
    assert_string_equal(a->faults[0].id, "508");
    assert_int_equal(a->faults[2].index, 3);
    assert_non_null(strstr(a->faults[0].reason, "none of its choices"));
    aq_annotations_free(&a);
}

static void csv_is_read(void **state)
{
    AqAnnotations *a =
        read_all("\xef\xbb\xbfType,\"Answer\",Question ID,video,note,question,split\r\n"
                 "Audio-Visual Counting,two,7,clip 1,,\"How many, of \"\"all\"\" "
                 "of\nthem?\",val\r\n"
                 "\r\n"
                 "audio counting,3,,00042,x,How many?,\r\n"
                 "Temporal,before,a7,c,x,When?\r\n"
                 "Temporal,before,a8,c/..,x,When?,\r\n"
                 "Temporal,,a9,c,x,When?,\r\n"
                 "Temporal,\xe9t\xe9,b1,c,x,When?,\r\n"
                 "\"Tem\r\n\r\nporal\",,b3,c,x,When?,\r\n"
                 "Visual,before,b2,c,x,When?,train\r\n"
                 "Audiobook Counting,one,b4,c,x,How many?,\r\n"
                 "audio-visual: Location,left,b5,c,x,Where?,");

    (void)state;
    assert_int_equal(a->n, 5);
    assert_string_equal(a->files[0].form, "CSV");
    assert_string_equal(a->v[0].video, "clip 1");
    assert_string_equal(a->v[0].question, "How many, of \"all\" of\nthem?");
    assert_string_equal(a->v[0].answer, "two");
    assert_string_equal(a->v[0].modality, "Audio-Visual");
    assert_string_equal(a->v[0].kind, "Counting");
    assert_string_equal(a->v[0].split, "val");
    assert_int_equal(a->v[0].question_id, 7);
    assert_string_equal(a->v[1].video, "00042");
    assert_string_equal(a->v[1].modality, "Audio");
    assert_string_equal(a->v[1].kind, "counting");
    assert_string_equal(a->v[1].split, "");
    assert_string_equal(a->v[2].modality, "Visual");
    assert_string_equal(a->v[2].kind, "Other");
    assert_string_equal(a->v[3].modality, "Other");
    assert_string_equal(a->v[3].kind, "Audiobook Counting");
    assert_string_equal(a->v[4].modality, "Audio-Visual");
    assert_string_equal(a->v[4].kind, "Location");
    static const struct {
        size_t index, line;
        const char *id, *reason;
    } bad[] = {{2, 6, "a7", "fields"},
               {3, 7, "a8", "file's"},
               {4, 8, "a9", "answer"},
               {5, 9, "b1", "UTF-8"},
               {6, 10, "b3", "answer"}};
    assert_int_equal(a->n_faults, 5);
    for (size_t k = 0; k < 5; k++) {
        assert_int_equal(a->faults[k].index, bad[k].index);
        assert_int_equal(a->faults[k].line, bad[k].line);
        assert_string_equal(a->faults[k].id, bad[k].id);
        assert_non_null(strstr(a->faults[k].reason, bad[k].reason));
    }
    aq_annotations_free(&a);
}

static void json_lines_are_read(void **state)
{
    AqAnnotations *a = read_all(
        "\n{\"video\": \"a\", \"question\": \"What is <this>?\", \"answer\": 2, "
        "\"type\": [\"Visual\", \"Location\"], \"split\": \"test\"}\r\n\r\n"
        "{\"video\": \"b\", \"question\": \"q\",\n"
        "[]\n"
        "{\"video\": \"c\", \"question\": \"q\", \"answer\": \"x\", \"id\": \"12\", "
        "\"type\": \"audiovisual\"}");

    (void)state;
    assert_int_equal(a->n, 2);
    assert_string_equal(a->files[0].form, "JSON lines");
    assert_string_equal(a->files[0].layout, "plain");
    assert_string_equal(a->v[0].question, "What is <this>?");
    assert_string_equal(a->v[0].answer, "2");
    assert_string_equal(a->v[0].kind, "Location");
    assert_string_equal(a->v[0].split, "test");
    assert_string_equal(a->v[1].modality, "Audio-Visual");
    assert_string_equal(a->v[1].kind, "Other");
    assert_int_equal(a->v[1].question_id, 12);
    assert_int_equal(a->v[1].index, 3);
    assert_int_equal(a->n_faults, 2);
    assert_int_equal(a->faults[0].line, 4);
    assert_int_equal(a->faults[1].line, 5);
    aq_annotations_free(&a);
    a = read_all(GOOD_LINE "\n" GOOD_LINE "\n");
    assert_int_equal(a->n, 2);
    assert_string_equal(a->files[0].layout, "music-avqa");
    aq_annotations_free(&a);
}

/* A name from an annotation becomes part of a path: these would leave the folder. */
static void names_cannot_leave_the_folder(void **state)
{
    static const char *const bad[] = {"x/..", "a/", "",    "a\\u0000b",
                                      ".",    "..", "x/.", "a\\nb"};
    char very_long[2001], json[2400];

    (void)state;
    memset(very_long, 'a', sizeof very_long - 1);
    very_long[sizeof very_long - 1] = '\0';
    for (size_t k = 0; k <= sizeof bad / sizeof *bad; k++) {
        const char *name = k < sizeof bad / sizeof *bad ? bad[k] : very_long;

        (void)snprintf(json, sizeof json,
                       "[{\"video\": \"%s\", \"question\": \"q\", \"answer\": \"a\", "
                       "\"type\": \"Audio\", \"id\": 5}]",
                       name);
        AqAnnotations *a = read_all(json);
        if (a->n != 0 || a->n_faults != 1 || strcmp(a->faults[0].id, "5") != 0 ||
            strlen(a->faults[0].video) > 255)
            fail_msg("name %zu: %zu read, %zu faults", k, a->n, a->n_faults);
        aq_annotations_free(&a);
    }
}

/* Own annotations name files, with folders and endings, as macOS or others spell it. */
static void names_of_files_are_taken(void **state)
{
    static const struct {
        const char *written, *video, *clip;
    } all[] = {{"clip.mp4", "clip.mp4", "clip"},
               {"videos/clip.MKV", "clip.MKV", "clip"},
               {"../videos/clip.wav", "clip.wav", "clip"},
               {"/data/v/clip", "clip", "clip"},
               {"take.2", "take.2", "take.2"},
               {"..mp4", "..mp4", "..mp4"},
               {"cafe\xcc\x81.mp4", "caf\xc3\xa9.mp4", "caf\xc3\xa9"},
               {"C:\\\\v\\\\clip.mp4", "C:\\v\\clip.mp4", "clip"}};
    char json[256];

    (void)state;
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        (void)snprintf(json, sizeof json,
                       "[{\"video\": \"%s\", \"question\": \"q\", \"answer\": \"a\", "
                       "\"type\": \"Audio\"}]",
                       all[k].written);
        AqAnnotations *a = read_all(json);
        assert_int_equal(a->n, 1);
        assert_string_equal(a->v[0].video, all[k].video);
        assert_string_equal(a->v[0].clip, all[k].clip);
        aq_annotations_free(&a);
    }
}

/* Every allocation of ours in turn; the same text in each of the forms. */
static void memory_may_run_out(void **state)
{
    static const char *const texts[] = {
        "[" GOOD "," GOOD_LINE ",{\"id\": 3}]", GOOD_LINE "\n{\n",
        "video,question,answer,type\na,b,c,d\n..,b,c,d\n"};

    (void)state;
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        AqErr err = AQ_ERR_NOMEM;

        for (long n = 1; err != AQ_OK; n++) {
            AqAnnotations *a = NULL;

            assert_true(n < 1000);
            aq_alloc_fail_after(n);
            err = aq_annotations_parse(texts[k], strlen(texts[k]), "x", NULL, NULL, &a);
            aq_alloc_fail_after(0);
            assert_true(err == AQ_OK ? a != NULL : a == NULL && err == AQ_ERR_NOMEM);
            aq_annotations_free(&a);
        }
    }
}

static void other_files_stop_it(void **state)
{
    static const char *const bad[] = {
        "",
        "{",
        "{}",
        "[1,",
        "\"text\"",
        "[] []",
        "\xef\xbb\xbf",
        "\n\n",
        "{\n  \"video\": \"a\"\n}",
        "\xff\xfe[\0]\0",
        "{\"a\": 1}\n{\"b\": 2}\n",
        "video,question,answer\na,b,c\n",        /* no type */
        "video;question;answer;type\na;b;c;d\n", /* no commas */
        "video,question,answer,type\na,b,\"c,d\n",
        "video,question,answer,type\na,b\"c,c,d\n"};
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
    assert_string_equal(b->v[1].split, "");
    assert_int_equal(b->v[1].n_choices + b->n_files + b->n_faults, 0);
    aq_annotations_free(&b);
    assert_int_equal(aq_store_get_annotations(s, "music", "test", &b),
                     AQ_ERR_NOT_FOUND);
    aq_annotations_free(&a);
    a = read_all("gif_name\tquestion\ta1\ta2\ta3\ta4\ta5\tanswer\tvid_id\tkey\n"
                 "g\tq\ta\t\"b\tc\td\te\t1\tACTION1\t1\n");
    CHECK_OK(aq_store_put_annotations(s, "gifs", "train", a));
    aq_annotations_free(&a);
    a = read_all("gif_name\tquestion\tanswer\tvid_id\tkey\ng\tq\t3\tCOUNT7\t16\n");
    CHECK_OK(aq_store_put_annotations(s, "gifs", "val", a));
    CHECK_OK(aq_store_get_annotations(s, "gifs", NULL, &b));
    assert_int_equal(b->v[0].task, AQ_TASK_CHOICE);
    assert_int_equal(b->v[0].n_choices, 5);
    assert_string_equal(b->v[0].choices[1], "\"b");
    assert_string_equal(b->v[0].answer, "\"b");
    assert_int_equal(b->v[1].task, AQ_TASK_COUNT);
    assert_int_equal(b->v[1].n_choices, 0);
    aq_annotations_free(&b);
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
    write_file(a, "[" ABOUT("9") "," ABOUT("10") "," ABOUT("9") "," ABOUT("x/..") "]");
    write_file(b, "[" ABOUT("a b") "," ABOUT("10") "]");
    CHECK_OK(aq_annotations_videos((const char *const[]){a, b}, 2, NULL, NULL, &names));
    assert_int_equal(names.n, 3);
    assert_string_equal(names.v[0].name, "10");
    assert_string_equal(names.v[1].name, "9");
    assert_string_equal(names.v[2].name, "a b");
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
        cmocka_unit_test(published_oddities_are_taken),
        cmocka_unit_test(avqas_index_becomes_the_answer),
        cmocka_unit_test(csv_is_read),
        cmocka_unit_test(json_lines_are_read),
        cmocka_unit_test(names_cannot_leave_the_folder),
        cmocka_unit_test(names_of_files_are_taken),
        cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(other_files_stop_it),
        cmocka_unit_test(the_store_keeps_them),
        cmocka_unit_test(the_videos_of_files_are_named_once)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
