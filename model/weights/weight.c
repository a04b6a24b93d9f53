/* SPDX-License-Identifier: MIT */
/* One array: its type, and its values in row-major order whatever their layout. */
#include "model/weights/weights_priv.h"

#include "base/half.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { PIECE = 1024 }; /* values converted at once */

static const struct {
    const char *name;
    size_t bytes;
} types[] = {[AQ_F64] = {"F64", 8},   [AQ_F32] = {"F32", 4}, [AQ_F16] = {"F16", 2},
             [AQ_BF16] = {"BF16", 2}, [AQ_I64] = {"I64", 8}, [AQ_I32] = {"I32", 4},
             [AQ_I16] = {"I16", 2},   [AQ_I8] = {"I8", 1},   [AQ_U8] = {"U8", 1},
             [AQ_BOOL] = {"BOOL", 1}};

size_t aq_dtype_bytes(AqDtype t)
{
    return types[t].bytes;
}

const char *aq_dtype_name(AqDtype t)
{
    return types[t].name;
}

uint16_t aq_little16(const unsigned char *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

uint32_t aq_little32(const unsigned char *p)
{
    return (uint32_t)aq_little16(p) | (uint32_t)aq_little16(p + 2) << 16;
}

uint64_t aq_little64(const unsigned char *p)
{
    return (uint64_t)aq_little32(p) | (uint64_t)aq_little32(p + 4) << 32;
}

int64_t aq_weights_count(const int64_t *dims, int n_dims, int64_t most)
{
    int64_t n = 1;

    for (int k = 0; k < n_dims; k++) {
        if (dims[k] < 0)
            return -1;
        if (dims[k] == 0)
            return 0;
    }
    for (int k = 0; k < n_dims; k++) {
        if (dims[k] > most / n)
            return -1;
        n *= dims[k];
    }
    return n;
}

AqErr aq_weight_set_count(const AqWeights *w, AqWeight *t, uint64_t most_bytes)
{
    const uint64_t most = most_bytes / aq_dtype_bytes(t->dtype);
    const int64_t n = aq_weights_count(t->dims, t->n_dims,
                                       most < INT64_MAX ? (int64_t)most : INT64_MAX);

    if (n < 0 || (uint64_t)n > most)
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: tensor %s is larger than the file can hold; the file is "
                       "damaged or cut short",
                       w->path, t->name);
    t->count = (size_t)n;
    aq_weight_pack(t);
    return AQ_OK;
}

/* Without values the sizes may be anything: there are no strides to compute. */
void aq_weight_pack(AqWeight *t)
{
    int64_t step = 1;

    memset(t->strides, 0, sizeof t->strides);
    for (int k = t->n_dims - 1; k >= 0 && t->count > 0; k--) {
        t->strides[k] = step;
        step *= t->dims[k];
    }
}

static int is_packed(const AqWeight *t)
{
    int64_t step = 1;

    for (int k = t->n_dims - 1; k >= 0 && t->count > 0; k--) {
        if (t->dims[k] != 1 && t->strides[k] != step)
            return 0;
        step *= t->dims[k];
    }
    return 1;
}

const float *aq_weight_in_place(const AqWeight *t)
{
    return t->dtype == AQ_F32 && !t->big_endian && is_packed(t) &&
                   (uintptr_t)t->data % sizeof(float) == 0
               ? t->data
               : NULL;
}

AqWeight aq_weight_permuted(const AqWeight *t, const int *order)
{
    AqWeight p = *t;

    for (int k = 0; k < t->n_dims; k++) {
        p.dims[k] = t->dims[order[k]];
        p.strides[k] = t->strides[order[k]];
    }
    return p;
}

/* Values from `first` on of a strided array, with an odometer over its dimensions. */
static void gather_strided(const AqWeight *t, size_t first, size_t count,
                           unsigned char *out)
{
    const size_t size = aq_dtype_bytes(t->dtype);
    int64_t at[AQ_WEIGHTS_MAX_DIMS] = {0}, offset = 0;

    for (int k = t->n_dims - 1; k >= 0; k--) {
        at[k] = (int64_t)(first % (uint64_t)t->dims[k]);
        first /= (uint64_t)t->dims[k];
        offset += at[k] * t->strides[k];
    }
    while (count--) {
        memcpy(out, (const unsigned char *)t->data + (size_t)offset * size, size);
        out += size;
        for (int k = t->n_dims - 1; k >= 0; k--) {
            offset += t->strides[k];
            if (++at[k] < t->dims[k])
                break;
            offset -= at[k] * t->strides[k];
            at[k] = 0;
        }
    }
}

