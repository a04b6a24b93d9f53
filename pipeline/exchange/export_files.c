/* SPDX-License-Identifier: MIT */
/*
 * .npy and .npz. A file's content is emitted through a function; if the file exists,
 * twice: once to compare, and once to write it if it differs and may be replaced. So
 * nothing is written for files that are already right.
 */
#include "base/alloc.h"
#include "pipeline/exchange/export_priv.h"
#include "pipeline/exchange/feature_about.h"
#include "pipeline/exchange/formats/npy_write.h"
#include "pipeline/exchange/formats/zip_write.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
    MOST_FILE_NAME = 255, /* bytes, on common file systems */
    TEMPORARY = 24        /* added to a file's name while it is written */
};

/* ---- a file that is compared or written ---- */

typedef AqErr (*Emit)(const void *what, AqZipPut put, void *ctx);

typedef struct Compare {
    FILE *f;
    int same;
} Compare;

static AqErr compare_put(void *ctx, const void *data, size_t bytes)
{
    Compare *c = ctx;
    const unsigned char *p = data;
    unsigned char have[1 << 14];

    while (bytes && c->same) {
        const size_t n = bytes < sizeof have ? bytes : sizeof have;

        c->same = fread(have, 1, n, c->f) == n && memcmp(have, p, n) == 0;
        p += n;
        bytes -= n;
    }
    return AQ_OK;
}

static AqErr write_put(void *ctx, const void *data, size_t bytes)
{
    return aq_fs_write(ctx, data, bytes);
}

/* Opens an existing file for reading, but no device or FIFO: reading may never end. */
static FILE *open_there(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "rbe") : NULL;
}

/* *there: 0 no such file, 1 a different one, 2 an equal one. */
static AqErr compare_existing_file(const char *path, Emit emit, const void *what,
                                   int *there)
{
    Compare c = {.f = open_there(path), .same = 1};

    *there = 0;
    if (!c.f)
        return AQ_OK; /* if it is not a file, writing reports it */
    const AqErr err = emit(what, compare_put, &c);
    *there = c.same && fgetc(c.f) == EOF ? 2 : 1;
    (void)fclose(c.f); /* read only */
    return err;
}

static AqErr write_file(const char *path, Emit emit, const void *what)
{
    AqFsWriter f;
    AqErr err = aq_fs_mkdirs_for(path); /* one of many files in a folder */

    if (err == AQ_OK)
        err = aq_fs_write_begin(&f, path);
    if (err != AQ_OK)
        return err;
    err = emit(what, write_put, &f);
    if (err == AQ_OK)
        return aq_fs_write_commit(&f);
    aq_fs_write_abort(&f);
    return err;
}

static AqErr refuse_overwrite(const char *path)
{
    return aq_fail(
        AQ_ERR_MISMATCH,
        "%s: already exists with other content and was left as it is; choose another "
        "--out, or overwrite it with --force",
        path);
}

static AqErr place_export_file(const AqExportJob *j, const char *path, Emit emit,
                               const void *what, AqExportOutcome *outcome)
{
    int there = 0;
    AqErr err = compare_existing_file(path, emit, what, &there);

    *outcome = there == 2 ? AQ_EXPORT_EQUAL : AQ_EXPORT_WRITTEN;
    if (err != AQ_OK || there == 2)
        return err;
    if (there == 1 && !j->plan->force)
        return refuse_overwrite(path);
    return write_file(path, emit, what);
}

/* ---- one file of many videos ---- */

static AqErr same_files(const char *a, const char *b, int *same)
{
    char have[1 << 14];
    size_t n;
    FILE *f = fopen(a, "rb");

    if (!f)
        return aq_fail_errno(a);
    Compare c = {.f = fopen(b, "rb"), .same = 1};
    while (c.f && c.same && (n = fread(have, 1, sizeof have, f)) > 0)
        (void)compare_put(&c, have, n); /* cannot fail */
    *same = c.f && c.same && !ferror(f) && fgetc(c.f) == EOF;
    (void)fclose(f); /* read only, both */
    if (c.f)
        (void)fclose(c.f);
    return AQ_OK;
}

