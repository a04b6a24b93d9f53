/*
 * A data set for training and evaluation: questions from annotation files, features
 * from the store, loaded clip by clip.
 */
#ifndef AQ_PIPELINE_INPUTS_DATASET_H
#define AQ_PIPELINE_INPUTS_DATASET_H
#include "model/data/dataset.h"
#include "pipeline/inputs/features/clip.h"
#include "store/annotations/annotations.h"

typedef struct AqStoreDataset AqStoreDataset;

enum { AQ_GAPS_NAMED = 3 };

/* What was left out, and why. */
typedef struct AqDatasetGaps {
    size_t n_records;     /* malformed annotation records */
    size_t n_videos;      /* videos without such features in the store */
    size_t n_questions;   /* questions about those videos */
    const char *twins[2]; /* two files with one name in different folders, or NULLs */
    const char
        *missing[AQ_GAPS_NAMED]; /* the first of n_videos, as annotations spell them */
    const char *lacking; /* the first that the store knows without such features */
    const AqProvenance *lacks; /* one of those; the choice's */
} AqDatasetGaps;

/*
 * Borrows store, choice and annotations. Takes only videos whose name's hash, in 0..1,
 * lies in [from, from + share), so that a file can be split by video; from 0, share 1
 * takes all. AQ_ERR_NOT_FOUND if no question is left.
 */
AQ_MUST_CHECK AqErr aq_store_dataset_new(AqStoreDataset **out, AqStore *s,
                                         const AqFeatureChoice *choice,
                                         const AqAnnotations *a, double from,
                                         double share, AqDatasetGaps *gaps);
/* From now on, announced clips are read ahead by a separate thread. */
AQ_MUST_CHECK AqErr aq_store_dataset_read_ahead(AqStoreDataset *d);
/* The form of answers that it is trained on, or asked for; open until it is set. All
 * questions are of it, or it is open. */
void aq_store_dataset_answer(AqStoreDataset *d, AqTask task);
/* From now on, a share of the seconds of each clip is absent when it is loaded, the
 * same ones each time: which, its name decides. */
void aq_store_dataset_hide(AqStoreDataset *d, double share);
/* Reads every clip's features once, removes the questions about the *n_videos clips
 * that cannot be read, and logs why. AQ_ERR_NOT_FOUND if nothing is left. */
AQ_MUST_CHECK AqErr aq_store_dataset_drop_unreadable(AqStoreDataset *d,
                                                     int (*stop)(void *ctx),
                                                     size_t *n_videos);
/* Does `err` concern one clip's row only, so that others can be read? */
int aq_store_dataset_is_row(AqErr err);
void aq_store_dataset_free(AqStoreDataset **d);
const AqDataset *aq_store_dataset(const AqStoreDataset *d); /* borrowed */
/* The annotation of the data set's question k. Borrowed from the annotations. */
const AqAnnotation *aq_store_dataset_source(const AqStoreDataset *d, size_t k);
/* The store's name of clip number `clip`. Borrowed. */
const char *aq_store_dataset_clip(const AqStoreDataset *d, size_t clip);
AqStore *aq_store_dataset_store(const AqStoreDataset *d); /* borrowed */

/* Reads annotation files; malformed records are counted, and the first few logged.
 * Records that name a split are kept only if it is `split` ("train", "val", "test" or a
 * usual synonym; NULL: all). AQ_ERR_NOT_FOUND if that leaves nothing. */
AQ_MUST_CHECK AqErr aq_read_annotations(AqAnnotations **out, const char *const *paths,
                                        int n_paths, const char *split);

#endif
