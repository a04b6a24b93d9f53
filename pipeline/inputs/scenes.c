/* SPDX-License-Identifier: MIT */
#include "pipeline/inputs/scenes.h"

#include "base/alloc.h"
#include "base/text/lines.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_KINDS  256
#define HEARD_FROM 0.3 /* least seconds of sound in a second */

/* ---- reading ---- */

static int find_scene_kind(AqScenes *s, const char *name)
{
    for (int k = 0; k < s->n_kinds; k++)
        if (strcmp(s->kinds[k], name) == 0)
            return k;
    if (s->n_kinds == MAX_KINDS)
        return -1;
    char **kinds = aq_grow(s->kinds, (size_t)s->n_kinds, sizeof *kinds);
    if (!kinds)
        return -1;
    s->kinds = kinds;
    kinds[s->n_kinds] = aq_strdup(name);
    return kinds[s->n_kinds] ? s->n_kinds++ : -1;
}

static int parse_scene_place(const char *text, int *out)
{
    static const char *const names[] = {"left", "middle", "right"};

    *out = AQ_SCENE_UNSEEN;
    for (int k = 0; k < AQ_SCENE_PLACES; k++)
        if (strcmp(text, names[k]) == 0)
            *out = k;
    return *out != AQ_SCENE_UNSEEN || strcmp(text, "unseen") == 0;
}

static const char *read_phrases(AqScenePlayer *p, json_t *list)
{
    size_t k;
    json_t *pair;

    if (json_array_size(list) > AQ_SCENE_PHRASES)
        return "has too many phrases";
    json_array_foreach(list, k, pair)
    {
        double *at = p->phrase[k];

        if (json_unpack(pair, "[F,F]", &at[0], &at[1]) != 0 || !(at[0] <= at[1]))
            return "has a phrase that is not [from, to] in seconds";
        p->n_phrases++;
    }
    return NULL;
}

static const char *read_player(AqScenes *s, AqScenePlayer *p, json_t *o)
{
    const char *instrument, *place;
    json_t *phrases;

    if (json_unpack(o, "{s:s, s:s, s:o, s:F, s:F}", "instrument", &instrument, "place",
                    &place, "phrases", &phrases, "level_db", &p->level_db,
                    "note_seconds", &p->note_seconds) != 0)
        return "has a player without instrument, place, phrases, level_db and "
               "note_seconds";
    if (!parse_scene_place(place, &p->place))
        return "has a place that is not left, middle, right or unseen";
    p->kind = find_scene_kind(s, instrument);
    return p->kind < 0 ? "names too many instruments" : read_phrases(p, phrases);
}

static const char *read_scene(AqScenes *s, AqScene *scene, json_t *o)
{
    const char *id, *split, *where, *fault = NULL;
    json_t *players, *p;
    size_t k;

    if (json_unpack(o, "{s:s, s:s, s:s, s:o}", "video_id", &id, "split", &split,
                    "scene", &where, "players", &players) != 0)
        return "is not an object with video_id, split, scene and players";
    if (json_array_size(players) > AQ_SCENE_PLAYERS)
        return "has too many players";
    scene->val = strcmp(split, "val") == 0;
    scene->test = strcmp(split, "test") == 0;
    scene->outdoor = strcmp(where, "outdoor") == 0;
    scene->video_id = aq_strdup(id);
    json_array_foreach(players, k, p)
    {
        if (!fault)
            fault = read_player(s, &scene->player[scene->n_players++], p);
    }
    return fault;
}

static AqErr read_line(AqScenes *s, const char *path, const char *line, long number)
{
    json_error_t why;
    json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &why);

    if (!o)
        return aq_fail(AQ_ERR_FORMAT, "%s, line %ld: %s", path, number, why.text);
    AqScene *v = aq_grow(s->v, s->n, sizeof *v);
    const char *fault = NULL;
    if (v) {
        s->v = v;
        v[s->n] = (AqScene){0};
        fault = read_scene(s, &v[s->n++], o);
    }
    json_decref(o);
    if (!v || (!fault && !s->v[s->n - 1].video_id))
        return AQ_ERR_NOMEM;
    return fault ? aq_fail(AQ_ERR_FORMAT, "%s, line %ld: %s", path, number, fault)
                 : AQ_OK;
}

