/*
 * Reading FlatBuffers (flatbuffers.dev, "Internals"): tables, whose fields a vtable
 * places, and vectors. Positions are bytes from the start, 0 for what is not there.
 * What points outside the buffer counts as not there and sets is_broken, which the
 * caller looks at in the end.
 */
#ifndef AQ_MODEL_WEIGHTS_FLATBUFFER_PRIV_H
#define AQ_MODEL_WEIGHTS_FLATBUFFER_PRIV_H
#include <stddef.h>
#include <stdint.h>

typedef struct AqFlat {
    const unsigned char *bytes;
    size_t n;
    int is_broken;
} AqFlat;

/* n elements at `at`, all inside the buffer. */
typedef struct AqFlatVector {
    const unsigned char *at;
    size_t n;
} AqFlatVector;

/* The outermost table. */
size_t aq_flat_root(AqFlat *f);

/* Field number `field` of a table: a table; a vector of elements of that many bytes; a
 * number, `otherwise` if the field is not there. A table of 0 has no fields. */
size_t aq_flat_table(AqFlat *f, size_t table, int field);
AqFlatVector aq_flat_vector(AqFlat *f, size_t table, int field, size_t bytes);
uint32_t aq_flat_u32(AqFlat *f, size_t table, int field, uint32_t otherwise);
uint8_t aq_flat_u8(AqFlat *f, size_t table, int field, uint8_t otherwise);

/* Element k of a vector of tables. */
size_t aq_flat_element(AqFlat *f, const AqFlatVector *v, size_t k);

#endif
