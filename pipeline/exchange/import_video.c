/* SPDX-License-Identifier: MIT */
/*
 * Which video imported features belong to: the file of that name if videos were given,
 * else what export wrote beside them, else the store's own row, else none.
 */
#include "base/alloc.h"
#include "base/text/names.h"
#include "pipeline/exchange/import_priv.h"

#include <string.h>

enum { MOST_NOTES = AQ_STORE_MAX_TEXT / 2 };

/* ---- where an identity comes from ---- */

static const AqScanItem *find_file(const AqScan *s, const char *name)
{
    for (size_t k = 0; s && k < s->n; k++)
        if (strcmp(s->v[k].name, name) == 0)
            return &s->v[k];
    return NULL;
}

static AqErr is_known(const AqImportJob *j, const char *name, int *known)
{
    AqStoreVideo v = {0};
    AqErr err = AQ_OK;

    *known = find_file(j->plan->videos, name) != NULL;
    if (!*known)
        err = aq_store_video_by_name(j->plan->store, name, &v);
    *known |= err == AQ_OK;
    aq_store_video_clear(&v);
    return err == AQ_ERR_NOT_FOUND ? AQ_OK : err;
}

AqErr aq_import_name(const AqImportJob *j, const char *called, char **name)
{
    char *own = aq_name_nfc(called), *clip = aq_name_of_clip(called);
    int known = 1, clip_known = 0;
    AqErr err = own && clip ? AQ_OK : AQ_ERR_NOMEM;

    *name = NULL;
    if (err == AQ_OK &&
        !strchr(called, '/')) /* else it is not a name, and reported as such */
        err = is_known(j, own, &known);
    if (err == AQ_OK && !known)
        err = is_known(j, clip, &clip_known);
    if (err == AQ_OK)
        *name = clip_known ? clip : own;
    if (*name != own)
        aq_free(own);
    if (*name != clip)
        aq_free(clip);
    return err;
}

/* The stored digest if it is of this very file, else a new one. */
static AqErr digest_import_video(AqStore *s, AqStoreVideo *v)
{
    AqStoreVideo same;
    AqErr err = aq_store_video_by_file(s, v->path, v->bytes, v->mtime_ns, &same);

    if (err == AQ_ERR_NOT_FOUND)
        return aq_sha256_file(v->path, v->sha256);
    if (err == AQ_OK)
        memcpy(v->sha256, same.sha256, sizeof v->sha256);
    if (err == AQ_OK && !v->sha256[0]) /* it had failed before it could be read */
        err = aq_sha256_file(v->path, v->sha256);
    aq_store_video_clear(&same);
    return err;
}

static AqErr from_file(AqImportRow *r, const AqScanItem *item)
{
    if (item->rival)
        return aq_fail(AQ_ERR_MISMATCH,
                       "the videos %s and %s both have that name, and the store "
                       "tells videos apart by name",
                       item->rival, item->path);
    r->video = (AqStoreVideo){.path = item->path, .notes = ""};
    const AqErr err = aq_scan_stat(item->path, &r->video.bytes, &r->video.mtime_ns);
    return err != AQ_OK ? err : digest_import_video(r->job->plan->store, &r->video);
}

static void from_nothing(AqImportRow *r)
{
    r->video = (AqStoreVideo){.path = "", .notes = ""};
    memcpy(r->video.sha256, r->sha256, sizeof r->sha256);
}

static void take_place(AqStoreVideo *to, const AqStoreVideo *from)
{
    to->path = from->path;
    to->bytes = from->bytes;
    to->mtime_ns = from->mtime_ns;
}

/* The existing row, with the file's path if it was found. */
static void from_known(AqImportRow *r, int is_file)
{
    AqStoreVideo v = r->known;

    if (is_file || !v.path[0])
        take_place(&v, &r->video);
    r->video = v;
    r->video.memory = NULL; /* r->known's */
}

/* ---- notes ---- */

/* The row's notes, and a line about these features unless it is there already. */
static AqErr set_notes(AqImportRow *r)
{
    const char *had = r->video.notes ? r->video.notes : "";
    char *line = aq_strf(
        "%s features imported from %s%s", aq_modality_name(r->job->plan->kind), r->path,
        r->video.path[0]
            ? ""
            : "; the video itself was not seen, and its SHA-256 is that of "
              "the first features imported");

    if (!line)
        return AQ_ERR_NOMEM;
    const int full = strlen(had) + strlen(line) > MOST_NOTES;
    r->notes = strstr(had, line) || full
                   ? aq_strdup(had)
                   : aq_strf("%s%s%s", had, *had ? "\n" : "", line);
    aq_free(line);
    r->video.notes = r->notes;
    return r->notes ? AQ_OK : AQ_ERR_NOMEM;
}

/* ---- may they be added to the video ---- */

static AqErr count_row(void *arg, const AqFeatureRow *row)
{
    (void)row;
    ++*(int *)arg;
    return AQ_OK;
}

