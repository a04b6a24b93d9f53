/*
 * Are the features those of the videos that the annotations are about? Files of the
 * clips' names where annotations usually have them are compared with what the store
 * knows of the files that its features were made from.
 */
#ifndef AQ_PIPELINE_INPUTS_DATASET_CONTENT_H
#define AQ_PIPELINE_INPUTS_DATASET_CONTENT_H
#include "pipeline/inputs/dataset.h"

/*
 * Warns of clips whose files at hand have different content from their features: at
 * the place that the annotation writes, in the folder of its file, in videos/ in it or
 * beside it, or where the store found the clip. A file of the same size and another
 * time is read, a few at most if they turn out to be the same. `what` is what the
 * features are wanted for. *n_differ counts the clips.
 */
AQ_MUST_CHECK AqErr aq_dataset_check_content(const AqStoreDataset *d, const char *what,
                                             size_t *n_differ);

#endif
