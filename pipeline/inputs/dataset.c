/* SPDX-License-Identifier: MIT */
#include "pipeline/inputs/dataset.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/rng.h"
#include "base/text/log.h"
#include "pipeline/inputs/read_ahead.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RECORDS_TOLD = 5 };

_Static_assert(AQ_MOST_CHOICES == AQ_ANNOTATION_MAX_CHOICES,
               "what files offer, models take");

struct AqStoreDataset {
    AqDataset set;
    AqStore *store;
    char dataset[AQ_STORE_MAX_NAME + 1]; /* the store's, to open other handles */
    const AqFeatureChoice *choice;
    char **clips; /* (set.n_clips) names, owned */
    AqQuestion *questions;
    const AqAnnotation **sources; /* one per question */
    AqReadAhead *reader;          /* or NULL */
    double hidden;                /* share of the seconds */
};

/* Runs in the reader's thread: what it reads no longer changes. */
static AqErr read_clip_ahead(void *ctx, AqStore *s, size_t clip, AqClipFeatures *out)
{
    const AqStoreDataset *d = ctx;
    const AqErr err = aq_store_use_dataset(s, d->dataset);

    return err != AQ_OK ? err
                        : aq_clip_features_load(out, s, d->clips[clip], d->choice,
                                                &d->set.sizes);
}

static void request_clip_ahead(void *ctx, size_t clip)
{
    const AqStoreDataset *d = ctx;

    if (d->reader)
        aq_read_ahead_want(d->reader, clip);
}

static uint64_t hash_of_clip(const char *name)
{
    uint64_t h = 0;

    for (const char *p = name; *p; p++)
        h = aq_mix64(h ^ (unsigned char)*p);
    return h;
}

static AqErr load_dataset_clip(void *ctx, size_t clip, AqClipFeatures *out)
{
    const AqStoreDataset *d = ctx;
    int found = 0;
    AqErr err = AQ_OK;

    if (d->reader)
        err = aq_read_ahead_take(d->reader, clip, out, &found);
    if (err == AQ_OK && !found)
        err = aq_clip_features_load(out, d->store, d->clips[clip], d->choice,
                                    &d->set.sizes);
    if (err == AQ_OK && d->hidden > 0)
        aq_clip_features_hide(out, d->hidden, hash_of_clip(d->clips[clip]));
    return err;
}

void aq_store_dataset_hide(AqStoreDataset *d, double share)
{
    d->hidden = share;
}

void aq_store_dataset_answer(AqStoreDataset *d, AqTask task)
{
    d->set.task = task;
}

static void release_dataset_clip(void *ctx, size_t clip, AqClipFeatures *f)
{
    (void)ctx;
    (void)clip;
    aq_clip_features_release(f);
}

/* ---- building the data set ---- */

static double hash_place_of_clip(const char *name)
{
    return (double)(hash_of_clip(name) >> 11) / 9007199254740992.0; /* 2^53 */
}

static int by_video(const void *a, const void *b)
{
    const AqAnnotation *x = *(const AqAnnotation *const *)a,
                       *y = *(const AqAnnotation *const *)b;
    int c = strcmp(x->clip, y->clip);

    if (c == 0)
        c = strcmp(x->video, y->video);
    return c ? c : (x > y) - (x < y);
}

/* The annotations in the share, sorted by video. Gives. */
static AqErr sort_share_by_video(const AqAnnotations *a, double from, double share,
                                 const AqAnnotation ***out, size_t *n)
{
    const AqAnnotation **v = aq_alloc(a->n ? a->n : 1, sizeof *v);

    *out = v;
    *n = 0;
    if (!v)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < a->n; k++) {
        const double at = hash_place_of_clip(a->v[k].clip);

        /* so [0.9, 1.0) and [0.0, 0.9) are disjoint */
        if (at >= from && at < from + share)
            v[(*n)++] = &a->v[k];
    }
    qsort(v, *n, sizeof *v, by_video);
    return AQ_OK;
}

/* *lacks: which of the chosen features the store lacks, or NULL. */
static AqErr find_lacking(AqStoreDataset *d, const char *name,
                          const AqProvenance **lacks)
{
    AqErr err = AQ_OK;
    int has = 1;

    *lacks = NULL;
    for (int k = 0; err == AQ_OK && !*lacks && k < d->choice->n; k++) {
        err = aq_store_has_features(d->store, name, &d->choice->pick[k], &has);
        if (!has)
            *lacks = &d->choice->pick[k];
    }
    return err;
}

