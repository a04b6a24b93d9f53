/* SPDX-License-Identifier: MIT */
/* The list: its items, their order, what is there twice, what cannot be told apart. */
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

AqErr aq_scan_append(AqScan *s, const char *absolute, const struct stat *st)
{
    if ((s->n & (s->n - 1)) == 0) { /* room doubles */
        AqScanItem *v = aq_realloc(s->v, s->n ? 2 * s->n : 1, sizeof *v);
        if (!v)
            return AQ_ERR_NOMEM;
        s->v = v;
    }
    AqScanItem *to = &s->v[s->n++];
    *to = (AqScanItem){.path = aq_strdup(absolute), .name = aq_name_of_file(absolute)};
    if (st) {
        to->dev = st->st_dev;
        to->ino = st->st_ino;
    }
    return to->path && to->name ? AQ_OK : AQ_ERR_NOMEM;
}

/* The path with its folder resolved as far as it is there, and the name as it is. */
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
    if (dir && !whole && !real) { /* relative, and the folder is not there either */
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

/* One file under one name, by a link and without, is one clip and no rival. */
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

/* A name that nothing at all has is the caller's mistake, unless `may_miss`. */
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
    if (err == AQ_OK && out->n > 0) {
        drop_same_files(out);
        qsort(out->v, out->n, sizeof *out->v, by_path);
        drop_repeats(out);
        err = mark_rivals(out);
    }
    if (err != AQ_OK)
        aq_scan_clear(out);
    return err;
}

AqErr aq_scan(AqScan *out, const char *const *paths, int n_paths)
{
    return aq_scan_with(out, paths, n_paths, NULL, 0);
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
