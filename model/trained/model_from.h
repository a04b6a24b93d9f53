/* Beginning a training where another model ended: what both have is copied. */
#ifndef AQ_MODEL_TRAINED_MODEL_FROM_H
#define AQ_MODEL_TRAINED_MODEL_FROM_H
#include "model/trained/model.h"

/*
 * Parameters of `from` into m, by name: words and answers that both know take their
 * rows along, new ones stay as they were drawn. The features' mean and deviation are
 * taken too, as the parameters presuppose them. AQ_ERR_MISMATCH if the networks or
 * their features are of different sizes, naming the first that is.
 */
AQ_MUST_CHECK AqErr aq_model_take(AqModel *m, const AqModel *from);

#endif
