/*
 * CLIP's tokenizer: byte-level byte-pair encoding (Sennrich et al., ACL 2016; Radford
 * et al., "Language models are unsupervised multitask learners", 2019;
 * clip/simple_tokenizer.py of openai/CLIP).
 *
 * Tokens are numbered: 256 bytes, in the order of the table that gives each byte a
 * printable character; the same 256 at the end of a word ("</w>"); one for each merge
 * of two tokens, in the file's order, which is their rank too; start and end of text. A
 * word begins as its bytes, and the pair of the lowest rank is merged, everywhere in
 * it, until no neighbours are a pair. Text never becomes the start or the end.
 *
 * A vocabulary file is one that people have: bpe_simple_vocab_16e6.txt, plain or
 * gzipped (OpenAI, open_clip), or merges.txt or tokenizer.json (Hugging Face). Of each,
 * the merges alone are taken, at most 48,894, as many as CLIP's have.
 */
#ifndef AQ_MODEL_QUESTION_CLIP_BPE_H
#define AQ_MODEL_QUESTION_CLIP_BPE_H
#include "base/digest.h"
#include "base/err.h"

#include <stddef.h>

enum { AQ_BPE_BYTES = 256, AQ_BPE_MOST_MERGES = 48894 };

typedef struct AqBpe AqBpe; /* immutable; threads may share it */

/* AQ_ERR_NOT_FOUND, or AQ_ERR_FORMAT with what is wrong and where. */
AQ_MUST_CHECK AqErr aq_bpe_open(AqBpe **out, const char *path);
/* The same from a file's content; `name` is for messages. */
AQ_MUST_CHECK AqErr aq_bpe_read(AqBpe **out, const void *data, size_t bytes,
                                const char *name);
/* The one that lies beside a weight file: FILE.merges.txt, where imported weights have
 * it, or one of the names above. *out is NULL if there is none. */
AQ_MUST_CHECK AqErr aq_bpe_open_beside(AqBpe **out, const char *path);
char *aq_bpe_path_beside(const char *path); /* the first of these; gives, or NULL */
void aq_bpe_free(AqBpe **b);

int aq_bpe_size(const AqBpe *b); /* tokens; the last two are the start and the end */
int aq_bpe_start(const AqBpe *b);
int aq_bpe_end(const AqBpe *b);

/* The merges as text, a line each, whatever file they came from: aq_bpe_read() takes
 * it. Borrowed. And its digest, by which vocabularies are the same. */
const char *aq_bpe_merges(const AqBpe *b, size_t *bytes);
const char *aq_bpe_sha256(const AqBpe *b);

/* The tokens of a question, cleaned as in clean.h, without start and end: the first
 * `most` of them; *n: how many were written. */
AQ_MUST_CHECK AqErr aq_bpe_encode(const AqBpe *b, const char *text, int *ids, int most,
                                  int *n);

#endif
