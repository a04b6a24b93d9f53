/* SPDX-License-Identifier: MIT */
/*
 * Extractors with front ends of their own, through decoder process, ingest and store:
 * several pictures a second, clips of consecutive frames, parts of a second of sound.
 * Which frames they saw, and when, is compared with what the ffmpeg program decodes.
 */
#include "base/alloc.h"
#include "extract/input/frames.h"
#include "extract/input/logmel.h"
#include "pipeline/decoder/decoder.h"
#include "pipeline/ingest/ingest.h"
#include "tests/unit/check.h"
#include "tests/unit/clips.h"
#include "tests/unit/pipeline/toy_front_ends.h"

#include <stdlib.h>
#include <string.h>

static ToyFrames frames;

/* The clip's features by a toy, out of a store that they were ingested into. */
static AqStoredFeatures ingest(const char *path, const char *audio, const char *visual,
                               AqModality m, int max_seconds)
{
    const AqToolChoice choice = {.name = {audio, visual},
                                 .weights = {"seeded:1", "seeded:1"}};
    const AqDecoderBounds bounds = {0};
    static int n_stores;
    char leaf[32];
    AqStore *s = NULL;
    AqScan scan = {0};
    AqToolset tools;
    AqIngestSummary sum;
    AqStoredFeatures f;
    int64_t faults = 0;

    (void)snprintf(leaf, sizeof leaf, "store%d.db", n_stores++);
    CHECK_OK(aq_store_open(&s, in_dir(leaf), AQ_STORE_CREATE));
    CHECK_OK(aq_toolset_open(&tools, &choice));
    CHECK_OK(aq_scan(&scan, &path, 1));
    const AqIngestPlan plan = {.tools = &tools,
                               .store = s,
                               .jobs = 2,
                               .max_seconds = max_seconds,
                               .bounds = bounds,
                               .dtype = AQ_FEATURE_F32};
    CHECK_OK(aq_ingest(&sum, &scan, &plan));
    if (sum.n_made != 1)
        fail_msg("%s by %s: not made", path, visual);
    CHECK_OK(aq_ingest(&sum, &scan, &plan));
    assert_int_equal(sum.n_current, 1); /* and not made again */
    CHECK_OK(aq_store_get_features(s, scan.v[0].name, m, 0, &f));
    CHECK_OK(aq_store_verify(s, NULL, NULL, &faults));
    assert_true(faults == 0);
    aq_scan_clear(&scan);
    aq_toolset_close(&tools);
    aq_store_close(&s);
    return f;
}

/* The frame on display at `t` seconds. */
static int shown_at(double t)
{
    int k = 0;

    while (k + 1 < frames.n && frames.at[k + 1] <= t + 1e-6)
        k++;
    return k;
}

static void check_quarters(const char *path, int max_seconds)
{
    AqStoredFeatures f =
        ingest(path, "vggish_nano", "toy_quarter", AQ_VISUAL, max_seconds);
    const double end = fmin(frames.at[frames.n], max_seconds);

    assert_int_equal(f.rows.per_second, 4);
    assert_int_equal(f.n_rows % 4, 0);
    assert_int_equal(f.c, 4);
    for (int k = 0; k < f.n_rows; k++) {
        const double t = k / 4.0;
        const int there = k == 0 || end - t > 0.1 / 4;
        const float *row = f.data + 4L * k;

        assert_true(f.spans[k].from_us == k * 250000LL);
        assert_true(f.spans[k].to_us == (k + 1) * 250000LL);
        if (f.presence[k] != there)
            fail_msg("%s: row %d is %sthere", path, k, there ? "not " : "");
        if (there && aq_toy_number_of(row[0], row[1]) != frames.number[shown_at(t)])
            fail_msg("%s: row %d is frame %d, not %d", path, k,
                     aq_toy_number_of(row[0], row[1]), frames.number[shown_at(t)]);
    }
    aq_stored_features_clear(&f);
}

/* Rows of `each` pictures: there if a row of one picture would be, and then with all:
 * beyond the end, the last frame. */
