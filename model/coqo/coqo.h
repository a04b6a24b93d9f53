/*
 * The CoQo network, built from the public description of Pei et al., "Guiding
 * Audio-Visual Question Answering with Collective Question Reasoning", IJCV 133(10),
 * 2025: question encoder, question-guided transformers, decoders, alignment losses,
 * fusion. One function serves training and inference.
 *
 * Its parts have the shapes of model/answer/network.h; for pictures its `look` returns
 * (B*P,T,d), as they depend on the questions.
 */
#ifndef AQ_MODEL_COQO_COQO_H
#define AQ_MODEL_COQO_COQO_H
#include "model/answer/network.h"
#include "model/coqo/config.h"

extern const AqAnswerNetwork aq_coqo; /* options: an AqCoqoConfig */

/* Its losses, L = L_qa + inter (L_AVM + L_AVC) + intra L_intra, and their weights. */
enum { AQ_COQO_QA, AQ_COQO_AVM, AQ_COQO_AVC, AQ_COQO_INTRA, AQ_COQO_LOSSES };
enum { AQ_COQO_INTER_WEIGHT, AQ_COQO_INTRA_WEIGHT, AQ_COQO_WEIGHTS };

#endif
