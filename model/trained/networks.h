/* The table of answering networks. */
#ifndef AQ_MODEL_TRAINED_NETWORKS_H
#define AQ_MODEL_TRAINED_NETWORKS_H
#include "model/answer/network.h"

/* The networks in table order; the first is the default for training. NULL past the
 * last. */
const AqAnswerNetwork *aq_answer_network(size_t k);

/* AQ_ERR_USAGE for an unknown name, with a list of those there are. */
AQ_MUST_CHECK AqErr aq_answer_network_find(const AqAnswerNetwork **out,
                                           const char *name);

#endif
