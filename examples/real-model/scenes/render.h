/* The sound of a scene: soundfonts, a room, noise (examples/real-model/phrases). */
#ifndef AQ_SCENES_RENDER_H
#define AQ_SCENES_RENDER_H
#include "examples/real-model/phrases/speech.h"
#include "examples/real-model/phrases/synth.h"
#include "examples/real-model/scenes/plan.h"

enum { AQ_SCENE_SAMPLES = AQ_SCENE_SECONDS * AQ_PHRASES_RATE };

/* Writes out[AQ_SCENE_SAMPLES], -1 .. 1. `speech` may be empty: then none is spoken. */
AQ_MUST_CHECK AqErr aq_scene_render(AqPhraseSynth *synth, const AqSpeech *speech,
                                    const AqRealScene *s, AqRng *r, float *out);

#endif