static void check_several(const char *path, const char *toy, int max_seconds)
{
    AqStoredFeatures f = ingest(path, "vggish_nano", toy, AQ_VISUAL, max_seconds);
    const double end = fmin(frames.at[frames.n], max_seconds);
    const int each = f.rows.frames, rate = f.rows.per_second;

    assert_int_equal(f.c, 2 * each);
    assert_int_equal(f.n_rows % rate, 0);
    for (int k = 0; k < f.n_rows; k++) {
        const int there = k == 0 || end - k / (double)rate > 0.1 / rate;

        assert_true(f.spans[k].from_us == k * 1000000LL / rate);
        assert_true(f.spans[k].to_us == (k + 1) * 1000000LL / rate);
        if (f.presence[k] != there)
            fail_msg("%s: row %d is %sthere", path, k, there ? "not " : "");
        for (int j = 0; there && j < each; j++) {
            const float *at = f.data + 2L * (k * each + j);
            const int want = frames.number[shown_at(
                fmin(end - 1e-5, k / (double)rate + j / (double)(each * rate)))];

            if (aq_toy_number_of(at[0], at[1]) != want)
                fail_msg("%s: picture %d of row %d is frame %d, not %d", path, j, k,
                         aq_toy_number_of(at[0], at[1]), want);
        }
    }
    aq_stored_features_clear(&f);
}

static void check_clips(const char *path, int max_seconds)
{
    AqStoredFeatures f =
        ingest(path, "vggish_nano", "toy_clips", AQ_VISUAL, max_seconds);
    int n = 0;

    while (n < frames.n && frames.at[n] < max_seconds)
        n++;
    assert_int_equal(f.rows.clips, TOY_CLIPS);
    assert_int_equal(f.rows.frames, TOY_FRAMES);
    assert_int_equal(f.n_rows, TOY_CLIPS);
    for (int i = 0; i < TOY_CLIPS; i++) {
        const int from = n * (i + 1) / (TOY_CLIPS + 1) - TOY_FRAMES / 2;
        int first = 0, last = 0;

        assert_int_equal(f.presence[i], 1);
        for (int k = 0; k < TOY_FRAMES; k++) {
            const float *at = f.data + 2L * (i * TOY_FRAMES + k);
            const int want = from + k < 0 ? 0 : from + k >= n ? n - 1 : from + k;

            if (aq_toy_number_of(at[0], at[1]) != frames.number[want])
                fail_msg("%s: clip %d, frame %d is %d, not %d", path, i, k,
                         aq_toy_number_of(at[0], at[1]), frames.number[want]);
            first = k ? first : want;
            last = want;
        }
        CHECK_NEAR(f.spans[i].from_us / 1e6, frames.at[first], 1e-3, 0);
        CHECK_NEAR(f.spans[i].to_us / 1e6, fmin(frames.at[last + 1], max_seconds), 1e-3,
                   0);
    }
    aq_stored_features_clear(&f);
}

static void check_all_plans(const char *made, int max_seconds)
{
    char path[512]; /* in_dir() gives few places at once */

    (void)snprintf(path, sizeof path, "%s", made);
    aq_toy_frames(&frames, path);
    check_quarters(path, max_seconds);
    check_several(path, "toy_fours", max_seconds);
    check_several(path, "toy_many", max_seconds);
    check_clips(path, max_seconds);
}

static void rows_are_the_frames_that_ffmpeg_decodes(void **state)
{
    (void)state;
    check_all_plans(make(NUMBERED("12", "25") LOSSLESS, "plain.mkv"), 60);
    check_all_plans(make(NUMBERED("9.3", "30000/1001") LOSSLESS, "ntsc.mkv"), 60);
    check_all_plans(make(NUMBERED("6", "12") LOSSLESS, "slow.mkv"), 60);
    check_all_plans(make(NUMBERED("5", "2") LOSSLESS, "slower.mkv"), 60);
    /* frames that wait for others, and time that begins late */
    check_all_plans(make(NUMBERED("8", "25") "-c:v libx264rgb -qp 0 -bf 3 "
                                             "-output_ts_offset 7.7",
                         "late.mp4"),
                    60);
}

