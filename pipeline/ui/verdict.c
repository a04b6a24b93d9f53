/* SPDX-License-Identifier: MIT */
#include "pipeline/ui/verdict.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>

void aq_verdict_add(AqVerdict *v, AqRemarkKind kind, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    v->n_doubts += kind == AQ_REMARK_DOUBT;
    v->n_against += kind == AQ_REMARK_AGAINST;
    v->n_cannot += kind == AQ_REMARK_CANNOT;
    if (v->n < AQ_MOST_REMARKS && (v->remark[v->n].text = aq_strdup(text)))
        v->remark[v->n++].kind = kind;
}

void aq_verdict_clear(AqVerdict *v)
{
    for (int k = 0; k < v->n; k++)
        aq_free(v->remark[k].text);
    *v = (AqVerdict){.n = 0};
}

int aq_verdict_claims(const AqVerdict *v)
{
    return v->n_against == 0 && v->n_cannot == 0;
}

int aq_verdict_sure(const AqVerdict *v)
{
    return aq_verdict_claims(v) && v->n_doubts == 0;
}

const char *aq_verdict_cannot(const AqVerdict *v)
{
    for (int k = 0; k < v->n; k++)
        if (v->remark[k].kind == AQ_REMARK_CANNOT)
            return v->remark[k].text;
    return NULL;
}

const char *aq_verdict_instead(const AqVerdict *v)
{
    return v->n_cannot ? "cannot tell" : "not sure";
}

char *aq_verdict_line(const AqVerdict *v, const char *guess, double probability)
{
    const char *cannot = aq_verdict_cannot(v);
    char *line = cannot ? NULL : aq_strdup("not sure: ");

    if (cannot)
        return aq_strf("cannot tell: %s", cannot);
    for (int k = 0; line && k < v->n; k++) {
        char *longer = v->remark[k].kind == AQ_REMARK_AGAINST
                           ? aq_strf("%s%s; ", line, v->remark[k].text)
                           : aq_strdup(line);

        aq_free(line);
        line = longer;
    }
    char *whole = line ? aq_strf("%sits best guess would be %s (%.0f %%)", line, guess,
                                 100 * probability)
                       : NULL;
    aq_free(line);
    return whole;
}
