/* SPDX-License-Identifier: MIT */
/*
 * Features out of the store and back: the same in every format, cut and padded as
 * asked, and never half a file; what others wrote in, and what is broken refused by
 * name.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "model/weights/npy.h"
#include "pipeline/exchange/export.h"
#include "pipeline/exchange/formats/h5_file.h"
#include "pipeline/exchange/formats/zip_write.h"
#include "pipeline/exchange/import_features.h"
#include "tests/unit/check.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { T = 3, C = 4, H = 2, W = 3, N_NAMES = 4, EACH = H * W * C };

static const char *const names[N_NAMES] = {"a.b", "100% of it", "gr\xC3\xBC\xC3\x9F",
                                           "plain"};
static const uint8_t presence[T] = {1, 0, 1};
static char dir[64], path[128];
static float rows[T * EACH];

static const AqProvenance made[AQ_N_MODALITIES] = {{.kind = AQ_AUDIO,
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

static int n_forms(void)
{
    return aq_hdf5_is_built() ? 5 : 4;
}

/* ---- folders and stores ---- */

static int fresh(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/aq_export_%ld", (long)getpid());
    (void)snprintf(path, sizeof path, "%s/store.db", dir);
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        rows[k] = (float)k * 0.37f - 5.0f;
    return mkdir(dir, 0755);
}

