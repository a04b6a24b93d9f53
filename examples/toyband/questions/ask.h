/* Questions about a scene, in MUSIC-AVQA's annotation schema. */
#ifndef AQ_TOYBAND_ASK_H
#define AQ_TOYBAND_ASK_H
#include "examples/toyband/scene/band.h"

/* What training labels lack. Only training videos get it. */
typedef struct AqToyLabels {
    double noise; /* share of answers that are replaced by another */
    int most;     /* questions of a video that are kept; 0: all */
} AqToyLabels;

/* Appends `most` questions about the scene (fewer if fewer can be asked; 0: 4 to 8) to
 * the JSON array `list`; *next_id is the next question id. Every answer follows from
 * the scene, but for what `labels` changes if the video is one to train on. */
AQ_MUST_CHECK AqErr aq_toy_ask(json_t *list, const AqToyScene *s, uint64_t seed,
                               int most, const AqToyLabels *labels, int *next_id);

#endif
