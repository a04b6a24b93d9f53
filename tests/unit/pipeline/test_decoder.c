/* SPDX-License-Identifier: MIT */
/*
 * Decoding in another process, which is this program again: as it should be, and with
 * every way to misbehave. The misbehaviour is named by an environment variable that the
 * process inherits.
 */
#include "base/alloc.h"
#include "extract/input/frames.h"
#include "extract/input/logmel.h"
#include "pipeline/decoder/decoder.h"
#include "pipeline/decoder/decoder_wire.h"
#include "tests/unit/check.h"
#include "tests/unit/clips.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HOW "AQ_TEST_DECODER"

static char clip[128];

/* ---- the misbehaving side ---- */

static void say(AqWireReply r, const void *more, size_t bytes)
{
    (void)!aq_wire_send(AQ_DECODER_FD, &r, sizeof r);
    (void)!aq_wire_send(AQ_DECODER_FD, more, bytes);
}

/* late: their times are those of later ones. */
static void send_seconds(const int32_t *seconds, int32_t n, int32_t input, int late)
{
    static const float rows[4][96 * 64];

    say((AqWireReply){.kind = AQ_WIRE_CHUNK, .source = input, .n = n}, seconds,
        (size_t)n * sizeof *seconds);
    for (int k = 0; k < n; k++) {
        const AqRowSpan s = aq_rows_span(AQ_ROWS_SECONDS, seconds[k] + late);

        (void)!aq_wire_send(AQ_DECODER_FD, &s, sizeof s);
    }
    (void)!aq_wire_send(AQ_DECODER_FD, rows, (size_t)n * sizeof rows[0]);
}

static void send_facts(AqWireFacts f, const void *presence, size_t bytes)
{
    say((AqWireReply){.kind = AQ_WIRE_DONE}, &f, sizeof f);
    (void)!aq_wire_send(AQ_DECODER_FD, presence, bytes);
}

static void send_glimpse(int32_t modality, AqWireGlimpse head, float peak)
{
    static uint8_t planes[320 * 320 * 3 / 2];
    const float peaks[AQ_GLIMPSE_PEAKS] = {peak};

    say((AqWireReply){.kind = AQ_WIRE_GLIMPSE, .source = modality}, &head, sizeof head);
    (void)!(modality == AQ_AUDIO ? aq_wire_send(AQ_DECODER_FD, peaks, sizeof peaks)
                                 : aq_wire_send(AQ_DECODER_FD, planes, sizeof planes));
}

/* To whoever asked for glimpses. */
static void misbehave_seen(const char *how)
{
    static const int32_t fine[] = {0, 1};
    const AqWireGlimpse thumb = {.width = 32, .height = 16};

    if (strcmp(how, "chunk") == 0)
        send_seconds(fine, 2, 0, 0);
    else if (strcmp(how, "loud") == 0)
        send_glimpse(AQ_AUDIO, (AqWireGlimpse){0}, 1.5f);
    else if (strcmp(how, "nan") == 0)
        send_glimpse(AQ_AUDIO, (AqWireGlimpse){0}, NAN);
    else if (strcmp(how, "late") == 0)
        send_glimpse(AQ_AUDIO, (AqWireGlimpse){.second = 60}, 0);
    else if (strcmp(how, "wide") == 0)
        send_glimpse(AQ_VISUAL, (AqWireGlimpse){.width = 1 << 20, .height = 16}, 0);
    else if (strcmp(how, "odd") == 0)
        send_glimpse(AQ_VISUAL, (AqWireGlimpse){.width = 33, .height = 16}, 0);
    else if (strcmp(how, "thin") == 0)
        send_glimpse(AQ_VISUAL, (AqWireGlimpse){.width = 32, .height = 0}, 0);
    else if (strcmp(how, "twice") == 0)
        for (int k = 0; k < 2; k++)
            send_glimpse(AQ_VISUAL, thumb, 0);
}

