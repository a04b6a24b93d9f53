/* What train, eval and calibrate share: the questions that a store can answer. */
#ifndef AQ_PIPELINE_COMMANDS_QUESTIONS_H
#define AQ_PIPELINE_COMMANDS_QUESTIONS_H
#include "base/options/option.h"
#include "pipeline/inputs/dataset.h"

/* Zeroed, then opened. */
typedef struct AqQuestionSet {
    AqAnnotations *list;
    AqStoreDataset *data;
    int gaps; /* something was left out */
} AqQuestionSet;

/* The questions of `files` that a model of this task answers, where these say splits
 * those of `split` (NULL: all), about videos of the store's data set. Says on stderr
 * what is left out, and which files have
 * different content from the features; `what`: "evaluation", for these sentences. Close
 * it after a failure too. */
AQ_MUST_CHECK AqErr aq_questions_open(AqQuestionSet *q, AqStore *s,
                                      const AqFeatureChoice *choice,
                                      const AqTextList *files, const char *split,
                                      AqTask task, const char *what);
void aq_questions_close(AqQuestionSet *q);

/* Says on stderr what was left out; 1 if anything was. */
int aq_say_gaps(const char *what, const AqDatasetGaps *gaps);

#endif
