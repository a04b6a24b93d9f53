/*
 * Which answers are names: things that questions are about. "violin" is one, as "is
 * there a violin?" names what "which instrument sounds first?" asks for; "yes" is none.
 * A network can look for the name that it would answer as if it had been asked about
 * it.
 */
#ifndef AQ_MODEL_TRAINED_NAMES_H
#define AQ_MODEL_TRAINED_NAMES_H
#include "model/data/dataset.h"
#include "model/question/vocab.h"

/* Fills names (K) with the word of each answer that is a name, -1 for the others. Those
 * answers that are one known word of the questions fall into groups, two being in one
 * if a template has both as answers; the names are the largest group, of equal ones
 * that of the first answer. */
AQ_MUST_CHECK AqErr aq_names_find(int *names, const AqStrings *words,
                                  const AqStrings *answers, const AqQuestion *q,
                                  size_t n);

/* ["violin", ..] and back; gives, aq_free(). Text that is not a list of the model's
 * answers that are words is AQ_ERR_FORMAT. */
AQ_MUST_CHECK AqErr aq_names_to_json(const int *names, const AqStrings *answers,
                                     char **out);
AQ_MUST_CHECK AqErr aq_names_from_json(int *names, const AqStrings *words,
                                       const AqStrings *answers, const char *json);

#endif
