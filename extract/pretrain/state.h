/*
 * Where a pretraining is between two steps, as a file: both networks' parameters and
 * moments, the number of steps done, the losses of the epoch. All else that is random
 * follows from the seed and that number. Going on from it gives the same bits as not
 * having stopped.
 */
#ifndef AQ_EXTRACT_PRETRAIN_STATE_H
#define AQ_EXTRACT_PRETRAIN_STATE_H
#include "extract/pretrain/pretrain.h"
#include "model/nn/resume.h"

/* The parameters are borrowed; load fills them and the rest. */
typedef struct AqPretrainState {
    AqParams *net, *head;
    int64_t step; /* done, in all; at the end of an epoch it is not validated yet */
    double sum;   /* of the losses of the epoch that step belongs to */
    char *settings;
    AqResumeOrigin origin;
} AqPretrainState;

/* Before training: what the states of `job` belong to, the set's content too. `facts`
 * are the network's as it begins. */
AQ_MUST_CHECK AqErr aq_pretrain_state_init(AqPretrainState *s, const AqPretrainJob *job,
                                           const AqExtractorFacts *facts);
void aq_pretrain_state_clear(AqPretrainState *s);

AQ_MUST_CHECK AqErr aq_pretrain_state_save(const AqPretrainState *s, const char *path);
/* Errors as aq_resume_open(); `steps`: of the whole pretraining. What was loaded before
 * an error is not put back. */
AQ_MUST_CHECK AqErr aq_pretrain_state_load(AqPretrainState *s, const char *path,
                                           long steps);

#endif
