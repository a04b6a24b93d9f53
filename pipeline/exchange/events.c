/* SPDX-License-Identifier: MIT */
#include "pipeline/exchange/events.h"

#include "base/crc32c.h"

#include <assert.h>
#include <string.h>

enum { MOST = 512, VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5, MOST_TAG = 200 };

/* Fields of the messages. */
enum {
    EVENT_WALL_TIME = 1, /* double */
    EVENT_STEP = 2,      /* int64 */
    EVENT_VERSION = 3,   /* string */
    EVENT_SUMMARY = 5,   /* Summary */
    SUMMARY_VALUE = 1,   /* Summary.Value */
    VALUE_TAG = 1,       /* string */
    VALUE_SIMPLE = 2     /* float */
};

/* A message being written. */
typedef struct Message {
    unsigned char at[MOST];
    size_t n;
} Message;

static void put_little(Message *m, uint64_t v, int bytes)
{
    for (int k = 0; k < bytes; k++)
        m->at[m->n++] = (unsigned char)(v >> 8 * k);
}

static void put_varint(Message *m, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        m->at[m->n++] = (unsigned char)(v | 0x80);
    m->at[m->n++] = (unsigned char)v;
}

static void put_field_key(Message *m, unsigned field, unsigned wire)
{
    put_varint(m, field << 3 | wire);
}

static void put_double(Message *m, unsigned field, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    put_field_key(m, field, FIXED64);
    put_little(m, bits, 8);
}

static void put_float(Message *m, unsigned field, float v)
{
    uint32_t bits;

    memcpy(&bits, &v, sizeof bits);
    put_field_key(m, field, FIXED32);
    put_little(m, bits, 4);
}

static void put_bytes(Message *m, unsigned field, const void *bytes, size_t n)
{
    put_field_key(m, field, BYTES);
    put_varint(m, n);
    memcpy(m->at + m->n, bytes, n);
    m->n += n;
}

/* A record: length, its checksum, the bytes, their checksum. */
static void put_record(AqEvents *e, const Message *m)
{
    Message head = {.n = 0}, tail = {.n = 0};

    put_little(&head, m->n, 8);
    put_little(&head, aq_crc32c_masked(head.at, 8), 4);
    put_little(&tail, aq_crc32c_masked(m->at, m->n), 4);
    if (e->err == AQ_OK)
        e->err = aq_fs_write(&e->f, head.at, head.n);
    if (e->err == AQ_OK)
        e->err = aq_fs_write(&e->f, m->at, m->n);
    if (e->err == AQ_OK)
        e->err = aq_fs_write(&e->f, tail.at, tail.n);
}

void aq_events_begin(AqEvents *e, const char *path, double wall_s)
{
    static const char version[] = "brain.Event:2";
    Message m = {.n = 0};

    *e = (AqEvents){.err = AQ_OK};
    e->err = aq_fs_write_begin(&e->f, path);
    put_double(&m, EVENT_WALL_TIME, wall_s);
    put_bytes(&m, EVENT_VERSION, version, sizeof version - 1);
    put_record(e, &m);
}

void aq_events_scalar(AqEvents *e, double wall_s, int64_t step, const char *tag,
                      double value)
{
    Message v = {.n = 0}, summary = {.n = 0}, m = {.n = 0};

    assert(strlen(tag) <= MOST_TAG);
    put_bytes(&v, VALUE_TAG, tag, strlen(tag));
    put_float(&v, VALUE_SIMPLE, (float)value);
    put_bytes(&summary, SUMMARY_VALUE, v.at, v.n);
    put_double(&m, EVENT_WALL_TIME, wall_s);
    put_field_key(&m, EVENT_STEP, VARINT);
    put_varint(&m, (uint64_t)step);
    put_bytes(&m, EVENT_SUMMARY, summary.at, summary.n);
    put_record(e, &m);
}

AqErr aq_events_end(AqEvents *e)
{
    if (e->err == AQ_OK)
        e->err = aq_fs_write_commit(&e->f);
    else
        aq_fs_write_abort(&e->f);
    return e->err;
}
