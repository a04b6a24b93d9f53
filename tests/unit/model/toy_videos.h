/* Eight made-up videos with four questions each, for tests of the training. */
#ifndef AQ_TESTS_TOY_VIDEOS_H
#define AQ_TESTS_TOY_VIDEOS_H
#include "model/coqo/coqo.h"
#include "model/train/trainer.h"

enum { CLIPS = 8, EACH = 4, MOST_T = 6, A = 6, S = 4, V = 6 };

typedef struct AqToy {
    AqDataset set;
    AqQuestion questions[CLIPS * EACH];
    float audio[CLIPS][MOST_T * A], visual[CLIPS][MOST_T * S * V];
    unsigned char audio_on[CLIPS][MOST_T], visual_on[CLIPS][MOST_T];
    int loads, releases;
} AqToy;

/* Answers are drawn, so they can only be known from the clip. Absent seconds hold NaN:
 * whoever looks at them shows. Release with aq_free(). */
AqToy *aq_toy_new(void);

AqCoqoConfig aq_toy_model(void);     /* small, without dropout */
AqTrainConfig aq_toy_training(void); /* three epochs of two steps */

/* aq_toy_model() after so many epochs of aq_toy_training() on all of it. Gives; free it
 * with aq_model_free(). */
AqModel *aq_toy_train(const AqToy *toy, int epochs);

/* The model of `c` trained as `h` says on all of it, with the same videos to validate
 * on. Gives; free it with aq_model_free(). */
AqModel *aq_toy_train_as(const AqCoqoConfig *c, const AqTrainConfig *h,
                         const AqToy *toy, AqTrainSummary *s);

/* A path of this process' own; holds until the next call. */
const char *aq_toy_path(const char *name);

#endif
