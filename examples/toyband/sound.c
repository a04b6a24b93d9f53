/* SPDX-License-Identifier: MIT */
/*
 * Each player is rendered separately, scaled to its own loudness (root mean square
 * while it plays), silenced outside its phrases, and added to the mix.
 */
#include "examples/toyband/sound.h"

#include "base/alloc.h"
#include "examples/toyband/recording.h"
#include "examples/toyband/resource.h"

#include <fluidsynth.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOUDEST_RMS 0.16
#define TAIL        0.25 /* seconds that a phrase may ring */

#define MOST_FONTS 5

struct AqToySynth {
    fluid_settings_t *settings;
    fluid_synth_t *synth[MOST_FONTS];
    int font[MOST_FONTS], n_fonts;
    AqToyRecording recording[AQ_TOY_KINDS]; /* with `recorded` */
};

/* MIDI scenes are played with the first one installed; the others are for varied
 * scenes. */
static const char *const fonts[MOST_FONTS] = {
    "/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/sounds/sf2/TimGM6mb.sf2",
    "/usr/share/sounds/sf3/MuseScore_General_Lite.sf3",
    "/usr/share/sounds/sf2/sf_GMbank.sf2"};

/* Drum sets that most soundfonts have in bank 128 (GS); if one is missing, the first.
 */
static const int kits[4] = {0, 8, 16, 32};

/* Alternative programs and drums for an instrument (General MIDI 1). */
static const int programs[AQ_TOY_KINDS][4] = {{21, 21, 23, 21},
                                              {24, 25, 24, 25},
                                              {105, 105, 105, 105},
                                              {73, 73, 73, 74},
                                              {0, 1, 2, 0},
                                              {64, 65, 66, 67},
                                              {56, 56, 59, 56},
                                              {40, 40, 40, 110},
                                              {-1},
                                              {-1}};
static const int drum_sets[2][4][4] = {
    {{36, 38, 42, 38}, {38, 38, 38, 40}, {41, 43, 45, 47}, {35, 40, 38, 50}},
    {{62, 63, 64, 63}, {60, 61, 60, 61}, {63, 64, 62, 64}, {61, 64, 60, 63}}};

#define RESOURCE "/usr/share/gcompris-qt/rcc/instruments.rcc"
static const char *const recorded[AQ_TOY_KINDS] = {
    "accordion.ogg", "guitar.ogg",  "banjo.ogg",  "flute_traversiere.ogg", "piano.ogg",
    "saxophone.ogg", "trumpet.ogg", "violin.ogg", "snare_drum.ogg",        "bongo.ogg"};

/* How one player sounds. */
typedef struct Voice {
    int font, program, shift; /* shift: semitones */
    const int *keys;          /* percussion */
    int kit;                  /* of drums, a program of bank 128 */
    double tilt;              /* spectral tilt: -0.8 dull .. 0.8 bright */
    double hold;              /* held share of a note; 1: all */
    double room;              /* reverberation: 0 none .. 1 a hall */
    int detune;               /* pitch bend, 8192 none */
} Voice;

static void no_log(int level, const char *message, void *data)
{
    (void)level;
    (void)message;
    (void)data;
}

static AqErr load_font(AqToySynth *s, const char *path)
{
    const int k = s->n_fonts;

    s->synth[k] = new_fluid_synth(s->settings);
    s->font[k] = s->synth[k] ? fluid_synth_sfload(s->synth[k], path, 1) : FLUID_FAILED;
    s->n_fonts += s->synth[k] != NULL;
    return s->font[k] != FLUID_FAILED
               ? AQ_OK
               : aq_fail(AQ_ERR_FORMAT, "%s: FluidSynth cannot load this soundfont",
                         path);
}

static AqErr load_fonts(AqToySynth *s, int varied)
{
    const char *given = getenv("TOYBAND_SOUNDFONT");
    AqErr err = given ? load_font(s, given) : AQ_OK;

    for (int k = 0; err == AQ_OK && k < MOST_FONTS; k++) {
        const int first = s->n_fonts == 0, same = k == 1 && s->n_fonts > 0;

        if (s->n_fonts < MOST_FONTS && (first || varied) && !same &&
            access(fonts[k], R_OK) == 0)
            err = load_font(s, fonts[k]);
    }
    if (err != AQ_OK || s->n_fonts > (varied ? 2 : 0))
        return err;
    return aq_fail(
        AQ_ERR_NOT_FOUND,
        "%s: install Debian's fluid-soundfont-gm%s, or name a soundfont in "
        "TOYBAND_SOUNDFONT",
        s->n_fonts ? "too few General MIDI soundfonts" : "no General MIDI soundfont",
        varied ? ", timgm6mb-soundfont and musescore-general-soundfont-small" : "");
}

