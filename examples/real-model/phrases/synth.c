/* SPDX-License-Identifier: MIT */
/*
 * Sound is made at twice the rate and resampled by a windowed sinc (Smith and Gossett,
 * "A flexible sampling-rate conversion method", 1984), which also changes its speed.
 */
#include "examples/real-model/phrases/synth.h"

#include "base/alloc.h"
#include "examples/real-model/phrases/sampler.h"

#include <fluidsynth.h>
#include <math.h>
#include <string.h>

enum {
    MOST_FONTS = 8,
    MADE_RATE = 2 * AQ_PHRASES_RATE,
    BLOCK = 320, /* samples between changes of pitch */
    SIDE = 24,   /* samples of the sinc at either side */
    PHASES = 256,
    PERCUSSION = 9,
    BEND_NONE = 8192,
    BEND_RANGE = 4 /* semitones at the wheel's end */
};
#define PI        3.14159265358979
#define CUTOFF_HZ 7400.0
#define SLIDE     0.06 /* seconds in which a bend falls to 1/e */

struct AqPhraseSynth {
    fluid_settings_t *settings;
    fluid_synth_t *synth[MOST_FONTS];
    int font[MOST_FONTS], n;
    AqSampler *sampler;
};

static void log_nothing(int level, const char *message, void *data)
{
    (void)level;
    (void)message;
    (void)data;
}

AqErr aq_phrase_synth_new(AqPhraseSynth **out, const char *const *fonts, int n,
                          const char *samples)
{
    AqPhraseSynth *s = *out = aq_alloc(1, sizeof *s);
    AqErr err = AQ_OK;

    if (!s)
        return AQ_ERR_NOMEM;
    for (int level = 0; level < LAST_LOG_LEVEL; level++)
        (void)fluid_set_log_function(level, log_nothing, NULL);
    s->settings = new_fluid_settings();
    (void)fluid_settings_setnum(s->settings, "synth.sample-rate", MADE_RATE);
    (void)fluid_settings_setint(s->settings, "synth.reverb.active", 0);
    (void)fluid_settings_setint(s->settings, "synth.chorus.active", 0);
    (void)fluid_settings_setint(s->settings, "synth.cpu-cores", 1);
    for (int k = 0; err == AQ_OK && k < n && k < MOST_FONTS; k++) {
        s->synth[k] = new_fluid_synth(s->settings);
        s->n += s->synth[k] != NULL;
        s->font[k] =
            s->synth[k] ? fluid_synth_sfload(s->synth[k], fonts[k], 1) : FLUID_FAILED;
        if (s->font[k] == FLUID_FAILED)
            err = aq_fail(AQ_ERR_FORMAT, "%s: FluidSynth cannot load this soundfont",
                          fonts[k]);
    }
    if (err == AQ_OK && samples)
        err = aq_sampler_new(&s->sampler, samples, MADE_RATE);
    if (err != AQ_OK)
        aq_phrase_synth_free(out);
    return err;
}

void aq_phrase_synth_free(AqPhraseSynth **sp)
{
    AqPhraseSynth *s = *sp;

    if (!s)
        return;
    for (int k = 0; k < s->n; k++)
        delete_fluid_synth(s->synth[k]);
    if (s->settings)
        delete_fluid_settings(s->settings);
    aq_sampler_free(&s->sampler);
    aq_free(s);
    *sp = NULL;
}

/* ---- playing ---- */

typedef struct Playing {
    fluid_synth_t *synth;
    int channel;
    const AqScore *score;
    int next; /* note that is not struck yet */
    double off[AQ_SCORE_NOTES];
    double bend; /* semitones that the pitch is away now */
} Playing;

/* Sets channel, program, pitch and vibrato. */
static void prepare_channel(Playing *p, int font, const AqVoiceKind *v, AqRng *r)
{
    const AqProgramChoice *choice =
        &v->program[aq_rng_below(r, (unsigned)v->n_programs)];
    const double tune = aq_rng_range(r, -40, 40); /* cents */

    p->channel = v->n_keys ? PERCUSSION : 0;
    (void)fluid_synth_system_reset(p->synth);
    if (fluid_synth_program_select(p->synth, p->channel, font, choice->bank,
                                   choice->program) == FLUID_FAILED)
        (void)fluid_synth_program_select(p->synth, p->channel, font,
                                         v->n_keys ? 128 : 0,
                                         v->n_keys ? 0 : choice->program);
    (void)fluid_synth_pitch_wheel_sens(p->synth, p->channel, BEND_RANGE);
    (void)fluid_synth_set_gen(p->synth, p->channel, GEN_FINETUNE, (float)tune);
    (void)fluid_synth_cc(p->synth, p->channel, 1, /* modulation: vibrato */
                         aq_rng_uniform(r) < 0.5 ? 0 : (int)aq_rng_below(r, 90));
    p->bend = 0;
    p->next = 0;
}

