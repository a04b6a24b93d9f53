/* SPDX-License-Identifier: MIT */
/*
 * TensorFlow Lite models (tensorflow/lite/schema/schema.fbs): a FlatBuffer with a graph
 * of operators. Read are the constants of convolutions, depthwise convolutions and
 * fully connected layers: by the operator that uses them, as their own names say little
 * after a conversion. "conv_2d.3.weight" and "conv_2d.3.bias" belong to the fourth
 * convolution in the order of the graph; the metadata "conv_2d.3" says how it is done.
 * Quantised values, (q - zero point) * scale, become float32.
 */
#include "model/weights/flatbuffer_priv.h"
#include "model/weights/weights_priv.h"

#include <stdio.h>
#include <string.h>

/* BuiltinOperator */
enum { OP_CONV = 3, OP_DEPTHWISE = 4, OP_DEQUANTIZE = 6, OP_FULL = 9 };
/* TensorType */
enum {
    TYPE_F32 = 0,
    TYPE_F16 = 1,
    TYPE_I32 = 2,
    TYPE_U8 = 3,
    TYPE_I64 = 4,
    TYPE_I16 = 7,
    TYPE_I8 = 9,
    TYPE_F64 = 10
};
/* Fields of the tables, by number. */
enum { MODEL_CODES = 1, MODEL_GRAPHS = 2, MODEL_BUFFERS = 4 };
enum { GRAPH_TENSORS = 0, GRAPH_OPERATORS = 3 };
enum { CODE_OLD = 0, CODE_NEW = 3 };
enum { OP_CODE = 0, OP_INPUTS = 1, OP_OUTPUTS = 2, OP_OPTIONS = 4 };
enum {
    TENSOR_SHAPE = 0,
    TENSOR_TYPE = 1,
    TENSOR_BUFFER = 2,
    TENSOR_SCALES = 4,
    TENSOR_SPARSE = 6
};
enum { FULL_ORDER = 1 }; /* in the options of a fully connected layer */
enum { SCALES_SCALE = 2, SCALES_ZERO = 3, SCALES_DETAILS = 4, SCALES_DIM = 6 };

/* The operators that have weights; how each is done is in fields of its options. */
static const struct {
    uint32_t code;
    const char *name;
    int act, padding, stride_w, stride_h, dilation_w, dilation_h; /* -1: none */
} layer_kinds[] = {{OP_CONV, "conv_2d", 3, 0, 1, 2, 4, 5},
                   {OP_DEPTHWISE, "depthwise_conv_2d", 4, 0, 1, 2, 5, 6},
                   {OP_FULL, "fully_connected", 0, -1, -1, -1, -1, -1}};
enum { N_LAYER_KINDS = sizeof layer_kinds / sizeof *layer_kinds };

typedef struct Lite {
    AqWeights *w;
    AqFlat flat;
    AqFlatVector codes, buffers, tensors, operators;
    uint32_t *from;     /* (tensors) that each is another's values unpacked; itself */
    size_t values_left; /* quantised ones, of as many as the file can hold */
    unsigned n[N_LAYER_KINDS];
} Lite;

/* How a tensor is quantised. */
typedef struct Scales {
    AqFlatVector scale, zero;
    size_t inner, n; /* value k has scale k / inner % n */
} Scales;

static int is_tflite(const unsigned char *bytes, size_t n)
{
    return n >= 8 && memcmp(bytes + 4, "TFL3", 4) == 0;
}

static AqErr fail_lite(const Lite *l, const char *name, const char *what)
{
    return aq_fail(AQ_ERR_FORMAT, "%s: %s %s; the file is damaged", l->w->path, name,
                   what);
}

static AqErr fail_lite_kind(const Lite *l, const char *name, const char *what)
{
    return aq_fail(AQ_ERR_UNSUPPORTED,
                   "%s: %s %s, which is not supported; convert the model with float32, "
                   "float16 or 8-bit weights",
                   l->w->path, name, what);
}

