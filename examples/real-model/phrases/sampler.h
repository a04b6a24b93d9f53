/*
 * Instruments as recordings of single notes: folders of mono sound files, each named by
 * its pitch ("A3.wav", "Cs4.wav" for C sharp; middle C is C4).
 */
#ifndef AQ_PHRASES_SAMPLER_H
#define AQ_PHRASES_SAMPLER_H
#include "base/err.h"
#include "examples/real-model/phrases/score.h"

typedef struct AqSampler AqSampler;

/* Loads every folder of `dir` that a voice names (AqVoiceKind.samples); others are left
 * alone. The files are of `rate` Hz, any format of libsndfile. AQ_ERR_NOT_FOUND if
 * there is none, AQ_ERR_MEDIA for a file that is not as said. */
AQ_MUST_CHECK AqErr aq_sampler_new(AqSampler **out, const char *dir, int rate);
void aq_sampler_free(AqSampler **s);

/* Whether one of the voice's instruments is there. `s` may be NULL. */
int aq_sampler_has(const AqSampler *s, const AqVoiceKind *v);

/* Plays the score with one of the voice's instruments: writes out[n]. Notes that it
 * does not reach are played in another octave. The voice has an instrument here. */
void aq_sampler_play(const AqSampler *s, const AqVoiceKind *v, const AqScore *score,
                     AqRng *r, float *out, int n);

#endif