static AqErr load_recordings(AqToySynth *s)
{
    AqToyResource res;
    AqErr err = aq_toy_resource_open(&res, RESOURCE);

    if (err == AQ_ERR_NOT_FOUND)
        return aq_fail(err, "no recordings: install Debian's gcompris-qt-data (%s)",
                       RESOURCE);
    for (int k = 0; err == AQ_OK && k < AQ_TOY_KINDS; k++) {
        unsigned char *bytes = NULL;
        size_t n = 0;

        err = aq_toy_resource_file(&res, recorded[k], &bytes, &n);
        if (err == AQ_OK)
            err = aq_toy_recording_read(&s->recording[k], recorded[k], bytes, n);
        aq_free(bytes);
    }
    aq_toy_resource_close(&res);
    return err;
}

AqErr aq_toy_synth_new(AqToySynth **out, int varied, int with_recordings)
{
    AqToySynth *s = aq_alloc(1, sizeof *s);

    *out = NULL;
    if (!s)
        return AQ_ERR_NOMEM;
    for (int level = 0; level < LAST_LOG_LEVEL; level++)
        (void)fluid_set_log_function(level, no_log, NULL);
    s->settings = new_fluid_settings();
    (void)fluid_settings_setnum(s->settings, "synth.sample-rate", AQ_TOY_RATE);
    (void)fluid_settings_setint(s->settings, "synth.reverb.active", 0);
    (void)fluid_settings_setint(s->settings, "synth.chorus.active", 0);
    (void)fluid_settings_setint(s->settings, "synth.cpu-cores", 1);
    AqErr err = with_recordings ? load_recordings(s) : load_fonts(s, varied);
    if (err != AQ_OK)
        aq_toy_synth_free(&s);
    *out = s;
    return err;
}

void aq_toy_synth_free(AqToySynth **sp)
{
    AqToySynth *s = *sp;

    if (!s)
        return;
    for (int k = 0; k < s->n_fonts; k++)
        delete_fluid_synth(s->synth[k]);
    for (int k = 0; k < AQ_TOY_KINDS; k++)
        aq_toy_recording_clear(&s->recording[k]);
    delete_fluid_settings(s->settings);
    aq_free(s);
    *sp = NULL;
}

static Voice choose_voice(const AqToySynth *s, const AqToyScene *scene,
                          const AqToyPlayer *p, AqRng *r)
{
    const AqToyKind *kind = &aq_toy_kinds[p->kind];
    Voice v = {.program = kind->program, .keys = kind->keys, .hold = 1, .detune = 8192};

    if (scene->world == AQ_TOY_RECORDED)
        v.shift = (int)aq_rng_below(r, 9) - 4;
    if (scene->world != AQ_TOY_VARIED)
        return v;
    v.font = (int)aq_rng_below(r, (unsigned)s->n_fonts);
    if (kind->program >= 0)
        v.program = programs[p->kind][aq_rng_below(r, 4)];
    else
        v.keys = drum_sets[kind->keys[0] == 62][aq_rng_below(r, 4)];
    if (kind->program >= 0) /* high ones tend down, low ones up */
        v.shift = (int)aq_rng_below(r, 23) - (kind->low > 70   ? 18
                                              : kind->low < 48 ? 4
                                                               : 11);
    v.kit = kits[aq_rng_below(r, 4)];
    v.tilt = aq_rng_range(r, -0.8, 0.8);
    v.hold = fmin(1, aq_rng_range(r, 0.4, 1.4));
    v.room = fmax(0, aq_rng_range(r, -0.6, 0.9));
    v.detune += (int)aq_rng_range(r, -2000, 2000);
    return v;
}

static int key_of_note(const Voice *v, const AqToyPlayer *p, const AqToyNote *note)
{
    const AqToyKind *kind = &aq_toy_kinds[p->kind];

    if (kind->program >= 0)
        return note->key + v->shift;
    for (int k = 0; k < 4; k++)
        if (kind->keys[k] == note->key)
            return v->keys[k];
    return note->key;
}

/* The next note-on or note-off at or after sample `at`. */
static void play_notes(fluid_synth_t *synth, const Voice *v, const AqToyPlayer *p,
                       float *out, int n)
{
    const int channel = aq_toy_kinds[p->kind].program < 0 ? 9 : 0;
    int at = 0;

    while (at < n) {
        int next = n;

        for (int k = 0; k < p->n_notes; k++) {
            const int on = (int)(p->note[k].on * AQ_TOY_RATE),
                      off = on + (int)(v->hold * (p->note[k].off - p->note[k].on) *
                                       AQ_TOY_RATE);

            if (off == at)
                (void)fluid_synth_noteoff(synth, channel,
                                          key_of_note(v, p, &p->note[k]));
            if (off > at && off < next)
                next = off;
            if (on > at && on < next)
                next = on;
        }
        for (int k = 0; k < p->n_notes; k++)
            if ((int)(p->note[k].on * AQ_TOY_RATE) == at)
                (void)fluid_synth_noteon(synth, channel, key_of_note(v, p, &p->note[k]),
                                         p->note[k].velocity);
        float *right = out + n; /* second half of the buffer */
        (void)fluid_synth_write_float(synth, next - at, out, at, 1, right, at, 1);
        at = next;
    }
    for (int k = 0; k < n; k++)
        out[k] = 0.5f * (out[k] + out[n + k]);
}

