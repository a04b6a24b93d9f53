/* SPDX-License-Identifier: MIT */
/* The requesting side: asks the process to decode, and checks what it sends. */
#include "pipeline/decoder/decoder.h"

#include "base/alloc.h"
#include "base/text/log.h"
#include "pipeline/decoder/decoder_process.h"
#include "pipeline/decoder/decoder_wire.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CRASH_MS = 5000, /* time for a sanitizer's or the kernel's report */
    START_US = 60 * 1000000
};

struct AqDecoder {
    AqDecoderBounds bounds;
    AqDecoderProcess process;
    AqConfined confined; /* how the process is confined */
    int ran_out;         /* ran out of memory at the last clip */
};

AqErr aq_decoder_new(AqDecoder **out, const AqDecoderBounds *bounds)
{
    AqDecoder *d = aq_alloc(1, sizeof *d);

    *out = d;
    if (!d)
        return AQ_ERR_NOMEM;
    d->bounds = *bounds;
    return AQ_OK;
}

void aq_decoder_free(AqDecoder **dp)
{
    if (*dp)
        (void)aq_decoder_process_end(&(*dp)->process, 0);
    aq_free(*dp);
    *dp = NULL;
}

/* ---- a clip ---- */

typedef struct Talk {
    AqDecoder *d;
    const AqDecodePlan *plan;
    const char *path;
    AqDecoded *out;
    AqWireWait wait;
    int last[AQ_DECODE_MAX_INPUTS]; /* by input (glimpses: by modality): the last row
                                       received; -1: none yet */
    int n_lines;                    /* log lines received */
} Talk;

static AqErr send_decode_request(Talk *t, int clip)
{
    const AqDecodePlan *p = t->plan;
    const size_t n = strlen(t->path);
    AqWireRequest q = {.max_seconds = p->max_seconds,
                       .audio_track = p->audio_track,
                       .glimpses = p->see != NULL,
                       .whole_rate = p->whole_rate,
                       .log_level = (int32_t)aq_log_level(),
                       .limits = p->limits,
                       .n_inputs = p->n_inputs,
                       .path_bytes = (uint32_t)n};

    for (int k = 0; k < p->n_inputs; k++) {
        const AqInput *in = &p->inputs[k].input;
        AqWireInput *to = &q.inputs[k];

        *to = (AqWireInput){.plan = in->plan,
                            .dims = {in->dims[0], in->dims[1], in->dims[2]},
                            .chunk_rows = p->inputs[k].chunk_rows};
        (void)snprintf(to->front_end, sizeof to->front_end, "%s", in->def->name);
        memcpy(to->config, in->config, sizeof to->config);
    }
    const AqErr err = aq_wire_send_fd(t->d->process.fd, &q, sizeof q, clip);
    return err == AQ_OK ? aq_wire_send(t->d->process.fd, t->path, n) : err;
}

static AqErr receive_from_decoder(Talk *t, void *data, size_t bytes)
{
    return aq_wire_receive(t->d->process.fd, data, bytes, &t->wait);
}

/* A compromised decoder, or a bug. AQ_ERR_FORMAT never comes from a clip. */
static AqErr fail_decoder_message(const Talk *t)
{
    return aq_fail(AQ_ERR_FORMAT, "%s: its decoder sent an invalid message", t->path);
}

/* Ends the text, in which control characters become spaces, as it may go to a terminal.
 */
static void make_printable(char *text, size_t room, int lines)
{
    text[room - 1] = '\0';
    for (char *p = text; *p; p++)
        if (((unsigned char)*p < ' ' && !(lines && *p == '\n')) || *p == 127)
            *p = ' ';
}

/* The text with its NUL. */
static AqErr receive_text(Talk *t, uint32_t bytes, char text[AQ_WIRE_MAX_TEXT + 1],
                          int lines)
{
    if (bytes > AQ_WIRE_MAX_TEXT)
        return fail_decoder_message(t);
    const AqErr err = receive_from_decoder(t, text, bytes);
    text[err == AQ_OK ? bytes : 0] = '\0';
    make_printable(text, AQ_WIRE_MAX_TEXT + 1, lines);
    return err;
}

/* Rows and seconds must come once, in order, and only if requested: so the plan limits
 * a clip's whole output. */
static AqErr check_row_order(Talk *t, int source, int row, int most)
{
    if (row <= t->last[source] || row >= most)
        return fail_decoder_message(t);
    t->last[source] = row;
    return AQ_OK;
}

