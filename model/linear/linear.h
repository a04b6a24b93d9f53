/*
 * The linear baseline: what questions of a kind are mostly answered with, and a linear
 * map of the clip's mean features. Nothing in it relates a question to what is seen or
 * heard, so what another network scores above it is what that relating is worth.
 *
 *     logits = sum over the question's words of P[word]
 *            + A (mean over seconds of the sound's values) / sqrt(A's width) + b_A
 *            + V (mean over seconds and cells of the picture's) / sqrt(V's width) + b_V
 *
 * P (words,K) is a log-linear model of the answer given the words: trained alone it
 * comes to the majority answer of each type of question, told by its words. A stream
 * that a clip lacks adds nothing.
 */
#ifndef AQ_MODEL_LINEAR_LINEAR_H
#define AQ_MODEL_LINEAR_LINEAR_H
#include "model/answer/network.h"

typedef struct AqLinearConfig {
    int max_seconds;    /* later seconds are not looked at */
    int max_words;      /* words of a question that are read */
    int min_count;      /* a word must occur so often in training to be known */
    int sound, picture; /* 0: that stream is not looked at; both 0: the words alone */
} AqLinearConfig;

extern const AqAnswerNetwork aq_linear_baseline; /* options: an AqLinearConfig */

#endif
