/*
 * What an answer is based on: how much it loses when a part of the clip is hidden
 * (occlusion, Zeiler and Fergus, "Visualizing and Understanding Convolutional
 * Networks", 2014).
 *
 * A hidden second is replaced by the mean of the stream's other seconds, a hidden cell
 * by the mean of its picture's other cells (model/explain/stand_in.h): the loss is due
 * to what is special about the part. Removing seconds (as if absent) would also show
 * how the network treats that position, which is the same in every clip: if it reads
 * constant content at 7 s, say, 7 s would seem to matter everywhere. A hidden stream is
 * treated as missing. Cells are those of the features, which also depend on
 * neighbouring cells.
 *
 * Nothing is approximated: the answer is the network's answer to the modified clip.
 * What a hidden part cannot change (the other stream, the pictures of other seconds
 * before they are combined) is computed once; everything after that is recomputed for
 * every part, many of them in one batch.
 *
 * Answers are the predictor's (a count's are its numbers). The unit is the natural
 * log-odds of the answer, log(p / (1 - p)), of the network's
 * own probability: a drop of 0.7 halves its odds, 2.3 makes them a tenth, at 60 % as
 * well as at 99.9 %, where a difference of probabilities would show nothing. Above 0,
 * the part supports the answer; below 0, it speaks against it.
 */
#ifndef AQ_MODEL_EXPLAIN_OCCLUSION_H
#define AQ_MODEL_EXPLAIN_OCCLUSION_H
#include "base/executor.h"
#include "base/modality.h"
#include "model/data/dataset.h"
#include "model/trained/model.h"

/* Hides parts of clips. Belongs to one thread; may share its model, like a predictor.
 */
typedef struct AqOccluder AqOccluder;

/* Borrows model and exec (NULL: one thread). */
AQ_MUST_CHECK AqErr aq_occluder_new(AqOccluder **out, const AqModel *model,
                                    AqExecutor *exec);
void aq_occluder_free(AqOccluder **o);

/* Sets the answer to explain, if the network's most likely one is not of the kind asked
 * for; -1: the most likely. */
void aq_occluder_explain(AqOccluder *o, int answer);

/* As aq_predictor_offer(). */
void aq_occluder_offer(AqOccluder *o, const char *const *choices, size_t n);

/* At most this many seconds' pictures, those with the largest drops, are examined cell
 * by cell: each costs one answer per cell. */
#define AQ_OCCLUSION_MOST_GRIDS 20

/* All arrays are the occluder's, valid until its next call. For what the clip lacks,
 * the drop is 0 and the answer without it is the same answer. */
typedef struct AqOcclusion {
    int answer;      /* the explained answer: the most likely with nothing hidden */
    double log_odds; /* its log-odds with nothing hidden */
    int n_seconds;   /* T, as of an AqPrediction */
    int n_cells;     /* S = h*w, of all features of the picture */
    int has[AQ_N_MODALITIES];                  /* the clip has the stream */
    float stream[AQ_N_MODALITIES];             /* drops, by AqModality */
    int stream_answer[AQ_N_MODALITIES];        /* the most likely without it */
    const float *second[AQ_N_MODALITIES];      /* (T) drops */
    const int *second_answer[AQ_N_MODALITIES]; /* (T) */
    const float *cell;           /* (S) drops, hidden in all seconds at once; or NULL */
    const float *grid;           /* (T,S) drops, hidden in one second alone; or NULL */
    const unsigned char *looked; /* (T) which rows of grid were computed; or NULL */
} AqOcclusion;

/* Hides each second of each stream, each stream and, if `cells`, each cell. */
AQ_MUST_CHECK AqErr aq_occlude(AqOccluder *o, const AqClipFeatures *clip,
                               const char *question, int cells, AqOcclusion *out);

/* The smallest drop worth reporting: a tenth of the odds. */
#define AQ_OCCLUSION_WORTH 0.1

/* The seconds with the largest drops worth reporting, as AqModality * T + t, largest
 * first, at most `most`; returns how many. */
int aq_occlusion_strongest(const AqOcclusion *y, int *at, int most);

/* The answers if the last aq_occlude()'s clip lacks whole sets of seconds: lacking
 * (n,2,T), 1 for lacking, by AqModality; answers (n). These seconds are absent, not
 * replaced; what changes from picture to picture (model/data/changes.h) stays as it is
 * in the others. */
AQ_MUST_CHECK AqErr aq_occlude_sets(AqOccluder *o, const unsigned char *lacking, int n,
                                    int *answers);

/* For tests: how many views are computed at once; 0: as many as are fastest. */
void aq_occluder_at_once(AqOccluder *o, int n_views);

#endif
