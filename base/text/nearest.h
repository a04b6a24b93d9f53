/* Did-you-mean: the known name nearest to an unknown one, if it is only a few edits
 * away. */
#ifndef AQ_BASE_TEXT_NEAREST_H
#define AQ_BASE_TEXT_NEAREST_H
#include <stddef.h>

/* How many insertions, deletions, replacements and swaps of neighbouring letters turn
 * `b` into `a` (optimal string alignment). Only the first 63 bytes of each count. */
int aq_edit_distance(const char *a, const char *b);

/* Start with {.word = WORD} and try each known name; `best` stays NULL until one is
 * near: at most a third of the word's letters away, or beginning with the word. */
typedef struct AqNearest {
    const char *word; /* borrowed, as are the names */
    const char *best;
    int distance; /* of `best` */
} AqNearest;
void aq_nearest_try(AqNearest *n, const char *name);

#endif