static int gone(void **state)
{
    char command[96];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static const char *at(const char *leaf)
{
    static char text[4][256];
    static int next;
    char *to = text[next++ % 4];

    (void)snprintf(to, sizeof text[0], "%s/%s", dir, leaf);
    return to;
}

static AqStoreVideo video(const char *name)
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

static void put(AqStore *s, const char *name)
{
    const AqStoreVideo v = video(name);
    const AqStoreFeatures f[] = {{.provenance = &made[AQ_AUDIO],
                                  .n_seconds = T,
                                  .h = 1,
                                  .w = 1,
                                  .c = C,
                                  .presence = presence,
                                  .data = rows,
                                  .dtype = AQ_FEATURE_F16},
                                 {.provenance = &made[AQ_VISUAL],
                                  .n_seconds = T,
                                  .h = H,
                                  .w = W,
                                  .c = C,
                                  .presence = presence,
                                  .data = rows,
                                  .dtype = AQ_FEATURE_F32}};

    CHECK_OK(aq_store_put_clip(s, &v, f, 2));
}

static AqStore *filled(void)
{
    AqStore *s = NULL;

    CHECK_OK(aq_store_open(&s, path, AQ_STORE_CREATE));
    for (int k = 0; k < N_NAMES; k++)
        put(s, names[k]);
    return s;
}

static AqStore *empty(const char *leaf)
{
    AqStore *s = NULL;

    CHECK_OK(aq_store_open(&s, at(leaf), AQ_STORE_CREATE));
    return s;
}

static AqExportPlan plan_of(AqStore *s, int form)
{
    static char out[256];

    (void)snprintf(out, sizeof out, "%s/%s", dir, forms[form].out);
    return (AqExportPlan){
        .store = s, .out = out, .format = forms[form].format, .want = {1, 1}};
}

static char said[2048];

static void keep_export(void *ctx, const AqExportResult *r)
{
    (void)ctx;
    if (r->outcome == AQ_EXPORT_SKIPPED)
        (void)snprintf(said, sizeof said, "%s", r->reason);
}

static void keep_import(void *ctx, const AqFeatureImportResult *r)
{
    (void)ctx;
    if (r->outcome == AQ_IMPORT_SKIPPED)
        (void)snprintf(said, sizeof said, "%s", r->reason);
}

static AqErr take_in(AqStore *s, const char *from, AqModality kind, const char *name,
                     AqFeatureImportSummary *sum)
{
    const AqFeatureImport plan = {
        .store = s, .kind = kind, .name = name, .result = keep_import};

    said[0] = '\0';
    return aq_import_features(sum, &from, 1, &plan);
}

/* ---- there and back ---- */

static void same_features(AqStore *a, AqStore *b, const char *name, AqModality m)
{
    AqStoredFeatures x, y;

    CHECK_OK(aq_store_get_features(a, name, m, 0, &x));
    CHECK_OK(aq_store_get_features(b, name, m, 0, &y));
    assert_string_equal(x.sha256, y.sha256); /* of shape, type, presence and bytes */
    aq_stored_features_clear(&x);
    aq_stored_features_clear(&y);
}

static void same_video(AqStore *a, AqStore *b, const char *name)
{
    AqStoreVideo x, y;

    CHECK_OK(aq_store_video_by_name(a, name, &x));
    CHECK_OK(aq_store_video_by_name(b, name, &y));
    assert_string_equal(x.sha256, y.sha256);
    assert_string_equal(x.path, y.path);
    assert_int_equal(x.bytes, y.bytes);
    assert_int_equal(x.mtime_ns, y.mtime_ns);
    assert_int_equal(x.duration_us, y.duration_us);
    assert_non_null(strstr(y.notes, "a fact"));
    assert_non_null(strstr(y.notes, "imported from"));
    aq_store_video_clear(&x);
    aq_store_video_clear(&y);
}

static void there_and_back(int form, int is_tchw)
{
    AqStore *s = filled(), *back = empty("back.db");
    AqExportPlan plan = plan_of(s, form);
    AqExportSummary sum;
    AqFeatureImportSummary in;
    int has = 0;

    plan.is_tchw = is_tchw;
    CHECK_OK(aq_export(&sum, &plan));
    assert_int_equal(sum.n_arrays, 2 * N_NAMES);
    assert_int_equal(sum.n_skipped, 0);
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        for (int again = 0; again < 2; again++) {
            CHECK_OK(take_in(back, plan.out, (AqModality)m, NULL, &in));
            assert_int_equal(in.n_skipped + in.n_unseen, 0);
            assert_int_equal(again ? in.n_current : in.n_made, N_NAMES);
        }
    for (int k = 0; k < N_NAMES; k++) {
        same_video(s, back, names[k]);
        for (int m = 0; m < AQ_N_MODALITIES; m++) {
            same_features(s, back, names[k], (AqModality)m);
            CHECK_OK(aq_store_has_features(back, names[k], &made[m], &has));
            assert_true(has);
        }
    }
    aq_store_close(&back);
    aq_store_close(&s);
}

static void every_format_comes_back(void **state)
{
    for (int form = 0; form < n_forms(); form++)
        for (int is_tchw = 0; is_tchw < 2; is_tchw++) {
            there_and_back(form, is_tchw);
            assert_int_equal(gone(state), 0);
            assert_int_equal(fresh(state), 0);
        }
}

/* ---- shapes and values of what goes out ---- */

static void check_npy(const char *leaf, AqDtype dtype, int n_dims, const int64_t *dims,
                      float *values)
{
    AqNpy a;

    CHECK_OK(aq_npy_read(&a, at(leaf)));
    assert_int_equal(a.dtype, dtype);
    assert_int_equal(a.n_dims, n_dims);
    assert_memory_equal(a.dims, dims, (size_t)n_dims * sizeof *dims);
    aq_npy_to_floats(&a, values);
    aq_npy_clear(&a);
}

static void length_and_layout_are_as_asked(void **state)
{
    AqStore *s = filled();
    AqExportPlan plan = plan_of(s, 0);
    AqExportSummary sum;
    float v[5 * EACH];
    char *about = NULL;
    size_t n = 0;

    (void)state;
    plan.length = 5;
    plan.pad = AQ_PAD_REPEAT_LAST;
    plan.is_tchw = 1;
    CHECK_OK(aq_export(&sum, &plan));
    check_npy("npy/visual/a.b.npy", AQ_F32, 4, (const int64_t[]){5, C, H, W}, v);
    for (int t = 0; t < 5; t++)
        for (int c = 0; c < C; c++)
            for (int cell = 0; cell < H * W; cell++)
                CHECK_NEAR(v[(t * C + c) * H * W + cell],
                           rows[((t < T ? t : T - 1) * H * W + cell) * C + c], 0, 0);
    check_npy("npy/audio/a.b.npy", AQ_F16, 2, (const int64_t[]){5, C}, v);
    for (int k = 0; k < C; k++)
        CHECK_NEAR(v[4 * C + k], rows[2 * C + k], 0, 1e-3); /* half precision */
    CHECK_OK(aq_fs_read(at("npy/audio/a.b.npy.json"), 1 << 20, &about, &n));
    assert_non_null(strstr(about, "\"presence\":\"10100\""));
    assert_non_null(strstr(about, "\"rows\":\"padded\""));
    aq_free(about);
    plan.pad = AQ_PAD_ZERO;
    plan.force = 1;
    CHECK_OK(aq_export(&sum, &plan));
    check_npy("npy/audio/a.b.npy", AQ_F16, 2, (const int64_t[]){5, C}, v);
    for (int k = 3 * C; k < 5 * C; k++)
        CHECK_NEAR(v[k], 0, 0, 0);
    plan.pad = AQ_PAD_NONE;
    CHECK_OK(aq_export(&sum, &plan));
    check_npy("npy/audio/a.b.npy", AQ_F16, 2, (const int64_t[]){T, C}, v);
    plan.length = 2;
    plan.dtype = AQ_EXPORT_F32;
    CHECK_OK(aq_export(&sum, &plan));
    check_npy("npy/audio/a.b.npy", AQ_F32, 2, (const int64_t[]){2, C}, v);
    aq_store_close(&s);
}

static void padded_rows_are_not_what_made_them(void **state)
{
    AqStore *s = filled(), *back = empty("back.db");
    AqExportPlan plan = plan_of(s, 0);
    AqExportSummary sum;
    AqFeatureImportSummary in;
    AqStoredFeatures f;

    (void)state;
    plan.length = 5;
    plan.pad = AQ_PAD_ZERO;
    CHECK_OK(aq_export(&sum, &plan));
    CHECK_OK(take_in(back, plan.out, AQ_AUDIO, NULL, &in));
    assert_int_equal(in.n_skipped, N_NAMES);
    assert_non_null(strstr(said, "padded"));
    CHECK_OK(take_in(back, plan.out, AQ_AUDIO, "padded ears", &in));
    assert_int_equal(in.n_made, N_NAMES);
    CHECK_OK(aq_store_get_features(back, "a.b", AQ_AUDIO, 0, &f));
    assert_memory_equal(f.presence, ((const uint8_t[]){1, 0, 1, 0, 0}), 5);
    aq_stored_features_clear(&f);
    aq_store_close(&back);
    aq_store_close(&s);
}

/* ---- what is there ---- */

static void what_is_there_is_respected(void **state)
{
    for (int form = 0; form < n_forms(); form++) {
        AqStore *s = filled();
        AqExportPlan plan = plan_of(s, form);
        AqExportSummary sum;
        const int files = form == 0 ? 2 * N_NAMES : form == 1 ? N_NAMES : 1;

        plan.result = keep_export;
        CHECK_OK(aq_export(&sum, &plan));
        assert_int_equal(sum.n_written, files);
        CHECK_OK(aq_export(&sum, &plan));
        assert_int_equal(sum.n_equal, files);
        assert_int_equal(sum.n_written, 0);
        plan.dtype = AQ_EXPORT_F32; /* the sound is in half precision */
        const AqErr err = aq_export(&sum, &plan);
        if (form < 2) {
            CHECK_OK(err);
            assert_int_equal(sum.n_skipped, N_NAMES);
            assert_non_null(strstr(said, "--force"));
        } else {
            assert_int_equal(err, AQ_ERR_MISMATCH);
        }
        plan.force = 1;
        CHECK_OK(aq_export(&sum, &plan));
        assert_int_equal(sum.n_written, form < 2 ? N_NAMES : 1);
        aq_store_close(&s);
    }
    (void)state;
}

static void sql(const char *text)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
}

