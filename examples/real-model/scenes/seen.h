/*
 * What `sight` (extract/networks/image/sight.c) would say of a scene's pictures, drawn
 * from tables of what it says of real ones: for each second of its cells (left, middle,
 * right, best) how likely each of its columns is.
 */
#ifndef AQ_SCENES_SEEN_H
#define AQ_SCENES_SEEN_H
#include "examples/real-model/scenes/plan.h"

enum { AQ_SEEN_CELLS = 4, AQ_SEEN_COLUMNS = 18 };

/* Does a description of stored features (base/concepts/columns.h) name these cells and
 * columns? */
int aq_scene_seen_as(const char *description);

typedef float AqSeen[AQ_SCENE_SECONDS][AQ_SEEN_CELLS][AQ_SEEN_COLUMNS];

void aq_scene_see(AqSeen out, const AqRealScene *s, AqRng *r);

#endif
