/* SPDX-License-Identifier: MIT */
#include "pipeline/inputs/task.h"

#include "base/text/log.h"

const char *const aq_task_options[] = {"auto", "open", "choices", "count", NULL};

static const char *const answered[AQ_N_TASKS] = {
    "in words", "with one of the choices that they come with", "with a number"};

AqErr aq_task_of(AqTask *out, const AqAnnotations *a)
{
    size_t n[AQ_N_TASKS] = {0};

    for (size_t k = 0; k < a->n; k++)
        n[a->v[k].task]++;
    for (int t = 0; t < AQ_N_TASKS; t++)
        if (n[t] == a->n) {
            *out = (AqTask)t;
            return AQ_OK;
        }
    return aq_fail(
        AQ_ERR_USAGE,
        "%zu questions are answered %s, %zu %s and %zu %s, and a model gives "
        "answers of one form: give train the files of one, or say which with "
        "--head choices or --head count; --head open answers all in words",
        n[AQ_TASK_OPEN], answered[AQ_TASK_OPEN], n[AQ_TASK_CHOICE],
        answered[AQ_TASK_CHOICE], n[AQ_TASK_COUNT], answered[AQ_TASK_COUNT]);
}

AqErr aq_task_keep(AqAnnotations *a, AqTask task, const char *what, size_t *n_left_out)
{
    const size_t had = a->n;
    size_t n = 0;

    for (size_t k = 0; k < had; k++)
        if (task == AQ_TASK_OPEN || a->v[k].task == task)
            a->v[n++] = a->v[k];
    a->n = n;
    *n_left_out = had - n;
    if (n == 0 && had > 0)
        return aq_fail(AQ_ERR_NOT_FOUND,
                       "%s: none of the %zu questions is answered %s, as the model "
                       "answers",
                       what, had, answered[task]);
    if (n < had)
        aq_log(
            AQ_LOG_WARN,
            "%s: %zu of %zu questions are left out: the model answers those that are "
            "answered %s",
            what, had - n, had, answered[task]);
    return AQ_OK;
}
