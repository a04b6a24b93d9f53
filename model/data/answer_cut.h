/*
 * Answer vocabularies as video question answering cuts them: of the training answers
 * the N most frequent (1,000 of MSVD-QA's paper, 4,000 of Just-Ask's), or those that
 * occur at least twice. Questions with other answers are not trained on; asked, they
 * count as wrong. Of equally frequent answers the one that occurs first comes first.
 */
#ifndef AQ_MODEL_DATA_ANSWER_CUT_H
#define AQ_MODEL_DATA_ANSWER_CUT_H
#include "base/err.h"

#include <stddef.h>

typedef struct AqAnswerCut {
    const char **kept; /* (n) in strcmp() order; the texts are borrowed */
    size_t n, n_all;   /* n_all: different ones there were */
} AqAnswerCut;

/* Of `answers` (n) the `most` most frequent (0: all) that occur at least `least` times.
 * Release with aq_answer_cut_clear(). */
AQ_MUST_CHECK AqErr aq_answer_cut(AqAnswerCut *out, const char *const *answers,
                                  size_t n, size_t most, size_t least);
int aq_answer_cut_has(const AqAnswerCut *c, const char *answer);
void aq_answer_cut_clear(AqAnswerCut *c);

#endif
