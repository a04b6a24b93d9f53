/* SPDX-License-Identifier: MIT */
/* Forms that count, and those that ask whether something is there. */
#include "examples/toyband/questions/forms.h"

#include "examples/toyband/questions/look.h"

/* A random kind that has no players, or has some. */
static int kind_where(const AqToyScene *s, AqRng *r, int there, int sounding_only,
                      int in_picture)
{
    for (int t = 0; t < 60; t++) {
        const int k = (int)aq_rng_below(r, (unsigned)s->cast->n_kinds);

        if ((aq_toy_count(s, k, sounding_only, in_picture) > 0) == there)
            return k;
    }
    return -1;
}

/* The number of kinds with a player that sounds, or is seen. */
static int kinds_where(const AqToyScene *s, int sounding_only, int in_picture)
{
    int n = 0;

    for (int k = 0; k < s->cast->n_kinds; k++)
        n += aq_toy_count(s, k, sounding_only, in_picture) > 0;
    return n;
}

/* Is one of a kind present (heard, or seen)? */
static int is_there(AqToyQuestion *q, const AqToyScene *s, AqRng *r, int sounding_only,
                    int in_picture)
{
    const int want = aq_toy_wanted(q),
              k = kind_where(s, r, want, sounding_only, in_picture);

    if (k < 0)
        return 0;
    aq_toy_fill(q, s->cast->name(k));
    q->answer = aq_toy_yes_no[want];
    return 1;
}

/* Are two kinds present? Not asked of scenes with one kind, where the answer would
 * always be "no". */
static int are_there(AqToyQuestion *q, const AqToyScene *s, AqRng *r, int sounding_only,
                     int in_picture)
{
    const int want = aq_toy_wanted(q),
              a = kind_where(s, r, 1, sounding_only, in_picture),
              b = kind_where(s, r, want, sounding_only, in_picture);

    if (a < 0 || b < 0 || a == b || kinds_where(s, sounding_only, in_picture) < 2)
        return 0;
    const int swap = aq_toy_coin(r);
    aq_toy_fill(q, s->cast->name(swap ? b : a));
    aq_toy_fill(q, s->cast->name(swap ? a : b));
    q->answer = aq_toy_yes_no[want];
    return 1;
}

int aq_toy_heard_count(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    q->answer = aq_toy_numbers[aq_toy_count(s, -1, 1, 0)];
    return 1;
}

int aq_toy_is_heard(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    return is_there(q, s, r, 1, 0);
}

int aq_toy_are_heard(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    return are_there(q, s, r, 1, 0);
}

int aq_toy_seen_of_kind(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int k = kind_where(s, r, q->luck < 0.6, 0, 1);

    if (k < 0)
        return 0;
    aq_toy_fill(q, s->cast->name(k));
    q->answer = aq_toy_numbers[aq_toy_count(s, k, 0, 1)];
    return 1;
}

int aq_toy_seen_types(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    q->answer = aq_toy_numbers[kinds_where(s, 0, 1)];
    return 1;
}

int aq_toy_is_seen(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    return is_there(q, s, r, 0, 1);
}

int aq_toy_are_seen(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    return are_there(q, s, r, 0, 1);
}

int aq_toy_sounding_of_kind(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = aq_toy_pick_shown(s, r);

    if (!p || aq_toy_sounds(p) != aq_toy_wanted(q)) /* silent ones as often as others */
        return 0;
    aq_toy_fill(q, aq_toy_name(p));
    q->answer = aq_toy_numbers[aq_toy_count(s, p->kind, 1, 1)];
    return aq_toy_count(s, p->kind, 0, 0) == aq_toy_count(s, p->kind, 0, 1);
}

int aq_toy_sounding_count(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int n = aq_toy_count(s, -1, 1, 1);

    (void)r;
    q->answer = aq_toy_numbers[n];
    return !aq_toy_hears_unseen(s) && (n != 1 || q->luck < 0.5);
}

int aq_toy_sounding_types(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int n = kinds_where(s, 1, 1);

    (void)r;
    q->answer = aq_toy_numbers[n];
    return !aq_toy_hears_unseen(s) && (n != 1 || q->luck < 0.35);
}

int aq_toy_silent_count(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int silent = s->n_seen - aq_toy_count(s, -1, 1, 1);

    (void)r;
    q->answer = aq_toy_numbers[silent];
    return silent != 1 || q->luck < 0.6;
}
