/* SPDX-License-Identifier: MIT */
/* The videos asked about against those of a folder, by the names that ingest gives. */
#include "base/alloc.h"
#include "base/text/json.h"
#include "base/text/names.h"
#include "pipeline/commands/data/data_priv.h"
#include "pipeline/inputs/scan.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

typedef struct Folder {
    json_t *missing, *twice, *not_asked;
    const char **names; /* (n) of the files, each once, in order */
    char *asked;        /* (n) the annotations have it */
    size_t n;
    int bad;
} Folder;

static int compare_items_by_name(const void *a, const void *b)
{
    const AqScanItem *x = a, *y = b;
    const int order = strcmp(x->name, y->name);

    return order ? order : strcmp(x->path, y->path);
}

/* All files of one name; `asked` is whether the annotations have it. */
static void add_name(Folder *f, const AqScanItem *v, size_t n, int asked)
{
    if (!asked)
        f->bad |= json_array_append_new(f->not_asked, aq_data_text(v->name)) != 0;
    if (n < 2)
        return;
    json_t *files = json_array();
    for (size_t k = 0; k < n; k++)
        f->bad |= json_array_append_new(files, aq_data_text(v[k].path)) != 0;
    f->bad |= json_array_append_new(f->twice,
                                    aq_json_pack("{s:s, s:b, s:o}", "video", v->name,
                                                 "asked", asked, "files", files)) != 0;
}

/* Which of the files' names the annotations ask about; the names that are not there. */
static AqErr mark_asked_names(Folder *f, const AqDataRuns *asked)
{
    for (size_t k = 0; k < asked->n; k++) {
        const AqAnnotation *a = asked->v[k].first->a;
        const long at = aq_name_find_either(f->names, f->n, a->written, a->also);

        if (at < 0)
            return AQ_ERR_NOMEM;
        if ((size_t)at < f->n)
            f->asked[at] = 1;
        else
            f->bad |= json_array_append_new(f->missing, json_string(a->video)) != 0;
    }
    return AQ_OK;
}

/* Files by name, each name with all its files. */
static void add_names(Folder *f, const AqScan *s)
{
    for (size_t k = 0, next, name = 0; k < s->n; k = next, name++) {
        for (next = k + 1; next < s->n && !strcmp(s->v[k].name, s->v[next].name);)
            next++;
        add_name(f, s->v + k, next - k, f->asked[name]);
    }
}

static AqErr compare_folder_names(Folder *f, const AqDataRuns *asked, const AqScan *s)
{
    f->names = aq_alloc(s->n, sizeof *f->names);
    f->asked = aq_alloc(s->n, 1);
    if (!f->names || !f->asked)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < s->n; k++)
        if (f->n == 0 || strcmp(f->names[f->n - 1], s->v[k].name) != 0)
            f->names[f->n++] = s->v[k].name;
    const AqErr err = mark_asked_names(f, asked);
    if (err == AQ_OK)
        add_names(f, s);
    return err;
}

static json_t *folder_json(const AqDataRuns *asked, const AqScan *s, const char *folder)
{
    Folder f = {
        .missing = json_array(), .twice = json_array(), .not_asked = json_array()};

    f.bad = compare_folder_names(&f, asked, s) != AQ_OK;
    aq_free(f.names);
    aq_free(f.asked);
    json_t *out =
        aq_json_pack("{s:s, s:I, s:I, s:I, s:o, s:o, s:o}", "folder", folder, "files",
                     (json_int_t)s->n, "unread", (json_int_t)s->n_skipped, "asked",
                     (json_int_t)asked->n, "missing", f.missing, "duplicated", f.twice,
                     "not_asked", f.not_asked);
    if (f.bad) {
        json_decref(out);
        return NULL;
    }
    return out;
}

AqErr aq_data_folder(json_t **out, const AqDataSet *d, const char *folder)
{
    AqScan s;
    AqDataRuns asked = {0};

    *out = NULL;
    AqErr err = aq_scan(&s, &folder, 1);
    if (err != AQ_OK)
        return err;
    if (s.n > 0)
        qsort(s.v, s.n, sizeof *s.v, compare_items_by_name);
    err = aq_data_runs_init(&asked, d, aq_data_by_video, aq_data_by_video);
    if (err == AQ_OK && !(*out = folder_json(&asked, &s, folder)))
        err = aq_fail(AQ_ERR_NOMEM, "no memory for the report");
    aq_data_runs_clear(&asked);
    aq_scan_clear(&s);
    return err;
}
