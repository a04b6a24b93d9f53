/*
 * Splits questions into words. Letters are lower-cased (ASCII only; other scripts are
 * left unchanged); everything but letters, digits, underscores and bytes of UTF-8
 * letters separates words, including full-width and typographic punctuation. An
 * apostrophe inside a word (straight or typographic) is part of it: "what's".
 * "acoustic_guitar" is one word. Bytes that are not UTF-8 separate.
 */
#ifndef AQ_MODEL_QUESTION_TOKENISE_H
#define AQ_MODEL_QUESTION_TOKENISE_H
#include "base/err.h"

#include <stddef.h>

#define AQ_WORD_BYTES 48 /* longer words are cut here, at a character boundary */

typedef struct AqWord {
    char text[AQ_WORD_BYTES];
} AqWord;

/* Reads the next word from *text and moves *text past it; 0 if there is none. */
int aq_tokenise_next(const char **text, AqWord *out);

/* Writes the words, joined by single blanks, into `out` (cut to fit); returns out. Two
 * questions count as the same text if this is equal. */
char *aq_tokenise_normal(const char *text, char *out, size_t bytes);

#endif
