/* SPDX-License-Identifier: MIT */
/* avqa-pipe probe: what a clip holds, and what of it is read. */
#include "base/text/json.h"
#include "base/text/text.h"
#include "pipeline/commands/command.h"
#include "pipeline/decoder/decoder.h"
#include "pipeline/parallel/interrupt.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { SECOND_US = 1000000 };

typedef struct ProbeArgs {
    AqCommon c;
    AqTextList clips;
    int max_seconds;
} ProbeArgs;

static const char *const kinds[AQ_N_MODALITIES] = {"sound", "picture"};

static int count_present(const AqDecoded *d, int m)
{
    int n = 0;

    for (int k = 0; k < d->facts.n_seconds; k++)
        n += d->presence[m][k];
    return n;
}

/* ---- for programs ---- */

static json_t *track_json(const AqMediaTrack *t)
{
    json_t *o = aq_json_pack(
        "{s:s, s:i, s:b, s:b, s:s, s:s, s:s, s:o}", "kind", kinds[t->modality],
        "number", (int)t->number, "taken", (int)t->is_taken, "default",
        (int)t->is_default, "codec", t->codec, "language", t->language, "title",
        t->title, "begins",
        t->begins_us < 0 ? json_null() : json_real((double)t->begins_us / SECOND_US));

    if (t->modality == AQ_AUDIO) {
        (void)json_object_set_new(o, "rate", json_integer(t->rate));
        (void)json_object_set_new(o, "channels", json_integer(t->channels));
        return o;
    }
    (void)json_object_set_new(o, "width", json_integer(t->width));
    (void)json_object_set_new(o, "height", json_integer(t->height));
    (void)json_object_set_new(o, "frames_per_second",
                              t->per > 0 ? json_real((double)t->frames / t->per)
                                         : json_null());
    return o;
}

static void print_clip_json(const char *clip, const AqDecoded *d)
{
    const AqMediaFacts *f = &d->facts;
    json_t *tracks = json_array();

    for (int k = 0; k < f->n_tracks; k++)
        (void)json_array_append_new(tracks, track_json(&f->tracks[k]));
    json_t *reads = aq_json_pack("{s:i, s:i, s:i, s:f, s:i, s:i, s:i}", "seconds",
                                 f->n_seconds, "sound", count_present(d, AQ_AUDIO),
                                 "picture", count_present(d, AQ_VISUAL), "duration",
                                 (double)f->duration_us / SECOND_US, "width", f->width,
                                 "height", f->height, "rotation", f->rotation);
    aq_command_print_json(aq_json_pack("{s:s, s:s, s:o, s:o, s:o}", "clip", clip,
                                       "format", f->format, "tracks", tracks, "read",
                                       reads, "notes", aq_command_lines(f->notes)));
}

/* ---- for people ---- */

static void print_sound(const AqMediaTrack *t)
{
    (void)printf(", %d Hz", (int)t->rate);
    if (t->channels == 1 || t->channels == 2)
        (void)printf(", %s", t->channels == 1 ? "mono" : "stereo");
    else
        (void)printf(", %d channels", (int)t->channels);
}

static void print_picture(const AqMediaTrack *t)
{
    (void)printf(", %d x %d", (int)t->width, (int)t->height);
    if (t->per > 0)
        (void)printf(", %.4g frames/s", (double)t->frames / t->per);
}

static void print_track(const AqMediaTrack *t)
{
    (void)printf("  %s %d: %s", kinds[t->modality], (int)t->number,
                 *t->codec ? aq_text_shown(t->codec) : "unknown");
    if (t->modality == AQ_AUDIO)
        print_sound(t);
    else
        print_picture(t);
    if (*t->language && strcmp(t->language, "und") != 0)
        (void)printf(", %s", aq_text_shown(t->language));
    if (*t->title)
        (void)printf(", \"%s\"", aq_text_shown(t->title));
    if (t->begins_us >= 0)
        (void)printf(", from %.2f s on", (double)t->begins_us / SECOND_US);
    (void)printf("%s\n", t->is_taken ? "" : " (not read)");
}

static void print_notes(const char *notes)
{
    while (*notes) {
        const size_t n = strcspn(notes, "\n");

        (void)printf("  %.*s\n", (int)n, notes);
        notes += n + (notes[n] != '\0');
    }
}

static void print_clip_text(const char *clip, const AqDecoded *d)
{
    const AqMediaFacts *f = &d->facts;

    (void)printf("%s: %s, %.2f s\n", aq_text_shown(clip), f->format,
                 (double)f->duration_us / SECOND_US);
    for (int k = 0; k < f->n_tracks; k++)
        print_track(&f->tracks[k]);
    (void)printf("  read: %d second%s, sound in %d, picture in %d", f->n_seconds,
                 f->n_seconds == 1 ? "" : "s", count_present(d, AQ_AUDIO),
                 count_present(d, AQ_VISUAL));
    if (f->width > 0)
        (void)printf(" (%d x %d%s)", f->width, f->height,
                     f->rotation ? ", turned upright" : "");
    (void)putchar('\n');
    print_notes(f->notes);
}

/* ---- the command ---- */

static AqErr probe_clip(AqEachWord *e, const char *clip)
{
    const ProbeArgs *a = e->ctx;
    const AqDecodePlan plan = {.max_seconds = a->max_seconds,
                               .audio_track = a->c.tools.audio_track,
                               .cancelled = aq_interrupt_stop};
    AqDecoded d = {0};
    const AqErr err = aq_decoder_one_clip(&d, clip, &plan);

    if (err == AQ_OK && a->c.json)
        print_clip_json(clip, &d);
    else if (err == AQ_OK)
        print_clip_text(clip, &d);
    aq_decoded_clear(&d);
    return err;
}

static int run_probe(const AqCommand *self, void *args)
{
    const ProbeArgs *a = args;
    AqEachWord each = {.words = &a->clips, .one = probe_clip, .ctx = args};

    return a->clips.n == 0 ? aq_command_misuse(self, "it takes clips")
                           : aq_command_each(self, &each);
}

static const AqOption options[] = {
    AQ_ROW_WORDS("CLIP", ProbeArgs, clips, 100000, AQ_HINT_FILE, "video or sound files",
                 NULL),
    AQ_ROW_INT("max-seconds", ProbeArgs, max_seconds, 1, 36000, "seconds read", NULL),
    AQ_ROWS(aq_rows_audio_track),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe probe clip.mp4", "Its tracks, and how many seconds are read."},
    {"avqa-pipe probe --json videos/*.mp4", "A line of JSON for each clip."},
    {0}};

static const ProbeArgs probe_defaults = {.max_seconds = 60};

const AqCommand aq_command_probe = {
    .name = "probe",
    .summary = "what a clip holds, and what of it is read",
    .usage = "CLIP... [OPTIONS]",
    .about =
        "Prints each clip's tracks as its file describes them, which are read, and "
        "what ingest and ask would make of them: seconds on one clock, counted from "
        "the earliest picture or sound, those that have sound and those that have a "
        "picture, and remarks. The clip is decoded for that; what a file claims of its "
        "length is not believed.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(ProbeArgs, c),
    .defaults = &probe_defaults,
    .stop = AQ_STOP_SAVES,
    .run = run_probe};
