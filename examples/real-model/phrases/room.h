/* What lies between an instrument and a recording: its tone, a room, noise, a level. */
#ifndef AQ_PHRASES_ROOM_H
#define AQ_PHRASES_ROOM_H
#include "base/rng.h"

/* All change x[n], at AQ_PHRASES_RATE, in place. */

/* Three peaks or dips, and a slope to high or low frequencies. */
void aq_room_equalise(float *x, int n, AqRng *r);
/* Reverberation of a room drawn at random, from none to a hall. AQ_ERR_NOMEM aside it
 * cannot fail. */
void aq_room_reverberate(float *x, int n, AqRng *r);
/* Adds coloured noise of that root mean square. */
void aq_room_add_noise(float *x, int n, double rms, AqRng *r);

double aq_room_rms(const float *x, int n);

#endif
