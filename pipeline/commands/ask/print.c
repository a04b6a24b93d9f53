/* SPDX-License-Identifier: MIT */
/* An answer for people. */
#include "base/alloc.h"
#include "pipeline/commands/ask/ask_priv.h"

#include <stdio.h>

/* The first line is the answer, or why there is none. */
static void print_answer(const AqAsk *j, const AqPrediction *p)
{
    const char *guess = p->answer[p->order[0]];
    char *line = aq_verdict_claims(&j->q.verdict)
                     ? NULL
                     : aq_verdict_line(&j->q.verdict, guess,
                                       (double)p->probability[p->order[0]]);

    (void)printf("%s\n", line                               ? line
                         : aq_verdict_claims(&j->q.verdict) ? guess
                                                            : "not sure");
    aq_free(line);
    for (int k = 0; k < j->q.verdict.n; k++)
        if (j->q.verdict.remark[k].kind != AQ_REMARK_AGAINST)
            (void)printf("  %s\n", j->q.verdict.remark[k].text);
}

void aq_ask_print_text(const AqAsk *j, const AqPrediction *p, const AqOcclusion *y,
                       int top)
{
    print_answer(j, p);
    for (int k = 0; k < top; k++)
        (void)printf("  %5.1f %%  %s\n", 100 * (double)p->probability[p->order[k]],
                     p->answer[p->order[k]]);
    if (aq_verdict_claims(&j->q.verdict))
        aq_ask_occlusion_text(p, y);
}
