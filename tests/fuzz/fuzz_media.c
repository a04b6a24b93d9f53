/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer over media: the bytes become a file in memory, which is opened and read to
 * its end as ingest does, and the pictures go through the resizer. Debian's FFmpeg is
 * built without sanitizers and only watched for crashes; what is looked at closely is
 * our side of it, and that what it hands out keeps to media.h.
 */
#define _GNU_SOURCE 1 /* memfd_create */
#include "base/alloc.h"
#include "base/text/log.h"
#include "extract/input/frames.h"
#include "extract/media/media.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MOST_SECONDS = 3, SIDE = 32, CLIPS = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* What media.h says is what there is, whatever the bytes were. */
static void hold(int what)
{
    if (!what)
        abort();
}

/* Reads each value that was handed out, so that the sanitizer sees it. */
static void use(AqFrames *f, const AqMediaEvent *e)
{
    static float square[3 * SIDE * SIDE];
    static volatile int16_t sink;

    for (int k = 0; e->modality == AQ_AUDIO && k < AQ_MEDIA_RATE; k++)
        sink = (int16_t)(sink ^ e->pcm[k]);
    if (e->modality != AQ_VISUAL)
        return;
    hold(aq_frames_prepare(f, e->rgb, e->width, e->height, e->stride, square) == AQ_OK);
    for (int k = 0; k < 3 * SIDE * SIDE; k++)
        hold(isfinite(square[k]));
}

/* Rows rise within a stream and plan; the frames of a clip come in order. */
typedef struct Seen {
    int last[AQ_MEDIA_MAX_PLANS + 1]; /* rows, of the sound first */
    int seen[AQ_N_MODALITIES];        /* seconds */
    int frame[CLIPS];                 /* that came last */
    int picture;                      /* of several a second, that came last */
    int n_full;                       /* seconds with all of these */
} Seen;

static void watch(Seen *s, const AqMediaOptions *how, const AqMediaEvent *e)
{
    const AqRowPlan plan =
        e->modality == AQ_AUDIO ? AQ_ROWS_SECONDS : how->pictures[e->plan];

    hold(e->row >= 0 && e->row < aq_rows_count(plan, MOST_SECONDS));
    hold(e->span.from_us >= 0 && e->span.from_us < e->span.to_us);
    if (aq_rows_are_clips(plan)) {
        hold(e->frame == ++s->frame[e->row] && e->frame < plan.frames);
        return;
    }
    int *last = &s->last[e->modality == AQ_AUDIO ? 0 : e->plan + 1];

    if (aq_rows_pictures(plan) > 1) {
        hold(e->row == *last ? e->frame == s->picture + 1
                             : e->row > *last && e->frame == 0);
        hold(e->frame < aq_rows_pictures(plan));
        s->picture = e->frame;
        s->n_full += e->frame + 1 == aq_rows_pictures(plan);
        *last = e->row;
        return;
    }
    hold(e->row > *last && e->frame == 0);
    *last = e->row;
    s->seen[e->modality] += aq_rows_are_same(plan, AQ_ROWS_SECONDS);
}

static void read_all(AqFrames *f, const char *path)
{
    const AqMediaOptions how = {.max_seconds = MOST_SECONDS,
                                .want_audio = 1,
                                .n_pictures = 4,
                                .pictures = {{.per_second = 1},
                                             {.per_second = 4},
                                             {.clips = CLIPS, .frames = 3},
                                             {.per_second = 1, .frames = 16}}};
    Seen s = {.last = {-1, -1, -1, -1, -1}, .frame = {-1, -1}};
    AqMedia *m = NULL;
    AqMediaEvent e;
    AqErr err = aq_media_open(&m, path, &how);

    hold((err == AQ_OK) == (m != NULL));
    while (err == AQ_OK && (err = aq_media_next(m, &e)) == AQ_OK) {
        watch(&s, &how, &e);
        use(f, &e);
    }
    if (err == AQ_EOF) {
        const AqMediaFacts facts = aq_media_facts(m);

        hold(facts.n_seconds >= 1 && facts.n_seconds <= MOST_SECONDS);
        hold(s.n_full <= s.seen[AQ_VISUAL]);
        for (int k = 0; k < AQ_N_MODALITIES; k++) {
            for (int t = 0; t < facts.n_seconds; t++)
                s.seen[k] -= facts.presence[k][t] != 0;
            hold(s.seen[k] == 0 && s.last[k] < facts.n_seconds);
        }
    } else {
        hold(aq_err_is_item(err) || err == AQ_ERR_IO);
    }
    aq_media_close(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static AqFrames *frames;
    const AqFramesConfig how = aq_frames_default(SIDE);
    char path[64];
    const int fd = memfd_create("fuzzed", MFD_CLOEXEC);

    hold(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    aq_log_set_level(AQ_LOG_ERROR);
    hold(frames || aq_frames_new(&frames, &how) == AQ_OK);
    read_all(frames, path);
    (void)close(fd);
    return 0;
}