/* ---- one tensor ---- */

/* Bytes of a value; 0 if the type is not supported. */
static size_t bytes_of_type(uint32_t type)
{
    switch (type) {
    case TYPE_U8:
    case TYPE_I8:
        return 1;
    case TYPE_F16:
    case TYPE_I16:
        return 2;
    case TYPE_F32:
    case TYPE_I32:
        return 4;
    case TYPE_F64:
    case TYPE_I64:
        return 8;
    default:
        return 0;
    }
}

static double integer_at(uint32_t type, const unsigned char *p)
{
    switch (type) {
    case TYPE_U8:
        return p[0];
    case TYPE_I8:
        return (int8_t)p[0];
    case TYPE_I16:
        return (int16_t)aq_little16(p);
    case TYPE_I32:
        return (int32_t)aq_little32(p);
    default:
        return (double)(int64_t)aq_little64(p);
    }
}

static float float_at(const unsigned char *p)
{
    const uint32_t bits = aq_little32(p);
    float v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static AqErr read_scales(Lite *l, const AqWeight *t, size_t tensor, Scales *out)
{
    const size_t q = aq_flat_table(&l->flat, tensor, TENSOR_SCALES);

    out->scale = aq_flat_vector(&l->flat, q, SCALES_SCALE, 4);
    out->zero = aq_flat_vector(&l->flat, q, SCALES_ZERO, 8);
    const uint32_t dim = aq_flat_u32(&l->flat, q, SCALES_DIM, 0);
    out->n = out->scale.n;
    out->inner = 1;
    if (aq_flat_u8(&l->flat, q, SCALES_DETAILS, 0) != 0 || out->n == 0)
        return fail_lite_kind(l, t->name, "holds integers without a scale");
    if (out->zero.n > 0 && out->zero.n != out->n)
        return fail_lite(l, t->name, "has other numbers of scales and zero points");
    if (out->n == 1)
        return AQ_OK;
    if (dim >= (uint32_t)t->n_dims || t->dims[dim] != (int64_t)out->n)
        return fail_lite(l, t->name, "has scales that do not fit its shape");
    for (int k = (int)dim + 1; k < t->n_dims; k++)
        out->inner *= (size_t)t->dims[k];
    return AQ_OK;
}

/* Makes float32 of quantised values. */
static AqErr unpack_values(Lite *l, AqWeight *t, size_t tensor, uint32_t type,
                           const unsigned char *raw)
{
    const size_t bytes = bytes_of_type(type);
    Scales s;
    const AqErr err = read_scales(l, t, tensor, &s);

    if (err != AQ_OK)
        return err;
    if (t->count > l->values_left)
        return fail_lite(l, t->name, "shares its values with more than fit");
    l->values_left -= t->count;
    float *v = aq_arena_alloc(l->w->arena, t->count, sizeof *v);
    if (!v)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < t->count; k++) {
        const size_t at = k / s.inner % s.n;
        const double zero = s.zero.n ? integer_at(TYPE_I64, s.zero.at + 8 * at) : 0;

        v[k] = (float)((double)float_at(s.scale.at + 4 * at) *
                       (integer_at(type, raw + k * bytes) - zero));
    }
    t->dtype = AQ_F32;
    t->data = v;
    return AQ_OK;
}

static AqErr read_lite_shape(Lite *l, AqWeight *t, size_t tensor)
{
    const AqFlatVector shape = aq_flat_vector(&l->flat, tensor, TENSOR_SHAPE, 4);

    if (shape.n > AQ_WEIGHTS_MAX_DIMS)
        return fail_lite(l, t->name, "has more than 8 dimensions");
    t->n_dims = (int)shape.n;
    for (size_t k = 0; k < shape.n; k++)
        t->dims[k] = (int32_t)aq_little32(shape.at + 4 * k);
    return aq_weight_set_count(l->w, t, l->w->file.n);
}

