/* SPDX-License-Identifier: MIT */
/* avqa-pipe data fetch: published annotation files, downloaded into a folder. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/nearest.h"
#include "base/text/text.h"
#include "pipeline/commands/data/data_priv.h"
#include "pipeline/commands/fetch/fetching.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_RECORD_BYTES = 1 << 20 };

typedef struct DataFetchArgs {
    AqCommon c;
    AqTextList names;
    AqFetchOptions how;
    const char *out;
    int force;
} DataFetchArgs;

typedef struct DataFetch {
    const DataFetchArgs *a;
    AqPublishedList list;
    int yes; /* once one file of a data set was agreed to, all are */
    int n_declined;
} DataFetch;

/* ---- digests ---- */

static int is_record_line_of(const char *line, size_t n, const char *leaf)
{
    const size_t digits = AQ_SHA256_HEX - 1, bytes = strlen(leaf);

    return n == digits + 2 + bytes && memcmp(line + digits + 2, leaf, bytes) == 0;
}

static AqErr write_record(const char *path, const char *before, const char *leaf,
                          const char *digest)
{
    AqFsWriter w;
    char line[AQ_SHA256_HEX + 4];
    AqErr err = aq_fs_write_begin(&w, path);

    if (err != AQ_OK)
        return err;
    for (const char *at = before; err == AQ_OK && *at;) {
        const size_t n = strcspn(at, "\n"), all = n + (at[n] != 0);

        if (!is_record_line_of(at, n, leaf))
            err = aq_fs_write(&w, at, all);
        at += all;
    }
    (void)snprintf(line, sizeof line, "%s  ", digest);
    if (err == AQ_OK)
        err = aq_fs_write(&w, line, strlen(line));
    if (err == AQ_OK)
        err = aq_fs_write(&w, leaf, strlen(leaf));
    if (err == AQ_OK)
        err = aq_fs_write(&w, "\n", 1);
    if (err == AQ_OK)
        return aq_fs_write_commit(&w);
    aq_fs_write_abort(&w);
    return err;
}

/* Beside the files, NAME.sha256 keeps what came, for `sha256sum -c`. */
static AqErr record_digest(const AqFetching *f)
{
    const char *leaf = aq_fs_base(f->file);
    char *before = NULL, *path = aq_strf("%.*s%s.sha256", (int)(leaf - f->file),
                                         f->file, f->what->name);
    size_t bytes = 0;
    AqErr err = path ? AQ_OK : AQ_ERR_NOMEM;

    if (err == AQ_OK && access(path, F_OK) == 0)
        err = aq_fs_read(path, MOST_RECORD_BYTES, &before, &bytes);
    if (err == AQ_OK)
        err = write_record(path, before ? before : "", leaf, f->digest);
    aq_free(before);
    aq_free(path);
    return err;
}

/* ---- one file ---- */

static AqErr fetch_planned(DataFetch *d, AqFetching *f)
{
    const int there = access(f->file, F_OK) == 0 && !d->a->force;

    aq_fetching_print(f, f->file, there);
    if (there || d->a->how.dry_run)
        return AQ_OK;
    AqErr err = aq_fetching_ask(f);
    d->n_declined += f->declined;
    if (err != AQ_OK || f->declined)
        return err;
    d->yes = 1;
    err = aq_fetching_download(f);
    if (err == AQ_OK)
        err = record_digest(f);
    if (err == AQ_OK && !f->json)
        (void)printf("  is now %s\n", aq_text_shown(f->file));
    return err;
}

static AqErr fetch_annotations(DataFetch *d, const AqPublished *p)
{
    const char *folder = d->a->out ? d->a->out : ".";
    char *url = aq_fetching_address(p, d->a->how.mirror);
    char *file = aq_strf("%s/%s", folder, aq_fs_base(p->url));
    AqFetching f = {.what = p,
                    .url = url,
                    .file = file,
                    .yes = d->yes,
                    .json = d->a->c.json,
                    .quiet = d->a->c.quiet};
    const AqErr err = url && file ? fetch_planned(d, &f) : AQ_ERR_NOMEM;

    aq_free(url);
    aq_free(file);
    return err;
}

/* ---- a data set ---- */

static AqErr refuse_data_set(const DataFetch *d, const char *name)
{
    AqNearest near = {.word = name};

    for (size_t k = 0; k < d->list.n; k++)
        aq_nearest_try(&near, d->list.v[k].name);
    return aq_fail(AQ_ERR_USAGE, "no published annotations are called '%s'; %s%s%s",
                   name,
                   near.best ? "did you mean " : "`avqa-pipe data fetch` lists them",
                   near.best ? near.best : "", near.best ? "?" : "");
}

static AqErr fetch_data_set(AqEachWord *e, const char *name)
{
    DataFetch *d = e->ctx;
    size_t n = 0;
    AqErr err = AQ_OK;

    d->yes = d->a->how.yes;
    d->n_declined = 0;
    for (size_t k = 0; err == AQ_OK && d->n_declined == 0 && k < d->list.n; k++)
        if (strcmp(d->list.v[k].name, name) == 0) {
            err = fetch_annotations(d, &d->list.v[k]);
            n++;
        }
    if (err == AQ_OK && n == 0)
        err = refuse_data_set(d, name);
    e->misuse = err == AQ_ERR_USAGE;
    e->left_out = d->n_declined > 0;
    return err;
}

static int run_data_fetch(const AqCommand *self, void *args)
{
    const DataFetchArgs *a = args;
    DataFetch d = {.a = a};
    AqEachWord each = {.words = &a->names, .one = fetch_data_set, .ctx = &d};
    const AqErr err = aq_published_open(&d.list, AQ_PUBLISHED_DATA, a->how.table);
    int status = AQ_EXIT_DONE;

    if (err != AQ_OK)
        status = aq_command_status(err);
    else if (a->names.n == 0)
        aq_fetching_list(&d.list, a->c.json);
    else
        status = aq_command_each(self, &each);
    aq_published_clear(&d.list);
    return status;
}

static const AqOption options[] = {
    AQ_GROUP("What is fetched"),
    AQ_ROW_WORDS("NAME", DataFetchArgs, names, 1000, AQ_HINT_NONE,
                 "data sets of the list; without a name the list is printed", NULL),
    AQ_ROW_FOLDER("out", DataFetchArgs, out, "DIR", "where the files go",
                  "the current folder"),
    AQ_ROWS_AT(aq_rows_fetching, offsetof(DataFetchArgs, how)),
    AQ_ROW_FLAG("force", DataFetchArgs, force, "replace files that are there"),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe data fetch", "What there is."},
    {"avqa-pipe data fetch music-avqa --out annotations",
     "Shows addresses and licence, asks, and downloads the three files."},
    {"avqa-pipe data fetch music-avqa --mirror file:///srv/music-avqa --yes",
     "From a folder; nobody is asked."},
    {0}};

const AqCommand aq_data_fetch_command = {
    .name = "data fetch",
    .summary = "published annotation files: download and check",
    .usage = "[NAME...] [OPTIONS]",
    .about =
        "Downloads the annotation files of data sets from where their authors "
        "published them; videos are not among them. Their licences are their "
        "authors'. An interrupted download is gone on from. Where a SHA-256 is known "
        "it is checked; where none is published, the one of what came is told. "
        "NAME.sha256 beside the files keeps it, as `sha256sum -c` reads it.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(DataFetchArgs, c),
    .stop = AQ_STOP_SAVES,
    .run = run_data_fetch};
