/* SPDX-License-Identifier: MIT */
/* Finds the files of the paths and the arrays of the files, and stores each array. */
#include "pipeline/exchange/import_features.h"

#include "base/alloc.h"
#include "pipeline/exchange/import_priv.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* ---- reports ---- */

static int is_item(AqErr err)
{
    return err == AQ_ERR_FORMAT || err == AQ_ERR_UNSUPPORTED || err == AQ_ERR_NUMERIC ||
           err == AQ_ERR_MISMATCH || err == AQ_ERR_NOT_FOUND || err == AQ_ERR_IO;
}

static void report_import_result(AqImportJob *j, AqFeatureImportResult *r)
{
    j->sum->n_made += r->outcome == AQ_IMPORT_MADE;
    j->sum->n_current += r->outcome == AQ_IMPORT_CURRENT;
    j->sum->n_skipped += r->outcome == AQ_IMPORT_SKIPPED;
    j->sum->n_unseen += r->is_unseen;
    if (j->plan->result)
        j->plan->result(j->plan->ctx, r);
}

/* Reports the recorded error if it concerns this item only; the others go on. */
static AqErr pass_over(AqImportJob *j, AqErr err, const char *path, const char *video)
{
    AqFeatureImportResult r = {
        .path = path, .video = video, .outcome = AQ_IMPORT_SKIPPED};

    if (!is_item(err))
        return err;
    r.reason = aq_err_text();
    j->sum->refused[err]++;
    report_import_result(j, &r);
    return AQ_OK;
}

/* ---- one array ---- */

static AqErr take_grid(void *arg, const AqFeatureRow *row)
{
    AqImportJob *j = arg;

    if (row->provenance_id != j->provenance_id)
        return AQ_OK;
    j->h = row->h;
    j->w = row->w;
    j->c = row->c;
    return AQ_EOF; /* one is enough */
}

/* Rows of one provenance share one shape: the store's, else that of the first. */
static AqErr check_grid(AqImportRow *r)
{
    AqImportJob *j = r->job;
    int64_t id = 0;
    AqErr err = aq_store_find_provenance(j->plan->store, &r->provenance, &id);

    if (err == AQ_ERR_NOT_FOUND)
        return AQ_OK;
    if (err == AQ_OK && id != j->provenance_id) {
        j->provenance_id = id;
        j->c = 0;
        err = aq_store_each_feature(j->plan->store, NULL, take_grid, j);
        err = err == AQ_EOF ? AQ_OK : err;
    }
    if (err != AQ_OK || j->c == 0 || (j->h == r->h && j->w == r->w && j->c == r->c))
        return err;
    return aq_fail(
        AQ_ERR_MISMATCH,
        "are %dx%dx%d per row, but those of '%s' in the store are %dx%dx%d; use a "
        "different --name",
        r->h, r->w, r->c, r->provenance.extractor, j->h, j->w, j->c);
}

static int has_equal_times(const AqImportRow *r, const AqStoredFeatures *f)
{
    return !r->spans ||
           memcmp(f->spans, r->spans, (size_t)r->n_rows * sizeof *f->spans) == 0;
}

static int is_equal(const AqImportRow *r, const AqStoredFeatures *f)
{
    return f->n_rows == r->n_rows && f->dtype == r->dtype && f->h == r->h &&
           f->w == r->w && f->c == r->c && has_equal_times(r, f) &&
           memcmp(f->presence, r->presence, (size_t)r->n_rows) == 0 &&
           memcmp(f->data, r->data,
                  (size_t)r->n_rows * (size_t)r->h * (size_t)r->w * (size_t)r->c *
                      sizeof *r->data) == 0;
}

/* Does the store's row equal the new one, so that nothing need be written? */
static int is_import_settled(const AqImportRow *r)
{
    return r->has_known && strcmp(r->known.sha256, r->video.sha256) == 0 &&
           strcmp(r->known.path, r->video.path) == 0;
}

/* *current: equal features are stored. Different ones are AQ_ERR_MISMATCH unless they
 * may be replaced; a damaged row counts as none. */
