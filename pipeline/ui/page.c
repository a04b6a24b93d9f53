/* SPDX-License-Identifier: MIT */
#include "pipeline/ui/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void aq_page_begin(AqPage *p, const char *path)
{
    p->err = aq_fs_write_begin(&p->f, path);
}

void aq_page_put(AqPage *p, const char *fmt, ...)
{
    char text[1024];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    aq_page_raw(p, text);
}

void aq_page_raw(AqPage *p, const char *text)
{
    if (p->err == AQ_OK)
        p->err = aq_fs_write(&p->f, text, strlen(text));
}

void aq_page_text(AqPage *p, const char *text)
{
    for (; *text; text++) {
        if (strchr("&<>\"'", *text))
            aq_page_put(p, "&#%d;", *text);
        else if ((unsigned char)*text >= ' ')
            aq_page_put(p, "%c", *text);
    }
}

AqErr aq_page_end(AqPage *p)
{
    if (p->err == AQ_OK)
        p->err = aq_fs_write_commit(&p->f);
    else
        aq_fs_write_abort(&p->f);
    return p->err;
}
