/* SPDX-License-Identifier: MIT */
/*
 * MUSIC-AVQA's nine types and their templates (Li et al., CVPR 2022), each with other
 * words for a third of the time. A form looks at the scene and gives the values of the
 * slots and the answer, or says that it cannot be asked here. Where a form can be
 * answered yes and no, a coin decides which one to look for, so that guessing does not
 * pay.
 */
#include "examples/toyband/ask.h"

#include "base/alloc.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_VALUES 4
#define CLEAR      1.0 /* seconds apart that can be told apart */

typedef struct Question {
    const char *value[MAX_VALUES];
    int n_values;
    const char *answer;
} Question;

typedef int (*Form)(Question *q, const AqToyScene *s, AqRng *r);

typedef struct Wording {
    const char *modality, *kind, *template_;
    const char *others[2]; /* the same in other words, or NULL */
    Form form;
} Wording;

static const char *const numbers[] = {"zero", "one", "two", "three", "four"};
static const char *const yes_no[] = {"no", "yes"};

/* ---- looking at a scene ---- */

static int coin(AqRng *r)
{
    return (int)aq_rng_below(r, 2);
}

static void value(Question *q, const char *text)
{
    q->value[q->n_values++] = text;
}

static const char *name_of(const AqToyPlayer *p)
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

/* How many players are of the kind, and (if asked) sound, and are seen. */
static int count(const AqToyScene *s, int kind, int sounding, int in_picture)
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
    return count(s, p->kind, 0, 0) == 1;
}

/* Players that sound, in the order they come in; `in_picture`: only the seen. */
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
    return count(s, -1, 1, 0) > count(s, -1, 1, 1);
}

/* A random kind of which the number of players is zero, or not. */
static int kind_where(const AqToyScene *s, AqRng *r, int there, int sounding_only,
                      int in_picture)
{
    for (int t = 0; t < 60; t++) {
        const int k = (int)aq_rng_below(r, AQ_TOY_KINDS);

        if ((count(s, k, sounding_only, in_picture) > 0) == there)
            return k;
    }
    return -1;
}

static const AqToyPlayer *any_seen(const AqToyScene *s, AqRng *r)
{
    return &s->player[aq_rng_below(r, (unsigned)s->n_seen)];
}

/* Two different ones of a list, in random order. */
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

/* ---- audio ---- */

static int heard_count(Question *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    q->answer = numbers[count(s, -1, 1, 0)];
    return 1;
}

static int is_heard(Question *q, const AqToyScene *s, AqRng *r)
{
    const int want = coin(r), k = kind_where(s, r, want, 1, 0);

    if (k < 0)
        return 0;
    value(q, aq_toy_kinds[k].name);
    q->answer = yes_no[want];
    return 1;
}

static int are_heard(Question *q, const AqToyScene *s, AqRng *r)
{
    const int want = coin(r), a = kind_where(s, r, 1, 1, 0),
              b = kind_where(s, r, want, 1, 0);

    if (a < 0 || b < 0 || a == b)
        return 0;
    const int swap = coin(r);
    value(q, aq_toy_kinds[swap ? b : a].name);
    value(q, aq_toy_kinds[swap ? a : b].name);
    q->answer = yes_no[want];
    return 1;
}

typedef enum Measure { LOUDER, RHYTHMIC, LONGER } Measure;

/* 1: a is more, 0: b is more, -1: too close to say. */
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

static int compare_heard(Question *q, const AqToyScene *s, AqRng *r, Measure m)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS], *two[2];

    if (!two_of(list, sounding(s, list, 0), r, two) || !alone(s, two[0]) ||
        !alone(s, two[1]) || compare(two[0], two[1], m) < 0)
        return 0;
    value(q, name_of(two[0]));
    value(q, name_of(two[1]));
    q->answer = yes_no[compare(two[0], two[1], m)];
    return 1;
}

static int heard_louder(Question *q, const AqToyScene *s, AqRng *r)
{
    return compare_heard(q, s, r, LOUDER);
}

static int heard_rhythmic(Question *q, const AqToyScene *s, AqRng *r)
{
    return compare_heard(q, s, r, RHYTHMIC);
}

static int heard_longer(Question *q, const AqToyScene *s, AqRng *r)
{
    return compare_heard(q, s, r, LONGER);
}

/* ---- visual ---- */

