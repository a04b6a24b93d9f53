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

/* All of that but the first, to a sound of root mean square about 1: a room, noise 8 to
 * 40 dB below, a level over 26 dB, loud passages clipped softly. Returns the noise's
 * root mean square before the level. */
double aq_room_record(float *x, int n, AqRng *r);

double aq_room_rms(const float *x, int n);

#endif
