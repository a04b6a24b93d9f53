/* SPDX-License-Identifier: MIT */
/*
 * The allow-list, and what "calling" its names builds. Tensors are rebuilt as in
 * torch/_utils.py: storage, offset, sizes and strides.
 */
#include "model/weights/pickle_priv.h"

#include <string.h>

static const AqPyName allowed[] = {
    {"collections", "OrderedDict", AQ_PY_ROLE_DICT, AQ_U8},
    {"torch", "Size", AQ_PY_ROLE_TUPLE, AQ_U8},
    {"torch._utils", "_rebuild_tensor", AQ_PY_ROLE_REBUILD_TENSOR, AQ_U8},
    {"torch._utils", "_rebuild_tensor_v2", AQ_PY_ROLE_REBUILD_TENSOR, AQ_U8},
    {"torch._utils", "_rebuild_parameter", AQ_PY_ROLE_REBUILD_PARAMETER, AQ_U8},
    {"torch._tensor", "_rebuild_from_type_v2", AQ_PY_ROLE_REBUILD_TYPED, AQ_U8},
    {"torch", "DoubleStorage", AQ_PY_ROLE_STORAGE, AQ_F64},
    {"torch", "FloatStorage", AQ_PY_ROLE_STORAGE, AQ_F32},
    {"torch", "HalfStorage", AQ_PY_ROLE_STORAGE, AQ_F16},
    {"torch", "BFloat16Storage", AQ_PY_ROLE_STORAGE, AQ_BF16},
    {"torch", "LongStorage", AQ_PY_ROLE_STORAGE, AQ_I64},
    {"torch", "IntStorage", AQ_PY_ROLE_STORAGE, AQ_I32},
    {"torch", "ShortStorage", AQ_PY_ROLE_STORAGE, AQ_I16},
    {"torch", "CharStorage", AQ_PY_ROLE_STORAGE, AQ_I8},
    {"torch", "ByteStorage", AQ_PY_ROLE_STORAGE, AQ_U8},
    {"torch", "BoolStorage", AQ_PY_ROLE_STORAGE, AQ_BOOL},
    /* Stored next to the weights by training scripts: data not used here. */
    {"argparse", "Namespace", AQ_PY_ROLE_INERT, AQ_U8},
    {"yacs.config", "CfgNode", AQ_PY_ROLE_INERT, AQ_U8},
    {"collections", "defaultdict", AQ_PY_ROLE_INERT, AQ_U8},
    {"collections", "Counter", AQ_PY_ROLE_INERT, AQ_U8},
    {"builtins", "set", AQ_PY_ROLE_INERT, AQ_U8},
    {"__builtin__", "set", AQ_PY_ROLE_INERT, AQ_U8},
    {"builtins", "dict", AQ_PY_ROLE_INERT, AQ_U8},
    {"__builtin__", "dict", AQ_PY_ROLE_INERT, AQ_U8},
    {"pathlib", "PosixPath", AQ_PY_ROLE_INERT, AQ_U8},
    {"_codecs", "encode", AQ_PY_ROLE_INERT, AQ_U8},
    {"numpy", "dtype", AQ_PY_ROLE_INERT, AQ_U8},
    {"numpy", "ndarray", AQ_PY_ROLE_INERT, AQ_U8},
    {"numpy.core.multiarray", "scalar", AQ_PY_ROLE_INERT, AQ_U8},
    {"numpy.core.multiarray", "_reconstruct", AQ_PY_ROLE_INERT, AQ_U8},
    {"torch", "device", AQ_PY_ROLE_INERT, AQ_U8},
    {"torch", "float16", AQ_PY_ROLE_INERT, AQ_U8},
    {"torch", "float32", AQ_PY_ROLE_INERT, AQ_U8},
    {"torch", "float64", AQ_PY_ROLE_INERT, AQ_U8},
    {"torch", "bfloat16", AQ_PY_ROLE_INERT, AQ_U8},
    {"torch", "int64", AQ_PY_ROLE_INERT, AQ_U8},
    {"torch", "Tensor", AQ_PY_ROLE_INERT, AQ_U8},
    {"torch.nn.parameter", "Parameter", AQ_PY_ROLE_INERT, AQ_U8},
    {"torch.serialization", "_get_layout", AQ_PY_ROLE_INERT, AQ_U8},
    /* Attributes of TorchScript modules (torch/csrc/jit/serialization/pickler.cpp). */
    {"torch.jit._pickle", "build_intlist", AQ_PY_ROLE_INERT, AQ_U8},
    {"torch.jit._pickle", "build_doublelist", AQ_PY_ROLE_INERT, AQ_U8},
    {"torch.jit._pickle", "build_boollist", AQ_PY_ROLE_INERT, AQ_U8},
    {"torch.jit._pickle", "build_tensorlist", AQ_PY_ROLE_INERT, AQ_U8},
    {"torch.jit._pickle", "restore_type_tag", AQ_PY_ROLE_INERT, AQ_U8}};

