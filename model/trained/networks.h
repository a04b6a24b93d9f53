/* The table of answering networks. */
#ifndef AQ_MODEL_TRAINED_NETWORKS_H
#define AQ_MODEL_TRAINED_NETWORKS_H
#include "model/answer/network.h"

/* The networks in the order of the table, the first the one that is trained where none
 * is named; NULL past the last. */
const AqAnswerNetwork *aq_answer_network(size_t k);

/* AQ_ERR_USAGE for a name that none has; says which there are. */
AQ_MUST_CHECK AqErr aq_answer_network_find(const AqAnswerNetwork **out,
                                           const char *name);

#endif