/* Adds the constant that a tensor is, if it is one and not another operator's output.
 */
static AqErr add_constant(Lite *l, const char *name, uint32_t number)
{
    const uint32_t own = number < l->tensors.n ? l->from[number] : UINT32_MAX;
    const size_t tensor = aq_flat_element(&l->flat, &l->tensors, own);
    const uint32_t type = aq_flat_u8(&l->flat, tensor, TENSOR_TYPE, 0);
    const size_t buffer = aq_flat_element(
        &l->flat, &l->buffers, aq_flat_u32(&l->flat, tensor, TENSOR_BUFFER, 0));
    const AqFlatVector data = aq_flat_vector(&l->flat, buffer, 0, 1);
    AqWeight *t;

    if (l->flat.is_broken || data.n == 0)
        return AQ_OK;
    AqErr err = aq_weights_add(l->w, name, strlen(name), &t);
    if (err == AQ_OK && bytes_of_type(type) == 0)
        err = fail_lite_kind(l, name, "has values of another type (as of 4 bits)");
    if (err == AQ_OK && aq_flat_table(&l->flat, tensor, TENSOR_SPARSE))
        err = fail_lite_kind(l, name, "is sparse");
    if (err != AQ_OK)
        return err;
    t->dtype = type == TYPE_F64   ? AQ_F64
               : type == TYPE_F32 ? AQ_F32
               : type == TYPE_F16 ? AQ_F16
                                  : AQ_U8; /* until unpacked */
    t->data = data.at;
    err = read_lite_shape(l, t, tensor);
    if (err == AQ_OK && t->count * bytes_of_type(type) != data.n)
        err = fail_lite(l, name, "does not have as many bytes as its shape needs");
    if (err == AQ_OK && t->dtype == AQ_U8)
        err = unpack_values(l, t, tensor, type, data.at);
    return err;
}

/* ---- operators ---- */

static uint32_t code_of(Lite *l, size_t op)
{
    const uint32_t index = aq_flat_u32(&l->flat, op, OP_CODE, 0);
    const size_t code = aq_flat_element(&l->flat, &l->codes, index);
    const uint32_t old = aq_flat_u8(&l->flat, code, CODE_OLD, 0),
                   wide = aq_flat_u32(&l->flat, code, CODE_NEW, 0);

    return old > wide ? old : wide;
}

/* "stride 2x2, padding same, dilation 1x1, relu" into the metadata. */
static AqErr describe_layer(Lite *l, size_t op, size_t kind, const char *name)
{
    static const char *const acts[] = {"no activation", "relu", "relu from -1 to 1",
                                       "relu6", "tanh"};
    const size_t how = aq_flat_table(&l->flat, op, OP_OPTIONS);
    const uint32_t act = aq_flat_u8(&l->flat, how, layer_kinds[kind].act, 0);
    const char *act_name = act < sizeof acts / sizeof *acts ? acts[act] : "another";
    AqWeightsMeta *m = &l->w->meta[l->w->n_meta];
    char text[160];

    if (layer_kinds[kind].padding < 0)
        (void)snprintf(text, sizeof text, "%s", act_name);
    else
        (void)snprintf(
            text, sizeof text, "stride %ux%u, padding %s, dilation %ux%u, %s",
            aq_flat_u32(&l->flat, how, layer_kinds[kind].stride_h, 0),
            aq_flat_u32(&l->flat, how, layer_kinds[kind].stride_w, 0),
            aq_flat_u8(&l->flat, how, layer_kinds[kind].padding, 0) ? "valid" : "same",
            aq_flat_u32(&l->flat, how, layer_kinds[kind].dilation_h, 1),
            aq_flat_u32(&l->flat, how, layer_kinds[kind].dilation_w, 1), act_name);
    m->key = aq_weights_text(l->w, name, strlen(name));
    m->text = aq_weights_text(l->w, text, strlen(text));
    if (!m->key || !m->text)
        return AQ_ERR_NOMEM;
    l->w->n_meta++;
    return AQ_OK;
}

