/* SPDX-License-Identifier: MIT */
#include "model/weights/torch_priv.h"

#include <stdio.h>
#include <string.h>

enum {
    MAX_DEPTH = 3,
    LEFT_OUT_BYTES = 160,
    MAX_STORAGES = 1 << 15,
    MAX_MODULES_DEEP = 16,
    MAX_MODULES = 1 << 14,
    MAX_PATH = 256
};

/* Where training scripts put the network's weights, most likely first. */
static const char *const nests[] = {"model",     "state_dict", "model_state_dict",
                                    "model_ema", "module",     "network",
                                    "net",       "params",     "weights"};

static AqErr fail_torch(const AqPickle *p, const char *what)
{
    return aq_fail(AQ_ERR_FORMAT, "%s: %s; the file is damaged", p->w->path, what);
}

/* ---- storages ---- */

AqPyStorage *aq_torch_find(const AqPickle *p, const char *key, size_t key_bytes)
{
    for (AqPyStorage *s = p->storages; s; s = s->next)
        if (s->key_bytes == key_bytes && memcmp(s->key, key, key_bytes) == 0)
            return s;
    return NULL;
}

AqErr aq_torch_storage(AqPickle *p, const AqPy *id, AqPyStorage **out)
{
    const AqPy *type = aq_py_item(id, 1), *key = aq_py_item(id, 2),
               *count = aq_py_item(id, 4);

    *out = NULL;
    if (aq_py_is(aq_py_item(id, 0), "module"))
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: refused: it holds a whole Python object with its code, not "
                       "just weights (nothing was run); save the network's "
                       "state_dict()",
                       p->w->path);
    if (!aq_py_is(aq_py_item(id, 0), "storage") || !type || type->kind != AQ_PY_NAME ||
        type->as.name->role != AQ_PY_ROLE_STORAGE || !key || key->kind != AQ_PY_TEXT ||
        !count || count->kind != AQ_PY_INT || count->as.i < 0)
        return fail_torch(p, "a reference to tensor data makes no sense");
    AqPyStorage *s = aq_torch_find(p, key->as.text.p, key->as.text.n);
    if (s && (s->dtype != type->as.name->dtype || s->count != count->as.i))
        return fail_torch(p, "two references to the same tensor data disagree");
    if (!s && ++p->n_storages > MAX_STORAGES)
        return fail_torch(
            p, "it refers to more blocks of tensor data than any network has");
    if (!s) {
        s = aq_arena_alloc(p->w->arena, 1, sizeof *s);
        if (!s)
            return AQ_ERR_NOMEM;
        *s = (AqPyStorage){.key = key->as.text.p,
                           .key_bytes = key->as.text.n,
                           .dtype = type->as.name->dtype,
                           .count = count->as.i,
                           .next = p->storages};
        p->storages = s;
    }
    *out = s;
    return AQ_OK;
}

/* ---- tensors ---- */

/* True if the tensor's last value is within its storage. */
static int tensor_fits_storage(const AqWeight *t, int64_t at, int64_t count)
{
    int64_t last = at;

    if (t->count == 0)
        return at <= count;
    for (int k = 0; k < t->n_dims; k++) {
        const int64_t steps = t->dims[k] - 1;

        if (last >= count || (steps > 0 && t->strides[k] > (count - 1 - last) / steps))
            return 0;
        last += steps * t->strides[k];
    }
    return last < count;
}

/* The name of a tensor: its own, prefixed with its dictionary's if there are several
 * (`in` may be NULL). */
static AqErr add_named(AqPickle *p, const AqPy *in, const AqPy *name, AqWeight **out)
{
    const size_t n = in ? in->as.text.n : 0;
    char *both;

    *out = NULL;
    if (!in)
        return aq_weights_add(p->w, name->as.text.p, name->as.text.n, out);
    both = aq_arena_alloc(p->w->arena, n + 1 + name->as.text.n, 1);
    if (!both)
        return AQ_ERR_NOMEM;
    memcpy(both, in->as.text.p, n);
    both[n] = '.';
    memcpy(both + n + 1, name->as.text.p, name->as.text.n);
    return aq_weights_add(p->w, both, n + 1 + name->as.text.n, out);
}

