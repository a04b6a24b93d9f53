/* SPDX-License-Identifier: MIT */
/* Tables of options: their rows in order, and one of a name. */
#include "base/options/option.h"

#include <assert.h>
#include <stdio.h>

AqOptionWalk aq_options_walk(const AqOption *table)
{
    AqOptionWalk w = {.depth = 1};

    w.in[0].next = table;
    return w;
}

static void enter_table(AqOptionWalk *w, const AqOption *table, size_t at)
{
    assert(w->depth < AQ_OPTION_DEPTH);
    w->in[w->depth].next = table;
    w->in[w->depth].at = at;
    w->depth++;
}

int aq_options_next(AqOptionWalk *w)
{
    while (w->depth > 0) {
        const AqOption *o = w->in[w->depth - 1].next;
        const size_t base = w->in[w->depth - 1].at;

        if (!o || o->type == AQ_OPTION_END) {
            w->depth--;
            continue;
        }
        w->in[w->depth - 1].next++;
        if (o->type == AQ_OPTION_GROUP) {
            w->group = o->name;
        } else if (o->type == AQ_OPTION_TABLE) {
            enter_table(w, o->table, base + o->at);
        } else {
            w->row = o;
            w->at = base + o->at;
            return 1;
        }
    }
    return 0;
}

static int is_same_option_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if ((*a == '_' ? '-' : *a) != (*b == '_' ? '-' : *b))
            return 0;
    return *a == *b;
}

int aq_options_find(AqOptionWalk *w, const AqOption *table, const char *name)
{
    *w = aq_options_walk(table);
    while (aq_options_next(w))
        if (aq_option_is_named(w->row) && is_same_option_name(w->row->name, name))
            return 1;
    return 0;
}

AqErr aq_options_set(const AqOption *table, const char *what, void *config,
                     const char *name, const char *value)
{
    AqOptionWalk w;
    char shown[96];

    if (!aq_options_find(&w, table, name))
        return aq_fail(AQ_ERR_NOT_FOUND, "there is no %s option \"%s\"", what, name);
    (void)snprintf(shown, sizeof shown, "%s option %s", what, name);
    return aq_option_set(w.row, shown, (char *)config + w.at, value);
}
