/*
 * Checks first whether the object a question names is present. "Who plays the violin?"
 * presupposes one; a model trained on questions like "Is there a <Object> sound?" can
 * be asked that first. The questions and the objects are learned.
 */
#ifndef AQ_MODEL_LIMITS_PRESENCE_H
#define AQ_MODEL_LIMITS_PRESENCE_H
#include "model/data/dataset.h"
#include "model/question/words.h"

#define AQ_PRESENCE_TEMPLATES 4
#define AQ_PRESENCE_NAMED     4 /* checked in one question */

/* An object is absent if all its questions get "no" with at least this probability. */
#define AQ_PRESENCE_ABSENT 0.7

typedef struct AqPresence {
    AqStrings templates; /* one slot each */
    AqStrings objects;   /* what fills it: one normalised word */
    int no;              /* index of the answer "no" */
    int n_kinds;
    double *absent; /* (n_kinds) share of a kind's held-out questions naming an object
                       that name an absent one; small if the kind presupposes it */
} AqPresence;

/* *out is NULL, without an error, if training has no such questions. Sets `absent`
 * to 1. */
AQ_MUST_CHECK AqErr aq_presence_fit(AqPresence **out, const AqStrings *answers,
                                    int n_kinds, const AqQuestion *q, size_t n);
void aq_presence_free(AqPresence **p);

/* Finds the objects the question names (at most AQ_PRESENCE_NAMED); returns how many.
 */
int aq_presence_named(const AqPresence *p, const AqWordForms *forms,
                      const char *question, int *objects);

/* Question number `template_` about an object. Gives; aq_free(). */
char *aq_presence_question(const AqPresence *p, size_t template_, int object);

/* Do questions of this kind presuppose that the objects they name are present? */
int aq_presence_is_presupposed(const AqPresence *p, int kind);

AQ_MUST_CHECK AqErr aq_presence_to_json(const AqPresence *p, char **out);
AQ_MUST_CHECK AqErr aq_presence_from_json(AqPresence **out, const char *json,
                                          size_t n_answers, int n_kinds);

#endif
