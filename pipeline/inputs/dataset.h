/*
 * A data set for the trainer and the evaluation: questions from annotation files,
 * features from the store, fetched a clip at a time.
 */
#ifndef AQ_PIPELINE_INPUTS_DATASET_H
#define AQ_PIPELINE_INPUTS_DATASET_H
#include "model/data/dataset.h"
#include "pipeline/inputs/clip_features.h"
#include "store/annotations/annotations.h"

typedef struct AqStoreDataset AqStoreDataset;

enum { AQ_GAPS_NAMED = 3 };

/* What was left out, and why. */
typedef struct AqDatasetGaps {
    size_t n_records;     /* malformed annotation records */
    size_t n_videos;      /* videos that the store has no such features of */
    size_t n_questions;   /* questions about these */
    const char *twins[2]; /* two files of one name in two folders, or NULLs */
    const char
        *missing[AQ_GAPS_NAMED]; /* the first of them, as annotations write them */
} AqDatasetGaps;

/*
 * Borrows store, choice and annotations. `share` of 0..1: only videos whose name's hash
 * lies in [from, from + share), so that a file can be split by video; 0 and 1 take all.
 * No question left is AQ_ERR_NOT_FOUND.
 */
AQ_MUST_CHECK AqErr aq_store_dataset_new(AqStoreDataset **out, AqStore *s,
                                         const AqFeatureChoice *choice,
                                         const AqAnnotations *a, double from,
                                         double share, AqDatasetGaps *gaps);
/* Clips that are announced are fetched by a thread of their own from now on. */
AQ_MUST_CHECK AqErr aq_store_dataset_read_ahead(AqStoreDataset *d);
/* Reads every clip's features once: questions about those that cannot be read are taken
 * out, and the reason is told. *n_videos of them. Nothing left: AQ_ERR_NOT_FOUND. */
AQ_MUST_CHECK AqErr aq_store_dataset_drop_unreadable(AqStoreDataset *d,
                                                     int (*stop)(void *ctx),
                                                     size_t *n_videos);
/* Is it the fault of one clip's row, so that others can be read? */
int aq_store_dataset_is_row(AqErr err);
void aq_store_dataset_free(AqStoreDataset **d);
const AqDataset *aq_store_dataset(const AqStoreDataset *d); /* borrowed */
/* Where question k of the data set came from. Borrowed from the annotations. */
const AqAnnotation *aq_store_dataset_source(const AqStoreDataset *d, size_t k);
/* What the store calls clip number `clip`. Borrowed. */
const char *aq_store_dataset_clip(const AqStoreDataset *d, size_t clip);
AqStore *aq_store_dataset_store(const AqStoreDataset *d); /* borrowed */

/* Reads annotation files; malformed records are logged (the first few) and counted. Of
 * records that say which split they are in, only those of `split` ("train", "val",
 * "test", or their usual other names) are kept; NULL: all. AQ_ERR_NOT_FOUND where that
 * leaves nothing. */
AQ_MUST_CHECK AqErr aq_read_annotations(AqAnnotations **out, const char *const *paths,
                                        int n_paths, const char *split);

#endif
