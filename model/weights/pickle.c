/* SPDX-License-Identifier: MIT */
/* The machine's operations. Each consumes at least one byte of the file and creates at
 * most one value, so that memory is bounded by the pickle's length. */
#include "model/weights/pickle_priv.h"

#include <string.h>

enum { MAX_PROTOCOL = 5 };

static const unsigned char *take_pickle_bytes(AqPickle *p, size_t n)
{
    const unsigned char *at = p->at;

    if ((size_t)(p->end - at) < n)
        return NULL;
    p->at += n;
    return at;
}

static AqErr short_of_bytes(const AqPickle *p)
{
    return aq_pickle_fail(p, "ends in the middle");
}

/* ---- groups of operations; each sets *done if the opcode belonged to it ---- */

static AqErr push_int(AqPickle *p, AqPyKind kind, int64_t i)
{
    AqPy *v = aq_pickle_value(p, kind);

    if (v)
        v->as.i = i;
    return aq_pickle_push(p, v);
}

static AqErr push_long(AqPickle *p, size_t n)
{
    const unsigned char *b = take_pickle_bytes(p, n);
    uint64_t bits = 0;

    if (!b)
        return short_of_bytes(p);
    if (n > 8) {
        AqPy *v = aq_pickle_value(p, AQ_PY_LONG);

        if (v) {
            v->as.text.p = (const char *)b;
            v->as.text.n = n;
        }
        return aq_pickle_push(p, v);
    }
    for (size_t k = 0; k < n; k++)
        bits |= (uint64_t)b[k] << (8 * k);
    if (n > 0 && n < 8 && (b[n - 1] & 0x80))
        bits |= UINT64_MAX << (8 * n); /* two's complement */
    return push_int(p, AQ_PY_INT, (int64_t)bits);
}

static AqErr push_float(AqPickle *p, const unsigned char *b)
{
    AqPy *v = aq_pickle_value(p, AQ_PY_FLOAT);
    uint64_t bits = 0;

    for (int k = 0; k < 8; k++) /* the one big-endian number of the format */
        bits = bits << 8 | b[k];
    if (v)
        memcpy(&v->as.f, &bits, sizeof bits);
    return aq_pickle_push(p, v);
}

static AqErr run_number(AqPickle *p, int op, int *done)
{
    static const char sizes[] = {['J'] = 4, ['K'] = 1, ['M'] = 2, ['G'] = 8};
    const unsigned char *b;

    *done = 1;
    switch (op) {
    case 'N':
        return aq_pickle_push(p, aq_pickle_value(p, AQ_PY_NONE));
    case 0x88:
    case 0x89:
        return push_int(p, AQ_PY_BOOL, op == 0x88);
    case 'J': /* BININT, BININT1, BININT2, BINFLOAT */
    case 'K':
    case 'M':
    case 'G':
        b = take_pickle_bytes(p, (size_t)sizes[op]);
        if (!b)
            return short_of_bytes(p);
        if (op == 'G')
            return push_float(p, b);
        return push_int(p, AQ_PY_INT,
                        op == 'J'   ? (int32_t)aq_little32(b)
                        : op == 'M' ? aq_little16(b)
                                    : b[0]);
    case 0x8a: /* LONG1 */
        b = take_pickle_bytes(p, 1);
        return b ? push_long(p, b[0]) : short_of_bytes(p);
    case 0x8b: /* LONG4 */
        b = take_pickle_bytes(p, 4);
        return b ? push_long(p, aq_little32(b)) : short_of_bytes(p);
    default:
        *done = 0;
        return AQ_OK;
    }
}

static AqErr push_text(AqPickle *p, AqPyKind kind, int length_bytes)
{
    const unsigned char *b = take_pickle_bytes(p, (size_t)length_bytes);
    uint64_t n = 0;

    if (!b)
        return short_of_bytes(p);
    for (int k = length_bytes - 1; k >= 0; k--)
        n = n << 8 | b[k];
    if (n > (uint64_t)(p->end - p->at))
        return short_of_bytes(p);
    AqPy *v = aq_pickle_value(p, kind);
    if (v) {
        v->as.text.p = (const char *)p->at;
        v->as.text.n = (size_t)n;
    }
    p->at += n;
    return aq_pickle_push(p, v);
}

