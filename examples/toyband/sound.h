/* Renders a scene's sound from General MIDI soundfonts by FluidSynth, or from
 * recordings. */
#ifndef AQ_TOYBAND_SOUND_H
#define AQ_TOYBAND_SOUND_H
#include "examples/toyband/scene/band.h"

typedef struct AqToySynth AqToySynth;

/* Loads once what scenes of these worlds need (several soundfonts if `varied`, the
 * recordings if `recorded`). The message of AQ_ERR_NOT_FOUND says which package has it.
 */
AQ_MUST_CHECK AqErr aq_toy_synth_new(AqToySynth **out, int varied, int recorded);
void aq_toy_synth_free(AqToySynth **s);

/* Renders mono samples at AQ_TOY_RATE, seconds * AQ_TOY_RATE of them, in -1 .. 1. The
 * same seed and scene give the same sound. */
AQ_MUST_CHECK AqErr aq_toy_render(AqToySynth *synth, const AqToyScene *s, uint64_t seed,
                                  float *out);

#endif
