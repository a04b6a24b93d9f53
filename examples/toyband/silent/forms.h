/* Questions that pictures alone answer, as data sets without sound ask them. */
#ifndef AQ_TOYBAND_SILENT_FORMS_H
#define AQ_TOYBAND_SILENT_FORMS_H
#include "examples/toyband/scene/band.h"

#define AQ_TOY_SILENT_TEXT    96
#define AQ_TOY_SILENT_CHOICES 5

typedef struct AqToySilentQuestion {
    char question[AQ_TOY_SILENT_TEXT];
    const char *answer; /* NULL: a choice or a count */
    int count;          /* of a count */
    const char *choices[AQ_TOY_SILENT_CHOICES];
    int right; /* the place of the right choice */
} AqToySilentQuestion;

/* Which data set asks a form, and of which of its types. */
typedef enum AqToySilentFamily {
    AQ_TOY_SILENT_WORDS,      /* MSVD-QA's and MSRVTT-QA's: answers are single words */
    AQ_TOY_SILENT_ACTIVITY,   /* ActivityNet-QA's; type 0 to 8 */
    AQ_TOY_SILENT_ACTION,     /* TGIF-QA's: five choices */
    AQ_TOY_SILENT_TRANSITION, /* too */
    AQ_TOY_SILENT_COUNT,
    AQ_TOY_SILENT_FRAME /* type 0 to 3 */
} AqToySilentFamily;

typedef struct AqToySilentForm {
    AqToySilentFamily family;
    int type;
    /* 0: it cannot be asked of this scene. */
    int (*ask)(AqToySilentQuestion *q, const AqToyScene *s, AqRng *r);
} AqToySilentForm;

extern const AqToySilentForm aq_toy_silent_forms[];
extern const int aq_toy_n_silent_forms;

#endif
