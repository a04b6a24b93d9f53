/*
 * Clips with known ground truth, as in toyband's truth.jsonl: one JSON object per line,
 * {"video_id", "split", "seconds", "scene": "indoor" | "outdoor", "players": [...]},
 * and a player {"instrument", "place": "left" | "middle" | "right" | "unseen",
 * "phrases": [[from, to], ...] in seconds, "level_db", "note_seconds"}.
 */
#ifndef AQ_PIPELINE_INPUTS_SCENES_H
#define AQ_PIPELINE_INPUTS_SCENES_H
#include "base/err.h"

#include <stddef.h>

#define AQ_SCENE_PLAYERS 8
#define AQ_SCENE_PHRASES 16
#define AQ_SCENE_PLACES  3
#define AQ_SCENE_UNSEEN  (-1)

typedef struct AqScenePlayer {
    int kind, place; /* place: 0 left, 1 middle, 2 right, or AQ_SCENE_UNSEEN */
    int n_phrases;
    double phrase[AQ_SCENE_PHRASES][2];
    double level_db, note_seconds;
} AqScenePlayer;

typedef struct AqScene {
    char *video_id;
    int val, test, outdoor, n_players;
    AqScenePlayer player[AQ_SCENE_PLAYERS];
} AqScene;

typedef struct AqScenes {
    AqScene *v;
    size_t n;
    char **kinds; /* names of the instruments, in the order they first occur */
    int n_kinds;
} AqScenes;

/* AQ_ERR_FORMAT names file and line. */
AQ_MUST_CHECK AqErr aq_scenes_read(AqScenes *out, const char *path);
void aq_scenes_clear(AqScenes *s);

/* ---- targets that a network can learn (extract/pretrain/pretrain.h) ---- */

/* Per kind, in one second: heard; more than one; among the loudest (over -4.5 dB); not
 * among the softest (over -13.5 dB); notes under 0.65 s; under 0.29 s. */
#define AQ_SCENE_SOUND_BITS 6
/* n_kinds * AQ_SCENE_SOUND_BITS values each. weight 0: not defined for this second. */
void aq_scene_sound(const AqScenes *s, const AqScene *scene, int second, float *target,
                    float *weight);

/* Per place: for each kind, is such an instrument there; and is the scene outdoors.
 * AQ_SCENE_PLACES * (n_kinds + 1) values each. */
void aq_scene_picture(const AqScenes *s, const AqScene *scene, float *target,
                      float *weight);

#endif
