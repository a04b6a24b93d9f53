/*
 * What can be asked about a scene. A form examines the scene and fills in the answer
 * and the values of a template's slots, or returns 0 if it does not apply. `luck` is
 * drawn once per video and template: forms use it to make a template's answers about
 * equally common, so that guessing does not pay.
 */
#ifndef AQ_TOYBAND_FORMS_H
#define AQ_TOYBAND_FORMS_H
#include "examples/toyband/scene/band.h"

#define AQ_TOY_VALUES 4

typedef struct AqToyQuestion {
    double luck; /* 0..1 */
    const char *value[AQ_TOY_VALUES];
    int n_values;
    const char *answer;
} AqToyQuestion;

typedef int (*AqToyForm)(AqToyQuestion *q, const AqToyScene *s, AqRng *r);

/* Named after what they ask; the templates are in
 * examples/toyband/questions/wordings.c. */
int aq_toy_heard_count(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_is_heard(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_are_heard(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_heard_louder(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_heard_rhythmic(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_heard_longer(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_loudest(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_fastest(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_longest(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_seen_of_kind(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_seen_types(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_is_seen(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_are_seen(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_where_performed(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_beside(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_outermost(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_only_one(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_where_seen(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_in_the_middle(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_always_plays(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_from_the_seen(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_sounding_of_kind(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_sounding_count(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_sounding_types(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_silent_count(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_where_loudest(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_is_first_there(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_beside_first(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_same_time(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_seen_louder(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_place_louder(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_seen_rhythmic(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_place_rhythmic(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_which_th(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_which_first(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_which_last(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_where_first(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_which_twin(AqToyQuestion *q, const AqToyScene *s, AqRng *r);
int aq_toy_before_after(AqToyQuestion *q, const AqToyScene *s, AqRng *r);

/* The same comparison in the other order, with the opposite answer. */
void aq_toy_swap(AqToyQuestion *twin, const AqToyQuestion *q);

#endif
