/*
 * Remarks on an answer: facts that bear on it, doubts, and reasons to claim nothing at
 * all. Collected once, shown in text, in JSON and on the page.
 */
#ifndef AQ_PIPELINE_UI_VERDICT_H
#define AQ_PIPELINE_UI_VERDICT_H
#include "base/err.h"

#define AQ_MOST_REMARKS 32

typedef enum AqRemarkKind {
    AQ_REMARK_FACT,    /* "it has no sound track; the answer rests on the picture" */
    AQ_REMARK_DOUBT,   /* the answer stands but is not sure */
    AQ_REMARK_AGAINST, /* no answer should be claimed */
    AQ_REMARK_CANNOT /* there is no answer: "cannot tell", and what is known instead */
} AqRemarkKind;

typedef struct AqRemark {
    AqRemarkKind kind;
    char *text; /* a clause: no capital, no full stop */
} AqRemark;

typedef struct AqVerdict {
    AqRemark remark[AQ_MOST_REMARKS];
    int n;
    int n_doubts, n_against, n_cannot; /* of all added */
} AqVerdict;

/* Remarks beyond AQ_MOST_REMARKS, or that memory ran out for, are counted but not kept.
 */
void aq_verdict_add(AqVerdict *v, AqRemarkKind kind, const char *fmt, ...)
    AQ_PRINTF(3, 4);
void aq_verdict_clear(AqVerdict *v);

int aq_verdict_claims(const AqVerdict *v); /* an answer may be given */
int aq_verdict_sure(const AqVerdict *v);   /* and there is no doubt about it */

/* Why it cannot tell; NULL: it can. Borrowed. */
const char *aq_verdict_cannot(const AqVerdict *v);

/* What stands in the answer's place if nothing is claimed: "not sure", "cannot tell".
 */
const char *aq_verdict_instead(const AqVerdict *v);

/* "not sure: REASON; REASON; its best guess would be `guess` (62 %)", or "cannot tell:
 * REASON", if nothing is claimed. Gives; aq_free(). NULL when out of memory. */
char *aq_verdict_line(const AqVerdict *v, const char *guess, double probability);

#endif
