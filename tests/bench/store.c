/* SPDX-License-Identifier: MIT */
/*
 * Feature rows into a new store, a transaction a clip, and out of it again with their
 * digests checked: a minute of VGGish's and Swin-B's features in half precision.
 */
#include "tests/bench/bench.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CLIPS = 8, CLIPS_QUICK = 2, T = 60, GRID = 7, VISUAL = 1024, AUDIO = 128 };

typedef struct Rows {
    char *path;
    AqStore *store;
    int n_clips;
    uint8_t presence[T];
    float *data[AQ_N_MODALITIES];
    AqProvenance made_by[AQ_N_MODALITIES];
} Rows;

static const int dims[AQ_N_MODALITIES][3] = {{1, 1, AUDIO}, {GRID, GRID, VISUAL}};

static AqProvenance provenance(AqModality m)
{
    return (AqProvenance){.kind = m,
                          .extractor = m == AQ_AUDIO ? "vggish" : "swin_b",
                          .extractor_version = "1",
                          .weights = "seeded:1",
                          .weights_sha256 = "",
                          .precision = "f32",
                          .sampling = "bench",
                          .program = "bench"};
}

static AqErr rows_begin(Rows *r, const AqBench *b)
{
    *r = (Rows){.n_clips = aq_bench_options(b)->quick ? CLIPS_QUICK : CLIPS};
    r->path = aq_material_path(b, "store.db");
    memset(r->presence, 1, sizeof r->presence);
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        const size_t n = (size_t)T * (size_t)(dims[m][0] * dims[m][1] * dims[m][2]);

        r->made_by[m] = provenance((AqModality)m);
        r->data[m] = aq_alloc(n, sizeof *r->data[m]);
        if (!r->data[m])
            return AQ_ERR_NOMEM;
        aq_material_fill(r->data[m], n, (uint64_t)m + 1);
    }
    return r->path ? aq_fs_mkdirs_for(r->path) : AQ_ERR_NOMEM;
}

static void rows_clear(Rows *r)
{
    aq_store_close(&r->store);
    aq_free(r->path);
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        aq_free(r->data[m]);
}

static AqErr begin_anew(void *ctx)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    Rows *r = ctx;

    aq_store_close(&r->store);
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
        char *path = aq_strf("%s%s", r->path, ends[k]);

        if (!path)
            return AQ_ERR_NOMEM;
        (void)unlink(path);
        aq_free(path);
    }
    return aq_store_open(&r->store, r->path, AQ_STORE_CREATE);
}

static void name_of(int clip, char name[16])
{
    (void)snprintf(name, 16, "%08d", clip);
}

static AqErr put(Rows *r, int clip)
{
    char name[16];
    AqStoreVideo v = {.name = name,
                      .path = name,
                      .bytes = 1,
                      .duration_us = T * 1000000LL,
                      .n_seconds = T,
                      .has_audio = 1,
                      .has_video = 1};
    AqStoreFeatures f[AQ_N_MODALITIES];

    name_of(clip, name);
    (void)snprintf(v.sha256, sizeof v.sha256, "%064d", clip);
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        f[m] = (AqStoreFeatures){.provenance = &r->made_by[m],
                                 .n_rows = T,
                                 .h = dims[m][0],
                                 .w = dims[m][1],
                                 .c = dims[m][2],
                                 .presence = r->presence,
                                 .data = r->data[m],
                                 .dtype = AQ_FEATURE_F16};
    return aq_store_put_clip(r->store, &v, f, AQ_N_MODALITIES);
}

static AqErr write_all(void *ctx, int worker)
{
    Rows *r = ctx;
    AqErr err = AQ_OK;

    (void)worker;
    for (int k = 0; err == AQ_OK && k < r->n_clips; k++)
        err = put(r, k);
    return err;
}

static AqErr read_all(void *ctx, int worker)
{
    Rows *r = ctx;
    AqErr err = AQ_OK;

    (void)worker;
    for (int k = 0; err == AQ_OK && k < r->n_clips * AQ_N_MODALITIES; k++) {
        AqStoredFeatures f = {0};
        char name[16];

        name_of(k / AQ_N_MODALITIES, name);
        err = aq_store_get_features(r->store, name, (AqModality)(k % AQ_N_MODALITIES),
                                    0, &f);
        aq_stored_features_clear(&f);
    }
    return err;
}

static AqErr run(AqBench *b)
{
    Rows r;
    AqErr err = rows_begin(&r, b);
    AqMeasure m = {.subject = "store",
                   .name = "writing clips of 60 s, half precision",
                   .unit = "clip",
                   .work = r.n_clips,
                   .gbytes = 2e-9 * r.n_clips * T * (GRID * GRID * VISUAL + AUDIO),
                   .against = AQ_PEAK_MEMORY,
                   .threads = 1,
                   .before = begin_anew,
                   .run = write_all,
                   .ctx = &r};

    if (err == AQ_OK)
        err = aq_bench_measure(b, &m, NULL);
    if (err == AQ_OK && !r.store) { /* writing was not asked for */
        err = begin_anew(&r);
        if (err == AQ_OK)
            err = write_all(&r, 0);
    }
    (void)snprintf(m.name, sizeof m.name, "reading them, digests checked");
    m.before = NULL;
    m.run = read_all;
    if (err == AQ_OK)
        err = aq_bench_measure(b, &m, NULL);
    rows_clear(&r);
    return err;
}

const AqSubject aq_subject_store = {
    .name = "store", .about = "feature rows into the store and out of it", .run = run};
