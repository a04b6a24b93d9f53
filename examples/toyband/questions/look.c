/* SPDX-License-Identifier: MIT */
#include "examples/toyband/questions/look.h"

const char *const aq_toy_numbers[5] = {"zero", "one", "two", "three", "four"};
const char *const aq_toy_yes_no[2] = {"no", "yes"};
const char aq_toy_cannot_tell[] = "cannot tell";

int aq_toy_count(const AqToyScene *s, int kind, int sounding, int in_picture)
{
    int n = 0;

    for (int k = 0; k < s->n_players; k++) {
        const AqToyPlayer *p = &s->player[k];

        n += (kind < 0 || p->kind == kind) && (!sounding || aq_toy_sounds(p)) &&
             (!in_picture || aq_toy_shown(p));
    }
    return n;
}

int aq_toy_is_alone(const AqToyScene *s, const AqToyPlayer *p)
{
    return aq_toy_count(s, p->kind, 0, 0) == 1;
}

int aq_toy_list_sounding(const AqToyScene *s, const AqToyPlayer *out[AQ_TOY_PLAYERS],
                         int in_picture)
{
    int n = 0;

    for (int k = 0; k < s->n_players; k++) {
        const AqToyPlayer *p = &s->player[k];
        int at = n;

        if (!aq_toy_sounds(p) || (in_picture && !aq_toy_shown(p)))
            continue;
        for (; at > 0 && aq_toy_starts(out[at - 1]) > aq_toy_starts(p); at--)
            out[at] = out[at - 1];
        out[at] = p;
        n++;
    }
    return n;
}

int aq_toy_hears_unseen(const AqToyScene *s)
{
    return aq_toy_count(s, -1, 1, 0) > aq_toy_count(s, -1, 1, 1);
}

const AqToyPlayer *aq_toy_pick_shown(const AqToyScene *s, AqRng *r)
{
    return s->n_seen ? &s->player[aq_rng_below(r, (unsigned)s->n_seen)] : NULL;
}

const AqToyPlayer *aq_toy_first_or_last(const AqToyScene *s, int last)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS];
    const int n = aq_toy_list_sounding(s, list, 0);

    if (!aq_toy_is_choice(s, n))
        return NULL;
    if (n == 1)
        return list[0];
    const double apart = last ? aq_toy_starts(list[n - 1]) - aq_toy_starts(list[n - 2])
                              : aq_toy_starts(list[1]) - aq_toy_starts(list[0]);
    return apart < AQ_TOY_CLEAR ? NULL : list[last ? n - 1 : 0];
}
