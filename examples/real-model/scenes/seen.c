/* SPDX-License-Identifier: MIT */
/*
 * Where the numbers come from. Of eleven real clips with an instrument that sight has a
 * class for, it was right in seven (violin .97, cello .99, drum 1.00, xylophone 1.00),
 * had another of the family in two, and none in two. In four clips of which every
 * second was looked at:
 * - The right column's log-odds in the best cell had means of 5 to 8 and deviations of
 *   .5 to 1 from second to second. In the other cells they were 0 to 7 lower: a large
 *   instrument fills more than a third of the picture.
 * - Columns of what is not there had log-odds of -4.7 on average and 1.3 as deviation
 *   from clip to clip, .6 from cell to cell, .6 from second to second; one of 52 was
 *   over .3 for a second or two (a flute of .90 beside a cello), and
 *   "other_instrument", a sum of twelve classes, was higher by 1.5.
 * - Indoors "indoor" was .03 to .13, "outdoor" .003 to .03, "people" .01 to .2.
 * Where nothing of real pictures was measured there are guesses: weak instruments, the
 * shares of families, and "outdoor" and "indoor" outdoors.
 */
#include "examples/real-model/scenes/seen.h"

#include "base/concepts/columns.h"
#include "base/concepts/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEFT, MIDDLE, RIGHT, BEST };

enum {
    ACCORDION,
    ACOUSTIC_GUITAR,
    BANJO,
    BASSOON,
    CELLO,
    DRUM,
    ELECTRIC_GUITAR,
    FLUTE,
    PIANO,
    SAXOPHONE,
    TRUMPET,
    VIOLIN,
    XYLOPHONE,
    OTHER_INSTRUMENT,
    PEOPLE,
    STAGE,
    INDOOR,
    OUTDOOR,
    NO_COLUMN = -1
};

static const char *const column_names[AQ_SEEN_COLUMNS] = {
    [ACCORDION] = "accordion",
    [ACOUSTIC_GUITAR] = "acoustic_guitar",
    [BANJO] = "banjo",
    [BASSOON] = "bassoon",
    [CELLO] = "cello",
    [DRUM] = "drum",
    [ELECTRIC_GUITAR] = "electric_guitar",
    [FLUTE] = "flute",
    [PIANO] = "piano",
    [SAXOPHONE] = "saxophone",
    [TRUMPET] = "trumpet",
    [VIOLIN] = "violin",
    [XYLOPHONE] = "xylophone",
    [OTHER_INSTRUMENT] = "other_instrument",
    [PEOPLE] = "people",
    [STAGE] = "stage",
    [INDOOR] = "indoor",
    [OUTDOOR] = "outdoor"};

static const char *const cell_names[AQ_SEEN_CELLS] = {
    [LEFT] = "left", [MIDDLE] = "middle", [RIGHT] = "right", [BEST] = "best"};

static int names_are(const char *description, const char *mark,
                     const char *const *names, int n)
{
    char name[32];
    int same = aq_columns_count(description, mark) == n;

    for (int k = 0; same && k < n; k++)
        same = strcmp(aq_columns_at(description, mark, k, name, sizeof name),
                      names[k]) == 0;
    return same;
}

int aq_scene_seen_as(const char *description)
{
    return names_are(description, AQ_COLUMNS_MARK, column_names, AQ_SEEN_COLUMNS) &&
           names_are(description, AQ_CELLS_MARK, cell_names, AQ_SEEN_CELLS);
}

enum { MOST_ALIKE = 4 };

/* What a kind is seen as, and what else it may be taken for. Kinds without a class are
 * taken for what resembles them; often enough for nothing. */
typedef struct SeenKind {
    int own, alike[MOST_ALIKE];
} SeenKind;

#define AS(...)                                                                        \
    {                                                                                  \
        __VA_ARGS__                                                                    \
    }

