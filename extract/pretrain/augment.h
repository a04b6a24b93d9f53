/*
 * Random augmentation of network inputs during training, so that networks learn what an
 * instrument is, not how one recording sounds or one drawing looks. Targets do not
 * change. `strength` 0 changes nothing, 1 is strong.
 */
#ifndef AQ_EXTRACT_PRETRAIN_AUGMENT_H
#define AQ_EXTRACT_PRETRAIN_AUGMENT_H
#include "base/rng.h"

/* Changes a log-mel patch (rows, cols), log(mel + offset), in place: loudness,
 * frequency response (a two-term cosine series, like a room's or a microphone's), bands
 * shifted up or down, and a noise floor. */
void aq_augment_sound(float *x, int rows, int cols, double offset, AqRng *rng,
                      double strength);

/* Changes a normalised picture (3, size, size) in place: brightness, contrast and
 * colour, partly to grey, a shift up or down, and noise. */
void aq_augment_picture(float *x, int size, AqRng *rng, double strength);

/* Mixes another sound into x: log-mel patches of n values, as if both were played. */
void aq_augment_mix_sound(float *x, const float *other, int n, double offset);

/* The mix's targets, into target and weight (groups, each): the first of each group
 * says whether a thing is there, the others describe it. It is there if it is in either
 * input; its description stays known only if it is in just one. */
void aq_augment_mix_truth(float *target, float *weight, const float *other_target,
                          const float *other_weight, int groups, int each);

/* Copies vertical band `band` of `bands` of a picture (3, size, size) from another. */
void aq_augment_paste_band(float *x, const float *other, int size, int band, int bands);

/* Mirror a picture (3, size, size) left to right, and the targets of its vertical bands
 * (bands, each). */
void aq_augment_flip_picture(float *x, int size);
void aq_augment_flip_bands(float *x, int bands, int each);

#endif
