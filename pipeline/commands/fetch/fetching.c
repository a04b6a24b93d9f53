/* SPDX-License-Identifier: MIT */
#include "pipeline/commands/fetch/fetching.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/options/rows.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "base/text/text.h"
#include "pipeline/commands/command.h"
#include "pipeline/fetch/download.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/ui/progress.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const AqOption aq_rows_fetching[] = {
    AQ_ROW_FILE("table", AqFetchOptions, table, "FILE",
                "a list of your own, a file a line, seven fields between tabs: name, "
                "about, licence, address, SHA-256, megabytes, vocabulary (empty where "
                "none is needed)",
                NULL),
    AQ_ROW_TEXT("mirror", AqFetchOptions, mirror, "URL",
                "fetch the files from there, by the last part of their names", NULL),
    AQ_ROW_FLAG("dry-run", AqFetchOptions, dry_run, "say what would be fetched"),
    AQ_ROW_FLAG("yes", AqFetchOptions, yes, "agree to size and licence of each"),
    {0}};

char *aq_fetching_address(const AqPublished *p, const char *mirror)
{
    if (!mirror)
        return aq_strdup(p->url);
    const size_t n = strlen(mirror);
    return aq_strf("%s%s%s", mirror, n && mirror[n - 1] == '/' ? "" : "/",
                   aq_fs_base(p->url));
}

static void print_published_json(const AqPublished *p)
{
    aq_command_print_json(aq_json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:f, s:s}", "name", p->name, "about", p->about,
        "licence", p->licence, "url", p->url, "sha256", p->sha256, "megabytes",
        p->megabytes, "vocabulary", p->vocabulary));
}

void aq_fetching_list(const AqPublishedList *l, int json)
{
    for (size_t k = 0; k < l->n; k++) {
        const AqPublished *p = &l->v[k];

        if (json)
            print_published_json(p);
        else if (p->megabytes > 0)
            (void)printf("%-18s %7.1f MB  %-14s %s\n", aq_text_shown(p->name),
                         p->megabytes, aq_text_shown(p->licence),
                         aq_text_shown(p->about));
        else
            (void)printf("%-18s %10s  %-14s %s\n", aq_text_shown(p->name), "",
                         aq_text_shown(p->licence), aq_text_shown(p->about));
    }
}

void aq_fetching_print(const AqFetching *f, const char *becomes, int there)
{
    const AqPublished *p = f->what;

    if (f->json) {
        aq_command_print_json(aq_json_pack("{s:s, s:s, s:s, s:f, s:s, s:b}", "name",
                                           p->name, "url", f->url, "licence",
                                           p->licence, "megabytes", p->megabytes,
                                           "path", becomes, "was_there", there));
        return;
    }
    (void)printf("%s: %s\n  %s\n  ", aq_text_shown(p->name), aq_text_shown(p->about),
                 aq_text_shown(f->url));
    if (p->megabytes > 0)
        (void)printf("about %.1f MB, ", p->megabytes);
    (void)printf("licence %s\n", aq_text_shown(p->licence));
    if (there)
        (void)printf("  is there already: %s\n", aq_text_shown(becomes));
}

/* Whoever is asked says y or yes; nobody there to ask is an error. */
AqErr aq_fetching_ask(AqFetching *f)
{
    char answer[16] = "";

    f->declined = 0;
    if (f->yes)
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
    const AqFetching *f = ctx;

    aq_progress_expect(total / 1000000, 0, 0);
    aq_progress_set(done / 1000000, "%s", f->what->name);
}

AqErr aq_fetching_download(AqFetching *f)
{
    AqDownload d = {.url = f->url,
                    .path = f->file,
                    .sha256 = f->what->sha256,
                    .by_hand = f->by_hand,
                    .stop = aq_interrupt_stop,
                    .told = show_download,
                    .ctx = f};
    AqErr err = aq_fs_mkdirs_for(f->file);

    if (err != AQ_OK)
        return err;
    aq_progress_begin("MB", (int64_t)f->what->megabytes, f->quiet);
    err = aq_download(&d);
    aq_progress_end();
    memcpy(f->digest, d.digest, sizeof f->digest);
    if (err == AQ_OK && !*f->what->sha256)
        aq_log(AQ_LOG_WARN,
               "%s: its publisher names no digest to check it by; its SHA-256 is %s",
               aq_text_shown(aq_fs_base(f->what->url)), d.digest);
    return err;
}
