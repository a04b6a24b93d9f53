/* SPDX-License-Identifier: MIT */
/* Only those who are seen count: who plays moves, and who rests stands still. */
#include "examples/toyband/silent/forms.h"

#include "examples/toyband/questions/look.h"

#include <stdio.h>
#include <string.h>

static void say(AqToySilentQuestion *q, const char *before, const char *word,
                const char *after)
{
    (void)snprintf(q->question, sizeof q->question, "%s%s%s", before, word, after);
}

static const char *place_words(const AqToyPlayer *p)
{
    static const char *const words[] = {"on the left", "in the middle", "on the right"};

    return words[p->place];
}

/* Who plays an instrument, in the order of aq_toy_kinds. */
static const char *player_word(const AqToyPlayer *p)
{
    static const char *const words[AQ_TOY_KINDS] = {
        "accordionist", "guitarist", "banjoist",  "flutist", "pianist",
        "saxophonist",  "trumpeter", "violinist", "drummer", "conguero"};

    return words[p->kind];
}

/* A random one of those seen, of a kind of its own; NULL: it is not alone. */
static const AqToyPlayer *pick_alone(const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = aq_toy_pick_shown(s, r);

    return aq_toy_is_alone(s, p) ? p : NULL;
}

/* Those seen that play, in order of entry, where it is clear at place k who is next. */
static const AqToyPlayer *entrant(const AqToyScene *s, int k)
{
    const AqToyPlayer *list[AQ_TOY_PLAYERS];
    const int n = aq_toy_list_sounding(s, list, 1);
    const int clear =
        k < n &&
        (k == 0 ||
         aq_toy_starts(list[k]) - aq_toy_starts(list[k - 1]) >= AQ_TOY_CLEAR) &&
        (k + 1 >= n ||
         aq_toy_starts(list[k + 1]) - aq_toy_starts(list[k]) >= AQ_TOY_CLEAR);

    return clear && aq_toy_is_alone(s, list[k]) ? list[k] : NULL;
}

/* ---- answers of words ---- */

static int what_is_there(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = aq_toy_pick_shown(s, r);

    say(q, "what is ", place_words(p), "?");
    q->answer = aq_toy_name(p);
    return 1;
}

static int who_plays(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = aq_toy_pick_shown(s, r);

    say(q, "who plays ", place_words(p), "?");
    q->answer = aq_toy_sounds(p) ? player_word(p) : "nobody";
    return 1;
}

static int how_many(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    say(q, "how many instruments are there?", "", "");
    q->answer = aq_toy_numbers[s->n_seen];
    return 1;
}

static int when_does_it_play(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = pick_alone(s, r);

    if (!p)
        return 0;
    say(q, "when does the ", aq_toy_name(p), " play?");
    q->answer = !aq_toy_sounds(p)                              ? "never"
                : aq_toy_playing_seconds(p) > 0.9 * s->seconds ? "always"
                : aq_toy_starts(p) < s->seconds / 3            ? "early"
                                                               : "late";
    return 1;
}

static int where_is_the_band(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    (void)r;
    say(q, "where is the band?", "", "");
    q->answer = s->outdoor ? "outdoors" : "indoors";
    return 1;
}

static int what_begins_first(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = entrant(s, 0);

    (void)r;
    if (!p)
        return 0;
    say(q, "what begins to play first?", "", "");
    q->answer = aq_toy_name(p);
    return 1;
}

/* ---- ActivityNet-QA's: no question marks, and answers of several words ---- */

static int what_does_it_do(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = aq_toy_pick_shown(s, r);

    say(q, "what does the one ", place_words(p), " do");
    q->answer = aq_toy_sounds(p) ? "play music" : "rest";
    return 1;
}

static int where_is_it(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = pick_alone(s, r);

    if (!p)
        return 0;
    say(q, "where is the ", aq_toy_name(p), "");
    q->answer = place_words(p);
    return 1;
}

static int what_is_played_first(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int can = what_begins_first(q, s, r);

    say(q, "what is played first", "", "");
    return can;
}

static int is_it_there(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int there = aq_toy_coin(r);
    int kind = aq_toy_pick_shown(s, r)->kind;

    for (int t = 0; !there && t < 50 && aq_toy_count(s, kind, 0, 1) > 0; t++)
        kind = (int)aq_rng_below(r, AQ_TOY_KINDS);
    say(q, "is there a ", aq_toy_kinds[kind].name, " in the video");
    q->answer = aq_toy_yes_no[aq_toy_count(s, kind, 0, 1) > 0];
    return 1;
}

static int what_is_seen(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = aq_toy_pick_shown(s, r);

    say(q, "what is seen ", place_words(p), "");
    q->answer = aq_toy_name(p);
    return 1;
}

static int where_does_the_band_play(AqToySilentQuestion *q, const AqToyScene *s,
                                    AqRng *r)
{
    (void)r;
    say(q, "where does the band play", "", "");
    q->answer = s->outdoor ? "in the open" : "in a room";
    return 1;
}

