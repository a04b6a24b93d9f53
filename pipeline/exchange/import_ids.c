/* SPDX-License-Identifier: MIT */
/* Which video an id means: the store's, or the file of those given, that ends in that
 * number. */
#include "base/alloc.h"
#include "pipeline/exchange/import_priv.h"
#include "pipeline/exchange/joined.h"

#include <stdlib.h>
#include <string.h>

struct AqVideoIds {
    struct AqVideoId {
        int64_t id;
        char *name; /* owned */
    } * v;          /* (n) sorted by id, then name */
    size_t n;
};

static AqErr append_video_id(AqVideoIds *l, const char *name)
{
    int64_t id;

    if (!aq_video_id(name, &id))
        return AQ_OK;
    struct AqVideoId *v = aq_grow(l->v, l->n, sizeof *v);
    if (!v)
        return AQ_ERR_NOMEM;
    l->v = v;
    v[l->n] = (struct AqVideoId){.id = id, .name = aq_strdup(name)};
    return v[l->n++].name ? AQ_OK : AQ_ERR_NOMEM;
}

static AqErr append_stored_id(void *arg, const AqStoreVideo *v)
{
    return append_video_id(arg, v->name);
}

static int compare_video_ids(const void *a, const void *b)
{
    const struct AqVideoId *x = a, *y = b;

    return x->id != y->id ? (x->id > y->id) - (x->id < y->id)
                          : strcmp(x->name, y->name);
}

AqErr aq_video_ids_new(AqVideoIds **out, const AqFeatureImport *plan)
{
    AqVideoIds *l = *out = aq_alloc(1, sizeof *l);
    AqErr err =
        l ? aq_store_each_video(plan->store, append_stored_id, l) : AQ_ERR_NOMEM;

    for (size_t k = 0; err == AQ_OK && plan->videos && k < plan->videos->n; k++)
        err = append_video_id(l, plan->videos->v[k].name);
    if (err != AQ_OK)
        aq_video_ids_free(out);
    else if (l->n > 1)
        qsort(l->v, l->n, sizeof *l->v, compare_video_ids);
    return err;
}

void aq_video_ids_free(AqVideoIds **lp)
{
    AqVideoIds *l = *lp;

    for (size_t k = 0; l && k < l->n; k++)
        aq_free(l->v[k].name);
    if (l)
        aq_free(l->v);
    aq_free(l);
    *lp = NULL;
}

AqErr aq_video_ids_find(const AqVideoIds *l, const char *digits, const char **name)
{
    const int64_t id = strtoll(digits, NULL, 10);
    size_t from = 0, to = l->n;

    *name = digits;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;

        if (l->v[middle].id < id)
            from = middle + 1;
        else
            to = middle;
    }
    for (; to < l->n && l->v[to].id == id; to++) {
        if (to > from && strcmp(l->v[to].name, l->v[from].name) != 0)
            return aq_fail(AQ_ERR_MISMATCH,
                           "%s and %s both end in the id %s, which has to mean one "
                           "video",
                           l->v[from].name, l->v[to].name, digits);
        *name = l->v[from].name;
    }
    return AQ_OK;
}
