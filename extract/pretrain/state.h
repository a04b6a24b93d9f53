/*
 * The state of a pretraining between two steps, as a file: both networks' parameters
 * and moments, the number of steps done, and the epoch's losses. Everything random
 * follows from the seed and that number. Resuming gives the same bits as not having
 * stopped.
 */
#ifndef AQ_EXTRACT_PRETRAIN_STATE_H
#define AQ_EXTRACT_PRETRAIN_STATE_H
#include "extract/pretrain/pretrain.h"
#include "model/nn/resume.h"

/* Parameters are borrowed; load fills them and the rest. */
typedef struct AqPretrainState {
    AqParams *net, *head;
    int64_t step; /* steps done in all; at an epoch's end not yet validated */
    double sum;   /* of the losses in the epoch of that step */
    char *settings;
    AqResumeOrigin origin;
} AqPretrainState;

/* Call before training: records what states of `job` belong to, including the set's
 * content. `facts` are the network's at the start. */
AQ_MUST_CHECK AqErr aq_pretrain_state_init(AqPretrainState *s, const AqPretrainJob *job,
                                           const AqExtractorFacts *facts);
void aq_pretrain_state_clear(AqPretrainState *s);

AQ_MUST_CHECK AqErr aq_pretrain_state_save(const AqPretrainState *s, const char *path);
/* Errors as aq_resume_open(); `steps`: of the whole pretraining. After an error the
 * parameters may be partly overwritten. */
AQ_MUST_CHECK AqErr aq_pretrain_state_load(AqPretrainState *s, const char *path,
                                           long steps);

#endif
