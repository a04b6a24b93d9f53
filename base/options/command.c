/* SPDX-License-Identifier: MIT */
#include "base/options/command.h"

#include "base/text/nearest.h"

#include <assert.h>
#include <stdio.h>
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

/* Those of a variant are looked at with defaults of their own. */
static int begin_variant(const AqCommand *c, size_t k, AqVariant *v, void *args)
{
    if (!c->variant)
        return 0;
    assert(c->args_bytes <= AQ_VARIANT_BYTES);
    memset(v, 0, sizeof *v);
    memset(args, 0, AQ_VARIANT_BYTES);
    if (c->defaults)
        memcpy(args, c->defaults, c->args_bytes);
    return c->variant(k, v, args);
}

void aq_command_walk(AqCommandWalk *w, const AqCommand *c)
{
    memset(w, 0, sizeof *w);
    w->command = c;
    w->w = aq_options_walk(c->options);
    w->defaults = c->defaults;
}

static int is_alike_option(const AqOption *a, const void *of_a, const AqOption *b,
                           const void *of_b)
{
    char x[128], y[128];

    return strcmp(a->help, b->help) == 0 &&
           strcmp(aq_option_default(a, of_a, x, sizeof x),
                  aq_option_default(b, of_b, y, sizeof y)) == 0;
}

/* The present option against those of the variants before. */
static void compare_with_variants(AqCommandWalk *w)
{
    _Alignas(16) unsigned char args[AQ_VARIANT_BYTES];
    AqVariant v;
    AqOptionWalk o;

    w->is_repeated = w->is_alike = 0;
    for (size_t k = 0; k + 1 < w->n_variants; k++) {
        if (!begin_variant(w->command, k, &v, args) ||
            !aq_options_find(&o, v.rows, w->w.row->name))
            continue;
        w->is_repeated = 1;
        w->is_alike |= is_alike_option(w->w.row, w->args + w->w.at, o.row, args + o.at);
    }
}

int aq_command_next(AqCommandWalk *w)
{
    while (!aq_options_next(&w->w)) {
        if (!begin_variant(w->command, w->n_variants, &w->variant, w->args))
            return 0;
        w->n_variants++;
        w->w = aq_options_walk(w->variant.rows);
        w->w.group = w->variant.title;
        w->defaults = w->args;
    }
    compare_with_variants(w);
    return 1;
}

void aq_command_add_name(char *names, size_t bytes, const char *name)
{
    const size_t n = strlen(names);

    (void)snprintf(names + n, bytes - n, "%s--%s", n ? ", " : "", name);
}

const char *aq_variant_with_option(const AqCommand *c, const char *name, AqVariant *v)
{
    _Alignas(16) unsigned char args[AQ_VARIANT_BYTES];
    AqOptionWalk w;

    for (size_t k = 0; begin_variant(c, k, v, args); k++)
        if (aq_options_find(&w, v->rows, name))
            return v->name;
    return NULL;
}
