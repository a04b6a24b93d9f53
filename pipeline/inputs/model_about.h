/*
 * What a model file says about itself, for people: metadata `about`, a JSON object
 * written not by training but by whoever distributes the file
 * (examples/default-model/about.py).
 *   knows       what the model can be asked about, as it reads after "it knows"
 *   trained_on  what it was trained on, in words
 *   tested      array of {on, accuracy, floor, n}: shares of n questions about clips
 *               that it was not trained on
 * Each of them may be missing; older files have none.
 */
#ifndef AQ_PIPELINE_INPUTS_MODEL_ABOUT_H
#define AQ_PIPELINE_INPUTS_MODEL_ABOUT_H
#include "base/err.h"

/* Gives *knows, safe to show on one line; NULL if the file does not say. AQ_ERR_FORMAT
 * if `about` is not such an object. */
AQ_MUST_CHECK AqErr aq_model_knows(char **knows, const char *path);

#endif
