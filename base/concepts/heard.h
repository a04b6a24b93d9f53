/*
 * What is told of a second of sound: for each kind of instrument (kinds.h) whether it
 * is heard, and behind the kinds a voice that sings, speech, noise, and none of the
 * kinds. Extractors of what is heard name their columns so, in this order.
 */
#ifndef AQ_BASE_CONCEPTS_HEARD_H
#define AQ_BASE_CONCEPTS_HEARD_H
#include "base/concepts/kinds.h"

enum { AQ_N_HEARD = AQ_N_KINDS + 4 };

/* "accordion", ..., "xylophone", "voice", "speech", "noise", "none"; NULL behind the
 * last. */
extern const char *const aq_heard_names[AQ_N_HEARD + 1];

#endif
