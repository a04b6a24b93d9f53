/* SPDX-License-Identifier: MIT */
/*
 * Media on one clock. Clips are made by the ffmpeg program so that each frame's
 * brightness is its number, and real ones are read where Debian's packages of them are
 * installed.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "extract/input/frames.h"
#include "extract/media/media.h"
#include "tests/unit/check.h"
#include "tests/unit/clips.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void frames_are_those_on_display(void **state)
{
    static const char *const codecs[] = {"-c:v libx264 -bf 3 -g 12", "-c:v mpeg4 -bf 2",
                                         "-c:v mjpeg -pix_fmt yuvj420p"};
    static const char *const files[] = {"a.mp4", "b.avi", "c.mkv"};

    (void)state;
    for (int k = 0; k < 3; k++) {
        char args[512];
        (void)snprintf(args, sizeof args, STEPS("3") "%s -q:v 2", codecs[k]);
        const Seen s = look(make(args, files[k]), 60);

        assert_int_equal(s.err, AQ_EOF);
        assert_int_equal(s.n, 3);
        for (int t = 0; t < 3; t++)
            CHECK_NEAR(s.grey[t], grey_of(25 * t), 4, 0);
        assert_false(s.has_audio);
        assert_non_null(strstr(s.notes, "no sound track"));
    }
}

static void frame_rates_may_vary(void **state)
{
    const Seen s = look(
        make(
            "-f lavfi -i \"color=black:s=64x48:r=25:d=1,geq=lum='40+2*N':cb=128:cr=128,"
            "setpts='if(lt(N,5),N/25,2+(N-5)/25)/TB',format=yuv420p\" -vsync vfr "
            "-c:v libx264 -bf 0",
            "vfr.mp4"),
        60);

    (void)state;
    assert_int_equal(s.n, 3);
    CHECK_NEAR(s.grey[0], grey_of(0), 4, 0);
    CHECK_NEAR(s.grey[1], grey_of(4), 4, 0); /* still on display */
    CHECK_NEAR(s.grey[2], grey_of(5), 4, 0);
}

static void sound_and_picture_share_a_clock(void **state)
{
    const Seen late = look(
        make(STEPS("4") "-itsoffset 2 " TONE("1") "-c:v mpeg4 -c:a aac", "late.mkv"),
        60);
    const Seen early = look(make("-itsoffset 2 " STEPS("2")
                                     TONE("4") "-map 0 -map 1 -c:v mpeg4 -c:a aac",
                                 "early.mkv"),
                            60);

    (void)state;
    assert_int_equal(late.n, 4);
    assert_true(late.energy[0] < 0); /* nothing was recorded then */
    assert_true(late.energy[2] > 1e5);
    assert_true(late.grey[0] >= 0 && late.grey[3] >= 0);
    assert_non_null(strstr(late.notes, "sound starts"));
    assert_int_equal(early.n, 4);
    assert_true(early.grey[0] < 0 && early.grey[1] < 0);
    CHECK_NEAR(early.grey[2], grey_of(0), 4, 0);
    CHECK_NEAR(early.grey[3], grey_of(25), 4, 0);
    assert_true(early.energy[0] > 1e5 && early.energy[3] > 1e5);
    assert_non_null(strstr(early.notes, "picture starts"));
}

static void channels_are_averaged(void **state)
{
    /* left and right cancel; one channel of six is a sixth */
    const Seen none =
        look(make("-f lavfi -i \"aevalsrc='0.5*sin(3000*t)|-0.5*sin(3000*t)':"
                  "s=11025:d=2\"",
                  "cancel.wav"),
             60);
    const Seen sixth =
        look(make("-f lavfi -i \"aevalsrc='0.6*sin(3000*t)|0|0|0|0|0':s=48000:"
                  "d=2:c=5.1\" -c:a flac",
                  "six.mka"),
             60);

    (void)state;
    assert_int_equal(none.n, 2);
    assert_false(none.has_video);
    assert_true(none.energy[1] < 4);
    CHECK_NEAR(sqrt(2 * sixth.energy[0]), 0.1 * 32768, 30, 0);
}