/* Where an archive's own classes are (torch/csrc/jit/docs/serialization.md). */
#define SCRIPT_CLASSES "__torch__"
static const AqPyName script_class = {SCRIPT_CLASSES, "", AQ_PY_ROLE_MODULE, AQ_U8};

static int is_script_class(const AqPy *module)
{
    const size_t n = strlen(SCRIPT_CLASSES);

    return module->as.text.n >= n &&
           memcmp(module->as.text.p, SCRIPT_CLASSES, n) == 0 &&
           (module->as.text.n == n || module->as.text.p[n] == '.');
}

AqErr aq_pickle_name(const AqPickle *p, const AqPy *module, const AqPy *name,
                     const AqPyName **out)
{
    *out = is_script_class(module) ? &script_class : NULL;
    if (*out)
        return AQ_OK;
    for (size_t k = 0; k < sizeof allowed / sizeof *allowed; k++)
        if (aq_py_is(module, allowed[k].module) && aq_py_is(name, allowed[k].name)) {
            *out = &allowed[k];
            return AQ_OK;
        }
    return aq_fail(
        AQ_ERR_UNSUPPORTED,
        "%s: refused: its pickle uses %.*s.%.*s, which does not belong in a weight "
        "file (nothing was run); save the network's state_dict()",
        p->w->path, aq_py_shown(module, 100), module->as.text.p, aq_py_shown(name, 100),
        name->as.text.p);
}

static AqErr fail_pickle_call(const AqPickle *p, const char *what)
{
    return aq_fail(AQ_ERR_FORMAT, "%s: its pickle %s; the file is damaged", p->w->path,
                   what);
}

/* A tuple's whole numbers, none negative. */
static int read_tuple_numbers(const AqPy *tuple, int n, int64_t *out)
{
    for (int k = 0; k < n; k++) {
        const AqPy *v = aq_py_item(tuple, (size_t)k);

        if (!v || v->kind != AQ_PY_INT || v->as.i < 0)
            return 0;
        out[k] = v->as.i;
    }
    return 1;
}

/* (storage, first value, size, stride, ...) */
static AqErr rebuild_tensor(AqPickle *p, const AqPy *args, AqPy *v)
{
    const AqPy *storage = aq_py_item(args, 0), *at = aq_py_item(args, 1),
               *size = aq_py_item(args, 2), *stride = aq_py_item(args, 3);

    if (!storage || storage->kind != AQ_PY_STORAGE || !at || at->kind != AQ_PY_INT ||
        at->as.i < 0 || !size || size->kind != AQ_PY_TUPLE || !stride ||
        stride->kind != AQ_PY_TUPLE || size->as.items.n != stride->as.items.n ||
        size->as.items.n > AQ_WEIGHTS_MAX_DIMS)
        return fail_pickle_call(p, "has a tensor without storage, size or stride");
    const int n = (int)size->as.items.n;
    int64_t *dims = aq_arena_alloc(p->w->arena, 2 * (size_t)n + 1, sizeof *dims);
    if (!dims)
        return AQ_ERR_NOMEM;
    if (!read_tuple_numbers(size, n, dims) || !read_tuple_numbers(stride, n, dims + n))
        return fail_pickle_call(p, "has a tensor whose sizes are not whole numbers");
    v->kind = AQ_PY_TENSOR;
    v->as.tensor.storage = storage->as.storage;
    v->as.tensor.at = at->as.i;
    v->as.tensor.n_dims = n;
    v->as.tensor.dims = dims;
    return AQ_OK;
}