static void later_seconds_are_not_read(void **state)
{
    (void)state;
    check_all_plans(make(NUMBERED("12", "25") LOSSLESS, "long.mkv"), 4);
}

static void frame_rates_may_vary(void **state)
{
    (void)state;
    check_all_plans(
        make(NUMBERED("6", "25") "-vf \"setpts='if(lt(N,50),N/25,2+(N-50)/10)"
                                 "/TB'\" -fps_mode vfr " LOSSLESS,
             "vfr.mkv"),
        60);
}

static void short_clips_repeat_their_ends(void **state)
{
    (void)state;
    check_all_plans(make(NUMBERED("0.2", "25") LOSSLESS, "five.mkv"), 60);
    check_all_plans(make(NUMBERED("0.04", "25") LOSSLESS, "one.mkv"), 60);
    check_all_plans(make(NUMBERED("1.2", "25") LOSSLESS, "thirty.mkv"), 60);
}

static void rotated_clips_are_upright(void **state)
{
    char command[512];

    (void)state;
    (void)make(NUMBERED("3", "25") "-c:v libx264rgb -qp 0", "lying.mp4");
    (void)snprintf(command, sizeof command,
                   "ffmpeg -v error -y -display_rotation 90 -i lying.mp4 -c copy "
                   "turned.mp4 2>/dev/null || ffmpeg -v error -y -i lying.mp4 -c copy "
                   "-metadata:s:v rotate=90 turned.mp4");
    shell(command);
    check_all_plans(in_dir("turned.mp4"), 60);
    AqStoredFeatures f =
        ingest(in_dir("turned.mp4"), "vggish_nano", "toy_quarter", AQ_VISUAL, 60);
    CHECK_NEAR(f.data[2], 48, 0, 0); /* width and height, as shown */
    CHECK_NEAR(f.data[3], 64, 0, 0);
    aq_stored_features_clear(&f);
}

/* Before the picture begins its first frame is the nearest; a row in which it does not
 * begin is not there. What the last second lacks is its last frame. */
static void what_a_second_lacks_is_its_nearest_picture(void **state)
{
    static const int want[][4] = {{-1, -1, -1, -1}, {0, 0, 0, 2}, {9, 15, 21, 26}};

    (void)state;
    const char *path =
        make(NUMBERED("1.08", "25") "-f lavfi -i sine=440:d=3 "
                                    "-filter_complex [0:v]setpts=PTS+1.64/TB[v] "
                                    "-map [v] -map 1:a " LOSSLESS "-c:a pcm_s16le",
             "between.mkv");
    AqStoredFeatures f = ingest(path, "vggish_nano", "toy_fours", AQ_VISUAL, 60);
    assert_int_equal(f.n_rows, 3);
    for (int k = 0; k < 3; k++) {
        assert_int_equal(f.presence[k], want[k][0] >= 0);
        for (int j = 0; j < 4 && want[k][0] >= 0; j++) {
            const float *at = f.data + 2L * (4 * k + j);

            if (aq_toy_number_of(at[0], at[1]) != want[k][j])
                fail_msg("picture %d of row %d is frame %d, not %d", j, k,
                         aq_toy_number_of(at[0], at[1]), want[k][j]);
        }
    }
    aq_stored_features_clear(&f);
}

/* Rows that nothing was seen for are there, and say so. */
static void without_a_picture_no_row_is_present(void **state)
{
    static const char *const toys[] = {"toy_quarter", "toy_clips"};
    const int n_rows[] = {12, TOY_CLIPS};

    (void)state;
    (void)make("-f lavfi -i sine=440:d=3", "sound.wav");
    (void)make("-f lavfi -i sine=440:d=3 -c:a aac", "track.mp4");
    for (int k = 0; k < 4; k++) {
        AqStoredFeatures f = ingest(in_dir(k < 2 ? "sound.wav" : "track.mp4"),
                                    "vggish_nano", toys[k % 2], AQ_VISUAL, 60);

        assert_true(f.n_rows == n_rows[k % 2] || (k == 2 && f.n_rows == 16));
        for (int r = 0; r < f.n_rows; r++) {
            assert_int_equal(f.presence[r], 0);
            assert_true(k % 2 == 0 ||
                        (f.spans[r].from_us == 0 && f.spans[r].to_us == 0));
        }
        aq_stored_features_clear(&f);
    }
}

