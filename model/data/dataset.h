/*
 * Input of training and evaluation: clips with features, questions with answers. Where
 * the features are stored is the provider's business; they are loaded clip by clip and
 * released again, so a data set need not fit in memory.
 */
#ifndef AQ_MODEL_DATA_DATASET_H
#define AQ_MODEL_DATA_DATASET_H
#include "base/err.h"
#include "base/modality.h"
#include "base/task.h"

#include <stddef.h>

/* One second of a feature, which is what one network makes of a stream: a grid of h*w
 * cells of dim values. Of sound one cell. dim 0: there is none. */
typedef struct AqFeatureShape {
    int h, w, dim; /* 1, 1, 128; 7, 7, 768 */
} AqFeatureShape;

#define AQ_MOST_FEATURES 4 /* of a modality */

/* The features of a clip: of each modality one or more, by different networks. A
 * second's row of a modality is its features one after the other. */
typedef struct AqFeatureSizes {
    int n[AQ_N_MODALITIES]; /* at least 1 */
    AqFeatureShape of[AQ_N_MODALITIES][AQ_MOST_FEATURES];
} AqFeatureSizes;

/* One feature of each: a values of sound, h*w cells of v values of the picture. */
AqFeatureSizes aq_feature_sizes(int a, int h, int w, int v);

/* Adds one, dims {h, w, dim}. AQ_ERR_USAGE if there are AQ_MOST_FEATURES already. */
AQ_MUST_CHECK AqErr aq_feature_add(AqFeatureSizes *sizes, AqModality m,
                                   const int dims[3]);

/* What comes before feature k of modality m; for k = sizes->n[m], all of it. */
typedef struct AqFeaturePlace {
    int cells;    /* in a second */
    int channels; /* dims together */
    int values;   /* of a second */
} AqFeaturePlace;
AqFeaturePlace aq_feature_place(const AqFeatureSizes *sizes, AqModality m, int k);
/* All of a modality's features. */
AqFeaturePlace aq_feature_total(const AqFeatureSizes *sizes, AqModality m);

/* Which of the picture's features is best drawn over it: the grid of most cells. A row
 * of tokens has no places in the picture, and is drawn only if there is no grid. */
int aq_feature_drawn(const AqFeatureSizes *sizes);

int aq_feature_sizes_same(const AqFeatureSizes *a, const AqFeatureSizes *b);

#define AQ_FEATURE_TEXT ((size_t)AQ_MOST_FEATURES * 40) /* bytes that hold any text */
/* Writes "128", "7x7x768", "7x7x768 and 1x14x1024"; returns text. */
char *aq_feature_text(const AqFeatureSizes *sizes, AqModality m,
                      char text[AQ_FEATURE_TEXT]);

/* One clip's rows, T seconds. An absent second (no picture or no sound) has present 0,
 * and its values are ignored. A stream that the clip lacks has NULL data. */
typedef struct AqClipFeatures {
    int n_seconds;                       /* T */
    const float *audio;                  /* (T, values) or NULL */
    const unsigned char *audio_present;  /* (T) */
    const float *visual;                 /* (T, values) or NULL */
    const unsigned char *visual_present; /* (T) */
    const float *visual_change;          /* (T, values) what changes in the pictures
                                            (model/data/changes.h), or NULL: computed
                                            where it is needed */
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
    AqTask task;
    const char *const *choices; /* of a choice, the answer among them; else none */
    size_t n_choices;
} AqQuestion;

#define AQ_MOST_CHOICES 64 /* of a question */

typedef struct AqDataset AqDataset;
struct AqDataset {
    size_t n_clips, n_questions;
    const AqQuestion *questions;
    AqTask task; /* how a model trained on it answers: open, whatever the questions'
                    own; otherwise that of all of them */
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
