/* SPDX-License-Identifier: MIT */
/*
 * A melody is a walk over the degrees of a scale, with leaps, rests, repeated notes and
 * chords; its speed, touch and loudness are drawn once for a phrase, so that phrases
 * differ more than notes do.
 */
#include "examples/real-model/phrases/score.h"

#include <math.h>
#include <string.h>

enum { DEGREES = 7, SCALES = 7, OCTAVE = 12 };

/* Semitones above the root; shorter scales repeat their root an octave higher. */
static const int scales[SCALES][DEGREES] = {
    {0, 2, 4, 5, 7, 9, 11},  {0, 2, 3, 5, 7, 8, 10},   {0, 2, 3, 5, 7, 8, 11},
    {0, 2, 4, 7, 9, 12, 14}, {0, 3, 5, 7, 10, 12, 15}, {0, 2, 3, 5, 7, 9, 10},
    {0, 2, 5, 7, 9, 12, 14}};

/* How a phrase is played. */
typedef struct Manner {
    const int *scale;
    int root, at; /* MIDI key; degree */
    double step;  /* seconds from note to note */
    double swing; /* of these, how unequal */
    double touch; /* how long a note is held, of `step` */
    double leaps, repeats, rests, chords;
    int loud, accents; /* MIDI velocity, and how much it varies */
} Manner;

static Manner draw_manner(const AqVoiceKind *v, AqRng *r)
{
    const double speed = v->slow * pow(v->fast / v->slow, aq_rng_uniform(r));
    const int range = v->high - v->low;

    return (Manner){
        .scale = scales[aq_rng_below(r, SCALES)],
        .root = v->low + (int)aq_rng_below(r, OCTAVE),
        .at = range > 0 ? (int)aq_rng_below(r, (unsigned)(range * DEGREES / OCTAVE + 1))
                        : 0,
        .step = 1 / speed,
        .swing = aq_rng_uniform(r) < 0.6 ? 0 : aq_rng_range(r, 0, 0.6),
        .touch = aq_rng_range(r, 0.35, 1.15),
        .leaps = aq_rng_range(r, 0.02, 0.4),
        .repeats = aq_rng_uniform(r) < 0.3 ? aq_rng_range(r, 0.3, 0.9) : 0.05,
        .rests = aq_rng_range(r, 0, 0.2),
        .chords = v->chords * aq_rng_range(r, 0, 2),
        .loud = 45 + (int)aq_rng_below(r, 70),
        .accents = 1 + (int)aq_rng_below(r, 25)};
}

static int key_of_degree(const Manner *m, int degree)
{
    return m->root + OCTAVE * (degree / DEGREES) + m->scale[degree % DEGREES];
}

static void add_score_note(AqScore *s, const AqScoreNote *note)
{
    if (s->n < AQ_SCORE_NOTES)
        s->note[s->n++] = *note;
}

static int draw_velocity(const Manner *m, AqRng *r)
{
    const int v =
        m->loud + (int)aq_rng_below(r, (unsigned)(2 * m->accents + 1)) - m->accents;

    return v < 15 ? 15 : v > 127 ? 127 : v;
}

/* To the next degree, back from the ends of the range. */
static void walk_scale(Manner *m, const AqVoiceKind *v, AqRng *r)
{
    const double u = aq_rng_uniform(r);
    int by = (int)aq_rng_below(r, 5) - 2;

    if (u < m->repeats)
        by = 0;
    else if (u > 1 - m->leaps)
        by = (int)aq_rng_below(r, 13) - 6;
    m->at += by;
    while (m->at < 0)
        m->at += 3;
    while (m->at > 0 && key_of_degree(m, m->at) > v->high)
        m->at--;
}

/* One note, or a chord of it: thirds or open strings above, struck one after another.
 */
static void play_degree(AqScore *s, const Manner *m, const AqVoiceKind *v, AqRng *r,
                        double on, double held)
{
    const int is_chord = aq_rng_uniform(r) < m->chords;
    const int n = is_chord ? 2 + (int)aq_rng_below(r, 3) : 1;
    const double strum = is_chord ? aq_rng_range(r, 0, 0.035) : 0,
                 bend =
                     aq_rng_uniform(r) < 0.4 ? aq_rng_range(r, -0.5, 1) * v->bends : 0;

    for (int k = 0; k < n; k++)
        add_score_note(s, &(AqScoreNote){.on = on + k * strum,
                                         .off = on + k * strum + held,
                                         .key = key_of_degree(m, m->at + 2 * k),
                                         .velocity = draw_velocity(m, r),
                                         .bend = bend});
}

/* The beat on the first two, what is between on the others. */
static void play_stroke(AqScore *s, const Manner *m, const AqVoiceKind *v, AqRng *r,
                        double on, int number)
{
    int key = v->keys[aq_rng_below(r, (unsigned)v->n_keys)];

    if (number % 4 == 0)
        key = v->keys[number / 4 % 2];
    add_score_note(
        s, &(AqScoreNote){
               .on = on, .off = on + 0.2, .key = key, .velocity = draw_velocity(m, r)});
    if (aq_rng_uniform(r) < m->chords + 0.15)
        add_score_note(
            s, &(AqScoreNote){.on = on,
                              .off = on + 0.2,
                              .key = v->keys[aq_rng_below(r, (unsigned)v->n_keys)],
                              .velocity = draw_velocity(m, r)});
}

static void draw_span(AqScore *s, double seconds, AqRng *r)
{
    s->from = 0;
    s->to = seconds;
    if (aq_rng_uniform(r) < 0.6)
        return;
    s->from = aq_rng_range(r, 0, 0.6) * seconds;
    s->to = fmin(seconds, s->from + aq_rng_range(r, 0.25, 1) * seconds);
}

/* Strummed chords end behind the note that follows. */
static void sort_score(AqScore *s)
{
    for (int k = 1; k < s->n; k++) {
        const AqScoreNote note = s->note[k];
        int at = k;

        for (; at > 0 && s->note[at - 1].on > note.on; at--)
            s->note[at] = s->note[at - 1];
        s->note[at] = note;
    }
}

static void play_span(AqScore *s, Manner *m, const AqVoiceKind *v, double from,
                      double to, AqRng *r)
{
    int number = 0;

    for (double at = from; at < to; number++) {
        const double step = m->step * (number % 2 ? 1 - m->swing : 1 + m->swing) *
                            (aq_rng_uniform(r) < 0.15 ? 2 : 1);

        if (aq_rng_uniform(r) >= m->rests) {
            if (v->n_keys)
                play_stroke(s, m, v, r, at, number);
            else
                play_degree(s, m, v, r, at, m->touch * step);
        }
        walk_scale(m, v, r);
        at += step * aq_rng_range(r, 0.96, 1.04);
    }
}

void aq_score_make(AqScore *s, const AqVoiceKind *v, double seconds, AqRng *r)
{
    Manner m = draw_manner(v, r);

    memset(s, 0, sizeof *s);
    draw_span(s, seconds, r);
    play_span(s, &m, v, s->from, s->to, r);
    sort_score(s);
}

void aq_score_make_spans(AqScore *s, const AqVoiceKind *v, const double (*span)[2],
                         int n, AqRng *r)
{
    Manner m = draw_manner(v, r);

    memset(s, 0, sizeof *s);
    for (int k = 0; k < n; k++)
        play_span(s, &m, v, span[k][0], span[k][1], r);
    if (n > 0) {
        s->from = span[0][0];
        s->to = span[n - 1][1];
    }
    sort_score(s);
}
