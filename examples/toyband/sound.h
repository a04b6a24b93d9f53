/* The sound of a scene, from a General MIDI soundfont through FluidSynth. */
#ifndef AQ_TOYBAND_SOUND_H
#define AQ_TOYBAND_SOUND_H
#include "examples/toyband/band.h"

typedef struct AqToySynth AqToySynth;

/* Loads the soundfont once. AQ_ERR_NOT_FOUND says which package has one. */
AQ_MUST_CHECK AqErr aq_toy_synth_new(AqToySynth **out);
void aq_toy_synth_free(AqToySynth **s);

/* Mono samples at AQ_TOY_RATE, seconds * AQ_TOY_RATE of them, -1 .. 1. */
AQ_MUST_CHECK AqErr aq_toy_render(AqToySynth *synth, const AqToyScene *s, float *out);

#endif