/* OrderedDict() or OrderedDict([(key, value), ...]) */
static AqErr make_dict(AqPickle *p, const AqPy *args, AqPy *v)
{
    const AqPy *pairs = aq_py_item(args, 0);
    AqErr err = AQ_OK;

    v->kind = AQ_PY_DICT;
    for (size_t k = 0; err == AQ_OK && aq_py_item(pairs, k); k++) {
        AqPy *pair = pairs->as.items.v[k];

        if (!aq_py_item(pair, 1))
            return fail_pickle_call(p, "has a key without a value");
        err = aq_pickle_append(p, v, pair->as.items.v[0]);
        if (err == AQ_OK)
            err = aq_pickle_append(p, v, pair->as.items.v[1]);
    }
    return err;
}

/* The argument itself, as in Parameter(tensor). */
static AqErr unwrap_first_arg(AqPickle *p, const AqPy *args, AqPyKind kind, AqPy *v)
{
    const AqPy *x = aq_py_item(args, 0);

    if (!x || x->kind != kind)
        return fail_pickle_call(p, "wraps what it should not");
    *v = *x;
    return AQ_OK;
}

/* _rebuild_from_type_v2(function, type, its arguments, state) */
static AqErr rebuild_typed(AqPickle *p, const AqPy *args, AqPy **out)
{
    const AqPy *f = aq_py_item(args, 0), *inner = aq_py_item(args, 2);

    if (!f || f->kind != AQ_PY_NAME || f->as.name->role == AQ_PY_ROLE_REBUILD_TYPED ||
        !inner || inner->kind != AQ_PY_TUPLE)
        return fail_pickle_call(p, "wraps what it should not");
    return aq_pickle_call(p, f, args->as.items.v[2], out);
}

AqErr aq_pickle_call(AqPickle *p, const AqPy *f, AqPy *args, AqPy **out)
{
    *out = NULL;
    if (f->kind != AQ_PY_NAME)
        return fail_pickle_call(p, "calls something that is not a function");
    if (f->as.name->role == AQ_PY_ROLE_REBUILD_TYPED)
        return rebuild_typed(p, args, out);
    AqPy *v = aq_pickle_value(p, AQ_PY_OBJECT);
    AqErr err = v ? AQ_OK : AQ_ERR_NOMEM;
    if (err != AQ_OK)
        return err;
    switch (f->as.name->role) {
    case AQ_PY_ROLE_DICT:
        err = make_dict(p, args, v);
        break;
    case AQ_PY_ROLE_TUPLE:
        err = unwrap_first_arg(p, args, AQ_PY_TUPLE, v);
        break;
    case AQ_PY_ROLE_REBUILD_TENSOR:
        err = rebuild_tensor(p, args, v);
        break;
    case AQ_PY_ROLE_REBUILD_PARAMETER:
        err = unwrap_first_arg(p, args, AQ_PY_TENSOR, v);
        break;
    case AQ_PY_ROLE_MODULE:
        v->kind = AQ_PY_MODULE;
        break;
    case AQ_PY_ROLE_STORAGE:
        err = fail_pickle_call(p, "makes a storage of its own");
        break;
    case AQ_PY_ROLE_INERT:
    case AQ_PY_ROLE_REBUILD_TYPED:
        break;
    }
    *out = v;
    return err;
}
