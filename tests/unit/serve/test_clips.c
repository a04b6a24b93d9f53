/* SPDX-License-Identifier: MIT */
/* Clips and what was asked about them: which goes when there is no room, and what the
 * next server finds. */
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "pipeline/serve/clips/asks.h"
#include "tests/unit/check.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLIP_BYTES = 1000 };
static char folder[64], in[80];

static void write_bytes_to(const char *path, const char *mode, int c, size_t n)
{
    FILE *f = fopen(path, mode);

    assert_non_null(f);
    for (size_t k = 0; k < n; k++)
        (void)putc(c, f);
    assert_int_equal(fclose(f), 0);
}

/* A clip of that letter; held. */
static AqServedClip *take_clip(AqClips *c, char letter, int *is_new)
{
    char hex[AQ_SHA256_HEX], name[] = "x.mp4";
    AqServedClip *clip;

    write_bytes_to(in, "w", letter, CLIP_BYTES);
    CHECK_OK(aq_sha256_file(in, hex));
    name[0] = letter;
    CHECK_OK(aq_clips_take(c, in, name, hex, 0, &clip, is_new));
    return clip;
}

/* With room for so many. */
static AqClips *open_clips(int64_t most)
{
    AqClips *c;

    CHECK_OK(aq_clips_open(&c, folder, most * CLIP_BYTES));
    return c;
}

static size_t count_clips(AqClips *c)
{
    json_t *list = aq_clips_json(c);
    const size_t n = json_array_size(list);

    json_decref(list);
    return n;
}

static int has_clip(AqClips *c, const char *id)
{
    AqServedClip *clip = aq_clips_find(c, id);

    if (clip)
        aq_clips_let_go(c, clip);
    return clip != NULL;
}

static void ask_about(AqClips *c, AqServedClip *clip, const char *question,
                      const char *answer)
{
    json_t *o = json_pack("{s:s, s:s, s:i, s:{s:s?, s:s, s:f}}", "question", question,
                          "model", "m", "time", 5, "answer", "answer", answer,
                          "best_guess", answer ? answer : "piano", "probability", 0.5);

    CHECK_OK(aq_clip_add_ask(c, clip, o));
    json_decref(o);
}

static int begin_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/aq-clips-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    (void)snprintf(in, sizeof in, "%s/in-x", folder);
    return 0;
}

static int end_folder(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command); /* NOLINT(cert-env33-c,concurrency-mt-unsafe) */
}

static void the_least_used_goes_first(void **state)
{
    AqClips *c = open_clips(3);
    char id[3][AQ_CLIP_ID];
    int is_new;

    (void)state;
    for (int k = 0; k < 3; k++) {
        AqServedClip *clip = take_clip(c, (char)('a' + k), &is_new);

        assert_true(is_new);
        (void)snprintf(id[k], sizeof id[k], "%s", aq_clip_id(clip));
        aq_clips_let_go(c, clip);
    }
    assert_true(has_clip(c, id[0])); /* used */
    aq_clips_let_go(c, take_clip(c, 'd', &is_new));
    assert_true(has_clip(c, id[0]));
    assert_false(has_clip(c, id[1]));
    assert_true(has_clip(c, id[2]));
    aq_clips_let_go(c, take_clip(c, 'a', &is_new));
    assert_false(is_new);
    assert_int_equal(access(in, F_OK), -1); /* the second copy is gone */
    aq_clips_close(&c);
}

