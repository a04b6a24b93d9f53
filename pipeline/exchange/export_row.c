/* SPDX-License-Identifier: MIT */
/* Prepares one stored row for export: length, layout, type and description. */
#include "base/alloc.h"
#include "base/half.h"
#include "base/text/text.h"
#include "pipeline/exchange/export_priv.h"
#include "pipeline/exchange/feature_about.h"

#include <math.h>
#include <string.h>

#define HALF_MOST 65504.0f

AqErr aq_export_stop_asked(const AqExportJob *j)
{
    return j->plan->cancelled && j->plan->cancelled(j->plan->ctx)
               ? aq_fail(AQ_ERR_CANCELLED, "interrupted")
               : AQ_OK;
}

void aq_export_tell(AqExportJob *j, const char *video, const char *path,
                    AqExportOutcome outcome)
{
    const AqExportResult r = {.video = video,
                              .path = path,
                              .outcome = outcome,
                              .reason =
                                  outcome == AQ_EXPORT_SKIPPED ? aq_err_text() : ""};

    j->sum->n_written += outcome == AQ_EXPORT_WRITTEN;
    j->sum->n_equal += outcome == AQ_EXPORT_EQUAL;
    j->sum->n_skipped += outcome == AQ_EXPORT_SKIPPED;
    if (j->plan->result)
        j->plan->result(j->plan->ctx, &r);
}

void aq_export_skip(AqExportJob *j, const char *video)
{
    aq_export_tell(j, video, "", AQ_EXPORT_SKIPPED);
}

int aq_export_is_skipped(AqExportJob *j, const char *video, AqErr *err)
{
    if (*err != AQ_ERR_FORMAT && *err != AQ_ERR_NUMERIC && *err != AQ_ERR_NOT_FOUND &&
        *err != AQ_ERR_UNSUPPORTED && *err != AQ_ERR_MISMATCH)
        return 0;
    aq_export_skip(j, video);
    *err = AQ_OK;
    return 1;
}

AqErr aq_export_array_name(const AqExportRow *r, char **out)
{
    *out = NULL;
    if (!aq_text_is_utf8(r->video, strlen(r->video)))
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: the name is not valid UTF-8, which this format requires; "
                       "use --format npy",
                       r->video);
    *out = aq_strf("%s/%s", aq_modality_name(r->kind), r->video);
    return *out ? AQ_OK : AQ_ERR_NOMEM;
}

/* ---- shape and description ---- */

static int length_out(const AqExportPlan *p, int n_rows)
{
    if (p->length == 0 || (p->pad == AQ_PAD_NONE && n_rows < p->length))
        return n_rows;
    return p->length;
}

static void set_shape(const AqExportPlan *p, const AqExportRow *r, AqExportArray *a)
{
    const int64_t t = length_out(p, r->n_rows), h = r->h, w = r->w, c = r->c;
    const int is_flat = r->kind == AQ_AUDIO && h == 1 && w == 1;
    const AqExportArray shape =
        is_flat      ? (AqExportArray){.n_dims = 2, .dims = {t, c}}
        : p->is_tchw ? (AqExportArray){.n_dims = 4, .dims = {t, c, h, w}}
                     : (AqExportArray){.n_dims = 4, .dims = {t, h, w, c}};

    *a = shape;
    a->count = (size_t)t * (size_t)h * (size_t)w * (size_t)c;
    const int is_half = p->dtype == AQ_EXPORT_F16 ||
                        (p->dtype == AQ_EXPORT_AS_STORED &&
                         r->dtype == AQ_FEATURE_F16 && p->format != AQ_EXPORT_HCRN);
    a->as = is_half ? AQ_F16 : AQ_F32;
}

/* When the exported rows begin and end, 0 for padding; NULL if rows are seconds. Gives.
 */
