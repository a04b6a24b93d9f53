/* SPDX-License-Identifier: MIT */
#include "base/concepts/columns.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

char *aq_columns_text(const char *mark, const char *const *names)
{
    char *text = names ? aq_strdup(mark) : aq_strdup("");

    for (size_t k = 0; text && names && names[k]; k++) {
        char *more = aq_strf("%s%s%s", text, k ? ", " : "", names[k]);

        aq_free(text);
        text = more;
    }
    return text;
}

/* Behind the mark, or NULL. */
static const char *find_names(const char *description, const char *mark)
{
    const char *at = strstr(description, mark);

    return at ? at + strlen(mark) : NULL;
}

/* Moves to the name behind this one; NULL: it was the last. */
static const char *next_name(const char *at)
{
    at += strspn(at, LETTERS);
    return strncmp(at, ", ", 2) == 0 ? at + 2 : NULL;
}

int aq_columns_count(const char *description, const char *mark)
{
    int n = 0;

    for (const char *at = find_names(description, mark); at; at = next_name(at)) {
        const size_t length = strspn(at, LETTERS);

        if (length == 0 ||
            (at[length] && at[length] != ';' && strncmp(at + length, ", ", 2) != 0))
            return 0;
        n++;
    }
    return n;
}

const char *aq_columns_at(const char *description, const char *mark, int k, char *name,
                          size_t bytes)
{
    const char *at = find_names(description, mark);

    while (at && k-- > 0)
        at = next_name(at);
    if (!at)
        return NULL;
    (void)snprintf(name, bytes, "%.*s", (int)strspn(at, LETTERS), at);
    return name;
}
