/*
 * The rows that a text tower has made of questions (text_rows.h), a text at a time,
 * each once: some 25 kB for each text of ten tokens at a width of 512. A bank belongs
 * to one thread.
 */
#ifndef AQ_MODEL_QUESTION_CLIP_TEXT_BANK_H
#define AQ_MODEL_QUESTION_CLIP_TEXT_BANK_H
#include "model/question/clip/clip_text.h"
#include "model/question/clip/text_rows.h"

typedef struct AqTextBank AqTextBank;

/* Borrows the tower. */
AQ_MUST_CHECK AqErr aq_text_bank_new(AqTextBank **out, const AqClipText *tower);
void aq_text_bank_free(AqTextBank **b);

const AqClipText *aq_text_bank_tower(const AqTextBank *b);

/* Writes the ids of a question's rows into ids[0..max), the rest 0; *n of them, of
 * which the last is its end. Of more tokens than fit, the first are taken; the end has
 * seen all that the tower reads. */
AQ_MUST_CHECK AqErr aq_text_bank_ids(AqTextBank *b, const char *text, int *ids, int max,
                                     int *n);

/* Borrowed; what it points to changes with the next text. */
const AqTextRows *aq_text_bank_rows(const AqTextBank *b);

/* The mean of the text's tokens by themselves, (W); zero if it has none. */
AQ_MUST_CHECK AqErr aq_text_bank_mean(AqTextBank *b, const char *text, float *out);

/* From here on rows of the text's tokens are kept: aq_text_bank_keeps() is 1 for these
 * and for ends. */
AQ_MUST_CHECK AqErr aq_text_bank_keep(AqTextBank *b, const char *text);
int aq_text_bank_keeps(const AqTextBank *b, int id);

#endif
