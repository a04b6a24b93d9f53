/* SPDX-License-Identifier: MIT */
/* HCRN's HDF5 (joined.h): the clips of all videos in one array, beside their ids. */
#include "base/alloc.h"
#include "pipeline/exchange/export_priv.h"
#include "pipeline/exchange/joined.h"

#include <stdlib.h>
#include <string.h>

/* A video of the job with its id. */
typedef struct WithId {
    int64_t id;
    const AqExportRow *row;
} WithId;

static int compare_by_id(const void *a, const void *b)
{
    const WithId *x = a, *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

/* Videos whose name ends in no number are reported and left out. */
static AqErr number_videos(AqExportJob *j, WithId *v, size_t *n)
{
    *n = 0;
    for (size_t k = 0; k < j->n; k++) {
        v[*n].row = &j->v[k];
        if (aq_video_id(j->v[k].video, &v[*n].id)) {
            ++*n;
            continue;
        }
        (void)aq_fail(AQ_ERR_UNSUPPORTED,
                      "%s: the name ends in no number, which would be its id in this "
                      "format",
                      j->v[k].video);
        aq_export_skip(j, j->v[k].video);
    }
    if (*n > 1)
        qsort(v, *n, sizeof *v, compare_by_id);
    for (size_t k = 1; k < *n; k++)
        if (v[k].id == v[k - 1].id)
            return aq_fail(AQ_ERR_MISMATCH,
                           "%s and %s both end in the id %lld; export one of them "
                           "(--video, --list)",
                           v[k - 1].row->video, v[k].row->video, (long long)v[k].id);
    return AQ_OK;
}

static AqRowPlan plan_of(const AqExportJob *j, int64_t provenance_id)
{
    for (size_t k = 0; k < j->made.n; k++)
        if (j->made.v[k].id == provenance_id)
            return aq_provenance_rows(&j->made.v[k]);
    return AQ_ROWS_SECONDS;
}

/* (N,K,M,C), or (N,K,C) of one vector a clip. All are of one make. */
static AqErr joined_shape(const AqExportJob *j, const WithId *v, size_t n, int *n_dims,
                          int64_t dims[4])
{
    const AqExportRow *r = v[0].row;
    const AqRowPlan plan = plan_of(j, r->provenance_id);
    char text[AQ_ROWS_TEXT];

    if (!aq_rows_are_clips(plan))
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: its visual features have rows of %s, but this format holds "
                       "clips: ingest with rows=8x16",
                       aq_store_path(j->plan->store), aq_rows_text(plan, text));
    const int64_t M = (int64_t)r->h * r->w;
    *n_dims = M > 1 ? 4 : 3;
    dims[0] = (int64_t)n;
    dims[1] = r->n_rows;
    dims[2] = M > 1 ? M : r->c;
    dims[3] = r->c;
    return AQ_OK;
}

static AqErr put_joined_video(AqExportJob *j, AqHdf5 *h, const char *name, size_t at,
                              const AqExportRow *r)
{
    AqExportArray a = {0};
    const void *bytes = NULL;
    void *owned = NULL;
    size_t n = 0;
    AqErr err = aq_export_load(j, r, &a);

    if (err == AQ_OK)
        err = aq_export_bytes(&a, &bytes, &n, &owned);
    if (err == AQ_OK)
        err = aq_hdf5_put_row(h, name, (int64_t)at, bytes);
    j->sum->n_arrays += err == AQ_OK;
    aq_free(owned);
    aq_export_array_clear(&a);
    return err == AQ_OK
               ? err
               : aq_err_prefix(err, "%s cannot be left out of a joined file", r->video);
}

static AqErr put_joined(AqExportJob *j, AqHdf5 *h, const WithId *v, size_t n)
{
    int n_dims = 0;
    int64_t dims[4], length = (int64_t)n, *ids = aq_alloc(n, sizeof *ids);
    AqErr err = ids ? joined_shape(j, v, n, &n_dims, dims) : AQ_ERR_NOMEM;
    const char *name = n_dims == 4 ? AQ_JOINED_FRAMES : AQ_JOINED_CLIPS;

    if (err == AQ_OK)
        err = aq_hdf5_put(h, name, n_dims, dims, NULL,
                          j->plan->dtype == AQ_EXPORT_F16 ? AQ_F16 : AQ_F32);
    for (size_t k = 0; err == AQ_OK && k < n; k++) {
        ids[k] = v[k].id;
        err = aq_export_stop_asked(j);
        if (err == AQ_OK)
            err = put_joined_video(j, h, name, k, v[k].row);
    }
    if (err == AQ_OK)
        err = aq_hdf5_put(h, AQ_JOINED_IDS, 1, &length, ids, AQ_I64);
    aq_free(ids);
    return err;
}

AqErr aq_export_joined(AqExportJob *j)
{
    AqFsWriter f;
    AqHdf5 *h = NULL;
    size_t n = 0;
    WithId *v = aq_alloc(j->n, sizeof *v);
    AqErr err = v ? number_videos(j, v, &n) : AQ_ERR_NOMEM;

    if (err == AQ_OK && n == 0)
        err = aq_fail(AQ_ERR_NOT_FOUND, "no video has an id: nothing was exported");
    if (err == AQ_OK)
        err = aq_fs_write_begin_file(&f, j->plan->out, "HDF5");
    if (err != AQ_OK) {
        aq_free(v);
        return err;
    }
    err = aq_hdf5_create(&h, f.temp_path);
    if (err == AQ_OK)
        err = put_joined(j, h, v, n);
    if (err == AQ_OK)
        err = aq_hdf5_finish(&h);
    aq_hdf5_close(&h);
    aq_free(v);
    return aq_export_end(j, &f, err);
}