static AqErr run_text(AqPickle *p, int op, int *done)
{
    *done = 1;
    switch (op) {
    case 'X': /* BINUNICODE */
        return push_text(p, AQ_PY_TEXT, 4);
    case 0x8c: /* SHORT_BINUNICODE */
        return push_text(p, AQ_PY_TEXT, 1);
    case 0x8d: /* BINUNICODE8 */
        return push_text(p, AQ_PY_TEXT, 8);
    case 'T': /* BINSTRING, SHORT_BINSTRING: Python 2's str */
        return push_text(p, AQ_PY_TEXT, 4);
    case 'U':
        return push_text(p, AQ_PY_TEXT, 1);
    case 'B': /* BINBYTES, SHORT_BINBYTES, BINBYTES8, BYTEARRAY8 */
        return push_text(p, AQ_PY_BYTES, 4);
    case 'C':
        return push_text(p, AQ_PY_BYTES, 1);
    case 0x8e:
    case 0x96:
        return push_text(p, AQ_PY_BYTES, 8);
    default:
        *done = 0;
        return AQ_OK;
    }
}

static AqErr append_all(AqPickle *p, AqPy *to, AqPy **v, size_t n)
{
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < n; k++)
        err = aq_pickle_append(p, to, v[k]);
    return err;
}

/* A tuple, list or dict of what is above the mark. */
static AqErr push_marked(AqPickle *p, AqPyKind kind)
{
    AqPy **v = NULL, *to = aq_pickle_value(p, kind);
    size_t n = 0;
    AqErr err = to ? aq_pickle_pop_mark(p, &v, &n) : AQ_ERR_NOMEM;

    if (err == AQ_OK && kind == AQ_PY_DICT && n % 2)
        err = aq_pickle_fail(p, "has a key without a value");
    if (err == AQ_OK)
        err = append_all(p, to, v, n);
    return err == AQ_OK ? aq_pickle_push(p, to) : err;
}

static AqErr push_tuple(AqPickle *p, size_t n)
{
    AqPy *v[3], *to = aq_pickle_value(p, AQ_PY_TUPLE);

    if (!to)
        return AQ_ERR_NOMEM;
    for (size_t k = n; k-- > 0;) {
        v[k] = aq_pickle_pop(p);
        if (!v[k])
            return aq_pickle_fail(p, "takes more than there is");
    }
    const AqErr err = append_all(p, to, v, n);
    return err == AQ_OK ? aq_pickle_push(p, to) : err;
}

/* APPENDS, ADDITEMS, SETITEMS, into the value below the mark. Objects discard them. */
static AqErr add_marked(AqPickle *p, AqPyKind kind)
{
    AqPy **v;
    size_t n;
    AqErr err = aq_pickle_pop_mark(p, &v, &n);

    if (err != AQ_OK)
        return err;
    AqPy *to = aq_pickle_top(p);
    if (to && to->kind == AQ_PY_OBJECT)
        return AQ_OK;
    if (!to || to->kind != kind || (kind == AQ_PY_DICT && n % 2))
        return aq_pickle_fail(p, "adds items to a value of another type");
    return append_all(p, to, v, n);
}

static AqErr add_to_collection(AqPickle *p, AqPyKind kind)
{
    AqPy *value = aq_pickle_pop(p),
         *key = kind == AQ_PY_DICT ? aq_pickle_pop(p) : value, *to = aq_pickle_top(p);

    if (!value || !key || !to || (to->kind != kind && to->kind != AQ_PY_OBJECT))
        return aq_pickle_fail(p, "adds items to a value of another type");
    if (to->kind == AQ_PY_OBJECT)
        return AQ_OK;
    if (kind == AQ_PY_DICT) {
        const AqErr err = aq_pickle_append(p, to, key);
        if (err != AQ_OK)
            return err;
    }
    return aq_pickle_append(p, to, value);
}

