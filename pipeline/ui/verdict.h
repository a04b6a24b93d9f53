/*
 * What is to be said beside an answer: facts that bear on it, doubts, and reasons why
 * nothing should be claimed at all. Made once, told in text, in JSON and on the page.
 */
#ifndef AQ_PIPELINE_UI_VERDICT_H
#define AQ_PIPELINE_UI_VERDICT_H
#include "base/err.h"

#define AQ_MOST_REMARKS 32

typedef enum AqRemarkKind {
    AQ_REMARK_FACT,   /* "it has no sound track; the answer rests on the picture" */
    AQ_REMARK_DOUBT,  /* the answer stands, and is not sure */
    AQ_REMARK_AGAINST /* nothing should be claimed */
} AqRemarkKind;

typedef struct AqRemark {
    AqRemarkKind kind;
    char *text; /* a clause: no capital, no full stop */
} AqRemark;

typedef struct AqVerdict {
    AqRemark remark[AQ_MOST_REMARKS];
    int n;
    int n_doubts, n_against; /* of all that were added */
} AqVerdict;

/* Further ones than there is room for count but are not kept; so do those that memory
 * ran out for. */
void aq_verdict_add(AqVerdict *v, AqRemarkKind kind, const char *fmt, ...)
    AQ_PRINTF(3, 4);
void aq_verdict_clear(AqVerdict *v);

int aq_verdict_claims(const AqVerdict *v); /* an answer may be given */
int aq_verdict_sure(const AqVerdict *v);   /* and nothing speaks against it */

/* "not sure: REASON; REASON; its best guess would be `guess` (62 %)", where nothing is
 * claimed. Gives; aq_free(). NULL when memory is out. */
char *aq_verdict_line(const AqVerdict *v, const char *guess, double probability);

#endif
