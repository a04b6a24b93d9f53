/* SPDX-License-Identifier: MIT */
#include "model/weights/flatbuffer_priv.h"

#include "model/weights/weights_priv.h"

/* Are there n bytes at a position? */
static int has_bytes(AqFlat *f, size_t at, size_t n)
{
    if (at > 0 && at <= f->n && n <= f->n - at)
        return 1;
    f->is_broken = 1;
    return 0;
}

/* The place that an offset at `at` leads to, from itself; it is never 0. */
static size_t follow_offset(AqFlat *f, size_t at)
{
    if (at == 0 || !has_bytes(f, at, 4))
        return 0;
    const size_t by = aq_little32(f->bytes + at);

    return has_bytes(f, by >= 4 ? at + by : 0, 4) ? at + by : 0;
}

/* Where a field of `bytes` bytes is; 0 if the table does not have it. */
static size_t find_field(AqFlat *f, size_t table, int field, size_t bytes)
{
    if (table == 0 || !has_bytes(f, table, 4))
        return 0;
    const int64_t vtable = (int64_t)table - (int32_t)aq_little32(f->bytes + table);
    if (vtable < 4 || !has_bytes(f, (size_t)vtable, 4)) {
        f->is_broken = 1;
        return 0;
    }
    const unsigned char *v = f->bytes + vtable;
    const size_t size = aq_little16(v), at = 4 + 2 * (size_t)field;
    if (at + 2 > size)
        return 0; /* written before there was such a field */
    if (!has_bytes(f, (size_t)vtable, size))
        return 0;
    const size_t in_table = aq_little16(v + at);
    if (in_table == 0)
        return 0;
    return has_bytes(f, in_table >= 4 ? table + in_table : 0, bytes) ? table + in_table
                                                                     : 0;
}

size_t aq_flat_root(AqFlat *f)
{
    const size_t at = f->n >= 8 ? aq_little32(f->bytes) : 0;

    return has_bytes(f, at, 4) ? at : 0;
}

size_t aq_flat_table(AqFlat *f, size_t table, int field)
{
    return follow_offset(f, find_field(f, table, field, 4));
}

AqFlatVector aq_flat_vector(AqFlat *f, size_t table, int field, size_t bytes)
{
    const size_t at = aq_flat_table(f, table, field);
    const size_t n = at ? aq_little32(f->bytes + at) : 0;

    if (n > f->n / bytes || (n > 0 && !has_bytes(f, at + 4, n * bytes))) {
        f->is_broken = 1;
        return (AqFlatVector){0};
    }
    return (AqFlatVector){n ? f->bytes + at + 4 : NULL, n};
}

uint32_t aq_flat_u32(AqFlat *f, size_t table, int field, uint32_t otherwise)
{
    const size_t at = find_field(f, table, field, 4);

    return at ? aq_little32(f->bytes + at) : otherwise;
}

uint8_t aq_flat_u8(AqFlat *f, size_t table, int field, uint8_t otherwise)
{
    const size_t at = find_field(f, table, field, 1);

    return at ? f->bytes[at] : otherwise;
}

size_t aq_flat_element(AqFlat *f, const AqFlatVector *v, size_t k)
{
    if (k >= v->n) {
        f->is_broken = 1;
        return 0;
    }
    return follow_offset(f, (size_t)(v->at - f->bytes) + 4 * k);
}
