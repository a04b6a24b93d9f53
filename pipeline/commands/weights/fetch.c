/* SPDX-License-Identifier: MIT */
/* avqa-pipe weights fetch: published weights, downloaded, checked and imported. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/text.h"
#include "pipeline/commands/fetch/fetching.h"
#include "pipeline/commands/weights/weights_priv.h"
#include "pipeline/fetch/published.h"
#include "pipeline/inputs/imported_weights.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct FetchArgs {
    AqCommon c;
    AqTextList names;
    AqFetchOptions how;
    int force, keep;
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

/* ---- one of them ---- */

static void clear_fetch(Fetch *f)
{
    aq_free(f->url);
    aq_free(f->file);
    aq_free(f->imported);
    f->url = f->file = f->imported = NULL;
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
    f->url = aq_fetching_address(what, f->a->how.mirror);
    AqErr err =
        leaf && f->url ? aq_fs_user_file(AQ_FS_CACHE, leaf, &f->file) : AQ_ERR_NOMEM;
    aq_free(leaf);
    if (err == AQ_OK && !aq_published_is_vocabulary(&f->list, what))
        err = aq_import_path(what->name, &f->imported);
    return err == AQ_OK ? look_if_there(f) : err;
}

static AqErr download_agreed(Fetch *f)
{
    AqFetching g = {.what = f->what,
                    .url = f->url,
                    .file = f->file,
                    .by_hand = ", and `avqa-pipe weights import` it",
                    .yes = f->a->how.yes,
                    .json = f->a->c.json,
                    .quiet = f->a->c.quiet};

    aq_fetching_print(&g, f->imported ? f->imported : f->file, f->there);
    if (f->there || f->a->how.dry_run)
        return AQ_OK;
    AqErr err = aq_fetching_ask(&g);
    f->declined = g.declined;
    if (err == AQ_OK && !f->declined && access(f->file, F_OK) != 0)
        err = aq_fetching_download(&g);
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
    const AqErr err = plan_fetch(f, what);

    if (err != AQ_OK || (!f->imported && access(f->file, F_OK) == 0))
        return err;
    return download_agreed(f);
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
        if (err == AQ_OK && !f->declined && !f->a->how.dry_run)
            vocabulary = aq_strdup(f->file);
        clear_fetch(f);
    }
    if (err == AQ_OK)
        err = fetch_file(f, what);
    const int fetched = err == AQ_OK && !f->a->how.dry_run && !f->there && !f->declined;
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
    const AqErr err = aq_published_open(&f.list, AQ_PUBLISHED_WEIGHTS, a->how.table);
    int status;

    if (err != AQ_OK)
        status = aq_command_status(err);
    else if (a->names.n == 0) {
        aq_fetching_list(&f.list, a->c.json);
        status = AQ_EXIT_DONE;
    } else
        status = aq_command_each(self, &each);
    aq_published_clear(&f.list);
    return status;
}

static const AqOption options[] = {
    AQ_GROUP("What is fetched"),
    AQ_ROW_WORDS("NAME", FetchArgs, names, 1000, AQ_HINT_NONE,
                 "weights of the list; without a name the list is printed", NULL),
    AQ_ROWS_AT(aq_rows_fetching, offsetof(FetchArgs, how)),
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
