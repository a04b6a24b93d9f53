/* SPDX-License-Identifier: MIT */
#include "tests/unit/pipeline/trip.h"

#include "base/fs/fs.h"
#include "pipeline/exchange/formats/h5_file.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const aq_trip_names[N_NAMES] = {"a.b", "100% of it", "gr\xC3\xBC\xC3\x9F",
                                            "plain"};
const uint8_t aq_trip_presence[T] = {1, 0, 1};
char aq_trip_path[128], aq_trip_said[2048];
float aq_trip_rows[T * EACH];
static char dir[64];

const AqProvenance aq_trip_made[AQ_N_MODALITIES] = {{.kind = AQ_AUDIO,
                                                     .extractor = "ears",
                                                     .extractor_version = "1",
                                                     .weights = "w",
                                                     .weights_sha256 = "",
                                                     .precision = "f32",
                                                     .sampling = "one way",
                                                     .program = "test 1"},
                                                    {.kind = AQ_VISUAL,
                                                     .extractor = "eyes",
                                                     .extractor_version = "2",
                                                     .weights = "w",
                                                     .weights_sha256 = "",
                                                     .precision = "f32",
                                                     .sampling = "one way",
                                                     .program = "test 1"}};

/* The forms that export has; the last part of where they go. */
static const struct {
    AqExportFormat format;
    const char *out;
} forms[] = {{AQ_EXPORT_NPY, "npy"},
             {AQ_EXPORT_NPZ, "npz"},
             {AQ_EXPORT_NPZ, "one.npz"},
             {AQ_EXPORT_SAFETENSORS, "one.safetensors"},
             {AQ_EXPORT_H5, "one.h5"}};

int aq_trip_n_forms(void)
{
    return aq_hdf5_is_built() ? 5 : 4;
}

int aq_trip_fresh(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/aq_export_%ld", (long)getpid());
    (void)snprintf(aq_trip_path, sizeof aq_trip_path, "%s/store.db", dir);
    for (size_t k = 0; k < sizeof aq_trip_rows / sizeof *aq_trip_rows; k++)
        aq_trip_rows[k] = (float)k * 0.37f - 5.0f;
    return mkdir(dir, 0755);
}

int aq_trip_gone(void **state)
{
    char command[96];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

const char *aq_trip_at(const char *leaf)
{
    static char text[4][256];
    static int next;
    char *to = text[next++ % 4];

    (void)snprintf(to, sizeof text[0], "%s/%s", dir, leaf);
    return to;
}

AqStoreVideo aq_trip_video(const char *name)
{
    AqStoreVideo v = {.name = name,
                      .path = "/videos/x.mp4",
                      .bytes = 10,
                      .mtime_ns = 20,
                      .duration_us = 2500000,
                      .n_seconds = T,
                      .has_audio = 1,
                      .has_video = 1,
                      .notes = "a fact"};

    memset(v.sha256, 'a', AQ_SHA256_HEX - 1);
    v.sha256[0] = (char)('0' + strlen(name) % 10);
    return v;
}

void aq_trip_put(AqStore *s, const char *name)
{
    const AqStoreVideo v = aq_trip_video(name);
    const AqStoreFeatures f[] = {{.provenance = &aq_trip_made[AQ_AUDIO],
                                  .n_rows = T,
                                  .h = 1,
                                  .w = 1,
                                  .c = C,
                                  .presence = aq_trip_presence,
                                  .data = aq_trip_rows,
                                  .dtype = AQ_FEATURE_F16},
                                 {.provenance = &aq_trip_made[AQ_VISUAL],
                                  .n_rows = T,
                                  .h = H,
                                  .w = W,
                                  .c = C,
                                  .presence = aq_trip_presence,
                                  .data = aq_trip_rows,
                                  .dtype = AQ_FEATURE_F32}};

    CHECK_OK(aq_store_put_clip(s, &v, f, 2));
}

AqStore *aq_trip_store(void)
{
    AqStore *s = NULL;

    CHECK_OK(aq_store_open(&s, aq_trip_path, AQ_STORE_CREATE));
    for (int k = 0; k < N_NAMES; k++)
        aq_trip_put(s, aq_trip_names[k]);
    return s;
}

AqStore *aq_trip_empty(const char *leaf)
{
    AqStore *s = NULL;

    CHECK_OK(aq_store_open(&s, aq_trip_at(leaf), AQ_STORE_CREATE));
    return s;
}

AqExportPlan aq_trip_plan(AqStore *s, int form)
{
    static char out[256];

    (void)snprintf(out, sizeof out, "%s/%s", dir, forms[form].out);
    return (AqExportPlan){
        .store = s, .out = out, .format = forms[form].format, .want = {1, 1}};
}

void aq_trip_keep_export(void *ctx, const AqExportResult *r)
{
    (void)ctx;
    if (r->outcome == AQ_EXPORT_SKIPPED)
        (void)snprintf(aq_trip_said, sizeof aq_trip_said, "%s", r->reason);
}

static void keep_import(void *ctx, const AqFeatureImportResult *r)
{
    (void)ctx;
    if (r->outcome == AQ_IMPORT_SKIPPED)
        (void)snprintf(aq_trip_said, sizeof aq_trip_said, "%s", r->reason);
}

AqErr aq_trip_import(AqStore *s, const char *from, AqModality kind, const char *name,
                     AqFeatureImportSummary *sum)
{
    const AqFeatureImport plan = {
        .store = s, .kind = kind, .name = name, .result = keep_import};

    aq_trip_said[0] = '\0';
    return aq_import_features(sum, &from, 1, &plan);
}

void aq_trip_same_features(AqStore *a, AqStore *b, const char *name, AqModality m)
{
    AqStoredFeatures x, y;

    CHECK_OK(aq_store_get_features(a, name, m, 0, &x));
    CHECK_OK(aq_store_get_features(b, name, m, 0, &y));
    assert_string_equal(x.sha256, y.sha256); /* of shape, type, presence and bytes */
    aq_stored_features_clear(&x);
    aq_stored_features_clear(&y);
}

void aq_trip_write(const char *leaf, const void *bytes, size_t n)
{
    AqFsWriter f;

    CHECK_OK(aq_fs_mkdirs_for(aq_trip_at(leaf)));
    CHECK_OK(aq_fs_write_begin(&f, aq_trip_at(leaf)));
    CHECK_OK(aq_fs_write(&f, bytes, n));
    CHECK_OK(aq_fs_write_commit(&f));
}

void aq_trip_write_npy(const char *leaf, const char *descr, int fortran,
                       const char *shape, const void *data, size_t bytes)
{
    char file[8192] = "\x93NUMPY\x01";
    const int n = snprintf(file + 10, 256,
                           "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }\n",
                           descr, fortran ? "True" : "False", shape);

    file[8] = (char)n;
    memcpy(file + 10 + n, data, bytes);
    aq_trip_write(leaf, file, 10 + (size_t)n + bytes);
}
