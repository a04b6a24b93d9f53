/* SPDX-License-Identifier: MIT */
/* HDF5 and safetensors: one file for all videos, written as the rows are read. */
#include "base/alloc.h"
#include "pipeline/exchange/export_priv.h"
#include "pipeline/exchange/feature_about.h"
#include "pipeline/exchange/formats/h5_file.h"

/* ---- HDF5 ---- */

static AqErr h5_row(AqExportJob *j, AqHdf5 *h, const AqExportRow *r)
{
    AqExportArray a = {0};
    const void *bytes = NULL;
    void *owned = NULL;
    size_t n = 0;
    char *name = NULL;
    AqErr err = aq_export_array_name(r, &name);

    if (err == AQ_OK)
        err = aq_export_load(j, r, &a);
    if (!aq_export_is_skipped(j, r->video, &err) && err == AQ_OK) {
        err = aq_export_bytes(&a, &bytes, &n, &owned);
        if (err == AQ_OK)
            err = aq_hdf5_put(h, name, a.n_dims, a.dims, bytes, a.as);
        if (err == AQ_OK)
            err = aq_hdf5_put_text(h, name, AQ_ABOUT_ATTRIBUTE, a.about);
        j->sum->n_arrays++;
    }
    aq_free(owned);
    aq_export_array_clear(&a);
    aq_free(name);
    return err;
}

AqErr aq_export_h5(AqExportJob *j)
{
    AqFsWriter f;
    AqHdf5 *h = NULL;

    AqErr err = aq_fs_write_begin_file(&f, j->plan->out, "HDF5");
    if (err != AQ_OK)
        return err;
    err = aq_hdf5_create(&h, f.temp_path); /* the same file: emptied, not replaced */
    for (size_t k = 0; err == AQ_OK && k < j->n; k++) {
        err = aq_export_stop_asked(j);
        if (err == AQ_OK)
            err = h5_row(j, h, &j->v[k]);
    }
    if (err == AQ_OK)
        err = aq_hdf5_finish(&h);
    aq_hdf5_close(&h);
    return aq_export_end(j, &f, err);
}

/* ---- safetensors ---- */

typedef struct Tensors {
    AqExportJob *j;
    size_t next; /* the row being written */
    AqExportArray now;
} Tensors;

/* Announces a row: the header needs all shapes before the first value. */
static AqErr announce_export_row(AqExportJob *j, AqWeightsWriter *w, AqExportRow *r)
{
    AqExportArray a = {0};
    char *name = NULL;
    AqErr err = aq_export_array_name(r, &name);

    if (err == AQ_OK)
        err = aq_export_describe(j, r, &a);
    if (err == AQ_OK)
        err = aq_weights_writer_add_later(w, name, a.n_dims, a.dims, a.as);
    if (err == AQ_OK)
        err = aq_weights_writer_meta(w, name, a.about);
    aq_export_array_clear(&a);
    aq_free(name);
    return err;
}

static AqErr fetch_export_tensor(void *ctx, AqWeightsWriter *w, const char *name,
                                 const float **data)
{
    Tensors *t = ctx;
    const AqExportRow *r = &t->j->v[t->next++];
    AqErr err = aq_export_stop_asked(t->j);

    *data = NULL;
    aq_export_array_clear(&t->now);
    if (err == AQ_OK)
        err = aq_export_load(t->j, r, &t->now);
    if (aq_export_is_skipped(t->j, r->video, &err))
        return aq_weights_writer_meta(w, name, NULL);
    if (err == AQ_OK)
        err = aq_weights_writer_meta(w, name, t->now.about);
    t->j->sum->n_arrays += err == AQ_OK;
    *data = t->now.data;
    return err;
}

/* Rows whose name the format cannot hold are reported and dropped from the list. */
static AqErr announce_all(AqExportJob *j, AqWeightsWriter *w)
{
    size_t n = 0;
    AqErr err = AQ_OK;

    for (size_t k = 0; k < j->n; k++) {
        if (err == AQ_OK)
            err = announce_export_row(j, w, &j->v[k]);
        if (aq_export_is_skipped(j, j->v[k].video, &err))
            aq_free(j->v[k].video);
        else
            j->v[n++] = j->v[k];
    }
    j->n = n;
    return err;
}

AqErr aq_export_safetensors(AqExportJob *j)
{
    AqFsWriter f;
    AqWeightsWriter *w = NULL;
    Tensors t = {.j = j};

    AqErr err = aq_weights_writer_new(&w);
    if (err == AQ_OK)
        err = announce_all(j, w);
    if (err == AQ_OK)
        err = aq_fs_write_begin_file(&f, j->plan->out, "a safetensors file of many");
    if (err == AQ_OK)
        err = aq_export_end(j, &f,
                            aq_weights_writer_write(w, &f, fetch_export_tensor, &t));
    aq_export_array_clear(&t.now);
    aq_weights_writer_free(&w);
    return err;
}
