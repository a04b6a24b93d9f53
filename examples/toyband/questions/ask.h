/* Questions about a scene, in MUSIC-AVQA's annotation schema. */
#ifndef AQ_TOYBAND_ASK_H
#define AQ_TOYBAND_ASK_H
#include "examples/toyband/scene/band.h"

/* Appends `most` questions about the scene (fewer if fewer can be asked; 0: 4 to 8) to
 * the JSON array `list`; *next_id is the next question id. Every answer follows from
 * the scene. */
AQ_MUST_CHECK AqErr aq_toy_ask(json_t *list, const AqToyScene *s, uint64_t seed,
                               int most, int *next_id);

#endif
