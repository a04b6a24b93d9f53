/* Shared by model.c and model_file.c. */
#ifndef AQ_MODEL_TRAINED_MODEL_PRIV_H
#define AQ_MODEL_TRAINED_MODEL_PRIV_H
#include "model/trained/model.h"

/* Fails with `code` if no features can have these sizes. */
AQ_MUST_CHECK AqErr aq_model_check_sizes(const AqFeatureSizes *s, AqErr code);

/* Means of 0 and deviations of 1 for features of m's sizes. */
AQ_MUST_CHECK AqErr aq_model_new_statistics(AqModel *m);

/* Room for the names, of which there are none, for the shape too. */
AQ_MUST_CHECK AqErr aq_model_new_names(AqModel *m);

/* Values in a row of stream k. */
int aq_model_feature_dim(const AqModel *m, int k);

#endif
