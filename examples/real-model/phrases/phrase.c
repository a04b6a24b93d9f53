/* SPDX-License-Identifier: MIT */
/*
 * What is heard is told by energy: a track is heard in a second where it is at most 20
 * dB below all that sounds, and not heard where it is 40 dB below.
 */
#include "examples/real-model/phrases/phrase.h"

#include "base/alloc.h"
#include "examples/real-model/phrases/room.h"

#include <math.h>
#include <string.h>

enum { TRACKS = 4, KIND_TRACKS = 3 };
#define HEARD_DB   (-20.0)
#define UNHEARD_DB (-40.0)
#define SILENT_RMS 1e-4 /* of a track of rms 1 */

/* One sound of the phrase. */
typedef struct PhraseTrack {
    int column, unsure;              /* as AqVoiceKind's */
    double power[AQ_PHRASE_SECONDS]; /* mean square of each second */
} PhraseTrack;

typedef struct Mixing {
    AqPhrase *to;
    AqPhraseSynth *synth;
    const AqSpeech *speech;
    AqRng *r;
    PhraseTrack track[TRACKS];
    int n;
    float *one;   /* AQ_PHRASE_SAMPLES */
    double noise; /* mean square of it */
} Mixing;

/* Scales m->one to root mean square `rms` where it sounds, and adds it. */
static void add_track(Mixing *m, int column, int unsure, double rms)
{
    PhraseTrack *t = &m->track[m->n++];
    double power = 0;
    int sounding = 0;

    *t = (PhraseTrack){.column = column, .unsure = unsure};
    for (int s = 0; s < AQ_PHRASE_SECONDS; s++) {
        const double one =
            aq_room_rms(m->one + (size_t)s * AQ_PHRASES_RATE, AQ_PHRASES_RATE);

        t->power[s] = one * one;
        if (one > SILENT_RMS) {
            power += one * one;
            sounding++;
        }
    }
    const double gain = sounding ? rms / sqrt(power / sounding) : 0;
    for (int s = 0; s < AQ_PHRASE_SECONDS; s++)
        t->power[s] *= gain * gain;
    for (int k = 0; k < AQ_PHRASE_SAMPLES; k++)
        m->to->sound[k] += (float)(gain * (double)m->one[k]);
}

static AqErr play_voice(Mixing *m, const AqVoiceKind *v, double rms)
{
    const double speed = 0.84 * pow(1.19 / 0.84, aq_rng_uniform(m->r));
    AqScore *score = aq_alloc(1, sizeof *score);

    if (!score)
        return AQ_ERR_NOMEM;
    aq_score_make(score, v, speed * AQ_PHRASE_SECONDS, m->r);
    const AqErr err = aq_phrase_synth_play(m->synth, v, score, speed, m->r, m->one,
                                           AQ_PHRASE_SAMPLES);
    aq_free(score);
    if (err == AQ_OK) {
        aq_room_equalise(m->one, AQ_PHRASE_SAMPLES, m->r);
        add_track(m, v->column, v->unsure, rms);
    }
    return err;
}

/* The first is at level 1, others up to 12 dB below. */
static double draw_track_level(Mixing *m)
{
    return m->n == 0 ? 1 : pow(10, aq_rng_range(m->r, -12, 2) / 20);
}

static AqErr play_kinds(Mixing *m)
{
    const double u = aq_rng_uniform(m->r);
    const int n = u < 0.62 ? 1 : u < 0.9 ? 2 : KIND_TRACKS;
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < n; k++) {
        const int kind = (int)aq_rng_below(m->r, AQ_N_KINDS);

        err = play_voice(m, aq_voice_of_kind(kind, m->r), draw_track_level(m));
    }
    return err;
}

static void speak_piece(Mixing *m)
{
    aq_speech_take(m->speech, m->r, m->one, AQ_PHRASE_SAMPLES);
    aq_room_equalise(m->one, AQ_PHRASE_SAMPLES, m->r);
    add_track(m, AQ_HEARD_SPEECH, -1, draw_track_level(m));
}

/* Instruments in 88 of 100 phrases, now and then with another sound or with speech. */
static AqErr play_all(Mixing *m)
{
    const double u = aq_rng_uniform(m->r);
    AqErr err = AQ_OK;

    if (u < 0.88)
        err = play_kinds(m);
    if (err == AQ_OK && ((u >= 0.88 && u < 0.95) || u < 0.05))
        err = play_voice(m, aq_voice_other(m->r), draw_track_level(m));
    if (err == AQ_OK && m->speech->n > 0 && u >= 0.84 && u < 0.98 &&
        (u < 0.86 || u >= 0.95))
        speak_piece(m);
    return err;
}

static double power_in_decibels(double power, double of)
{
    return 10 * log10((power + 1e-20) / (of + 1e-20));
}

/* One column of second s by its share of what sounds: a louder track decides. */
static void tell_track(Mixing *m, const PhraseTrack *t, int s, double all)
{
    char *heard = m->to->heard[s];
    const double db = power_in_decibels(t->power[s], all);
    const char what = "0?1"[(db > UNHEARD_DB) + (db > HEARD_DB)];

    if (t->column >= 0 && heard[t->column] != '1' && what != '0')
        heard[t->column] = what;
    if (t->unsure >= 0 && heard[t->unsure] == '0' && what != '0')
        heard[t->unsure] = '?';
}

/* None of the kinds: that is known where each of them is. */
static char tell_none(const char *heard)
{
    char none = '1';

    for (int k = 0; k < AQ_N_KINDS; k++)
        if (heard[k] == '1')
            return '0';
        else if (heard[k] == '?')
            none = '?';
    return none;
}

static void tell_second(Mixing *m, int s)
{
    char *heard = m->to->heard[s];
    double tracks = 0;

    memset(heard, '0', AQ_N_HEARD);
    for (int k = 0; k < m->n; k++)
        tracks += m->track[k].power[s];
    for (int k = 0; k < m->n; k++)
        tell_track(m, &m->track[k], s, tracks + m->noise);
    const double db = power_in_decibels(m->noise, tracks);
    if (heard[AQ_HEARD_NOISE] == '0' && db > -15)
        heard[AQ_HEARD_NOISE] = db > 0 ? '1' : '?';
    heard[AQ_HEARD_NONE] = tell_none(heard);
}

AqErr aq_phrase_make(AqPhrase *out, AqPhraseSynth *synth, const AqSpeech *speech,
                     AqRng *r)
{
    Mixing m = {.to = out, .synth = synth, .speech = speech, .r = r};
    AqErr err = AQ_OK;

    m.one = aq_alloc(AQ_PHRASE_SAMPLES, sizeof *m.one);
    if (!m.one)
        return AQ_ERR_NOMEM;
    memset(out->sound, 0, sizeof out->sound);
    err = play_all(&m);
    if (err == AQ_OK) {
        const double noise = aq_room_record(out->sound, AQ_PHRASE_SAMPLES, m.r);

        m.noise = noise * noise;
        for (int s = 0; s < AQ_PHRASE_SECONDS; s++)
            tell_second(&m, s);
    }
    aq_free(m.one);
    return err;
}
