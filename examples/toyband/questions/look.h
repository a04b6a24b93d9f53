/* What forms examine of a scene, and how they fill in a question. */
#ifndef AQ_TOYBAND_LOOK_H
#define AQ_TOYBAND_LOOK_H
#include "examples/toyband/questions/forms.h"

#define AQ_TOY_CLEAR 1.0 /* shortest discernible difference, in seconds */

extern const char *const aq_toy_numbers[5]; /* "zero", .. "four" */
extern const char *const aq_toy_yes_no[2];  /* "no", "yes" */
extern const char aq_toy_cannot_tell[];     /* "cannot tell" */

static inline int aq_toy_coin(AqRng *r)
{
    return (int)aq_rng_below(r, 2);
}

/* Whether to look for a yes or a no: the same in every try, since with a new toss in
 * each try the commoner answer would win. */
static inline int aq_toy_wanted(const AqToyQuestion *q)
{
    return q->luck < 0.5;
}

/* Fills the question's next slot. Borrows the text. */
static inline void aq_toy_fill(AqToyQuestion *q, const char *text)
{
    q->value[q->n_values++] = text;
}

static inline const char *aq_toy_name(const AqToyPlayer *p)
{
    return p->name;
}

static inline int aq_toy_sounds(const AqToyPlayer *p)
{
    return p->n_phrases > 0;
}

static inline int aq_toy_shown(const AqToyPlayer *p)
{
    return p->place != AQ_TOY_UNSEEN;
}

/* When a player that sounds enters. */
static inline double aq_toy_starts(const AqToyPlayer *p)
{
    return p->phrase[0][0];
}

/* How many players are of the kind (of any if negative) and, if requested, sound or are
 * seen. */
int aq_toy_count(const AqToyScene *s, int kind, int sounding, int in_picture);

/* Is there no other player of its kind? */
int aq_toy_is_alone(const AqToyScene *s, const AqToyPlayer *p);

/* Players that sound, in order of entry, and their number; `in_picture`: only those
 * seen. */
int aq_toy_list_sounding(const AqToyScene *s, const AqToyPlayer *out[AQ_TOY_PLAYERS],
                         int in_picture);

int aq_toy_hears_unseen(const AqToyScene *s);

/* A random one of those in the picture; NULL: there is none. */
const AqToyPlayer *aq_toy_pick_shown(const AqToyScene *s, AqRng *r);

/* May it be asked which of n that sound is the first, or the loudest? */
static inline int aq_toy_is_choice(const AqToyScene *s, int n)
{
    return n > 1 || (s->cast->real && n == 1);
}

/* Is there nothing to name, and that the answer? */
static inline int aq_toy_nothing_answers(AqToyQuestion *q, const AqToyScene *s, int n)
{
    if (!s->cast->real || n > 0)
        return 0;
    q->answer = aq_toy_cannot_tell;
    return 1;
}

/* The first or last player to enter, if clear; else NULL. */
const AqToyPlayer *aq_toy_first_or_last(const AqToyScene *s, int last);

#endif
