/*
 * Asking first whether what a question names is there at all. "Who plays the violin?"
 * takes for granted that there is one; a model that has questions like "Is there a
 * <Object> sound?" among those it was trained on can be asked that before. Which
 * questions and what fills them is learned.
 */
#ifndef AQ_MODEL_LIMITS_PRESENCE_H
#define AQ_MODEL_LIMITS_PRESENCE_H
#include "model/data/dataset.h"
#include "model/question/words.h"

#define AQ_PRESENCE_TEMPLATES 4
#define AQ_PRESENCE_NAMED     4 /* looked at in one question */

/* From this probability on, to all its questions, a thing counts as absent. */
#define AQ_PRESENCE_ABSENT 0.7

typedef struct AqPresence {
    AqStrings templates; /* one slot each */
    AqStrings objects;   /* what fills it: one word, as it is normalised */
    int no;              /* the answer */
    int n_kinds;
    double
        *absent; /* (n_kinds) of held-out questions of a kind that name a thing, those
                    that name an absent one; small where they take it for granted */
} AqPresence;

/* *out is NULL, and that is no error, where training asks nothing of the kind. `absent`
 * is 1 everywhere. */
AQ_MUST_CHECK AqErr aq_presence_fit(AqPresence **out, const AqStrings *answers,
                                    int n_kinds, const AqQuestion *q, size_t n);
void aq_presence_free(AqPresence **p);

/* Objects that the question names (AQ_PRESENCE_NAMED at most); gives how many. */
int aq_presence_named(const AqPresence *p, const AqWordForms *forms,
                      const char *question, int *objects);

/* Question number `template_` about an object. Gives; aq_free(). */
char *aq_presence_question(const AqPresence *p, size_t template_, int object);

/* Whether questions of this kind take for granted that what they name is there. */
int aq_presence_is_presupposed(const AqPresence *p, int kind);

AQ_MUST_CHECK AqErr aq_presence_to_json(const AqPresence *p, char **out);
AQ_MUST_CHECK AqErr aq_presence_from_json(AqPresence **out, const char *json,
                                          size_t n_answers, int n_kinds);

#endif
