/* SPDX-License-Identifier: MIT */
/* Selects the rows to export: one provenance per modality, of the requested videos. */
#include "pipeline/exchange/export.h"

#include "base/alloc.h"
#include "pipeline/exchange/export_priv.h"

#include <stdlib.h>
#include <string.h>

/* ---- the rows ---- */

typedef struct ExportGather {
    AqExportJob *job;
    char **wanted; /* (n) owned, sorted, no duplicates; empty: all */
    char *found;   /* (n) */
    size_t n;
} ExportGather;

static int compare_wanted_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int is_named(const AqExportPlan *p, int64_t id)
{
    for (int k = 0; k < p->n_provenance; k++)
        if (p->provenance[k] == id)
            return 1;
    return 0;
}

static const AqProvenance *made_by(const AqExportJob *j, int64_t id)
{
    for (size_t k = 0; k < j->made.n; k++)
        if (j->made.v[k].id == id)
            return &j->made.v[k];
    return NULL;
}

/* Was a provenance of this modality named? Then only that one counts. */
static int kind_is_named(const AqExportJob *j, AqModality m)
{
    for (int k = 0; k < j->plan->n_provenance; k++) {
        const AqProvenance *p = made_by(j, j->plan->provenance[k]);

        if (p && p->kind == m)
            return 1;
    }
    return 0;
}

static AqErr gather_row(void *arg, const AqFeatureRow *row)
{
    ExportGather *g = arg;
    AqExportJob *j = g->job;
    const AqExportPlan *p = j->plan;

    if (!p->want[row->kind] || (p->format == AQ_EXPORT_HCRN && row->kind != AQ_VISUAL))
        return AQ_OK;
    if (g->n) {
        char **at = bsearch(&row->video, g->wanted, g->n, sizeof *g->wanted,
                            compare_wanted_names);
        if (!at)
            return AQ_OK;
        g->found[at - g->wanted] = 1;
    }
    if (kind_is_named(j, row->kind) && !is_named(p, row->provenance_id))
        return AQ_OK;
    AqExportRow *v = aq_grow(j->v, j->n, sizeof *v);
    if (!v)
        return AQ_ERR_NOMEM;
    j->v = v;
    AqExportRow *r = &j->v[j->n];
    *r = (AqExportRow){.video = aq_strdup(row->video),
                       .kind = row->kind,
                       .provenance_id = row->provenance_id,
                       .n_rows = row->n_rows,
                       .h = row->h,
                       .w = row->w,
                       .c = row->c,
                       .dtype = row->dtype};
    if (!r->video)
        return AQ_ERR_NOMEM;
    j->n++;
    return AQ_OK;
}

static void tell_missing(ExportGather *g)
{
    for (size_t k = 0; k < g->n; k++) {
        if (g->found[k])
            continue;
        (void)aq_fail(AQ_ERR_NOT_FOUND, "%s: holds no such features of %s",
                      aq_store_path(g->job->plan->store), g->wanted[k]);
        aq_export_skip(g->job, g->wanted[k]);
    }
}

/* The requested names as the store spells them, each once. */
static AqErr set_wanted(ExportGather *g)
{
    const AqExportPlan *p = g->job->plan;
    const size_t n = (size_t)p->n_videos;
    AqErr err = AQ_OK;
    size_t n_all = 0;

    g->wanted = aq_alloc(n, sizeof *g->wanted);
    g->found = aq_alloc(n, 1);
    if (!g->wanted || !g->found)
        return AQ_ERR_NOMEM;
    for (; err == AQ_OK && n_all < n; n_all++) {
        err = aq_store_find_name(p->store, p->videos[n_all], &g->wanted[n_all]);
        if (err == AQ_ERR_NOT_FOUND)
            g->wanted[n_all] = aq_strdup(p->videos[n_all]);
        err = err == AQ_ERR_NOT_FOUND ? AQ_OK : err;
        if (err == AQ_OK && !g->wanted[n_all])
            err = AQ_ERR_NOMEM;
        g->n = n_all + (err == AQ_OK);
    }
    if (err != AQ_OK || n == 0)
        return err;
    qsort(g->wanted, n, sizeof *g->wanted, compare_wanted_names);
    g->n = 0;
    for (size_t k = 0; k < n; k++)
        if (g->n == 0 || strcmp(g->wanted[g->n - 1], g->wanted[k]) != 0)
            g->wanted[g->n++] = g->wanted[k];
        else
            aq_free(g->wanted[k]);
    return AQ_OK;
}

static AqErr gather_export_rows(AqExportJob *j)
{
    ExportGather g = {.job = j};
    AqErr err = set_wanted(&g);

    if (err == AQ_OK)
        err = aq_store_each_feature(j->plan->store, NULL, gather_row, &g);
    if (err == AQ_OK)
        tell_missing(&g);
    for (size_t k = 0; k < g.n; k++)
        aq_free(g.wanted[k]);
    aq_free(g.wanted);
    aq_free(g.found);
    return err;
}

