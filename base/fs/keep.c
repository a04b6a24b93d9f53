/* SPDX-License-Identifier: MIT */
/* Keeps the file that a long job may replace. A second name for it is made before the
 * job and becomes PATH.old only once the file has been replaced: a job that fails
 * leaves an older PATH.old alone, and one that is killed loses neither. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "base/fs/fs.h"

#include "base/alloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 16 };

/* For file systems without hard links. */
static AqErr copy_kept_file(const char *from, const char *to)
{
    AqFsWriter w;
    size_t n;
    FILE *f = fopen(from, "rbe");
    char *piece = aq_alloc(PIECE, 1);
    AqErr err = !f ? aq_fail_errno(from) : !piece ? AQ_ERR_NOMEM : AQ_OK;

    if (err == AQ_OK)
        err = aq_fs_write_begin(&w, to);
    if (err == AQ_OK) {
        while (err == AQ_OK && (n = fread(piece, 1, PIECE, f)) > 0)
            err = aq_fs_write(&w, piece, n);
        if (err == AQ_OK && ferror(f))
            err = aq_fail_errno(from);
        if (err == AQ_OK)
            err = aq_fs_write_commit(&w);
        aq_fs_write_abort(&w);
    }
    aq_free(piece);
    if (f)
        (void)fclose(f); /* read only */
    return err;
}

static int has_moved(const AqFsKept *k)
{
    struct stat st;

    return stat(k->path, &st) != 0 || (uint64_t)st.st_dev != k->device ||
           (uint64_t)st.st_ino != k->inode;
}

/* The pending name was left by a job that was killed: make it PATH.old. */
static AqErr take_over(AqFsKept *k)
{
    const int is_same = aq_fs_same(k->path, k->pending);

    if (is_same ? unlink(k->pending) == 0 : rename(k->pending, k->old) == 0)
        return AQ_OK;
    return errno == ENOENT ? AQ_OK : aq_fail_errno(k->pending);
}

static AqErr set_aside(AqFsKept *k)
{
    char *file = realpath(k->path, NULL); /* link() does not follow links */
    AqErr err = file ? take_over(k) : aq_fail_errno(k->path);

    if (err == AQ_OK && link(file, k->pending) != 0)
        err = copy_kept_file(file, k->pending);
    free(file); /* NOLINT: realpath's own */
    return err;
}

static AqErr begin_keep(AqFsKept *k, const char *path, const struct stat *st)
{
    *k = (AqFsKept){.path = aq_strdup(path),
                    .old = aq_strf("%s.old", path),
                    .pending = aq_strf("%s.old.part", path),
                    .device = (uint64_t)st->st_dev,
                    .inode = (uint64_t)st->st_ino};
    return k->path && k->old && k->pending ? AQ_OK : AQ_ERR_NOMEM;
}

AqErr aq_fs_keep_begin(AqFsKept *k, const char *path)
{
    struct stat st;

    *k = (AqFsKept){.path = NULL};
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return AQ_OK; /* nothing to be kept */
    AqErr err = begin_keep(k, path, &st);
    if (err == AQ_OK)
        err = set_aside(k);
    if (err != AQ_OK)
        aq_fs_keep_clear(k);
    return err;
}

AqErr aq_fs_keep_go_on(AqFsKept *k, const char *path)
{
    char *pending = aq_strf("%s.old.part", path);
    struct stat st;

    *k = (AqFsKept){.path = NULL};
    const int is_there = pending && stat(pending, &st) == 0;
    AqErr err = !pending ? AQ_ERR_NOMEM : is_there ? begin_keep(k, path, &st) : AQ_OK;
    aq_free(pending);
    if (err != AQ_OK)
        aq_fs_keep_clear(k);
    return err;
}

AqErr aq_fs_keep_end(AqFsKept *k, int *replaced)
{
    *replaced = k->path && has_moved(k);
    if (k->path && (*replaced ? rename(k->pending, k->old) : unlink(k->pending)) != 0)
        return aq_fail_errno(k->pending);
    return AQ_OK;
}

void aq_fs_keep_clear(AqFsKept *k)
{
    aq_free(k->path);
    aq_free(k->old);
    aq_free(k->pending);
    *k = (AqFsKept){.path = NULL};
}