static void turn_round(unsigned char *bytes, size_t size, size_t count)
{
    for (; count--; bytes += size)
        for (size_t k = 0; k < size / 2; k++) {
            const unsigned char b = bytes[k];

            bytes[k] = bytes[size - 1 - k];
            bytes[size - 1 - k] = b;
        }
}

void aq_weight_to_bytes(const AqWeight *t, size_t first, size_t count, void *out)
{
    const size_t size = aq_dtype_bytes(t->dtype);

    if (count == 0)
        return;
    assert(t->data);
    if (is_packed(t))
        memcpy(out, (const unsigned char *)t->data + first * size, count * size);
    else
        gather_strided(t, first, count, out);
    if (t->big_endian)
        turn_round(out, size, count);
}

static void widen_to_floats(const AqWeight *t, const void *raw, size_t n, float *out)
{
    if (t->dtype == AQ_F16)
        aq_half_to_floats(out, raw, n);
    else if (t->dtype == AQ_BF16)
        aq_bf16_to_floats(out, raw, n);
    else
        for (size_t k = 0; k < n; k++)
            out[k] = (float)((const double *)raw)[k];
}

int aq_weight_is_real(const AqWeight *t)
{
    return t->dtype <= AQ_BF16 || t->scales != NULL;
}

/* Value k's place in the file. */
static size_t place_in_file(const AqWeight *t, size_t k)
{
    size_t place = 0;

    for (int d = t->n_dims - 1; d >= 0; d--) {
        const size_t n = (size_t)t->dims[d];

        place += k % n * (size_t)t->strides[d];
        k /= n;
    }
    return place;
}

static void scale_to_floats(const AqWeight *t, size_t first, size_t count, float *out)
{
    const int in_order = is_packed(t);
    const signed char *v = t->data;

    for (size_t k = first; k < first + count; k++) {
        const size_t at = in_order ? k : place_in_file(t, k);

        /* A weight that is there has its values. */
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        *out++ = (float)v[at] * t->scales[at / t->scale_each];
    }
}

AqErr aq_weight_to_floats(const AqWeight *t, size_t first, size_t count, float *out)
{
    double raw[PIECE]; /* aligned for all types */

    if (first > t->count || count > t->count - first)
        return aq_fail(AQ_ERR_USAGE, "%s: has %zu values, not %zu", t->name, t->count,
                       first + count);
    if (t->scales) {
        scale_to_floats(t, first, count, out);
        return AQ_OK;
    }
    if (t->dtype > AQ_BF16)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: holds %s values where floating-point ones are needed",
                       t->name, aq_dtype_name(t->dtype));
    if (t->dtype == AQ_F32) {
        aq_weight_to_bytes(t, first, count, out);
        return AQ_OK;
    }
    for (size_t at = 0; at < count; at += PIECE) {
        const size_t n = count - at < PIECE ? count - at : PIECE;

        aq_weight_to_bytes(t, first + at, n, raw);
        widen_to_floats(t, raw, n, out + at);
    }
    return AQ_OK;
}

enum { LANES = 8 };

/* How many of the first values are finite: n if all are. */
static size_t n_finite(const float *x, size_t n)
{
    size_t k = 0;

    for (; k + LANES <= n; k += LANES) {
        float sum[LANES] = {0};

        for (int j = 0; j < LANES; j++)
            sum[j] = x[k + (size_t)j] * 0; /* NaN for infinity too */
        for (int j = 1; j < LANES; j++)
            sum[0] += sum[j];
        if (sum[0] != 0)
            break;
    }
    while (k < n && isfinite(x[k]))
        k++;
    return k;
}

AqErr aq_weight_check_finite(const AqWeights *w, const AqWeight *t)
{
    const float *there = aq_weight_in_place(t);
    float piece[PIECE];

    for (size_t at = 0; t->dtype <= AQ_BF16 && at < t->count; at += PIECE) {
        const size_t n = t->count - at < PIECE ? t->count - at : PIECE;
        const AqErr err = there ? AQ_OK : aq_weight_to_floats(t, at, n, piece);

        if (err != AQ_OK)
            return err;
        const size_t good = n_finite(there ? there + at : piece, n);
        if (good < n)
            return aq_fail(AQ_ERR_FORMAT,
                           "%s: tensor %s holds %s, which is not a number to compute "
                           "with (value %zu of %zu); get the file again from its "
                           "source",
                           w->path, t->name,
                           isnan((there ? there + at : piece)[good]) ? "NaN"
                                                                     : "infinity",
                           at + good + 1, t->count);
    }
    return AQ_OK;
}
