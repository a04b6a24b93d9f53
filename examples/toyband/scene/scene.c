/* SPDX-License-Identifier: MIT */
/*
 * Plans a video: which instruments stand where, which of them sound, when and how loud.
 * What the questions ask about differs clearly: entries by at least 1.2 s, levels by 9
 * dB, note rates by a factor of two or more; phrases and rests last at least 1.5 s
 * (of scenes with many events too: events.c).
 */
#include "examples/toyband/scene/band.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* General MIDI programs (MIDI 1.0, GM level 1), with registers that do not coincide. */
const AqToyKind aq_toy_kinds[AQ_TOY_KINDS] = {
    {"accordion", "\U0001FA97", 21, 57, 69, 2, {0}},
    {"acoustic_guitar", "\U0001F3B8", 24, 45, 57, 1, {0}},
    {"banjo", "\U0001FA95", 105, 62, 74, 1, {0}},
    {"flute", "\U0001FA88", 73, 84, 96, 1, {0}},
    {"piano", "\U0001F3B9", 0, 38, 50, 3, {0}},
    {"saxophone", "\U0001F3B7", 66, 46, 58, 1, {0}},
    {"trumpet", "\U0001F3BA", 56, 65, 77, 1, {0}},
    {"violin", "\U0001F3BB", 40, 76, 88, 1, {0}},
    {"drum", "\U0001F941", -1, 0, 3, 1, {36, 38, 42, 38}},
    {"congas", "\U0001FA98", -1, 0, 3, 1, {62, 63, 64, 63}},
};

static const char *name_toy_kind(int kind)
{
    return aq_toy_kinds[kind].name;
}

const AqToyCast aq_toy_cast = {.n_kinds = AQ_TOY_KINDS, .name = name_toy_kind};

const char *const aq_toy_place_names[4] = {"left", "middle", "right", "unseen"};
const char *const aq_toy_world_names[3] = {"midi", "varied", "recorded"};
const char *const aq_toy_split_names[AQ_TOY_SPLITS] = {"train", "val", "test"};

AqToySplit aq_toy_split(unsigned index)
{
    static const AqToySplit of_ten[10] = {
        AQ_TOY_TRAIN, AQ_TOY_TRAIN, AQ_TOY_TEST,  AQ_TOY_TRAIN, AQ_TOY_TRAIN,
        AQ_TOY_VAL,   AQ_TOY_TRAIN, AQ_TOY_TRAIN, AQ_TOY_TEST,  AQ_TOY_TRAIN};

    return of_ten[index % 10];
}

AqRng aq_toy_rng(uint64_t seed, unsigned index, AqToyStream which)
{
    return aq_rng(seed, aq_mix64((uint64_t)index * 16 + (unsigned)which + 1));
}

AqToyWorld aq_toy_world(AqToyWorld which, int mixed, uint64_t seed, unsigned index)
{
    AqRng r = aq_toy_rng(seed, index, AQ_TOY_STREAM_WORLD);

    return !mixed ? which : aq_rng_below(&r, 2) ? AQ_TOY_VARIED : AQ_TOY_MIDI;
}

double aq_toy_playing_seconds(const AqToyPlayer *p)
{
    double sum = 0.0;

    for (int k = 0; k < p->n_phrases; k++)
        sum += p->phrase[k][1] - p->phrase[k][0];
    return sum;
}

int aq_toy_plays_at(const AqToyPlayer *p, double t)
{
    for (int k = 0; k < p->n_phrases; k++) {
        if (t >= p->phrase[k][0] && t < p->phrase[k][1])
            return 1;
    }
    return 0;
}

static double tenth(double x)
{
    return round(x * 10.0) / 10.0;
}