/* One row of eight; with safetensors, whose header comes first, as well. */
static void a_damaged_row_is_left_out(void **state)
{
    AqStore *s = filled();

    aq_store_close(&s);
    sql("UPDATE features SET data = zeroblob(length(data)) WHERE provenance_id = 1 AND "
        "video_id = (SELECT id FROM videos WHERE name = 'plain')");
    for (int form = 0; form < n_forms(); form++) {
        AqStore *back = empty("back.db");
        AqExportSummary sum;
        AqFeatureImportSummary in;

        CHECK_OK(aq_store_open(&s, path, AQ_STORE_READ));
        AqExportPlan plan = plan_of(s, form);
        plan.result = keep_export;
        CHECK_OK(aq_export(&sum, &plan));
        assert_int_equal(sum.n_arrays, 2 * N_NAMES - 1);
        assert_int_equal(sum.n_skipped, 1);
        assert_non_null(strstr(said, "plain"));
        for (int m = 0; m < AQ_N_MODALITIES; m++) {
            CHECK_OK(take_in(back, plan.out, (AqModality)m, NULL, &in));
            assert_int_equal(in.n_made + in.n_current, N_NAMES - (m == AQ_AUDIO));
        }
        for (int k = 0; k < N_NAMES - 1; k++)
            same_features(s, back, names[k], AQ_AUDIO);
        aq_store_close(&back);
        aq_store_close(&s);
    }
    (void)state;
}