static AqErr run_collection(AqPickle *p, int op, int *done)
{
    *done = 1;
    switch (op) {
    case ')':
        return push_tuple(p, 0);
    case 0x85: /* TUPLE1 to TUPLE3 */
    case 0x86:
    case 0x87:
        return push_tuple(p, (size_t)(op - 0x84));
    case 't':
        return push_marked(p, AQ_PY_TUPLE);
    case ']':
    case 0x8f: /* EMPTY_SET */
        return aq_pickle_push(p, aq_pickle_value(p, AQ_PY_LIST));
    case 'l':
    case 0x91: /* FROZENSET */
        return push_marked(p, AQ_PY_LIST);
    case '}':
        return aq_pickle_push(p, aq_pickle_value(p, AQ_PY_DICT));
    case 'd':
        return push_marked(p, AQ_PY_DICT);
    case 'a':
        return add_to_collection(p, AQ_PY_LIST);
    case 'e':
    case 0x90: /* ADDITEMS */
        return add_marked(p, AQ_PY_LIST);
    case 's':
        return add_to_collection(p, AQ_PY_DICT);
    case 'u':
        return add_marked(p, AQ_PY_DICT);
    default:
        *done = 0;
        return AQ_OK;
    }
}

/* MEMOIZE uses the next free number. */
static AqErr memoize_next(AqPickle *p)
{
    const AqErr err = aq_pickle_remember(p, p->n_memoized);

    p->n_memoized++;
    return err;
}

static AqErr run_memo(AqPickle *p, int op, int *done)
{
    const int wide = op == 'r' || op == 'j';
    const unsigned char *b;

    *done = 1;
    switch (op) {
    case 0x94:
        return memoize_next(p);
    case 'q': /* BINPUT, LONG_BINPUT */
    case 'r':
        b = take_pickle_bytes(p, wide ? 4 : 1);
        return b ? aq_pickle_remember(p, wide ? aq_little32(b) : b[0])
                 : short_of_bytes(p);
    case 'h': /* BINGET, LONG_BINGET */
    case 'j':
        b = take_pickle_bytes(p, wide ? 4 : 1);
        return b ? aq_pickle_recall(p, wide ? aq_little32(b) : b[0])
                 : short_of_bytes(p);
    default:
        *done = 0;
        return AQ_OK;
    }
}

/* One line of text; GLOBAL has two. */
static AqErr take_line(AqPickle *p, AqPy *out)
{
    const unsigned char *end = memchr(p->at, '\n', (size_t)(p->end - p->at));

    if (!end)
        return short_of_bytes(p);
    *out = (AqPy){.kind = AQ_PY_TEXT,
                  .as.text = {.p = (const char *)p->at, .n = (size_t)(end - p->at)}};
    p->at = end + 1;
    return AQ_OK;
}

static AqErr push_name(AqPickle *p, const AqPy *module, const AqPy *name)
{
    const AqPyName *found = NULL;
    const AqErr err = aq_pickle_name(p, module, name, &found);

    if (err != AQ_OK)
        return err;
    AqPy *v = aq_pickle_value(p, AQ_PY_NAME);
    if (v)
        v->as.name = found;
    return aq_pickle_push(p, v);
}

static AqErr run_global(AqPickle *p, int op)
{
    AqPy module, name, *top_name, *top_module;

    if (op == 'c') {
        AqErr err = take_line(p, &module);
        if (err == AQ_OK)
            err = take_line(p, &name);
        return err == AQ_OK ? push_name(p, &module, &name) : err;
    }
    top_name = aq_pickle_pop(p);
    top_module = aq_pickle_pop(p);
    if (!top_name || !top_module || top_name->kind != AQ_PY_TEXT ||
        top_module->kind != AQ_PY_TEXT)
        return aq_pickle_fail(p, "names something without a name");
    return push_name(p, top_module, top_name);
}

static AqErr call_py_function(AqPickle *p, int with_keywords)
{
    AqPy *ignored = with_keywords ? aq_pickle_pop(p) : NULL, *args = aq_pickle_pop(p),
         *f = aq_pickle_pop(p), *v;

    if (!f || !args || args->kind != AQ_PY_TUPLE || (with_keywords && !ignored))
        return aq_pickle_fail(p, "calls without arguments");
    const AqErr err = aq_pickle_call(p, f, args, &v);
    return err == AQ_OK ? aq_pickle_push(p, v) : err;
}

/* State set on an object: a module's attributes; else metadata of a dictionary, or of
 * an object not used here. */
