/*
 * Inputs of networks changed at random while they learn, so that they go by what an
 * instrument is and not by how one recording of it sounds or one drawing looks. The
 * truth stays what it was. `strength` of 0 changes nothing, 1 is strong.
 */
#ifndef AQ_EXTRACT_PRETRAIN_AUGMENT_H
#define AQ_EXTRACT_PRETRAIN_AUGMENT_H
#include "base/rng.h"

/* A log-mel patch (rows, cols), log(mel + 0.01), in place: another loudness, another
 * response over frequency (a cosine series of two terms, as rooms and microphones
 * have), bands shifted up or down, a floor of noise. */
void aq_augment_sound(float *x, int rows, int cols, AqRng *rng, double strength);

/* A normalised picture (3, size, size), in place: brightness, contrast and colour,
 * partly to grey, moved up or down, noise. */
void aq_augment_picture(float *x, int size, AqRng *rng, double strength);

/* Two sounds at once, into x: log-mel patches of n values, as if both were played. */
void aq_augment_mix_sound(float *x, const float *other, int n);

/* What is then true, into target and weight (groups, each): of each group the first
 * says whether a thing is there, the others how it is. It is there where it is in one
 * of the two; how it is stays known where it is in one of them only. */
void aq_augment_mix_truth(float *target, float *weight, const float *other_target,
                          const float *other_weight, int groups, int each);

/* Upright band `band` of `bands` of a picture (3, size, size) taken from another. */
void aq_augment_paste_band(float *x, const float *other, int size, int band, int bands);

/* Left and right exchanged: of a picture (3, size, size), and of what is true of its
 * upright bands, (bands, each). */
void aq_augment_flip_picture(float *x, int size);
void aq_augment_flip_bands(float *x, int bands, int each);

#endif