/* A second of silence, then quarters that are each louder than the one before. */
static void sound_comes_in_parts_too(void **state)
{
    (void)state;
    const char *path =
        make("-f lavfi -i \"aevalsrc='if(lt(t,1),0,0.1*floor(4*(t-1)+1)*sin(2764*t))'"
             ":s=16000:d=2\" -c:a pcm_s16le",
             "steps.wav");
    AqStoredFeatures f = ingest(path, "toy_parts", "swin_nano", AQ_AUDIO, 60);

    assert_int_equal(f.rows.per_second, 4);
    assert_int_equal(f.n_rows, 8);
    for (int k = 0; k < 8; k++) {
        assert_int_equal(f.presence[k], 1);
        CHECK_NEAR(f.data[k] / 32768, k < 4 ? 0 : 0.1 * (k - 3), 0.002, 0);
    }
    aq_stored_features_clear(&f);
}

/* ---- several inputs of one clip ---- */

typedef struct Tally {
    int n[AQ_DECODE_MAX_INPUTS];
    uint64_t sum[AQ_DECODE_MAX_INPUTS];
} Tally;

static AqErr tally_chunk(void *ctx, AqChunk *c)
{
    Tally *t = ctx;

    for (int k = 0; k < c->n; k++, t->n[c->input]++) {
        uint64_t *sum = &t->sum[c->input];

        *sum = *sum * 31 + (uint64_t)c->row[k] + (uint64_t)c->span[k].from_us * 7 +
               (uint64_t)c->span[k].to_us * 11;
        for (size_t i = 0; i < c->in_each; i++) {
            uint32_t bits;

            memcpy(&bits, &c->in[(size_t)k * c->in_each + i], sizeof bits);
            *sum = *sum * 31 + bits;
        }
    }
    aq_chunk_free(&c);
    return AQ_OK;
}

static Tally tally(const char *path, const AqDecodeInput *inputs, int n, int process)
{
    Tally t = {0};
    AqDecodePlan plan = {
        .n_inputs = n, .max_seconds = 60, .give = tally_chunk, .ctx = &t};
    AqDecoded d;

    memcpy(plan.inputs, inputs, (size_t)n * sizeof *inputs);
    CHECK_OK(process ? aq_decoder_one_clip(&d, path, &plan)
                     : aq_decode_clip(&d, path, &plan));
    aq_decoded_clear(&d);
    return t;
}

/* Each is what it is alone, here and in another process. */
static void inputs_do_not_touch_each_other(void **state)
{
    const AqFramesConfig how = aq_frames_default(16);
    const AqDecodeInput all[] = {
        {aq_logmel_input(AQ_LOGMEL_VGGISH), 3},
        {aq_frames_input(&how, AQ_ROWS_SECONDS), 2},
        {aq_toy_input("toy_clips"), 3},
        {aq_frames_input(&how, (AqRowPlan){.per_second = 1, .frames = 8}), 5}};

    (void)state;
    const char *path = make(NUMBERED("5.3", "25") "-f lavfi -i sine=440:d=5.3 "
                                                  "-c:v libx264 -bf 3 -c:a aac",
                            "all.mp4");
    const Tally here = tally(path, all, 4, 0), there = tally(path, all, 4, 1);
    assert_memory_equal(&here, &there, sizeof here);
    assert_true(here.n[1] == 6 && here.n[2] == TOY_CLIPS && here.n[3] == 6);
    for (int k = 0; k < 4; k++) {
        const Tally one = tally(path, &all[k], 1, 0);

        assert_int_equal(one.n[0], here.n[k]);
        assert_true(one.sum[0] == here.sum[k]);
    }
}