static void misbehave_counted(const char *how)
{
    static const int32_t back[] = {1, 0}, far[] = {60}, fine[] = {0, 1};
    static const char two[4] = {1, 2, 1, 1};

    if (strcmp(how, "no input") == 0) {
        send_seconds(fine, 2, 5, 0);
    } else if (strcmp(how, "unwanted") == 0) {
        send_seconds(fine, 2, 1, 0);
    } else if (strcmp(how, "many") == 0) {
        say((AqWireReply){.kind = AQ_WIRE_CHUNK, .n = INT32_MAX}, "", 0);
    } else if (strcmp(how, "none") == 0) {
        say((AqWireReply){.kind = AQ_WIRE_CHUNK, .n = -1}, "", 0);
    } else if (strcmp(how, "back in time") == 0) {
        send_seconds(back, 2, 0, 0);
    } else if (strcmp(how, "far") == 0) {
        send_seconds(far, 1, 0, 0);
    } else if (strcmp(how, "times") == 0) {
        send_seconds(fine, 2, 0, 1);
    } else if (strcmp(how, "half") == 0) {
        say((AqWireReply){.kind = AQ_WIRE_CHUNK, .n = 2}, fine, sizeof fine);
    } else if (strcmp(how, "long clip") == 0) {
        send_facts((AqWireFacts){.n_seconds = INT32_MAX}, two, 0);
    } else if (strcmp(how, "no clip") == 0) {
        send_facts((AqWireFacts){.n_seconds = 0}, two, 0);
    } else if (strcmp(how, "presence") == 0) {
        send_facts((AqWireFacts){.n_seconds = 2}, two, sizeof two);
    } else if (strcmp(how, "again") == 0) {
        send_seconds(fine, 2, 0, 0);
        send_seconds(fine, 2, 0, 0);
    } else if (strcmp(how, "size") == 0) {
        const AqWireFacts f = {.n_seconds = 2, .width = -1};

        send_facts(f, fine, 4);
    } else if (strcmp(how, "tracks") == 0) {
        const AqWireFacts f = {.n_seconds = 2, .n_tracks = AQ_MEDIA_MAX_TRACKS + 1};

        send_facts(f, fine, 4);
    } else if (strcmp(how, "track") == 0) {
        static const unsigned char there[4] = {1, 1, 1, 1};
        const AqMediaTrack t = {.modality = 7};

        send_facts((AqWireFacts){.n_seconds = 2, .n_tracks = 1}, there, sizeof there);
        (void)!aq_wire_send(AQ_DECODER_FD, &t, sizeof t);
    }
}

static int misbehave(const char *how)
{
    static const char text[] = "line\x1b[31m one\nline two";
    AqWireWait w = {0};
    AqWireRequest q;
    char path[AQ_WIRE_MAX_TEXT];
    int handed;

    (void)signal(SIGSEGV, SIG_DFL);
    if (aq_decoder_begin(AQ_DECODER_FD) != AQ_OK ||
        aq_wire_receive_fd(AQ_DECODER_FD, &q, sizeof q, &handed, &w) != AQ_OK ||
        aq_wire_receive(AQ_DECODER_FD, path, q.path_bytes, &w) != AQ_OK)
        return 9;
    if (strcmp(how, "crash") == 0) {
        (void)raise(SIGSEGV);
    } else if (strcmp(how, "killed") == 0) {
        (void)raise(SIGKILL);
    } else if (strcmp(how, "hang") == 0) {
        for (;;)
            (void)poll(NULL, 0, 1000);
    } else if (strcmp(how, "text") == 0) {
        say((AqWireReply){.kind = AQ_WIRE_FAILED,
                          .code = AQ_ERR_FORMAT,
                          .text_bytes = sizeof text - 1},
            text, sizeof text - 1);
        (void)!aq_wire_receive(AQ_DECODER_FD, &q, sizeof q, &w);
    } else if (strcmp(how, "kind") == 0) {
        say((AqWireReply){.kind = 7}, "", 0);
    } else if (strcmp(how, "long text") == 0) {
        say((AqWireReply){.kind = AQ_WIRE_FAILED, .text_bytes = UINT32_MAX}, "x", 1);
    } else if (strcmp(how, "glimpse") == 0) {
        send_glimpse(AQ_AUDIO, (AqWireGlimpse){0}, 0.5f);
    } else if (strcmp(how, "lines") == 0) {
        for (int k = 0; k <= AQ_WIRE_MAX_LINES; k++)
            say((AqWireReply){.kind = AQ_WIRE_LOG,
                              .code = AQ_LOG_DEBUG,
                              .text_bytes = 1},
                "x", 1);
    } else if (strncmp(how, "see ", 4) == 0) {
        misbehave_seen(how + 4);
    } else if (strcmp(how, "level") == 0) {
        say((AqWireReply){.kind = AQ_WIRE_LOG, .code = 99, .text_bytes = 1}, "x", 1);
    } else {
        misbehave_counted(how);
    }
    return 3;
}

/* ---- this side ---- */

typedef struct Got {
    int n_chunks, n_seconds, stop_after;
    double sum;
} Got;

