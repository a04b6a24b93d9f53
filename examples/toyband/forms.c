/* SPDX-License-Identifier: MIT */
#include "examples/toyband/forms.h"

#include <math.h>

#define CLEAR 1.0 /* shortest discernible difference, in seconds */

static const char *const numbers[] = {"zero", "one", "two", "three", "four"};
static const char *const yes_no[] = {"no", "yes"};

/* ---- examining a scene ---- */

static int coin(AqRng *r)
{
    return (int)aq_rng_below(r, 2);
}

/* Whether to look for a yes or a no: the same in every try, since with a new toss in
 * each try the commoner answer would win. */
static int wanted(const AqToyQuestion *q)
{
    return q->luck < 0.5;
}

static void value(AqToyQuestion *q, const char *text)
{
    q->value[q->n_values++] = text;
}

static const char *name_player(const AqToyPlayer *p)
{
    return aq_toy_kinds[p->kind].name;
}

static int sounds(const AqToyPlayer *p)
{
    return p->n_phrases > 0;
}

static int seen(const AqToyPlayer *p)
{
    return p->place != AQ_TOY_UNSEEN;
}

static double starts(const AqToyPlayer *p)
{
    return p->phrase[0][0];
}

/* How many players are of the kind and, if requested, sound or are seen. */
static int count_players(const AqToyScene *s, int kind, int sounding, int in_picture)
{
    int n = 0;

    for (int k = 0; k < s->n_players; k++) {
        const AqToyPlayer *p = &s->player[k];

        n += (kind < 0 || p->kind == kind) && (!sounding || sounds(p)) &&
             (!in_picture || seen(p));
    }
    return n;
}

static int alone(const AqToyScene *s, const AqToyPlayer *p)
{
    return count_players(s, p->kind, 0, 0) == 1;
}

/* Players that sound, in order of entry; `in_picture`: only those seen. */
static int sounding(const AqToyScene *s, const AqToyPlayer *out[], int in_picture)
{
    int n = 0;

    for (int k = 0; k < s->n_players; k++) {
        const AqToyPlayer *p = &s->player[k];
        int at = n;

        if (!sounds(p) || (in_picture && !seen(p)))
            continue;
        for (; at > 0 && starts(out[at - 1]) > starts(p); at--)
            out[at] = out[at - 1];
        out[at] = p;
        n++;
    }
    return n;
}

static int unseen_sounds(const AqToyScene *s)
{
    return count_players(s, -1, 1, 0) > count_players(s, -1, 1, 1);
}

/* A random kind that has no players, or has some. */
static int kind_where(const AqToyScene *s, AqRng *r, int there, int sounding_only,
                      int in_picture)
{
    for (int t = 0; t < 60; t++) {
        const int k = (int)aq_rng_below(r, AQ_TOY_KINDS);

        if ((count_players(s, k, sounding_only, in_picture) > 0) == there)
            return k;
    }
    return -1;
}

/* The number of kinds with a player that sounds, or is seen. */
static int kinds_where(const AqToyScene *s, int sounding_only, int in_picture)
{
    int n = 0;

    for (int k = 0; k < AQ_TOY_KINDS; k++)
        n += count_players(s, k, sounding_only, in_picture) > 0;
    return n;
}

static const AqToyPlayer *any_seen(const AqToyScene *s, AqRng *r)
{
    return &s->player[aq_rng_below(r, (unsigned)s->n_seen)];
}

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

static double together(const AqToyPlayer *a, const AqToyPlayer *b)
{
    double sum = 0;

    for (int i = 0; i < a->n_phrases; i++)
        for (int j = 0; j < b->n_phrases; j++)
            sum += fmax(0, fmin(a->phrase[i][1], b->phrase[j][1]) -
                               fmax(a->phrase[i][0], b->phrase[j][0]));
    return sum;
}

/* Is one of a kind present (heard, or seen)? */
static int is_there(AqToyQuestion *q, const AqToyScene *s, AqRng *r, int sounding_only,
                    int in_picture)
{
    const int want = wanted(q), k = kind_where(s, r, want, sounding_only, in_picture);

    if (k < 0)
        return 0;
    value(q, aq_toy_kinds[k].name);
    q->answer = yes_no[want];
    return 1;
}

/* Are two kinds present? Not asked of scenes with one kind, where the answer would
 * always be "no". */
