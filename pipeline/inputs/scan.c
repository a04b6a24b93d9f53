/* SPDX-License-Identifier: MIT */
/* Turns paths and lists of paths into items. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "pipeline/inputs/scan.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/lines.h"
#include "base/text/names.h"
#include "pipeline/inputs/scan_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The path with its folder resolved as far as it exists and the name unchanged. */
static char *in_real_folder(const char *path)
{
    const char *base = aq_fs_base(path);
    char *dir = base == path ? aq_strdup(".") : aq_strdup(path), *real = NULL;

    if (dir && base != path)
        dir[base - path] = '\0';
    real = dir ? realpath(dir, NULL) : NULL;
    char *whole = !dir   ? NULL
                  : real ? aq_strf("%s/%s", strcmp(real, "/") == 0 ? "" : real, base)
                  : *dir == '/' ? aq_strdup(path)
                                : NULL;
    if (dir && !whole && !real) { /* relative, and its folder does not exist either */
        char *here = realpath(".", NULL);
        whole = here ? aq_strf("%s/%s", here, path) : aq_strdup(path);
        free(here); /* NOLINT: realpath's own */
    }
    free(real); /* NOLINT: realpath's own */
    aq_free(dir);
    return whole;
}

static AqErr append_scanned_file(AqScan *s, const char *path, const struct stat *st)
{
    char *whole = in_real_folder(path);
    const AqErr err = whole ? aq_scan_append(s, whole, st) : AQ_ERR_NOMEM;

    aq_free(whole);
    return err;
}

/* A path that does not exist is the caller's mistake, unless `may_miss`. */
static AqErr add_path(AqScanner *s, const char *path, int may_miss)
{
    struct stat st;

    if (stat(path, &st) == 0)
        return S_ISDIR(st.st_mode) ? aq_scan_walk(s, path)
                                   : append_scanned_file(s->to, path, &st);
    if (!may_miss && (errno == ENOENT || errno == ENOTDIR) && lstat(path, &st) != 0)
        return aq_fail_errno(path);
    return append_scanned_file(s->to, path, NULL);
}

static AqErr add_listed_paths(AqScanner *s, const char *file)
{
    AqLines lines;
    const char *line;
    AqErr err = aq_lines_open(&lines, file);

    if (err != AQ_OK)
        return err;
    while ((err = aq_lines_next(&lines, &line)) == AQ_OK &&
           (err = add_path(s, line, 1)) == AQ_OK)
        ;
    aq_lines_close(&lines);
    return err == AQ_EOF ? AQ_OK : err;
}

AqErr aq_scan_stat(const char *path, int64_t *bytes, int64_t *mtime_ns)
{
    struct stat st, own;

    *bytes = *mtime_ns = 0;
    if (stat(path, &st) != 0)
        return aq_fail_errno(path);
    if (!S_ISREG(st.st_mode))
        return aq_fail(AQ_ERR_MEDIA, "%s: is not a file", path);
    *bytes = st.st_size;
    *mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    if (lstat(path, &own) == 0 && S_ISLNK(own.st_mode)) {
        const int64_t led =
            (int64_t)own.st_mtim.tv_sec * 1000000000 + own.st_mtim.tv_nsec;
        *mtime_ns = led > *mtime_ns ? led : *mtime_ns;
    }
    return AQ_OK;
}

AqErr aq_scan_with(AqScan *out, const char *const *paths, int n_paths,
                   const char *const *lists, int n_lists)
{
    AqScanner s = {.to = out};
    AqErr err = AQ_OK;

    *out = (AqScan){0};
    for (int k = 0; err == AQ_OK && k < n_paths; k++)
        err = add_path(&s, paths[k], 0);
    for (int k = 0; err == AQ_OK && k < n_lists; k++)
        err = add_listed_paths(&s, lists[k]);
    aq_scan_seen_clear(&s.seen);
    if (err == AQ_OK)
        err = aq_scan_settle(out);
    if (err != AQ_OK)
        aq_scan_clear(out);
    return err;
}

AqErr aq_scan(AqScan *out, const char *const *paths, int n_paths)
{
    return aq_scan_with(out, paths, n_paths, NULL, 0);
}