static AqErr get_spans_out(const AqExportJob *j, const AqExportRow *r,
                           const AqProvenance *p, size_t n_out, AqRowSpan **out)
{
    AqRowSpan *own = NULL;
    int n = 0;

    *out = NULL;
    if (aq_rows_are_seconds(aq_provenance_rows(p)))
        return AQ_OK;
    AqErr err =
        aq_store_get_spans(j->plan->store, r->video, r->provenance_id, &own, &n);
    if (err == AQ_OK && !(*out = aq_alloc(n_out, sizeof **out)))
        err = AQ_ERR_NOMEM;
    for (size_t k = 0; err == AQ_OK && k < n_out && k < (size_t)n; k++)
        (*out)[k] = own[k];
    aq_free(own);
    return err;
}

static AqErr set_about(const AqExportJob *j, const AqExportRow *r, const char *presence,
                       const char *values_sha256, AqExportArray *a)
{
    AqRowSpan *spans = NULL;
    AqFeatureAbout about = {.presence = presence,
                            .is_tchw = a->n_dims == 4 && j->plan->is_tchw,
                            .rows = a->dims[0] < r->n_rows   ? AQ_ROWS_CUT
                                    : a->dims[0] > r->n_rows ? AQ_ROWS_PADDED
                                                             : AQ_ROWS_AS_MADE};
    AqErr err = aq_store_video_by_name(j->plan->store, r->video, &about.video);

    memcpy(about.values_sha256, values_sha256, AQ_SHA256_HEX);
    for (size_t k = 0; k < j->made.n; k++)
        if (j->made.v[k].id == r->provenance_id)
            about.provenance = j->made.v[k];
    if (err == AQ_OK)
        err = get_spans_out(j, r, &about.provenance, strlen(presence), &spans);
    about.spans = spans;
    if (err == AQ_OK)
        err = aq_feature_about_write(&about, &a->about);
    aq_free(spans);
    aq_store_video_clear(&about.video);
    return err;
}

AqErr aq_export_describe(const AqExportJob *j, const AqExportRow *r, AqExportArray *a)
{
    char any_sha256[AQ_SHA256_HEX] = "";

    set_shape(j->plan, r, a);
    char *any = aq_alloc((size_t)a->dims[0] + 1, 1);
    if (!any)
        return AQ_ERR_NOMEM;
    memset(any, '0', (size_t)a->dims[0]);
    memset(any_sha256, '0', AQ_SHA256_HEX - 1);
    const AqErr err = set_about(j, r, any, any_sha256, a);
    aq_free(any);
    return err;
}

/* ---- values ---- */

/* Row t of the array from stored row `from`: (h,w,c) or (c,h,w). */
static void copy_export_row(float *to, const float *from, const AqExportRow *r,
                            int is_tchw)
{
    const size_t cells = (size_t)r->h * (size_t)r->w, c = (size_t)r->c;

    if (!is_tchw) {
        memcpy(to, from, cells * c * sizeof *to);
        return;
    }
    for (size_t k = 0; k < c; k++)
        for (size_t cell = 0; cell < cells; cell++)
            to[k * cells + cell] = from[cell * c + k];
}

/* Row t of the export, in the store's layout; NULL if it is all zeros. */
static const float *row_at(const AqExportPlan *p, const AqStoredFeatures *f, int t)
{
    const size_t each = (size_t)f->h * (size_t)f->w * (size_t)f->c;

    if (t >= f->n_rows && p->pad != AQ_PAD_REPEAT_LAST)
        return NULL;
    return f->data + (size_t)(t < f->n_rows ? t : f->n_rows - 1) * each;
}

static void fill_export_array(const AqExportPlan *p, const AqExportRow *r,
                              const AqStoredFeatures *f, AqExportArray *a)
{
    const size_t each = a->count / (size_t)a->dims[0];

    for (int t = 0; t < (int)a->dims[0]; t++) {
        const float *from = row_at(p, f, t);

        if (from)
            copy_export_row(a->data + (size_t)t * each, from, r,
                            a->n_dims == 4 && p->is_tchw);
    }
}