/* A first-order filter that raises or lowers high frequencies. */
static void tilt(float *x, int n, double by)
{
    double last = 0;

    for (int k = 0; by != 0 && k < n; k++) {
        const double now = (double)x[k];

        x[k] = (float)(now - by * last);
        last = by > 0 ? now : (double)x[k];
    }
}

/* 1 inside phrases, a short slope after them, 0 elsewhere. */
static double gate(const AqToyPlayer *p, double t)
{
    double g = 0;

    for (int k = 0; k < p->n_phrases; k++) {
        const double after = t - p->phrase[k][1];

        if (t >= p->phrase[k][0] && after < TAIL)
            g = fmax(g, after <= 0 ? 1 : 1 - after / TAIL);
    }
    return g;
}

static void add_player(const AqToyPlayer *p, const float *one, float *mix, int n)
{
    double power = 0;
    int counted = 0;

    for (int k = 0; k < n; k++)
        if (aq_toy_plays_at(p, (double)k / AQ_TOY_RATE)) {
            power += (double)one[k] * (double)one[k];
            counted++;
        }
    const double rms = counted ? sqrt(power / counted) : 0;
    const double gain = rms > 0 ? LOUDEST_RMS * pow(10, p->level_db / 20) / rms : 0;
    for (int k = 0; k < n; k++)
        mix[k] += (float)(gain * gate(p, (double)k / AQ_TOY_RATE) * (double)one[k]);
}

static void set_up_synth(fluid_synth_t *synth, int font, const Voice *v)
{
    (void)fluid_synth_system_reset(synth);
    (void)fluid_synth_reverb_on(synth, -1, v->room > 0);
    if (v->room > 0) {
        (void)fluid_synth_set_reverb_group_roomsize(synth, -1, v->room);
        (void)fluid_synth_set_reverb_group_damp(synth, -1, 0.3);
        (void)fluid_synth_set_reverb_group_level(synth, -1, v->room);
    }
    if (v->program >= 0)
        (void)fluid_synth_program_select(synth, 0, font, 0, v->program);
    else if (v->kit > 0)
        (void)fluid_synth_program_select(synth, 9, font, 128, v->kit);
    (void)fluid_synth_pitch_bend(synth, v->program >= 0 ? 0 : 9, v->detune);
}

/* Renders one player alone into one[n]; the buffer has room for 2 n. */
static void play(AqToySynth *s, const AqToyScene *scene, const AqToyPlayer *p, AqRng *r,
                 float *one, int n)
{
    const Voice v = choose_voice(s, scene, p, r);

    if (scene->world == AQ_TOY_RECORDED) {
        aq_toy_recording_play(&s->recording[p->kind], p, v.shift, r, one, n);
        return;
    }
    fluid_synth_t *synth = s->synth[v.font];
    set_up_synth(synth, s->font[v.font], &v);
    play_notes(synth, &v, p, one, n);
    tilt(one, n, v.tilt);
}

/* Changes the overall loudness and adds room noise. */
static void vary(const AqToyScene *s, AqRng *r, float *out, int n)
{
    const double gain = pow(10, aq_rng_range(r, -9, 3) / 20),
                 noise = LOUDEST_RMS * pow(10, aq_rng_range(r, -62, -32) / 20),
                 colour = aq_rng_range(r, 0, 0.97);
    double last = 0;

    for (int k = 0; s->world != AQ_TOY_MIDI && k < n; k++) {
        last = colour * last + sqrt(1 - colour * colour) * aq_rng_range(r, -1.7, 1.7);
        out[k] = (float)(gain * ((double)out[k] + noise * last));
    }
}

AqErr aq_toy_render(AqToySynth *synth, const AqToyScene *s, uint64_t seed, float *out)
{
    const int n = (int)(s->seconds * AQ_TOY_RATE);
    AqRng r = aq_toy_rng(seed, s->index, AQ_TOY_STREAM_SOUND);
    float *one = aq_alloc(2 * (size_t)n, sizeof *one);

    if (!one)
        return AQ_ERR_NOMEM;
    memset(out, 0, (size_t)n * sizeof *out);
    for (int k = 0; k < s->n_players; k++) {
        const AqToyPlayer *p = &s->player[k];

        if (p->n_phrases == 0)
            continue;
        play(synth, s, p, &r, one, n);
        add_player(p, one, out, n);
    }
    vary(s, &r, out, n);
    for (int k = 0; k < n; k++) /* soft clipping of loud passages */
        out[k] = (float)tanh((double)out[k]);
    aq_free(one);
    return AQ_OK;
}
