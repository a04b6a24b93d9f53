/* SPDX-License-Identifier: MIT */
/* Forms that ask what plays when. */
#include "examples/toyband/questions/forms.h"

#include "examples/toyband/questions/look.h"

#include <math.h>

int aq_toy_always_plays(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = aq_toy_pick_shown(s, r);

    if (!p || !aq_toy_is_alone(s, p) || !aq_toy_sounds(p))
        return 0;
    const int always = aq_toy_playing_seconds(p) >= s->seconds - 0.5;
    if (!always && q->luck > 0.6) /* the commoner answer is asked for less often */
        return 0;
    aq_toy_fill(q, aq_toy_name(p));
    q->answer = aq_toy_yes_no[always];
    return 1;
}

int aq_toy_from_the_seen(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int hidden = aq_toy_hears_unseen(s), shown = aq_toy_count(s, -1, 1, 1) > 0;

    (void)r;
    /* scenes with an unseen sound are rarer: ask of the others less often */
    if (hidden == shown || (!hidden && q->luck > 0.2))
        return 0;
    q->answer = aq_toy_yes_no[shown];
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

int aq_toy_same_time(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS], *found = NULL;
    const int n = aq_toy_list_sounding(s, list, 0);
    const AqToyPlayer *p = n ? list[aq_rng_below(r, (unsigned)n)] : NULL;
    int some = 0;

    for (int k = 0; k < n; k++) {
        const double t = list[k] == p ? 0 : together(list[k], p);

        if (t > 0)
            some++;
        if (t >= AQ_TOY_CLEAR)
            found = list[k];
    }
    if (!found || some != 1 || !aq_toy_is_alone(s, p) || found->kind == p->kind)
        return 0;
    aq_toy_fill(q, aq_toy_name(p));
    q->answer = aq_toy_name(found);
    return 1;
}

/* The player that enters as number k, if all entries are clearly apart. */
static const AqToyPlayer *comes_in(const AqToyScene *s, int k)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS];
    const int n = aq_toy_list_sounding(s, list, 0);

    for (int i = 1; i < n; i++)
        if (aq_toy_starts(list[i]) - aq_toy_starts(list[i - 1]) < AQ_TOY_CLEAR)
            return NULL;
    return aq_toy_is_choice(s, n) && k < n ? list[k] : NULL;
}

int aq_toy_which_th(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    static const char *const th[] = {"first", "second", "third"};
    const int k = (int)aq_rng_below(r, 3);
    const AqToyPlayer *p = comes_in(s, k);

    if (!p)
        return 0;
    aq_toy_fill(q, th[k]);
    q->answer = aq_toy_name(p);
    return 1;
}

/* Whose name answers, or NULL: the question cannot be asked, but where nothing sounds.
 */
static int name_as_answer(AqToyQuestion *q, const AqToyScene *s, const AqToyPlayer *p)
{
    if (!p)
        return aq_toy_nothing_answers(q, s, aq_toy_count(s, -1, 1, 0));
    q->answer = aq_toy_name(p);
    return 1;
}

int aq_toy_which_first(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    return name_as_answer(q, s, comes_in(s, 0));
}

int aq_toy_which_last(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    return name_as_answer(q, s, aq_toy_first_or_last(s, 1));
}

int aq_toy_which_twin(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS];
    const int n = aq_toy_list_sounding(s, list, 1), last = aq_toy_coin(r);

    for (int k = 0; k + 1 < n; k++) {
        const double apart = aq_toy_starts(list[k + 1]) - aq_toy_starts(list[k]);

        if (list[k]->kind != list[k + 1]->kind ||
            aq_toy_count(s, list[k]->kind, 0, 0) != 2)
            continue;
        if (apart > 0 && apart < AQ_TOY_CLEAR)
            return 0;
        aq_toy_fill(q, aq_toy_name(list[k]));
        aq_toy_fill(q, last ? "last" : "first");
        q->answer =
            apart == 0 ? "simultaneously" : aq_toy_place_names[list[k + last]->place];
        return 1;
    }
    return 0;
}

int aq_toy_before_after(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS];
    const int after = aq_toy_coin(r);

    if (aq_toy_list_sounding(s, list, 0) != 2 ||
        aq_toy_starts(list[1]) - aq_toy_starts(list[0]) < AQ_TOY_CLEAR ||
        list[0]->kind == list[1]->kind)
        return 0;
    aq_toy_fill(q, after ? "after" : "before");
    aq_toy_fill(q, aq_toy_name(list[after ? 0 : 1]));
    q->answer = aq_toy_name(list[after ? 1 : 0]);
    return 1;
}
