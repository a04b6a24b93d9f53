/* SPDX-License-Identifier: MIT */
/* A decoder's own side: reads requests, decodes, sends what comes out. */
#include "base/alloc.h"
#include "pipeline/decoder.h"
#include "pipeline/decoder_wire.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct Server {
    int fd;
    int64_t memory_bytes; /* the limit that is set; 0: none yet */
    int n_lines;          /* of log, on this clip */
} Server;

static void send_log(void *ctx, AqLogLevel level, const char *line)
{
    static const char enough[] = "its decoder has more to say, which is left out";
    Server *s = ctx;

    if (++s->n_lines > AQ_WIRE_MAX_LINES)
        return;
    if (s->n_lines == AQ_WIRE_MAX_LINES)
        line = enough;
    const AqWireReply r = {.kind = AQ_WIRE_LOG,
                           .code = (int32_t)level,
                           .text_bytes = (uint32_t)strlen(line)};
    if (aq_wire_send(s->fd, &r, sizeof r) == AQ_OK)
        (void)!aq_wire_send(s->fd, line, r.text_bytes);
}

/* Takes the chunk. */
static AqErr send_chunk(void *ctx, AqChunk *c)
{
    const Server *s = ctx;
    const AqWireReply r = {
        .kind = AQ_WIRE_CHUNK, .modality = (int32_t)c->modality, .n = c->n};
    AqErr err = aq_wire_send(s->fd, &r, sizeof r);

    if (err == AQ_OK)
        err = aq_wire_send(s->fd, c->second, (size_t)c->n * sizeof *c->second);
    if (err == AQ_OK)
        err = aq_wire_send(s->fd, c->in, (size_t)c->n * c->in_each * sizeof *c->in);
    if (err == AQ_OK)
        aq_chunk_free(&c);
    return err;
}

static AqErr send_glimpse(void *ctx, const AqGlimpse *g)
{
    const Server *s = ctx;
    const AqWireReply r = {.kind = AQ_WIRE_GLIMPSE, .modality = (int32_t)g->modality};
    const AqWireGlimpse head = {
        .second = g->second, .width = g->thumb.width, .height = g->thumb.height};
    AqErr err = aq_wire_send(s->fd, &r, sizeof r);

    if (err == AQ_OK)
        err = aq_wire_send(s->fd, &head, sizeof head);
    if (err != AQ_OK)
        return err;
    return g->modality == AQ_AUDIO
               ? aq_wire_send(s->fd, g->peaks, sizeof g->peaks)
               : aq_wire_send(s->fd, g->thumb.planes,
                              aq_thumb_bytes(g->thumb.width, g->thumb.height));
}

static AqErr send_facts(const Server *s, const AqDecoded *d)
{
    const AqMediaFacts *f = &d->facts;
    const AqWireFacts facts = {.duration_us = f->duration_us,
                               .n_seconds = f->n_seconds,
                               .has_audio = f->has_audio,
                               .has_video = f->has_video,
                               .n_pictures = f->n_pictures,
                               .width = f->width,
                               .height = f->height,
                               .rotation = f->rotation};
    const size_t n = strlen(f->notes);
    const AqWireReply r = {.kind = AQ_WIRE_DONE,
                           .text_bytes =
                               (uint32_t)(n < AQ_WIRE_MAX_TEXT ? n : AQ_WIRE_MAX_TEXT)};
    AqErr err = aq_wire_send(s->fd, &r, sizeof r);

    if (err == AQ_OK)
        err = aq_wire_send(s->fd, &facts, sizeof facts);
    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++)
        err = aq_wire_send(s->fd, d->presence[m], (size_t)f->n_seconds);
    return err == AQ_OK ? aq_wire_send(s->fd, f->notes, r.text_bytes) : err;
}

static AqErr send_failure(const Server *s, AqErr why)
{
    const char *text = aq_err_text();
    const size_t n = strlen(text);
    const AqWireReply r = {.kind = AQ_WIRE_FAILED,
                           .code = (int32_t)why,
                           .text_bytes =
                               (uint32_t)(n < AQ_WIRE_MAX_TEXT ? n : AQ_WIRE_MAX_TEXT)};
    const AqErr err = aq_wire_send(s->fd, &r, sizeof r);

    return err == AQ_OK ? aq_wire_send(s->fd, text, r.text_bytes) : err;
}

/* Data beyond what the process has now: libraries (and a sanitizer's shadow) are not
 * the clip's. Where /proc does not say, there is no limit. */
static void limit_memory(Server *s, int64_t bytes)
{
    FILE *f =
        bytes && bytes != s->memory_bytes ? fopen("/proc/self/status", "re") : NULL;
    char line[256];
    long long have_kb = -1;

    if (!f)
        return;
    while (have_kb < 0 && fgets(line, sizeof line, f))
        if (sscanf(line, "VmData: %lld", &have_kb) != 1)
            have_kb = -1;
    (void)fclose(f); /* read only */
    if (have_kb < 0)
        return;
    const rlim_t most = (rlim_t)have_kb * 1024 + (rlim_t)bytes;
    const struct rlimit limit = {.rlim_cur = most, .rlim_max = RLIM_INFINITY};
    if (setrlimit(RLIMIT_DATA, &limit) == 0)
        s->memory_bytes = bytes;
}

static AqErr serve_one(Server *s, const AqWireRequest *q, const char *path, int clip)
{
    const AqDecodePlan plan = {
        .want = {q->want[0], q->want[1]},
        .chunk_seconds = {q->chunk_seconds[0], q->chunk_seconds[1]},
        .frames = q->frames,
        .max_seconds = q->max_seconds,
        .fd = clip,
        .limits = q->limits,
        .give = send_chunk,
        .see = q->glimpses ? send_glimpse : NULL,
        .ctx = s};
    AqDecoded d;

    s->n_lines = 0;
    aq_log_set_level((AqLogLevel)q->log_level);
    limit_memory(s, q->memory_bytes);
    const AqErr err = aq_decode_clip(&d, path, &plan);
    if (err != AQ_OK)
        return send_failure(s, err);
    const AqErr sent = send_facts(s, &d);
    aq_decoded_clear(&d);
    return sent;
}

int aq_decoder_serve(int fd)
{
    const struct rlimit no_core = {0};
    char path[AQ_WIRE_MAX_TEXT + 1];
    Server s = {.fd = fd};
    AqWireRequest q;
    AqErr err = AQ_OK;

    (void)prctl(PR_SET_PDEATHSIG,
                SIGKILL); /* it may hang when nobody listens any more */
    (void)setrlimit(RLIMIT_CORE, &no_core);
    aq_log_set_sink(send_log, &s);
    while (err == AQ_OK) {
        AqWireWait w = {0};
        int clip = -1;

        err = aq_wire_receive_fd(fd, &q, sizeof q, &clip, &w);
        if (err == AQ_OK && q.path_bytes > AQ_WIRE_MAX_TEXT)
            err = AQ_ERR_FORMAT;
        if (err == AQ_OK)
            err = aq_wire_receive(fd, path, q.path_bytes, &w);
        if (err != AQ_OK)
            break;
        path[q.path_bytes] = '\0';
        err = serve_one(&s, &q, path, clip);
        (void)close(clip); /* read only */
    }
    return 0;
}