/* Appends the clip that `a` asks about unless it is the last one already (one name may
 * be spelt two ways). *has: the store has features of it; if not, *lacks is one that it
 * has not, or NULL if it does not know the clip. */
static AqErr take_clip(AqStoreDataset *d, const AqAnnotation *a, int *has,
                       const AqProvenance **lacks)
{
    char *name = NULL;
    AqErr err = aq_store_find_name(d->store, a->written, &name);

    *has = 0;
    *lacks = NULL;
    if (err == AQ_ERR_NOT_FOUND && *a->also)
        err = aq_store_find_name(d->store, a->also, &name);
    if (err == AQ_ERR_NOT_FOUND)
        return AQ_OK;
    if (err == AQ_OK)
        err = find_lacking(d, name, lacks);
    *has = err == AQ_OK && !*lacks;
    const int is_last = d->set.n_clips > 0 && err == AQ_OK &&
                        strcmp(d->clips[d->set.n_clips - 1], name) == 0;
    if (err == AQ_OK && *has && !is_last)
        d->clips[d->set.n_clips++] = name;
    else
        aq_free(name);
    return err;
}

static void add_gap(AqDatasetGaps *gaps, const AqAnnotation *a,
                    const AqProvenance *lacks)
{
    if (gaps->n_videos < AQ_GAPS_NAMED)
        gaps->missing[gaps->n_videos] = a->written;
    if (lacks && !gaps->lacks) {
        gaps->lacks = lacks;
        gaps->lacking = a->written;
    }
    gaps->n_videos++;
}

static size_t folder_bytes(const char *written)
{
    return (size_t)(aq_fs_base(written) - written);
}

/* The store ignores folders: files with one name in two folders would be one clip. */
static void see_folders(AqDatasetGaps *gaps, const AqAnnotation *a,
                        const AqAnnotation *b)
{
    const size_t n = folder_bytes(a->written), m = folder_bytes(b->written);

    if (!gaps->twins[0] && n > 0 && m > 0 &&
        (n != m || strncmp(a->written, b->written, n) != 0)) {
        gaps->twins[0] = a->written;
        gaps->twins[1] = b->written;
    }
}

static AqErr fill_dataset_questions(AqStoreDataset *d, const AqAnnotation *const *v,
                                    size_t n, AqDatasetGaps *gaps)
{
    const AqProvenance *lacks = NULL;
    AqErr err = AQ_OK;
    int has = 0;

    for (size_t k = 0; err == AQ_OK && k < n; k++) {
        if (k == 0 || strcmp(v[k]->video, v[k - 1]->video) != 0) {
            err = take_clip(d, v[k], &has, &lacks);
            if (!has)
                add_gap(gaps, v[k], lacks);
        } else {
            see_folders(gaps, v[k - 1], v[k]);
        }
        if (err != AQ_OK || !has) {
            gaps->n_questions++;
            continue;
        }
        d->sources[d->set.n_questions] = v[k];
        d->questions[d->set.n_questions++] = (AqQuestion){.clip = d->set.n_clips - 1,
                                                          .text = v[k]->question,
                                                          .template_ = v[k]->template_,
                                                          .modality = v[k]->modality,
                                                          .kind = v[k]->kind,
                                                          .answer = v[k]->answer,
                                                          .task = v[k]->task,
                                                          .choices = v[k]->choices,
                                                          .n_choices = v[k]->n_choices};
    }
    return err;
}

int aq_store_dataset_is_row(AqErr err)
{
    return err == AQ_ERR_FORMAT || err == AQ_ERR_MISMATCH || err == AQ_ERR_NOT_FOUND ||
           err == AQ_ERR_NUMERIC;
}

/* Takes the sizes from the first readable clip; each clip is checked against them on
 * load. */
static AqErr take_sizes(AqStoreDataset *d)
{
    AqErr err = AQ_ERR_NOT_FOUND;

    for (size_t k = 0; aq_store_dataset_is_row(err) && k < d->set.n_clips; k++)
        err = aq_clip_features_sizes(&d->set.sizes, d->store, d->clips[k], d->choice);
    return err;
}

