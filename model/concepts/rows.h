/*
 * Rows of concepts: features whose columns have names (base/concepts/columns.h), as
 * `hearing` and `sight` make them. What the rest of this folder reads of them is the
 * same whichever network they are by: how likely a concept is in a second and place.
 *
 * Threads: plain values, only read once they are set.
 */
#ifndef AQ_MODEL_CONCEPTS_ROWS_H
#define AQ_MODEL_CONCEPTS_ROWS_H
#include "base/concepts/kinds.h"

#include <stddef.h>

/* The kinds of instrument (AqKind) come first, under the same numbers. */
typedef enum AqConcept {
    AQ_CONCEPT_ELECTRIC_GUITAR = AQ_N_KINDS, /* seen alone: no kind of its own */
    AQ_CONCEPT_OTHER_INSTRUMENT,
    AQ_CONCEPT_PEOPLE,
    AQ_CONCEPT_STAGE,
    AQ_CONCEPT_INDOOR,
    AQ_CONCEPT_OUTDOOR,
    AQ_CONCEPT_VOICE, /* singing */
    AQ_CONCEPT_SPEECH,
    AQ_CONCEPT_NOISE,
    AQ_CONCEPT_NONE,
    AQ_N_CONCEPTS
} AqConcept;

/* "violin", ..., "other_instrument", ..., as columns are called. */
const char *aq_concept_name(int concept);

/* Cells of the picture; of sound there is one, which is its best. */
typedef enum AqConceptPlace {
    AQ_PLACE_LEFT,
    AQ_PLACE_MIDDLE,
    AQ_PLACE_RIGHT,
    AQ_PLACE_BEST, /* of all the picture */
    AQ_N_PLACES
} AqConceptPlace;

/* The same for people: "violin", "electric guitar", "another instrument", "singing".
 * Static. */
const char *aq_concept_title(int concept);

/* "left", "middle", "right", "best". */
const char *aq_concept_place_name(AqConceptPlace place);

/* A second whose sound stays below this is silent: nothing is heard in it, whatever a
 * network makes of it. In dBFS. */
#define AQ_CONCEPT_SILENT (-60.0F)

typedef struct AqConceptRows {
    /* Set by the caller; all borrowed. */
    const char *description; /* how they were made, with the names ("sampling") */
    int n_seconds;           /* T */
    const float *data;       /* T rows, `stride` floats from one to the next;
                                NULL: the clip lacks the stream */
    size_t stride;
    int n_values;                 /* of a row: cells by columns */
    const unsigned char *present; /* (T), NULL: every second is there */
    const float *level;           /* (T) of the sound, dBFS; NULL: not known */
    /* Set by aq_concept_rows_name(). */
    int column[AQ_N_CONCEPTS]; /* -1: it has none */
    int cell[AQ_N_PLACES];     /* -1: it has none */
    int n_columns;             /* all, known or not; 0: no names */
    int is_logodds;            /* values are log-odds; else 0..1 */
} AqConceptRows;

/* Reads the names in the description, which may be NULL. Gives 1 if a column is called
 * as a concept is. 0, and no column, where there are no such names or where the row's
 * size is not that of columns and cells. Log-odds are told by the switch that makes
 * them
 * ("out=logodds"). */
int aq_concept_rows_name(AqConceptRows *r);

/* How likely the concept is there in second t, 0..1. 0 in a silent second. Negative
 * where that is not known: no such column or cell, no such second, not a number. */
double aq_concept_at(const AqConceptRows *r, int concept, AqConceptPlace place, int t);

/* 1: what second t has to say is known to be nothing, as its sound is silent. */
int aq_concept_is_silent(const AqConceptRows *r, int t);

#endif
