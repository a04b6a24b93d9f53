/*
 * Input of training and evaluation: clips with features, questions with answers. Where
 * the features are stored is the provider's business; they are loaded clip by clip and
 * released again, so a data set need not fit in memory.
 */
#ifndef AQ_MODEL_DATA_DATASET_H
#define AQ_MODEL_DATA_DATASET_H
#include "base/err.h"

#include <stddef.h>

/* Sizes of one second's features: A values for sound, h*w cells of V values for the
 * picture. */
typedef struct AqFeatureSizes {
    int audio_dim;                  /* A: 128 */
    int grid_h, grid_w, visual_dim; /* h, w, V: 7, 7, 768 */
} AqFeatureSizes;

/* One clip's rows, T seconds. An absent second (no picture or no sound) has present 0,
 * and its values are ignored. A stream that the clip lacks has NULL data. */
typedef struct AqClipFeatures {
    int n_seconds;                       /* T */
    const float *audio;                  /* (T, audio_dim) or NULL */
    const unsigned char *audio_present;  /* (T) */
    const float *visual;                 /* (T, h*w, visual_dim) or NULL */
    const unsigned char *visual_present; /* (T) */
    const float *visual_change;          /* (T, h*w, visual_dim) what changes in the
                                            pictures (model/data/changes.h), or NULL:
                                            computed where it is needed */
    void *owner;                         /* the provider's */
} AqClipFeatures;

/* A question; all text is borrowed from the data set. */
typedef struct AqQuestion {
    size_t clip;           /* 0 .. n_clips-1 */
    const char *text;      /* slots filled: "Is the flute louder than the violin?" */
    const char *template_; /* before filling; used by the blind floor */
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
    /* Never called by several threads at once. Values stay valid until release. */
    AqErr (*load)(void *ctx, size_t clip, AqClipFeatures *out);
    void (*release)(void *ctx, size_t clip, AqClipFeatures *f);
    /* Announces clips to be loaded soon, in order, so that they can be prefetched; may
     * be NULL. */
    void (*ahead)(void *ctx, size_t clip);
};

#endif
