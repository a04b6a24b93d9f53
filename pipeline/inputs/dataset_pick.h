/*
 * Which data set of a store a command uses: the named one, or the obvious one.
 */
#ifndef AQ_PIPELINE_INPUTS_DATASET_PICK_H
#define AQ_PIPELINE_INPUTS_DATASET_PICK_H
#include "store/store.h"

/* Selects the one to read from. NULL: the default one, or, if that is empty and only
 * one other has videos, that one. The messages of AQ_ERR_NOT_FOUND and AQ_ERR_USAGE
 * list what there is. */
AQ_MUST_CHECK AqErr aq_dataset_to_read(AqStore *s, const char *name);
/* Selects the one to add videos to. NULL: the default one. AQ_ERR_USAGE for the data
 * set of clips that were asked about, which only `ask` fills. */
AQ_MUST_CHECK AqErr aq_dataset_to_fill(AqStore *s, const char *name);
/* Does a list show the video? It must be in the data set `name`; NULL: in any but the
 * one of clips that were only asked about, or in any at all if `all`. */
int aq_dataset_has(const char *name, int all, const AqStoreVideo *v);

#endif
