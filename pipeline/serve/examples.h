/* Clips to begin with, where nobody named any: made by toyband, if it lies beside the
 * program. */
#ifndef AQ_PIPELINE_SERVE_EXAMPLES_H
#define AQ_PIPELINE_SERVE_EXAMPLES_H
#include "pipeline/serve/clips/clips.h"

/* Runs `maker` (toyband) in a folder of its own below `folder`, and takes what it makes
 * as examples. What goes wrong is told, and there are fewer examples then.
 * AQ_ERR_CANCELLED after a request to stop. */
AQ_MUST_CHECK AqErr aq_serve_make_examples(AqClips *clips, const char *folder,
                                           const char *maker);

#endif
