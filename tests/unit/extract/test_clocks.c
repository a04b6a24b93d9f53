/* SPDX-License-Identifier: MIT */
/* Clocks that run round a circle, are not there, or begin late. */
#include "base/alloc.h"
#include "tests/unit/check.h"
#include "tests/unit/clips.h"

#include <string.h>

/* The 33 bits of an MPEG clock end 95443.7 s after they began. */
static void clocks_wrap(void **state)
{
    static const struct {
        const char *args, *leaf;
        int most, n;
    } clips[] = {
        {CODECS "-muxdelay 0 -output_ts_offset 95439.7", "wrap.ts", 60, 8},
        {CODECS "-muxdelay 0 -output_ts_offset 95439.7", "wrap3.ts", 3, 3},
        {CODECS "-muxdelay 0 -output_ts_offset 95436.71", "wrap7.ts", 60, 8},
        {"-c:v libx264 -bf 3 -c:a aac -output_ts_offset 95439.2", "wrap_b.ts", 60, 8},
        {"-c:v mpeg2video -bf 2 -c:a mp2 -output_ts_offset 95439.7", "wrap.mpg", 60, 8},
        {CODECS "-output_ts_offset 95300", "before.ts", 60, 8},
        {CODECS "-output_ts_offset 95442.3", "soon.ts", 60, 8}};

    (void)state;
    for (size_t k = 0; k < sizeof clips / sizeof *clips; k++) {
        char *args = aq_strf(PICTURE("8", "0") SOUND("8", "0") "%s", clips[k].args);
        const char *path = make(args, clips[k].leaf);
        const Seen s = look(path, clips[k].most);

        aq_free(args);
        check_line(path, &s, clips[k].n);
        assert_null(strstr(s.notes, "jump"));
    }
}

/* Elementary streams have frames and no clock. */
static void elementary_streams_have_the_rate_they_name(void **state)
{
#define MOVES(r) "-f lavfi -i testsrc2=s=64x48:r=" r ":d=4 -pix_fmt yuv420p "
#define H265     "-c:v libx265 -x265-params log-level=none"
    static const struct {
        const char *args, *leaf;
        int n, named;
    } clips[] = {
        {MOVES("30") "-c:v libx264 -bf 3 -f h264", "x.h264", 4, 1},
        {MOVES("50") "-c:v libx264 -bf 0 -f h264", "50.h264", 4, 1},
        {MOVES("12.5") H265 ":bframes=3 -f hevc", "x.hevc", 4, 1},
        {MOVES("50") H265 ":vui-timing-info=0 -f hevc", "none.hevc", 8, 0},
        {MOVES("30") "-c:v mpeg4 -bf 2 -f m4v", "x.m4v", 4, 1},
        {MOVES("30") "-c:v mpeg2video -bf 2 -f mpeg2video", "x.mpeg", 4, 1},
        {MOVES("50") "-c:v mjpeg -pix_fmt yuvj420p -f mjpeg", "x.mjpeg", 8, 0}};

    (void)state;
    for (size_t k = 0; k < sizeof clips / sizeof *clips; k++) {
        const char *path = make(clips[k].args, clips[k].leaf);
        const Seen s = look(path, 60);

        if (s.err != AQ_EOF || s.n != clips[k].n || s.grey[s.n - 1] < 0)
            fail_msg("%s: %d seconds (%s)", path, s.n, s.notes);
        assert_int_equal(strstr(s.notes, "names no frame rate") == NULL,
                         clips[k].named);
    }
    const Seen s =
        look(make(PICTURE("4", "0") "-c:v libx264 -bf 3 -f h264", "k.h264"), 60);
    for (int k = 0; k < 4; k++)
        assert_int_equal(seen(&s, k), k);
}

/* However many packets of the other stream come before it. */
static void tracks_may_begin_late(void **state)
{
    (void)state;
    (void)make("-f lavfi -i sine=d=20:r=48000 -c:a libopus -frame_duration 2.5 "
               "-application lowdelay",
               "long.mka");
    (void)make(PICTURE("4", "0") "-c:v libx264", "four.mp4");
    char *args = aq_strf("-i %s -itsoffset 14 -i %s -map 1:v -map 0:a -c copy",
                         in_dir("long.mka"), in_dir("four.mp4"));
    Seen s = look(make(args, "call.mkv"), 60);

    aq_free(args);
    assert_int_equal(s.n, 20);
    assert_int_equal(seen(&s, 13), -1);
    for (int k = 0; k < 4; k++)
        assert_int_equal(seen(&s, 14 + k), k);
    s = look(make("-f lavfi -i testsrc2=s=32x32:r=240:d=20 -itsoffset 17.5 "
                  "-f lavfi -i sine=d=4 -map 0:v -map 1:a -c:v libx264 "
                  "-preset ultrafast -c:a aac -t 22",
                  "fast.mp4"),
             60);
    assert_int_equal(s.n, 22);
    assert_true(s.energy[16] < 0 && s.energy[18] > 1e5);
}

/* 0.08 s are no second of picture and none of sound; 0.2 s are one of both. */
static void a_rest_is_a_rest_in_both_streams(void **state)
{
    static const struct {
        const char *picture, *sound;
        int n_picture, n_sound;
    } clips[] = {{"4.08", "4.08", 4, 4}, {"4", "4.08", 4, 4},   {"4.08", "4", 4, 4},
                 {"4.2", "4.2", 5, 5},   {"4.08", "4.2", 4, 5}, {"4.2", "4.08", 5, 4},
                 {"0.08", "0.08", 1, 1}};

    (void)state;
    for (size_t k = 0; k < sizeof clips / sizeof *clips; k++) {
        char *args = aq_strf("-f lavfi -i testsrc2=s=64x48:r=25:d=%s "
                             "-f lavfi -i sine=r=48000:d=%s -c:v mjpeg -c:a pcm_s16le",
                             clips[k].picture, clips[k].sound);
        const Seen s = look(make(args, "rest.mkv"), 60),
                   cut = look(in_dir("rest.mkv"), 4);
        int n_picture = 0, n_sound = 0, n_cut = 0;

        aq_free(args);
        for (int t = 0; t < s.n; t++) {
            n_picture += s.grey[t] >= 0;
            n_sound += s.energy[t] >= 0;
            n_cut += cut.grey[t] >= 0;
        }
        assert_int_equal(n_picture, clips[k].n_picture);
        assert_int_equal(n_sound, clips[k].n_sound);
        assert_int_equal(n_cut, n_picture < 4 ? n_picture : 4);
    }
}

/* A clip that begins with hours on its clock begins with second 0. */
static void clips_may_begin_at_any_hour(void **state)
{
    (void)state;
    part("noon.mkv", "4", "0", CODECS "-output_ts_offset 43200");
    const Seen s = look(in_dir("noon.mkv"), 60);

    check_line("noon.mkv", &s, 4);
    assert_null(strstr(s.notes, "jump"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_wrap), cmocka_unit_test(clips_may_begin_at_any_hour),
        cmocka_unit_test(elementary_streams_have_the_rate_they_name),
        cmocka_unit_test(tracks_may_begin_late),
        cmocka_unit_test(a_rest_is_a_rest_in_both_streams)};

    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