AqErr aq_export_end(AqExportJob *j, AqFsWriter *f, AqErr err)
{
    const char *path = j->plan->out;
    FILE *there = err == AQ_OK && f->temp_path ? open_there(path) : NULL;
    int same = 0;

    if (err == AQ_OK && fflush(f->f) != 0)
        err = aq_fail_errno(path);
    if (err == AQ_OK && there)
        err = same_files(f->temp_path, path, &same);
    if (err == AQ_OK && there && !same && !j->plan->force)
        err = refuse_overwrite(path);
    if (there)
        (void)fclose(there);
    if (err != AQ_OK || same)
        aq_fs_write_abort(f);
    else
        err = aq_fs_write_commit(f);
    if (err == AQ_OK)
        aq_export_tell(j, NULL, path, same ? AQ_EXPORT_EQUAL : AQ_EXPORT_WRITTEN);
    return err;
}

/* ---- npy ---- */

static AqErr emit_npy(const void *what, AqZipPut put, void *ctx)
{
    const AqExportArray *a = what;
    unsigned char head[AQ_NPY_HEAD];
    const void *bytes;
    void *owned;
    size_t n;
    AqErr err = aq_export_bytes(a, &bytes, &n, &owned);

    if (err == AQ_OK)
        err = put(ctx, head, aq_npy_head(head, a->as, a->n_dims, a->dims));
    if (err == AQ_OK)
        err = put(ctx, bytes, n);
    aq_free(owned);
    return err;
}

static AqErr emit_about(const void *what, AqZipPut put, void *ctx)
{
    const AqExportArray *a = what;
    const AqErr err = put(ctx, a->about, strlen(a->about));

    return err == AQ_OK ? put(ctx, "\n", 1) : err;
}

static AqErr check_length(const char *video, const char *suffix)
{
    if (strlen(video) + strlen(suffix) + TEMPORARY <= MOST_FILE_NAME)
        return AQ_OK;
    return aq_fail(AQ_ERR_UNSUPPORTED,
                   "%s: the name is too long for a file name ending in %s; export to "
                   "h5, safetensors or a single .npz instead",
                   video, suffix);
}

/* The description first: wherever there is an .npy, its description is there too. */
static AqErr npy_row(AqExportJob *j, const AqExportRow *r)
{
    AqExportArray a;
    AqExportOutcome outcome = AQ_EXPORT_WRITTEN;
    char *path =
        aq_strf("%s/%s/%s.npy", j->plan->out, aq_modality_name(r->kind), r->video);
    char *beside = path ? aq_strf("%s" AQ_ABOUT_SUFFIX, path) : NULL;
    int there = 0;
    AqErr err = beside ? check_length(r->video, ".npy" AQ_ABOUT_SUFFIX) : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = aq_export_load(j, r, &a);
    if (err == AQ_OK) {
        err = compare_existing_file(path, emit_npy, &a, &there);
        if (err == AQ_OK && there == 1 && !j->plan->force)
            err = refuse_overwrite(path);
        if (err == AQ_OK &&
            compare_existing_file(beside, emit_about, &a, &there) == AQ_OK &&
            there != 2)
            err = write_file(beside, emit_about, &a);
        if (err == AQ_OK)
            err = place_export_file(j, path, emit_npy, &a, &outcome);
        aq_export_array_clear(&a);
    }
    if (err == AQ_OK)
        aq_export_tell(j, r->video, path, outcome);
    j->sum->n_arrays += err == AQ_OK;
    aq_free(beside);
    aq_free(path);
    return err;
}

AqErr aq_export_npy(AqExportJob *j)
{
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < j->n; k++) {
        err = aq_export_stop_asked(j);
        if (err == AQ_OK)
            err = npy_row(j, &j->v[k]);
        (void)aq_export_is_skipped(j, j->v[k].video, &err);
    }
    return err;
}

/* ---- npz ---- */

/* `name` and its description as two members. */
static AqErr zip_array(AqZipWriter *z, const char *name, const AqExportArray *a)
{
    unsigned char head[AQ_NPY_HEAD];
    assert(a->about);
    const int64_t length = (int64_t)strlen(a->about);
    const void *bytes = NULL;
    void *owned = NULL;
    size_t n = 0;
    char *member = aq_strf("%s.npy", name);
    char *about = aq_strf(AQ_ABOUT_FOLDER "%s.npy", name);
    AqErr err = member && about ? aq_export_bytes(a, &bytes, &n, &owned) : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = aq_zip_put(z, member, head, aq_npy_head(head, a->as, a->n_dims, a->dims),
                         bytes, n);
    if (err == AQ_OK)
        err = aq_zip_put(z, about, head, aq_npy_head(head, AQ_U8, 1, &length), a->about,
                         (size_t)length);
    aq_free(owned);
    aq_free(member);
    aq_free(about);
    return err;
}