static void set_bend(Playing *p, double semitones)
{
    const int wheel = BEND_NONE - (int)lround(semitones / BEND_RANGE * BEND_NONE);

    p->bend = semitones;
    (void)fluid_synth_pitch_bend(p->synth, p->channel,
                                 wheel < 0       ? 0
                                 : wheel > 16383 ? 16383
                                                 : wheel);
}

/* Strikes and releases what is due before `to` seconds. */
static void change_notes(Playing *p, double to)
{
    const AqScore *s = p->score;

    for (int k = 0; k < p->next; k++)
        if (p->off[k] >= 0 && p->off[k] < to) {
            (void)fluid_synth_noteoff(p->synth, p->channel, s->note[k].key);
            p->off[k] = -1;
        }
    for (; p->next < s->n && s->note[p->next].on < to; p->next++) {
        const AqScoreNote *note = &s->note[p->next];

        set_bend(p, note->bend);
        (void)fluid_synth_noteon(p->synth, p->channel, note->key, note->velocity);
        p->off[p->next] = note->off;
    }
}

/* made[2 n]: the first n are the sound, the others its right channel. */
static void play_score(Playing *p, float *made, int n)
{
    for (int at = 0; at < n; at += BLOCK) {
        const int some = n - at < BLOCK ? n - at : BLOCK;

        change_notes(p, (double)(at + some) / MADE_RATE);
        (void)fluid_synth_write_float(p->synth, some, made, at, 1, made + n, at, 1);
        if (fabs(p->bend) > 0.01)
            set_bend(p, p->bend * exp(-(double)BLOCK / MADE_RATE / SLIDE));
    }
    for (int k = 0; k < n; k++)
        made[k] = 0.5f * (made[k] + made[n + k]);
}

/* ---- to the rate of the result ---- */

static void fill_sinc(float table[PHASES][2 * SIDE], double cutoff)
{
    for (int ph = 0; ph < PHASES; ph++)
        for (int k = 0; k < 2 * SIDE; k++) {
            const double x = k - SIDE + 1 - (double)ph / PHASES,
                         window = 0.5 + 0.5 * cos(PI * x / (SIDE + 1)),
                         a = PI * cutoff * x;

            table[ph][k] = (float)(cutoff * window * (fabs(a) < 1e-9 ? 1 : sin(a) / a));
        }
}

/* Every `step` samples of in[n_in]. */
static void resample_sound(const float *in, int n_in, double step, float *out, int n)
{
    static float table[PHASES][2 * SIDE]; /* one thread */

    fill_sinc(table, 2 * CUTOFF_HZ / MADE_RATE / (step / 2));
    for (int t = 0; t < n; t++) {
        const double at = t * step;
        const int from = (int)at - SIDE + 1;
        const float *w = table[(int)((at - floor(at)) * PHASES)];
        float sum = 0;

        for (int k = 0; k < 2 * SIDE; k++)
            if (from + k >= 0 && from + k < n_in)
                sum += w[k] * in[from + k];
        out[t] = sum;
    }
}

AqErr aq_phrase_synth_play(AqPhraseSynth *s, const AqVoiceKind *v, const AqScore *score,
                           double speed, AqRng *r, float *out, int n)
{
    const int made = (int)(2 * speed * n) + 2 * SIDE;
    const unsigned font = aq_rng_below(r, (unsigned)s->n);
    Playing p = {.synth = s->synth[font], .score = score};
    float *sound = aq_alloc(2 * (size_t)made, sizeof *sound);

    if (!sound)
        return AQ_ERR_NOMEM;
    if (aq_sampler_has(s->sampler, v) && aq_rng_uniform(r) < 0.5) {
        aq_sampler_play(s->sampler, v, score, r, sound, made);
    } else {
        prepare_channel(&p, s->font[font], v, r);
        play_score(&p, sound, made);
    }
    resample_sound(sound, made, 2 * speed, out, n);
    aq_free(sound);
    return AQ_OK;
}
