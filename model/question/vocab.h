/*
 * Sorted sets of strings: the words a model knows (after <pad> and <unk>) and the
 * answers it can give. Both come from the training questions and are stored in the
 * model file. The order does not depend on the order of the questions.
 */
#ifndef AQ_MODEL_QUESTION_VOCAB_H
#define AQ_MODEL_QUESTION_VOCAB_H
#include "base/err.h"

#include <stddef.h>

#define AQ_VOCAB_PAD   0
#define AQ_VOCAB_UNK   1
#define AQ_VOCAB_FIRST 2 /* the first real word */

/* Strings in strcmp order, each once. */
typedef struct AqStrings {
    char **at;
    size_t n;
} AqStrings;

void aq_strings_clear(AqStrings *s);
/* The distinct strings in texts[0..n) that occur at least `min_count` times. */
AQ_MUST_CHECK AqErr aq_strings_collect(AqStrings *out, const char *const *texts,
                                       size_t n, int min_count);
int aq_strings_find(const AqStrings *s, const char *text); /* -1 if absent */

/* ["a", "b"]; gives, aq_free(). Reading refuses lists that are not sorted or not text.
 */
AQ_MUST_CHECK AqErr aq_strings_to_json(const AqStrings *s, char **out);
AQ_MUST_CHECK AqErr aq_strings_from_json(AqStrings *out, const char *json);

/* The words of the questions that occur `min_count` times or more. */
AQ_MUST_CHECK AqErr aq_vocab_build(AqStrings *out, const char *const *questions,
                                   size_t n, int min_count);
int aq_vocab_size(const AqStrings *words); /* including <pad> and <unk> */

/* Writes the ids of a question's words into ids[0..max), the rest <pad>; returns the
 * number of words. A question without words becomes one <unk>, so that there is a state
 * to read. */
int aq_vocab_encode(const AqStrings *words, const char *question, int *ids, int max);

#endif
