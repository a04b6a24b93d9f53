/* SPDX-License-Identifier: MIT */
/*
 * Composes the notes of phrases: a random walk over a pentatonic scale in the
 * instrument's register (or over its drums), with slightly uneven attacks at a steady
 * rate; every note ends inside its phrase, so that rests are silent.
 */
#include "examples/toyband/scene/band.h"

#include <math.h>

static int pick_key(const AqToyKind *k, int *step, AqRng *r)
{
    static const int scale[5] = {0, 2, 4, 7, 9};
    const int n_steps = (k->high - k->low) / 12 * 5 + 1;

    if (k->program < 0)
        return k->keys[aq_rng_below(r, 4)];
    *step += (int)aq_rng_below(r, 5) - 2;
    *step = *step < 0 ? -*step : *step >= n_steps ? 2 * n_steps - 2 - *step : *step;
    return k->low + *step / 5 * 12 + scale[*step % 5];
}

static void add_note(AqToyPlayer *p, double on, double off, int key, int velocity)
{
    if (p->n_notes < AQ_TOY_NOTES)
        p->note[p->n_notes++] = (AqToyNote){on, off, key, velocity};
}

static void score_phrase(AqToyPlayer *p, AqRng *r, double start, double end)
{
    static const int chord[3] = {0, 7, 12};
    const AqToyKind *k = &aq_toy_kinds[p->kind];
    int step = (int)aq_rng_below(r, 5);

    for (double t = start; t < end - 0.08;) {
        double gap = p->note_seconds * aq_rng_range(r, 0.9, 1.1);
        if (end - (t + gap) < 0.5 * p->note_seconds)
            gap = end - t;
        const int key = pick_key(k, &step, r), velocity = 90 + (int)aq_rng_below(r, 20);
        for (int c = 0; c < k->chord && c < 3; c++)
            add_note(p, t, t + gap * 0.95, key + chord[c], velocity);
        t += gap;
    }
}

void aq_toy_score_make(AqToyPlayer *p, AqRng *r)
{
    p->n_notes = 0;
    for (int k = 0; k < p->n_phrases; k++)
        score_phrase(p, r, p->phrase[k][0], p->phrase[k][1]);
}