/* The time of parts of a second follows from their number; clips keep their order. */
static AqErr check_span(const Talk *t, AqRowPlan plan, int row, const AqRowSpan *s)
{
    const int64_t most_us = (int64_t)t->plan->max_seconds * 1000000;
    int right;

    if (aq_rows_are_clips(plan)) {
        right = s->from_us >= 0 && s->from_us < most_us && s->to_us > s->from_us;
    } else {
        const AqRowSpan want = aq_rows_span(plan, row);

        right = s->from_us == want.from_us && s->to_us == want.to_us;
    }
    return right ? AQ_OK : fail_decoder_message(t);
}

static AqErr take_chunk(Talk *t, const AqWireReply *r)
{
    const AqDecodePlan *p = t->plan;
    AqChunk *c = NULL;

    if (p->see || r->source < 0 || r->source >= p->n_inputs || r->n < 1 ||
        r->n > p->inputs[r->source].chunk_rows)
        return fail_decoder_message(t);
    const AqRowPlan rows = p->inputs[r->source].input.plan;
    AqErr err = aq_chunk_new(&c, p, r->source);
    if (err != AQ_OK)
        return err;
    c->n = r->n;
    err = receive_from_decoder(t, c->row, (size_t)c->n * sizeof *c->row);
    if (err == AQ_OK)
        err = receive_from_decoder(t, c->span, (size_t)c->n * sizeof *c->span);
    if (err == AQ_OK)
        err = receive_from_decoder(t, c->in, (size_t)c->n * c->in_each * sizeof *c->in);
    for (int k = 0; err == AQ_OK && k < c->n; k++) {
        err = check_row_order(t, r->source, c->row[k],
                              aq_rows_count(rows, p->max_seconds));
        if (err == AQ_OK)
            err = check_span(t, rows, c->row[k], &c->span[k]);
    }
    if (err == AQ_OK)
        err = p->give(p->ctx, c);
    if (err != AQ_OK)
        aq_chunk_free(&c);
    return err;
}

static AqErr take_peaks(Talk *t, AqGlimpse *g)
{
    AqErr err = receive_from_decoder(t, g->peaks, sizeof g->peaks);

    for (int k = 0; err == AQ_OK && k < AQ_GLIMPSE_PEAKS; k++)
        if (!(g->peaks[k] >= 0 && g->peaks[k] <= 1))
            err = fail_decoder_message(t);
    return err;
}

static int is_thumb_size(int n)
{
    return n >= AQ_THUMB_LEAST && n <= AQ_GLIMPSE_SIDE && n % 2 == 0;
}

static AqErr take_thumb(Talk *t, AqThumb *thumb, const AqWireGlimpse *head)
{
    if (!is_thumb_size(head->width) || !is_thumb_size(head->height))
        return fail_decoder_message(t);
    const size_t bytes = aq_thumb_bytes(head->width, head->height);
    thumb->width = head->width;
    thumb->height = head->height;
    thumb->planes = aq_alloc(bytes, 1);
    return thumb->planes ? receive_from_decoder(t, thumb->planes, bytes) : AQ_ERR_NOMEM;
}

/* A whole second of sound, or a whole picture; the plan's limits bound its size. */
static AqErr take_whole(Talk *t, AqGlimpse *g, const AqWireGlimpse *head)
{
    const int64_t limit = t->plan->limits.pixels,
                  most = limit ? limit : AQ_MEDIA_MAX_PIXELS;
    const int64_t pixels = (int64_t)head->width * head->height;
    const int sound = g->modality == AQ_AUDIO;

    if (!sound && (head->width < 1 || head->height < 1 || pixels > most))
        return fail_decoder_message(t);
    const size_t bytes = sound ? AQ_MEDIA_RATE * sizeof *g->pcm : (size_t)pixels * 3;
    void *data = aq_alloc(bytes, 1);
    if (!data)
        return AQ_ERR_NOMEM;
    AqErr err = receive_from_decoder(t, data, bytes);
    if (sound)
        g->pcm = data;
    else
        g->rgb = data;
    g->width = sound ? 0 : head->width;
    g->height = sound ? 0 : head->height;
    g->stride = g->width * 3;
    if (err == AQ_OK)
        err = t->plan->see(t->plan->ctx, g);
    aq_free(data);
    return err;
}