/* An Ogg that libsndfile does not read is FFmpeg's, and libsndfile's look at it leaves
 * the file as it was. */
static void what_libsndfile_refuses_is_ffmpegs(void **state)
{
    const Seen s = look(make(TONE("2") "-ar 16000 -c:a libspeex", "speex.ogg"), 60);

    (void)state;
    assert_int_equal(s.n, 2);
    assert_true(s.energy[1] > 0);
}

static void rotation_is_applied(void **state)
{
    (void)state;
    (void)make(
        "-f lavfi -i \"color=black:s=64x32:r=25:d=1,drawbox=0:0:32:16:white:fill\" "
        "-pix_fmt yuv420p -c:v libx264",
        "flat.mp4");
    char *args = aq_strf("-i %s -c copy -metadata:s:v rotate=90", in_dir("flat.mp4"));
    const Seen s = look(make(args, "turned.mp4"), 60);

    aq_free(args);
    assert_int_equal(s.width, 32);
    assert_int_equal(s.height, 64);
    /* the matrix that this option writes turns a quarter to the left, as ffmpeg itself
     * shows it: the upper left corner goes to the lower left one */
    assert_int_equal(s.rotation, 270);
    assert_true(s.corner[0] < 20);
    CHECK_NEAR(s.grey[0], 255 / 4.0, 8, 0);
}

static void short_clips_have_one_second(void **state)
{
    const Seen s =
        look(make(STEPS("0.4") TONE("0.4") "-c:v mpeg4 -c:a aac", "short.mp4"), 60);
    const Seen tail = look(make(TONE("2.3"), "tail.flac"), 60);
    const Seen edge = look(make(TONE("2.05"), "edge.flac"), 60);
    const Seen most = look(make(STEPS("5"), "long.mkv"), 2);

    (void)state;
    assert_int_equal(s.n, 1);
    assert_true(s.grey[0] >= 0 && s.energy[0] > 0);
    assert_int_equal(tail.n, 3);
    assert_int_equal(edge.n, 2);
    assert_int_equal(most.n, 2);
}

static void copy_damaged(const char *from, const char *to, double cut, int holes)
{
    char *cmd = aq_strf(
        "s=$(stat -c %%s %s); head -c $(awk \"BEGIN{print int($s*%f)}\") %s > %s", from,
        cut, from, to);

    assert_int_equal(system(cmd), 0);
    aq_free(cmd);
    FILE *f = fopen(to, "r+b");
    assert_non_null(f);
    (void)fseek(f, 0, SEEK_END);
    const long n = ftell(f);
    for (int k = 0; k < holes; k++) {
        (void)fseek(f, n / 3 + k * 97, SEEK_SET);
        (void)fwrite("\xa5\x5a\x13\x37\x00\xff\x80\x01", 1, 8, f);
    }
    (void)fclose(f);
}

static void broken_clips_give_what_there_is(void **state)
{
    const char *whole = make(STEPS("6") TONE("6") "-c:v mpeg4 -c:a aac", "w.ts");
    char out[128];

    (void)state;
    (void)snprintf(out, sizeof out, "%s", in_dir("cut.ts"));
    copy_damaged(whole, out, 0.5, 0);
    Seen s = look(out, 60);
    assert_int_equal(s.err, AQ_EOF);
    assert_in_range(s.n, 2, 5);
    copy_damaged(whole, out, 1.0, 60);
    s = look(out, 60);
    assert_int_equal(s.err, AQ_EOF);
    assert_in_range(s.n, 5, 7);
    CHECK_NEAR(s.grey[0], grey_of(0), 4, 0);
    whole = make(STEPS("3") "-c:v libx264", "w.mp4"); /* its index comes last */
    (void)snprintf(out, sizeof out, "%s", in_dir("cut.mp4"));
    copy_damaged(whole, out, 0.5, 0);
    s = look(out, 60);
    assert_int_equal(s.err, AQ_ERR_MEDIA);
    assert_non_null(strstr(aq_err_text(), "cut.mp4"));
}

