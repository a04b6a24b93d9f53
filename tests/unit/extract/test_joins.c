/* SPDX-License-Identifier: MIT */
/* Clocks that jump where recordings were joined, and pauses, which are no jumps. */
#include "base/alloc.h"
#include "tests/unit/check.h"
#include "tests/unit/clips.h"

#include <string.h>

/* FLV's second header is no part of the stream; nor is a second MP4's. */
#define NO_HEADER(a, b, to) "(cat " a "; tail -c +14 " b ") > " to

#define PLAIN CODECS "-f mpegts"
#define B     "-c:v libx264 -bf 3 -c:a aac -f mpegts"
#define PS    "-c:v mpeg2video -bf 2 -c:a mp2 -f mpeg"

typedef struct Joined {
    const char *leaf, *how[3], *join; /* parts 0, 1, 2 of three seconds each */
    int n, n_jumps;
} Joined;

static const Joined joined[] = {
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

static void join_parts(const Joined *clip)
{
    static const char *const first[] = {"0", "3", "6"};

    for (int i = 0; i < 3 && clip->how[i]; i++)
        part(first[i], "3", first[i], clip->how[i]);
    if (!clip->how[2])
        shell("mv 3 1");
    else
        shell("mv 3 1; mv 6 2");
    shell(clip->join);
}

/* What was joined is one line, however the clocks of the parts were set. */
static void joined_recordings_are_one_line(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof joined / sizeof *joined; k++) {
        const Joined *clip = &joined[k];

        join_parts(clip);
        const Seen s = look(in_dir(clip->leaf), 60), cut = look(in_dir(clip->leaf), 5);

        check_line(clip->leaf, &s, clip->n);
        check_line(clip->leaf, &cut, 5);
        assert_non_null(strstr(s.notes, clip->n_jumps == 1 ? "clock jumps at 3.0 s"
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(joined_recordings_are_one_line),
                                       cmocka_unit_test(parts_may_lack_a_stream),
                                       cmocka_unit_test(pauses_are_no_jumps)};

    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