typedef struct FilePair {
    AqExportArray of[AQ_N_MODALITIES];
    int has[AQ_N_MODALITIES];
} FilePair;

static AqErr emit_pair(const void *what, AqZipPut put, void *ctx)
{
    const FilePair *p = what;
    AqZipWriter z = {.put = put, .ctx = ctx};
    AqErr err = AQ_OK;

    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++)
        if (p->has[m])
            err = zip_array(&z, aq_modality_name((AqModality)m), &p->of[m]);
    if (err == AQ_OK)
        err = aq_zip_put_end(&z);
    aq_zip_writer_clear(&z);
    return err;
}

/* Rows k..k+n-1 belong to one video. */
static AqErr load_pair(AqExportJob *j, const AqExportRow *r, size_t n, FilePair *p)
{
    AqErr err = AQ_OK;

    *p = (FilePair){0};
    for (size_t k = 0; err == AQ_OK && k < n; k++) {
        err = aq_export_load(j, &r[k], &p->of[r[k].kind]);
        p->has[r[k].kind] = err == AQ_OK;
        (void)aq_export_is_skipped(j, r[k].video, &err);
    }
    return err;
}

static AqErr npz_video(AqExportJob *j, const AqExportRow *r, size_t n)
{
    FilePair p;
    AqExportOutcome outcome;
    char *path = aq_strf("%s/%s.npz", j->plan->out, r->video);
    AqErr err = path ? check_length(r->video, ".npz") : AQ_ERR_NOMEM;

    if (err == AQ_OK) {
        err = load_pair(j, r, n, &p);
        if (err == AQ_OK && (p.has[AQ_AUDIO] || p.has[AQ_VISUAL])) {
            err = place_export_file(j, path, emit_pair, &p, &outcome);
            if (err == AQ_OK)
                aq_export_tell(j, r->video, path, outcome);
            j->sum->n_arrays += err == AQ_OK ? p.has[AQ_AUDIO] + p.has[AQ_VISUAL] : 0;
        }
        for (int m = 0; m < AQ_N_MODALITIES; m++)
            aq_export_array_clear(&p.of[m]);
    }
    aq_free(path);
    return err;
}

AqErr aq_export_npz(AqExportJob *j)
{
    AqErr err = AQ_OK;
    size_t n;

    for (size_t k = 0; err == AQ_OK && k < j->n; k += n) {
        for (n = 1; k + n < j->n && strcmp(j->v[k].video, j->v[k + n].video) == 0;)
            n++;
        err = aq_export_stop_asked(j);
        if (err == AQ_OK)
            err = npz_video(j, &j->v[k], n);
        (void)aq_export_is_skipped(j, j->v[k].video, &err);
    }
    return err;
}

static AqErr zip_row(AqExportJob *j, AqZipWriter *z, const AqExportRow *r)
{
    AqExportArray a = {0};
    char *name = NULL;
    AqErr err = aq_export_array_name(r, &name);

    if (err == AQ_OK)
        err = aq_export_load(j, r, &a);
    if (!aq_export_is_skipped(j, r->video, &err) && err == AQ_OK) {
        err = zip_array(z, name, &a);
        j->sum->n_arrays++;
    }
    aq_export_array_clear(&a);
    aq_free(name);
    return err;
}

AqErr aq_export_one_npz(AqExportJob *j)
{
    AqFsWriter f;
    AqErr err = aq_fs_write_begin(&f, j->plan->out);
    AqZipWriter z = {.put = write_put, .ctx = &f};

    if (err != AQ_OK)
        return err;
    for (size_t k = 0; err == AQ_OK && k < j->n; k++) {
        err = aq_export_stop_asked(j);
        if (err == AQ_OK)
            err = zip_row(j, &z, &j->v[k]);
    }
    if (err == AQ_OK)
        err = aq_zip_put_end(&z);
    aq_zip_writer_clear(&z);
    return aq_export_end(j, &f, err);
}
