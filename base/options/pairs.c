/* SPDX-License-Identifier: MIT */
/* Options written as one value: "fit=crop,short=256". */
#include "base/options/parse.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* "fit=squash|crop, short=PIXELS" */
static void list_pairs(const AqOption *table, char *text, size_t bytes)
{
    AqOptionWalk w = aq_options_walk(table);
    char arg[128];
    size_t at = 0;

    text[0] = '\0';
    while (aq_options_next(&w) && at < bytes)
        at += (size_t)snprintf(text + at, bytes - at, "%s%s=%s", at ? ", " : "",
                               w.row->name, aq_option_arg(w.row, arg, sizeof arg));
}

static AqErr set_pair(const AqOption *table, const char *what, void *fields,
                      const char *name, const char *value)
{
    AqOptionWalk w;
    char list[512];

    if (aq_options_find(&w, table, name) &&
        aq_option_set(w.row, name, (char *)fields + w.at, value) == AQ_OK)
        return AQ_OK;
    list_pairs(table, list, sizeof list);
    return aq_fail(AQ_ERR_USAGE, "%s=%s: the options of %s are %s", name, value, what,
                   list);
}

AqErr aq_options_parse_pairs(const AqOption *table, const char *what, void *fields,
                             const char *text, char *copy, size_t bytes)
{
    AqErr err = AQ_OK;

    if (!text || !*text)
        return AQ_OK;
    if (strlen(text) >= bytes)
        return aq_fail(AQ_ERR_USAGE, "%.40s...: options of over %zu characters", text,
                       bytes - 1);
    (void)snprintf(copy, bytes, "%s", text);
    for (char *p = copy; err == AQ_OK && p;) {
        char *next = strchr(p, ','), *value = strchr(p, '=');

        if (next)
            *next++ = '\0';
        if (!value || (next && value > next))
            return aq_fail(AQ_ERR_USAGE,
                           "%s: options are key=value, with commas between them", p);
        *value++ = '\0';
        err = set_pair(table, what, fields, p, value);
        p = next;
    }
    return err;
}

void aq_options_add_pair(char *text, size_t bytes, const char *name, const char *value)
{
    const size_t at = strlen(text);
    const int n =
        snprintf(text + at, bytes - at, "%s%s=%s", at ? "," : "", name, value);

    assert(n > 0 && (size_t)n < bytes - at);
    (void)n;
}
