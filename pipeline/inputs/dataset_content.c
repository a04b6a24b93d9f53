/* SPDX-License-Identifier: MIT */
#include "pipeline/inputs/dataset_content.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/log.h"
#include "base/text/names.h"
#include "pipeline/inputs/scan.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TOLD = 5, MOST_READ = 32 };

/* The video and sound files of a folder, not of its subfolders. */
typedef struct Nearby {
    char *name, *path;
} Nearby;

typedef struct ContentCheck {
    AqStore *s;
    const char *what;
    const char *file; /* annotation file whose surroundings are in `near` */
    Nearby *near;     /* (n) sorted by name */
    size_t n, room;
    int n_read; /* files read that proved equal */
    size_t n_differ;
} ContentCheck;

static int compare_nearby_names(const void *a, const void *b)
{
    return strcmp(((const Nearby *)a)->name, ((const Nearby *)b)->name);
}

static void forget_near(ContentCheck *c)
{
    for (size_t k = 0; k < c->n; k++) {
        aq_free(c->near[k].name);
        aq_free(c->near[k].path);
    }
    c->n = 0;
}

static AqErr add_near(ContentCheck *c, const char *dir, const char *name)
{
    if (c->n == c->room) {
        Nearby *more = aq_realloc(c->near, c->room + 256, sizeof *more);

        if (!more)
            return AQ_ERR_NOMEM;
        c->near = more;
        c->room += 256;
    }
    Nearby *v = &c->near[c->n++];
    *v = (Nearby){.name = aq_name_of_file(name), .path = aq_strf("%s%s", dir, name)};
    return v->name && v->path ? AQ_OK : AQ_ERR_NOMEM;
}

/* A folder that cannot be read is ignored. */
static AqErr add_folder(ContentCheck *c, const char *dir)
{
    AqErr err = AQ_OK;
    const struct dirent *e;
    DIR *d = opendir(dir);

    while (d && err == AQ_OK && (e = readdir(d)))
        if (e->d_name[0] != '.' && aq_name_is_media(e->d_name))
            err = add_near(c, dir, e->d_name);
    if (d)
        (void)closedir(d);
    return err;
}

/* "a/b/" for "a/b/c.json". Gives; NULL when out of memory. */
static char *folder_prefix_of(const char *file)
{
    const size_t n = (size_t)(aq_fs_base(file) - file);
    char *dir = aq_strdup(n ? file : "./");

    if (dir && n)
        dir[n] = '\0';
    return dir;
}

static AqErr look_around(ContentCheck *c, const char *file)
{
    static const char *const places[] = {"", "videos/", "../videos/"};
    char *dir = folder_prefix_of(file);
    AqErr err = dir ? AQ_OK : AQ_ERR_NOMEM;

    forget_near(c);
    for (size_t k = 0; err == AQ_OK && k < sizeof places / sizeof *places; k++) {
        char *place = aq_strf("%s%s", dir, places[k]);

        err = place ? add_folder(c, place) : AQ_ERR_NOMEM;
        aq_free(place);
    }
    aq_free(dir);
    if (c->n > 0)
        qsort(c->near, c->n, sizeof *c->near, compare_nearby_names);
    c->file = file;
    return err;
}

typedef enum Likeness { NOT_THERE, SAME, DIFFERS } Likeness;

static AqErr compare_video_file(ContentCheck *c, const AqStoreVideo *v,
                                const char *path, Likeness *like)
{
    char hex[AQ_SHA256_HEX];
    int64_t bytes, mtime_ns;
    AqErr err = aq_scan_stat(path, &bytes, &mtime_ns);

    *like = NOT_THERE;
    if (err != AQ_OK)
        return err == AQ_ERR_NOMEM ? err : AQ_OK;
    *like = bytes == v->bytes ? SAME : DIFFERS;
    if (*like == DIFFERS || mtime_ns == v->mtime_ns || c->n_read >= MOST_READ)
        return AQ_OK;
    err = aq_sha256_file(path, hex);
    if (err == AQ_OK && strcmp(hex, v->sha256) != 0)
        *like = DIFFERS;
    c->n_read += *like == SAME;
    return err == AQ_ERR_NOMEM ? err : AQ_OK;
}

