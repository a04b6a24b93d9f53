/* What train and eval share: a store and the questions that it can answer. */
#ifndef AQ_PIPELINE_COMMANDS_QUESTIONS_H
#define AQ_PIPELINE_COMMANDS_QUESTIONS_H
#include "pipeline/dataset.h"
#include "pipeline/options.h"

/* Says on stderr what was left out; 1 if anything was. */
int aq_say_gaps(const char *what, const AqDatasetGaps *gaps);

#endif