static void makes_and_videos_are_chosen(void **state)
{
    AqStore *s = filled();
    AqExportPlan plan = plan_of(s, 0);
    AqExportSummary sum;
    AqProvenance other = made[AQ_AUDIO];
    const AqStoreVideo v = video("a.b");
    AqStoreFeatures f = {.provenance = &other,
                         .n_seconds = T,
                         .h = 1,
                         .w = 1,
                         .c = 2,
                         .presence = presence,
                         .data = rows,
                         .dtype = AQ_FEATURE_F32};
    const int64_t first = 1, none = 77;
    const char *const wanted[] = {"a.b", "nobody", "a.b"};
    float values[T * C];

    (void)state;
    other.sampling = "another way";
    CHECK_OK(aq_store_put_clip(s, &v, &f, 1));
    assert_int_equal(aq_export(&sum, &plan), AQ_ERR_USAGE);
    assert_non_null(strstr(aq_err_text(), "\n  1: audio ears"));
    assert_non_null(strstr(aq_err_text(), "\n  3: audio ears"));
    plan.provenance = &none;
    plan.n_provenance = 1;
    assert_int_equal(aq_export(&sum, &plan), AQ_ERR_NOT_FOUND);
    plan.provenance = &first;
    plan.videos = wanted;
    plan.n_videos = 3;
    plan.result = keep_export;
    CHECK_OK(aq_export(&sum, &plan));
    assert_int_equal(sum.n_arrays, 2);
    assert_int_equal(sum.n_skipped, 1);
    assert_non_null(strstr(said, "nobody"));
    check_npy("npy/audio/a.b.npy", AQ_F16, 2, (const int64_t[]){T, C}, values);
    f.data = (const float[]){70000, 1, 2, 3, 4, 5}; /* too large for half */
    CHECK_OK(aq_store_put_clip(s, &v, &f, 1));
    plan.provenance = (const int64_t[]){3};
    plan.dtype = AQ_EXPORT_F16;
    plan.want[AQ_VISUAL] = 0;
    CHECK_OK(aq_export(&sum, &plan));
    assert_int_equal(sum.n_arrays, 0);
    assert_non_null(strstr(said, "70000"));
    aq_store_close(&s);
}

static int stop_after(void *ctx)
{
    int *left = ctx;

    return --*left < 0;
}

static void an_interrupted_export_goes_on(void **state)
{
    for (int form = 0; form < n_forms(); form++) {
        AqStore *s = filled();
        AqExportPlan plan = plan_of(s, form);
        AqExportSummary sum;
        int left = 2;
        struct stat st;

        plan.cancelled = stop_after;
        plan.ctx = &left;
        assert_int_equal(aq_export(&sum, &plan), AQ_ERR_CANCELLED);
        if (form >= 2) /* whole or not at all */
            assert_int_not_equal(stat(plan.out, &st), 0);
        else
            assert_int_equal(sum.n_written, 2);
        plan.cancelled = NULL;
        CHECK_OK(aq_export(&sum, &plan));
        assert_int_equal(sum.n_equal, form < 2 ? 2 : 0);
        aq_store_close(&s);
    }
    (void)state;
}

/* ---- what others wrote ---- */

static void write_file(const char *leaf, const void *bytes, size_t n)
{
    AqFsWriter f;

    CHECK_OK(aq_fs_mkdirs_for(at(leaf)));
    CHECK_OK(aq_fs_write_begin(&f, at(leaf)));
    CHECK_OK(aq_fs_write(&f, bytes, n));
    CHECK_OK(aq_fs_write_commit(&f));
}

/* A .npy of version 1 as numpy writes it. */
static void write_npy(const char *leaf, const char *descr, int fortran,
                      const char *shape, const void *data, size_t bytes)
{
    char file[8192] = "\x93NUMPY\x01";
    const int n = snprintf(file + 10, 256,
                           "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }\n",
                           descr, fortran ? "True" : "False", shape);

    file[8] = (char)n;
    memcpy(file + 10 + n, data, bytes);
    write_file(leaf, file, 10 + (size_t)n + bytes);
}

static void check_stored(AqStore *s, const char *name, AqModality m, int h, int w,
                         int c, const float *want)
{
    AqStoredFeatures f;

    CHECK_OK(aq_store_get_features(s, name, m, 0, &f));
    assert_int_equal(f.h, h);
    assert_int_equal(f.w, w);
    assert_int_equal(f.c, c);
    for (int k = 0; k < f.n_seconds * h * w * c; k++)
        CHECK_NEAR(f.data[k], want[k], 0, 0);
    for (int k = 0; k < f.n_seconds; k++)
        assert_int_equal(f.presence[k], 1);
    aq_stored_features_clear(&f);
}

static void numpy_files_of_all_kinds(void **state)
{
    static const float want[] = {1, -2.5f, 3, 0.25f, 5, -6};
    static const float fortran[] = {1, 0.25f, -2.5f, 5, 3, -6};
    static const double wide[] = {1, -2.5, 3, 0.25, 5, -6};
    unsigned char big[sizeof want];
    AqStore *s = empty("in.db");
    AqFeatureImportSummary in;

    (void)state;
    for (size_t k = 0; k < sizeof want; k++)
        big[k] = ((const unsigned char *)want)[k / 4 * 4 + 3 - k % 4];
    write_npy("f/c.order.npy", "<f4", 0, "2, 3", want, sizeof want);
    write_npy("f/fortran.npy", "<f4", 1, "2, 3", fortran, sizeof fortran);
    write_npy("f/double.npy", "<f8", 0, "2, 3", wide, sizeof wide);
    write_npy("f/big.npy", ">f4", 0, "2, 3", big, sizeof big);
    CHECK_OK(take_in(s, at("f"), AQ_VISUAL, "clip", &in));
    assert_string_equal(said, "");
    assert_int_equal(in.n_made, 4);
    assert_int_equal(in.n_unseen, 4);
    check_stored(s, "c.order", AQ_VISUAL, 1, 1, 3, want);
    check_stored(s, "fortran", AQ_VISUAL, 1, 1, 3, want);
    check_stored(s, "double", AQ_VISUAL, 1, 1, 3, want);
    check_stored(s, "big", AQ_VISUAL, 1, 1, 3, want);
    aq_store_close(&s);
}

