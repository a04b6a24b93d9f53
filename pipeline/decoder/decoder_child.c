/* SPDX-License-Identifier: MIT */
/* The decoder process's side: reads requests, decodes, sends the results. */
#define _GNU_SOURCE /* closefrom */
#include "base/cpu.h"
#include "pipeline/decoder/confine.h"
#include "pipeline/decoder/decoder.h"
#include "pipeline/decoder/decoder_wire.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct Server {
    int fd;
    int n_lines; /* log lines about this clip */
} Server;

static void send_log(void *ctx, AqLogLevel level, const char *line)
{
    static const char enough[] = "further messages of its decoder are left out";
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
        .kind = AQ_WIRE_CHUNK, .source = (int32_t)c->input, .n = c->n};
    AqErr err = aq_wire_send(s->fd, &r, sizeof r);

    if (err == AQ_OK)
        err = aq_wire_send(s->fd, c->row, (size_t)c->n * sizeof *c->row);
    if (err == AQ_OK)
        err = aq_wire_send(s->fd, c->span, (size_t)c->n * sizeof *c->span);
    if (err == AQ_OK)
        err = aq_wire_send(s->fd, c->in, (size_t)c->n * c->in_each * sizeof *c->in);
    if (err == AQ_OK)
        aq_chunk_free(&c);
    return err;
}

/* Row by row, as the pixels of a row may be followed by others. */
static AqErr send_whole(const Server *s, const AqGlimpse *g)
{
    AqErr err = AQ_OK;

    if (g->modality == AQ_AUDIO)
        return aq_wire_send(s->fd, g->pcm, AQ_MEDIA_RATE * sizeof *g->pcm);
    for (int y = 0; err == AQ_OK && y < g->height; y++)
        err = aq_wire_send(s->fd, g->rgb + (ptrdiff_t)y * g->stride,
                           (size_t)g->width * 3);
    return err;
}

static AqErr send_glimpse(void *ctx, const AqGlimpse *g)
{
    const Server *s = ctx;
    const AqWireReply r = {.kind = AQ_WIRE_GLIMPSE, .source = (int32_t)g->modality};
    const int whole = g->pcm || g->rgb;
    const AqWireGlimpse head = {.second = g->second,
                                .width = whole ? g->width : g->thumb.width,
                                .height = whole ? g->height : g->thumb.height};
    AqErr err = aq_wire_send(s->fd, &r, sizeof r);

    if (err == AQ_OK)
        err = aq_wire_send(s->fd, &head, sizeof head);
    if (err != AQ_OK)
        return err;
    if (whole)
        return send_whole(s, g);
    return g->modality == AQ_AUDIO
               ? aq_wire_send(s->fd, g->peaks, sizeof g->peaks)
               : aq_wire_send(s->fd, g->thumb.planes,
                              aq_thumb_bytes(g->thumb.width, g->thumb.height));
}

static AqErr send_facts(const Server *s, const AqDecoded *d)
{
    const AqMediaFacts *f = &d->facts;
    AqWireFacts facts = {.duration_us = f->duration_us,
                         .n_seconds = f->n_seconds,
                         .has_audio = f->has_audio,
                         .has_video = f->has_video,
                         .n_pictures = f->n_pictures,
                         .width = f->width,
                         .height = f->height,
                         .rotation = f->rotation,
                         .n_tracks = f->n_tracks};
    const size_t n = strlen(f->notes);
    const AqWireReply r = {.kind = AQ_WIRE_DONE,
                           .text_bytes =
                               (uint32_t)(n < AQ_WIRE_MAX_TEXT ? n : AQ_WIRE_MAX_TEXT)};
    AqErr err = aq_wire_send(s->fd, &r, sizeof r);

    memcpy(facts.format, f->format, sizeof facts.format);
    if (err == AQ_OK)
        err = aq_wire_send(s->fd, &facts, sizeof facts);
    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++)
        err = aq_wire_send(s->fd, d->presence[m], (size_t)f->n_seconds);
    if (err == AQ_OK)
        err = aq_wire_send(s->fd, f->tracks, (size_t)f->n_tracks * sizeof *f->tracks);
    return err == AQ_OK ? aq_wire_send(s->fd, f->notes, r.text_bytes) : err;
}

static AqErr send_failure(int fd, AqErr why)
{
    const char *text = aq_err_text();
    const size_t n = strlen(text);
    const AqWireReply r = {.kind = AQ_WIRE_FAILED,
                           .code = (int32_t)why,
                           .text_bytes =
                               (uint32_t)(n < AQ_WIRE_MAX_TEXT ? n : AQ_WIRE_MAX_TEXT)};
    const AqErr err = aq_wire_send(fd, &r, sizeof r);

    return err == AQ_OK ? aq_wire_send(fd, text, r.text_bytes) : err;
}