AqErr aq_scenes_read(AqScenes *out, const char *path)
{
    AqLines lines;
    const char *line;
    AqErr err = aq_lines_open(&lines, path);

    *out = (AqScenes){0};
    if (err != AQ_OK)
        return err;
    while ((err = aq_lines_next(&lines, &line)) == AQ_OK &&
           (err = read_line(out, path, line, (long)lines.number)) == AQ_OK)
        ;
    err = err == AQ_EOF ? AQ_OK : err;
    if (err == AQ_OK && out->n == 0)
        err = aq_fail(AQ_ERR_FORMAT, "%s: contains no clips", path);
    aq_lines_close(&lines);
    if (err != AQ_OK)
        aq_scenes_clear(out);
    return err;
}

void aq_scenes_clear(AqScenes *s)
{
    for (size_t k = 0; k < s->n; k++)
        aq_free(s->v[k].video_id);
    for (int k = 0; k < s->n_kinds; k++)
        aq_free(s->kinds[k]);
    aq_free(s->v);
    aq_free(s->kinds);
    *s = (AqScenes){0};
}

/* ---- targets ---- */

static double sounding_seconds(const AqScenePlayer *p, int second)
{
    double sum = 0;

    for (int k = 0; k < p->n_phrases; k++)
        sum +=
            fmax(0, fmin(p->phrase[k][1], second + 1) - fmax(p->phrase[k][0], second));
    return sum;
}

/* The bits of one kind, of which `n` players sound, p the loudest of them. */
static void sound_bits(const AqScenePlayer *p, int n, float *target, float *weight)
{
    const float bits[AQ_SCENE_SOUND_BITS] = {1,
                                             n > 1,
                                             p->level_db > -4.5,
                                             p->level_db > -13.5,
                                             p->note_seconds < 0.65,
                                             p->note_seconds < 0.29};

    memcpy(target, bits, sizeof bits);
    for (int k = 0; k < AQ_SCENE_SOUND_BITS; k++)
        weight[k] = 1;
}

void aq_scene_sound(const AqScenes *s, const AqScene *scene, int second, float *target,
                    float *weight)
{
    for (int kind = 0; kind < s->n_kinds; kind++) {
        float *t = target + (size_t)kind * AQ_SCENE_SOUND_BITS,
              *w = weight + (size_t)kind * AQ_SCENE_SOUND_BITS;
        const AqScenePlayer *loudest = NULL;
        int n = 0, doubtful = 0;

        memset(t, 0, AQ_SCENE_SOUND_BITS * sizeof *t);
        memset(w, 0, AQ_SCENE_SOUND_BITS * sizeof *w);
        for (int k = 0; k < scene->n_players; k++) {
            const AqScenePlayer *p = &scene->player[k];
            const double heard = p->kind == kind ? sounding_seconds(p, second) : 0;

            doubtful |= heard > 0 && heard < HEARD_FROM;
            if (heard < HEARD_FROM)
                continue;
            n++;
            loudest = !loudest || p->level_db > loudest->level_db ? p : loudest;
        }
        if (doubtful)
            continue;
        w[0] = 1;
        if (loudest)
            sound_bits(loudest, n, t, w);
    }
}

void aq_scene_picture(const AqScenes *s, const AqScene *scene, float *target,
                      float *weight)
{
    const int each = s->n_kinds + 1;

    for (int k = 0; k < AQ_SCENE_PLACES * each; k++) {
        target[k] = k % each == s->n_kinds && scene->outdoor;
        weight[k] = 1;
    }
    for (int k = 0; k < scene->n_players; k++) {
        const AqScenePlayer *p = &scene->player[k];

        if (p->place != AQ_SCENE_UNSEEN)
            target[p->place * each + p->kind] = 1;
    }
}
