/*
 * What TensorFlow's two checkpoint formats share: the sorted table that both are stored
 * in (tensorflow/core/lib/io/format.cc, which is LevelDB's doc/table_format.md), and
 * protocol buffers' wire format (protobuf.dev, "Encoding").
 */
#ifndef AQ_MODEL_WEIGHTS_TF_PRIV_H
#define AQ_MODEL_WEIGHTS_TF_PRIV_H
#include "base/crc32c.h"
#include "model/weights/weights_priv.h"

/* Bytes being read. */
typedef struct AqTfBytes {
    const unsigned char *at, *end;
} AqTfBytes;

int aq_tf_varint(AqTfBytes *b, uint64_t *out); /* 0: none */

/* One field of a message: wire types 0 (varint), 1 and 5 (fixed), 2 (bytes). */
typedef struct AqTfField {
    unsigned number, wire;
    uint64_t value;
    AqTfBytes bytes;
} AqTfField;

/* 1: a field; 0: the end; -1: malformed. */
int aq_tf_field(AqTfBytes *message, AqTfField *f);

/* Calls `visit` for each field of a message, until it fails. A malformed message is
 * AQ_ERR_FORMAT: "`what` makes no sense". */
typedef AqErr (*AqTfVisit)(void *ctx, const AqTfField *f);
AQ_MUST_CHECK AqErr aq_tf_each(const AqWeights *w, AqTfBytes message, const char *what,
                               AqTfVisit visit, void *ctx);
static inline int aq_tf_is_bytes(const AqTfField *f, unsigned number)
{
    return f->number == number && f->wire == 2;
}
static inline int aq_tf_is_varint(const AqTfField *f, unsigned number)
{
    return f->number == number && f->wire == 0;
}

/* TensorShapeProto into t->dims. */
AQ_MUST_CHECK AqErr aq_tf_shape(const AqWeights *w, AqTfBytes message, AqWeight *t);

/* DataType of types.proto; 0 if the type is not supported. */
int aq_tf_dtype(uint64_t type, AqDtype *out);

int aq_tf_table_is(const unsigned char *bytes, size_t n);

/* The first value of the table, whose key is "": it distinguishes V1 from V2. 0: none.
 */
int aq_tf_first(const unsigned char *bytes, size_t n, AqTfBytes *value);

/* Calls `each` for all keys in order; `key` is valid until it returns, `value` points
 * into the file. If `check`, blocks' checksums are verified. */
typedef AqErr (*AqTfEach)(void *ctx, const char *key, size_t key_bytes,
                          AqTfBytes value);
AQ_MUST_CHECK AqErr aq_tf_table_walk(const AqWeights *w, int check, AqTfEach each,
                                     void *ctx);

AqErr aq_tf_bad(const AqWeights *w, const char *what);

#endif