static int seen_of_kind(Question *q, const AqToyScene *s, AqRng *r)
{
    const int k = kind_where(s, r, aq_rng_below(r, 3) > 0, 0, 1);

    if (k < 0)
        return 0;
    value(q, aq_toy_kinds[k].name);
    q->answer = numbers[count(s, k, 0, 1)];
    return 1;
}

static int seen_types(Question *q, const AqToyScene *s, AqRng *r)
{
    int n = 0;

    (void)r;
    for (int k = 0; k < AQ_TOY_KINDS; k++)
        n += count(s, k, 0, 1) > 0;
    q->answer = numbers[n];
    return 1;
}

static int is_seen(Question *q, const AqToyScene *s, AqRng *r)
{
    const int want = coin(r), k = kind_where(s, r, want, 0, 1);

    if (k < 0)
        return 0;
    value(q, aq_toy_kinds[k].name);
    q->answer = yes_no[want];
    return 1;
}

static int are_seen(Question *q, const AqToyScene *s, AqRng *r)
{
    const int want = coin(r), a = kind_where(s, r, 1, 0, 1),
              b = kind_where(s, r, want, 0, 1);

    if (a < 0 || b < 0 || a == b)
        return 0;
    const int swap = coin(r);
    value(q, aq_toy_kinds[swap ? b : a].name);
    value(q, aq_toy_kinds[swap ? a : b].name);
    q->answer = yes_no[want];
    return 1;
}

static int where_performed(Question *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    q->answer = s->outdoor ? "outdoor" : "indoor";
    return 1;
}

static int beside(Question *q, const AqToyScene *s, AqRng *r)
{
    const int right = coin(r);
    const AqToyPlayer *p = any_seen(s, r), *other = right ? p + 1 : p - 1;

    if (!alone(s, p) || other < s->player || other >= s->player + s->n_seen)
        return 0;
    value(q, right ? "right" : "left");
    value(q, name_of(p));
    q->answer = name_of(other);
    return 1;
}

static int outermost(Question *q, const AqToyScene *s, AqRng *r)
{
    const int right = coin(r);

    if (s->n_seen < 2)
        return 0;
    value(q, right ? "rightmost" : "leftmost");
    q->answer = name_of(&s->player[right ? s->n_seen - 1 : 0]);
    return 1;
}

static int only_one(Question *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    q->answer = name_of(&s->player[0]);
    return s->n_seen == 1;
}

/* ---- audio-visual ---- */

static int always_plays(Question *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = any_seen(s, r);

    if (!alone(s, p) || !sounds(p))
        return 0;
    const int always = aq_toy_playing_seconds(p) >= s->seconds - 0.5;
    if (!always &&
        aq_rng_below(r, 3) > 0) /* the commoner answer, asked for less often */
        return 0;
    value(q, name_of(p));
    q->answer = yes_no[always];
    return 1;
}

static int from_the_seen(Question *q, const AqToyScene *s, AqRng *r)
{
    const int hidden = unseen_sounds(s), shown = count(s, -1, 1, 1) > 0;

    /* scenes with a sound from elsewhere are rarer: ask of the others less often */
    if (hidden == shown || (!hidden && aq_rng_below(r, 4) > 0))
        return 0;
    q->answer = yes_no[shown];
    return 1;
}

static int sounding_of_kind(Question *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = any_seen(s, r);

    if (sounds(p) == coin(r)) /* silent ones as often as the others */
        return 0;
    value(q, name_of(p));
    q->answer = numbers[count(s, p->kind, 1, 1)];
    return count(s, p->kind, 0, 0) == count(s, p->kind, 0, 1);
}

static int sounding_count(Question *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    q->answer = numbers[count(s, -1, 1, 1)];
    return !unseen_sounds(s);
}

static int sounding_types(Question *q, const AqToyScene *s, AqRng *r)
{
    int n = 0;

    (void)r;
    for (int k = 0; k < AQ_TOY_KINDS; k++)
        n += count(s, k, 1, 1) > 0;
    q->answer = numbers[n];
    return !unseen_sounds(s);
}

static int silent_count(Question *q, const AqToyScene *s, AqRng *r)
{
    const int silent = s->n_seen - count(s, -1, 1, 1);

    q->answer = numbers[silent];
    return silent > 0 || coin(r);
}

static int where_loudest(Question *q, const AqToyScene *s, AqRng *r)
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

/* The first or last to come in, if that is clear; NULL otherwise. */
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

