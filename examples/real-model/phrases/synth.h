/* One instrument's notes as sound, by FluidSynth and soundfonts that are given, or from
 * recordings of single notes. */
#ifndef AQ_PHRASES_SYNTH_H
#define AQ_PHRASES_SYNTH_H
#include "base/err.h"
#include "examples/real-model/phrases/score.h"

#define AQ_PHRASES_RATE 16000 /* samples a second of what is made */

typedef struct AqPhraseSynth AqPhraseSynth;

/* Loads n soundfonts, and recordings of notes (sampler.h) from a folder, which may be
 * NULL. AQ_ERR_NOT_FOUND, AQ_ERR_FORMAT, AQ_ERR_MEDIA. */
AQ_MUST_CHECK AqErr aq_phrase_synth_new(AqPhraseSynth **out, const char *const *fonts,
                                        int n, const char *samples);
void aq_phrase_synth_free(AqPhraseSynth **s);

/* Plays the score with one of the voice's programs and one of the soundfonts into
 * out[n] at AQ_PHRASES_RATE, `speed` times as fast and high; every other time from
 * recordings, where there are some of it. The score's seconds are
 * those before. */
AQ_MUST_CHECK AqErr aq_phrase_synth_play(AqPhraseSynth *s, const AqVoiceKind *v,
                                         const AqScore *score, double speed, AqRng *r,
                                         float *out, int n);

#endif
