/*
 * Which data set of a store a command means: the one that is named, or the one that
 * goes without saying.
 */
#ifndef AQ_PIPELINE_INPUTS_DATASET_PICK_H
#define AQ_PIPELINE_INPUTS_DATASET_PICK_H
#include "store/store.h"

/* To read from. NULL: the default one, or, where that is empty and only one other has
 * videos, that one. AQ_ERR_NOT_FOUND and AQ_ERR_USAGE say which there are. */
AQ_MUST_CHECK AqErr aq_dataset_to_read(AqStore *s, const char *name);
/* To put videos into. NULL: the default one. AQ_ERR_USAGE for the one of clips that
 * were asked about, which nothing but asking fills. */
AQ_MUST_CHECK AqErr aq_dataset_to_fill(AqStore *s, const char *name);
/* Is the video among those meant by a list: of the data set `name`; NULL: of any but
 * the one of clips that were only asked about, and of that too where `all`? */
int aq_dataset_has(const char *name, int all, const AqStoreVideo *v);

#endif
