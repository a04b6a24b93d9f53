/*
 * Kinds of answers (yes and no; numbers; places; instruments; ...) and which kind a
 * question asks for, both learned from training questions. Answers that are given to
 * the same templates are of one kind. How a question asks is told from its words and
 * pairs of neighbours by a linear classifier that each template weighs the same in, so
 * that other wordings are told too.
 */
#ifndef AQ_MODEL_LIMITS_KINDS_H
#define AQ_MODEL_LIMITS_KINDS_H
#include "model/data/dataset.h"
#include "model/question/words.h"

#define AQ_KINDS_MOST_ANSWERS 256 /* that kinds are looked for among */
#define AQ_KINDS_MOST         64

typedef struct AqKinds {
    int n; /* kinds */
    size_t n_answers;
    int *of_answer;  /* (n_answers) kind of each, in the order of the model's answers */
    AqStrings words; /* features: a word, or "one two"; "^" begins and "$" ends */
    float *weights;  /* (words.n, n) */
} AqKinds;

/* Both lists are the model's. *out is NULL, and that is no error, where there are too
 * many answers to sort, or no more than one kind. */
AQ_MUST_CHECK AqErr aq_kinds_fit(AqKinds **out, const AqStrings *words,
                                 const AqStrings *answers, const AqQuestion *q,
                                 size_t n);
void aq_kinds_free(AqKinds **k);

/* Probability of each kind for a question, (n). `forms` of the model's words. */
AQ_MUST_CHECK AqErr aq_kinds_of(const AqKinds *k, const AqWordForms *forms,
                                const char *question, double *probability);

/* The likeliest of (n). */
int aq_kinds_best(const AqKinds *k, const double *probability);

/* 1 where answers of this kind may be given: the likeliest, and those that are not
 * much less likely. */
int aq_kinds_allow(const AqKinds *k, const double *probability, int kind);

/* "yes, no", at most four of its answers. */
void aq_kinds_name(const AqKinds *k, const AqStrings *answers, int kind, char *out,
                   size_t bytes);

/* Answers' kinds and features as JSON (the weights are the caller's to keep), and back:
 * sizes are checked against the answers. Gives; aq_free(). */
AQ_MUST_CHECK AqErr aq_kinds_to_json(const AqKinds *k, char **out);
AQ_MUST_CHECK AqErr aq_kinds_from_json(AqKinds **out, const char *json,
                                       size_t n_answers);

#endif