static AqErr take_glimpse(Talk *t, const AqWireReply *r)
{
    const int whole = t->plan->whole_rate;
    AqGlimpse g = {0};
    AqWireGlimpse head;

    if (!t->plan->see || r->source < 0 || r->source >= AQ_N_MODALITIES)
        return fail_decoder_message(t);
    AqErr err = receive_from_decoder(t, &head, sizeof head);
    if (err == AQ_OK)
        err = check_row_order(t, r->source, head.second,
                              t->plan->max_seconds *
                                  (whole && r->source == AQ_VISUAL ? whole : 1));
    if (err != AQ_OK)
        return err;
    g.modality = (AqModality)r->source;
    g.second = head.second;
    if (whole)
        return take_whole(t, &g, &head);
    err = g.modality == AQ_AUDIO ? take_peaks(t, &g) : take_thumb(t, &g.thumb, &head);
    if (err == AQ_OK)
        err = t->plan->see(t->plan->ctx, &g);
    aq_thumb_clear(&g.thumb);
    return err;
}

static AqErr take_presence(Talk *t, int n_seconds)
{
    AqDecoded *o = t->out;
    AqErr err = AQ_OK;

    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++) {
        o->presence[m] = aq_alloc((size_t)n_seconds, 1);
        err = o->presence[m]
                  ? receive_from_decoder(t, o->presence[m], (size_t)n_seconds)
                  : AQ_ERR_NOMEM;
        for (int k = 0; err == AQ_OK && k < n_seconds; k++)
            if (o->presence[m][k] > 1)
                err = fail_decoder_message(t);
        o->facts.presence[m] = o->presence[m];
    }
    return err;
}

static AqErr take_tracks(Talk *t, int n)
{
    AqDecoded *o = t->out;

    o->facts.tracks = o->tracks = aq_alloc((size_t)n, sizeof *o->tracks);
    if (!o->tracks)
        return AQ_ERR_NOMEM;
    const AqErr err = receive_from_decoder(t, o->tracks, (size_t)n * sizeof *o->tracks);
    for (int k = 0; err == AQ_OK && k < n; k++) {
        AqMediaTrack *track = &o->tracks[k];

        if (track->modality < 0 || track->modality >= AQ_N_MODALITIES)
            return fail_decoder_message(t);
        make_printable(track->codec, sizeof track->codec, 0);
        make_printable(track->language, sizeof track->language, 0);
        make_printable(track->title, sizeof track->title, 0);
    }
    o->facts.n_tracks = n;
    return err;
}

static AqErr take_facts(Talk *t, const AqWireReply *r)
{
    char notes[AQ_WIRE_MAX_TEXT + 1];
    AqDecoded *o = t->out;
    AqWireFacts f;
    AqErr err = receive_from_decoder(t, &f, sizeof f);

    if (err == AQ_OK &&
        (f.n_seconds < 1 || f.n_seconds > t->plan->max_seconds || f.duration_us < 0 ||
         f.width < 0 || f.height < 0 || f.n_pictures < 0 || f.n_tracks < 0 ||
         f.n_tracks > AQ_MEDIA_MAX_TRACKS))
        err = fail_decoder_message(t);
    if (err != AQ_OK)
        return err;
    o->facts = (AqMediaFacts){.n_seconds = f.n_seconds,
                              .duration_us = f.duration_us,
                              .has_audio = f.has_audio != 0,
                              .has_video = f.has_video != 0,
                              .n_pictures = f.n_pictures,
                              .width = f.width,
                              .height = f.height,
                              .rotation = f.rotation};
    make_printable(f.format, sizeof f.format, 0);
    memcpy(o->facts.format, f.format, sizeof f.format);
    err = take_presence(t, f.n_seconds);
    if (err == AQ_OK)
        err = take_tracks(t, f.n_tracks);
    if (err == AQ_OK)
        err = receive_text(t, r->text_bytes, notes, 1);
    if (err != AQ_OK)
        return err;
    o->facts.notes = aq_strdup(notes);
    return o->facts.notes ? AQ_EOF : AQ_ERR_NOMEM;
}

static AqErr take_log(Talk *t, const AqWireReply *r)
{
    char text[AQ_WIRE_MAX_TEXT + 1];
    const AqErr err = receive_text(t, r->text_bytes, text, 0);

    if (err == AQ_OK && (r->code < AQ_LOG_ERROR || r->code > AQ_LOG_DEBUG ||
                         ++t->n_lines > AQ_WIRE_MAX_LINES))
        return fail_decoder_message(t);
    if (err == AQ_OK)
        aq_log((AqLogLevel)r->code, "%s", text);
    return err;
}

