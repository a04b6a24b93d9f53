/* Eight artificial videos with four questions each, for tests of training. */
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

/* Answers are random, so they can be learnt only from the clip. Absent seconds hold
 * NaN, so reading them shows. Release with aq_free(). */
AqToy *aq_toy_new(void);

/* Takes the toy's rows for two features of each stream: 4 and 2 values of sound, cells
 * of 1x2x6 and 3x1x4 values of the picture. */
void aq_toy_split(AqToy *toy);

/* Makes "flute" and "violin", which the questions name, answers in place of "left" and
 * "three": the toy's own answers have no names (model/trained/names.h). */
void aq_toy_answer_names(AqToy *toy);
int aq_toy_has_names(const AqModel *m); /* these two and no others */

/* Its answers as choices, from three to five of them, the right one anywhere; and
 * numbers in their place, random as these are. */
void aq_toy_choices(AqToy *toy);
void aq_toy_counts(AqToy *toy);

AqCoqoConfig aq_toy_model(void);     /* small, without dropout */
AqTrainConfig aq_toy_training(void); /* three epochs of two steps */

/* aq_toy_model() after `epochs` epochs of aq_toy_training() on all videos. Gives; free
 * it with aq_model_free(). */
AqModel *aq_toy_train(const AqToy *toy, int epochs);

/* The model of `c` trained by `h` on all videos and validated on the same ones. Gives;
 * free it with aq_model_free(). */
AqModel *aq_toy_train_as(const AqCoqoConfig *c, const AqTrainConfig *h,
                         const AqToy *toy, AqTrainSummary *s);

/* A model's file as bytes; gives. Read from bytes; from these with `from` overwritten
 * by `to`, of equal length, at its first place, and without the last `cut`.
 * (toy_files.c) */
char *aq_toy_saved(const AqModel *m, size_t *n);
AqErr aq_toy_load(AqModel **m, const char *bytes, size_t n);
void aq_toy_edit(char *bytes, size_t n, const char *from, const char *to);
AqErr aq_toy_load_edited(const char *bytes, size_t n, const char *from, const char *to,
                         size_t cut);

/* A path unique to this process; valid until the next call. */
const char *aq_toy_path(const char *name);

#endif
