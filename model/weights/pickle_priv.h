/*
 * Python pickles (Lib/pickletools.py describes the opcodes; protocols 2 to 5) as plain
 * values. The interpreter has an allow-list: names are looked up in a table, and
 * "calling" one builds a plain value. A name that is not in the table is an error that
 * names it. Nothing is imported, nothing is run.
 *
 * All values live in the arena and may be shared; a value can contain itself, so walks
 * over them have a depth limit.
 */
#ifndef AQ_MODEL_WEIGHTS_PICKLE_PRIV_H
#define AQ_MODEL_WEIGHTS_PICKLE_PRIV_H
#include "model/weights/weights_priv.h"

typedef enum AqPyKind {
    AQ_PY_NONE,
    AQ_PY_BOOL,
    AQ_PY_INT,
    AQ_PY_LONG, /* more than 64 bits: `text` holds the bytes */
    AQ_PY_FLOAT,
    AQ_PY_TEXT,
    AQ_PY_BYTES,
    AQ_PY_TUPLE,
    AQ_PY_LIST,   /* sets too */
    AQ_PY_DICT,   /* items: key, value, key, value ... */
    AQ_PY_NAME,   /* from the allow-list, not called */
    AQ_PY_OBJECT, /* harmless, and not used here */
    AQ_PY_MODULE, /* TorchScript's; items as a dict's: its attributes */
    AQ_PY_STORAGE,
    AQ_PY_TENSOR
} AqPyKind;

/* The meaning of a name in the allow-list. */
typedef enum AqPyRole {
    AQ_PY_ROLE_DICT,
    AQ_PY_ROLE_TUPLE,
    AQ_PY_ROLE_REBUILD_TENSOR,
    AQ_PY_ROLE_REBUILD_PARAMETER,
    AQ_PY_ROLE_REBUILD_TYPED,
    AQ_PY_ROLE_STORAGE, /* a storage class, with its dtype */
    AQ_PY_ROLE_MODULE,  /* a class of TorchScript's, whose code is not read */
    AQ_PY_ROLE_INERT    /* kept as AQ_PY_OBJECT */
} AqPyRole;

typedef struct AqPyName {
    const char *module, *name;
    AqPyRole role;
    AqDtype dtype;
} AqPyName;

/* A block of values that tensors are views of. */
typedef struct AqPyStorage {
    const char *key;
    size_t key_bytes;
    AqDtype dtype;
    int64_t count;
    const unsigned char *data; /* NULL until located */
    struct AqPyStorage *root;  /* legacy: the storage this is a part of, or NULL */
    int64_t root_at;           /* its first value there */
    struct AqPyStorage *next;
} AqPyStorage;

typedef struct AqPy {
    AqPyKind kind;
    union {
        int64_t i;
        double f;
        struct {
            const char *p; /* in the file; not zero-terminated */
            size_t n;
        } text;
        struct {
            struct AqPy **v;
            size_t n, room;
        } items;
        const AqPyName *name;
        AqPyStorage *storage;
        struct {
            AqPyStorage *storage;
            int64_t at; /* first value in the storage */
            int n_dims;
            int64_t *dims; /* followed by the strides */
        } tensor;
    } as;
} AqPy;

typedef struct AqPickle {
    AqWeights *w; /* the arena, and the path for errors */
    /* Turns a persistent id into a storage. */
    AqErr (*storage)(struct AqPickle *p, const AqPy *id, AqPyStorage **out);
    void *ctx;
    AqPyStorage *storages; /* all created so far */
    size_t n_storages;

    /* the machine */
    const unsigned char *at, *end;
    AqPy **stack;
    size_t n, room;
    size_t *marks;
    size_t n_marks, marks_room;
    AqPy **memo;
    size_t memo_room;
    size_t n_ops, n_values, n_memoized;
} AqPickle;

/* Reads one pickle from bytes (n); *used is its length. */
AQ_MUST_CHECK AqErr aq_pickle_read(AqPickle *p, const unsigned char *bytes, size_t n,
                                   size_t *used, AqPy **out);

/* A new value; NULL when out of memory, or if the file asks for too many. */
AqPy *aq_pickle_value(AqPickle *p, AqPyKind kind);
AQ_MUST_CHECK AqErr aq_pickle_append(AqPickle *p, AqPy *list, AqPy *item);

/* Makes room in v (n) for one more item of `size` bytes; arrays double, in the arena.
 * 0: out of memory. */
int aq_pickle_grow(const AqPickle *p, void **v, size_t n, size_t *room, size_t size);

/* ---- the machine's memory (pickle_stack.c) ---- */

/* AQ_ERR_FORMAT with the message that the pickle does `what`. */
AqErr aq_pickle_fail(const AqPickle *p, const char *what);

/* v NULL, a value that could not be made, is AQ_ERR_NOMEM. */
AQ_MUST_CHECK AqErr aq_pickle_push(AqPickle *p, AqPy *v);
/* The top value above the last mark, removed (pop) or not (top); NULL if there is none.
 */
AqPy *aq_pickle_pop(AqPickle *p);
AqPy *aq_pickle_top(const AqPickle *p);
AQ_MUST_CHECK AqErr aq_pickle_mark(AqPickle *p);
/* Removes the mark and everything above it: those stay at v (n) until the next push. */
AQ_MUST_CHECK AqErr aq_pickle_pop_mark(AqPickle *p, AqPy ***v, size_t *n);

/* The memo: stores the top value under a number; pushes it again. */
AQ_MUST_CHECK AqErr aq_pickle_remember(AqPickle *p, uint64_t at);
AQ_MUST_CHECK AqErr aq_pickle_recall(AqPickle *p, uint64_t at);

/* ---- names (pickle_names.c) ---- */

/* Looks a name up in the allow-list; AQ_ERR_UNSUPPORTED, naming it, if it is not there.
 */
AQ_MUST_CHECK AqErr aq_pickle_name(const AqPickle *p, const AqPy *module,
                                   const AqPy *name, const AqPyName **out);

/* f(*args), for names in the allow-list. */
AQ_MUST_CHECK AqErr aq_pickle_call(AqPickle *p, const AqPy *f, AqPy *args, AqPy **out);

int aq_py_shown(const AqPy *text, int most);              /* its length for %.*s */
int aq_py_is(const AqPy *v, const char *text);            /* is it that text? */
const AqPy *aq_py_get(const AqPy *dict, const char *key); /* or NULL */
const AqPy *aq_py_item(const AqPy *tuple, size_t k);      /* or NULL */

#endif