static void layouts_are_told_apart_or_asked_for(void **state)
{
    AqStore *s = empty("in.db");
    AqFeatureImportSummary in;
    float turned[2 * 2 * 2 * 3];

    (void)state;
    for (int t = 0; t < 2; t++)
        for (int cell = 0; cell < 4; cell++)
            for (int c = 0; c < 3; c++)
                turned[(t * 3 + c) * 4 + cell] = rows[(t * 4 + cell) * 3 + c];
    write_npy("l/last.npy", "<f4", 0, "2, 2, 2, 3", rows, sizeof turned);
    write_npy("l/second.npy", "<f4", 0, "2, 3, 2, 2", turned, sizeof turned);
    CHECK_OK(take_in(s, at("l"), AQ_VISUAL, "clip", &in));
    assert_int_equal(in.n_made, 2);
    check_stored(s, "last", AQ_VISUAL, 2, 2, 3, rows);
    check_stored(s, "second", AQ_VISUAL, 2, 2, 3, rows);
    write_npy("doubt.npy", "<f4", 0, "1, 2, 2, 2", rows, 8 * sizeof *rows);
    assert_int_equal(take_in(s, at("doubt.npy"), AQ_VISUAL, "cube", &in), AQ_ERR_USAGE);
    assert_non_null(strstr(aq_err_text(), "--layout"));
    write_npy("oblong.npy", "<f4", 0, "1, 2, 3, 4", rows, 24 * sizeof *rows);
    assert_int_equal(take_in(s, at("oblong.npy"), AQ_VISUAL, "oblong", &in),
                     AQ_ERR_USAGE);
    const char *oblong = at("oblong.npy");
    const AqFeatureImport plan = {
        .store = s, .kind = AQ_VISUAL, .name = "oblong", .layout = AQ_LAYOUT_THWC};
    CHECK_OK(aq_import_features(&in, &oblong, 1, &plan));
    check_stored(s, "oblong", AQ_VISUAL, 2, 3, 4, rows);
    aq_store_close(&s);
}

static void what_cannot_be_used_is_named(void **state)
{
    float bad[2 * 3];
    const int64_t whole[6] = {0};
    AqStore *s = empty("in.db");
    AqFeatureImportSummary in;

    (void)state;
    memcpy(bad, rows, sizeof bad);
    bad[4] = NAN;
    write_npy("ok.npy", "<f4", 0, "2, 3", rows, sizeof bad);
    CHECK_OK(take_in(s, at("ok.npy"), AQ_AUDIO, "ears", &in));
    write_npy("nan.npy", "<f4", 0, "2, 3", bad, sizeof bad);
    CHECK_OK(take_in(s, at("nan.npy"), AQ_AUDIO, "ears", &in));
    assert_int_equal(in.n_skipped, 1);
    assert_non_null(strstr(said, "nan.npy"));
    assert_non_null(strstr(said, "second 1 (cell 0, 0, channel 1)"));
    write_npy("wide.npy", "<f4", 0, "1, 6", rows, sizeof bad);
    CHECK_OK(take_in(s, at("wide.npy"), AQ_AUDIO, "ears", &in));
    assert_non_null(strstr(said, "1x1x6"));
    assert_non_null(strstr(said, "1x1x3"));
    write_npy("whole.npy", "<i8", 0, "2, 3", whole, sizeof whole);
    CHECK_OK(take_in(s, at("whole.npy"), AQ_AUDIO, "ears", &in));
    assert_non_null(strstr(said, "I64"));
    write_npy("line.npy", "<f4", 0, "6", rows, sizeof bad);
    CHECK_OK(take_in(s, at("line.npy"), AQ_AUDIO, "ears", &in));
    assert_non_null(strstr(said, "[6]"));
    write_npy("none.npy", "<f4", 0, "0, 3", rows, 0);
    CHECK_OK(take_in(s, at("none.npy"), AQ_AUDIO, "ears", &in));
    assert_non_null(strstr(said, "[0, 3]"));
    write_npy("ok.npy", "<f4", 0, "2, 3", rows + 1, sizeof bad);
    CHECK_OK(take_in(s, at("ok.npy"), AQ_AUDIO, "ears", &in));
    assert_non_null(strstr(said, "--force"));
    check_stored(s, "ok", AQ_AUDIO, 1, 1, 3, rows);
    assert_int_equal(take_in(s, at("ok.npy"), AQ_AUDIO, NULL, &in), AQ_ERR_USAGE);
    assert_int_equal(take_in(s, at("nowhere"), AQ_AUDIO, "ears", &in),
                     AQ_ERR_NOT_FOUND);
    aq_store_close(&s);
}

