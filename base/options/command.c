/* SPDX-License-Identifier: MIT */
#include "base/options/command.h"

#include "base/text/nearest.h"

#include <string.h>

const char *aq_command_word(const AqCommand *c)
{
    const char *space = strrchr(c->name, ' ');

    return space ? space + 1 : c->name;
}

const AqCommand *aq_command_find(const AqCommand *const *list, const char *word)
{
    for (; *list; list++)
        if (strcmp(aq_command_word(*list), word) == 0)
            return *list;
    return NULL;
}

const char *aq_command_near(const AqCommand *const *list, const char *word)
{
    AqNearest near = {.word = word};

    for (; *list; list++)
        aq_nearest_try(&near, aq_command_word(*list));
    return near.best;
}

const AqCommand *aq_command_with_option(const AqCommand *of, const AqCommand *but,
                                        const char *name)
{
    AqOptionWalk w;

    for (const AqCommand *const *v = of->verbs; v && *v; v++)
        if (*v != but && aq_options_find(&w, (*v)->options, name))
            return *v;
    return NULL;
}
