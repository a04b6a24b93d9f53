/*
 * What the trainer and the evaluation are given: clips with features, questions with
 * answers. Where the features lie is the giver's business; they are fetched a clip at a
 * time and released again, so a data set need not fit in memory.
 */
#ifndef AQ_MODEL_DATA_DATASET_H
#define AQ_MODEL_DATA_DATASET_H
#include "base/err.h"

#include <stddef.h>

/* How large the features of a second are: A values of the sound, h*w cells of V values
 * of the picture. */
typedef struct AqFeatureSizes {
    int audio_dim;                  /* A: 128 */
    int grid_h, grid_w, visual_dim; /* h, w, V: 7, 7, 768 */
} AqFeatureSizes;

/* One clip's rows, T seconds. A second that is absent (no picture then, no sound) has
 * present 0 and its values do not matter. A stream that the clip lacks has NULL data.
 */
typedef struct AqClipFeatures {
    int n_seconds;                       /* T */
    const float *audio;                  /* (T, audio_dim) or NULL */
    const unsigned char *audio_present;  /* (T) */
    const float *visual;                 /* (T, h*w, visual_dim) or NULL */
    const unsigned char *visual_present; /* (T) */
    void *owner;                         /* the giver's */
} AqClipFeatures;

/* A question; all text is borrowed from the data set. */
typedef struct AqQuestion {
    size_t clip;           /* 0 .. n_clips-1 */
    const char *text;      /* slots filled: "Is the flute louder than the violin?" */
    const char *template_; /* before filling; the blind floor is fitted on it */
    const char *modality;  /* "Audio", "Visual", "Audio-Visual" */
    const char *kind;      /* "Counting", ... */
    const char *answer;    /* "two" */
} AqQuestion;

typedef struct AqDataset AqDataset;
struct AqDataset {
    size_t n_clips, n_questions;
    const AqQuestion *questions;
    AqFeatureSizes sizes;
    void *ctx;
    /* Several threads never call at once. Values stay valid until release. */
    AqErr (*load)(void *ctx, size_t clip, AqClipFeatures *out);
    void (*release)(void *ctx, size_t clip, AqClipFeatures *f);
    /* Says that a clip will be loaded soon, in this order, so that it can be fetched
     * meanwhile; NULL: of no use. */
    void (*ahead)(void *ctx, size_t clip);
};

#endif
