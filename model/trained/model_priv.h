/* Shared by model.c and model_file.c. */
#ifndef AQ_MODEL_TRAINED_MODEL_PRIV_H
#define AQ_MODEL_TRAINED_MODEL_PRIV_H
#include "model/trained/model.h"

/* Fails with `code` if no features can have these sizes. */
AQ_MUST_CHECK AqErr aq_model_check_sizes(const AqFeatureSizes *s, AqErr code);

/* The sizes as a model file has them. Of one feature each, as files always had them:
 *   {"audio_dim": 128, "grid_h": 7, "grid_w": 7, "visual_dim": 768}
 * else a list of shapes for each stream:
 *   {"audio": [[1, 1, 128]], "visual": [[7, 7, 768], [1, 14, 1024]]}
 * Writing gives the text. (model_sizes.c) */
AQ_MUST_CHECK AqErr aq_model_sizes_to_json(const AqFeatureSizes *s, char **out);
AQ_MUST_CHECK AqErr aq_model_sizes_from_json(AqFeatureSizes *s, const char *text);

/* Means of 0 and deviations of 1 for features of m's sizes. */
AQ_MUST_CHECK AqErr aq_model_new_statistics(AqModel *m);

/* Room for the names, of which there are none, for the shape too. */
AQ_MUST_CHECK AqErr aq_model_new_names(AqModel *m);

/* Sets the shape for questions that the tower of this JSON reads, before the network is
 * made; and frees what belongs to a tower. (model_tower.c) */
AQ_MUST_CHECK AqErr aq_model_plan_tower(AqModel *m, const char *about);
void aq_model_clear_tower(AqModel *m);

/* Channels of stream k's features together. */
int aq_model_feature_dim(const AqModel *m, int k);

#endif
