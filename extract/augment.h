/*
 * Inputs of networks changed at random while they learn, so that they go by what an
 * instrument is and not by how one recording of it sounds or one drawing looks. The
 * truth stays what it was. `strength` of 0 changes nothing, 1 is strong.
 */
#ifndef AQ_EXTRACT_AUGMENT_H
#define AQ_EXTRACT_AUGMENT_H
#include "base/rng.h"

/* A log-mel patch (rows, cols), log(mel + 0.01), in place: another loudness, another
 * response over frequency (a cosine series of two terms, as rooms and microphones
 * have), bands shifted up or down, a floor of noise. */
void aq_augment_sound(float *x, int rows, int cols, AqRng *rng, double strength);

/* A normalised picture (3, size, size), in place: brightness, contrast and colour,
 * partly to grey, moved up or down, noise. */
void aq_augment_picture(float *x, int size, AqRng *rng, double strength);

/* Left and right exchanged: of a picture (3, size, size), and of what is true of its
 * upright bands, (bands, each). */
void aq_augment_flip_picture(float *x, int size);
void aq_augment_flip_bands(float *x, int bands, int each);

#endif