/* ---- videos that were not seen ---- */

static void a_video_not_seen_is_taken_over(void **state)
{
    AqStore *s = empty("in.db");
    AqFeatureImportSummary in;
    AqStoreVideo v;
    AqStoreFeatures f = {.provenance = &made[AQ_AUDIO],
                         .n_seconds = T,
                         .h = 1,
                         .w = 1,
                         .c = C,
                         .presence = presence,
                         .data = rows,
                         .dtype = AQ_FEATURE_F16};
    int has = 0;

    (void)state;
    write_npy("a/v.npy", "<f4", 0, "3, 4", rows, sizeof *rows * 12);
    write_npy("b/v.npy", "<f4", 0, "3, 2, 2, 1", rows + 12, sizeof *rows * 12);
    write_npy("c/v.npy", "<f4", 0, "2, 4", rows, sizeof *rows * 8);
    CHECK_OK(take_in(s, at("a"), AQ_AUDIO, "ears", &in));
    CHECK_OK(take_in(s, at("b"), AQ_VISUAL, "eyes", &in)); /* joins it */
    assert_int_equal(in.n_made, 1);
    CHECK_OK(take_in(s, at("c"), AQ_AUDIO, "other ears", &in)); /* other length */
    assert_non_null(strstr(said, "have 2 seconds"));
    CHECK_OK(aq_store_video_by_name(s, "v", &v));
    assert_string_equal(v.path, "");
    assert_int_equal(v.has_audio + v.has_video, 2);
    assert_non_null(strstr(v.notes, "not seen"));
    aq_store_video_clear(&v);

    AqStoreVideo real = video("v"); /* as ingest puts it */
    assert_int_equal(aq_store_put_failure(s, &real, "decode", "broken"),
                     AQ_ERR_MISMATCH);
    real.n_seconds = f.n_seconds = 2; /* imported rows would be lost */
    assert_int_equal(aq_store_put_clip(s, &real, &f, 1), AQ_ERR_MISMATCH);
    real.n_seconds = f.n_seconds = T;
    CHECK_OK(aq_store_put_clip(s, &real, &f, 1));
    CHECK_OK(aq_store_video_by_name(s, "v", &v));
    assert_string_equal(v.path, "/videos/x.mp4");
    aq_store_video_clear(&v);
    const AqProvenance eyes = {.kind = AQ_VISUAL,
                               .extractor = "eyes",
                               .extractor_version = AQ_STORE_IMPORTED,
                               .weights = "",
                               .weights_sha256 = "",
                               .precision = "unknown",
                               .sampling = "imported; made elsewhere, a row a second",
                               .program = ""};
    CHECK_OK(aq_store_has_features(s, "v", &eyes, &has));
    assert_true(has);
    real.n_seconds = f.n_seconds = 2; /* the same content now, and still not lost */
    assert_int_equal(aq_store_put_clip(s, &real, &f, 1), AQ_ERR_MISMATCH);
    aq_store_close(&s);
}

static void videos_that_are_at_hand_are_looked_at(void **state)
{
    AqStore *s = empty("in.db");
    AqScan scan;
    AqStoreVideo v;
    AqFeatureImportSummary in;
    char sha[AQ_SHA256_HEX];
    const char *folder = at("videos"), *features = at("a");

    (void)state;
    write_npy("a/v.npy", "<f4", 0, "3, 4", rows, sizeof *rows * 12);
    CHECK_OK(take_in(s, features, AQ_AUDIO, "ears", &in));
    assert_int_equal(in.n_unseen, 1);
    write_file("videos/v.mp4", "moving pictures", 15);
    CHECK_OK(aq_sha256_file(at("videos/v.mp4"), sha));
    folder = at("videos");
    CHECK_OK(aq_scan(&scan, &folder, 1));
    const AqFeatureImport plan = {
        .store = s, .kind = AQ_AUDIO, .name = "ears", .videos = &scan};
    for (int again = 0; again < 2; again++) {
        features = at("a");
        CHECK_OK(aq_import_features(&in, &features, 1, &plan));
        assert_int_equal(again ? in.n_current : in.n_made, 1);
        assert_int_equal(in.n_unseen, 0);
    }
    CHECK_OK(aq_store_video_by_name(s, "v", &v));
    assert_string_equal(v.sha256, sha);
    assert_int_equal(v.bytes, 15);
    aq_store_video_clear(&v);
    aq_scan_clear(&scan);
    aq_store_close(&s);
}

