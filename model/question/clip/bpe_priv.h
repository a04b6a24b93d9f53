/* Between the tokenizer (bpe.c) and the readers of its files (bpe_file.c). */
#ifndef AQ_MODEL_QUESTION_CLIP_BPE_PRIV_H
#define AQ_MODEL_QUESTION_CLIP_BPE_PRIV_H
#include "model/question/clip/bpe.h"

enum { AQ_BPE_MOST_BYTES = 64 << 20 };  /* of a vocabulary file, packed or not */
#define AQ_BPE_HEADER "#version: 0.2\n" /* of the text that aq_bpe_merges() gives */

/* A vocabulary file's merges as text: "first second\n" for each, at most
 * AQ_BPE_MOST_MERGES, without a header. Gives. Lines are not looked into. */
AQ_MUST_CHECK AqErr aq_bpe_merges_text(char **out, size_t *bytes, const void *data,
                                       size_t n, const char *name);

#endif