static void warn_changed_content(ContentCheck *c, const AqStoreVideo *v,
                                 const char *path)
{
    if (++c->n_differ > MOST_TOLD)
        return;
    if (strcmp(path, v->path) == 0)
        aq_log(AQ_LOG_WARN,
               "%s: %s: the file has different content than when its features were "
               "made; run `avqa-pipe ingest` on it again",
               c->what, path);
    else
        aq_log(AQ_LOG_WARN,
               "%s: %s: the features in the store are of %s, but %s, near the "
               "annotations, has different content; if the annotations mean the "
               "latter, ingest it with `avqa-pipe ingest --dataset NAME` and give "
               "this command the same --dataset",
               c->what, v->name, v->path, path);
}

/* The path in the annotation itself. Gives; NULL when out of memory. */
static char *written_path(const AqAnnotation *a)
{
    char *dir = folder_prefix_of(a->file);
    char *path = !dir                   ? NULL
                 : a->written[0] == '/' ? aq_strdup(a->written)
                                        : aq_strf("%s%s", dir, a->written);

    aq_free(dir);
    return path;
}

/* Compares all candidate files; an equal one settles it. *other: the first that differs
 * if none is equal, else NULL. */
static AqErr compare_all(ContentCheck *c, const AqAnnotation *a, const AqStoreVideo *v,
                         const char *written, const char **other)
{
    const Nearby key = {.name = (char *)(uintptr_t)v->name};
    const Nearby *at = NULL;
    Likeness like = NOT_THERE;
    AqErr err = compare_video_file(c, v, written, &like);

    *other = like == DIFFERS ? written : NULL;
    if (c->file != a->file && err == AQ_OK && like != SAME)
        err = look_around(c, a->file);
    if (c->n > 0 && like != SAME)
        at = bsearch(&key, c->near, c->n, sizeof *c->near, compare_nearby_names);
    while (at && at > c->near && strcmp(at[-1].name, v->name) == 0)
        at--;
    for (; at && err == AQ_OK && like != SAME && at < c->near + c->n &&
           strcmp(at->name, v->name) == 0;
         at++) {
        err = compare_video_file(c, v, at->path, &like);
        if (like == DIFFERS && !*other)
            *other = at->path;
    }
    if (err == AQ_OK && like == SAME)
        *other = NULL;
    return err;
}

static AqErr check_clip(ContentCheck *c, const AqAnnotation *a, const char *name)
{
    AqStoreVideo v;
    Likeness own = NOT_THERE;
    const char *other = NULL;
    char *written = written_path(a);
    AqErr err = written ? aq_store_video_by_name(c->s, name, &v) : AQ_ERR_NOMEM;

    if (err != AQ_OK) {
        aq_free(written);
        return err;
    }
    if (v.path[0]) { /* else the video was never seen */
        err = compare_video_file(c, &v, v.path, &own);
        if (err == AQ_OK)
            err = compare_all(c, a, &v, written, &other);
        if (err == AQ_OK && other)
            warn_changed_content(c, &v, other);
        else if (err == AQ_OK && own == DIFFERS)
            warn_changed_content(c, &v, v.path);
    }
    aq_store_video_clear(&v);
    aq_free(written);
    return err;
}

AqErr aq_dataset_check_content(const AqStoreDataset *d, const char *what,
                               size_t *n_differ)
{
    const AqDataset *set = aq_store_dataset(d);
    ContentCheck c = {.s = aq_store_dataset_store(d), .what = what};
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < set->n_questions; k++)
        if (k == 0 || set->questions[k].clip != set->questions[k - 1].clip)
            err = check_clip(&c, aq_store_dataset_source(d, k),
                             aq_store_dataset_clip(d, set->questions[k].clip));
    if (c.n_differ > MOST_TOLD)
        aq_log(AQ_LOG_WARN, "%s: and %zu more clips whose files have different content",
               what, c.n_differ - MOST_TOLD);
    forget_near(&c);
    aq_free(c.near);
    *n_differ = c.n_differ;
    return err;
}
