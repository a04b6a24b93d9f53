/* Inside the library: an answer, with everything in it copied. */
#ifndef AQ_PIPELINE_LIBRARY_ANSWER_H
#define AQ_PIPELINE_LIBRARY_ANSWER_H
#include "pipeline/asking/inquiry.h"
#include "pipeline/library/avqa.h"

/* *occlusion may be NULL. Gives; avqa_answer_free(). */
AQ_MUST_CHECK AqErr aq_library_answer(AvqaAnswer **out, const AqInquiry *q,
                                      const AqPrediction *p,
                                      const AqOcclusion *occlusion);

#endif