static AqErr take_failure(Talk *t, const AqWireReply *r, int *told)
{
    char text[AQ_WIRE_MAX_TEXT + 1];
    AqErr err = receive_text(t, r->text_bytes, text, 0);

    if (err != AQ_OK)
        return err;
    *told = 1;
    t->d->ran_out = r->code == AQ_ERR_NOMEM;
    if (r->code == AQ_ERR_NOMEM && t->d->bounds.memory_bytes)
        return aq_fail(AQ_ERR_MEDIA,
                       "%s: decoding it needs more than %lld MB of memory", t->path,
                       (long long)t->d->bounds.memory_bytes / 1000000);
    err = r->code == AQ_ERR_NOMEM || r->code == AQ_ERR_NOT_FOUND || r->code == AQ_ERR_IO
              ? (AqErr)r->code
              : AQ_ERR_MEDIA;
    return aq_fail(err, "%s", text);
}

/* It made a forbidden system call. */
static AqErr take_tried(const Talk *t, const AqWireReply *r)
{
    char name[64];

    aq_confine_call_name(r->code, name, sizeof name);
    return aq_fail(AQ_ERR_MEDIA,
                   "%s: its decoder tried something that decoding never needs (system "
                   "call %d%s%s) and was stopped",
                   t->path, r->code, *name ? ", " : "", name);
}

/* Handles one message. AQ_EOF: the clip is done. *told: the decoder itself reported the
 * failure. */
static AqErr take_decoder_reply(Talk *t, int *told)
{
    AqWireReply r;
    const AqErr err = receive_from_decoder(t, &r, sizeof r);

    if (err != AQ_OK)
        return err;
    switch (r.kind) {
    case AQ_WIRE_CHUNK:
        return take_chunk(t, &r);
    case AQ_WIRE_GLIMPSE:
        return take_glimpse(t, &r);
    case AQ_WIRE_LOG:
        return take_log(t, &r);
    case AQ_WIRE_DONE:
        return take_facts(t, &r);
    case AQ_WIRE_FAILED:
        return take_failure(t, &r, told);
    case AQ_WIRE_TRIED:
        return take_tried(t, &r);
    default:
        return fail_decoder_message(t);
    }
}