/* Front ends by name: both sides are of one version and have the same ones. */
static AqErr find_inputs(AqDecodePlan *plan, const AqWireRequest *q)
{
    for (int k = 0; k < q->n_inputs && k < AQ_DECODE_MAX_INPUTS; k++) {
        const AqWireInput *w = &q->inputs[k];
        AqDecodeInput *to = &plan->inputs[k];

        to->chunk_rows = w->chunk_rows;
        to->input = (AqInput){.def = aq_input_named(w->front_end),
                              .plan = w->plan,
                              .dims = {w->dims[0], w->dims[1], w->dims[2]}};
        memcpy(to->input.config, w->config, sizeof w->config);
        if (!to->input.def)
            return aq_fail(AQ_ERR_UNSUPPORTED, "the decoder has no front end '%s'",
                           w->front_end);
        plan->n_inputs++;
    }
    return AQ_OK;
}

static AqErr serve_one(Server *s, const AqWireRequest *q, const char *path, int clip)
{
    AqDecodePlan plan = {.max_seconds = q->max_seconds,
                         .audio_track = q->audio_track,
                         .fd = clip,
                         .limits = q->limits,
                         .give = send_chunk,
                         .see = q->glimpses ? send_glimpse : NULL,
                         .whole_rate = q->whole_rate,
                         .ctx = s};
    AqDecoded d;

    s->n_lines = 0;
    aq_log_set_level((AqLogLevel)q->log_level);
    AqErr err = find_inputs(&plan, q);
    if (err == AQ_OK)
        err = aq_decode_clip(&d, path, &plan);
    if (err != AQ_OK)
        return send_failure(s->fd, err);
    const AqErr sent = send_facts(s, &d);
    aq_decoded_clear(&d);
    return sent;
}

/* ---- the start ---- */

static int talk_fd;

/* In a signal's handler. */
static void tell_tried(int number)
{
    const AqWireReply r = {.kind = AQ_WIRE_TRIED, .code = number};

    (void)!send(talk_fd, &r, sizeof r, MSG_NOSIGNAL);
}

/* Closes everything but the socket; other output goes to /dev/null, so that a clip
 * cannot fill a terminal or a disk. A sanitizer's reports are let through. */
static void drop_files(int fd)
{
    const int nowhere = AQ_SANITIZED ? -1 : open("/dev/null", O_WRONLY);

    if (nowhere >= 0) {
        (void)dup2(nowhere, STDOUT_FILENO);
        (void)dup2(nowhere, STDERR_FILENO);
    }
    closefrom(fd + 1);
}

/* Makes libraries read now what they look up in files at first use. */
static void look_up_early(void)
{
    (void)aq_cpu_level();
    tzset();
}

AqErr aq_decoder_begin(int fd)
{
    AqWireWait w = {0};
    AqWireHello hello;
    AqConfined got;

    talk_fd = fd;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* it may hang when nobody is listening */
    AqErr err = aq_wire_receive(fd, &hello, sizeof hello, &w);
    if (err != AQ_OK)
        return err;
    hello.version[AQ_WIRE_MAX_VERSION - 1] = 0;
    if (strcmp(hello.version, AQ_VERSION) != 0) {
        err = aq_fail(AQ_ERR_UNSUPPORTED,
                      "the decoder (avqa-decoder) is of version " AQ_VERSION
                      " and what asks it of version %s; install both anew",
                      hello.version);
        (void)!send_failure(fd, err);
        return err;
    }
    const AqConfineWish wish = {.mode = (AqConfineMode)hello.confine,
                                .fd = fd,
                                .memory_bytes = hello.memory_bytes,
                                .tried = tell_tried};
    if (wish.mode != AQ_CONFINE_OFF) {
        drop_files(fd);
        look_up_early();
    }
    err = aq_confine(&got, &wish);
    if (err != AQ_OK) {
        (void)!send_failure(fd, err);
        return err;
    }
    const AqWireReply r = {.kind = AQ_WIRE_READY};
    err = aq_wire_send(fd, &r, sizeof r);
    return err == AQ_OK ? aq_wire_send(fd, &got, sizeof got) : err;
}

int aq_decoder_serve(int fd)
{
    char path[AQ_WIRE_MAX_TEXT + 1];
    Server s = {.fd = fd};
    AqWireRequest q;
    AqErr err = aq_decoder_begin(fd);

    if (err != AQ_OK)
        return 1;
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