static AqErr add_tensor(AqPickle *p, const AqPy *in, const AqPy *name, const AqPy *v)
{
    const AqPyStorage *s = v->as.tensor.storage;
    int64_t at = v->as.tensor.at;
    AqWeight *t;
    AqErr err = add_named(p, in, name, &t);

    if (err != AQ_OK)
        return err;
    t->dtype = s->dtype;
    t->n_dims = v->as.tensor.n_dims;
    memcpy(t->dims, v->as.tensor.dims, (size_t)t->n_dims * sizeof *t->dims);
    err = aq_weight_set_count(p->w, t, p->w->file.n);
    if (err != AQ_OK)
        return err;
    memcpy(t->strides, v->as.tensor.dims + t->n_dims,
           (size_t)t->n_dims * sizeof *t->strides);
    if (!tensor_fits_storage(t, at, s->count))
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: tensor %s extends beyond its data; the file is damaged",
                       p->w->path, t->name);
    if (s->root) {
        at += s->root_at;
        s = s->root;
    }
    if (!s->data && s->count > 0)
        return aq_fail(AQ_ERR_FORMAT, "%s: the data of tensor %s are missing",
                       p->w->path, t->name);
    t->data =
        s->data ? s->data + (size_t)at * aq_dtype_bytes(s->dtype) : p->w->file.bytes;
    return AQ_OK;
}

static size_t n_tensors(const AqPy *dict)
{
    size_t n = 0;

    for (size_t k = 0; dict && dict->kind == AQ_PY_DICT && k < dict->as.items.n; k += 2)
        n += dict->as.items.v[k]->kind == AQ_PY_TEXT &&
             dict->as.items.v[k + 1]->kind == AQ_PY_TENSOR;
    return n;
}

/* ---- which dictionary ---- */

static const AqPy *find_nested(const AqPy *v, int depth, const char **key);

/* The dictionary of tensors under v's `key`, or NULL. */
static const AqPy *try_key(const AqPy *v, const char *key, int depth)
{
    const char *inner = NULL;
    const AqPy *at = aq_py_get(v, key);

    return at && depth < MAX_DEPTH ? find_nested(at, depth + 1, &inner) : NULL;
}

static const AqPy *find_nested(const AqPy *v, int depth, const char **key)
{
    const AqPy *found = NULL;

    for (size_t k = 0; !found && k < sizeof nests / sizeof *nests; k++) {
        found = try_key(v, nests[k], depth);
        if (found)
            *key = nests[k];
    }
    return found || n_tensors(v) == 0 ? found : v;
}

/* Notes which keys next to the weights were not read. */
static AqErr note_unread_keys(AqPickle *p, const AqPy *v, const char *taken)
{
    char text[LEFT_OUT_BYTES] = "";
    size_t at = 0, n = 0;

    for (size_t k = 0; v->kind == AQ_PY_DICT && k < v->as.items.n; k += 2) {
        const AqPy *key = v->as.items.v[k];
        const int is_weight = !taken && v->as.items.v[k + 1]->kind == AQ_PY_TENSOR;

        if (is_weight || key->kind != AQ_PY_TEXT || aq_py_is(key, taken ? taken : ""))
            continue;
        if (at < sizeof text - 40)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s%.*s", n ? ", " : "",
                                   aq_py_shown(key, 31), key->as.text.p);
        else if (at < sizeof text)
            at += (size_t)snprintf(text + at, sizeof text - at, ", ...");
        n++;
    }
    AqErr err = taken
                    ? aq_weights_add_note(p->w, "the tensors are those in '%s'", taken)
                    : AQ_OK;
    if (err == AQ_OK && n)
        err = aq_weights_add_note(p->w, "left out: %s", text);
    return err;
}

static AqErr add_dict_tensors(AqPickle *p, const AqPy *in, const AqPy *dict)
{
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < dict->as.items.n; k += 2)
        if (dict->as.items.v[k]->kind == AQ_PY_TEXT &&
            dict->as.items.v[k + 1]->kind == AQ_PY_TENSOR)
            err = add_tensor(p, in, dict->as.items.v[k], dict->as.items.v[k + 1]);
    return err;
}

/* ---- several networks: a model and its moving average, a student and its teacher ----
 */

/* The tensors under the k-th key, if they can be a network: one for pictures or sound
 * has a convolution. */
