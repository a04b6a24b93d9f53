/* SPDX-License-Identifier: MIT */
/* Which of several tracks is taken. Track k of the sound has a loudness of its own. */
#include "base/alloc.h"
#include "tests/unit/check.h"
#include "tests/unit/clips.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TRACK(k) "-f lavfi -i \"aevalsrc='0.1*" k "*sin(2764*t)':s=48000:d=2\" "
#define THREE    STEPS("2") TRACK("1") TRACK("2") TRACK("3") "-map 0 -map 1 -map 2 -map 3 "
#define RATES                                                                          \
    "-c:v libx264 -preset ultrafast -c:a aac -b:a:0 32k -b:a:1 96k -b:a:2 192k "

/* Which track's loudness the first second has. */
static int track(const Seen *s)
{
    return (int)lround(sqrt(2 * s->energy[0]) / 32768 / 0.1);
}

static void the_first_marked_default_is_taken(void **state)
{
    static const struct {
        const char *marks, *ends;
        int taken;
    } clips[] = {{"-disposition:a default", "mkv mp4 nut", 1},
                 {"-disposition:a 0 -disposition:a:2 default", "mkv mp4", 3},
                 {"-disposition:a 0 -disposition:a:1 default -disposition:a:2 default",
                  "mkv mp4", 2},
                 {"-disposition:a 0", "mkv ts", 1},
                 {"-disposition:a 0 -disposition:a:0 comment", "mkv", 2},
                 {"", "ts", 1}};

    (void)state;
    for (size_t k = 0; k < sizeof clips / sizeof *clips; k++)
        for (const char *e = clips[k].ends; *e; e += strspn(e, " ")) {
            const int n = (int)strcspn(e, " ");
            char *args = aq_strf(THREE RATES "%s", clips[k].marks),
                 *leaf = aq_strf("t.%.*s", n, e);
            const Seen s = look(make(args, leaf), 60);

            if (s.err != AQ_EOF || track(&s) != clips[k].taken)
                fail_msg("%s %s: track %d (%s)", leaf, clips[k].marks, track(&s),
                         s.notes);
            assert_non_null(strstr(s.notes, "3 sound tracks; number"));
            aq_free(args);
            aq_free(leaf);
            e += n;
        }
}

static void a_track_may_be_asked_for(void **state)
{
    const char *path = make(THREE RATES "-disposition:a:2 default", "three.mkv");

    (void)state;
    for (int k = 1; k <= 3; k++) {
        const Seen s = look_at_track(path, 60, k);

        assert_int_equal(s.err, AQ_EOF);
        assert_int_equal(track(&s), k);
        assert_non_null(strstr(s.notes, "as asked"));
    }
    assert_int_equal(look_at_track(path, 60, 4).err, AQ_ERR_MEDIA);
    assert_non_null(strstr(aq_err_text(), "has 3 sound tracks, and number 4"));
    path = make(STEPS("2") "-c:v libx264", "mute.mp4");
    assert_int_equal(look_at_track(path, 60, 1).err, AQ_ERR_MEDIA);
    assert_non_null(strstr(aq_err_text(), "has 0 sound tracks, and number 1"));
    path = make(TRACK("1") TRACK("2") "-map 0 -map 1 -c:a libvorbis", "two.ogg");
    const Seen second = look_at_track(path, 60, 2), first = look(path, 60);
    assert_int_equal(track(&second), 2);
    assert_int_equal(track(&first), 1);
}

static void one_track_is_nothing_to_tell(void **state)
{
    const Seen s = look(make(STEPS("2") TRACK("2") RATES, "one.mp4"), 60);

    (void)state;
    assert_int_equal(track(&s), 2);
    assert_null(strstr(s.notes, "tracks"));
}

/* A cover is no picture of the scene, whatever it is marked. */
static void covers_do_not_hide_pictures(void **state)
{
    Seen s;

    (void)state;
    (void)make("-f lavfi -i color=white:s=640x480 -frames:v 1", "cover.png");
    static const struct {
        const char *marks, *leaf;
    } clips[] = {{"-disposition:v:0 attached_pic -disposition:v:1 0", "a.mp4"},
                 {"-disposition:v:0 default -disposition:v:1 0", "b.mp4"},
                 {"-disposition:v:0 default -disposition:v:1 0", "c.mkv"}};
    for (size_t k = 0; k < sizeof clips / sizeof *clips; k++) {
        char *args =
            aq_strf("-i %s " STEPS("2") TRACK("1") "-map 0 -map 1 -map 2 " RATES
                                                   "-c:v:0 copy %s",
                    in_dir("cover.png"), clips[k].marks);

        s = look(make(args, clips[k].leaf), 60);
        aq_free(args);
        assert_true(s.has_video);
        CHECK_NEAR(s.grey[0], grey_of(0), 4, 0);
    }
    s = look(make(STEPS("2") "-f lavfi -i color=white:s=160x120:r=25:d=2 -map 0 -map 1 "
                             "-c:v libx264 -disposition:v default",
                  "angles.mkv"),
             60);
    CHECK_NEAR(s.grey[0], grey_of(0), 4, 0);
    assert_non_null(strstr(s.notes, "2 picture tracks; number 1"));
}

/* What begins behind what FFmpeg looks at by default is found all the same. */
static void tracks_may_show_up_late(void **state)
{
    static const struct {
        const char *codecs, *leaf;
    } clips[] = {{"-c:v libx264 -preset ultrafast -c:a aac", "late.ts"},
                 {"-c:v mpeg2video -q:v 2 -c:a mp2", "late.mpg"},
                 {"-c:v flv -q:v 2 -c:a aac", "late.flv"}};

    (void)state;
    for (size_t k = 0; k < sizeof clips / sizeof *clips; k++) {
        char *args = aq_strf("-f lavfi -i testsrc2=s=160x120:r=25:d=16 "
                             "-itsoffset 14 " TRACK("2") "-map 0 -map 1 %s",
                             clips[k].codecs);
        const Seen s = look(make(args, clips[k].leaf), 60);

        aq_free(args);
        if (!(s.energy[14] > 1e5) || s.energy[5] >= 0 || s.grey[10] < 0)
            fail_msg("%s: %s", clips[k].leaf, s.notes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_marked_default_is_taken),
        cmocka_unit_test(a_track_may_be_asked_for),
        cmocka_unit_test(one_track_is_nothing_to_tell),
        cmocka_unit_test(covers_do_not_hide_pictures),
        cmocka_unit_test(tracks_may_show_up_late)};

    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
