/*
 * Shared by answering networks: the features of a batch, and masks of what is present
 * in it.
 */
#ifndef AQ_MODEL_ANSWER_PARTS_H
#define AQ_MODEL_ANSWER_PARTS_H
#include "model/answer/network.h"

/* The index of ask b's clip. */
static inline int aq_batch_clip(const AqBatch *batch, int b)
{
    return batch->clip_of ? batch->clip_of[b] : b;
}

/* Feature k of stream m in all clips, (C,T,S,V); `all`: the batch's features[m] or
 * changes. NULL if that is. */
const float *aq_batch_feature(const AqBatch *batch, const AqFeatureSizes *sizes,
                              AqModality m, int k, const float *all);

/* The name of a parameter that each feature has: "in" of the first, "in2" of the
 * second. Returns full. */
#define AQ_FEATURE_NAME 32
char *aq_feature_name(const char *name, int k, char full[AQ_FEATURE_NAME]);

/* Does ask b's clip have the stream at any second? */
int aq_batch_has(const AqBatch *batch, AqModality m, int b);

/* Does the network use the stream at all in this batch? */
int aq_batch_looked_at(const AqAnswerNet *net, const AqBatch *batch, AqModality m);

/* A 0/1 mask of present seconds, (n*before,T*behind): each row `before` times, each
 * second `behind` times; n is C, or B if per_ask. */
const AqReal *aq_seconds_on(AqNn *nn, const AqBatch *batch, AqModality m, int per_ask,
                            int before, int behind);

/* The rows (B*N) whose clip has the stream, 1 or 0. */
const AqReal *aq_rows_with(AqNn *nn, const AqBatch *batch, AqModality m);

/* The mean of x (n,T,w) over the seconds that are there, (n,w); zeros if none is, as
 * for a batch without the stream. */
AqTensor *aq_average_seconds(AqNn *nn, AqTensor *x, const AqReal *on);

/* The mean over the cells of each second of feature k of stream m, (C,T,V): constants.
 */
AqTensor *aq_average_cells(AqNn *nn, const AqBatch *batch, const AqFeatureSizes *sizes,
                           AqModality m, int k);

/* Is the question of slot k (of B*N) there, for what reasons about a video's together?
 */
static inline int aq_question_seen(const AqBatch *batch, int k)
{
    return batch->lengths[k] > 0 && (!batch->seen || batch->seen[k]);
}

/* Which of an ask's questions count so, and then n_tokens that always do: (B,N+m). */
AqReal *aq_questions_on(AqNn *nn, const AqBatch *batch, int n_tokens);

#endif