/* Places one to three players; in a fifth of the larger scenes two or all are alike. */
static void place_seen(AqToyScene *s, AqRng *r)
{
    static const int n_of[20] = {1, 1, 1, 2, 2, 2, 2, 2, 2, 2,
                                 3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
    size_t kinds[AQ_TOY_KINDS], places[3] = {0, 1, 2};

    s->n_seen = s->n_players = n_of[aq_rng_below(r, 20)];
    for (size_t k = 0; k < AQ_TOY_KINDS; k++)
        kinds[k] = k;
    aq_rng_shuffle(r, kinds, AQ_TOY_KINDS);
    aq_rng_shuffle(r, places, 3);
    for (int k = 0; k < s->n_seen; k++)
        s->player[k].kind = (int)kinds[k];
    int used[3] = {0};
    for (int k = 0; k < s->n_seen; k++)
        used[places[k]] = 1;
    for (int place = 0, k = 0; place < 3; place++) {
        if (used[place])
            s->player[k++].place = (AqToyPlace)place;
    }
    if (s->n_seen >= 2 && aq_rng_uniform(r) < 0.25) {
        const int twin = (int)aq_rng_below(r, (unsigned)s->n_seen);
        s->player[(twin + 1) % s->n_seen].kind = s->player[twin].kind;
        if (s->n_seen == 3 && aq_rng_uniform(r) < 0.3)
            s->player[(twin + 2) % 3].kind = s->player[twin].kind;
    }
}

/* Adds a sound from outside the picture, of a kind that is not in it. */
static void add_unseen(AqToyScene *s, AqRng *r)
{
    AqToyPlayer *p = &s->player[s->n_players];
    int clash;

    do {
        clash = 0;
        p->kind = (int)aq_rng_below(r, AQ_TOY_KINDS);
        for (int k = 0; k < s->n_seen; k++)
            clash |= s->player[k].kind == p->kind;
    } while (clash);
    p->place = AQ_TOY_UNSEEN;
    s->n_players++;
}

/* Marks in sounds[] who sounds (one to three); returns their number. */
static int choose_sounding(const AqToyScene *s, AqRng *r, size_t sounds[3])
{
    size_t order[AQ_TOY_PLAYERS];
    int n = 0;

    for (int k = 0; k < s->n_seen; k++)
        order[k] = (size_t)k;
    aq_rng_shuffle(r, order, (size_t)s->n_seen);
    if (s->n_players > s->n_seen)
        sounds[n++] = (size_t)s->n_seen;
    const double share = n ? 0.5 : 0.66;
    for (int k = 0; k < s->n_seen && n < 3; k++) {
        if (aq_rng_uniform(r) < share)
            sounds[n++] = order[k];
    }
    if (n == 0)
        sounds[n++] = order[0];
    aq_rng_shuffle(r, sounds, (size_t)n);
    return n;
}

/* One or two phrases from `start`; a second one only if a rest fits. */
static void phrase_from(AqToyPlayer *p, AqRng *r, double start, double end)
{
    const double room = end - 0.3 - start;
    double first = tenth(aq_rng_range(r, 1.6, fmin(room, 4.2) + 0.01));

    p->n_phrases = 1;
    p->phrase[0][0] = start;
    if (room < 2.0)
        first = room;
    p->phrase[0][1] = tenth(start + first);
    const double rest = tenth(aq_rng_range(r, 1.5, 2.5)),
                 again = p->phrase[0][1] + rest;
    const double left = end - 0.3 - again;
    if (left >= 1.6 && aq_rng_uniform(r) < 0.55) {
        p->phrase[1][0] = tenth(again);
        p->phrase[1][1] = tenth(again + aq_rng_range(r, 1.6, fmin(left, 4.0) + 0.01));
        p->n_phrases = 2;
    }
}

static int twins(const AqToyScene *s, size_t a, size_t b)
{
    return s->player[a].kind == s->player[b].kind;
}

/* Entries are at least 1.2 s apart, but two of one kind may enter together; the first
 * may play from beginning to end. */
static void choose_times(AqToyScene *s, AqRng *r, const size_t *who, int n)
{
    const double last = s->seconds - 2.6;
    const int always = aq_rng_uniform(r) < 0.35;
    double slack = fmin(last, 6.0) - 1.2 * (n - 1), start = always ? 0.0 : 0.3;

    for (int k = 0; k < n; k++) {
        AqToyPlayer *p = &s->player[who[k]];
        const double more = aq_rng_range(r, 0.0, slack * 0.6);
        if (k == 0 && always) {
            p->n_phrases = 1;
            p->phrase[0][0] = 0.0;
            p->phrase[0][1] = s->seconds;
            continue;
        }
        if (k > 0 && twins(s, who[k - 1], who[k]) && aq_rng_uniform(r) < 0.45 &&
            !(k == 1 && always)) {
            phrase_from(p, r, s->player[who[k - 1]].phrase[0][0], s->seconds);
            continue;
        }
        start = tenth(start + (k > 0 ? 1.2 : 0.0) + more);
        slack -= more;
        phrase_from(p, r, start, s->seconds);
    }
}

/* Levels and note rates, each from a few clearly different steps. */
static void choose_manner(AqToyScene *s, AqRng *r, const size_t *who, int n)
{
    static const double beats[3] = {0.9, 0.4, 0.18};
    size_t level[3] = {0, 1, 2}, beat[3] = {0, 1, 2};

    aq_rng_shuffle(r, level, (size_t)n);
    aq_rng_shuffle(r, beat, 3);
    for (int k = 0; k < n; k++) {
        s->player[who[k]].level_db = -9.0 * (double)level[k];
        s->player[who[k]].note_seconds = beats[beat[k]];
    }
}

void aq_toy_scene_play(AqToyScene *s, AqRng *r, const size_t *who, int n,
                       AqToyEvents events)
{
    if (events == AQ_TOY_MANY)
        aq_toy_many_events(s, r, who, n);
    else
        choose_times(s, r, who, n);
    choose_manner(s, r, who, n);
}

void aq_toy_scene_make(AqToyScene *s, uint64_t seed, unsigned index, double seconds,
                       AqToyEvents events)
{
    AqRng r = aq_toy_rng(seed, index, AQ_TOY_STREAM_SCENE);
    AqRng notes = aq_toy_rng(seed, index, AQ_TOY_STREAM_NOTES);
    size_t who[3];

    memset(s, 0, sizeof *s);
    s->index = index;
    s->cast = &aq_toy_cast;
    s->seconds = seconds;
    s->outdoor = (int)aq_rng_below(&r, 2);
    place_seen(s, &r);
    if (aq_rng_uniform(&r) < 0.3)
        add_unseen(s, &r);
    for (int k = 0; k < s->n_players; k++)
        s->player[k].name = aq_toy_kinds[s->player[k].kind].name;
    const int n = choose_sounding(s, &r, who);
    aq_toy_scene_play(s, &r, who, n, events);
    for (int k = 0; k < s->n_players; k++)
        aq_toy_score_make(&s->player[k], &notes);
}

static json_t *truth_player(const AqToyPlayer *p)
{
    json_t *phrases = json_array();

    for (int k = 0; k < p->n_phrases; k++)
        json_array_append_new(phrases,
                              json_pack("[f,f]", p->phrase[k][0], p->phrase[k][1]));
    return json_pack("{s:s, s:s, s:b, s:b, s:o, s:f, s:f}", "instrument", p->name,
                     "place", aq_toy_place_names[p->place], "seen",
                     p->place != AQ_TOY_UNSEEN, "sounds", p->n_phrases > 0, "phrases",
                     phrases, "level_db", p->level_db, "note_seconds", p->note_seconds);
}

json_t *aq_toy_truth(const AqToyScene *s)
{
    json_t *players = json_array();
    char id[16];

    snprintf(id, sizeof id, "%08u", s->index);
    for (int k = 0; k < s->n_players; k++)
        json_array_append_new(players, truth_player(&s->player[k]));
    return json_pack("{s:s, s:s, s:f, s:s, s:s, s:o}", "video_id", id, "split",
                     aq_toy_split_names[aq_toy_split(s->index)], "seconds", s->seconds,
                     "scene", s->outdoor ? "outdoor" : "indoor", "instruments",
                     aq_toy_world_names[s->world], "players", players);
}
