/* SPDX-License-Identifier: MIT */
/* Forms that ask where, or what stands there. */
#include "examples/toyband/questions/forms.h"

#include "examples/toyband/questions/look.h"

int aq_toy_where_performed(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    q->answer = s->outdoor ? "outdoor" : "indoor";
    return 1;
}

int aq_toy_beside(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int right = aq_toy_coin(r);
    const AqToyPlayer *p = aq_toy_pick_shown(s, r);
    const AqToyPlayer *other = !p ? NULL : right ? p + 1 : p - 1;

    if (!p || !aq_toy_is_alone(s, p) || other < s->player ||
        other >= s->player + s->n_seen)
        return 0;
    aq_toy_fill(q, right ? "right" : "left");
    aq_toy_fill(q, aq_toy_name(p));
    q->answer = aq_toy_name(other);
    return 1;
}

int aq_toy_outermost(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int right = aq_toy_coin(r);

    if (s->n_seen < 2)
        return 0;
    aq_toy_fill(q, right ? "rightmost" : "leftmost");
    q->answer = aq_toy_name(&s->player[right ? s->n_seen - 1 : 0]);
    return 1;
}

int aq_toy_only_one(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    q->answer = aq_toy_name(&s->player[0]);
    return s->n_seen == 1 || aq_toy_nothing_answers(q, s, s->n_seen);
}

int aq_toy_where_seen(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = aq_toy_pick_shown(s, r);

    if (!p || !aq_toy_is_alone(s, p))
        return 0;
    aq_toy_fill(q, aq_toy_name(p));
    q->answer = aq_toy_place_names[p->place];
    return 1;
}

int aq_toy_in_the_middle(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    q->answer = aq_toy_name(&s->player[1]);
    return s->n_seen == 3;
}

int aq_toy_where_loudest(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS], *best;
    const int n = aq_toy_list_sounding(s, list, 1);

    (void)r;
    if (n < 2 || aq_toy_hears_unseen(s))
        return 0;
    best = list[0];
    for (int k = 1; k < n; k++)
        best = list[k]->level_db > best->level_db ? list[k] : best;
    aq_toy_fill(q, "loudest");
    q->answer = aq_toy_place_names[best->place];
    return 1;
}

int aq_toy_is_first_there(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int last = aq_toy_coin(r), right = aq_toy_coin(r);
    const AqToyPlayer *p = aq_toy_first_or_last(s, last);

    if (!p || !aq_toy_shown(p) || s->n_seen < 2 ||
        (p->place == (right ? AQ_TOY_RIGHT : AQ_TOY_LEFT)) != aq_toy_wanted(q))
        return 0;
    aq_toy_fill(q, last ? "last" : "first");
    aq_toy_fill(q, right ? "right" : "left");
    q->answer = aq_toy_yes_no[p->place == (right ? AQ_TOY_RIGHT : AQ_TOY_LEFT)];
    return 1;
}

int aq_toy_beside_first(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int last = aq_toy_coin(r), right = aq_toy_coin(r);
    const AqToyPlayer *p = aq_toy_first_or_last(s, last);

    if (!p || !aq_toy_shown(p))
        return 0;
    const AqToyPlayer *other = right ? p + 1 : p - 1;
    if (other < s->player || other >= s->player + s->n_seen)
        return 0;
    aq_toy_fill(q, right ? "right" : "left");
    aq_toy_fill(q, last ? "last" : "first");
    q->answer = aq_toy_name(other);
    return 1;
}

int aq_toy_where_first(AqToyQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int last = aq_toy_coin(r);
    const AqToyPlayer *p = aq_toy_first_or_last(s, last);

    if (!p || !aq_toy_shown(p))
        return 0;
    aq_toy_fill(q, last ? "last" : "first");
    q->answer = aq_toy_place_names[p->place];
    return 1;
}
