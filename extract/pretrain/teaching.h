/*
 * Teaches the network of hearing (extract/networks/sound/hearing_geometry.h) what is
 * heard in a second, with YAMNet as its teacher (Hinton et al., "Distilling the
 * knowledge in a neural network", 2015). Linear maps of its values learn to give the
 * teacher's 1,024 values, each less its mean and by its deviation, and the scores of
 * its 521 classes; another one of the teacher's values learns the truth where that is
 * known, and says it, less sure, where it is not. All of these are dropped at the end.
 */
#ifndef AQ_EXTRACT_PRETRAIN_TEACHING_H
#define AQ_EXTRACT_PRETRAIN_TEACHING_H
#include "extract/networks/extractor.h"
#include "extract/pretrain/lessons.h"

typedef struct AqTeachingConfig {
    int passes, batch;
    double lr, weight_decay;      /* AdamW; half a cosine down to 0 */
    double values, scores, truth; /* weights of the losses */
    double augment; /* of the sound, not of what is said of it (augment.h) */
    int save_steps; /* between states */
    uint64_t seed;
} AqTeachingConfig;

/* Means over what was measured; of the kinds the share of seconds with a single one
 * whose surest kind it is. */
typedef struct AqTeachingReport {
    long step, steps;
    double seconds;               /* that it took so far */
    double values, scores, truth; /* losses */
    double right, teacher_right;  /* kinds; by the teacher's values */
    size_t n_right;               /* of so many seconds */
    int val;
} AqTeachingReport;

typedef struct AqTeachingJob {
    const AqLessons *train, *val; /* val may be empty */
    const AqTeachingConfig *how;
    AqExecutor *exec;       /* may be NULL */
    const char *state_path; /* the state to go on from; gone on from if it is there */
    void (*report)(void *ctx, const AqTeachingReport *r); /* may be NULL */
    int (*stop)(void *ctx);                               /* may be NULL */
    void *ctx;
} AqTeachingJob;

/* Trains x, which is open with out=both, in place. The state is saved every so many
 * steps, and when stop() returns true (AQ_ERR_CANCELLED). AQ_ERR_MISMATCH if the state
 * is of other sounds or settings, AQ_ERR_NUMERIC if it diverged, AQ_ERR_USAGE if there
 * are fewer seconds than a batch. */
AQ_MUST_CHECK AqErr aq_teach(AqExtractor *x, const AqTeachingJob *job);

#endif