static int are_there(AqToyQuestion *q, const AqToyScene *s, AqRng *r, int sounding_only,
                     int in_picture)
{
    const int want = wanted(q), a = kind_where(s, r, 1, sounding_only, in_picture),
              b = kind_where(s, r, want, sounding_only, in_picture);

    if (a < 0 || b < 0 || a == b || kinds_where(s, sounding_only, in_picture) < 2)
        return 0;
    const int swap = coin(r);
    value(q, aq_toy_kinds[swap ? b : a].name);
    value(q, aq_toy_kinds[swap ? a : b].name);
    q->answer = yes_no[want];
    return 1;
}

/* ---- audio ---- */

int aq_toy_heard_count(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    q->answer = numbers[count_players(s, -1, 1, 0)];
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

typedef enum Measure { LOUDER, RHYTHMIC, LONGER } Measure;

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

    if (!two_of(list, sounding(s, list, 0), r, two) || !alone(s, two[0]) ||
        !alone(s, two[1]))
        return 0;
    const int more = compare(two[0], two[1], m);
    if (more < 0)
        return 0;
    value(q, name_player(two[0]));
    value(q, name_player(two[1]));
    q->answer = yes_no[more];
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

/* ---- visual ---- */

int aq_toy_seen_of_kind(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int k = kind_where(s, r, q->luck < 0.6, 0, 1);

    if (k < 0)
        return 0;
    value(q, aq_toy_kinds[k].name);
    q->answer = numbers[count_players(s, k, 0, 1)];
    return 1;
}

int aq_toy_seen_types(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    q->answer = numbers[kinds_where(s, 0, 1)];
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

int aq_toy_where_performed(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    q->answer = s->outdoor ? "outdoor" : "indoor";
    return 1;
}

int aq_toy_beside(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int right = coin(r);
    const AqToyPlayer *p = any_seen(s, r), *other = right ? p + 1 : p - 1;

    if (!alone(s, p) || other < s->player || other >= s->player + s->n_seen)
        return 0;
    value(q, right ? "right" : "left");
    value(q, name_player(p));
    q->answer = name_player(other);
    return 1;
}

int aq_toy_outermost(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int right = coin(r);

    if (s->n_seen < 2)
        return 0;
    value(q, right ? "rightmost" : "leftmost");
    q->answer = name_player(&s->player[right ? s->n_seen - 1 : 0]);
    return 1;
}

int aq_toy_only_one(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    q->answer = name_player(&s->player[0]);
    return s->n_seen == 1;
}

/* ---- audio-visual ---- */

int aq_toy_always_plays(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = any_seen(s, r);

    if (!alone(s, p) || !sounds(p))
        return 0;
    const int always = aq_toy_playing_seconds(p) >= s->seconds - 0.5;
    if (!always && q->luck > 0.6) /* the commoner answer is asked for less often */
        return 0;
    value(q, name_player(p));
    q->answer = yes_no[always];
    return 1;
}

int aq_toy_from_the_seen(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int hidden = unseen_sounds(s), shown = count_players(s, -1, 1, 1) > 0;

    (void)r;
    /* scenes with an unseen sound are rarer: ask of the others less often */
    if (hidden == shown || (!hidden && q->luck > 0.2))
        return 0;
    q->answer = yes_no[shown];
    return 1;
}

int aq_toy_sounding_of_kind(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = any_seen(s, r);

    if (sounds(p) != wanted(q)) /* silent ones as often as others */
        return 0;
    value(q, name_player(p));
    q->answer = numbers[count_players(s, p->kind, 1, 1)];
    return count_players(s, p->kind, 0, 0) == count_players(s, p->kind, 0, 1);
}

int aq_toy_sounding_count(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int n = count_players(s, -1, 1, 1);

    (void)r;
    q->answer = numbers[n];
    return !unseen_sounds(s) && (n != 1 || q->luck < 0.5);
}

int aq_toy_sounding_types(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int n = kinds_where(s, 1, 1);

    (void)r;
    q->answer = numbers[n];
    return !unseen_sounds(s) && (n != 1 || q->luck < 0.35);
}

int aq_toy_silent_count(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int silent = s->n_seen - count_players(s, -1, 1, 1);

    (void)r;
    q->answer = numbers[silent];
    return silent != 1 || q->luck < 0.6;
}

int aq_toy_where_loudest(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS], *best;
    const int n = sounding(s, list, 1);

    (void)r;
    if (n < 2 || unseen_sounds(s))
        return 0;
    best = list[0];
    for (int k = 1; k < n; k++)
        best = list[k]->level_db > best->level_db ? list[k] : best;
    value(q, "loudest");
    q->answer = aq_toy_place_names[best->place];
    return 1;
}

/* The first or last player to enter, if clear; else NULL. */
static const AqToyPlayer *first_or_last(const AqToyScene *s, int last)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS];
    const int n = sounding(s, list, 0);

    if (n < 2)
        return NULL;
    const double apart = last ? starts(list[n - 1]) - starts(list[n - 2])
                              : starts(list[1]) - starts(list[0]);
    return apart < CLEAR ? NULL : list[last ? n - 1 : 0];
}

