/* SPDX-License-Identifier: MIT */
#include "pipeline/inputs/dataset_pick.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

typedef struct Seen {
    const char *wanted; /* NULL: any */
    int has_wanted, has_default, n_others;
    char other[AQ_STORE_MAX_NAME + 1]; /* the last of the others */
    char *list;                        /* "a (3 videos), b (1 videos)" */
} Seen;

static AqErr note_seen_dataset(void *arg, const char *name, int64_t n_videos)
{
    Seen *s = arg;
    const int is_default = strcmp(name, AQ_DATASET_DEFAULT) == 0;

    s->has_wanted |= s->wanted && strcmp(name, s->wanted) == 0;
    if (strcmp(name, AQ_DATASET_ASKED) == 0)
        return AQ_OK;
    s->has_default |= is_default;
    if (!is_default) {
        s->n_others++;
        (void)snprintf(s->other, sizeof s->other, "%s", name);
    }
    char *more = aq_strf("%s%s%s (%lld videos)", s->list ? s->list : "",
                         s->list ? ", " : "", name, (long long)n_videos);
    if (!more)
        return AQ_ERR_NOMEM;
    aq_free(s->list);
    s->list = more;
    return AQ_OK;
}

/* NULL, with the error recorded, if it is ambiguous or missing. */
static const char *choose_dataset_name(const Seen *seen, const AqStore *s)
{
    if (seen->wanted && seen->has_wanted)
        return seen->wanted;
    if (seen->wanted) {
        (void)aq_fail(AQ_ERR_NOT_FOUND, "%s: has no data set %s; it has %s",
                      aq_store_path(s), seen->wanted,
                      seen->list ? seen->list : "none: ingest videos first");
        return NULL;
    }
    if (seen->has_default || seen->n_others == 0)
        return AQ_DATASET_DEFAULT;
    if (seen->n_others == 1)
        return seen->other;
    (void)aq_fail(AQ_ERR_USAGE, "%s: has the data sets %s: say which with --dataset",
                  aq_store_path(s), seen->list);
    return NULL;
}

AqErr aq_dataset_to_read(AqStore *s, const char *name)
{
    Seen seen = {.wanted = name};
    AqErr err = aq_store_each_dataset(s, note_seen_dataset, &seen);

    if (err == AQ_OK) {
        const char *use = choose_dataset_name(&seen, s);

        err = use    ? aq_store_use_dataset(s, use)
              : name ? AQ_ERR_NOT_FOUND
                     : AQ_ERR_USAGE;
    }
    aq_free(seen.list);
    return err;
}

AqErr aq_dataset_to_fill(AqStore *s, const char *name)
{
    if (name && strcmp(name, AQ_DATASET_ASKED) == 0)
        return aq_fail(AQ_ERR_USAGE,
                       "--dataset %s: this name is reserved for clips that `ask` was "
                       "asked about; use another name",
                       name);
    return aq_store_use_dataset(s, name ? name : AQ_DATASET_DEFAULT);
}

int aq_dataset_has(const char *name, int all, const AqStoreVideo *v)
{
    if (name)
        return strcmp(name, v->dataset) == 0;
    return all || strcmp(v->dataset, AQ_DATASET_ASKED) != 0;
}
