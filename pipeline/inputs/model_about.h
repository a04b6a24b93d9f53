/*
 * What a model file says of itself, for people: metadata `about`, a JSON object that
 * training does not write, but who hands the file on (examples/default-model/about.py).
 *   knows       what the model can be asked about, to be read behind "it knows"
 *   trained_on  what it was trained on, in words
 *   tested      array of {on, accuracy, floor, n}: shares of n questions about clips
 * that it was not trained on Each of them may be missing, and a file of before has
 * none.
 */
#ifndef AQ_PIPELINE_INPUTS_MODEL_ABOUT_H
#define AQ_PIPELINE_INPUTS_MODEL_ABOUT_H
#include "base/err.h"

/* Gives *knows, fit to be shown on a line; NULL where the file does not say.
 * AQ_ERR_FORMAT if what it says is no such object. */
AQ_MUST_CHECK AqErr aq_model_knows(char **knows, const char *path);

#endif
