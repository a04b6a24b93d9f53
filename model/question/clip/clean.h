/*
 * A question as CLIP's tokenizer reads it: cleaned, in lower case, in pieces.
 *
 * Cleaning is that of clip/simple_tokenizer.py of openai/CLIP: what ftfy.fix_text()
 * does to single characters (HTML references, Windows-1252 controls, Latin ligatures,
 * full and half width, quotes, terminal escapes, control characters, NFC), HTML's
 * references twice more, runs of white space as one blank, lower case. Left out is
 * ftfy's guess at text that was decoded as another encoding ("schÃ¶n"). Unicode's
 * classes come from utf8proc.
 */
#ifndef AQ_MODEL_QUESTION_CLIP_CLEAN_H
#define AQ_MODEL_QUESTION_CLIP_CLEAN_H
#include "base/err.h"

#include <stddef.h>

/* Bytes that are no UTF-8 become U+FFFD. Gives; NULL when out of memory. */
char *aq_clean_text(const char *text);

/* The next piece of cleaned text: 's 't 're 've 'm 'll or 'd, a run of letters, one
 * digit, or a run of whatever else is not white space. Moves *text past it; 0 if there
 * is none. */
int aq_clean_next(const char **text, const char **piece, size_t *bytes);

#endif
