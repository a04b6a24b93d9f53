/* SPDX-License-Identifier: MIT */
#include "pipeline/ingest_find.h"

#include "base/alloc.h"
#include "base/log.h"
#include "pipeline/shard.h"
#include "store/annotations.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_NAMED = 5 };

typedef struct Asked {
    const AqVideoNames *names;
    unsigned char *found; /* (names->n) */
} Asked;

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int is_asked(void *ctx, const char *name)
{
    const Asked *x = ctx;
    char **at = x->names->n ? bsearch(&name, x->names->v, x->names->n,
                                      sizeof *x->names->v, by_text)
                            : NULL;

    if (at)
        x->found[at - x->names->v] = 1;
    return at != NULL;
}

static void name_missing(const Asked *x)
{
    size_t n = 0, told = 0;

    for (size_t k = 0; k < x->names->n; k++)
        n += !x->found[k];
    if (n == 0)
        return;
    aq_log(AQ_LOG_WARN, "%zu of the %zu videos that are asked about are not there%s", n,
           x->names->n, n > MOST_NAMED ? ", among them" : ":");
    for (size_t k = 0; k < x->names->n && told < MOST_NAMED; k++)
        if (!x->found[k]) {
            aq_log(AQ_LOG_WARN, "  %s", x->names->v[k]);
            told++;
        }
}

static void on_skip(void *arg, const char *file, size_t index, const char *reason)
{
    (void)arg;
    aq_log(AQ_LOG_WARN, "%s: record %zu is left out: %s", file, index, reason);
}

static AqErr keep_asked(AqScan *clips, const AqTextList *files)
{
    AqVideoNames names = {0};

    if (files->n == 0)
        return AQ_OK;
    AqErr err =
        aq_annotations_videos(files->v, (size_t)files->n, on_skip, NULL, &names);
    if (err != AQ_OK)
        return err;
    Asked x = {.names = &names, .found = aq_alloc(names.n, 1)};
    if (x.found) {
        aq_scan_filter(clips, is_asked, &x);
        name_missing(&x);
    }
    err = !x.found ? AQ_ERR_NOMEM
          : clips->n == 0
              ? aq_fail(AQ_ERR_NOT_FOUND,
                        "%s: asks about none of the videos that were found; "
                        "are they of another data set?",
                        files->v[0])
              : AQ_OK;
    aq_free(x.found);
    aq_video_names_clear(&names);
    return err;
}

static int is_in_shard(void *ctx, const char *name)
{
    return aq_shard_has(ctx, name);
}

static AqErr keep_shard(AqScan *clips, const char *text)
{
    const size_t n = clips->n;
    AqShard part;
    AqErr err = text ? aq_shard_parse(&part, text) : aq_shard_from_env(&part);

    if (err != AQ_OK || part.count == 1)
        return err;
    aq_scan_filter(clips, is_in_shard, &part);
    aq_log(AQ_LOG_INFO, "part %d of %d (%s): %zu of %zu videos", part.index + 1,
           part.count, part.from, clips->n, n);
    return AQ_OK;
}

AqErr aq_ingest_find(AqScan *out, const AqIngestWhich *which)
{
    const AqTextList *p = which->paths, *l = which->lists;
    AqErr err = aq_scan_with(out, p->v, p->n, l->v, l->n);

    if (err == AQ_OK && out->n == 0)
        err = aq_fail(AQ_ERR_NOT_FOUND, "%s: holds no video or sound files",
                      p->n ? p->v[0] : l->v[0]);
    if (err == AQ_OK)
        err = keep_asked(out, which->annotations);
    if (err == AQ_OK)
        err = keep_shard(out, which->shard);
    if (err != AQ_OK)
        aq_scan_clear(out);
    return err;
}