/* Digest of the values as a reader sees them, in the store's layout as float32. */
static AqErr digest_export_array(const AqExportPlan *p, const AqStoredFeatures *f,
                                 const AqExportArray *a, char hex[AQ_SHA256_HEX])
{
    const size_t each = a->count / (size_t)a->dims[0];
    AqSha256 *sha = NULL;
    float *row = aq_alloc(each, sizeof *row);
    uint16_t *half = aq_alloc(each, sizeof *half);
    AqErr err = row && half ? aq_sha256_new(&sha) : AQ_ERR_NOMEM;

    for (int t = 0; err == AQ_OK && t < (int)a->dims[0]; t++) {
        const float *from = row_at(p, f, t);

        if (!from) {
            memset(row, 0, each * sizeof *row);
        } else if (a->as == AQ_F16) {
            aq_half_from_floats(half, from, each);
            aq_half_to_floats(row, half, each);
        } else {
            memcpy(row, from, each * sizeof *row);
        }
        err = aq_sha256_add(sha, row, each * sizeof *row);
    }
    if (err == AQ_OK)
        err = aq_sha256_finish(&sha, hex);
    aq_sha256_free(&sha);
    aq_free(half);
    aq_free(row);
    return err;
}

static AqErr check_half(const AqExportRow *r, const AqExportArray *a)
{
    for (size_t k = 0; a->as == AQ_F16 && k < a->count; k++)
        if (fabsf(a->data[k]) > HALF_MOST)
            return aq_fail(AQ_ERR_NUMERIC,
                           "%s: its %s features hold %g, too large for half precision; "
                           "export them with --dtype f32",
                           r->video, aq_modality_name(r->kind), (double)a->data[k]);
    return AQ_OK;
}

/* '1' or '0' for each exported row; padding counts as absent. Gives. */
static char *presence_text(const AqStoredFeatures *f, int n)
{
    char *text = aq_alloc((size_t)n + 1, 1);

    for (int t = 0; text && t < n; t++)
        text[t] = t < f->n_rows && f->presence[t] ? '1' : '0';
    return text;
}

static AqErr make_export_array(const AqExportJob *j, const AqExportRow *r,
                               const AqStoredFeatures *f, AqExportArray *a)
{
    char sha256[AQ_SHA256_HEX];

    set_shape(j->plan, r, a);
    a->data = aq_alloc(a->count, sizeof *a->data);
    if (!a->data)
        return AQ_ERR_NOMEM;
    fill_export_array(j->plan, r, f, a);
    AqErr err = check_half(r, a);
    if (err == AQ_OK)
        err = digest_export_array(j->plan, f, a, sha256);
    if (err != AQ_OK)
        return err;
    char *presence = presence_text(f, (int)a->dims[0]);
    err = presence ? set_about(j, r, presence, sha256, a) : AQ_ERR_NOMEM;
    aq_free(presence);
    return err;
}

AqErr aq_export_load(const AqExportJob *j, const AqExportRow *r, AqExportArray *a)
{
    AqStoredFeatures f;

    *a = (AqExportArray){0};
    AqErr err =
        aq_store_get_features(j->plan->store, r->video, r->kind, r->provenance_id, &f);
    if (err != AQ_OK)
        return err;
    if (f.n_rows != r->n_rows || f.h != r->h || f.w != r->w || f.c != r->c)
        err = aq_fail(AQ_ERR_MISMATCH,
                      "%s: its %s features were replaced during the export; export "
                      "them again",
                      r->video, aq_modality_name(r->kind));
    if (err == AQ_OK)
        err = make_export_array(j, r, &f, a);
    aq_stored_features_clear(&f);
    if (err != AQ_OK)
        aq_export_array_clear(a);
    return err;
}

void aq_export_array_clear(AqExportArray *a)
{
    aq_free(a->data);
    aq_free(a->about);
    *a = (AqExportArray){0};
}

AqErr aq_export_bytes(const AqExportArray *a, const void **bytes, size_t *n,
                      void **owned)
{
    *owned = NULL;
    *bytes = a->data;
    *n = a->count * aq_dtype_bytes(a->as);
    if (a->as == AQ_F32)
        return AQ_OK;
    *bytes = *owned = aq_alloc(a->count, sizeof(uint16_t));
    if (!*owned)
        return AQ_ERR_NOMEM;
    aq_half_from_floats(*owned, a->data, a->count);
    return AQ_OK;
}
