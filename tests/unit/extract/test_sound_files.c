/* SPDX-License-Identifier: MIT */
/* Sound files that libsndfile and FFmpeg do not agree on. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "tests/unit/check.h"
#include "tests/unit/clips.h"

#include <string.h>

static void check_sound(const char *leaf, int n, const char *note)
{
    const Seen s = look(in_dir(leaf), 60);

    if (s.err != AQ_EOF || s.n != n || !strstr(s.notes, note))
        fail_msg("%s: %d seconds (%s)", leaf, s.n, s.notes);
    for (int k = 0; k < n; k++)
        if (heard(&s, k) != k)
            fail_msg("%s: second %d is %d (%s)", leaf, k, heard(&s, k), s.notes);
}

/* Where libsndfile sees less in a sound file than FFmpeg, FFmpeg reads it. */
static void sound_files_are_whole(void **state)
{
    static const char *const chains[][3] = {
        {"-c:a libvorbis -f ogg", "-c:a libvorbis -f ogg", "vorbis.ogg"},
        {"-c:a libvorbis -f ogg", "-ar 32000 -c:a libvorbis -f ogg", "rates.ogg"},
        {"-c:a libvorbis -f ogg",
         "-af \"pan=stereo|c0=c0|c1=c0\" -c:a libvorbis -f ogg", "channels.ogg"},
        {"-c:a libopus -f ogg", "-c:a libopus -f ogg", "chain.opus"},
        {"-c:a flac -f ogg", "-c:a flac -f ogg", "flac.ogg"},
        {"-c:a flac -f flac", "-c:a flac -f flac", "chain.flac"}};
    static const char differ[] = "libsndfile and FFmpeg do not agree";
    char *bytes;
    size_t n, at = 0;
    AqFsWriter w;

    (void)state;
    for (size_t k = 0; k < sizeof chains / sizeof *chains; k++) {
        char *join = aq_strf("cat 0 1 > %s", chains[k][2]);

        sound_part("0", "3", "0", chains[k][0]);
        sound_part("1", "3", "3", chains[k][1]);
        shell(join);
        aq_free(join);
        check_sound(chains[k][2], 6, strcmp(chains[k][2], "flac.ogg") ? differ : "");
    }
    sound_part("plain.wav", "3", "0", "");
    check_sound("plain.wav", 3, "");
    assert_null(strstr(look(in_dir("plain.wav"), 60).notes, differ));
    CHECK_OK(aq_fs_read(in_dir("plain.wav"), 1 << 24, &bytes, &n));
    while (memcmp(bytes + at, "data", 4) != 0)
        at++;
    memset(bytes + at + 4, 0, 4); /* as a recorder leaves it that was cut off */
    CHECK_OK(aq_fs_write_begin(&w, in_dir("none.wav")));
    CHECK_OK(aq_fs_write(&w, bytes, n));
    CHECK_OK(aq_fs_write_commit(&w));
    aq_free(bytes);
    check_sound("none.wav", 3, differ);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sound_files_are_whole)};

    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