static void what_is_held_stays(void **state)
{
    AqClips *c = open_clips(2);
    char hex[AQ_SHA256_HEX];
    AqServedClip *none;
    int is_new;

    (void)state;
    AqServedClip *a = take_clip(c, 'a', &is_new), *b = take_clip(c, 'b', &is_new);
    write_bytes_to(in, "w", 'c', CLIP_BYTES);
    CHECK_OK(aq_sha256_file(in, hex));
    assert_int_equal(aq_clips_take(c, in, "c", hex, 0, &none, &is_new),
                     AQ_ERR_CANCELLED);
    assert_null(none);
    assert_int_equal(access(in, F_OK), 0); /* the caller's still */
    aq_clips_let_go(c, a);
    CHECK_OK(aq_clips_take(c, in, "c", hex, 0, &none, &is_new));
    assert_int_equal(access(aq_clip_path(b), F_OK), 0);
    aq_clips_let_go(c, none);
    aq_clips_let_go(c, b);
    write_bytes_to(in, "w", 'd', 2 * CLIP_BYTES + 1);
    CHECK_OK(aq_sha256_file(in, hex));
    assert_int_equal(aq_clips_take(c, in, "d", hex, 0, &none, &is_new), AQ_ERR_USAGE);
    assert_int_equal(count_clips(c), 2);
    aq_clips_close(&c);
}

static void removed_while_held(void **state)
{
    AqClips *c = open_clips(2);
    int is_new;

    (void)state;
    AqServedClip *a = take_clip(c, 'a', &is_new);
    ask_about(c, a, "who?", "piano");
    CHECK_OK(aq_clips_remove(c, a));
    assert_int_equal(count_clips(c), 0);
    json_t *late = json_object();
    assert_int_equal(aq_clip_add_ask(c, a, late), AQ_ERR_MISMATCH);
    json_decref(late);
    AqServedClip *again = take_clip(c, 'a', &is_new); /* a new one of the same ID */
    assert_true(is_new);
    CHECK_OK(aq_clips_remove(c, a)); /* once more: of the old one */
    aq_clips_let_go(c, a);
    assert_int_equal(access(aq_clip_path(again), F_OK), 0);
    json_t *asks = aq_clip_asks_json(c, again);
    assert_int_equal(json_array_size(asks), 0);
    json_decref(asks);
    aq_clips_let_go(c, again);
    aq_clips_close(&c);
}

static void the_next_server_finds_all(void **state)
{
    AqClips *c = open_clips(10), *other;
    char id[AQ_CLIP_ID], path[128];
    json_t *ask;
    int is_new;

    (void)state;
    AqServedClip *a = take_clip(c, 'a', &is_new);
    (void)snprintf(id, sizeof id, "%s", aq_clip_id(a));
    ask_about(c, a, "Who plays?", "piano");
    ask_about(c, a, "Where is \"it\"?", NULL);
    assert_int_equal(aq_clips_open(&other, folder, 1), AQ_ERR_MISMATCH);
    aq_clips_let_go(c, a);
    aq_clips_close(&c);

    (void)snprintf(path, sizeof path, "%s/%s/asks.jsonl", folder, id);
    write_bytes_to(path, "a", '{', 7); /* a line that was cut */
    c = open_clips(10);
    a = aq_clips_find(c, id);
    assert_non_null(a);
    assert_string_equal(aq_clip_name(a), "a.mp4");
    CHECK_OK(aq_clip_ask(c, a, 2, &ask));
    assert_string_equal(aq_json_member_text(ask, "question"), "Where is \"it\"?");
    json_decref(ask);
    assert_int_equal(aq_clip_ask(c, a, 3, &ask), AQ_ERR_NOT_FOUND);
    assert_int_equal(aq_clip_ask(c, a, 0, &ask), AQ_ERR_NOT_FOUND);
    ask_about(c, a, "third", "piano");
    CHECK_OK(aq_clip_ask(c, a, 3, &ask));
    assert_int_equal(json_integer_value(json_object_get(ask, "n")), 3);
    json_decref(ask);
    aq_clips_let_go(c, a);
    aq_clips_close(&c);
}