/* ---- broken files ---- */

/* The file cut to `n` bytes, or with byte n changed. */
static void spoil(const char *leaf, const char *bytes, size_t size, size_t n, int cut)
{
    char *copy = aq_alloc(size + 1, 1);

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    copy[n] = (char)(copy[n] ^ 0x5A);
    write_file(leaf, copy, cut ? n : size);
    aq_free(copy);
}

/* Whatever is in the file: an answer, and a store that is sound. */
static void survive(AqStore *s, const char *leaf, int must_skip)
{
    AqFeatureImportSummary in;
    const char *from = at(leaf);
    const AqFeatureImport plan = {.store = s, .kind = AQ_VISUAL, .force = 1};
    const AqErr err = aq_import_features(&in, &from, 1, &plan);

    if (err != AQ_OK)
        assert_int_equal(err, AQ_ERR_USAGE);
    else if (must_skip)
        assert_true(in.n_skipped > 0 && in.n_made == 0);
}

/* What came through, under whatever name, has the values that went out. */
static AqErr check_row(void *arg, const AqFeatureRow *row)
{
    AqStoredFeatures f;

    CHECK_OK(aq_store_get_features(arg, row->video, row->kind, row->provenance_id, &f));
    assert_int_equal(f.n_seconds * f.h * f.w * f.c, T * EACH);
    assert_memory_equal(f.data, rows, sizeof rows);
    aq_stored_features_clear(&f);
    return AQ_OK;
}

static void broken_files_are_refused(void **state)
{
    const char *const leaves[] = {"npy/visual/a.b.npy", "npz/a.b.npz", "one.npz",
                                  "one.safetensors", "one.h5"};
    int64_t faults = 0;

    (void)state;
    for (int form = 0; form < n_forms(); form++) {
        AqStore *s = filled(), *back = empty("back.db");
        AqExportPlan plan = plan_of(s, form);
        AqExportSummary sum;
        char *bytes = NULL, leaf[32];
        size_t n = 0;

        CHECK_OK(aq_export(&sum, &plan));
        CHECK_OK(aq_fs_read(at(leaves[form]), 1 << 20, &bytes, &n));
        (void)snprintf(leaf, sizeof leaf, "bad%s", strrchr(leaves[form], '.'));
        for (size_t k = 0; k < n; k += n / 40 + 1) {
            spoil(leaf, bytes, n, k, 1);
            survive(back, leaf, 1);
        }
        for (size_t k = 0; k < n; k += n / 97 + 1) {
            spoil(leaf, bytes, n, k, 0);
            survive(back, leaf, k < 4); /* the magic */
            CHECK_OK(aq_store_each_feature(back, NULL, check_row, back));
        }
        CHECK_OK(aq_store_verify(back, NULL, NULL, &faults));
        assert_int_equal(faults, 0);
        aq_free(bytes);
        aq_store_close(&back);
        aq_store_close(&s);
    }
}

static void sizes_that_lie_cost_nothing(void **state)
{
    AqStore *s = empty("in.db");
    AqFeatureImportSummary in;
    char head[] = "........{\"audio/v\":{\"dtype\":\"F32\",\"shape\":[4000000,4000000],"
                  "\"data_offsets\":[0,16]}}0123456789abcdef";

    (void)state;
    memset(head, 0, 8);
    head[0] = (char)(sizeof head - 1 - 8 - 16);
    write_file("lie.safetensors", head, sizeof head - 1);
    write_npy("lie.npy", "<f4", 0, "86400, 65536", rows, 64);
    const size_t before = aq_alloc_stats().live_bytes;
    CHECK_OK(take_in(s, at("lie.safetensors"), AQ_AUDIO, "ears", &in));
    assert_int_equal(in.n_skipped, 1);
    CHECK_OK(take_in(s, at("lie.npy"), AQ_AUDIO, "ears", &in));
    assert_int_equal(in.n_skipped, 1);
    assert_non_null(strstr(said, "cut short"));
    assert_int_equal(aq_alloc_stats().live_bytes, before);
    aq_store_close(&s);
}

/* ---- archives that need ZIP64 ---- */

static AqErr to_file(void *ctx, const void *data, size_t bytes)
{
    return fwrite(data, 1, bytes, ctx) == bytes ? AQ_OK : AQ_ERR_IO;
}

static void zip_value(AqZipWriter *z, const char *name, float value)
{
    unsigned char head[AQ_NPY_HEAD];
    const int64_t one = 1;

    CHECK_OK(aq_zip_put(z, name, head, aq_npy_head(head, AQ_F32, 1, &one), &value,
                        sizeof value));
}

