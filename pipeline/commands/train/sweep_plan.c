/* SPDX-License-Identifier: MIT */
#include "pipeline/commands/train/sweep_plan.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED_DIGITS = 21 };

/* Cuts *at behind the part before `c`; NULL when nothing is left. */
static char *next_part(char **at, char c)
{
    char *part = *at, *end = part ? strchr(part, c) : NULL;

    if (end)
        *end = 0;
    *at = end ? end + 1 : NULL;
    return part;
}

/* ---- seeds ---- */

static int is_seed_number(const char *text)
{
    const size_t n = strspn(text, "0123456789");

    return n > 0 && n < SEED_DIGITS && text[n] == 0;
}

static AqErr add_seed(AqSweepPlan *p, unsigned long long number)
{
    char *to = p->seeds_text + (size_t)p->n_seeds * SEED_DIGITS;

    if (p->n_seeds == AQ_SWEEP_SEEDS)
        return aq_fail(AQ_ERR_USAGE, "--seeds: more than %d", AQ_SWEEP_SEEDS);
    (void)snprintf(to, SEED_DIGITS, "%llu", number);
    p->seed[p->n_seeds++] = to;
    return AQ_OK;
}

static AqErr add_seed_range(AqSweepPlan *p, char *part)
{
    char *dots = strstr(part, "..");
    const char *last = dots ? dots + 2 : part;
    AqErr err = AQ_OK;

    if (dots)
        *dots = 0;
    if (!is_seed_number(part) || !is_seed_number(last))
        return aq_fail(AQ_ERR_USAGE,
                       "--seeds: '%s%s%s' is neither a number nor a range "
                       "such as 1..5",
                       part, dots ? ".." : "", dots ? last : "");
    const unsigned long long from = strtoull(part, NULL, 10),
                             to = strtoull(last, NULL, 10);
    if (to < from)
        return aq_fail(AQ_ERR_USAGE, "--seeds: the range %s..%s is empty", part, last);
    for (unsigned long long k = from; err == AQ_OK; k++) {
        err = add_seed(p, k);
        if (k == to)
            break;
    }
    return err;
}

static AqErr plan_seeds(AqSweepPlan *p, const char *seeds)
{
    char *text = aq_strdup(seeds), *at = text;
    AqErr err = text ? AQ_OK : AQ_ERR_NOMEM;

    p->seeds_text = aq_alloc(AQ_SWEEP_SEEDS, SEED_DIGITS);
    if (!p->seeds_text)
        err = AQ_ERR_NOMEM;
    while (err == AQ_OK && at)
        err = add_seed_range(p, next_part(&at, ','));
    aq_free(text);
    return err;
}

/* ---- axes ---- */

/* What a sweep gives each of its trainings itself. */
static int is_own_option(const char *name)
{
    static const char *const own[] = {"seed", "seeds",  "grid", "shard",
                                      "out",  "resume", "json", "config"};

    for (size_t k = 0; k < sizeof own / sizeof *own; k++)
        if (strcmp(name, own[k]) == 0)
            return 1;
    return 0;
}

static AqErr check_axis_name(const AqCommand *c, const char *name)
{
    AqCommandWalk w;

    if (is_own_option(name))
        return aq_fail(AQ_ERR_USAGE, "--grid: --%s cannot be one of its options", name);
    aq_command_walk(&w, c);
    while (aq_command_next(&w))
        if (aq_option_takes_value(w.w.row) && aq_option_is_named(w.w.row) &&
            strcmp(w.w.row->name, name) == 0)
            return AQ_OK;
    return aq_fail(AQ_ERR_USAGE, "--grid: '%s' is no option of %s that takes a value",
                   name, c->name);
}

static AqErr add_axis(AqSweepPlan *p, const AqCommand *c, char *part)
{
    AqSweepAxis *axis = &p->axis[p->n_axes];
    char *equals = strchr(part, '='), *at = equals ? equals + 1 : NULL;

    if (p->n_axes == AQ_SWEEP_AXES)
        return aq_fail(AQ_ERR_USAGE, "--grid: more than %d options", AQ_SWEEP_AXES);
    if (!equals || equals == part || !*at)
        return aq_fail(AQ_ERR_USAGE,
                       "--grid: '%s' is no option with values, such as "
                       "lr=1e-4,3e-4",
                       part);
    *equals = 0;
    *axis = (AqSweepAxis){.name = part};
    for (int k = 0; k < p->n_axes; k++)
        if (strcmp(p->axis[k].name, part) == 0)
            return aq_fail(AQ_ERR_USAGE, "--grid: --%s twice", part);
    while (at) {
        if (axis->n == AQ_SWEEP_VALUES)
            return aq_fail(AQ_ERR_USAGE, "--grid: more than %d values of --%s",
                           AQ_SWEEP_VALUES, part);
        axis->value[axis->n++] = next_part(&at, ',');
    }
    p->n_axes++;
    return check_axis_name(c, part);
}

AqErr aq_sweep_plan(AqSweepPlan *out, const AqCommand *c, const char *seeds,
                    const char *grid)
{
    AqErr err = AQ_OK;

    *out = (AqSweepPlan){.n_cells = 1};
    if (seeds && *seeds)
        err = plan_seeds(out, seeds);
    if (err == AQ_OK && grid && *grid) {
        out->text = aq_strdup(grid);
        err = out->text ? AQ_OK : AQ_ERR_NOMEM;
    }
    for (char *at = out->text; err == AQ_OK && at;)
        err = add_axis(out, c, next_part(&at, ';'));
    for (int k = 0; err == AQ_OK && k < out->n_axes; k++) {
        out->n_cells *= out->axis[k].n;
        if (out->n_cells > AQ_SWEEP_RUNS)
            err = aq_fail(AQ_ERR_USAGE, "--grid: more than %d combinations",
                          AQ_SWEEP_RUNS);
    }
    return err;
}

void aq_sweep_plan_clear(AqSweepPlan *p)
{
    aq_free(p->text);
    aq_free(p->seeds_text);
    p->text = p->seeds_text = NULL;
}

const char *aq_sweep_value(const AqSweepPlan *p, int cell, int k)
{
    for (int j = p->n_axes - 1; j > k; j--)
        cell /= p->axis[j].n;
    return p->axis[k].value[cell % p->axis[k].n];
}

char *aq_sweep_cell_text(const AqSweepPlan *p, int cell, const char *between)
{
    char *text = aq_strdup("");

    for (int k = 0; text && k < p->n_axes; k++) {
        char *more = aq_strf("%s%s%s=%s", text, k ? between : "", p->axis[k].name,
                             aq_sweep_value(p, cell, k));
        aq_free(text);
        text = more;
    }
    return text;
}