static AqErr check_known_features(const AqImportRow *r, int *current)
{
    const AqFeatureImport *p = r->job->plan;
    AqStoredFeatures f;
    int has = 0;
    AqErr err = aq_store_has_features(p->store, r->name, &r->provenance, &has);

    *current = 0;
    if (err != AQ_OK || !has)
        return err;
    err = aq_store_get_features(p->store, r->name, p->kind, r->job->provenance_id, &f);
    if (err == AQ_ERR_FORMAT)
        return AQ_OK;
    if (err != AQ_OK)
        return err;
    const int equal = is_equal(r, &f);
    aq_stored_features_clear(&f);
    *current = equal && is_import_settled(r);
    return equal || p->force
               ? AQ_OK
               : aq_fail(AQ_ERR_MISMATCH,
                         "differ from the stored features of '%s'; --force replaces "
                         "those",
                         r->provenance.extractor);
}

static AqErr put_imported_features(const AqImportRow *r)
{
    const AqStoreFeatures f = {.provenance = &r->provenance,
                               .n_rows = r->n_rows,
                               .h = r->h,
                               .w = r->w,
                               .c = r->c,
                               .presence = r->presence,
                               .spans = r->spans,
                               .data = r->data,
                               .dtype = r->dtype};

    return aq_store_put_clip(r->job->plan->store, &r->video, &f, 1);
}

static AqErr import_row(AqImportRow *r, AqFeatureImportResult *out)
{
    int current = 0;
    AqErr err = aq_import_read(r);

    if (err == AQ_OK)
        err = check_grid(r);
    if (err == AQ_OK)
        err = aq_import_identify(r);
    if (err == AQ_OK)
        err = check_known_features(r, &current);
    if (err == AQ_OK && !current)
        err = put_imported_features(r);
    if (err != AQ_OK)
        return err;
    out->outcome = current ? AQ_IMPORT_CURRENT : AQ_IMPORT_MADE;
    out->n_seconds = r->video.n_seconds;
    out->h = r->h;
    out->w = r->w;
    out->c = r->c;
    out->is_unseen = !r->video.path[0];
    return AQ_OK;
}

static AqErr import_named(AqImportJob *j, AqFeatureSource *s, size_t k,
                          const char *path, const char *name)
{
    AqImportRow r = {.job = j, .source = s, .k = k, .path = path, .name = name};
    AqFeatureImportResult out = {.path = path, .video = name, .reason = ""};
    AqErr err = j->plan->cancelled && j->plan->cancelled(j->plan->ctx)
                    ? aq_fail(AQ_ERR_CANCELLED, "interrupted")
                    : import_row(&r, &out);

    if (err == AQ_OK)
        report_import_result(j, &out);
    else if (is_item(err))
        err = pass_over(j,
                        aq_err_prefix(err, "%s: %s features of %s", path,
                                      aq_modality_name(j->plan->kind), name),
                        path, name);
    aq_import_row_clear(&r);
    return err;
}

static AqErr import_array(AqImportJob *j, AqFeatureSource *s, size_t k,
                          const char *path, const char *called)
{
    char *name = NULL;
    AqErr err = aq_import_name(j, called, &name);

    if (err == AQ_OK)
        err = import_named(j, s, k, path, name);
    aq_free(name);
    return err;
}

/* The arrays of joined features: by their ids. */
static AqErr import_by_ids(AqImportJob *j, AqFeatureSource *s, const char *path)
{
    AqVideoIds *ids = NULL;
    AqErr err = aq_video_ids_new(&ids, j->plan);

    for (size_t k = 0; err == AQ_OK && k < aq_feature_source_n(s); k++) {
        const char *digits = aq_feature_source_video(s, k, j->plan->kind), *name;

        if (!digits)
            break;
        err = aq_video_ids_find(ids, digits, &name);
        err = err == AQ_OK ? import_named(j, s, k, path, name)
                           : pass_over(j, aq_err_prefix(err, "%s", path), path, digits);
    }
    aq_video_ids_free(&ids);
    return err;
}

/* The other arrays: by their names. */
static AqErr import_by_names(AqImportJob *j, AqFeatureSource *s, const char *path)
{
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < aq_feature_source_n(s); k++) {
        const char *name = aq_feature_source_video(s, k, j->plan->kind);

        if (name)
            err = import_array(j, s, k, path, name);
    }
    return err;
}

