/* Questions to begin with: a model's own templates, with their slots filled. */
#ifndef AQ_PIPELINE_SERVE_DESK_EXAMPLES_H
#define AQ_PIPELINE_SERVE_DESK_EXAMPLES_H
#include "model/trained/model.h"

struct json_t;

#define AQ_DESK_MOST_EXAMPLES 24

/* An array of texts, spread over all templates; those whose slots are not of objects
 * are left out. Empty if the model has no templates. Gives. */
AQ_MUST_CHECK AqErr aq_desk_examples(const AqModel *m, struct json_t **out);

#endif
