/* The name that was probably meant by one that is none: of those that few edits away
 * are, the nearest. */
#ifndef AQ_BASE_TEXT_NEAREST_H
#define AQ_BASE_TEXT_NEAREST_H
#include <stddef.h>

/* Letters to put in, take away, replace, or swap with their neighbour, to make `a` of
 * `b` (optimal string alignment). Of the first 63 bytes of each. */
int aq_edit_distance(const char *a, const char *b);

/* {.word = WORD}, then each name there is; `best` is NULL as long as none is near:
 * within a third of the word's letters, or what the word is the beginning of. */
typedef struct AqNearest {
    const char *word; /* borrowed, as are the names */
    const char *best;
    int distance; /* of `best` */
} AqNearest;
void aq_nearest_try(AqNearest *n, const char *name);

#endif
