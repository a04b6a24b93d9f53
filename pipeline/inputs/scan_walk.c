/* SPDX-License-Identifier: MIT */
/*
 * Walks folders recursively. A folder is identified by device and inode, so that link
 * cycles end and nothing is walked twice. A folder that cannot be read is logged and
 * counted; the others are still walked.
 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "base/alloc.h"
#include "base/rng.h"
#include "base/text/log.h"
#include "base/text/names.h"
#include "pipeline/inputs/scan_priv.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 64, FIRST_ROOM = 64 };

/* ---- folders seen ---- */

/* The folder's slot, or the free one where it would go. */
static size_t slot_of(const AqScanSeen *s, uint64_t dev, uint64_t ino)
{
    size_t k = aq_mix64(dev ^ aq_mix64(ino)) & (s->room - 1);

    while ((s->slot[k].dev || s->slot[k].ino) &&
           (s->slot[k].dev != dev || s->slot[k].ino != ino))
        k = (k + 1) & (s->room - 1);
    return k;
}

static AqErr grow_seen_table(AqScanSeen *s)
{
    const AqScanSeen old = *s;

    if (s->n * 2 < s->room)
        return AQ_OK;
    s->room = old.room ? old.room * 2 : FIRST_ROOM;
    s->slot = aq_alloc(s->room, sizeof *s->slot);
    if (!s->slot) {
        *s = old;
        return AQ_ERR_NOMEM;
    }
    for (size_t k = 0; k < old.room; k++)
        if (old.slot[k].dev || old.slot[k].ino)
            s->slot[slot_of(s, old.slot[k].dev, old.slot[k].ino)] = old.slot[k];
    aq_free(old.slot);
    return AQ_OK;
}

/* *fresh: 1 if it was new. */
static AqErr mark_folder_seen(AqScanSeen *s, const struct stat *st, int *fresh)
{
    const AqErr err = grow_seen_table(s);

    *fresh = 0;
    if (err != AQ_OK)
        return err;
    const size_t k = slot_of(s, st->st_dev, st->st_ino);
    *fresh = !s->slot[k].dev && !s->slot[k].ino;
    s->n += (size_t)*fresh;
    s->slot[k].dev = st->st_dev;
    s->slot[k].ino = st->st_ino;
    return AQ_OK;
}

void aq_scan_seen_clear(AqScanSeen *s)
{
    aq_free(s->slot);
    *s = (AqScanSeen){0};
}

/* ---- the walk ---- */

static AqErr skip_scan_path(AqScanner *s, const char *path, const char *why)
{
    aq_log(AQ_LOG_WARN, "%s: left out with everything in it: %s", path, why);
    s->to->n_skipped++;
    return AQ_OK;
}

static AqErr walk_scan_folder(AqScanner *s, const char *path, int depth);

/* A link is walked under its target's path, so a clip has one path however it is
 * reached. */
static AqErr walk_link(AqScanner *s, const char *path, int depth)
{
    char *real = realpath(path, NULL);

    if (!real)
        return skip_scan_path(s, path, strerror(errno));
    aq_log(AQ_LOG_DEBUG, "%s: is a link to the folder %s", path, real);
    const AqErr err = walk_scan_folder(s, real, depth);
    free(real); /* NOLINT: realpath's own */
    return err;
}

/* An entry that cannot be examined: named like a clip, it stays one, for the job to
 * report. */
static AqErr add_unreadable_entry(AqScanner *s, const char *path, const char *name,
                                  int is_link)
{
    const int why = errno;

    if (aq_name_is_media(name))
        return aq_scan_append(s->to, path, NULL);
    if (strchr(name, '.') || (why == ENOENT && !is_link))
        return AQ_OK; /* another kind of file, or removed meanwhile */
    return skip_scan_path(s, path,
                          is_link && why == ENOENT ? "a link that leads nowhere"
                                                   : strerror(why));
}

static AqErr walk_entry(AqScanner *s, const char *dir, const char *name, int depth)
{
    struct stat own, st;
    AqErr err = AQ_OK;
    char *path = aq_strf("%s/%s", strcmp(dir, "/") == 0 ? "" : dir, name);

    if (!path)
        return AQ_ERR_NOMEM;
    const int there = lstat(path, &own) == 0;
    const int is_link = there && S_ISLNK(own.st_mode);
    if (!there || stat(path, &st) != 0)
        err = add_unreadable_entry(s, path, name, is_link);
    else if (S_ISDIR(st.st_mode))
        err = is_link ? walk_link(s, path, depth + 1)
                      : walk_scan_folder(s, path, depth + 1);
    else if (S_ISREG(st.st_mode) && aq_name_is_media(name))
        err = aq_scan_append(s->to, path, &st);
    aq_free(path);
    return err;
}

static AqErr walk_entries(AqScanner *s, DIR *d, const char *path, int depth)
{
    AqErr err = AQ_OK;

    while (err == AQ_OK) {
        errno = 0;
        const struct dirent *e = readdir(d);

        if (!e)
            return errno ? skip_scan_path(s, path, strerror(errno)) : AQ_OK;
        if (e->d_name[0] != '.')
            err = walk_entry(s, path, e->d_name, depth);
    }
    return err;
}

/* `path` is resolved. */
static AqErr walk_scan_folder(AqScanner *s, const char *path, int depth)
{
    struct stat st;
    int fresh = 0;

    if (depth > MAX_DEPTH)
        return skip_scan_path(s, path, "folders are nested deeper than 64");
    if (stat(path, &st) != 0)
        return skip_scan_path(s, path, strerror(errno));
    AqErr err = mark_folder_seen(&s->seen, &st, &fresh);
    if (err != AQ_OK || !fresh)
        return err;
    DIR *d = opendir(path);
    if (!d)
        return skip_scan_path(s, path, strerror(errno));
    err = walk_entries(s, d, path, depth);
    (void)closedir(d);
    return err;
}

AqErr aq_scan_walk(AqScanner *s, const char *path)
{
    char *real = realpath(path, NULL);

    if (!real)
        return skip_scan_path(s, path, strerror(errno));
    const AqErr err = walk_scan_folder(s, real, 0);
    free(real); /* NOLINT: realpath's own */
    return err;
}
