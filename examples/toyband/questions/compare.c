/* SPDX-License-Identifier: MIT */
/* Forms that compare players by a measure, and which is the most of all. */
#include "examples/toyband/questions/forms.h"

#include "examples/toyband/questions/look.h"

#include <math.h>

typedef enum Measure { LOUDER, RHYTHMIC, LONGER } Measure;

/* Two different items of a list, in random order. */
static int two_of(const AqToyPlayer *const list[], int n, AqRng *r,
                  const AqToyPlayer *out[2])
{
    if (n < 2)
        return 0;
    const int a = (int)aq_rng_below(r, (unsigned)n),
              b = (a + 1 + (int)aq_rng_below(r, (unsigned)n - 1)) % n;
    out[0] = list[a];
    out[1] = list[b];
    return 1;
}

/* 1: a is more, 0: b is more, -1: too close to tell. */
static int compare(const AqToyPlayer *a, const AqToyPlayer *b, Measure m)
{
    double d = 0;

    if (m == LOUDER)
        d = (a->level_db - b->level_db) / 8;
    else if (m == RHYTHMIC)
        d = log(b->note_seconds / a->note_seconds) / log(1.9);
    else
        d = (aq_toy_playing_seconds(a) - aq_toy_playing_seconds(b)) / 1.5;
    return fabs(d) < 1 ? -1 : d > 0;
}

static int compare_heard(AqToyQuestion *q, const AqToyScene *s, AqRng *r, Measure m)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS], *two[2];

    if (!two_of(list, aq_toy_list_sounding(s, list, 0), r, two) ||
        !aq_toy_is_alone(s, two[0]) || !aq_toy_is_alone(s, two[1]))
        return 0;
    const int more = compare(two[0], two[1], m);
    if (more < 0)
        return 0;
    aq_toy_fill(q, aq_toy_name(two[0]));
    aq_toy_fill(q, aq_toy_name(two[1]));
    q->answer = aq_toy_yes_no[more];
    return 1;
}

int aq_toy_heard_louder(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    return compare_heard(q, s, r, LOUDER);
}

int aq_toy_heard_rhythmic(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    return compare_heard(q, s, r, RHYTHMIC);
}

int aq_toy_heard_longer(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    return compare_heard(q, s, r, LONGER);
}

static int compare_seen(AqToyQuestion *q, const AqToyScene *s, AqRng *r, Measure m,
                        int named)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS], *two[2];

    if (!two_of(list, aq_toy_list_sounding(s, list, 1), r, two))
        return 0;
    const int more = compare(two[0], two[1], m);
    if (more < 0)
        return 0;
    for (int k = 0; k < 2; k++) {
        if (named)
            aq_toy_fill(q, aq_toy_name(two[k]));
        aq_toy_fill(q, aq_toy_place_names[two[k]->place]);
    }
    q->answer = aq_toy_yes_no[more];
    return 1;
}

int aq_toy_seen_louder(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    return compare_seen(q, s, r, LOUDER, 1);
}

int aq_toy_place_louder(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    return compare_seen(q, s, r, LOUDER, 0);
}

int aq_toy_seen_rhythmic(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    return compare_seen(q, s, r, RHYTHMIC, 1);
}

int aq_toy_place_rhythmic(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    return compare_seen(q, s, r, RHYTHMIC, 0);
}

/* The one of those that sound that is more than every other, if that is clear. */
static int name_most(AqToyQuestion *q, const AqToyScene *s, Measure m)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS], *most = NULL;
    const int n = aq_toy_list_sounding(s, list, 0);

    for (int k = 0; k < n; k++) {
        int less = 0;

        if (!aq_toy_is_alone(s, list[k]))
            return 0;
        for (int other = 0; other < n; other++)
            less += other != k && compare(list[k], list[other], m) == 1;
        most = less == n - 1 ? list[k] : most;
    }
    if (!aq_toy_is_choice(s, n) || !most)
        return aq_toy_nothing_answers(q, s, n);
    q->answer = aq_toy_name(most);
    return 1;
}

int aq_toy_loudest(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    return name_most(q, s, LOUDER);
}

int aq_toy_fastest(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    return name_most(q, s, RHYTHMIC);
}

int aq_toy_longest(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    return name_most(q, s, LONGER);
}

void aq_toy_swap(AqToyQuestion *twin, const AqToyQuestion *q)
{
    const int half = q->n_values / 2;

    *twin = *q;
    for (int k = 0; k < q->n_values; k++)
        twin->value[k] = q->value[(k + half) % q->n_values];
    twin->answer = aq_toy_yes_no[q->answer == aq_toy_yes_no[0]];
}
