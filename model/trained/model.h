/*
 * A trained model: the network and everything needed to ask it questions - vocabulary,
 * answers, feature statistics, blind floor, and its features' provenance. One
 * safetensors file holds it all.
 */
#ifndef AQ_MODEL_TRAINED_MODEL_H
#define AQ_MODEL_TRAINED_MODEL_H
#include "model/answer/network.h"
#include "model/data/metrics.h"
#include "model/limits/own_limits.h"
#include "model/question/clip/text_bank.h"
#include "model/question/vocab.h"

#include <stdint.h>

#define AQ_MODEL_FORMAT  "avqa-pipe " /* and the network's name */
#define AQ_MODEL_VERSION "1"

typedef struct AqModel {
    AqAnswerShape shape;
    AqAnswerNet *net;         /* the network, with its options */
    AqStrings words, answers; /* no answers unless they are open (shape.task) */
    int *names; /* (K) of answers that are names: their words; else -1 (names.h) */
    AqFloor *floor;
    float *mean[2], *inv_std[2]; /* by AqModality: (channels) of its features, one
                                    after the other */
    char *extractors;            /* the caller's JSON text, "" if none was given */
    char *training;              /* JSON: options and results of the training */
    char *about;                 /* JSON: what the file says of itself for people, kept
                                    as read (pipeline/inputs/model_about.h), or NULL */
    char *question;              /* JSON: the text tower that reads its questions
                                    (model/question/clip/clip_text.h); NULL: none does */
    AqTextBank *bank; /* what the tower has read, once it is set (model_tower.h) */
    float *name_rows; /* (K,W) of names, then; else zero. NULL without a tower */
    int half;         /* saved in half precision */
    AqLimits limits;  /* empty until fitted */
} AqModel;

/* A new model of a network of the table with the given options. Takes nothing; words,
 * answers and floor are fitted on the questions, whose task it has. Means are 0 and
 * deviations 1 until the trainer sets them. */
AQ_MUST_CHECK AqErr aq_model_new(AqModel **out, const AqAnswerNetwork *network,
                                 const void *config, const AqDataset *train,
                                 uint64_t seed);
/* The same with questions that a text tower reads; borrowed by the model. NULL: as
 * above. */
AQ_MUST_CHECK AqErr aq_model_new_reading(AqModel **out, const AqAnswerNetwork *network,
                                         const void *config, const AqDataset *train,
                                         uint64_t seed, const AqClipText *tower);
void aq_model_free(AqModel **m);

AQ_MUST_CHECK AqErr aq_model_save(const AqModel *m, const char *path);

/* Every size is checked against the file and against each other. A file that is not a
 * model is AQ_ERR_FORMAT, one whose parts do not match is AQ_ERR_MISMATCH. */
AQ_MUST_CHECK AqErr aq_model_load(AqModel **out, const char *path);

/* AQ_ERR_MISMATCH, with both sizes, if the model was trained on features of other
 * sizes. */
AQ_MUST_CHECK AqErr aq_model_fits(const AqModel *m, const AqFeatureSizes *sizes);

size_t aq_model_count(const AqModel *m); /* total parameters */

/* AQ_ERR_USAGE if the model cannot answer such a question: it lacks choices. */
AQ_MUST_CHECK AqErr aq_model_takes(const AqModel *m, const AqQuestion *q);

/* How many answers a question can have at most; and the number of its right one, -1 for
 * one that the model cannot give. */
int aq_model_most_answers(const AqModel *m);
int aq_model_truth(const AqModel *m, const AqQuestion *q);
/* Answers by their numbers: the vocabulary, the question's choices, numbers. Borrowed
 * from model or question. */
const char *const *aq_model_answers(const AqModel *m, const AqQuestion *q);

#endif
