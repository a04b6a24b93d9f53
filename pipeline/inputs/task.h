/* Which form of answers (base/task.h) a training is for, and the questions of that form
 * in a list. */
#ifndef AQ_PIPELINE_INPUTS_TASK_H
#define AQ_PIPELINE_INPUTS_TASK_H
#include "store/annotations/annotations.h"

/* "auto", "open", "choices", "count", and NULL; the task of the k-th, from 1, is k - 1.
 */
extern const char *const aq_task_options[];

/* The form that all questions of the list have; AQ_ERR_USAGE, with how many have which,
 * if they differ. */
AQ_MUST_CHECK AqErr aq_task_of(AqTask *out, const AqAnnotations *a);

/* Keeps the questions that a model of this task answers: open answers are to any. Says
 * on stderr how many are left out; `what`: "evaluation", for that sentence.
 * AQ_ERR_NOT_FOUND if none is left. */
AQ_MUST_CHECK AqErr aq_task_keep(AqAnnotations *a, AqTask task, const char *what,
                                 size_t *n_left_out);

#endif
