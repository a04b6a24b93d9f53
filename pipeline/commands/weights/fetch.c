/* SPDX-License-Identifier: MIT */
/* avqa-pipe weights fetch: published weights, downloaded, checked and imported. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "base/text/text.h"
#include "pipeline/commands/weights/weights_priv.h"
#include "pipeline/fetch/download.h"
#include "pipeline/fetch/published.h"
#include "pipeline/inputs/imported_weights.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/ui/progress.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct FetchArgs {
    AqCommon c;
    AqTextList names;
    const char *table, *mirror;
    int yes, dry_run, force, keep;
} FetchArgs;

typedef struct Fetch {
    const FetchArgs *a;
    AqPublishedList list;
    const AqPublished *what;
    char *url;      /* with the mirror */
    char *file;     /* where it is downloaded to */
    char *imported; /* what it becomes; NULL for a vocabulary */
    int there;      /* imported before, from the same file */
    int declined;
} Fetch;

/* ---- what there is ---- */

static void print_published_json(const AqPublished *p)
{
    aq_command_print_json(aq_json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:f, s:s}", "name", p->name, "about", p->about,
        "licence", p->licence, "url", p->url, "sha256", p->sha256, "megabytes",
        p->megabytes, "vocabulary", p->vocabulary));
}

static int list_published(const FetchArgs *a, const AqPublishedList *l)
{
    for (size_t k = 0; k < l->n; k++) {
        const AqPublished *p = &l->v[k];

        if (a->c.json)
            print_published_json(p);
        else
            (void)printf("%-18s %7.1f MB  %-14s %s\n", aq_text_shown(p->name),
                         p->megabytes, aq_text_shown(p->licence),
                         aq_text_shown(p->about));
    }
    return AQ_EXIT_DONE;
}

/* ---- one of them ---- */

static void clear_fetch(Fetch *f)
{
    aq_free(f->url);
    aq_free(f->file);
    aq_free(f->imported);
    f->url = f->file = f->imported = NULL;
}

/* The mirror has files by the last part of their names. */
static char *address_of(const FetchArgs *a, const AqPublished *p)
{
    if (!a->mirror)
        return aq_strdup(p->url);
    const size_t n = strlen(a->mirror);
    return aq_strf("%s%s%s", a->mirror, n && a->mirror[n - 1] == '/' ? "" : "/",
                   aq_fs_base(p->url));
}

/* Were weights of that name imported from this very file? */
static AqErr look_if_there(Fetch *f)
{
    AqWeights *w = NULL;

    if (!f->imported || access(f->imported, F_OK) != 0)
        return AQ_OK;
    const AqErr err = aq_weights_open(&w, f->imported);
    if (err != AQ_OK)
        return err;
    const char *digest = aq_weights_meta(w, "origin_sha256");
    f->there = *f->what->sha256 && digest &&
               strncmp(digest, f->what->sha256, strlen(f->what->sha256)) == 0;
    aq_weights_unref(&w);
    if (f->there || f->a->force)
        return AQ_OK;
    return aq_fail(AQ_ERR_USAGE,
                   "%s: other weights of that name are there; --force replaces them",
                   f->imported);
}

static AqErr plan_fetch(Fetch *f, const AqPublished *what)
{
    char *leaf = aq_strf("fetch/%s-%s", what->name, aq_fs_base(what->url));

    f->what = what;
    f->there = f->declined = 0;
    f->url = address_of(f->a, what);
    AqErr err =
        leaf && f->url ? aq_fs_user_file(AQ_FS_CACHE, leaf, &f->file) : AQ_ERR_NOMEM;
    aq_free(leaf);
    if (err == AQ_OK && !aq_published_is_vocabulary(&f->list, what))
        err = aq_import_path(what->name, &f->imported);
    return err == AQ_OK ? look_if_there(f) : err;
}

/* The size and the licence come before the first byte. */
static void print_fetch_plan(const Fetch *f)
{
    const AqPublished *p = f->what;

    if (f->a->c.json) {
        aq_command_print_json(aq_json_pack(
            "{s:s, s:s, s:s, s:f, s:s, s:b}", "name", p->name, "url", f->url, "licence",
            p->licence, "megabytes", p->megabytes, "path",
            f->imported ? f->imported : f->file, "was_there", f->there));
        return;
    }
    (void)printf("%s: %s\n  %s\n  ", aq_text_shown(p->name), aq_text_shown(p->about),
                 aq_text_shown(f->url));
    if (p->megabytes > 0)
        (void)printf("about %.1f MB, ", p->megabytes);
    (void)printf("licence %s\n", aq_text_shown(p->licence));
    if (f->there)
        (void)printf("  is there already: %s\n", aq_text_shown(f->imported));
}

/* Whoever is asked says y or yes; nobody there to ask is an error. */
static AqErr ask_to_fetch(Fetch *f)
{
    char answer[16] = "";

    if (f->a->yes)
        return AQ_OK;
    if (!isatty(STDIN_FILENO))
        return aq_fail(AQ_ERR_USAGE, "nobody is there to agree to its size and "
                                     "licence: --yes does");
    (void)fflush(stdout);
    (void)fprintf(stderr, "  Fetch it? [y/N] ");
    (void)fflush(stderr);
    if (!fgets(answer, sizeof answer, stdin))
        (void)fputc('\n', stderr);
    f->declined = answer[0] != 'y' && answer[0] != 'Y';
    return AQ_OK;
}

static void show_download(void *ctx, int64_t done, int64_t total)
{
    const Fetch *f = ctx;

    aq_progress_expect(total / 1000000, 0, 0);
    aq_progress_set(done / 1000000, "%s", f->what->name);
}

