/*
 * What an answer rests on: what it loses when a part of the clip is hidden (occlusion,
 * Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014).
 *
 * A hidden second holds what the clip's other seconds of that stream hold on average, a
 * hidden cell what the other cells of its picture do (model/explain/stand_in.h): what
 * is lost is what the part has of its own. To leave seconds out altogether (as if
 * absent) would show how the network treats that place as well, which is the same in
 * every clip: where it reads what does not change at 7 s, say, 7 s would seem to matter
 * everywhere. A hidden stream is one that the clip does not have. Cells are those of
 * the features, which have seen something of their neighbours.
 *
 * Nothing is approximated: the answer is that of the network to the clip so changed.
 * What a hidden part cannot change (the other stream, the pictures of other seconds
 * before they are weighed against each other) is computed once; all that follows is
 * computed anew for every part, many of them side by side.
 *
 * The unit is the natural log-odds of the answer, log(p / (1 - p)), of the network's
 * own probability: a drop of 0.7 halves its odds, 2.3 makes them a tenth, at 60 % as at
 * 99.9 %, where a difference of probabilities would show nothing. Above 0: the answer
 * rests on the part. Below 0: the part speaks against it.
 */
#ifndef AQ_MODEL_EXPLAIN_OCCLUSION_H
#define AQ_MODEL_EXPLAIN_OCCLUSION_H
#include "base/executor.h"
#include "base/modality.h"
#include "model/data/dataset.h"
#include "model/trained/model.h"

/* Hides parts of clips; belongs to one thread, shares its model as a predictor does. */
typedef struct AqOccluder AqOccluder;

/* Borrows model and exec (NULL: one thread). */
AQ_MUST_CHECK AqErr aq_occluder_new(AqOccluder **out, const AqModel *model,
                                    AqExecutor *exec);
void aq_occluder_free(AqOccluder **o);

/* From now on this answer is explained, where the network's likeliest is of another
 * kind than was asked for; -1: the likeliest. */
void aq_occluder_explain(AqOccluder *o, int answer);

/* The pictures of so many seconds are looked into cell by cell at most, those with the
 * largest drops: each is as many answers as it has cells. */
#define AQ_OCCLUSION_MOST_GRIDS 20

/* All arrays are the occluder's, valid until its next call. A drop of what the clip
 * does not have is 0, the answer without it the answer with it. */
typedef struct AqOcclusion {
    int answer;      /* the likeliest with nothing hidden: the one that is explained */
    double log_odds; /* its, with nothing hidden */
    int n_seconds;   /* T, as of an AqPrediction */
    int n_cells;     /* S = h*w */
    int has[AQ_N_MODALITIES];                  /* the clip has the stream */
    float stream[AQ_N_MODALITIES];             /* drops, by AqModality */
    int stream_answer[AQ_N_MODALITIES];        /* the likeliest without it */
    const float *second[AQ_N_MODALITIES];      /* (T) drops */
    const int *second_answer[AQ_N_MODALITIES]; /* (T) */
    const float *cell;           /* (S) drops, hidden in all seconds at once; or NULL */
    const float *grid;           /* (T,S) drops, hidden in one second alone; or NULL */
    const unsigned char *looked; /* (T) the grid's rows that were computed; or NULL */
} AqOcclusion;

/* Hides each second of each stream, each stream, and where `cells` each cell. */
AQ_MUST_CHECK AqErr aq_occlude(AqOccluder *o, const AqClipFeatures *clip,
                               const char *question, int cells, AqOcclusion *out);

/* A smaller drop is not worth naming: it takes a tenth of the odds. */
#define AQ_OCCLUSION_WORTH 0.1

/* The seconds with the largest drops, as AqModality * T + t, at most `most` of them and
 * only those worth naming, the largest first; how many. */
int aq_occlusion_strongest(const AqOcclusion *y, int *at, int most);

/* What is answered if the clip and question of the last aq_occlude() lack whole sets of
 * seconds: lacking (n,2,T), 1 lacks, by AqModality; answers (n). These are absent, with
 * nothing in their place. */
AQ_MUST_CHECK AqErr aq_occlude_sets(AqOccluder *o, const unsigned char *lacking, int n,
                                    int *answers);

/* For tests: views computed side by side, 0: as many as are quick. */
void aq_occluder_at_once(AqOccluder *o, int n_views);

#endif
