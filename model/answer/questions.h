/* A batch's questions and a model's sizes as question encoders take them. */
#ifndef AQ_MODEL_ANSWER_QUESTIONS_H
#define AQ_MODEL_ANSWER_QUESTIONS_H
#include "model/answer/network.h"
#include "model/question/encoder.h"

static inline AqQuestionSource aq_answer_question_source(const AqAnswerShape *shape)
{
    return (AqQuestionSource){
        .by = shape->reading,
        .n_words = shape->n_words,
        .text = {.width = shape->text_width, .pooled = shape->text_pooled}};
}

/* Borrows what the batch has; B*N questions. */
static inline AqQuestionInput aq_answer_question_input(const AqBatch *batch)
{
    return (AqQuestionInput){.ids = batch->words,
                             .lengths = batch->lengths,
                             .n = batch->n_asks * batch->n_slots,
                             .most = batch->n_words,
                             .rows = batch->rows};
}

#endif