static AqErr count_chunk(void *ctx, AqChunk *c)
{
    Got *g = ctx;

    g->n_chunks++;
    g->n_seconds += c->n;
    for (size_t k = 0; k < (size_t)c->n * c->in_each; k++)
        g->sum += (double)c->in[k] * (double)(k % 97 + 1);
    if (g->stop_after && g->n_chunks >= g->stop_after)
        return aq_fail(AQ_ERR_CANCELLED, "enough"); /* c stays with the caller */
    aq_chunk_free(&c);
    return AQ_OK;
}

static AqDecodePlan plan_for(Got *g)
{
    return (AqDecodePlan){.n_inputs = 1,
                          .inputs = {{aq_logmel_input(AQ_LOGMEL_VGGISH), 2}},
                          .max_seconds = 60,
                          .give = count_chunk,
                          .ctx = g};
}

static AqErr decode(AqDecoder *d, const char *how, Got *g)
{
    const AqDecodePlan plan = plan_for(g);
    AqDecoded out;

    if (how)
        (void)setenv(HOW, how, 1);
    else
        (void)unsetenv(HOW);
    *g = (Got){0};
    const AqErr err = aq_decoder_clip(d, &out, clip, &plan);
    if (err == AQ_OK)
        assert_int_equal(out.facts.n_seconds, 5);
    aq_decoded_clear(&out);
    return err;
}

static void clips_come_through_unchanged(void **state)
{
    const AqDecoderBounds any = {0};
    AqDecoder *d = NULL;
    AqDecoded here, there;
    const AqFramesConfig frames = aq_frames_default(32);

    (void)state;
    CHECK_OK(aq_decoder_new(&d, &any));
    (void)unsetenv(HOW);
    for (int k = 0; k < 3; k++) { /* one process for them all */
        Got g = {0}, h = {0};
        AqDecodePlan plan = plan_for(&g);

        plan.inputs[plan.n_inputs++] =
            (AqDecodeInput){aq_frames_input(&frames, AQ_ROWS_SECONDS), 2};
        CHECK_OK(aq_decoder_clip(d, &there, clip, &plan));
        plan.ctx = &h;
        CHECK_OK(aq_decode_clip(&here, clip, &plan));
        assert_int_equal(g.n_seconds, 10);
        assert_int_equal(g.n_chunks, h.n_chunks);
        assert_true(g.sum == h.sum);
        assert_int_equal(there.facts.n_seconds, here.facts.n_seconds);
        assert_true(there.facts.duration_us == here.facts.duration_us);
        assert_int_equal(there.facts.has_audio, 1);
        assert_int_equal(there.facts.has_video, 1);
        assert_int_equal(there.facts.width, here.facts.width);
        assert_string_equal(there.facts.notes, here.facts.notes);
        assert_string_equal(there.facts.format, here.facts.format);
        assert_int_equal(there.facts.n_tracks, here.facts.n_tracks);
        assert_memory_equal(there.facts.tracks, here.facts.tracks,
                            (size_t)here.facts.n_tracks * sizeof *here.facts.tracks);
        for (int m = 0; m < AQ_N_MODALITIES; m++)
            assert_memory_equal(there.presence[m], here.presence[m], 5);
        aq_decoded_clear(&here);
        aq_decoded_clear(&there);
    }
    aq_decoder_free(&d);
    assert_null(d);
}

static void faults_of_clips_come_through(void **state)
{
    const AqDecoderBounds any = {0};
    AqDecoder *d = NULL;
    AqDecoded out;
    Got g = {0};
    const AqDecodePlan plan = plan_for(&g);

    (void)state;
    (void)unsetenv(HOW);
    CHECK_OK(aq_decoder_new(&d, &any));
    assert_int_equal(aq_decoder_clip(d, &out, "/nowhere.mp4", &plan), AQ_ERR_NOT_FOUND);
    assert_non_null(strstr(aq_err_text(), "/nowhere.mp4"));
    assert_int_equal(aq_decoder_clip(d, &out, in_dir(""), &plan), AQ_ERR_MEDIA);
    assert_non_null(strstr(aq_err_text(), "is not a file"));
    CHECK_OK(decode(d, NULL, &g)); /* the same process goes on */
    aq_decoder_free(&d);
}

