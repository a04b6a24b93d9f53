/* SPDX-License-Identifier: MIT */
#include "pipeline/asking/inquiry.h"

AqErr aq_inquiry_answer(AqInquiry *q, int cells, AqPrediction *p, AqOcclusion *y)
{
    AqErr err = aq_inquiry_look_for(q);

    aq_predictor_offer(q->predictor, q->offered, q->n_offered);
    if (err == AQ_OK)
        err = aq_predictor_ask(q->predictor, q->clip, q->question, p);
    if (err == AQ_OK)
        err = aq_sensed_find(&q->sensed, aq_predictor_concepts(q->predictor), q->clip);
    if (err == AQ_OK)
        err = aq_inquiry_doubt(q, p);
    if (err != AQ_OK || !y)
        return err;
    aq_occluder_offer(q->occluder, q->offered, q->n_offered);
    aq_occluder_explain(q->occluder, p->order[0]);
    return aq_occlude(q->occluder, q->clip, q->question, cells, y);
}

void aq_inquiry_clear(AqInquiry *q)
{
    aq_verdict_clear(&q->verdict);
    aq_sensed_clear(&q->sensed);
}