static int holds_any(const AqFeatureSource *s, AqModality kind)
{
    for (size_t k = 0; k < aq_feature_source_n(s); k++)
        if (aq_feature_source_video(s, k, kind))
            return 1;
    return 0;
}

/* ---- one file ---- */

static AqErr import_file(AqImportJob *j, const char *path)
{
    AqFeatureSource *s = NULL;
    AqErr err = aq_feature_source_open(&s, path);

    j->sum->n_files++;
    if (err != AQ_OK)
        return pass_over(j, err, path, "");
    err = aq_rows_are_clips(aq_feature_source_rows(s)) ? import_by_ids(j, s, path)
                                                       : import_by_names(j, s, path);
    if (err == AQ_OK && !holds_any(s, j->plan->kind))
        err = pass_over(j,
                        aq_fail(AQ_ERR_NOT_FOUND, "%s: holds no %s features", path,
                                aq_modality_name(j->plan->kind)),
                        path, "");
    aq_feature_source_close(&s);
    return err;
}

/* ---- paths ---- */

typedef struct Paths {
    char **v; /* owned */
    size_t n;
} Paths;

static AqErr append_import_path(Paths *p, const char *dir, const char *name)
{
    char **v = aq_grow(p->v, p->n, sizeof *v);

    if (!v)
        return AQ_ERR_NOMEM;
    p->v = v;
    p->v[p->n] = dir ? aq_strf("%s/%s", dir, name) : aq_strdup(name);
    return p->v[p->n++] ? AQ_OK : AQ_ERR_NOMEM;
}

static int is_features_name(const char *name)
{
    static const char *const endings[] = {"npy", "npz", "safetensors", "h5", "hdf5"};
    const char *dot = strrchr(name, '.');

    for (size_t k = 0; dot && k < sizeof endings / sizeof *endings; k++)
        if (name[0] != '.' && strcasecmp(dot + 1, endings[k]) == 0)
            return 1;
    return 0;
}

/* The files of a folder; a missing folder has none. */
static AqErr list_feature_files(Paths *p, const char *dir)
{
    AqErr err = AQ_OK;
    struct dirent *e;
    DIR *d = opendir(dir);

    if (!d)
        return errno == ENOENT || errno == ENOTDIR ? AQ_OK : aq_fail_errno(dir);
    while (err == AQ_OK && (e = readdir(d)))
        if (is_features_name(e->d_name))
            err = append_import_path(p, dir, e->d_name);
    (void)closedir(d);
    return err;
}

static int compare_import_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static AqErr list_import_folder(Paths *p, const char *dir, AqModality kind)
{
    const size_t from = p->n;
    char *below = aq_strf("%s/%s", dir, aq_modality_name(kind));
    AqErr err = below ? list_feature_files(p, dir) : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = list_feature_files(p, below);
    aq_free(below);
    if (err == AQ_OK && p->n == from)
        err = aq_fail(AQ_ERR_NOT_FOUND,
                      "%s: contains no feature files (npy, npz, safetensors, h5)", dir);
    if (err == AQ_OK)
        qsort(p->v + from, p->n - from, sizeof *p->v, compare_import_paths);
    return err;
}

static AqErr list_all(Paths *p, const char *const *paths, int n, AqModality kind)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < n; k++) {
        struct stat st;

        if (stat(paths[k], &st) != 0)
            err = aq_fail_errno(paths[k]);
        else if (S_ISDIR(st.st_mode))
            err = list_import_folder(p, paths[k], kind);
        else
            err = append_import_path(p, NULL, paths[k]);
    }
    return err;
}

AqErr aq_import_features(AqFeatureImportSummary *out, const char *const *paths,
                         int n_paths, const AqFeatureImport *plan)
{
    AqImportJob j = {.plan = plan, .sum = out};
    Paths p = {0};

    *out = (AqFeatureImportSummary){0};
    AqErr err = list_all(&p, paths, n_paths, plan->kind);
    for (size_t k = 0; err == AQ_OK && k < p.n; k++)
        err = import_file(&j, p.v[k]);
    for (size_t k = 0; k < p.n; k++)
        aq_free(p.v[k]);
    aq_free(p.v);
    return err;
}
