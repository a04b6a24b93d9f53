/*
 * What is told of a second of sound: for each kind of instrument (kinds.h) whether it
 * is heard, and behind the kinds a voice that sings, speech, noise, and none of the
 * kinds. Extractors of what is heard name their columns so, in this order.
 */
#ifndef AQ_BASE_CONCEPTS_HEARD_H
#define AQ_BASE_CONCEPTS_HEARD_H
#include "base/concepts/kinds.h"

enum {
    AQ_HEARD_VOICE = AQ_N_KINDS, /* singing */
    AQ_HEARD_SPEECH,
    AQ_HEARD_NOISE, /* what is neither music nor a voice */
    AQ_HEARD_NONE,  /* none of the kinds of instrument */
    AQ_N_HEARD
};

/* "accordion", ..., "xylophone", "voice", "speech", "noise", "none"; NULL behind the
 * last. */
extern const char *const aq_heard_names[AQ_N_HEARD + 1];

#endif