static int how_many_are_seen(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int can = how_many(q, s, r);

    say(q, "how many instruments are in the video", "", "");
    return can;
}

static int who_would_it_be(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = aq_toy_pick_shown(s, r);

    say(q, "who would play the one ", place_words(p), "");
    q->answer = player_word(p);
    return 1;
}

/* ---- TGIF-QA's: a blank before the question mark ---- */

static int is_choice(const AqToySilentQuestion *q, int n, const char *name)
{
    for (int k = 0; k < n; k++)
        if (strcmp(q->choices[k], name) == 0)
            return 1;
    return 0;
}

/* `right` among four kinds that are not in the scene, or are and may be wrong. */
static void choose_kinds(AqToySilentQuestion *q, const AqToyScene *s, const char *right,
                         AqRng *r)
{
    int n = 0;

    q->right = (int)aq_rng_below(r, AQ_TOY_SILENT_CHOICES);
    while (n < AQ_TOY_SILENT_CHOICES) {
        const int kind = (int)aq_rng_below(r, AQ_TOY_KINDS);
        const char *name = n == q->right ? right : aq_toy_kinds[kind].name;
        const int wrong = aq_toy_count(s, kind, 1, 1) == 0 && strcmp(name, right) != 0;

        if (n == q->right || (wrong && !is_choice(q, n, name)))
            q->choices[n++] = name;
    }
}

static int which_begins_so_often(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    const AqToyPlayer *p = pick_alone(s, r);
    char times[24];

    if (!p || !aq_toy_sounds(p))
        return 0;
    (void)snprintf(times, sizeof times, "%d time%s", p->n_phrases,
                   p->n_phrases > 1 ? "s" : "");
    say(q, "Which instrument begins to play ", times, " ?");
    choose_kinds(q, s, aq_toy_name(p), r);
    return 1;
}

static int which_begins_after(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int k = (int)aq_rng_below(r, 2);
    const AqToyPlayer *before = entrant(s, k), *after = entrant(s, k + 1);

    if (!before || !after)
        return 0;
    say(q, "Which instrument begins to play after the ", aq_toy_name(before), " ?");
    choose_kinds(q, s, aq_toy_name(after), r);
    return 1;
}

static int how_often_does_it_begin(AqToySilentQuestion *q, const AqToyScene *s,
                                   AqRng *r)
{
    const AqToyPlayer *p = pick_alone(s, r);

    if (!p)
        return 0;
    say(q, "How many times does the ", aq_toy_name(p), " begin to play ?");
    q->count = p->n_phrases;
    return 1;
}

static int what_is_in_the_frame(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int can = what_is_there(q, s, r);
    char *end = strchr(q->question, '?');

    (void)snprintf(end, 3, " ?");
    return can;
}

static int how_many_in_the_frame(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int can = how_many(q, s, r);

    say(q, "how many instruments are there ?", "", "");
    return can;
}

static int where_in_the_frame(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r)
{
    const int can = where_is_the_band(q, s, r);

    say(q, "where is the band ?", "", "");
    return can;
}

const AqToySilentForm aq_toy_silent_forms[] = {
    {AQ_TOY_SILENT_WORDS, 0, what_is_there},
    {AQ_TOY_SILENT_WORDS, 0, who_plays},
    {AQ_TOY_SILENT_WORDS, 0, how_many},
    {AQ_TOY_SILENT_WORDS, 0, when_does_it_play},
    {AQ_TOY_SILENT_WORDS, 0, where_is_the_band},
    {AQ_TOY_SILENT_WORDS, 0, what_begins_first},
    {AQ_TOY_SILENT_ACTIVITY, 0, what_does_it_do},
    {AQ_TOY_SILENT_ACTIVITY, 1, where_is_it},
    {AQ_TOY_SILENT_ACTIVITY, 2, what_is_played_first},
    {AQ_TOY_SILENT_ACTIVITY, 3, is_it_there},
    {AQ_TOY_SILENT_ACTIVITY, 5, what_is_seen},
    {AQ_TOY_SILENT_ACTIVITY, 6, where_does_the_band_play},
    {AQ_TOY_SILENT_ACTIVITY, 7, how_many_are_seen},
    {AQ_TOY_SILENT_ACTIVITY, 8, who_would_it_be},
    {AQ_TOY_SILENT_ACTION, 0, which_begins_so_often},
    {AQ_TOY_SILENT_TRANSITION, 0, which_begins_after},
    {AQ_TOY_SILENT_COUNT, 0, how_often_does_it_begin},
    {AQ_TOY_SILENT_FRAME, 0, what_is_in_the_frame},
    {AQ_TOY_SILENT_FRAME, 1, how_many_in_the_frame},
    {AQ_TOY_SILENT_FRAME, 3, where_in_the_frame}};
const int aq_toy_n_silent_forms =
    (int)(sizeof aq_toy_silent_forms / sizeof *aq_toy_silent_forms);
