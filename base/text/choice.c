/* SPDX-License-Identifier: MIT */
#include "base/text/choice.h"

#include <stdio.h>
#include <string.h>

enum { MOST_LISTED = 512 };

char *aq_choice_list(AqChoiceName name_at, char *text, size_t bytes)
{
    const char *name;
    size_t at = 0;

    text[0] = '\0';
    for (size_t k = 0; (name = name_at(k)) && at < bytes; k++)
        at += (size_t)snprintf(text + at, bytes - at, "%s%s", k ? ", " : "", name);
    return text;
}

AqErr aq_choice_find(size_t *k, const char *what, AqChoiceName name_at,
                     const char *name)
{
    char all[MOST_LISTED];
    const char *one;

    for (*k = 0; (one = name_at(*k)); ++*k)
        if (strcmp(one, name) == 0)
            return AQ_OK;
    return aq_fail(AQ_ERR_USAGE, "no %s is called \"%s\"; there are: %s", what, name,
                   aq_choice_list(name_at, all, sizeof all));
}
