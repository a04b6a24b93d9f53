/* SPDX-License-Identifier: MIT */
/*
 * Who plays when in a scene of many events: players enter one after the other, play
 * many short phrases alone or two together, and at the end once more in the order in
 * which they entered, so that who is last to enter is last to be heard too. Only one
 * pair ever plays together (besides one that plays all the time), so that what sounds
 * at the same time as another is clear.
 */
#include "examples/toyband/scene/band.h"

#include <math.h>

#define SHORT 1.6 /* of a phrase, in seconds */
#define LONG  3.0
#define REST  1.5 /* least between two phrases of a player */

typedef struct Timeline {
    AqToyPlayer *who[3]; /* in order of entry */
    int n, entered;
    int with_next[3]; /* enters together with the next one */
    int pair[2];      /* may play together; -1: none */
    double entry[3];  /* not before */
    double now;
    AqRng *r;
} Timeline;

static double draw_tenths(AqRng *r, double from, double to)
{
    return round(aq_rng_range(r, from, to) * 10.0) / 10.0;
}

static void add_phrase(AqToyPlayer *p, double from, double to)
{
    p->phrase[p->n_phrases][0] = round(from * 10.0) / 10.0;
    p->phrase[p->n_phrases++][1] = round(to * 10.0) / 10.0;
}

/* When the player has rested; the beginning if it has not played yet. */
static double rested_at(const AqToyPlayer *p)
{
    return p->n_phrases ? p->phrase[p->n_phrases - 1][1] + REST : 0.0;
}

/* Player k plays, and `other` too if it is not -1: from the same moment to the same if
 * `exactly`. */
static void play_event(Timeline *t, int k, int other, double longest, int exactly)
{
    const double from = t->now, to = from + draw_tenths(t->r, SHORT, longest);
    double end = to;

    add_phrase(t->who[k], from, to);
    if (other >= 0) {
        const double later = exactly ? 0.0 : draw_tenths(t->r, 0.0, 0.5);

        end = exactly ? to : fmax(to, from + later + SHORT);
        add_phrase(t->who[other], from + later, end);
    }
    t->now = end + draw_tenths(t->r, 0.3, 0.8);
}

static void enter_next(Timeline *t)
{
    const int k = t->entered, both = t->with_next[k];

    play_event(t, k, both ? k + 1 : -1, LONG, both);
    t->entered += 1 + both;
}

/* May player k play again before the end, where all play once more? */
static int may_play(const Timeline *t, int k)
{
    return k >= 0 && k < t->entered && t->who[k]->n_phrases < AQ_TOY_PHRASES - 1;
}

/* A random player plays as soon as it has rested, alone or with the other of its pair.
 */
static void play_any(Timeline *t)
{
    const int k = (int)aq_rng_below(t->r, (unsigned)t->n);
    const int mate = k == t->pair[0] ? t->pair[1] : k == t->pair[1] ? t->pair[0] : -1;
    const int both = may_play(t, mate) && aq_rng_uniform(t->r) < 0.5;

    if (!may_play(t, k) || (!both && rested_at(t->who[k]) > t->now)) {
        t->now += 0.1;
        return;
    }
    t->now = fmax(t->now, rested_at(t->who[k]));
    if (both)
        t->now = fmax(t->now, rested_at(t->who[mate]));
    play_event(t, k, both ? mate : -1, LONG, 0);
}

static void play_once_more(Timeline *t)
{
    for (int k = 0; k < t->n; k++) {
        const int both = t->with_next[k];

        t->now = fmax(t->now, rested_at(t->who[k]));
        if (both)
            t->now = fmax(t->now, rested_at(t->who[k + 1]));
        play_event(t, k, both ? k + 1 : -1, 2.2, both);
        k += both;
    }
}

/* Which two may play together: those that enter together, else two at random. */
static void choose_pair(Timeline *t)
{
    t->pair[0] = t->pair[1] = -1;
    for (int k = 0; k + 1 < t->n; k++) {
        t->with_next[k] = t->who[k]->kind == t->who[k + 1]->kind && t->pair[0] < 0 &&
                          aq_rng_uniform(t->r) < 0.3;
        if (t->with_next[k]) {
            t->pair[0] = k;
            t->pair[1] = k + 1;
        }
    }
    if (t->n >= 2 && t->pair[0] < 0 && aq_rng_uniform(t->r) < 0.6) {
        t->pair[0] = (int)aq_rng_below(t->r, (unsigned)t->n);
        t->pair[1] =
            (t->pair[0] + 1 + (int)aq_rng_below(t->r, (unsigned)t->n - 1)) % t->n;
    }
}

void aq_toy_many_events(AqToyScene *s, AqRng *r, const size_t *who, int n)
{
    const int always = aq_rng_uniform(r) < 0.33;
    Timeline t = {.n = n - always, .r = r, .now = always ? 1.2 : 0.3};

    if (always)
        add_phrase(&s->player[who[0]], 0.0, s->seconds);
    for (int k = 0; k < t.n; k++)
        t.who[k] = &s->player[who[k + always]];
    choose_pair(&t);
    for (int k = 0; k < t.n; k++)
        t.entry[k] = k == 0 ? draw_tenths(r, 0.0, 0.05 * s->seconds)
                            : t.entry[k - 1] + draw_tenths(r, 0.0, 0.15 * s->seconds);
    /* what is left for everyone to play once more: at most 3 s each, and a rest */
    const double last = s->seconds - 3.0 * t.n - 2.3;

    while (t.entered < t.n || (t.n > 0 && t.now + LONG + 1.3 < last)) {
        if (t.entered < t.n && t.now >= t.entry[t.entered])
            enter_next(&t);
        else if (t.entered > 0)
            play_any(&t);
        else
            t.now = t.entry[0];
    }
    play_once_more(&t);
}
