/*
 * Questions to words. Letters are lower-cased (ASCII only; bytes of other scripts are
 * kept as they are); everything that is neither letter, digit, underscore nor a byte of
 * a UTF-8 letter separates words, full-width and typographic punctuation included.
 * An apostrophe inside a word (straight or typographic) belongs to it: "what's".
 * "acoustic_guitar" is one word. Bytes that are not UTF-8 separate.
 */
#ifndef AQ_MODEL_QUESTION_TOKENISE_H
#define AQ_MODEL_QUESTION_TOKENISE_H
#include "base/err.h"

#include <stddef.h>

#define AQ_WORD_BYTES 48 /* longer words are cut here, at a character */

typedef struct AqWord {
    char text[AQ_WORD_BYTES];
} AqWord;

/* Takes the next word from *text and moves *text behind it; 0 when there is none. */
int aq_tokenise_next(const char **text, AqWord *out);

/* The words, joined by single blanks, into `out` (cut to fit); returns out. Two
 * questions are the same text where this is equal. */
char *aq_tokenise_normal(const char *text, char *out, size_t bytes);

#endif
