/*
 * A phrase: some seconds of one to three instruments, now and then of others, of speech
 * or of noise alone, in a room, with noise and at a level that are drawn; and what is
 * heard in each of its seconds. All from a seed.
 */
#ifndef AQ_PHRASES_PHRASE_H
#define AQ_PHRASES_PHRASE_H
#include "examples/real-model/phrases/speech.h"
#include "examples/real-model/phrases/synth.h"

enum { AQ_PHRASE_SECONDS = 8, AQ_PHRASE_SAMPLES = AQ_PHRASE_SECONDS * AQ_PHRASES_RATE };

typedef struct AqPhrase {
    float sound[AQ_PHRASE_SAMPLES]; /* -1 .. 1 */
    /* '1' heard, '0' not, '?' too soft to tell or not known. */
    char heard[AQ_PHRASE_SECONDS][AQ_N_HEARD];
} AqPhrase;

/* `speech` may be empty: then none is spoken. */
AQ_MUST_CHECK AqErr aq_phrase_make(AqPhrase *out, AqPhraseSynth *synth,
                                   const AqSpeech *speech, AqRng *r);

#endif
