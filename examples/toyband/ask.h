/* Questions about a scene, in MUSIC-AVQA's annotation schema. */
#ifndef AQ_TOYBAND_ASK_H
#define AQ_TOYBAND_ASK_H
#include "examples/toyband/band.h"

/* Appends 4 to 8 questions about the scene to the JSON array `list`; *next_id counts
 * the question ids. Every answer follows from the scene. */
AQ_MUST_CHECK AqErr aq_toy_ask(json_t *list, const AqToyScene *s, uint64_t seed,
                               int *next_id);

#endif