static AqErr download_published(Fetch *f)
{
    AqDownload d = {.url = f->url,
                    .path = f->file,
                    .sha256 = f->what->sha256,
                    .stop = aq_interrupt_stop,
                    .told = show_download,
                    .ctx = f};
    AqErr err = aq_fs_mkdirs_for(f->file);

    if (err != AQ_OK)
        return err;
    aq_progress_begin("MB", (int64_t)f->what->megabytes, f->a->c.quiet);
    err = aq_download(&d);
    aq_progress_end();
    if (err == AQ_OK && !*f->what->sha256)
        aq_log(AQ_LOG_WARN,
               "%s: its publisher names no digest to check it by; its SHA-256 is %s",
               aq_text_shown(f->what->name), d.digest);
    return err;
}

static AqErr import_fetched(Fetch *f, const char *vocabulary)
{
    AqImport i = {.file = f->file,
                  .name = f->what->name,
                  .replace = f->a->force,
                  .vocabulary = vocabulary};
    AqInspection what;
    AqErr err = aq_inspect(&what, f->file, NULL);

    if (err != AQ_OK)
        return err;
    err = aq_import(&i, &what);
    aq_inspection_clear(&what);
    if (err == AQ_OK && !f->a->c.json)
        (void)printf("  is now %s\n", aq_text_shown(i.path));
    aq_free(i.path);
    return err;
}

/* Downloads it unless it is there. Of a tokenizer's file that is all. */
static AqErr fetch_file(Fetch *f, const AqPublished *what)
{
    AqErr err = plan_fetch(f, what);

    if (err != AQ_OK)
        return err;
    if (!f->imported && access(f->file, F_OK) == 0)
        return AQ_OK;
    print_fetch_plan(f);
    if (f->there || f->a->dry_run)
        return AQ_OK;
    err = ask_to_fetch(f);
    if (err == AQ_OK && !f->declined && access(f->file, F_OK) != 0)
        err = download_published(f);
    return err;
}

static AqErr fetch_one(AqEachWord *e, const char *name)
{
    Fetch *f = e->ctx;
    const AqPublished *what, *of = NULL;
    char *vocabulary = NULL;
    AqErr err = aq_published_find(&f->list, name, &what);

    if (err == AQ_OK && *what->vocabulary)
        err = aq_published_find(&f->list, what->vocabulary, &of);
    if (err == AQ_OK && of) {
        err = fetch_file(f, of);
        if (err == AQ_OK && !f->declined && !f->a->dry_run)
            vocabulary = aq_strdup(f->file);
        clear_fetch(f);
    }
    if (err == AQ_OK)
        err = fetch_file(f, what);
    const int fetched = err == AQ_OK && !f->a->dry_run && !f->there && !f->declined;
    if (fetched && f->imported) {
        err = import_fetched(f, vocabulary);
        if (err == AQ_OK && !f->a->keep)
            (void)unlink(f->file);
    }
    e->misuse = err == AQ_ERR_USAGE;
    e->left_out = f->declined;
    clear_fetch(f);
    aq_free(vocabulary);
    return err;
}

/* ---- the command ---- */

static int run_weights_fetch(const AqCommand *self, void *args)
{
    const FetchArgs *a = args;
    Fetch f = {.a = a};
    AqEachWord each = {.words = &a->names, .one = fetch_one, .ctx = &f};
    const AqErr err = aq_published_open(&f.list, a->table);
    int status;

    if (err != AQ_OK)
        status = aq_command_status(err);
    else if (a->names.n == 0)
        status = list_published(a, &f.list);
    else
        status = aq_command_each(self, &each);
    aq_published_clear(&f.list);
    return status;
}

static const AqOption options[] = {
    AQ_GROUP("What is fetched"),
    AQ_ROW_WORDS("NAME", FetchArgs, names, 1000, AQ_HINT_NONE,
                 "weights of the list; without a name the list is printed", NULL),
    AQ_ROW_FILE("table", FetchArgs, table, "FILE",
                "a list of your own: name, about, licence, address, SHA-256, megabytes "
                "and vocabulary, between tabs, one a line",
                NULL),
    AQ_ROW_TEXT("mirror", FetchArgs, mirror, "URL",
                "fetch the files from there, by the last part of their names", NULL),
    AQ_ROW_FLAG("dry-run", FetchArgs, dry_run, "say what would be fetched"),
    AQ_ROW_FLAG("yes", FetchArgs, yes, "agree to size and licence of each"),
    AQ_ROW_FLAG("force", FetchArgs, force, "replace other weights of that name"),
    AQ_ROW_FLAG("keep", FetchArgs, keep, "keep the downloaded file too"),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe weights fetch", "What there is."},
    {"avqa-pipe weights fetch vggish swin_b",
     "Shows size and licence, asks, downloads, checks and imports."},
    {"avqa-pipe weights fetch clip_vit_b32 --mirror file:///srv/weights --yes",
     "From a folder; nobody is asked."},
    {0}};

const AqCommand aq_weights_fetch_command = {
    .name = "weights fetch",
    .summary = "published weights: download, check, import",
    .usage = "[NAME...] [OPTIONS]",
    .about =
        "Downloads weights that others have published from where they published them, "
        "checks their SHA-256 (some names have only its first eight digits), and "
        "imports them under the name. Their licences are their publishers'. An "
        "interrupted download is gone on from; CLIP comes with its tokenizer's "
        "vocabulary.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(FetchArgs, c),
    .stop = AQ_STOP_SAVES,
    .run = run_weights_fetch};
