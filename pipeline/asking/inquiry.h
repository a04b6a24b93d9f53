/*
 * A question about a clip: the model's answer, what speaks against it, and what it
 * rests on, as values and as JSON. The command `ask` and the server both ask this way.
 *
 * Threads: an inquiry belongs to one thread, as its predictor and its occluder do.
 * Several may share the model, its word forms and a clip's features, which are only
 * read.
 */
#ifndef AQ_PIPELINE_ASKING_INQUIRY_H
#define AQ_PIPELINE_ASKING_INQUIRY_H
#include "model/explain/occlusion.h"
#include "model/trained/predictor.h"
#include "pipeline/asking/sensed.h"
#include "pipeline/ui/verdict.h"

#define AQ_SURE  0.7 /* least probability of an answer that is called sure */
#define AQ_CLEAR 0.5 /* and of the kind of answer that a question asks for */

struct json_t;

typedef struct AqInquiry {
    /* Who is asked about what; set by the caller, borrowed. */
    const AqModel *model;
    const AqWordForms *forms; /* of the model's words */
    AqPredictor *predictor;   /* of this model, as the occluder */
    AqOccluder *occluder;
    const AqClipFeatures *clip;
    const char *notes;          /* of when the clip was read, one a line */
    const char *const *offered; /* (n_offered) what there is to choose from */
    size_t n_offered;
    const char *question;
    /* What is found out. */
    int misuse; /* the question is no question */
    AqWording wording;
    AqVerdict verdict;
    int named[AQ_PRESENCE_NAMED], n_named; /* objects of the model's presence */
    double unlike[AQ_N_MODALITIES];        /* distance over threshold; 0: not known */
    double absent[AQ_PRESENCE_NAMED];      /* how sure it is that each is not there */
    AqSensed sensed; /* what was heard and seen, by features that are concepts */
} AqInquiry;

/* The question's words; needs model, forms and question alone. AQ_ERR_USAGE, with
 * misuse set, where none says anything to the model. */
AQ_MUST_CHECK AqErr aq_inquiry_read(AqInquiry *q);

/* Answers the question that was read; `cells`: also hides the cells of pictures. `y`
 * and the occluder may be NULL: nothing is hidden. The arrays of *p and *y are the
 * predictor's and the occluder's, until their next call. */
AQ_MUST_CHECK AqErr aq_inquiry_answer(AqInquiry *q, int cells, AqPrediction *p,
                                      AqOcclusion *y);

/* Forgets verdict and what was sensed, before the next question or at the end. */
void aq_inquiry_clear(AqInquiry *q);

/* Inside: all that there is to say of an answer; and asks the model whether what the
 * question names is there, before the question itself, as predictions hold until the
 * next. (doubts.c) */
AQ_MUST_CHECK AqErr aq_inquiry_doubt(AqInquiry *q, const AqPrediction *p);
AQ_MUST_CHECK AqErr aq_inquiry_look_for(AqInquiry *q);
/* Inside: adds why it cannot tell, if so. (cannot.c) */
void aq_inquiry_say_cannot(AqInquiry *q, const AqPrediction *p);

/* What the JSON calls clip and model. Borrowed. */
typedef struct AqInquiryNames {
    const char *clip, *model;
    int is_default; /* the model is the one that comes with the program */
} AqInquiryNames;

/* What `ask --json` prints, with the `top` likeliest answers. Gives a reference; NULL
 * when out of memory. */
struct json_t *aq_inquiry_json(const AqInquiry *q, const AqInquiryNames *names,
                               const AqPrediction *p, const AqOcclusion *y, int top);

/* Inside: its member "concepts"; null where no feature is a concept. (sensed_json.c) */
struct json_t *aq_sensed_json(const AqInquiry *q, const AqPrediction *p);

#endif
