/*
 * What an answer rests on: what it loses when a part of the clip is hidden (occlusion,
 * Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014).
 *
 * A hidden second or stream is one that the clip does not have: masked, as absent
 * seconds are, with nothing put in its place, so what comes out is what
 * aq_predictor_ask() says of such a clip. A hidden cell is masked in the pictures'
 * grid: its feature is, what its neighbours' features saw of it through the visual
 * network is not.
 *
 * Nothing is approximated. What a hidden part cannot change (the other stream, the
 * pictures of other seconds before they are weighed against each other) is computed
 * once; all that follows is computed anew for every part, many of them side by side.
 *
 * The unit is the natural log-odds of the answer, log(p / (1 - p)), of the network's
 * own probability: a drop of 0.7 halves its odds, 2.3 makes them a tenth, at 60 % as at
 * 99.9 %, where a difference of probabilities would show nothing. Above 0: the answer
 * rests on the part. Below 0: the part speaks against it.
 */
#ifndef AQ_MODEL_OCCLUSION_H
#define AQ_MODEL_OCCLUSION_H
#include "base/executor.h"
#include "base/modality.h"
#include "model/coqo/dataset.h"
#include "model/coqo/model_file.h"

/* Hides parts of clips; belongs to one thread, shares its model as a predictor does. */
typedef struct AqOccluder AqOccluder;

/* Borrows model and exec (NULL: one thread). */
AQ_MUST_CHECK AqErr aq_occluder_new(AqOccluder **out, const AqCoqoModel *model,
                                    AqExecutor *exec);
void aq_occluder_free(AqOccluder **o);

/* The pictures of so many seconds are looked into cell by cell at most, those with the
 * largest drops; on a grid of 7x7 that is as much work as some 100 asks. */
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

/* What is answered if whole sets of seconds are hidden, of the clip and question of the
 * last aq_occlude(): hidden (n,2,T), 1 hides, by AqModality; answers (n). */
AQ_MUST_CHECK AqErr aq_occlude_sets(AqOccluder *o, const unsigned char *hidden, int n,
                                    int *answers);

/* For tests: views computed side by side, 0: as many as are quick. */
void aq_occluder_at_once(AqOccluder *o, int n_views);

#endif
