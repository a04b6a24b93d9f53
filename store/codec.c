/* SPDX-License-Identifier: MIT */
/*
 * Feature arrays as bytes: little-endian float32 or half precision, a presence byte a
 * row, and a SHA-256 over shape, type, presence, data and the times of clips, so that a
 * damaged row is never used.
 */
#include "base/alloc.h"
#include "base/half.h"
#include "store/store_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define HALF_MOST 65504.0f

static const char *const dtype_names[] = {
    [AQ_FEATURE_F16] = "f16", [AQ_FEATURE_F32] = "f32"};

const char *aq_feature_dtype_name(AqFeatureDtype dtype)
{
    return dtype_names[dtype];
}

size_t aq_features_bytes(int n_rows, int h, int w, int c, AqFeatureDtype dtype)
{
    const size_t size = dtype == AQ_FEATURE_F16 ? 2 : 4;

    if (n_rows < 1 || n_rows > AQ_STORE_MAX_ROWS || h < 1 || w < 1 || c < 1 ||
        h > AQ_STORE_MAX_DIM || w > AQ_STORE_MAX_DIM || c > AQ_STORE_MAX_DIM)
        return 0;
    size_t n = (size_t)h * (size_t)w; /* at most 2^32 */
    if (n > AQ_STORE_MAX_BLOB / (size_t)c)
        return 0;
    n *= (size_t)c;
    if (n > AQ_STORE_MAX_BLOB / (size_t)n_rows)
        return 0;
    n *= (size_t)n_rows;
    return n > AQ_STORE_MAX_BLOB / size ? 0 : n * size;
}

static AqErr digest_raw_features(const AqRawFeatures *r, char hex[AQ_SHA256_HEX])
{
    char head[128];
    AqSha256 *sha = NULL;

    (void)snprintf(head, sizeof head, "avqa features 1 %d %d %d %d %s\n", r->n_rows,
                   r->h, r->w, r->c, aq_feature_dtype_name(r->dtype));
    AqErr err = aq_sha256_new(&sha);
    if (err == AQ_OK)
        err = aq_sha256_add(sha, head, strlen(head));
    if (err == AQ_OK)
        err = aq_sha256_add(sha, r->presence, r->presence_bytes);
    if (err == AQ_OK)
        err = aq_sha256_add(sha, r->data, r->data_bytes);
    if (err == AQ_OK && r->times_bytes > 0)
        err = aq_sha256_add(sha, r->times, r->times_bytes);
    if (err == AQ_OK)
        return aq_sha256_finish(&sha, hex);
    aq_sha256_free(&sha);
    return err;
}

static AqRowSpan span_at(const AqRawFeatures *r, int k)
{
    AqRowSpan s; /* the blob may be unaligned */

    memcpy(&s, (const char *)r->times + (size_t)k * sizeof s, sizeof s);
    return s;
}

static AqErr check_times(const AqRawFeatures *r)
{
    if (r->times_bytes == 0)
        return AQ_OK;
    if (r->times_bytes != (size_t)r->n_rows * sizeof(AqRowSpan))
        return aq_fail(AQ_ERR_FORMAT, "there are not two times for each row");
    for (int k = 0; k < r->n_rows; k++) {
        const AqRowSpan s = span_at(r, k);

        if (s.from_us < 0 || s.to_us < s.from_us ||
            s.to_us > AQ_STORE_MAX_SECONDS * (int64_t)1000000)
            return aq_fail(AQ_ERR_FORMAT,
                           "the times of row %d are not the times of a clip", k);
    }
    return AQ_OK;
}

static AqErr check_feature_values(const AqStoreFeatures *f, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (!isfinite(f->data[k]))
            return aq_fail(AQ_ERR_NUMERIC,
                           "%s features hold a value that is not finite (value %zu)",
                           aq_modality_name(f->provenance->kind), k);
        if (f->dtype == AQ_FEATURE_F16 && fabsf(f->data[k]) > HALF_MOST)
            return aq_fail(AQ_ERR_NUMERIC,
                           "%s features hold %g, too large for half precision; store "
                           "them in float32",
                           aq_modality_name(f->provenance->kind), (double)f->data[k]);
    }
    return AQ_OK;
}

