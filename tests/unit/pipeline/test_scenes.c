/* SPDX-License-Identifier: MIT */
/* Clips of known truth: reading, broken lines, and what networks are asked to know. */
#include "pipeline/inputs/scenes.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLAYER(name, where, phrases, level, note)                                      \
    "{\"instrument\":\"" name "\",\"place\":\"" where "\",\"phrases\":" phrases        \
    ",\"level_db\":" level ",\"note_seconds\":" note "}"
#define SCENE(players)                                                                 \
    "{\"video_id\":\"v\",\"split\":\"val\",\"scene\":\"outdoor\",\"players\":"         \
    "[" players "]}\n"

static AqErr read_text(AqScenes *s, const char *text, size_t bytes)
{
    char path[] = "/tmp/scenes-XXXXXX";
    const int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_true(write(fd, text, bytes) == (ssize_t)bytes);
    (void)close(fd);
    const AqErr err = aq_scenes_read(s, path);
    (void)unlink(path);
    return err;
}

static const char two[] =
    SCENE(PLAYER("flute", "left", "[[1.0,3.2]]", "0.0", "0.9") "," PLAYER(
        "flute", "right", "[[2.5,4.0]]", "-9.0",
        "0.18") "," PLAYER("drum", "unseen", "[[1.9,2.1]]", "-18.0", "0.4"));

static void sound_is_told_by_the_second(void **state)
{
    (void)state;
    AqScenes s;
    float t[2 * AQ_SCENE_SOUND_BITS], w[2 * AQ_SCENE_SOUND_BITS];

    assert_int_equal(read_text(&s, two, strlen(two)), AQ_OK);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.n_kinds, 2);
    assert_true(s.v[0].val && s.v[0].outdoor && !s.v[0].test);

    aq_scene_sound(&s, &s.v[0], 0, t, w); /* nobody yet */
    assert_true(w[0] == 1 && t[0] == 0);
    assert_true(w[1] == 0); /* how loud is not asked of what is not heard */

    aq_scene_sound(&s, &s.v[0], 1, t,
                   w); /* one flute, slow and loud; the drum begins */
    const float one[] = {1, 0, 1, 1, 0, 0};
    assert_memory_equal(t, one, sizeof one);
    assert_true(w[AQ_SCENE_SOUND_BITS] == 0); /* a tenth of a second: not asked */

    aq_scene_sound(&s, &s.v[0], 2, t, w); /* both flutes; the louder one's manner */
    const float both[] = {1, 1, 1, 1, 0, 0};
    assert_memory_equal(t, both, sizeof both);

    aq_scene_sound(&s, &s.v[0], 3, t, w); /* 0.2 s of the first, all of the second */
    assert_true(w[0] == 0);
    aq_scenes_clear(&s);
}

static void picture_is_told_by_the_place(void **state)
{
    (void)state;
    AqScenes s;
    float t[9], w[9];
    const float want[9] = {1, 0, 1, 0, 0, 1, 1, 0, 1}; /* flute, drum, outdoors */

    assert_int_equal(read_text(&s, two, strlen(two)), AQ_OK);
    aq_scene_picture(&s, &s.v[0], t, w);
    assert_memory_equal(t, want, sizeof want);
    aq_scenes_clear(&s);
}

/* Every beginning of the file is read, or refused with its line, and nothing leaks. */
static void every_cut_is_refused(void **state)
{
    (void)state;
    const size_t n = strlen(two);

    for (size_t k = 0; k < n; k++) {
        AqScenes s;
        const AqErr err = read_text(&s, two, k);

        if (k < n - 1) {
            assert_int_equal(err, AQ_ERR_FORMAT);
            if (k > 0)
                assert_non_null(strstr(aq_err_text(), "line 1"));
        }
        aq_scenes_clear(&s);
    }
}

static void broken_lines_are_named(void **state)
{
    (void)state;
    static const char *const bad[] = {
        SCENE(PLAYER("flute", "above", "[]", "0.0", "0.9")),
        SCENE(PLAYER("flute", "left", "[[3.0,2.0]]", "0.0", "0.9")),
        SCENE(PLAYER("flute", "left", "[[1.0]]", "0.0", "0.9")),
        SCENE(PLAYER("flute", "left", "[1]", "0.0", "0.9")),
        SCENE(PLAYER("flute", "left", "[]", "\"loud\"", "0.9")),
        "[]\n",
        "{\"video_id\":1}\n",
        "{}\n"};

    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        AqScenes s;
        char text[2048];
        const int n = snprintf(text, sizeof text, "%s%s", two, bad[k]);

        assert_int_equal(read_text(&s, text, (size_t)n), AQ_ERR_FORMAT);
        assert_non_null(strstr(aq_err_text(), "line 2"));
    }
    AqScenes s;
    assert_int_equal(aq_scenes_read(&s, "/nowhere/truth.jsonl"), AQ_ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sound_is_told_by_the_second),
                                       cmocka_unit_test(picture_is_told_by_the_place),
                                       cmocka_unit_test(every_cut_is_refused),
                                       cmocka_unit_test(broken_lines_are_named)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