static const SeenKind seen_kinds[AQ_N_KINDS] = {
    [AQ_KIND_ACCORDION] = {ACCORDION,
                           AS(OTHER_INSTRUMENT, PIANO, ACCORDION, ACCORDION)},
    [AQ_KIND_ACOUSTIC_GUITAR] = {ACOUSTIC_GUITAR,
                                 AS(ELECTRIC_GUITAR, BANJO, ELECTRIC_GUITAR, VIOLIN)},
    [AQ_KIND_BAGPIPE] = {NO_COLUMN, AS(OTHER_INSTRUMENT, BASSOON, ACCORDION, FLUTE)},
    [AQ_KIND_BANJO] = {BANJO,
                       AS(ACOUSTIC_GUITAR, ELECTRIC_GUITAR, ACOUSTIC_GUITAR, DRUM)},
    [AQ_KIND_BASSOON] = {BASSOON, AS(OTHER_INSTRUMENT, SAXOPHONE, FLUTE, BASSOON)},
    [AQ_KIND_CELLO] = {CELLO, AS(VIOLIN, VIOLIN, ACOUSTIC_GUITAR, CELLO)},
    [AQ_KIND_CLARINET] = {NO_COLUMN, AS(OTHER_INSTRUMENT, FLUTE, BASSOON, FLUTE)},
    [AQ_KIND_CONGAS] = {DRUM, AS(DRUM, OTHER_INSTRUMENT, DRUM, XYLOPHONE)},
    [AQ_KIND_DRUM] = {DRUM, AS(DRUM, OTHER_INSTRUMENT, DRUM, DRUM)},
    [AQ_KIND_ELECTRIC_BASS] = {NO_COLUMN, AS(ELECTRIC_GUITAR, ELECTRIC_GUITAR,
                                             ELECTRIC_GUITAR, ACOUSTIC_GUITAR)},
    [AQ_KIND_ERHU] = {NO_COLUMN, AS(VIOLIN, CELLO, OTHER_INSTRUMENT, BANJO)},
    [AQ_KIND_FLUTE] = {FLUTE, AS(OTHER_INSTRUMENT, BASSOON, FLUTE, FLUTE)},
    [AQ_KIND_GUZHENG] = {NO_COLUMN, AS(XYLOPHONE, OTHER_INSTRUMENT, PIANO, XYLOPHONE)},
    [AQ_KIND_PIANO] = {PIANO, AS(OTHER_INSTRUMENT, PIANO, ACCORDION, PIANO)},
    [AQ_KIND_PIPA] = {NO_COLUMN,
                      AS(BANJO, ACOUSTIC_GUITAR, OTHER_INSTRUMENT, ACOUSTIC_GUITAR)},
    [AQ_KIND_SAXOPHONE] = {SAXOPHONE, AS(TRUMPET, OTHER_INSTRUMENT, BASSOON, TRUMPET)},
    [AQ_KIND_SUONA] = {NO_COLUMN, AS(TRUMPET, FLUTE, OTHER_INSTRUMENT, BASSOON)},
    [AQ_KIND_TRUMPET] = {TRUMPET,
                         AS(OTHER_INSTRUMENT, SAXOPHONE, OTHER_INSTRUMENT, TRUMPET)},
    [AQ_KIND_TUBA] = {NO_COLUMN,
                      AS(OTHER_INSTRUMENT, TRUMPET, OTHER_INSTRUMENT, SAXOPHONE)},
    [AQ_KIND_UKULELE] = {ACOUSTIC_GUITAR, AS(BANJO, ELECTRIC_GUITAR, BANJO, VIOLIN)},
    [AQ_KIND_VIOLIN] = {VIOLIN, AS(CELLO, CELLO, ACOUSTIC_GUITAR, VIOLIN)},
    [AQ_KIND_XYLOPHONE] = {XYLOPHONE,
                           AS(OTHER_INSTRUMENT, XYLOPHONE, PIANO, XYLOPHONE)}};

/* Shares of instruments that are seen as themselves, as one of their family; the others
 * are as good as not there. Of kinds without a class the first share is nought. */
#define AS_ITSELF    0.68
#define AS_ALIKE     0.17
#define ALIKE_ALONE  0.4   /* of those without a class */
#define FALSE_SIGHTS 0.015 /* of columns of what is not there */

/* Log-odds of all columns, by cells and seconds. */
typedef struct SeenMap {
    double x[AQ_SCENE_SECONDS][AQ_SEEN_CELLS][AQ_SEEN_COLUMNS];
    AqRng *r;
} SeenMap;

static void raise_odds(double *x, double to)
{
    *x = *x > to ? *x : to;
}

/* What each column has where there is nothing. */
static void draw_nothing(SeenMap *m)
{
    for (int c = 0; c <= OTHER_INSTRUMENT; c++) {
        const double clip =
            (c == OTHER_INSTRUMENT ? -3.2 : -4.9) + 1.3 * aq_rng_normal(m->r);

        for (int cell = 0; cell < BEST; cell++) {
            const double there = clip + 0.6 * aq_rng_normal(m->r);

            for (int t = 0; t < AQ_SCENE_SECONDS; t++)
                m->x[t][cell][c] = there + 0.6 * aq_rng_normal(m->r);
        }
    }
}

/* A column is seen at the place with log-odds of `odds`, and beside it less. */
static void draw_sight(SeenMap *m, int column, AqToyPlace place, double odds,
                       double unsteady)
{
    const double spread = aq_rng_range(m->r, 0.3, 7);

    for (int cell = 0; cell < BEST; cell++) {
        const int away = abs(cell - (int)place);
        const double there = odds - away * spread * aq_rng_range(m->r, 0.6, 1.2);

        for (int t = 0; t < AQ_SCENE_SECONDS; t++)
            raise_odds(&m->x[t][cell][column], there + unsteady * aq_rng_normal(m->r));
    }
}

