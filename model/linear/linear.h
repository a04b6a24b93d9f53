/*
 * The linear baseline: a linear map of the question, plus one of the clip's mean
 * features. Nothing in it relates the question to what is seen or heard, so another
 * network's score above it measures the value of doing so.
 *
 *     logits = the question's map (model/question/encoder.h)
 *            + A (mean over seconds of the sound's values) / sqrt(A's width) + b_A
 *            + V (mean over seconds and cells of the picture's) / sqrt(V's width) + b_V
 *
 * and the same for each further feature of the sound or of the picture.
 *
 * The question's map is a sum over its words of P[word], or with a text tower a map of
 * what it pools. It is a log-linear model of the answer given the question: trained
 * alone it gives the majority answer of each type of question. A stream that a clip
 * lacks adds nothing.
 *
 * A count is such a sum with K = 1. Of a choice, A and V have a row for each word, and
 * its score, over its own words w, is
 *
 *     the question's and its words' map + sum over w of (A (..) + V (..))[w]
 *
 * With a text tower it is the map alone: what is seen and heard says nothing of it.
 */
#ifndef AQ_MODEL_LINEAR_LINEAR_H
#define AQ_MODEL_LINEAR_LINEAR_H
#include "model/answer/network.h"

typedef struct AqLinearConfig {
    int max_seconds;    /* later seconds are ignored */
    int max_words;      /* words read of a question */
    int min_count;      /* occurrences in training that a word needs to be known */
    int sound, picture; /* 0: that stream is not used; both 0: words only */
} AqLinearConfig;

extern const AqAnswerNetwork aq_linear_baseline; /* options: an AqLinearConfig */

#endif
