/*
 * Which instruments a question names, in the words that people use: "violins", "a sax",
 * "the drums", "bass guitar", "acoustic_guitar".
 */
#ifndef AQ_MODEL_CONCEPTS_NAMED_H
#define AQ_MODEL_CONCEPTS_NAMED_H
#include "model/concepts/rows.h"

#define AQ_MOST_NAMED 4 /* instruments of a question that are told */

typedef struct AqNamed {
    int concept[AQ_MOST_NAMED];      /* a kind, AQ_CONCEPT_ELECTRIC_GUITAR, or
                                        AQ_CONCEPT_OTHER_INSTRUMENT: none that is known */
    const char *word[AQ_MOST_NAMED]; /* "saxophone", "harp": static text */
    int n;
} AqNamed;

/* In the question's order, each concept once; other instruments each by its word. */
AqNamed aq_concepts_named(const char *question);

/* Does the question compare how loud, or how rhythmic, something is? */
int aq_question_compares_loudness(const char *question);

#endif