static void what_is_no_clip_is_refused(void **state)
{
    static const char playlist[] =
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nw.ts\n"
        "#EXT-X-ENDLIST\n";
    static const char *const texts[] = {
        "hello, this is text",
        "",
        playlist,
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:1/w.ts\n"
        "#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXT-X-MAP:URI=\"/etc/passwd\"\n#EXTINF:9,\n"
        "w.ts\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile w.ts\n",
        "ffconcat version 1.0\nfile 'http://127.0.0.1:1/w.ts'\n",
        "ffconcat version 1.0\nfile 'file:///etc/passwd'\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        "m=video 9 RTP/AVP 96\n",
        "<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" "
        "type=\"static\"><Period><AdaptationSet><Representation id=\"a\"><BaseURL>"
        "w.ts</BaseURL></Representation></AdaptationSet></Period></MPD>\n"};
    char path[128];

    (void)state;
    (void)snprintf(path, sizeof path, "%s", in_dir("no.mp4"));
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        FILE *f = fopen(path, "wb");
        (void)fputs(texts[k], f);
        (void)fclose(f);
        assert_int_equal(look(path, 60).err, AQ_ERR_MEDIA);
        assert_non_null(strstr(aq_err_text(), "no.mp4"));
    }
    assert_int_equal(look(in_dir(""), 60).err, AQ_ERR_MEDIA);
    assert_int_equal(look("/nowhere.mp4", 60).err, AQ_ERR_NOT_FOUND);
}

static void refused_for(const char *path, const AqMediaLimits *limits, const char *why)
{
    const AqMediaOptions how = {.max_seconds = 60,
                                .limits = *limits,
                                .want_audio = 1,
                                .n_pictures = 1,
                                .pictures = {{.per_second = 1}}};
    AqMedia *m = NULL;
    const AqErr err = aq_media_open(&m, path, &how);

    aq_media_close(&m);
    if (!why) {
        CHECK_OK(err);
        return;
    }
    assert_int_equal(err, AQ_ERR_MEDIA);
    if (!strstr(aq_err_text(), why) || !strstr(aq_err_text(), path))
        fail_msg("%s, and not for %s", aq_err_text(), why);
}

/* Of a picture that begins behind what is read there is none. */
static void pictures_may_begin_late(void **state)
{
    const char *path =
        make(TONE("3") "-itsoffset 70 " STEPS("2") "-map 0 -map 1 "
                                                   "-c:v mpeg4 -c:a pcm_s16le",
             "late.mkv");
    Seen s = look(path, 60);

    (void)state;
    assert_int_equal(s.err, AQ_EOF);
    assert_int_equal(s.n, 3);
    assert_int_equal(s.has_video, 0);
    assert_int_equal(s.has_audio, 1);
}

static void limits_are_kept(void **state)
{
    const char *path = make(STEPS("3") "-c:v libx264", "limits.mp4");
    const AqMediaLimits none = {0}, small = {.bytes = 100}, large = {.bytes = 1 << 30},
                        brief = {.seconds = 2}, as_long = {.seconds = 3},
                        flat = {.pixels = 100}, few = {.tracks = 1};
    const char *two;

    (void)state;
    refused_for(path, &none, NULL);
    refused_for(path, &small, "limit of 0.0 MB");
    refused_for(path, &large, NULL);
    refused_for(path, &brief, "3 seconds");
    refused_for(path, &as_long, NULL);
    refused_for(path, &flat, "more pixels");
    refused_for(path, &few, NULL);
    two = make("-f lavfi -i sine=duration=1 -f lavfi -i sine=duration=1 -map 0 -map 1",
               "tracks.mkv");
    refused_for(two, &few, "2 tracks");
    refused_for(two, &none, NULL);
}

/* A count that FFmpeg answers with "out of memory" is the clip's fault, not the job's.
 */
static void a_count_of_billions_is_refused(void **state)
{
    const char *path = make(STEPS("1") "-c:v mpeg4", "count.mp4");
    char *bytes;
    size_t n, at = 0;
    AqFsWriter w;

    (void)state;
    CHECK_OK(aq_fs_read(path, 1 << 24, &bytes, &n));
    while (at + 12 < n && memcmp(bytes + at, "stts", 4) != 0)
        at++;
    assert_true(at + 12 < n);
    memcpy(bytes + at + 8, "\x7f\xff\xff\xff", 4);
    CHECK_OK(aq_fs_write_begin(&w, path));
    CHECK_OK(aq_fs_write(&w, bytes, n));
    CHECK_OK(aq_fs_write_commit(&w));
    aq_free(bytes);
    assert_int_equal(look(path, 60).err, AQ_ERR_MEDIA);
    assert_non_null(strstr(aq_err_text(), "count.mp4"));
}

