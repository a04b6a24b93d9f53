/*
 * HCRN, the hierarchical conditional relation network, after Le et al., "Hierarchical
 * Conditional Relation Networks for Video Question Answering", CVPR 2020, and its
 * published code (docs/hcrn.md says which formula is of which). Alone or with a
 * question-guided transformer (model/qgt).
 *
 * Of the pictures' features the first is what is seen in each frame, the second, if
 * there is one, how a clip moves. A row of several entries (1xFxV) is a clip of F
 * frames; of any other feature a row is one frame, the mean of its cells.
 */
#ifndef AQ_MODEL_HCRN_HCRN_H
#define AQ_MODEL_HCRN_HCRN_H
#include "model/answer/network.h"
#include "model/qgt/qgt.h"

/* Where the question-guided transformer is. */
typedef enum AqHcrnQgt {
    AQ_HCRN_QGT_OFF,
    AQ_HCRN_QGT_TOKENS, /* on what the hierarchy gives, before it is pooled */
    AQ_HCRN_QGT_FRAMES  /* on each clip's frames and motion, before the relations */
} AqHcrnQgt;

typedef enum AqHcrnDraw {
    AQ_HCRN_DRAW_ANEW, /* subsets: other ones in each training step, as published */
    AQ_HCRN_DRAW_ONCE  /* the same in training and in use */
} AqHcrnDraw;

typedef enum AqHcrnEncoder {
    AQ_HCRN_BILSTM, /* HCRN's own */
    AQ_HCRN_SHARED  /* that of the other networks (model/question) */
} AqHcrnEncoder;

typedef struct AqHcrnConfig {
    int dim, word_dim;
    int clips;          /* of a video; AQ_HCRN_LEAST to AQ_HCRN_MOST */
    int frames;         /* of a clip, where a row is one frame; likewise */
    int subsets;        /* of each size */
    int subsets_in_use; /* the same when it answers; 0: as many */
    int draw;           /* an AqHcrnDraw */
    int subset_seed;    /* of what is not drawn anew */
    int encoder;        /* an AqHcrnEncoder */
    int batch_norm;     /* in the answer's layers */
    int sound;          /* 1: relations conditioned on the sound, as in HAVF */
    int whole_set;      /* those have the set of all objects too, as published */
    int max_seconds, max_words, min_count;
    double dropout, question_dropout;
    int qgt;        /* an AqHcrnQgt */
    AqQgtForm form; /* its form */
} AqHcrnConfig;

/* Two relation networks after each other take four objects away. */
enum { AQ_HCRN_LEAST = 5, AQ_HCRN_MOST = 64 };

extern const AqAnswerNetwork aq_hcrn; /* options: an AqHcrnConfig */

#endif
