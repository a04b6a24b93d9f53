/* SPDX-License-Identifier: MIT */
/* Built without libedit: the terminal's own editing of a line. */
#include "base/alloc.h"
#include "base/text/lines.h"
#include "pipeline/ui/prompt.h"

#include <stdio.h>

AqErr aq_prompt_open(AqPrompt *p, const char *text, int (*stop)(void))
{
    *p = (AqPrompt){.text = text, .stop = stop};
    p->reader = aq_alloc(1, sizeof(AqLines));
    return p->reader ? aq_lines_open(p->reader, "-") : AQ_ERR_NOMEM;
}

AqErr aq_prompt_next(AqPrompt *p, const char **line)
{
    (void)fputs(p->text, stderr);
    const AqErr err = aq_lines_next(p->reader, line);

    return p->stop() ? aq_fail(AQ_ERR_CANCELLED, "stopped on request") : err;
}

void aq_prompt_close(AqPrompt *p)
{
    if (p->reader)
        aq_lines_close(p->reader);
    aq_free(p->reader);
    p->reader = NULL;
}
