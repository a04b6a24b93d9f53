/* SPDX-License-Identifier: MIT */
/* What a question gives to choose from. */
#include "base/alloc.h"
#include "pipeline/commands/ask/ask_priv.h"

#include <string.h>

/* Cuts j->choices at each bar; blanks around a choice are not of it. */
static AqErr cut_choices(AqAsk *j)
{
    char *next = j->choices;

    while (next) {
        char *text = next, *bar = strchr(text, '|');

        next = bar ? bar + 1 : NULL;
        if (bar)
            *bar = 0;
        text += strspn(text, " \t");
        for (size_t n = strlen(text); n > 0 && strchr(" \t", text[n - 1]); n--)
            text[n - 1] = 0;
        if (!*text)
            return aq_fail(AQ_ERR_USAGE, "--choices has an empty choice: give them as "
                                         "\"piano|violin|drum\"");
        if (j->n_offered == AQ_MOST_CHOICES)
            return aq_fail(AQ_ERR_USAGE, "--choices has more than %d choices",
                           AQ_MOST_CHOICES);
        j->offered[j->n_offered++] = text;
    }
    return AQ_OK;
}

AqErr aq_ask_read_choices(AqAsk *j)
{
    const int chooses = j->model->shape.task == AQ_TASK_CHOICE;

    j->q.misuse = 1; /* until the end: whatever is wrong here is the command */
    if (!chooses && j->a->choices)
        return aq_fail(AQ_ERR_USAGE,
                       "--choices is for models that choose, and this one "
                       "answers %s",
                       j->model->shape.task == AQ_TASK_COUNT ? "with a number"
                                                             : "in words of its own");
    if (chooses && !j->a->choices)
        return aq_fail(AQ_ERR_USAGE,
                       "this model chooses: give it what to choose from, as "
                       "in --choices \"piano|violin|drum\"");
    if (chooses && !(j->choices = aq_strdup(j->a->choices)))
        return AQ_ERR_NOMEM;
    const AqErr err = cut_choices(j);
    j->q.offered = j->offered;
    j->q.n_offered = j->n_offered;
    if (err == AQ_OK)
        j->q.misuse = 0;
    return err;
}