static const AqPy *network_at(const AqPy *v, size_t k)
{
    const char *inner = NULL;
    const AqPy *dict = v->as.items.v[k]->kind == AQ_PY_TEXT
                           ? find_nested(v->as.items.v[k + 1], 1, &inner)
                           : NULL;

    for (size_t j = 0; dict && j < dict->as.items.n; j += 2) {
        const AqPy *t = dict->as.items.v[j + 1];

        if (dict->as.items.v[j]->kind == AQ_PY_TEXT && t->kind == AQ_PY_TENSOR &&
            t->as.tensor.n_dims == 4)
            return dict;
    }
    return NULL;
}

static size_t n_networks(const AqPy *v)
{
    size_t n = 0;

    for (size_t k = 0; v->kind == AQ_PY_DICT && k < v->as.items.n; k += 2)
        n += network_at(v, k) != NULL;
    return n;
}

static AqErr add_networks(AqPickle *p, const AqPy *v)
{
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < v->as.items.n; k += 2) {
        const AqPy *dict = network_at(v, k), *key = v->as.items.v[k];

        if (!dict)
            continue;
        err = aq_weights_add_note(p->w, "a network is in '%.*s'", aq_py_shown(key, 31),
                                  key->as.text.p);
        if (err == AQ_OK)
            err = add_dict_tensors(p, key, dict);
    }
    return err;
}

/* ---- TorchScript: a tree of modules ---- */

typedef struct ScriptWalk {
    AqPickle *p;
    char path[MAX_PATH]; /* of the module, with a dot behind it */
    size_t n_modules;
} ScriptWalk;

static AqErr add_module(ScriptWalk *w, const AqPy *module, size_t path_bytes,
                        int depth);

/* An attribute: a tensor under its module's path, or a module in it. */
static AqErr add_attribute(ScriptWalk *w, const AqPy *key, const AqPy *v, size_t at,
                           int depth)
{
    const size_t n = key->as.text.n;

    if (v->kind != AQ_PY_TENSOR && v->kind != AQ_PY_MODULE)
        return AQ_OK;
    if (w->p->w->n > MAX_STORAGES)
        return fail_torch(w->p, "it has more tensors than any network");
    if (at + n + 1 > sizeof w->path)
        return fail_torch(w->p, "a module's name is longer than any network's");
    memcpy(w->path + at, key->as.text.p, n);
    if (v->kind == AQ_PY_TENSOR) {
        const AqPy name = {.kind = AQ_PY_TEXT, .as.text = {w->path, at + n}};

        return add_tensor(w->p, NULL, &name, v);
    }
    w->path[at + n] = '.';
    return add_module(w, v, at + n + 1, depth + 1);
}

static AqErr add_module(ScriptWalk *w, const AqPy *module, size_t path_bytes, int depth)
{
    AqErr err = AQ_OK;

    if (depth > MAX_MODULES_DEEP || ++w->n_modules > MAX_MODULES)
        return fail_torch(w->p, "it has more modules than any network");
    for (size_t k = 0; err == AQ_OK && k + 1 < module->as.items.n; k += 2)
        if (module->as.items.v[k]->kind == AQ_PY_TEXT)
            err = add_attribute(w, module->as.items.v[k], module->as.items.v[k + 1],
                                path_bytes, depth);
    return err;
}

static AqErr add_script(AqPickle *p, const AqPy *value)
{
    ScriptWalk w = {.p = p};
    const AqErr err = add_module(&w, value, 0, 0);

    if (err == AQ_OK && p->w->n == 0)
        return aq_fail(AQ_ERR_FORMAT, "%s: its TorchScript module has no tensors",
                       p->w->path);
    p->w->format = "torchscript";
    return err;
}

AqErr aq_torch_add(AqPickle *p, const AqPy *value)
{
    static const AqPy alone = {.kind = AQ_PY_TEXT, .as.text = {.p = "tensor", .n = 6}};
    const char *taken = NULL;

    if (value->kind == AQ_PY_TENSOR)
        return add_tensor(p, NULL, &alone, value);
    if (value->kind == AQ_PY_MODULE)
        return add_script(p, value);
    if (n_networks(value) > 1)
        return add_networks(p, value);
    const AqPy *dict = find_nested(value, 0, &taken);
    if (!dict)
        return aq_fail(
            AQ_ERR_FORMAT,
            "%s: holds no dictionary of tensors, neither by itself nor under "
            "'model' or 'state_dict'",
            p->w->path);
    const AqErr err = note_unread_keys(p, value, taken);
    return err == AQ_OK ? add_dict_tensors(p, NULL, dict) : err;
}
