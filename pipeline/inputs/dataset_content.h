/*
 * Checks that the features belong to the videos that the annotations ask about: files
 * with the clips' names, in the places where annotations usually have them, are
 * compared with the store's record of the files that its features were made from.
 */
#ifndef AQ_PIPELINE_INPUTS_DATASET_CONTENT_H
#define AQ_PIPELINE_INPUTS_DATASET_CONTENT_H
#include "pipeline/inputs/dataset.h"

/*
 * Warns of clips whose files differ from those that their features were made from.
 * Files are looked for at the path in the annotation, in the annotation file's folder,
 * in videos/ in or beside that folder, and where the store found the clip. A file of
 * equal size but another time is read; after a few that prove equal, no more are.
 * `what` names the use of the features in the warning. *n_differ counts the clips.
 */
AQ_MUST_CHECK AqErr aq_dataset_check_content(const AqStoreDataset *d, const char *what,
                                             size_t *n_differ);

#endif