/* ---- real clips ---- */

#define SAMPLES "/usr/share/forensics-samples/original-files/"

static void one_scene_in_four_containers(void **state)
{
    static const char *const files[] = {
        SAMPLES "movie2/movie-hello.mp4", SAMPLES "movie2/movie-hello.avi",
        SAMPLES "movie2/movie-hello.mpeg", SAMPLES "movie2/movie-hello.ogg"};
    Seen s[4];

    (void)state;
    if (access(files[0], R_OK) != 0) {
        print_message("skipped: forensics-samples-files is not installed\n");
        skip();
    }
    for (int k = 0; k < 4; k++) {
        s[k] = look(files[k], 60);
        assert_int_equal(s[k].err, AQ_EOF);
        assert_true(s[k].has_audio && s[k].has_video);
        print_message("%s: %d s; %s\n", files[k], s[k].n, s[k].notes);
        assert_in_range(s[k].n, s[0].n - 1, s[0].n + 1);
        for (int t = 1; t < s[0].n - 1; t++)
            CHECK_NEAR(s[k].grey[t], s[0].grey[t], 8, 0.05);
    }
}

static void other_real_clips(void **state)
{
    const char *phone = SAMPLES "movie1/VID_20191220_170832.mp4",
               *walk = "/usr/share/doc/opencv-doc/examples/data/vtest.avi",
               *old = "/usr/share/planetblupi/movie/win005.mkv";

    (void)state;
    if (access(phone, R_OK) == 0) {
        const Seen s = look(phone, 60);
        assert_int_equal(s.err, AQ_EOF);
        assert_true(s.has_audio && s.has_video && s.n >= 2);
    }
    if (access(walk, R_OK) == 0) {
        const Seen s = look(walk, 5);
        assert_int_equal(s.n, 5);
        assert_false(s.has_audio);
    }
    if (access(old, R_OK) == 0) {
        const Seen s = look(old, 60);
        assert_int_equal(s.err, AQ_EOF);
        assert_true(s.has_audio && s.has_video);
    }
}

/* ---- frames ---- */

static void resize_keeps_what_it_should(void **state)
{
    enum { S = 8, W = 40, H = 24 };
    static uint8_t rgb[W * H * 3];
    float out[3 * S * S];
    AqFrames *f = NULL;
    const AqFramesConfig how = aq_frames_default(S);

    (void)state;
    CHECK_OK(aq_frames_new(&f, &how));
    memset(rgb, 128, sizeof rgb);
    CHECK_OK(aq_frames_prepare(f, rgb, W, H, W * 3, out));
    for (int k = 0; k < S * S; k++) { /* a constant stays constant */
        CHECK_NEAR(out[k], (128 / 255.0 - 0.485) / 0.229, 1e-5, 0);
        CHECK_NEAR(out[2 * S * S + k], (128 / 255.0 - 0.406) / 0.225, 1e-5, 0);
    }
    for (int k = 0; k < W * H; k++) /* a slope stays one, away from the edges */
        rgb[3 * k] = (uint8_t)(5 * (k % W));
    CHECK_OK(aq_frames_prepare(f, rgb, W, H, W * 3, out));
    for (int x = 2; x < S - 2; x++) {
        const double at = (x + 0.5) * W / S - 0.5;
        CHECK_NEAR((double)out[3 * S + x] * 0.229 + 0.485, 5 * at / 255, 2e-3, 0);
    }
    uint8_t same[S * S * 3];
    for (int k = 0; k < S * S * 3; k++)
        same[k] = (uint8_t)(k * 7);
    CHECK_OK(aq_frames_prepare(f, same, S, S, S * 3, out));
    for (int k = 0; k < S * S; k++) /* no change of size, no change */
        CHECK_NEAR(((double)out[S * S + k] * 0.224 + 0.456) * 255, same[3 * k + 1],
                   1e-3, 0);
    aq_frames_free(&f);
}

