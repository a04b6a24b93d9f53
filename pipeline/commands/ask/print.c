/* SPDX-License-Identifier: MIT */
/* An answer for people. */
#include "base/alloc.h"
#include "pipeline/commands/ask/ask_priv.h"

#include <stdio.h>

/* What the first line says already. Where it cannot tell, reasons to claim nothing
 * stand below. */
static int is_in_first_line(const AqVerdict *v, AqRemarkKind kind)
{
    return kind == (aq_verdict_cannot(v) ? AQ_REMARK_CANNOT : AQ_REMARK_AGAINST);
}

/* The first line is the answer, or why there is none. */
static void print_answer(const AqAsk *j, const AqPrediction *p)
{
    const char *guess = p->answer[p->order[0]];
    char *line = aq_verdict_claims(&j->q.verdict)
                     ? NULL
                     : aq_verdict_line(&j->q.verdict, guess,
                                       (double)p->probability[p->order[0]]);

    (void)printf("%s\n", line ? line
                         : aq_verdict_claims(&j->q.verdict)
                             ? guess
                             : aq_verdict_instead(&j->q.verdict));
    aq_free(line);
    for (int k = 0; k < j->q.verdict.n; k++)
        if (!is_in_first_line(&j->q.verdict, j->q.verdict.remark[k].kind))
            (void)printf("  %s\n", j->q.verdict.remark[k].text);
}

/* "violin heard 0:03 to 0:07, seen right" */
static void print_sensed(const AqAsk *j)
{
    const char *rest = j->q.sensed.lines, *line;
    int length;

    while ((line = aq_sensed_next(&rest, &length)))
        (void)printf("  %.*s\n", length, line);
}

void aq_ask_print_text(const AqAsk *j, const AqPrediction *p, const AqOcclusion *y,
                       int top)
{
    print_answer(j, p);
    for (int k = 0; k < top && !aq_verdict_cannot(&j->q.verdict); k++)
        (void)printf("  %5.1f %%  %s\n", 100 * (double)p->probability[p->order[k]],
                     p->answer[p->order[k]]);
    if (aq_verdict_claims(&j->q.verdict))
        aq_ask_occlusion_text(p, y);
    if (!j->a->c.quiet)
        print_sensed(j);
}
