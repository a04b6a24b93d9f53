/* SPDX-License-Identifier: MIT */
#include "base/text/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

AqErr aq_lines_open(AqLines *l, const char *path)
{
    *l = (AqLines){.path = path};
    l->f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    return l->f ? AQ_OK : aq_fail_errno(path);
}

/* AQ_OK for text that can be a line. */
static AqErr check_line_text(const AqLines *l, size_t n)
{
    const char *text = l->line;

    if (l->number == 1 && n >= 2 &&
        (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2)))
        return aq_fail(AQ_ERR_FORMAT, "%s: is UTF-16: save it as UTF-8", l->path);
    if (memchr(text, '\0', n))
        return aq_fail(AQ_ERR_FORMAT,
                       "%s, line %zu: holds a zero byte, so it is not a list with "
                       "one item a line; if it is UTF-16, save it as UTF-8",
                       l->path, l->number);
    return AQ_OK;
}

AqErr aq_lines_next(AqLines *l, const char **line)
{
    for (;;) {
        ssize_t n = getline(&l->line, &l->room, l->f);

        if (n < 0)
            return ferror((FILE *)l->f) ? aq_fail_errno(l->path) : AQ_EOF;
        l->number++;
        const AqErr err = check_line_text(l, (size_t)n);
        if (err != AQ_OK)
            return err;
        while (n > 0 && (l->line[n - 1] == '\n' || l->line[n - 1] == '\r'))
            l->line[--n] = '\0';
        /* a mark may also stand where lists were put together */
        *line = l->line + (strncmp(l->line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);
        if ((*line)[strspn(*line, " \t")])
            return AQ_OK;
    }
}

void aq_lines_close(AqLines *l)
{
    free(l->line); /* NOLINT: getline's own */
    if (l->f && l->f != stdin)
        (void)fclose(l->f); /* read only */
    *l = (AqLines){0};
}
