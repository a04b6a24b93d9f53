/* Families of instruments, for what is known where the kind is not: "something
 * plucked". As orchestras and textbooks sort them (Hornbostel and Sachs, 1914, by what
 * sounds, would put the piano beside the guitar). */
#ifndef AQ_MODEL_CONCEPTS_FAMILY_H
#define AQ_MODEL_CONCEPTS_FAMILY_H
#include "model/concepts/evidence.h"

/* "plucked", "bowed", "blown", "struck"; NULL: none of these (accordion, piano).
 * Static.
 */
const char *aq_family_of(int kind);

/* The family that is heard: one that has most of what is not the share of none, where
 * that is not little. NULL: none is. */
const char *aq_family_heard(const AqEvidence *e);

#endif
