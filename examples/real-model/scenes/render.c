/* SPDX-License-Identifier: MIT */
#include "examples/real-model/scenes/render.h"

#include "base/alloc.h"
#include "examples/real-model/phrases/room.h"

#include <math.h>
#include <string.h>

#define SILENT_RMS 1e-4

typedef struct SceneMixing {
    AqPhraseSynth *synth;
    AqRng *r;
    float *out, *one;
    AqScore *score;
} SceneMixing;

/* The root mean square over the seconds that sound; 0: none does. */
static double measure_sounding(const float *x)
{
    double power = 0;
    int n = 0;

    for (int s = 0; s < AQ_SCENE_SECONDS; s++) {
        const double one =
            aq_room_rms(x + (size_t)s * AQ_PHRASES_RATE, AQ_PHRASES_RATE);

        if (one > SILENT_RMS) {
            power += one * one;
            n++;
        }
    }
    return n ? sqrt(power / n) : 0;
}

/* Adds m->one, equalised, where it sounds at that level below 1. */
static void add_to_mix(SceneMixing *m, double db)
{
    aq_room_equalise(m->one, AQ_SCENE_SAMPLES, m->r);
    const double rms = measure_sounding(m->one),
                 gain = rms > 0 ? pow(10, db / 20) / rms : 0;

    for (int k = 0; k < AQ_SCENE_SAMPLES; k++)
        m->out[k] += (float)(gain * (double)m->one[k]);
}

/* A voice in these spans of seconds; note_seconds 0: as fast as it likes. */
static AqErr play_spans(SceneMixing *m, const AqVoiceKind *kind,
                        const double (*span)[2], int n, double note_seconds, double db)
{
    const double speed = 0.84 * pow(1.19 / 0.84, aq_rng_uniform(m->r));
    double faster[AQ_TOY_PHRASES][2];
    AqVoiceKind v = *kind;

    for (int k = 0; k < n; k++)
        for (int end = 0; end < 2; end++)
            faster[k][end] = speed * span[k][end];
    if (note_seconds > 0)
        v.slow = v.fast = 1 / (speed * note_seconds);
    aq_score_make_spans(m->score, &v, (const double(*)[2])faster, n, m->r);
    const AqErr err = aq_phrase_synth_play(m->synth, &v, m->score, speed, m->r, m->one,
                                           AQ_SCENE_SAMPLES);
    if (err == AQ_OK)
        add_to_mix(m, db);
    return err;
}

/* Who plays alone is compared with nobody. */
static AqErr play_player(SceneMixing *m, const AqToyPlayer *p, int alone)
{
    return play_spans(m, aq_voice_of_kind(p->kind, m->r), (const double(*)[2])p->phrase,
                      p->n_phrases, alone ? 0 : p->note_seconds,
                      alone ? 0 : p->level_db);
}

/* What is none of the kinds, softer where there are others. */
static AqErr play_other(SceneMixing *m, int alone)
{
    const double all[1][2] = {{0, AQ_SCENE_SECONDS}};

    return play_spans(m, aq_voice_other(m->r), all, 1, 0,
                      alone ? 0 : aq_rng_range(m->r, -22, -8));
}

static AqErr mix_scene(SceneMixing *m, const AqSpeech *speech, const AqRealScene *s)
{
    int n = 0;
    AqErr err = AQ_OK;

    for (int k = 0; k < s->toy.n_players; k++)
        n += s->toy.player[k].n_phrases > 0;
    for (int k = 0; err == AQ_OK && k < s->toy.n_players; k++)
        if (s->toy.player[k].n_phrases > 0)
            err = play_player(m, &s->toy.player[k], n == 1);
    if (err == AQ_OK && s->other)
        err = play_other(m, n == 0);
    if (err == AQ_OK && s->speech && speech->n > 0) {
        aq_speech_take(speech, m->r, m->one, AQ_SCENE_SAMPLES);
        add_to_mix(m, n == 0 ? 0 : aq_rng_range(m->r, -18, 0));
    }
    return err;
}

AqErr aq_scene_render(AqPhraseSynth *synth, const AqSpeech *speech,
                      const AqRealScene *s, AqRng *r, float *out)
{
    SceneMixing m = {.synth = synth, .r = r, .out = out};
    AqErr err = AQ_ERR_NOMEM;

    memset(out, 0, AQ_SCENE_SAMPLES * sizeof *out);
    m.one = aq_alloc(AQ_SCENE_SAMPLES, sizeof *m.one);
    m.score = aq_alloc(1, sizeof *m.score);
    if (m.one && m.score)
        err = mix_scene(&m, speech, s);
    if (err == AQ_OK)
        (void)aq_room_record(out, AQ_SCENE_SAMPLES, r);
    aq_free(m.one);
    aq_free(m.score);
    return err;
}
