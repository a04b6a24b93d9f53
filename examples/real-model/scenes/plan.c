/* SPDX-License-Identifier: MIT */
/*
 * Shares are guesses of what people film: mostly one or two that play, what is heard is
 * mostly seen, and what is seen plays; now and then nobody, or one who is not in the
 * picture. In every eighth scene or so the picture or the sound is missing, as of
 * recordings and of silent clips.
 */
#include "examples/real-model/scenes/plan.h"

#include "base/concepts/kinds.h"

#include <string.h>

#define PLAYS         0.87 /* who is seen */
#define HIDDEN        0.1  /* one more is heard and not seen */
#define HIDDEN_ALONE  0.35 /* where nobody is seen */
#define TWINS         0.25 /* two of several are of one kind */
#define TOGETHER      0.3  /* all play from beginning to end */
#define ALWAYS_ALONE  0.6  /* who plays alone */
#define NO_PICTURE    0.14
#define NO_SOUND      0.04
#define SPEECH        0.08
#define OTHER         0.08
#define SPEECH_NOBODY 0.4 /* where nobody plays */
#define OTHER_NOBODY  0.35

static const char *name_kind(int kind)
{
    return aq_kind_names[kind];
}

static const AqToyCast cast = {.n_kinds = AQ_N_KINDS, .name = name_kind, .real = 1};

static int is_lucky(AqRng *r, double share)
{
    return aq_rng_uniform(r) < share;
}

static AqToyPlayer *stand_player(AqToyScene *s, int kind, AqToyPlace place)
{
    AqToyPlayer *p = &s->player[s->n_players++];

    *p = (AqToyPlayer){.kind = kind, .name = name_kind(kind), .place = place};
    return p;
}

/* Nobody in 8 of 100 scenes, one in 44, two in 28, three in 20, from left to right. */
static void place_players(AqToyScene *s, AqRng *r)
{
    static const int shares[4] = {8, 52, 80, 100};
    size_t places[3] = {0, 1, 2};
    int used[3] = {0}, n = 0;
    const int u = (int)aq_rng_below(r, 100);

    while (u >= shares[n])
        n++;
    aq_rng_shuffle(r, places, 3);
    for (int k = 0; k < n; k++)
        used[places[k]] = 1;
    if (n == 1 && is_lucky(r, 0.4)) { /* who plays alone stands in the middle */
        memset(used, 0, sizeof used);
        used[AQ_TOY_MIDDLE] = 1;
    }
    for (int place = 0; place < 3; place++)
        if (used[place])
            (void)stand_player(s, (int)aq_rng_below(r, AQ_N_KINDS), (AqToyPlace)place);
    s->n_seen = s->n_players;
    if (n >= 2 && is_lucky(r, TWINS)) {
        const int at = (int)aq_rng_below(r, (unsigned)n);

        s->player[(at + 1) % n].kind = s->player[at].kind;
        s->player[(at + 1) % n].name = s->player[at].name;
    }
}

/* One that is not in the picture, of a kind that is not. */
static void hide_player(AqToyScene *s, AqRng *r)
{
    int kind, clash;

    do {
        kind = (int)aq_rng_below(r, AQ_N_KINDS);
        clash = 0;
        for (int k = 0; k < s->n_players; k++)
            clash |= s->player[k].kind == kind;
    } while (clash);
    (void)stand_player(s, kind, AQ_TOY_UNSEEN);
}

/* Who sounds, in random order: those out of the picture, and most others. */
static int choose_who_plays(const AqToyScene *s, AqRng *r, size_t who[3])
{
    int n = 0;

    for (int k = s->n_players - 1; k >= 0 && n < 3; k--)
        if (k >= s->n_seen || is_lucky(r, PLAYS))
            who[n++] = (size_t)k;
    aq_rng_shuffle(r, who, (size_t)n);
    return n;
}

static void play_throughout(AqToyScene *s, const size_t *who, int n)
{
    for (int k = 0; k < n; k++) {
        AqToyPlayer *p = &s->player[who[k]];

        p->n_phrases = 1;
        p->phrase[0][0] = 0;
        p->phrase[0][1] = s->seconds;
    }
}

static void choose_streams(AqRealScene *s, AqRng *r)
{
    const double u = aq_rng_uniform(r);

    s->has_picture = u >= NO_PICTURE;
    s->has_sound = u < 1 - NO_SOUND;
}

void aq_scene_plan(AqRealScene *s, uint64_t seed, unsigned index)
{
    AqRng r = aq_toy_rng(seed, index, AQ_TOY_STREAM_SCENE);
    AqToyScene *toy = &s->toy;
    size_t who[3] = {0};

    memset(s, 0, sizeof *s);
    toy->index = index;
    toy->cast = &cast;
    toy->world = AQ_TOY_VARIED;
    toy->seconds = AQ_SCENE_SECONDS;
    toy->outdoor = is_lucky(&r, 0.4);
    place_players(toy, &r);
    if (is_lucky(&r, toy->n_seen ? HIDDEN : HIDDEN_ALONE))
        hide_player(toy, &r);
    const int n = choose_who_plays(toy, &r, who);
    if (n > 0)
        aq_toy_scene_play(toy, &r, who, n, AQ_TOY_FEW);
    if (is_lucky(&r, n == 1 ? ALWAYS_ALONE : TOGETHER))
        play_throughout(toy, who, n);
    s->speech = is_lucky(&r, n ? SPEECH : SPEECH_NOBODY);
    s->other = is_lucky(&r, n ? OTHER : OTHER_NOBODY);
    choose_streams(s, &r);
}

json_t *aq_scene_truth(const AqRealScene *s)
{
    json_t *line = aq_toy_truth(&s->toy);
    json_t *more =
        json_pack("{s:b, s:b, s:b, s:b}", "has_sound", s->has_sound, "has_picture",
                  s->has_picture, "speech", s->speech, "other", s->other);

    if (!line || !more || json_object_update(line, more) != 0) {
        json_decref(line);
        line = NULL;
    }
    json_decref(more);
    return line;
}