static int is_first_there(Question *q, const AqToyScene *s, AqRng *r)
{
    const int last = coin(r), right = coin(r);
    const AqToyPlayer *p = first_or_last(s, last);

    if (!p || !seen(p) || s->n_seen < 2)
        return 0;
    value(q, last ? "last" : "first");
    value(q, right ? "right" : "left");
    q->answer = yes_no[p->place == (right ? AQ_TOY_RIGHT : AQ_TOY_LEFT)];
    return 1;
}

static int beside_first(Question *q, const AqToyScene *s, AqRng *r)
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
    q->answer = name_of(other);
    return 1;
}

static int same_time(Question *q, const AqToyScene *s, AqRng *r)
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
    value(q, name_of(p));
    q->answer = name_of(found);
    return 1;
}

static int compare_seen(Question *q, const AqToyScene *s, AqRng *r, Measure m,
                        int named)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS], *two[2];

    if (!two_of(list, sounding(s, list, 1), r, two) || compare(two[0], two[1], m) < 0)
        return 0;
    for (int k = 0; k < 2; k++) {
        if (named)
            value(q, name_of(two[k]));
        value(q, aq_toy_place_names[two[k]->place]);
    }
    q->answer = yes_no[compare(two[0], two[1], m)];
    return 1;
}

static int seen_louder(Question *q, const AqToyScene *s, AqRng *r)
{
    return compare_seen(q, s, r, LOUDER, 1);
}

static int place_louder(Question *q, const AqToyScene *s, AqRng *r)
{
    return compare_seen(q, s, r, LOUDER, 0);
}

static int seen_rhythmic(Question *q, const AqToyScene *s, AqRng *r)
{
    return compare_seen(q, s, r, RHYTHMIC, 1);
}

static int place_rhythmic(Question *q, const AqToyScene *s, AqRng *r)
{
    return compare_seen(q, s, r, RHYTHMIC, 0);
}

/* Who comes in as number k, all entries being clearly apart. */
static const AqToyPlayer *comes_in(const AqToyScene *s, int k)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS];
    const int n = sounding(s, list, 0);

    for (int i = 1; i < n; i++)
        if (starts(list[i]) - starts(list[i - 1]) < CLEAR)
            return NULL;
    return n > 1 && k < n ? list[k] : NULL;
}

static int which_th(Question *q, const AqToyScene *s, AqRng *r)
{
    static const char *const th[] = {"first", "second", "third"};
    const int k = (int)aq_rng_below(r, 3);
    const AqToyPlayer *p = comes_in(s, k);

    if (!p)
        return 0;
    value(q, th[k]);
    q->answer = name_of(p);
    return 1;
}

static int which_first(Question *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = comes_in(s, 0);

    (void)r;
    if (p)
        q->answer = name_of(p);
    return p != NULL;
}

static int where_first(Question *q, const AqToyScene *s, AqRng *r)
{
    const int last = coin(r);
    const AqToyPlayer *p = first_or_last(s, last);

    if (!p || !seen(p))
        return 0;
    value(q, last ? "last" : "first");
    q->answer = aq_toy_place_names[p->place];
    return 1;
}

static int which_twin(Question *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS];
    const int n = sounding(s, list, 1), last = coin(r);

    for (int k = 0; k + 1 < n; k++) {
        const double apart = starts(list[k + 1]) - starts(list[k]);

        if (list[k]->kind != list[k + 1]->kind || count(s, list[k]->kind, 0, 0) != 2)
            continue;
        if (apart > 0 && apart < CLEAR)
            return 0;
        value(q, name_of(list[k]));
        value(q, last ? "last" : "first");
        q->answer =
            apart == 0 ? "simultaneously" : aq_toy_place_names[list[k + last]->place];
        return 1;
    }
    return 0;
}

static int before_after(Question *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS];
    const int after = coin(r);

    if (sounding(s, list, 0) != 2 || starts(list[1]) - starts(list[0]) < CLEAR ||
        list[0]->kind == list[1]->kind)
        return 0;
    value(q, after ? "after" : "before");
    value(q, name_of(list[after ? 0 : 1]));
    q->answer = name_of(list[after ? 1 : 0]);
    return 1;
}

/* ---- the table ---- */

