/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700 /* realpath */
#include "pipeline/scan.h"

#include "base/alloc.h"
#include "base/fs.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DEPTH = 64 };

/* Extensions of what FFmpeg or libsndfile usually opens; a file named outright is tried
 * whatever it is called. */
static const char *const extensions[] = {
    "mp4", "m4v",  "mov", "mkv", "webm", "avi", "mpg", "mpeg", "ts",  "mts", "m2ts",
    "flv", "wmv",  "asf", "3gp", "3g2",  "ogv", "ogg", "oga",  "vob", "mxf", "wav",
    "mp3", "flac", "m4a", "aac", "opus", "wma", "aif", "aiff", "au",  "gif", "dv"};

static int is_media_name(const char *name)
{
    const char *dot = strrchr(name, '.');

    for (size_t k = 0; dot && k < sizeof extensions / sizeof *extensions; k++)
        if (strcasecmp(dot + 1, extensions[k]) == 0)
            return 1;
    return 0;
}

/* Takes neither. */
static AqErr append_item(AqScan *s, const char *absolute)
{
    if ((s->n & (s->n - 1)) == 0) { /* room doubles */
        AqScanItem *v = aq_realloc(s->v, s->n ? 2 * s->n : 1, sizeof *v);
        if (!v)
            return AQ_ERR_NOMEM;
        s->v = v;
    }
    AqScanItem *to = &s->v[s->n++];
    *to = (AqScanItem){.path = aq_strdup(absolute), .name = aq_fs_stem(absolute)};
    return to->path && to->name ? AQ_OK : AQ_ERR_NOMEM;
}

static AqErr append(AqScan *s, const char *path)
{
    char *real = realpath(path, NULL);

    if (!real)
        return aq_fail_errno(path);
    const AqErr err = append_item(s, real);
    free(real); /* NOLINT: realpath's own */
    return err;
}

/* Something that is not there, by the name that it would have. */
static AqErr append_missing(AqScan *s, const char *path)
{
    char here[PATH_MAX];

    if (path[0] == '/')
        return append_item(s, path);
    if (!getcwd(here, sizeof here))
        return aq_fail_errno("the working folder");
    char *absolute = aq_strf("%s/%s", here, path);
    const AqErr err = absolute ? append_item(s, absolute) : AQ_ERR_NOMEM;
    aq_free(absolute);
    return err;
}

static AqErr walk(AqScan *s, const char *path, int depth);

static AqErr walk_entry(AqScan *s, const char *dir, const char *name, int depth)
{
    struct stat st;
    AqErr err = AQ_OK;
    char *path = aq_strf("%s/%s", dir, name);

    if (!path)
        return AQ_ERR_NOMEM;
    if (lstat(path, &st) != 0)
        err = AQ_OK; /* gone meanwhile */
    else if (S_ISDIR(st.st_mode))
        err = walk(s, path, depth + 1);
    else if (is_media_name(name) && stat(path, &st) == 0 && S_ISREG(st.st_mode))
        err = append(s, path);
    aq_free(path);
    return err;
}

static AqErr walk(AqScan *s, const char *path, int depth)
{
    AqErr err = AQ_OK;
    struct dirent *e;

    if (depth > MAX_DEPTH)
        return aq_fail(AQ_ERR_USAGE, "%s: folders are nested deeper than %d", path,
                       MAX_DEPTH);
    DIR *d = opendir(path);
    if (!d)
        return aq_fail_errno(path);
    while (err == AQ_OK && (e = readdir(d)))
        if (e->d_name[0] != '.')
            err = walk_entry(s, path, e->d_name, depth);
    (void)closedir(d);
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

static AqErr add_path(AqScan *s, const char *path, int may_miss)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return may_miss ? append_missing(s, path) : aq_fail_errno(path);
    return S_ISDIR(st.st_mode) ? walk(s, path, 0) : append(s, path);
}

static AqErr add_list(AqScan *s, const char *file)
{
    FILE *f = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
    char *line = NULL;
    size_t room = 0;
    AqErr err = AQ_OK;
    ssize_t n;

    if (!f)
        return aq_fail_errno(file);
    while (err == AQ_OK && (n = getline(&line, &room, f)) >= 0) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = '\0';
        if (n > 0 && strlen(line) == (size_t)n)
            err = add_path(s, line, 1);
        else if (n > 0)
            err = aq_fail(AQ_ERR_FORMAT,
                          "%s: holds a zero byte; a list of videos has a path a line",
                          file);
    }
    if (err == AQ_OK && ferror(f))
        err = aq_fail_errno(file);
    free(line); /* NOLINT: getline's own */
    if (f != stdin)
        (void)fclose(f); /* read only */
    return err;
}

AqErr aq_scan_with(AqScan *out, const char *const *paths, int n_paths,
                   const char *const *lists, int n_lists)
{
    AqErr err = AQ_OK;

    *out = (AqScan){0};
    for (int k = 0; err == AQ_OK && k < n_paths; k++)
        err = add_path(out, paths[k], 0);
    for (int k = 0; err == AQ_OK && k < n_lists; k++)
        err = add_list(out, lists[k]);
    if (err == AQ_OK && out->n > 0) {
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

    for (size_t k = 0; k < s->n; k++) {
        if (keep(ctx, s->v[k].name))
            s->v[n++] = s->v[k];
        else
            item_clear(&s->v[k]);
    }
    s->n = n;
}

void aq_scan_clear(AqScan *s)
{
    for (size_t k = 0; k < s->n; k++)
        item_clear(&s->v[k]);
    aq_free(s->v);
    *s = (AqScan){0};
}