/* ---- one provenance per modality ---- */

static int has_rows(const AqExportJob *j, int64_t id)
{
    for (size_t k = 0; k < j->n; k++)
        if (j->v[k].provenance_id == id)
            return 1;
    return 0;
}

/* "\n  3: visual swin_t 1, ..." for those of this modality that have rows. Gives; NULL
 * when out of memory. */
static char *list_makes(const AqExportJob *j, AqModality m, int *n)
{
    char *list = aq_strdup("");

    *n = 0;
    for (size_t k = 0; list && k < j->made.n; k++) {
        const AqProvenance *p = &j->made.v[k];

        if (p->kind != m || !has_rows(j, p->id))
            continue;
        char *line = aq_provenance_line(p);
        char *more =
            line ? aq_strf("%s\n  %lld: %s", list, (long long)p->id, line) : NULL;
        aq_free(line);
        aq_free(list);
        list = more;
        ++*n;
    }
    return list;
}

static AqErr check_makes(const AqExportJob *j)
{
    AqErr err = AQ_OK;

    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++) {
        int n = 0;
        char *list = list_makes(j, (AqModality)m, &n);

        if (!list)
            err = AQ_ERR_NOMEM;
        else if (n > 1)
            err = aq_fail(AQ_ERR_USAGE,
                          "%s: holds %s features of %d different makes; choose one "
                          "with --provenance NUMBER:%s",
                          aq_store_path(j->plan->store),
                          aq_modality_name((AqModality)m), n, list);
        aq_free(list);
    }
    return err;
}

static AqErr check_named(const AqExportJob *j)
{
    for (int k = 0; k < j->plan->n_provenance; k++) {
        const AqProvenance *p = made_by(j, j->plan->provenance[k]);

        if (!p)
            return aq_fail(
                AQ_ERR_NOT_FOUND,
                "--provenance %lld: no features in %s have this number; `store "
                "export` without --provenance lists the numbers if there are several",
                (long long)j->plan->provenance[k], aq_store_path(j->plan->store));
        if (!j->plan->want[p->kind])
            return aq_fail(AQ_ERR_USAGE,
                           "--provenance %lld: it made %s features, which were not "
                           "requested",
                           (long long)p->id, aq_modality_name(p->kind));
    }
    return AQ_OK;
}

static int by_video_and_kind(const void *a, const void *b)
{
    const AqExportRow *x = a, *y = b;
    const int c = strcmp(x->video, y->video);

    return c ? c : (int)x->kind - (int)y->kind;
}

static AqErr choose_export_rows(AqExportJob *j)
{
    AqErr err = aq_store_list_provenance(j->plan->store, &j->made);

    if (err == AQ_OK)
        err = check_named(j);
    if (err == AQ_OK)
        err = gather_export_rows(j);
    if (err == AQ_OK)
        err = check_makes(j);
    if (err == AQ_OK && j->n == 0)
        err = aq_fail(AQ_ERR_NOT_FOUND,
                      "%s: holds no features to export; run `avqa-pipe ingest` or "
                      "`avqa-pipe store import` first",
                      aq_store_path(j->plan->store));
    if (err == AQ_OK)
        qsort(j->v, j->n, sizeof *j->v, by_video_and_kind);
    return err;
}

/* ---- the whole export ---- */

static int ends_in(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);

    return n > m && strcmp(text + n - m, end) == 0;
}

int aq_export_is_one_file(const AqExportPlan *plan)
{
    return plan->format == AQ_EXPORT_H5 || plan->format == AQ_EXPORT_SAFETENSORS ||
           plan->format == AQ_EXPORT_HCRN ||
           (plan->format == AQ_EXPORT_NPZ && ends_in(plan->out, ".npz"));
}

AqErr aq_export(AqExportSummary *out, const AqExportPlan *plan)
{
    AqExportJob j = {.plan = plan, .sum = out};

    *out = (AqExportSummary){0};
    AqErr err = choose_export_rows(&j);
    if (err == AQ_OK && plan->format == AQ_EXPORT_NPY)
        err = aq_export_npy(&j);
    else if (err == AQ_OK && plan->format == AQ_EXPORT_NPZ)
        err = aq_export_is_one_file(plan) ? aq_export_one_npz(&j) : aq_export_npz(&j);
    else if (err == AQ_OK && plan->format == AQ_EXPORT_H5)
        err = aq_export_h5(&j);
    else if (err == AQ_OK && plan->format == AQ_EXPORT_HCRN)
        err = aq_export_joined(&j);
    else if (err == AQ_OK)
        err = aq_export_safetensors(&j);
    for (size_t k = 0; k < j.n; k++)
        aq_free(j.v[k].video);
    aq_free(j.v);
    aq_provenance_list_clear(&j.made);
    return err;
}
