/*
 * The plan of a scene as real clips are: which of the 22 kinds of instrument
 * (base/concepts/kinds.h) stand where and sound when, what else is heard, and which
 * streams there are. In toyband's form, so that its questions can be asked of it.
 */
#ifndef AQ_SCENES_PLAN_H
#define AQ_SCENES_PLAN_H
#include "examples/toyband/scene/band.h"

enum { AQ_SCENE_SECONDS = 10 };

typedef struct AqRealScene {
    AqToyScene toy;             /* its players have no notes */
    int has_sound, has_picture; /* one of them at least */
    int speech, other; /* speech, and what is none of the kinds, are heard too */
} AqRealScene;

/* Scene `index` of the seed; those of other seeds and numbers are independent. */
void aq_scene_plan(AqRealScene *s, uint64_t seed, unsigned index);

/* Its line of truth.jsonl. Gives; json_decref(). NULL when out of memory. */
json_t *aq_scene_truth(const AqRealScene *s);

#endif