static AqErr read_layer(Lite *l, size_t op, size_t kind)
{
    const AqFlatVector in = aq_flat_vector(&l->flat, op, OP_INPUTS, 4);
    static const char *const parts[] = {"weight", "bias"};
    char name[64], layer[40];
    AqErr err = AQ_OK;

    (void)snprintf(layer, sizeof layer, "%s.%u", layer_kinds[kind].name, l->n[kind]++);
    if (layer_kinds[kind].code == OP_FULL &&
        aq_flat_u8(&l->flat, aq_flat_table(&l->flat, op, OP_OPTIONS), FULL_ORDER, 0))
        err = fail_lite_kind(l, layer, "has its weights shuffled");
    for (size_t k = 0; err == AQ_OK && k < 2 && k + 1 < in.n; k++) {
        const uint32_t number = aq_little32(in.at + 4 * (k + 1));

        (void)snprintf(name, sizeof name, "%s.%s", layer, parts[k]);
        if (number != UINT32_MAX) /* -1: no bias */
            err = add_constant(l, name, number);
    }
    return err == AQ_OK ? describe_layer(l, op, kind, layer) : err;
}

/* An operator that unpacks a constant: whoever uses its output uses the constant. */
static void note_unpacking(Lite *l, size_t op)
{
    const AqFlatVector in = aq_flat_vector(&l->flat, op, OP_INPUTS, 4),
                       out = aq_flat_vector(&l->flat, op, OP_OUTPUTS, 4);

    if (in.n != 1 || out.n != 1 || aq_little32(out.at) >= l->tensors.n ||
        aq_little32(in.at) >= l->tensors.n)
        l->flat.is_broken = 1;
    else
        l->from[aq_little32(out.at)] = aq_little32(in.at);
}

static AqErr read_operators(Lite *l)
{
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && !l->flat.is_broken && k < l->operators.n; k++) {
        const size_t op = aq_flat_element(&l->flat, &l->operators, k);
        const uint32_t code = code_of(l, op);

        if (code == OP_DEQUANTIZE)
            note_unpacking(l, op);
        for (size_t kind = 0; err == AQ_OK && kind < N_LAYER_KINDS; kind++)
            if (code == layer_kinds[kind].code)
                err = read_layer(l, op, kind);
    }
    return err;
}

static AqErr read_tflite(AqWeights *w)
{
    Lite l = {.w = w, .flat = {.bytes = w->file.bytes, .n = w->file.n}};
    const size_t model = aq_flat_root(&l.flat);
    const AqFlatVector graphs = aq_flat_vector(&l.flat, model, MODEL_GRAPHS, 4);
    const size_t graph = aq_flat_element(&l.flat, &graphs, 0);

    l.codes = aq_flat_vector(&l.flat, model, MODEL_CODES, 4);
    l.buffers = aq_flat_vector(&l.flat, model, MODEL_BUFFERS, 4);
    l.tensors = aq_flat_vector(&l.flat, graph, GRAPH_TENSORS, 4);
    l.operators = aq_flat_vector(&l.flat, graph, GRAPH_OPERATORS, 4);
    l.values_left = w->file.n;
    l.from = aq_arena_alloc(w->arena, l.tensors.n + 1, sizeof *l.from);
    w->meta = aq_arena_alloc(w->arena, l.operators.n + 1, sizeof *w->meta);
    if (!l.from || !w->meta)
        return AQ_ERR_NOMEM;
    for (uint32_t k = 0; k < l.tensors.n; k++)
        l.from[k] = k;
    const AqErr err = read_operators(&l);
    if (err == AQ_OK && l.flat.is_broken)
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: a table of its graph lies outside the file; it is damaged "
                       "or cut short",
                       w->path);
    return err;
}

const AqWeightsFormat aq_format_tflite = {
    .name = "tflite", .is = is_tflite, .read = read_tflite};