int aq_toy_is_first_there(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int last = coin(r), right = coin(r);
    const AqToyPlayer *p = first_or_last(s, last);

    if (!p || !seen(p) || s->n_seen < 2 ||
        (p->place == (right ? AQ_TOY_RIGHT : AQ_TOY_LEFT)) != wanted(q))
        return 0;
    value(q, last ? "last" : "first");
    value(q, right ? "right" : "left");
    q->answer = yes_no[p->place == (right ? AQ_TOY_RIGHT : AQ_TOY_LEFT)];
    return 1;
}

int aq_toy_beside_first(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int last = coin(r), right = coin(r);
    const AqToyPlayer *p = first_or_last(s, last);

    if (!p || !seen(p))
        return 0;
    const AqToyPlayer *other = right ? p + 1 : p - 1;
    if (other < s->player || other >= s->player + s->n_seen)
        return 0;
    value(q, right ? "right" : "left");
    value(q, last ? "last" : "first");
    q->answer = name_player(other);
    return 1;
}

int aq_toy_same_time(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS], *found = NULL;
    const int n = sounding(s, list, 0);
    const AqToyPlayer *p = list[aq_rng_below(r, (unsigned)n)];
    int some = 0;

    for (int k = 0; k < n; k++) {
        const double t = list[k] == p ? 0 : together(list[k], p);

        if (t > 0)
            some++;
        if (t >= CLEAR)
            found = list[k];
    }
    if (!found || some != 1 || !alone(s, p) || found->kind == p->kind)
        return 0;
    value(q, name_player(p));
    q->answer = name_player(found);
    return 1;
}

static int compare_seen(AqToyQuestion *q, const AqToyScene *s, AqRng *r, Measure m,
                        int named)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS], *two[2];

    if (!two_of(list, sounding(s, list, 1), r, two))
        return 0;
    const int more = compare(two[0], two[1], m);
    if (more < 0)
        return 0;
    for (int k = 0; k < 2; k++) {
        if (named)
            value(q, name_player(two[k]));
        value(q, aq_toy_place_names[two[k]->place]);
    }
    q->answer = yes_no[more];
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

/* The player that enters as number k, if all entries are clearly apart. */
static const AqToyPlayer *comes_in(const AqToyScene *s, int k)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS];
    const int n = sounding(s, list, 0);

    for (int i = 1; i < n; i++)
        if (starts(list[i]) - starts(list[i - 1]) < CLEAR)
            return NULL;
    return n > 1 && k < n ? list[k] : NULL;
}

int aq_toy_which_th(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    static const char *const th[] = {"first", "second", "third"};
    const int k = (int)aq_rng_below(r, 3);
    const AqToyPlayer *p = comes_in(s, k);

    if (!p)
        return 0;
    value(q, th[k]);
    q->answer = name_player(p);
    return 1;
}

int aq_toy_which_first(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = comes_in(s, 0);

    (void)r;
    if (p)
        q->answer = name_player(p);
    return p != NULL;
}

int aq_toy_where_first(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int last = coin(r);
    const AqToyPlayer *p = first_or_last(s, last);

    if (!p || !seen(p))
        return 0;
    value(q, last ? "last" : "first");
    q->answer = aq_toy_place_names[p->place];
    return 1;
}

int aq_toy_which_twin(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS];
    const int n = sounding(s, list, 1), last = coin(r);

    for (int k = 0; k + 1 < n; k++) {
        const double apart = starts(list[k + 1]) - starts(list[k]);

        if (list[k]->kind != list[k + 1]->kind ||
            count_players(s, list[k]->kind, 0, 0) != 2)
            continue;
        if (apart > 0 && apart < CLEAR)
            return 0;
        value(q, name_player(list[k]));
        value(q, last ? "last" : "first");
        q->answer =
            apart == 0 ? "simultaneously" : aq_toy_place_names[list[k + last]->place];
        return 1;
    }
    return 0;
}

int aq_toy_before_after(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS];
    const int after = coin(r);

    if (sounding(s, list, 0) != 2 || starts(list[1]) - starts(list[0]) < CLEAR ||
        list[0]->kind == list[1]->kind)
        return 0;
    value(q, after ? "after" : "before");
    value(q, name_player(list[after ? 0 : 1]));
    q->answer = name_player(list[after ? 1 : 0]);
    return 1;
}