static const Wording wordings[] = {
    {"Audio",
     "Counting",
     "How many musical instruments were heard throughout the video?",
     {"How many instruments can you hear?", NULL},
     heard_count},
    {"Audio",
     "Counting",
     "Is there a <Object> sound?",
     {"Can you hear a <Object>?", NULL},
     is_heard},
    {"Audio",
     "Counting",
     "Are there <Object> and <Object> sound?",
     {"Do you hear both <Object> and <Object>?", NULL},
     are_heard},
    {"Audio",
     "Comparative",
     "Is the <Object> louder than the <Object>?",
     {"Does the <Object> sound louder than the <Object> does?", NULL},
     heard_louder},
    {"Audio",
     "Comparative",
     "Is the <Object> more rhythmic than the <Object>?",
     {"Does the <Object> play faster notes than the <Object>?", NULL},
     heard_rhythmic},
    {"Audio",
     "Comparative",
     "Is the <Object> playing longer than the <Object>?",
     {"Do we hear the <Object> for a longer time than the <Object>?", NULL},
     heard_longer},
    {"Visual",
     "Counting",
     "How many <Object> are in the entire video?",
     {"what is the number of <Object> shown?", NULL},
     seen_of_kind},
    {"Visual",
     "Counting",
     "How many types of musical instruments appeared in the entire video?",
     {"How many different instruments can be seen?", NULL},
     seen_types},
    {"Visual",
     "Counting",
     "Is there a <Object> in the entire video?",
     {"Do you see a <Object>?", NULL},
     is_seen},
    {"Visual",
     "Counting",
     "Are there <Object> and <Object> instruments in the video?",
     {"Do you see both a <Object> and a <Object>?", NULL},
     are_seen},
    {"Visual",
     "Location",
     "Where is the performance?",
     {"is this inside or outside?", "Where do they play?"},
     where_performed},
    {"Visual",
     "Location",
     "What is the instrument on the <LR> of <Object>?",
     {"what stands directly <LR> of the <Object>?", NULL},
     beside},
    {"Visual",
     "Location",
     "What kind of instrument is the <LRer> instrument?",
     {"Which instrument do you see <LRer>?", NULL},
     outermost},
    {"Visual",
     "Location",
     "What kind of musical instrument is it?",
     {"What instrument is shown?", NULL},
     only_one},
    {"Audio-Visual",
     "Existential",
     "Is the <Object> in the video always playing?",
     {"Does the <Object> play all the time?", NULL},
     always_plays},
    {"Audio-Visual",
     "Existential",
     "Is this sound from the instrument in the video?",
     {"Does what we hear come from what we see?", NULL},
     from_the_seen},
    {"Audio-Visual",
     "Counting",
     "How many sounding <Object> in the video\uFF1F",
     {"How many of the <Object> we see are played?", NULL},
     sounding_of_kind},
    {"Audio-Visual",
     "Counting",
     "How many instruments are sounding in the video?",
     {"how many of the instruments shown can be heard?", NULL},
     sounding_count},
    {"Audio-Visual",
     "Counting",
     "How many types of musical instruments sound in the video?",
     {"How many different kinds of instruments are played?", NULL},
     sounding_types},
    {"Audio-Visual",
     "Counting",
     "How many instruments in the video did not sound from beginning to end?",
     {"How many of the instruments stay silent?", NULL},
     silent_count},
    {"Audio-Visual",
     "Location",
     "Where is the <LL> instrument?",
     {"On which side is the <LL> one?", NULL},
     where_loudest},
    {"Audio-Visual",
     "Location",
     "Is the <FL> sound coming from the <LR> instrument?",
     {"Does the instrument on the <LR> make the <FL> sound?", NULL},
     is_first_there},
    {"Audio-Visual",
     "Location",
     "What is the <LR> instrument of the <FL> sounding instrument?",
     {"What stands <LR> of the instrument that sounds <FL>?", NULL},
     beside_first},
    {"Audio-Visual",
     "Location",
     "Which is the musical instrument that sounds at the same time as the <Object>?",
     {"what plays together with the <Object>?", NULL},
     same_time},
    {"Audio-Visual",
     "Comparative",
     "Is the <Object> on the <LR> louder than the <Object> on the <LR>?",
     {"Is the <Object> at the <LR> playing louder than the <Object> at the <LR>?",
      NULL},
     seen_louder},
    {"Audio-Visual",
     "Comparative",
     "Is the instrument on the <LR> louder than the instrument on the <LR>?",
     {"Is what stands <LR> louder than what stands <LR>?", NULL},
     place_louder},
    {"Audio-Visual",
     "Comparative",
     "Is the <Object> on the <LR> more rhythmic than the <Object> on the <LR>?",
     {"Does the <Object> at the <LR> play faster than the <Object> at the <LR>?", NULL},
     seen_rhythmic},
    {"Audio-Visual",
     "Comparative",
     "Is the instrument on the <LR> more rhythmic than the instrument on the <LR>?",
     {"Is what stands <LR> played faster than what stands <LR>?", NULL},
     place_rhythmic},
    {"Audio-Visual",
     "Temporal",
     "What is the <TH> instrument that comes in?",
     {"Which instrument is the <TH> to play?", NULL},
     which_th},
    {"Audio-Visual",
     "Temporal",
     "What is the first instrument that comes in?",
     {"which instrument sounds first?", "which instrument sounds first?"},
     which_first},
    {"Audio-Visual",
     "Temporal",
     "Where is the <FL> sounding instrument?",
     {"Where does the <FL> sound come from?", NULL},
     where_first},
    {"Audio-Visual",
     "Temporal",
     "Which <Object> makes the sound <FL>?",
     {"Which of the <Object> plays <FL>?", NULL},
     which_twin},
    {"Audio-Visual",
     "Temporal",
     "Which instrument makes sounds <BA> the <Object>?",
     {"What do we hear <BA> the <Object>?", NULL},
     before_after},
};
#define N_WORDINGS ((int)(sizeof wordings / sizeof *wordings))