/* The process ended by itself: finds out why. */
static AqErr fail_decoder_exit(Talk *t, int status)
{
    t->d->ran_out = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (t->d->ran_out)
        return aq_fail(
            AQ_ERR_MEDIA,
            "%s: its decoder was killed from outside, perhaps because memory ran out",
            t->path);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        return aq_fail(AQ_ERR_MEDIA,
                       "%s: its decoder tried something that decoding never needs and "
                       "was stopped",
                       t->path);
    if (WIFSIGNALED(status))
        return aq_fail(AQ_ERR_MEDIA,
                       "%s: the decoder crashed on it (signal %d); the file is "
                       "damaged in a way that FFmpeg cannot handle",
                       t->path, WTERMSIG(status));
    return aq_fail(AQ_ERR_MEDIA, "%s: its decoder gave up (status %d)", t->path,
                   WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* Ends the process; the next clip gets a new one. */
static AqErr end_badly(Talk *t, AqErr err)
{
    /* Its socket closes just before it dies; killing it then would hide the reason. */
    const int left = err == AQ_ERR_IO && !t->wait.late;
    const int status = aq_decoder_process_end(&t->d->process, left ? CRASH_MS : 0);

    if (t->wait.late)
        return aq_fail(AQ_ERR_MEDIA,
                       "%s: decoding it took longer than %d seconds and was stopped",
                       t->path, t->d->bounds.clip_seconds);
    if (left)
        return fail_decoder_exit(t, status);
    if (err == AQ_ERR_FORMAT)
        return aq_fail(AQ_ERR_MEDIA, "%s: its decoder sent an invalid message",
                       t->path);
    return err;
}

/* ---- the start ---- */

/* Logged once, at the verbose level. */
static void warn_unconfined(const AqConfined *c)
{
    static atomic_int said;

    if (!c->seccomp && !atomic_exchange(&said, 1))
        aq_log(
            AQ_LOG_DEBUG,
            "decoders of media are not confined here (`avqa-pipe doctor` says more)");
}

static AqErr take_greeting(AqDecoder *d, AqWireWait *w)
{
    char text[AQ_WIRE_MAX_TEXT + 1];
    AqWireReply r;
    AqErr err = aq_wire_receive(d->process.fd, &r, sizeof r, w);

    if (err == AQ_OK && r.kind == AQ_WIRE_READY)
        return aq_wire_receive(d->process.fd, &d->confined, sizeof d->confined, w);
    if (err == AQ_OK && (r.kind != AQ_WIRE_FAILED || r.text_bytes > AQ_WIRE_MAX_TEXT))
        err = AQ_ERR_IO;
    if (err == AQ_OK)
        err = aq_wire_receive(d->process.fd, text, r.text_bytes, w);
    if (err != AQ_OK)
        return err;
    text[r.text_bytes] = '\0';
    return aq_fail(AQ_ERR_UNSUPPORTED, "%s", text);
}

/* The process confines itself before the first request. *told: it reports that it
 * cannot, which is the machine's fault, not a clip's. */
static AqErr greet_decoder(Talk *t, int *told)
{
    AqWireHello hello = {.version = AQ_VERSION,
                         .memory_bytes = t->d->bounds.memory_bytes};
    AqConfineMode mode;

    if (t->d->process.pid)
        return AQ_OK;
    AqErr err = aq_confine_mode(&mode);
    if (err == AQ_OK)
        err = aq_decoder_process_start(&t->d->process, t->d->bounds.program);
    if (err != AQ_OK)
        return err;
    hello.confine = (int32_t)mode;
    err = aq_wire_send(t->d->process.fd, &hello, sizeof hello);
    if (err == AQ_OK)
        err = take_greeting(t->d, &t->wait);
    if (err == AQ_OK)
        warn_unconfined(&t->d->confined);
    *told = err == AQ_ERR_UNSUPPORTED;
    if (*told)
        (void)aq_decoder_process_end(&t->d->process, 0);
    return err;
}

AqErr aq_decoder_confined(AqDecoder *d, AqConfined *out)
{
    Talk t = {.d = d, .path = "(no clip)", .wait = {.most_us = START_US}};
    int told = 0;
    const AqErr err = greet_decoder(&t, &told);

    *out = err == AQ_OK ? d->confined : (AqConfined){0};
    return err != AQ_OK && d->process.pid ? end_badly(&t, err) : err;
}

int aq_decoder_ran_out(const AqDecoder *d)
{
    return d->ran_out;
}

/* The clip is opened here, as the process cannot open anything. */
static AqErr open_clip(const char *path, int *clip)
{
    *clip = -1;
    return strlen(path) > AQ_WIRE_MAX_TEXT
               ? aq_fail(AQ_ERR_MEDIA, "%.80s...: the path is too long", path)
               : aq_media_file(clip, path);
}

AqErr aq_decoder_clip(AqDecoder *d, AqDecoded *out, const char *path,
                      const AqDecodePlan *plan)
{
    Talk t = {.d = d,
              .plan = plan,
              .path = path,
              .out = out,
              .last = {-1, -1, -1, -1},
              .wait = {.stop = plan->cancelled,
                       .ctx = plan->ctx,
                       .most_us = (int64_t)d->bounds.clip_seconds * 1000000}};
    int told = 0, clip;

    *out = (AqDecoded){0};
    d->ran_out = 0;
    AqErr err = open_clip(path, &clip);
    if (err != AQ_OK)
        return err;
    err = greet_decoder(&t, &told);
    if (err == AQ_OK)
        err = send_decode_request(&t, clip);
    (void)close(clip); /* read only, and the process has its own */
    if (!d->process.pid)
        return err;
    while (err == AQ_OK)
        err = take_decoder_reply(&t, &told);
    if (err == AQ_EOF)
        return AQ_OK;
    aq_decoded_clear(out);
    return told ? err : end_badly(&t, err);
}

AqErr aq_decoder_one_clip(AqDecoded *out, const char *path, const AqDecodePlan *plan)
{
    const AqDecoderBounds bounds = AQ_DECODER_BOUNDS;
    AqDecoder *d = NULL;
    AqErr err = aq_decoder_new(&d, &bounds);

    *out = (AqDecoded){0};
    if (err == AQ_OK)
        err = aq_decoder_clip(d, out, path, plan);
    aq_decoder_free(&d);
    return err;
}
