/*
 * Hard negatives: videos that resemble each other come in the same step. The negatives
 * of the alignment losses are the step's other videos; drawn at random, most are told
 * apart by which instruments they have.
 *
 * What a video is like is, of each stream, the mean of its standardised features over
 * the seconds that are there (and the cells), at length 1, or zero without the stream.
 * Two videos are as much alike as the dot product of these says.
 */
#ifndef AQ_MODEL_TRAIN_ALIKE_H
#define AQ_MODEL_TRAIN_ALIKE_H
#include "model/train/train_data.h"

typedef struct AqAlike {
    float *print; /* (n,dim) sound and picture of each video; NULL if not opened */
    size_t n, dim;
} AqAlike;

enum { AQ_ALIKE = 4 }; /* videos that come together */

/* After the statistics: loads every clip once more. */
AQ_MUST_CHECK AqErr aq_alike_open(AqAlike *a, AqTrainData *d, const AqModel *m);
void aq_alike_close(AqAlike *a);

/* Rearranges a permutation of the videos: the first, and the AQ_ALIKE - 1 most like it;
 * the first of those left, and so on. The same on every machine. */
AQ_MUST_CHECK AqErr aq_alike_arrange(const AqAlike *a, size_t *walk);

#endif
