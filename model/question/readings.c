/* SPDX-License-Identifier: MIT */
/* The table of question encoders: one is its file and a row here. */
#include "model/question/encoder.h"

#include <stdio.h>
#include <string.h>

static const AqQuestionReading *const readings[] = {
    &aq_question_lstm,
    &aq_question_clip_text,
};

enum { N_READINGS = sizeof readings / sizeof *readings };

const AqQuestionReading *aq_question_reading(size_t k)
{
    return k < N_READINGS ? readings[k] : NULL;
}

AqErr aq_question_reading_find(const AqQuestionReading **out, const char *name)
{
    char all[128] = "";
    size_t at = 0;

    *out = NULL;
    for (size_t k = 0; k < N_READINGS; k++) {
        if (strcmp(readings[k]->name, name) == 0) {
            *out = readings[k];
            return AQ_OK;
        }
        at += (size_t)snprintf(all + at, sizeof all - at, "%s%s", k ? ", " : "",
                               readings[k]->name);
    }
    return aq_fail(AQ_ERR_USAGE, "no question encoder is called \"%s\"; there are: %s",
                   name, all);
}