static AqErr check_failed(AqImportRow *r)
{
    int n = 0;
    AqErr err = aq_store_each_feature(r->job->plan->store, r->name, count_row, &n);

    if (err == AQ_OK && n > 0)
        err = aq_fail(AQ_ERR_MISMATCH,
                      "the store lists the video as failed (%s) but still has "
                      "earlier features of it; ingest it again first",
                      r->known.reason);
    return err;
}

/* The video's seconds by its features: one per row, else as exported with them. Clips
 * alone do not tell: as many as are known, or as there are clips until more is. */
static int seconds_of_rows(const AqImportRow *r)
{
    if (r->has_about && r->about.spans)
        return r->about.video.n_seconds;
    return r->spans && r->has_known && r->known.n_seconds ? r->known.n_seconds
                                                          : r->n_rows;
}

/* Features of a video that do not tell its length. */
typedef struct OnlyClips {
    AqProvenanceList made;
    int n_others;
} OnlyClips;

static AqErr count_others(void *arg, const AqFeatureRow *row)
{
    OnlyClips *o = arg;

    for (size_t k = 0; k < o->made.n; k++)
        if (o->made.v[k].id == row->provenance_id)
            o->n_others += !aq_rows_are_clips(aq_provenance_rows(&o->made.v[k]));
    return AQ_OK;
}

/* Is the known length a guess, the video being unseen and having clips alone? */
static AqErr is_length_guessed(const AqImportRow *r, int *guessed)
{
    OnlyClips o = {.n_others = 0};
    AqErr err = AQ_OK;

    *guessed = 0;
    if (r->known.path[0])
        return AQ_OK;
    err = aq_store_list_provenance(r->job->plan->store, &o.made);
    if (err == AQ_OK)
        err = aq_store_each_feature(r->job->plan->store, r->name, count_others, &o);
    *guessed = err == AQ_OK && o.n_others == 0;
    aq_provenance_list_clear(&o.made);
    return err;
}

static AqErr check_joined(AqImportRow *r)
{
    int guessed = 0;

    if (r->known.status == AQ_VIDEO_FAILED)
        return check_failed(r);
    const int n_seconds = seconds_of_rows(r);

    if (r->known.n_seconds == n_seconds)
        return AQ_OK;
    const AqErr err = is_length_guessed(r, &guessed);
    if (err != AQ_OK || guessed)
        return err;
    return aq_fail(AQ_ERR_MISMATCH,
                   "have %d seconds, but the video's other features in the store "
                   "have %d; use another store, or features of that length",
                   n_seconds, r->known.n_seconds);
}

static AqErr find_known(AqImportRow *r)
{
    const AqErr err = aq_store_video_by_name(r->job->plan->store, r->name, &r->known);

    r->has_known = err == AQ_OK;
    return err == AQ_ERR_NOT_FOUND ? AQ_OK : err;
}

/* *is_file: the video's file was found. */
static AqErr find_identity(AqImportRow *r, int *is_file)
{
    const AqScanItem *item = find_file(r->job->plan->videos, r->name);

    *is_file = item != NULL;
    if (item)
        return from_file(r, item);
    if (r->has_about && (r->about.video.path[0] || !r->has_known)) {
        r->video = r->about.video;
        return AQ_OK;
    }
    if (r->has_known && r->known.sha256[0]) {
        r->video = r->known;
        r->video.memory = NULL;
        return AQ_OK;
    }
    from_nothing(r);
    return AQ_OK;
}

/* A video that was not looked at: as long as its features. */
static void guess_facts(AqImportRow *r)
{
    AqStoreVideo *v = &r->video;

    v->name = r->name;
    v->n_seconds = seconds_of_rows(r);
    if (v->duration_us == 0)
        v->duration_us = (int64_t)v->n_seconds * 1000000;
    if (!r->has_known || !r->known.path[0]) {
        v->has_audio |= r->job->plan->kind == AQ_AUDIO;
        v->has_video |= r->job->plan->kind == AQ_VISUAL;
    }
}

AqErr aq_import_identify(AqImportRow *r)
{
    int is_file = 0;
    AqErr err = find_known(r);

    if (err == AQ_OK)
        err = find_identity(r, &is_file);
    if (err != AQ_OK)
        return err;
    const int same = r->has_known && strcmp(r->known.sha256, r->video.sha256) == 0;
    const int unseen = r->has_known && !r->known.path[0];
    if (r->has_known && !same && !unseen && !is_file && r->known.sha256[0])
        return aq_fail(AQ_ERR_MISMATCH,
                       "belong to a different video than %s, which the store has "
                       "under that name",
                       r->known.path);
    if (same || unseen)
        err = check_joined(r);
    if (err != AQ_OK)
        return err;
    if (same)
        from_known(r, is_file);
    guess_facts(r);
    return set_notes(r);
}