static const char *const types[9][2] = {
    {"Audio", "Counting"},           {"Audio", "Comparative"},
    {"Visual", "Counting"},          {"Visual", "Location"},
    {"Audio-Visual", "Existential"}, {"Audio-Visual", "Counting"},
    {"Audio-Visual", "Location"},    {"Audio-Visual", "Comparative"},
    {"Audio-Visual", "Temporal"}};

/* A wording of a random type; types are equally likely, whatever their number of forms.
 */
static int draw_wording(AqRng *r)
{
    const unsigned type = aq_rng_below(r, 9);
    int of_type[N_WORDINGS], n = 0;

    for (int k = 0; k < N_WORDINGS; k++)
        if (strcmp(wordings[k].modality, types[type][0]) == 0 &&
            strcmp(wordings[k].kind, types[type][1]) == 0)
            of_type[n++] = k;
    return of_type[aq_rng_below(r, (unsigned)n)];
}

/* ["a", "b"] as text, the way the data set has it. Gives. */
static char *list_text(const char *const *v, int n)
{
    char *text = aq_strdup("[");

    for (int k = 0; text && k < n; k++) {
        char *more = aq_strf("%s%s\"%s\"", text, k ? ", " : "", v[k]);
        aq_free(text);
        text = more;
    }
    char *all = text ? aq_strf("%s]", text) : NULL;
    aq_free(text);
    return all;
}

static AqErr append(json_t *list, const AqToyScene *s, const Wording *w,
                    const char *template_, const Question *q, int id)
{
    const char *const type[2] = {w->modality, w->kind};
    char video[16];
    char *type_text = list_text(type, 2), *values = list_text(q->value, q->n_values);

    (void)snprintf(video, sizeof video, "%08u", s->index);
    json_t *o = type_text && values
                    ? json_pack("{s:s, s:i, s:s, s:s, s:s, s:i, s:s}", "video_id",
                                video, "question_id", id, "type", type_text,
                                "question_content", template_, "templ_values", values,
                                "question_deleted", 0, "anser", q->answer)
                    : NULL;
    aq_free(type_text);
    aq_free(values);
    return o && json_array_append_new(list, o) == 0
               ? AQ_OK
               : aq_fail(AQ_ERR_NOMEM, "out of memory");
}

AqErr aq_toy_ask(json_t *list, const AqToyScene *s, uint64_t seed, int *next_id)
{
    AqRng r = aq_toy_rng(seed, s->index, AQ_TOY_STREAM_QUESTIONS);
    const int want = 4 + (int)aq_rng_below(&r, 5);
    int asked[N_WORDINGS] = {0}, n = 0;
    AqErr err = AQ_OK;

    for (int t = 0; err == AQ_OK && n < want && t < 2000; t++) {
        const int k = draw_wording(&r);
        const Wording *w = &wordings[k];
        Question q = {0};

        if (asked[k] || !w->form(&q, s, &r))
            continue;
        const char *other = w->others[w->others[1] ? aq_rng_below(&r, 2) : 0];
        const char *text = aq_rng_below(&r, 3) == 0 ? other : w->template_;
        asked[k] = 1;
        n++;
        err = append(list, s, w, text, &q, (*next_id)++);
    }
    return err;
}