static AqErr keep_name(void *arg, const AqStoreVideo *v)
{
    char **name = arg;

    *name = aq_strdup(v->name);
    return *name ? AQ_EOF : AQ_ERR_NOMEM; /* one is enough */
}

/* The store knows videos asked about, but none with all that is wanted. */
static AqErr none_complete(AqStore *s, const AqDatasetGaps *gaps)
{
    char *how = aq_feature_command(gaps->lacks);
    const AqErr err = aq_fail(
        AQ_ERR_NOT_FOUND,
        "%s: holds all features that are wanted of none of the %zu videos asked about: "
        "%s has no %s features by %s; make them with `%s`",
        aq_store_path(s), gaps->n_videos, gaps->lacking,
        aq_modality_name((AqModality)gaps->lacks->kind), gaps->lacks->extractor,
        how ? how : "avqa-pipe ingest");

    aq_free(how);
    return err;
}

/* The error shows names from both sides, so that a mismatch can be seen. */
static AqErr none_there(AqStore *s, const AqDatasetGaps *gaps)
{
    if (gaps->lacks)
        return none_complete(s, gaps);
    char *name = NULL;
    const AqErr err = aq_store_each_video(s, keep_name, &name);

    if (err != AQ_OK && err != AQ_EOF)
        return err;
    const AqErr none = aq_fail(
        AQ_ERR_NOT_FOUND,
        "%s: holds features of none of the %zu videos asked about%s%s%s%s%s: "
        "run `avqa-pipe ingest` on them first",
        aq_store_path(s), gaps->n_videos, gaps->n_videos ? " (such as \"" : "",
        gaps->n_videos ? gaps->missing[0] : "",
        gaps->n_videos && name ? "\"; the store's are called \"" : "",
        gaps->n_videos && name ? name : "", gaps->n_videos ? "\" and so on)" : "");
    aq_free(name);
    return none;
}

AqErr aq_store_dataset_new(AqStoreDataset **out, AqStore *s,
                           const AqFeatureChoice *choice, const AqAnnotations *a,
                           double from, double share, AqDatasetGaps *gaps)
{
    const AqAnnotation **v = NULL;
    size_t n = 0;

    *out = NULL;
    *gaps = (AqDatasetGaps){.n_records = a->n_skipped - a->n_deleted};
    AqStoreDataset *d = aq_alloc(1, sizeof *d);
    AqErr err = d ? sort_share_by_video(a, from, share, &v, &n) : AQ_ERR_NOMEM;
    if (err == AQ_OK) {
        d->store = s;
        (void)snprintf(d->dataset, sizeof d->dataset, "%s", aq_store_dataset_used(s));
        d->choice = choice;
        d->clips = aq_alloc(n ? n : 1, sizeof *d->clips);
        d->questions = aq_alloc(n ? n : 1, sizeof *d->questions);
        d->sources = aq_alloc(n ? n : 1, sizeof *d->sources);
        err = d->clips && d->questions && d->sources
                  ? fill_dataset_questions(d, v, n, gaps)
                  : AQ_ERR_NOMEM;
    }
    aq_free(v);
    if (err == AQ_OK && d->set.n_questions == 0)
        err = none_there(s, gaps);
    if (err == AQ_OK)
        err = take_sizes(d);
    if (err != AQ_OK) {
        aq_store_dataset_free(&d);
        return err;
    }
    d->set.questions = d->questions;
    d->set.ctx = d;
    d->set.load = load_dataset_clip;
    d->set.release = release_dataset_clip;
    d->set.ahead = request_clip_ahead;
    *out = d;
    return AQ_OK;
}

AqErr aq_store_dataset_read_ahead(AqStoreDataset *d)
{
    return aq_read_ahead_new(&d->reader, aq_store_path(d->store), read_clip_ahead, d);
}

/* bad (n_clips): 1 for clips that cannot be read. */
static AqErr find_unreadable(AqStoreDataset *d, int (*stop)(void *ctx), char *bad,
                             size_t *n)
{
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < d->set.n_clips; k++) {
        AqClipFeatures f = {0};

        err = stop && stop(NULL) ? aq_fail(AQ_ERR_CANCELLED, "stopped")
                                 : aq_clip_features_load(&f, d->store, d->clips[k],
                                                         d->choice, &d->set.sizes);
        aq_clip_features_release(&f);
        if (!aq_store_dataset_is_row(err))
            continue;
        aq_log(AQ_LOG_ERROR, "%s: the questions about this clip are left out",
               aq_err_text());
        bad[k] = 1;
        ++*n;
        err = AQ_OK;
    }
    return err;
}

