/*
 * Kinds of answers (yes and no; numbers; places; instruments; ...) and which kind a
 * question asks for, both learned from training questions. Answers to the same
 * templates are of one kind. A linear classifier over a question's words and word
 * pairs, trained with equal weight for each template, predicts its kind, so that other
 * wordings are recognised too.
 */
#ifndef AQ_MODEL_LIMITS_KINDS_H
#define AQ_MODEL_LIMITS_KINDS_H
#include "model/data/dataset.h"
#include "model/question/words.h"

#define AQ_KINDS_MOST_ANSWERS 256 /* above this, kinds are not learned */
#define AQ_KINDS_MOST         64

typedef struct AqKinds {
    int n; /* kinds */
    size_t n_answers;
    int *of_answer;  /* (n_answers) kind of each, in the order of the model's answers */
    AqStrings words; /* features: a word, or "one two"; "^" begins and "$" ends */
    float *weights;  /* (words.n, n) */
} AqKinds;

/* Both lists are the model's. *out is NULL, without an error, if there are too many
 * answers or only one kind. */
AQ_MUST_CHECK AqErr aq_kinds_fit(AqKinds **out, const AqStrings *words,
                                 const AqStrings *answers, const AqQuestion *q,
                                 size_t n);
void aq_kinds_free(AqKinds **k);

/* Probability of each kind for a question, (n). `forms` are of the model's words. */
AQ_MUST_CHECK AqErr aq_kinds_of(const AqKinds *k, const AqWordForms *forms,
                                const char *question, double *probability);

/* The most likely of (n). */
int aq_kinds_best(const AqKinds *k, const double *probability);

/* 1 if answers of this kind may be given: the most likely kind, and those not much less
 * likely. */
int aq_kinds_allow(const AqKinds *k, const double *probability, int kind);

/* Writes "yes, no": at most four of the kind's answers. */
void aq_kinds_name(const AqKinds *k, const AqStrings *answers, int kind, char *out,
                   size_t bytes);

/* The answers' kinds and the features as JSON (the caller stores the weights), and
 * back, with sizes checked against the answers. Gives; aq_free(). */
AQ_MUST_CHECK AqErr aq_kinds_to_json(const AqKinds *k, char **out);
AQ_MUST_CHECK AqErr aq_kinds_from_json(AqKinds **out, const char *json,
                                       size_t n_answers);

#endif
