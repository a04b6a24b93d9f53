/* The picture of a scene, drawn with cairo and pango. */
#ifndef AQ_TOYBAND_PICTURE_H
#define AQ_TOYBAND_PICTURE_H
#include "examples/toyband/scene/band.h"
#include "examples/toyband/shelf.h"

typedef struct AqToyStage AqToyStage;

/* Prepares a scene's background and instruments. With `more` (NULL: none) varied scenes
 * have its drawings and more kinds of backdrops. AQ_ERR_NOT_FOUND if the pictures are
 * not installed. */
AQ_MUST_CHECK AqErr aq_toy_stage_new(AqToyStage **out, const AqToyScene *s,
                                     const AqToyShelf *more, uint64_t seed);
void aq_toy_stage_free(AqToyStage **st);

/* The picture at t seconds: 32-bit rows (native BGRX), borrowed until the next call. */
const uint8_t *aq_toy_stage_draw(AqToyStage *st, double t, int *stride);

#endif