static AqErr drop_clips(AqStoreDataset *d, const char *bad)
{
    size_t *place = aq_alloc(d->set.n_clips, sizeof *place), n = 0;

    if (!place)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < d->set.n_clips; k++) {
        place[k] = n;
        if (bad[k])
            aq_free(d->clips[k]);
        else
            d->clips[n++] = d->clips[k];
    }
    d->set.n_clips = n;
    n = 0;
    for (size_t k = 0; k < d->set.n_questions; k++) {
        const size_t clip = d->questions[k].clip;

        if (bad[clip])
            continue;
        d->sources[n] = d->sources[k];
        d->questions[n] = d->questions[k];
        d->questions[n++].clip = place[clip];
    }
    d->set.n_questions = n;
    aq_free(place);
    return AQ_OK;
}

AqErr aq_store_dataset_drop_unreadable(AqStoreDataset *d, int (*stop)(void *ctx),
                                       size_t *n_videos)
{
    char *bad = aq_alloc(d->set.n_clips, 1);

    *n_videos = 0;
    AqErr err = bad ? find_unreadable(d, stop, bad, n_videos) : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = drop_clips(d, bad);
    aq_free(bad);
    return err != AQ_OK || d->set.n_questions > 0
               ? err
               : aq_fail(AQ_ERR_NOT_FOUND, "no video has readable features");
}

void aq_store_dataset_free(AqStoreDataset **dp)
{
    AqStoreDataset *d = *dp;

    if (!d)
        return;
    aq_read_ahead_free(&d->reader);
    for (size_t k = 0; d->clips && k < d->set.n_clips; k++)
        aq_free(d->clips[k]);
    aq_free(d->clips);
    aq_free(d->questions);
    aq_free(d->sources);
    aq_free(d);
    *dp = NULL;
}

const AqAnnotation *aq_store_dataset_source(const AqStoreDataset *d, size_t k)
{
    return d->sources[k];
}

const char *aq_store_dataset_clip(const AqStoreDataset *d, size_t clip)
{
    return d->clips[clip];
}

AqStore *aq_store_dataset_store(const AqStoreDataset *d)
{
    return d->store;
}

const AqDataset *aq_store_dataset(const AqStoreDataset *d)
{
    return &d->set;
}

/* ---- annotation files ---- */

static void tell_skipped(void *arg, const char *file, size_t index, const char *reason)
{
    int *told = arg;

    if (++*told <= RECORDS_TOLD)
        aq_log(AQ_LOG_WARN, "%s: record %zu left out: %s", file, index, reason);
    else if (*told == RECORDS_TOLD + 1)
        aq_log(AQ_LOG_WARN, "%s: more records are left out", file);
}

/* The name that most data sets give a split. */
static const char *usual_split_name(const char *split)
{
    static const char *const names[][2] = {
        {"training", "train"}, {"validation", "val"}, {"valid", "val"}, {"dev", "val"}};

    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (strcasecmp(split, names[k][0]) == 0)
            return names[k][1];
    return split;
}

static AqErr keep_split(AqAnnotations *l, const char *split, const char *path)
{
    size_t n = 0;

    for (size_t k = 0; k < l->n; k++)
        if (!*l->v[k].split ||
            strcasecmp(usual_split_name(l->v[k].split), usual_split_name(split)) == 0)
            l->v[n++] = l->v[k];
    if (n == 0 && l->n > 0)
        return aq_fail(AQ_ERR_NOT_FOUND,
                       "%s: none of its %zu questions is of the split %s", path, l->n,
                       split);
    l->n = n;
    return AQ_OK;
}

AqErr aq_read_annotations(AqAnnotations **out, const char *const *paths, int n_paths,
                          const char *split)
{
    int told = 0;
    AqErr err = aq_annotations_read(paths, (size_t)n_paths, tell_skipped, &told, out);

    if (err == AQ_OK && split)
        err = keep_split(*out, split, paths[0]);
    if (err != AQ_OK)
        aq_annotations_free(out);
    return err;
}
