/* SPDX-License-Identifier: MIT */
/*
 * Clocks that are not one line. In the clips here second k of the picture has a grey of
 * its own and second k of the sound a loudness of its own, so that it is seen what was
 * put where.
 */
#include "base/alloc.h"
#include "base/fs.h"
#include "tests/unit/check.h"
#include "tests/unit/clips.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* `s` seconds that begin with the k-th, frames of 1/25 s. */
#define PICTURE(s, k)                                                                  \
    "-f lavfi -i \"color=black:s=64x48:r=25:d=" s ",geq=lum='40+12*floor(" k           \
    "+N/25)':cb=128:cr=128,format=yuv420p\" "
#define SOUND(s, k)                                                                    \
    "-f lavfi -i \"aevalsrc='0.05*(1+" k "+floor(t))*sin(2764*t)':s=48000:d=" s "\" "
#define CODECS "-c:v libx264 -preset ultrafast -g 25 -c:a aac "

/* Which of the seconds a picture and a sound are; -1: none. */
static int seen(const Seen *s, int at)
{
    return s->grey[at] < 0 ? -1 : (int)lround((s->grey[at] * 219 / 255 + 16 - 40) / 12);
}

static int heard(const Seen *s, int at)
{
    return s->energy[at] < 0 ? -1
                             : (int)lround(sqrt(2 * s->energy[at]) / 32768 / 0.05 - 1);
}

/* Runs a shell command in our folder. */
static void shell(const char *cmd)
{
    char *all = aq_strf("cd %s && %s", in_dir(""), cmd);

    if (system(all) != 0)
        fail_msg("%s", all);
    aq_free(all);
}

/* n seconds, one after the other, in both streams. The picture may lag behind by a
 * frame, for the sound of these codecs begins before it does. */
static void check_line(const char *path, const Seen *s, int n)
{
    if (s->err != AQ_EOF || s->n < n || s->n > n + 1)
        fail_msg("%s: %d seconds, not %d (%s)", path, s->n, n, s->notes);
    for (int k = 0; k < n; k++)
        if (seen(s, k) < k - 1 || seen(s, k) > k || heard(s, k) != k)
            fail_msg("%s: second %d: picture %d, sound %d (%s)", path, k, seen(s, k),
                     heard(s, k), s->notes);
}

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

/* `n` seconds that begin with the k-th, into our folder. */
static void part(const char *leaf, const char *n, const char *k, const char *how)
{
    char *args = aq_strf(PICTURE("%s", "%s") SOUND("%s", "%s") "%s", n, k, k, n, how);

    (void)make(args, leaf);
    aq_free(args);
}

/* FLV's second header is no part of the stream; nor is a second MP4's. */
#define NO_HEADER(a, b, to) "(cat " a "; tail -c +14 " b ") > " to

/* What was joined is one line, however the clocks of the parts were set. */
static void joined_recordings_are_one_line(void **state)
{
#define PLAIN CODECS "-f mpegts"
#define B     "-c:v libx264 -bf 3 -c:a aac -f mpegts"
#define PS    "-c:v mpeg2video -bf 2 -c:a mp2 -f mpeg"
    static const struct {
        const char *leaf, *how[3], *join;
        int n, n_jumps;
    } clips[] = {
        {"two.ts", {PLAIN, PLAIN, NULL}, "cat 0 1 > two.ts", 6, 1},
        {"three.ts", {B, B, B}, "cat 0 1 2 > three.ts", 9, 2},
        {"hour.ts",
         {PLAIN, PLAIN " -output_ts_offset 3600", NULL},
         "cat 0 1 > hour.ts",
         6,
         1},
        {"day.ts",
         {PLAIN " -output_ts_offset 80000", PLAIN, NULL},
         "cat 0 1 > day.ts",
         6,
         1},
        {"wrapped.ts",
         {PLAIN " -output_ts_offset 95442", PLAIN, NULL},
         "cat 0 1 > wrapped.ts",
         6,
         1},
        {"two.mkv",
         {CODECS "-f matroska", CODECS "-f matroska", NULL},
         "cat 0 1 > two.mkv",
         6,
         1},
        {"hour.mkv",
         {CODECS "-f matroska", CODECS "-output_ts_offset 3600 -f matroska", NULL},
         "cat 0 1 > hour.mkv",
         6,
         1},
        {"two.flv",
         {CODECS "-f flv", CODECS "-f flv", NULL},
         NO_HEADER("0", "1", "two.flv"),
         6,
         1},
        {"hour.flv",
         {CODECS "-f flv", CODECS "-output_ts_offset 3600 -f flv", NULL},
         NO_HEADER("0", "1", "hour.flv"),
         6,
         1},
        {"two.mpg", {PS, PS, NULL}, "cat 0 1 > two.mpg", 6, 1}};
    static const char *const first[] = {"0", "3", "6"};

    (void)state;
    for (size_t k = 0; k < sizeof clips / sizeof *clips; k++) {
        for (int i = 0; i < 3 && clips[k].how[i]; i++)
            part(first[i], "3", first[i], clips[k].how[i]);
        if (!clips[k].how[2])
            shell("mv 3 1");
        else
            shell("mv 3 1; mv 6 2");
        shell(clips[k].join);
        const Seen s = look(in_dir(clips[k].leaf), 60),
                   cut = look(in_dir(clips[k].leaf), 5);

        check_line(clips[k].leaf, &s, clips[k].n);
        check_line(clips[k].leaf, &cut, 5);
        assert_non_null(strstr(s.notes, clips[k].n_jumps == 1 ? "clock jumps at 3.0 s"
                                                              : "clock jumps 2 times"));
    }
}