static void whatever_a_decoder_does_is_the_clips_fault(void **state)
{
    static const char *const ways[][2] = {{"crash", "crashed"},
                                          {"killed", "killed"},
                                          {"exit", "gave up"},
                                          {"text", "line [31m one line two"},
                                          {"kind", "invalid message"},
                                          {"long text", "invalid message"},
                                          {"no input", "invalid message"},
                                          {"unwanted", "invalid message"},
                                          {"many", "invalid message"},
                                          {"none", "invalid message"},
                                          {"back in time", "invalid message"},
                                          {"far", "invalid message"},
                                          {"half", "gave up"},
                                          {"long clip", "invalid message"},
                                          {"no clip", "invalid message"},
                                          {"presence", "invalid message"},
                                          {"level", "invalid message"},
                                          {"again", "invalid message"},
                                          {"size", "invalid message"},
                                          {"tracks", "invalid message"},
                                          {"track", "invalid message"},
                                          {"glimpse", "invalid message"},
                                          {"lines", "invalid message"},
                                          {"times", "invalid message"}};
    const AqDecoderBounds any = {.clip_seconds = 30};

    (void)state;
    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
        AqDecoder *d = NULL;
        Got g;

        CHECK_OK(aq_decoder_new(&d, &any));
        if (decode(d, ways[k][0], &g) != AQ_ERR_MEDIA ||
            !strstr(aq_err_text(), ways[k][1]))
            fail_msg("%s: %s", ways[k][0], aq_err_text());
        if (strcmp(ways[k][0], "text") != 0) /* that process lives, and is as it is */
            CHECK_OK(decode(d, NULL, &g));
        aq_decoder_free(&d);
    }
}

/* ---- what a page shows ---- */

typedef struct Glimpses {
    int n[AQ_N_MODALITIES];
    float peak;
    uint64_t sum;
    int width, height;
} Glimpses;

static AqErr see(void *ctx, const AqGlimpse *g)
{
    Glimpses *s = ctx;

    s->n[g->modality]++;
    for (int k = 0; g->modality == AQ_AUDIO && k < AQ_GLIMPSE_PEAKS; k++)
        s->peak = g->peaks[k] > s->peak ? g->peaks[k] : s->peak;
    if (g->modality == AQ_AUDIO)
        return AQ_OK;
    s->width = g->thumb.width;
    s->height = g->thumb.height;
    for (size_t k = 0; k < aq_thumb_bytes(s->width, s->height); k++)
        s->sum = s->sum * 31 + g->thumb.planes[k];
    return AQ_OK;
}

static AqDecodePlan plan_to_see(Glimpses *s)
{
    return (AqDecodePlan){.max_seconds = 60, .see = see, .ctx = s};
}

static void glimpses_come_through_unchanged(void **state)
{
    Glimpses here = {0}, there = {0};
    const AqDecodePlan a = plan_to_see(&here), b = plan_to_see(&there);
    AqDecoded out;

    (void)state;
    (void)unsetenv(HOW);
    CHECK_OK(aq_decode_clip(&out, clip, &a));
    aq_decoded_clear(&out);
    CHECK_OK(aq_decoder_one_clip(&out, clip, &b));
    assert_int_equal(out.facts.width, 64);
    assert_int_equal(out.facts.height, 48);
    aq_decoded_clear(&out);
    assert_int_equal(there.n[AQ_AUDIO], 5);
    assert_int_equal(there.n[AQ_VISUAL], 5);
    assert_true(there.peak > 0.05f && there.peak <= 1 && there.peak == here.peak);
    assert_int_equal(there.width, 64);
    assert_int_equal(there.height, 48);
    assert_true(there.sum == here.sum);
}

static void glimpses_are_checked(void **state)
{
    static const char *const ways[] = {"see chunk", "see loud", "see nan",
                                       "see late",  "see wide", "see odd",
                                       "see thin",  "see twice"};

    (void)state;
    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
        Glimpses s = {0};
        const AqDecodePlan plan = plan_to_see(&s);
        AqDecoded out;

        (void)setenv(HOW, ways[k], 1);
        if (aq_decoder_one_clip(&out, clip, &plan) != AQ_ERR_MEDIA ||
            !strstr(aq_err_text(), "invalid message"))
            fail_msg("%s: %s", ways[k], aq_err_text());
    }
}

static void what_hangs_is_stopped(void **state)
{
    const AqDecoderBounds one = {.clip_seconds = 1};
    AqDecoder *d = NULL;
    Got g;

    (void)state;
    CHECK_OK(aq_decoder_new(&d, &one));
    assert_int_equal(decode(d, "hang", &g), AQ_ERR_MEDIA);
    assert_non_null(strstr(aq_err_text(), "longer than 1 seconds"));
    aq_decoder_free(&d);
}

