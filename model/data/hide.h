/* Takes seconds of a clip for missing, to see what a model makes of what is left. */
#ifndef AQ_MODEL_DATA_HIDE_H
#define AQ_MODEL_DATA_HIDE_H
#include "base/rng.h"

#include <stdint.h>

/* Of the n seconds that are present, makes each absent with probability `share`; if
 * none would be left, one stays. */
void aq_hide_seconds(uint8_t *present, int n, double share, AqRng rng);

#endif