/* Parts that lack a stream keep the other one in step. */
static void parts_may_lack_a_stream(void **state)
{
    Seen s;

    (void)state;
    part("a.ts", "3", "0", PLAIN);
    part("b.ts", "3", "3", PLAIN);
    part("c.ts", "3", "6", PLAIN);
    shell(
        "for k in a b c; do ffmpeg -v error -y -i $k.ts -map 0:v -c copy -f mpegts "
        "$k.v; ffmpeg -v error -y -i $k.ts -map 0:a -c copy -streamid 0:257 -f mpegts "
        "$k.a; done; cat a.v b.v > vv.ts; cat a.a b.a > aa.ts; cat a.ts b.a c.ts > "
        "mute.ts; cat a.ts b.v c.ts > still.ts");
    s = look(in_dir("vv.ts"), 60);
    for (int k = 0; k < 6; k++)
        assert_int_equal(seen(&s, k), k);
    s = look(in_dir("aa.ts"), 60);
    for (int k = 0; k < 6; k++)
        assert_int_equal(heard(&s, k), k);
    s = look(in_dir("mute.ts"), 60);
    assert_in_range(s.n, 9, 10);
    for (int k = 0; k < 9; k++) {
        assert_int_equal(heard(&s, k), k);
        if (k < 3 || k > 6)
            assert_in_range(seen(&s, k), k ? k - 1 : 0, k);
    }
    s = look(in_dir("still.ts"), 60);
    assert_in_range(s.n, 9, 10);
    for (int k = 0; k < 9; k++) {
        assert_in_range(seen(&s, k), k ? k - 1 : 0, k);
        if (k < 3 || k > 6)
            assert_int_equal(heard(&s, k), k);
    }
}

/* What is no jump stays what it was: pauses of one stream, of both for a few seconds,
 * pictures that stand for minutes. */
static void pauses_are_no_jumps(void **state)
{
    static const char *const ends[] = {"mkv", "mp4", "ts", "flv"};
    Seen s;

    (void)state;
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
        char leaf[16];

        (void)snprintf(leaf, sizeof leaf, "p.%s", ends[k]);
        s = look(make("-f lavfi -i testsrc2=s=64x48:r=25:d=25 -f lavfi -i "
                      "\"sine=d=25,aselect='lt(t,3)+gt(t,20)'\" " CODECS,
                      leaf),
                 60);
        assert_in_range(s.n, 25, 26);
        assert_true(s.energy[1] > 1e5 && s.energy[10] < 0 && s.energy[22] > 1e5);
        assert_null(strstr(s.notes, "jump"));
        (void)snprintf(leaf, sizeof leaf, "s.%s", ends[k]);
        s = look(make("-f lavfi -i \"testsrc2=s=64x48:r=25:d=0.16,setpts=N*15/TB\" "
                      "-f lavfi -i sine=d=50 -vsync vfr " CODECS,
                      leaf),
                 60);
        assert_in_range(s.n, 49, 52);
        for (int t = 0; t < 45; t++)
            assert_true(s.grey[t] >= 0 && s.energy[t] > 1e5);
        assert_null(strstr(s.notes, "jump"));
    }
    s = look(make("-f lavfi -i \"testsrc2=s=64x48:r=25:d=0.16,setpts=N*15/TB\" "
                  "-vsync vfr " CODECS,
                  "alone.mkv"),
             60);
    assert_in_range(s.n, 45, 60);
    part("0.ts", "3", "0", PLAIN);
    part("1.ts", "3", "8", PLAIN " -output_ts_offset 8");
    shell("cat 0.ts 1.ts > both.ts");
    s = look(in_dir("both.ts"), 60);
    assert_in_range(s.n, 11, 12);
    assert_int_equal(heard(&s, 9), 9);
    assert_in_range(seen(&s, 9), 8, 9);
    assert_true(s.energy[5] < 0 && seen(&s, 5) == 2);
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

/* `n` seconds of sound alone that begin with the k-th, into our folder. */
static void sound_part(const char *leaf, const char *n, const char *k, const char *how)
{
    char *args = aq_strf(SOUND("%s", "%s") "%s", k, n, how);

    (void)make(args, leaf);
    aq_free(args);
}

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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_wrap),
        cmocka_unit_test(joined_recordings_are_one_line),
        cmocka_unit_test(parts_may_lack_a_stream),
        cmocka_unit_test(pauses_are_no_jumps),
        cmocka_unit_test(clips_may_begin_at_any_hour),
        cmocka_unit_test(sound_files_are_whole),
        cmocka_unit_test(elementary_streams_have_the_rate_they_name),
        cmocka_unit_test(tracks_may_begin_late),
        cmocka_unit_test(a_rest_is_a_rest_in_both_streams)};

    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