static AqErr build_py_object(AqPickle *p)
{
    const AqPy *state = aq_pickle_pop(p);
    AqPy *to = aq_pickle_top(p);

    if (!state || !to)
        return aq_pickle_fail(p, "builds without an object");
    if (to->kind == AQ_PY_MODULE) {
        if (state->kind == AQ_PY_DICT)
            to->as.items = state->as.items;
        return AQ_OK;
    }
    if (to->kind == AQ_PY_DICT || to->kind == AQ_PY_OBJECT || to->kind == AQ_PY_TENSOR)
        return AQ_OK;
    return aq_pickle_fail(p, "sets the state of what has none");
}

static AqErr load_persistent_id(AqPickle *p)
{
    const AqPy *id = aq_pickle_pop(p);
    AqPy *v = aq_pickle_value(p, AQ_PY_STORAGE);

    if (!id)
        return aq_pickle_fail(p, "refers to data without saying which");
    if (!v)
        return AQ_ERR_NOMEM;
    if (!p->storage)
        return aq_pickle_fail(p, "refers to data where there is none");
    const AqErr err = p->storage(p, id, &v->as.storage);
    return err == AQ_OK ? aq_pickle_push(p, v) : err;
}

static AqErr run_call(AqPickle *p, int op, int *done)
{
    *done = 1;
    switch (op) {
    case 'c':
    case 0x93: /* STACK_GLOBAL */
        return run_global(p, op);
    case 'R':
    case 0x81: /* NEWOBJ */
        return call_py_function(p, 0);
    case 0x92: /* NEWOBJ_EX */
        return call_py_function(p, 1);
    case 'b':
        return build_py_object(p);
    case 'Q':
        return load_persistent_id(p);
    default:
        *done = 0;
        return AQ_OK;
    }
}

static AqErr run_stack(AqPickle *p, int op, int *done)
{
    const unsigned char *b;
    AqPy **v;
    size_t n;

    *done = 1;
    switch (op) {
    case '(':
        return aq_pickle_mark(p);
    case '0': /* POP */
        return aq_pickle_pop(p) ? AQ_OK : aq_pickle_fail(p, "takes more than there is");
    case '1': /* POP_MARK */
        return aq_pickle_pop_mark(p, &v, &n);
    case '2': /* DUP */
        return aq_pickle_top(p) ? aq_pickle_push(p, aq_pickle_top(p))
                                : aq_pickle_fail(p, "takes more than there is");
    case 0x80: /* PROTO */
        b = take_pickle_bytes(p, 1);
        if (!b)
            return short_of_bytes(p);
        return b[0] <= MAX_PROTOCOL
                   ? AQ_OK
                   : aq_fail(AQ_ERR_UNSUPPORTED,
                             "%s: is a pickle of protocol %d; protocols up to %d are "
                             "supported",
                             p->w->path, b[0], MAX_PROTOCOL);
    case 0x95: /* FRAME */
        return take_pickle_bytes(p, 8) ? AQ_OK : short_of_bytes(p);
    default:
        *done = 0;
        return AQ_OK;
    }
}

static AqErr run_pickle_op(AqPickle *p, int op)
{
    static AqErr (*const groups[])(AqPickle *, int, int *) = {
        run_memo, run_text, run_number, run_collection, run_stack, run_call};
    int done = 0;
    AqErr err = AQ_OK;

    for (size_t k = 0; !done && k < sizeof groups / sizeof *groups; k++)
        err = groups[k](p, op, &done);
    if (done)
        return err;
    return aq_fail(AQ_ERR_FORMAT,
                   "%s: its pickle has the operation 0x%02x, which writers of weights "
                   "do not use; the file is damaged, or of a protocol before 2",
                   p->w->path, (unsigned)op);
}

AqErr aq_pickle_read(AqPickle *p, const unsigned char *bytes, size_t n, size_t *used,
                     AqPy **out)
{
    AqErr err = AQ_OK;

    *out = NULL;
    p->at = bytes;
    p->end = bytes + n;
    p->n = p->n_marks = p->n_ops = p->n_memoized = 0;
    p->memo_room = 0;
    while (err == AQ_OK) {
        const unsigned char *op = take_pickle_bytes(p, 1);

        if (!op)
            return short_of_bytes(p);
        if (*op == '.')
            break;
        p->n_ops++;
        err = run_pickle_op(p, *op);
    }
    if (err != AQ_OK)
        return err;
    *out = aq_pickle_pop(p);
    *used = (size_t)(p->at - bytes);
    return *out && p->n_marks == 0 ? AQ_OK : aq_pickle_fail(p, "ends without a value");
}
