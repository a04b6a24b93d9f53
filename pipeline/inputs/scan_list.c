/* SPDX-License-Identifier: MIT */
/* The list of items: order, duplicates, and clashing names. */
#include "base/alloc.h"
#include "base/text/names.h"
#include "pipeline/inputs/scan_priv.h"

#include <stdlib.h>
#include <string.h>

AqErr aq_scan_append(AqScan *s, const char *absolute, const struct stat *st)
{
    AqScanItem *v = aq_grow(s->v, s->n, sizeof *v);

    if (!v)
        return AQ_ERR_NOMEM;
    s->v = v;
    AqScanItem *to = &s->v[s->n++];
    *to = (AqScanItem){.path = aq_strdup(absolute), .name = aq_name_of_file(absolute)};
    if (st) {
        to->dev = st->st_dev;
        to->ino = st->st_ino;
    }
    return to->path && to->name ? AQ_OK : AQ_ERR_NOMEM;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const AqScanItem *)a)->path, ((const AqScanItem *)b)->path);
}

static int by_name_then_path(const void *a, const void *b)
{
    const AqScanItem *x = *(AqScanItem *const *)a, *y = *(AqScanItem *const *)b;
    const int c = strcmp(x->name, y->name);

    return c ? c : strcmp(x->path, y->path);
}

static void item_clear(AqScanItem *i)
{
    aq_free(i->path);
    aq_free(i->name);
    *i = (AqScanItem){0};
}

static void drop_repeats(AqScan *s)
{
    size_t n = 0;

    for (size_t k = 0; k < s->n; k++) {
        if (n > 0 && strcmp(s->v[n - 1].path, s->v[k].path) == 0)
            item_clear(&s->v[k]);
        else
            s->v[n++] = s->v[k];
    }
    s->n = n;
}

static int by_name_then_file(const void *a, const void *b)
{
    const AqScanItem *x = a, *y = b;
    int c = strcmp(x->name, y->name);

    if (c == 0)
        c = (x->dev > y->dev) - (x->dev < y->dev);
    if (c == 0)
        c = (x->ino > y->ino) - (x->ino < y->ino);
    return c ? c : strcmp(x->path, y->path);
}

/* One file under one name, even if reached by a link too, is one clip and no rival. */
static void drop_same_files(AqScan *s)
{
    size_t n = 0;

    qsort(s->v, s->n, sizeof *s->v, by_name_then_file);
    for (size_t k = 0; k < s->n; k++) {
        const AqScanItem *last = n > 0 ? &s->v[n - 1] : NULL;

        if (last && (last->dev || last->ino) && last->dev == s->v[k].dev &&
            last->ino == s->v[k].ino && strcmp(last->name, s->v[k].name) == 0)
            item_clear(&s->v[k]);
        else
            s->v[n++] = s->v[k];
    }
    s->n = n;
}

static AqErr mark_rivals(AqScan *s)
{
    AqScanItem **order = aq_alloc(s->n, sizeof *order);

    if (!order)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < s->n; k++)
        order[k] = &s->v[k];
    qsort(order, s->n, sizeof *order, by_name_then_path);
    for (size_t k = 1; k < s->n; k++)
        if (strcmp(order[k]->name, order[k - 1]->name) == 0)
            order[k]->rival =
                order[k - 1]->rival ? order[k - 1]->rival : order[k - 1]->path;
    aq_free(order);
    return AQ_OK;
}

AqErr aq_scan_settle(AqScan *s)
{
    if (s->n == 0)
        return AQ_OK;
    drop_same_files(s);
    qsort(s->v, s->n, sizeof *s->v, by_path);
    drop_repeats(s);
    return mark_rivals(s);
}

void aq_scan_filter(AqScan *s, int (*keep)(void *ctx, const char *name), void *ctx)
{
    size_t n = 0;

    for (size_t k = 0; k < s->n; k++)
        if (keep(ctx, s->v[k].name)) {
            const AqScanItem left_out = s->v[n];

            s->v[n++] = s->v[k];
            s->v[k] = left_out;
        }
    for (size_t k = n; k < s->n; k++) /* only now: `keep` may look at any name */
        item_clear(&s->v[k]);
    s->n = n;
}

void aq_scan_clear(AqScan *s)
{
    for (size_t k = 0; k < s->n; k++)
        item_clear(&s->v[k]);
    aq_free(s->v);
    *s = (AqScan){0};
}