/* Strong ones are sure; weak ones flicker. */
static void see_as(SeenMap *m, int column, AqToyPlace place)
{
    const double odds = 5 + 2.2 * aq_rng_normal(m->r);

    draw_sight(m, column, place, odds, odds > 3 ? 0.8 : 1.6);
}

static void see_player(SeenMap *m, const AqToyPlayer *p)
{
    const SeenKind *k = &seen_kinds[p->kind];
    const int alike = k->alike[aq_rng_below(m->r, MOST_ALIKE)];
    const double u = aq_rng_uniform(m->r);

    if (k->own != NO_COLUMN && u < AS_ITSELF)
        see_as(m, k->own, p->place);
    else if (k->own != NO_COLUMN && u < AS_ITSELF + AS_ALIKE)
        see_as(m, alike, p->place);
    else if (k->own == NO_COLUMN && u < ALIKE_ALONE)
        draw_sight(m, alike, p->place, -1 + 2 * aq_rng_normal(m->r), 1.2);
    if (k->own != NO_COLUMN && aq_rng_uniform(m->r) < 0.35)
        draw_sight(m, alike, p->place, -3 + 1.5 * aq_rng_normal(m->r), 1);
}

/* For a second or more, somewhere. */
static void draw_false_sights(SeenMap *m)
{
    for (int c = 0; c <= OTHER_INSTRUMENT; c++) {
        if (aq_rng_uniform(m->r) >= FALSE_SIGHTS)
            continue;
        const unsigned cell = aq_rng_below(m->r, BEST),
                       from = aq_rng_below(m->r, AQ_SCENE_SECONDS),
                       n = aq_rng_uniform(m->r) < 0.3 ? AQ_SCENE_SECONDS
                                                      : 1 + aq_rng_below(m->r, 3);

        for (unsigned t = from; t < from + n && t < AQ_SCENE_SECONDS; t++)
            raise_odds(&m->x[t][cell][c], 0.7 + 1.5 * aq_rng_normal(m->r));
    }
}

/* Hints of the place, one strength a clip; the best cell's is the mean of the others.
 */
static void draw_surroundings(SeenMap *m, const AqRealScene *s)
{
    const int out = s->toy.outdoor, many = s->toy.n_seen > 0;
    const double middle[] = {[PEOPLE - PEOPLE] = many ? -3.6 : -4.2,
                             [STAGE - PEOPLE] =
                                 !out && aq_rng_uniform(m->r) < 0.2 ? -1.5 : -5.5,
                             [INDOOR - PEOPLE] = out ? -4.6 : -3.0,
                             [OUTDOOR - PEOPLE] = out ? -2.2 : -5.2};

    for (int c = PEOPLE; c < AQ_SEEN_COLUMNS; c++) {
        const double clip = middle[c - PEOPLE] + 1.2 * aq_rng_normal(m->r);

        for (int cell = 0; cell < BEST; cell++) {
            const double there = clip + 0.9 * aq_rng_normal(m->r);

            for (int t = 0; t < AQ_SCENE_SECONDS; t++)
                m->x[t][cell][c] = there + 0.4 * aq_rng_normal(m->r);
        }
    }
}

/* Probabilities of a cell's columns, which are together at most 1. */
static void settle_cell(const double *x, float *to)
{
    double sum = 0;

    for (int c = 0; c < AQ_SEEN_COLUMNS; c++) {
        to[c] = (float)(1 / (1 + exp(-x[c])));
        sum += (double)to[c];
    }
    for (int c = 0; sum > 1 && c < AQ_SEEN_COLUMNS; c++)
        to[c] = (float)((double)to[c] / sum);
}

/* Of instruments the best of the cells, of the surroundings their mean. */
static void settle_best(float (*cell)[AQ_SEEN_COLUMNS])
{
    for (int c = 0; c < AQ_SEEN_COLUMNS; c++) {
        const float *l = &cell[LEFT][c], *m = &cell[MIDDLE][c], *r = &cell[RIGHT][c];

        cell[BEST][c] = c < PEOPLE ? fmaxf(*l, fmaxf(*m, *r)) : (*l + *m + *r) / 3;
    }
}

void aq_scene_see(AqSeen out, const AqRealScene *s, AqRng *r)
{
    SeenMap m = {.r = r};

    draw_nothing(&m);
    draw_false_sights(&m);
    for (int k = 0; k < s->toy.n_seen; k++)
        see_player(&m, &s->toy.player[k]);
    draw_surroundings(&m, s);
    for (int t = 0; t < AQ_SCENE_SECONDS; t++) {
        for (int cell = 0; cell < BEST; cell++)
            settle_cell(m.x[t][cell], out[t][cell]);
        settle_best(out[t]);
    }
}