AqErr aq_features_encode(const AqStoreFeatures *f, AqRawFeatures *out, void **data)
{
    const size_t bytes = aq_features_bytes(f->n_rows, f->h, f->w, f->c, f->dtype);
    const size_t n = bytes / (f->dtype == AQ_FEATURE_F16 ? 2 : 4);

    *data = NULL;
    if (bytes == 0)
        return aq_fail(AQ_ERR_USAGE,
                       "features of %d rows of %dx%dx%d do not fit the store",
                       f->n_rows, f->h, f->w, f->c);
    AqErr err = check_feature_values(f, n);
    if (err != AQ_OK)
        return err;
    void *p = aq_alloc(bytes, 1);
    if (!p)
        return AQ_ERR_NOMEM;
    if (f->dtype == AQ_FEATURE_F16)
        aq_half_from_floats(p, f->data, n);
    else
        memcpy(p, f->data, bytes);
    *out = (AqRawFeatures){.n_rows = f->n_rows,
                           .h = f->h,
                           .w = f->w,
                           .c = f->c,
                           .dtype = f->dtype,
                           .presence = f->presence,
                           .data = p,
                           .presence_bytes = (size_t)f->n_rows,
                           .data_bytes = bytes,
                           .times = f->spans,
                           .times_bytes =
                               f->spans ? (size_t)f->n_rows * sizeof *f->spans : 0};
    err = check_times(out);
    if (err == AQ_OK)
        err = digest_raw_features(out, out->sha256);
    if (err != AQ_OK) {
        aq_free(p);
        return err;
    }
    *data = p;
    return AQ_OK;
}

AqErr aq_features_fit(const AqRawFeatures *raw, AqRowPlan plan, int n_seconds)
{
    char text[AQ_ROWS_TEXT];

    if (raw->n_rows != aq_rows_count(plan, n_seconds))
        return aq_fail(AQ_ERR_FORMAT,
                       "features of %d rows (%s) for a video of %d seconds",
                       raw->n_rows, aq_rows_text(plan, text), n_seconds);
    if (aq_rows_are_clips(plan) != (raw->times_bytes > 0))
        return aq_fail(AQ_ERR_FORMAT, "features of %s with%s times of their own",
                       aq_rows_text(plan, text), raw->times_bytes ? "" : "out");
    return AQ_OK;
}

AqErr aq_features_spans(const AqRawFeatures *raw, AqRowPlan plan, AqRowSpan **out)
{
    const int clips = aq_rows_are_clips(plan);

    *out = NULL;
    if (clips && raw->times_bytes != (size_t)raw->n_rows * sizeof **out)
        return aq_fail(AQ_ERR_FORMAT, "the times of its clips are missing");
    *out = aq_alloc((size_t)raw->n_rows, sizeof **out);
    for (int k = 0; *out && k < raw->n_rows; k++)
        (*out)[k] = clips ? span_at(raw, k) : aq_rows_span(plan, k);
    return *out ? AQ_OK : AQ_ERR_NOMEM;
}

AqErr aq_features_check(const AqRawFeatures *r)
{
    char hex[AQ_SHA256_HEX];

    if (r->data_bytes == 0 ||
        r->data_bytes != aq_features_bytes(r->n_rows, r->h, r->w, r->c, r->dtype))
        return aq_fail(AQ_ERR_FORMAT, "the data's size does not match the shape");
    if (r->presence_bytes != (size_t)r->n_rows)
        return aq_fail(AQ_ERR_FORMAT, "presence does not have one byte a row");
    for (size_t k = 0; k < r->presence_bytes; k++)
        if (r->presence[k] > 1)
            return aq_fail(AQ_ERR_FORMAT, "a presence byte is neither 0 nor 1");
    AqErr err = check_times(r);
    if (err == AQ_OK)
        err = digest_raw_features(r, hex);
    if (err != AQ_OK)
        return err;
    return strcmp(hex, r->sha256) == 0
               ? AQ_OK
               : aq_fail(AQ_ERR_FORMAT, "the data do not have the digest recorded");
}

AqErr aq_features_finite(const AqRawFeatures *r)
{
    const size_t size = r->dtype == AQ_FEATURE_F16 ? 2 : 4;
    const unsigned char *at = r->data;

    for (size_t k = 0; k < r->data_bytes / size; k++) {
        uint16_t half;
        float value;
        int finite;

        if (size == 2) {
            memcpy(&half, at + 2 * k, 2);
            finite = (half & 0x7c00) != 0x7c00;
        } else {
            memcpy(&value, at + 4 * k, 4);
            finite = isfinite(value) != 0;
        }
        if (!finite)
            return aq_fail(AQ_ERR_FORMAT, "value %zu of the data is not finite", k);
    }
    return AQ_OK;
}

/* SQLite returns small blobs unaligned, so halves are copied before they are read. */
static void widen_halves(float *out, const unsigned char *in, size_t n)
{
    enum { BLOCK = 1024 };
    uint16_t block[BLOCK];

    for (size_t k = 0; k < n; k += BLOCK) {
        const size_t m = n - k < BLOCK ? n - k : BLOCK;

        memcpy(block, in + 2 * k, 2 * m);
        aq_half_to_floats(out + k, block, m);
    }
}

void aq_features_widen(float *out, const AqRawFeatures *r)
{
    if (r->dtype == AQ_FEATURE_F16)
        widen_halves(out, r->data, r->data_bytes / 2);
    else
        memcpy(out, r->data, r->data_bytes);
}
