/* SPDX-License-Identifier: MIT */
/* The table of question encoders: one is its file and a row here. */
#include "model/question/encoder.h"

#include "base/text/choice.h"

static const AqQuestionReading *const readings[] = {
    &aq_question_lstm,
    &aq_question_clip_text,
};

enum { N_READINGS = sizeof readings / sizeof *readings };

const AqQuestionReading *aq_question_reading(size_t k)
{
    return k < N_READINGS ? readings[k] : NULL;
}

static const char *name_of_reading(size_t k)
{
    return k < N_READINGS ? readings[k]->name : NULL;
}

AqErr aq_question_reading_find(const AqQuestionReading **out, const char *name)
{
    size_t k;
    const AqErr err = aq_choice_find(&k, "question encoder", name_of_reading, name);

    *out = aq_question_reading(k);
    return err;
}