static void check_value(const AqWeights *w, const char *name, float want)
{
    float have = 0;
    const AqWeight *t = aq_weights_find(w, name);

    assert_non_null(t);
    CHECK_OK(aq_weight_to_floats(t, 0, 1, &have));
    CHECK_NEAR(have, want, 0, 0);
}

static void open_zip(AqZipWriter *z, FILE *f)
{
    *z = (AqZipWriter){.put = to_file, .ctx = f};
    assert_non_null(f);
}

static void close_zip(AqZipWriter *z, AqWeights **w, const char *leaf)
{
    CHECK_OK(aq_zip_put_end(z));
    assert_int_equal(fclose(z->ctx), 0);
    aq_zip_writer_clear(z);
    CHECK_OK(aq_weights_open(w, at(leaf)));
    CHECK_OK(aq_weights_check(*w));
}

/* A hole in the file stands for five gigabytes of members. */
static void large_archives_are_written(void **state)
{
    enum { MANY = 66000 };
    const uint64_t hole = (uint64_t)5 << 30;
    AqZipWriter z;
    AqWeights *w = NULL;
    char name[32];

    (void)state;
    open_zip(&z, fopen(at("far.npz"), "wb"));
    zip_value(&z, "near.npy", 1);
    assert_int_equal(fseek(z.ctx, (long)hole, SEEK_CUR), 0);
    z.at += hole;
    zip_value(&z, "far.npy", 2);
    close_zip(&z, &w, "far.npz");
    assert_int_equal(aq_weights_n(w), 2);
    check_value(w, "near", 1);
    check_value(w, "far", 2);
    aq_weights_unref(&w);
    open_zip(&z, fopen(at("many.npz"), "wb"));
    for (int k = 0; k < MANY; k++) {
        (void)snprintf(name, sizeof name, "%d.npy", k);
        zip_value(&z, name, (float)k);
    }
    close_zip(&z, &w, "many.npz");
    assert_int_equal(aq_weights_n(w), MANY);
    check_value(w, "65999", 65999);
    aq_weights_unref(&w);
}

/* ---- memory ---- */

static void memory_runs_out(int form, AqStore *s)
{
    AqExportSummary sum;
    AqFeatureImportSummary in;
    AqExportPlan plan = plan_of(s, form);
    long n;

    plan.force = 1;
    for (n = 1;; n++) {
        const size_t before = aq_alloc_stats().n_live;

        aq_alloc_fail_after(n);
        const AqErr err = aq_export(&sum, &plan);
        const int failed = aq_alloc_failed();
        aq_alloc_fail_after(0);
        assert_int_equal(aq_alloc_stats().n_live, before);
        if (!failed) {
            CHECK_OK(err);
            break;
        }
        assert_int_equal(err, AQ_ERR_NOMEM);
    }
    assert_true(n > 10);
    AqStore *back = empty("back.db");
    for (n = 1;; n++) { /* in half precision, and in float32 */
        const size_t before = aq_alloc_stats().n_live;

        aq_alloc_fail_after(n);
        AqErr err = take_in(back, plan.out, AQ_AUDIO, NULL, &in);
        if (err == AQ_OK)
            err = take_in(back, plan.out, AQ_VISUAL, NULL, &in);
        const int failed = aq_alloc_failed();
        aq_alloc_fail_after(0);
        assert_int_equal(aq_alloc_stats().n_live, before);
        if (!failed) {
            CHECK_OK(err);
            break;
        }
        assert_int_equal(err, AQ_ERR_NOMEM);
    }
    assert_true(n > 10);
    aq_store_close(&back);
}

static void memory_may_run_out_anywhere(void **state)
{
    AqStore *s = NULL;

    CHECK_OK(aq_store_open(&s, path, AQ_STORE_CREATE));
    put(s, names[0]);
    put(s, names[1]);
    for (int form = 0; form < n_forms(); form++)
        memory_runs_out(form, s);
    aq_store_close(&s);
    (void)state;
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, fresh, gone)
    const struct CMUnitTest tests[] = {CASE(every_format_comes_back),
                                       CASE(length_and_layout_are_as_asked),
                                       CASE(padded_rows_are_not_what_made_them),
                                       CASE(what_is_there_is_respected),
                                       CASE(a_damaged_row_is_left_out),
                                       CASE(makes_and_videos_are_chosen),
                                       CASE(an_interrupted_export_goes_on),
                                       CASE(numpy_files_of_all_kinds),
                                       CASE(layouts_are_told_apart_or_asked_for),
                                       CASE(what_cannot_be_used_is_named),
                                       CASE(a_video_not_seen_is_taken_over),
                                       CASE(videos_that_are_at_hand_are_looked_at),
                                       CASE(broken_files_are_refused),
                                       CASE(sizes_that_lie_cost_nothing),
                                       CASE(large_archives_are_written),
                                       CASE(memory_may_run_out_anywhere)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
