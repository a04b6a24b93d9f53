/* The sound of a scene, from General MIDI soundfonts through FluidSynth, or recordings.
 */
#ifndef AQ_TOYBAND_SOUND_H
#define AQ_TOYBAND_SOUND_H
#include "examples/toyband/band.h"

typedef struct AqToySynth AqToySynth;

/* Loads once what scenes of these worlds need (several soundfonts with `varied`, the
 * recordings with `recorded`). AQ_ERR_NOT_FOUND says which package has it. */
AQ_MUST_CHECK AqErr aq_toy_synth_new(AqToySynth **out, int varied, int recorded);
void aq_toy_synth_free(AqToySynth **s);

/* The same seed and scene give the same sound. Mono samples at AQ_TOY_RATE, seconds *
 * AQ_TOY_RATE of them, -1 .. 1. */
AQ_MUST_CHECK AqErr aq_toy_render(AqToySynth *synth, const AqToyScene *s, uint64_t seed,
                                  float *out);

#endif
