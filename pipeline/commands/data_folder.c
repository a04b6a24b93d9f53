/* SPDX-License-Identifier: MIT */
/* The videos asked about against those of a folder, by the names that ingest gives. */
#include "base/json.h"
#include "pipeline/commands/data_priv.h"
#include "pipeline/scan.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

typedef struct Folder {
    json_t *missing, *twice, *not_asked;
    int bad;
} Folder;

static int by_name(const void *a, const void *b)
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

/* Both in the order of their names. */
static void merge(Folder *f, const AqDataRuns *asked, const AqScan *s)
{
    size_t a = 0;

    for (size_t k = 0, next; k < s->n; k = next) {
        for (next = k + 1; next < s->n && !strcmp(s->v[k].name, s->v[next].name);)
            next++;
        int order = 1;
        while (a < asked->n &&
               (order = strcmp(asked->v[a].first->a->video, s->v[k].name)) < 0) {
            f->bad |= json_array_append_new(
                          f->missing, json_string(asked->v[a].first->a->video)) != 0;
            a++;
        }
        const int is_asked = a < asked->n && order == 0;
        add_name(f, s->v + k, next - k, is_asked);
        a += (size_t)is_asked;
    }
    for (; a < asked->n; a++)
        f->bad |= json_array_append_new(f->missing,
                                        json_string(asked->v[a].first->a->video)) != 0;
}

static json_t *folder_json(const AqDataRuns *asked, const AqScan *s, const char *folder)
{
    Folder f = {json_array(), json_array(), json_array(), 0};

    merge(&f, asked, s);
    json_t *out =
        aq_json_pack("{s:s, s:I, s:I, s:o, s:o, s:o}", "folder", folder, "files",
                     (json_int_t)s->n, "asked", (json_int_t)asked->n, "missing",
                     f.missing, "duplicated", f.twice, "not_asked", f.not_asked);
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
        qsort(s.v, s.n, sizeof *s.v, by_name);
    err = aq_data_runs_init(&asked, d, aq_data_by_video, aq_data_by_video);
    if (err == AQ_OK && !(*out = folder_json(&asked, &s, folder)))
        err = aq_fail(AQ_ERR_NOMEM, "no memory for the report");
    aq_data_runs_clear(&asked);
    aq_scan_clear(&s);
    return err;
}