static void damaged_records_are_left_out(void **state)
{
    AqClips *c = open_clips(10);
    char id[2][AQ_CLIP_ID], path[128];
    int is_new;

    (void)state;
    for (int k = 0; k < 2; k++) {
        AqServedClip *clip = take_clip(c, (char)('a' + k), &is_new);

        (void)snprintf(id[k], sizeof id[k], "%s", aq_clip_id(clip));
        aq_clips_let_go(c, clip);
    }
    aq_clips_close(&c);
    (void)snprintf(path, sizeof path, "%s/%s/clip.json", folder, id[0]);
    assert_int_equal(truncate(path, 20), 0);
    c = open_clips(10);
    assert_false(has_clip(c, id[0]));
    assert_true(has_clip(c, id[1]));
    aq_clips_close(&c);
}

static void searches_look_at_all_threads(void **state)
{
    AqClips *c = open_clips(100);
    int is_new;

    (void)state;
    AqServedClip *a = take_clip(c, 'a', &is_new), *b = take_clip(c, 'b', &is_new);
    ask_about(c, a, "Who plays?", "violin");
    ask_about(c, b, "What plays first?", "piano");
    static const struct {
        const char *text;
        size_t n;
    } all[] = {{"", 2},       {"plays", 2}, {"FIRST", 1},
               {"Violin", 1}, {"b.mp4", 1}, {"%", 0}};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        json_t *found = aq_clips_search(c, all[k].text, 10);

        assert_int_equal(json_array_size(found), all[k].n);
        json_decref(found);
    }
    json_t *one = aq_clips_search(c, "", 1);
    assert_int_equal(json_array_size(one), 1);
    json_decref(one);
    aq_clips_let_go(c, a);
    aq_clips_let_go(c, b);
    aq_clips_close(&c);
}

static void news_is_told_once(void **state)
{
    AqClips *c = open_clips(10);
    unsigned seen = 0;
    AqClipNews news;
    int is_new;

    (void)state;
    AqServedClip *a = take_clip(c, 'a', &is_new);
    aq_clip_news(c, a, 0, &seen, 60000, &news); /* at once, the first time */
    assert_int_equal(news.state, AQ_CLIP_NEW);
    assert_true(aq_clip_begin(c, a, 0, 0));
    assert_false(aq_clip_begin(c, a, 0, 1)); /* it is under way */
    aq_clip_set_stage(c, a, AQ_CLIP_SOUND, 0, 10);
    aq_clip_add_stage(c, a, AQ_CLIP_SOUND, 7);
    aq_clip_add_stage(c, a, AQ_CLIP_SOUND, 7);
    aq_clip_news(c, a, 0, &seen, 60000, &news);
    assert_int_equal(news.state, AQ_CLIP_WORKING);
    assert_int_equal(news.stage[AQ_CLIP_SOUND].done, 10);
    aq_clip_end(c, a, 0, "broken");
    aq_clip_news(c, a, 0, &seen, 60000, &news);
    assert_int_equal(news.state, AQ_CLIP_FAILED);
    assert_string_equal(news.error, "broken");
    aq_clip_news(c, a, 1, &seen, 1, &news); /* of another model, after a wait */
    assert_int_equal(news.state, AQ_CLIP_NEW);
    assert_false(aq_clip_begin(c, a, 0, 0));
    assert_true(aq_clip_begin(c, a, 0, 1));
    aq_clip_end(c, a, 0, NULL);
    aq_clip_news(c, a, 0, &seen, 60000, &news);
    assert_int_equal(news.state, AQ_CLIP_READY);
    aq_clips_let_go(c, a);
    aq_clips_close(&c);
}

#define CLIPS_TEST(name) cmocka_unit_test_setup_teardown(name, begin_folder, end_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {CLIPS_TEST(the_least_used_goes_first),
                                       CLIPS_TEST(what_is_held_stays),
                                       CLIPS_TEST(removed_while_held),
                                       CLIPS_TEST(the_next_server_finds_all),
                                       CLIPS_TEST(damaged_records_are_left_out),
                                       CLIPS_TEST(searches_look_at_all_threads),
                                       CLIPS_TEST(news_is_told_once)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