/* ---- clips with fewer pictures than are asked for ---- */

/* Is `note` among the clip's notes for that input exactly once, or, if NULL, none of
 * the two kinds? */
static void check_shortage(const char *path, const char *toy, const char *note)
{
    Tally t = {0};
    const AqDecodePlan plan = {.n_inputs = 1,
                               .inputs = {{aq_toy_input(toy), 2}},
                               .max_seconds = 60,
                               .give = tally_chunk,
                               .ctx = &t};
    AqDecoded d;

    CHECK_OK(aq_decode_clip(&d, path, &plan));
    const char *at = strstr(d.facts.notes, note ? note : "repeated");
    if ((at != NULL) != (note != NULL) || (at && strstr(at + 1, "repeated") > at + 90))
        fail_msg("%s by %s: noted: %s", path, toy, d.facts.notes);
    aq_decoded_clear(&d);
}

static void few_pictures_are_noted(void **state)
{
    (void)state;
    const char *slow = make(NUMBERED("4", "2") LOSSLESS, "two.mkv");
    check_shortage(slow, "toy_fours",
                   "fewer than 4 frames a second: for 8 of 16 pictures the nearest was "
                   "repeated");
    check_shortage(slow, "toy_quarter",
                   "fewer than 4 frames a second: for 8 of 16 pictures");
    check_shortage(slow, "toy_many",
                   "fewer than 16 frames a second: for 56 of 64 pictures");
    check_shortage(
        slow, "toy_clips",
        "8 frames are too few for 8 clips of 16: the first and the last were "
        "repeated");
    const char *quick = make(NUMBERED("4.1", "25") LOSSLESS, "enough.mkv");
    check_shortage(quick, "toy_fours", NULL);
    check_shortage(quick, "toy_many", NULL);
    check_shortage(quick, "toy_clips", NULL);
    check_shortage(make(NUMBERED("2", "25") LOSSLESS, "short.mkv"), "toy_clips",
                   "50 frames are too few for 8 clips of 16");
}

static void what_cannot_be_decoded_is_refused(void **state)
{
    AqDecodeInput bad[] = {{aq_logmel_input(AQ_LOGMEL_VGGISH), 3},
                           {aq_toy_input("toy_quarter"), 3},
                           {aq_toy_input("toy_quarter"), 3}};
    AqDecoded d;

    (void)state;
    const char *path = make("-f lavfi -i sine=440:d=1", "second.wav");
    bad[0].input.plan = (AqRowPlan){.clips = 2, .frames = 2};
    bad[1].input.plan = (AqRowPlan){.per_second = 3};
    bad[2].input.dims[0] = 1 << 27;
    for (int k = 0; k < 3; k++) {
        Tally t = {0};
        const AqDecodePlan plan = {.n_inputs = 1,
                                   .inputs = {bad[k]},
                                   .max_seconds = 60,
                                   .give = tally_chunk,
                                   .ctx = &t};

        assert_int_not_equal(aq_decode_clip(&d, path, &plan), AQ_OK);
        assert_int_equal(t.n[0], 0);
    }
}

int main(int argc, char **argv)
{
    aq_toys_add();
    if (argc > 1 && strcmp(argv[1], AQ_DECODER_ARG) == 0)
        return aq_decoder_serve(AQ_DECODER_FD);
    (void)setenv("AVQA_DECODER", "/proc/self/exe", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_the_frames_that_ffmpeg_decodes),
        cmocka_unit_test(later_seconds_are_not_read),
        cmocka_unit_test(frame_rates_may_vary),
        cmocka_unit_test(short_clips_repeat_their_ends),
        cmocka_unit_test(rotated_clips_are_upright),
        cmocka_unit_test(what_a_second_lacks_is_its_nearest_picture),
        cmocka_unit_test(without_a_picture_no_row_is_present),
        cmocka_unit_test(sound_comes_in_parts_too),
        cmocka_unit_test(inputs_do_not_touch_each_other),
        cmocka_unit_test(few_pictures_are_noted),
        cmocka_unit_test(what_cannot_be_decoded_is_refused)};

    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