static AqErr slow_chunk(void *ctx, AqChunk *c)
{
    const struct timespec t = {.tv_sec = 1};

    (void)nanosleep(&t, NULL);
    return count_chunk(ctx, c);
}

/* Whoever takes the chunks may take longer than a decoder may. */
static void waiting_for_the_taker_does_not_count(void **state)
{
    const AqDecoderBounds two = {.clip_seconds = 2};
    AqDecoder *d = NULL;
    AqDecoded out;
    Got g = {0};
    AqDecodePlan plan = plan_for(&g);

    (void)state;
    (void)unsetenv(HOW);
    plan.give = slow_chunk; /* three of them */
    CHECK_OK(aq_decoder_new(&d, &two));
    CHECK_OK(aq_decoder_clip(d, &out, clip, &plan));
    aq_decoded_clear(&out);
    aq_decoder_free(&d);
}

static int stop_now(void *ctx)
{
    return ((const Got *)ctx)->n_chunks > 0;
}

static void stops_are_heeded(void **state)
{
    const AqDecoderBounds any = {0};
    AqDecoder *d = NULL;
    AqDecoded out;
    Got g = {.stop_after = 1};
    AqDecodePlan plan = plan_for(&g);

    (void)state;
    (void)unsetenv(HOW);
    CHECK_OK(aq_decoder_new(&d, &any));
    assert_int_equal(aq_decoder_clip(d, &out, clip, &plan), AQ_ERR_CANCELLED);
    assert_int_equal(g.n_chunks, 1);
    g = (Got){0};
    plan.cancelled = stop_now;
    assert_int_equal(aq_decoder_clip(d, &out, clip, &plan), AQ_ERR_CANCELLED);
    CHECK_OK(decode(d, NULL, &g)); /* what was left in the socket is gone */
    aq_decoder_free(&d);
}

static void memory_is_bounded(void **state)
{
    const AqDecoderBounds little = {.memory_bytes = 1000000},
                          enough = {.memory_bytes = 1000000000};
    AqDecoder *d = NULL;
    Got g;

    (void)state;
    CHECK_OK(aq_decoder_new(&d, &little));
    assert_int_equal(decode(d, NULL, &g), AQ_ERR_MEDIA); /* a sanitizer dies of it */
    assert_non_null(strstr(aq_err_text(), clip));
    aq_decoder_free(&d);
    CHECK_OK(aq_decoder_new(&d, &enough));
    CHECK_OK(decode(d, NULL, &g));
    aq_decoder_free(&d);
}

/* Every allocation on this side fails once; the other side has its own count. */
static void memory_may_run_out(void **state)
{
    const AqDecoderBounds any = {0};
    const size_t before = aq_alloc_stats().n_live;

    (void)state;
    for (long n = 1;; n++) {
        AqDecoder *d = NULL;
        Got g;

        aq_alloc_fail_after(n);
        AqErr err = aq_decoder_new(&d, &any);
        if (err == AQ_OK)
            err = decode(d, NULL, &g);
        const int failed = aq_alloc_failed();
        aq_alloc_fail_after(0);
        aq_decoder_free(&d);
        assert_int_equal(aq_alloc_stats().n_live, before);
        if (!failed) {
            CHECK_OK(err);
            break;
        }
        assert_int_equal(err, AQ_ERR_NOMEM);
    }
}

static int make_clip(void **state)
{
    if (clips_begin(state) != 0)
        return -1;
    (void)snprintf(clip, sizeof clip, "%s",
                   make("-f lavfi -i testsrc=duration=5:size=64x48:rate=5 "
                        "-f lavfi -i sine=duration=5 -c:v mpeg4 -c:a aac",
                        "clip.mp4"));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], AQ_DECODER_ARG) == 0) {
        if (getenv(HOW))
            _exit(misbehave(getenv(HOW)));
        return aq_decoder_serve(AQ_DECODER_FD);
    }
    (void)setenv("AVQA_DECODER", "/proc/self/exe", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clips_come_through_unchanged),
        cmocka_unit_test(faults_of_clips_come_through),
        cmocka_unit_test(whatever_a_decoder_does_is_the_clips_fault),
        cmocka_unit_test(glimpses_come_through_unchanged),
        cmocka_unit_test(glimpses_are_checked),
        cmocka_unit_test(what_hangs_is_stopped),
        cmocka_unit_test(waiting_for_the_taker_does_not_count),
        cmocka_unit_test(stops_are_heeded),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(memory_may_run_out)};

    return cmocka_run_group_tests(tests, make_clip, clips_end);
}
