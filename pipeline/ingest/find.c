/* SPDX-License-Identifier: MIT */
#include "pipeline/ingest/find.h"

#include "base/alloc.h"
#include "base/text/log.h"
#include "base/text/names.h"
#include "pipeline/ingest/shard.h"
#include "store/annotations/annotations.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_NAMED = 5, MOST_COMPARED = 100 };

/* ---- names against names ---- */

typedef struct FoundClip {
    const char **names;  /* (n) of the clips, sorted, no duplicates */
    unsigned char *keep; /* (n) 1: asked about */
    size_t n;
} FoundClip;

static int compare_video_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static AqErr found_init(FoundClip *f, const AqScan *clips)
{
    *f = (FoundClip){.names = aq_alloc(clips->n, sizeof *f->names),
                     .keep = aq_alloc(clips->n, 1)};
    if (!f->names || !f->keep)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < clips->n; k++)
        f->names[k] = clips->v[k].name;
    if (clips->n > 0)
        qsort(f->names, clips->n, sizeof *f->names, compare_video_names);
    for (size_t k = 0; k < clips->n; k++)
        if (f->n == 0 || strcmp(f->names[f->n - 1], f->names[k]) != 0)
            f->names[f->n++] = f->names[k];
    return AQ_OK;
}

static void found_clear(FoundClip *f)
{
    aq_free(f->names);
    aq_free(f->keep);
}

static int is_kept(void *ctx, const char *name)
{
    const FoundClip *f = ctx;
    const char **at =
        bsearch(&name, f->names, f->n, sizeof *f->names, compare_video_names);

    return at && f->keep[at - f->names];
}

/* ---- reports of missing videos ---- */

static void name_missing(const AqVideoName *missing, size_t n, size_t n_asked)
{
    if (n == 0)
        return;
    aq_log(AQ_LOG_WARN, "%zu of the %zu videos asked about were not found%s", n,
           n_asked, n > MOST_NAMED ? ", among them" : ":");
    for (size_t k = 0; k < n && k < MOST_NAMED; k++)
        aq_log(AQ_LOG_WARN, "  %s", missing[k].name);
}

/* A name that differs from `text` only in case, or NULL. */
static const char *but_for_case(const FoundClip *f, const char *text)
{
    char *clip = aq_name_of_clip(text);
    const char *at = NULL;

    for (size_t k = 0; clip && !at && k < f->n; k++)
        if (strcasecmp(f->names[k], clip) == 0)
            at = f->names[k];
    aq_free(clip);
    return at;
}

/* Nothing matched: shows names from both sides, so that the difference can be seen. */
static AqErr none_asked(const FoundClip *f, const AqVideoNames *names, const char *file)
{
    const char *like = NULL, *asked = names->n ? names->v[0].name : NULL;

    for (size_t k = 0; !like && k < names->n && k < MOST_COMPARED; k++)
        if ((like = but_for_case(f, names->v[k].name)))
            asked = names->v[k].name;
    if (!asked)
        return aq_fail(AQ_ERR_NOT_FOUND, "%s: asks about no video", file);
    return aq_fail(AQ_ERR_NOT_FOUND,
                   "%s: asks about none of the videos that were found: it asks about "
                   "\"%s\" and the like, the files are called \"%s\" and the like%s "
                   "(folders and file extensions do not count)",
                   file, asked, like ? like : f->names[0],
                   like ? "; upper and lower case differ, so rename one side"
                        : "; are they from another data set?");
}

static void on_skip(void *arg, const char *file, size_t index, const char *reason)
{
    (void)arg;
    aq_log(AQ_LOG_WARN, "%s: record %zu is left out: %s", file, index, reason);
}

/* Marks the names asked about; afterwards the first *n of names->v are missing. */
static AqErr mark_asked_videos(FoundClip *f, AqVideoNames *names, size_t *n_missing)
{
    *n_missing = 0;
    for (size_t k = 0; k < names->n; k++) {
        const long at =
            aq_name_find_either(f->names, f->n, names->v[k].name, names->v[k].also);

        if (at < 0)
            return AQ_ERR_NOMEM;
        if ((size_t)at < f->n) {
            f->keep[at] = 1;
        } else {
            const AqVideoName name = names->v[*n_missing];

            names->v[(*n_missing)++] = names->v[k];
            names->v[k] = name;
        }
    }
    return AQ_OK;
}

static AqErr keep_asked(AqScan *clips, const AqTextList *files)
{
    AqVideoNames names = {0};
    FoundClip f = {0};
    size_t n_missing = 0;

    if (files->n == 0)
        return AQ_OK;
    AqErr err =
        aq_annotations_videos(files->v, (size_t)files->n, on_skip, NULL, &names);
    if (err == AQ_OK)
        err = found_init(&f, clips);
    if (err == AQ_OK)
        err = mark_asked_videos(&f, &names, &n_missing);
    if (err == AQ_OK && n_missing == names.n) {
        err = none_asked(&f, &names, files->v[0]);
    } else if (err == AQ_OK) {
        name_missing(names.v, n_missing, names.n);
        aq_scan_filter(clips, is_kept, &f);
    }
    found_clear(&f);
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
        err = aq_fail(AQ_ERR_NOT_FOUND, "%s: holds no video or sound files%s",
                      p->n ? p->v[0] : l->v[0],
                      out->n_skipped ? " that can be read" : "");
    if (err == AQ_OK)
        err = keep_asked(out, which->annotations);
    if (err == AQ_OK)
        err = keep_shard(out, which->shard);
    if (err != AQ_OK)
        aq_scan_clear(out);
    return err;
}