/* Every second's picture, and how many were decoded for that. */
static uint64_t pictures_of(const char *path, int every_frame, int *n_pictures)
{
    const AqMediaOptions how = {.max_seconds = MOST,
                                .n_pictures = 1,
                                .pictures = {{.per_second = 1}},
                                .every_frame = every_frame};
    uint64_t hash = 0xcbf29ce484222325u;
    AqMedia *m = NULL;
    AqMediaEvent e;
    AqErr err;

    CHECK_OK(aq_media_open(&m, path, &how));
    while ((err = aq_media_next(m, &e)) == AQ_OK) {
        hash = (hash ^ (uint64_t)e.row) * 0x100000001b3u;
        for (int y = 0; y < e.height; y++)
            for (int x = 0; x < 3 * e.width; x++)
                hash = (hash ^ e.rgb[y * e.stride + x]) * 0x100000001b3u;
    }
    assert_int_equal(err, AQ_EOF);
    const AqMediaFacts f = aq_media_facts(m);
    *n_pictures = f.n_pictures;
    if (!strstr(path, "vfr"))
        assert_null(strstr(f.notes, "variable"));
    aq_media_close(&m);
    return hash;
}

/* Frames that nobody sees are not decoded where nothing depends on them, and what is
 * seen stays the same. */
static void unseen_frames_are_left_out(void **state)
{
#define MOVES "-f lavfi -i testsrc2=s=128x96:r=25:d=6.3 -pix_fmt yuv420p "
#define VFR   "-vf setpts=\"PTS+0.3/TB*floor(N/37)+0.011/TB*mod(N\\,3)\" -vsync vfr "
    static const struct {
        const char *args, *leaf;
        int least; /* percent of the frames that can be spared */
    } clips[] = {
        {MOVES "-c:v libx264 -bf 3", "b.mp4", 25},
        {MOVES "-c:v libx264 -bf 8 -x264-params b-pyramid=strict", "b8.mkv", 25},
        {MOVES "-c:v libx264 -bf 3 " VFR, "vfr.mp4", 10},
        {MOVES "-c:v libx264 -preset ultrafast", "p.mp4", 0},
        {MOVES "-c:v libx265 -x265-params log-level=none", "h.mp4", 25},
        {MOVES "-c:v mpeg4 -bf 2", "m4.avi", 0},
        {MOVES "-c:v mpeg2video -bf 2", "m2.ts", 25},
        {MOVES "-c:v libvpx-vp9 -deadline realtime -cpu-used 8", "v.webm", 0},
        {MOVES "-c:v mjpeg", "j.mov", 60},
        {MOVES "-c:v libx264 -bf 3 -output_ts_offset 7.7", "late.ts", 25}};

    (void)state;
    for (size_t k = 0; k < sizeof clips / sizeof *clips; k++) {
        const char *path = make(clips[k].args, clips[k].leaf);
        int all, some;
        const uint64_t want = pictures_of(path, 1, &all),
                       have = pictures_of(path, 0, &some);

        print_message("%s: %d of %d frames decoded\n", clips[k].leaf, some, all);
        assert_true(have == want);
        assert_true(all - some >= all * clips[k].least / 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unseen_frames_are_left_out),
        cmocka_unit_test(frames_are_those_on_display),
        cmocka_unit_test(frame_rates_may_vary),
        cmocka_unit_test(sound_and_picture_share_a_clock),
        cmocka_unit_test(channels_are_averaged),
        cmocka_unit_test(what_libsndfile_refuses_is_ffmpegs),
        cmocka_unit_test(rotation_is_applied),
        cmocka_unit_test(short_clips_have_one_second),
        cmocka_unit_test(broken_clips_give_what_there_is),
        cmocka_unit_test(what_is_no_clip_is_refused),
        cmocka_unit_test(pictures_may_begin_late),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(a_count_of_billions_is_refused),
        cmocka_unit_test(one_scene_in_four_containers),
        cmocka_unit_test(other_real_clips),
        cmocka_unit_test(resize_keeps_what_it_should)};

    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
