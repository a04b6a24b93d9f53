/*
 * Python pickles (Lib/pickletools.py describes the opcodes; protocols 2 to 5) as plain
 * values. It is an interpreter of an allow-list: names are looked up in a table, and
 * "calling" one builds a value of ours. A name that is not in the table ends the
 * reading with that name in the sentence. Nothing is imported, nothing is run.
 *
 * All values are the arena's and may be shared; a value can hold itself, so walks over
 * them are bounded by depth.
 */
#ifndef AQ_MODEL_WEIGHTS_PICKLE_PRIV_H
#define AQ_MODEL_WEIGHTS_PICKLE_PRIV_H
#include "model/weights/weights_priv.h"

typedef enum AqPyKind {
    AQ_PY_NONE,
    AQ_PY_BOOL,
    AQ_PY_INT,
    AQ_PY_LONG, /* of more than 64 bits: `text` holds the bytes */
    AQ_PY_FLOAT,
    AQ_PY_TEXT,
    AQ_PY_BYTES,
    AQ_PY_TUPLE,
    AQ_PY_LIST,   /* sets too */
    AQ_PY_DICT,   /* items: key, value, key, value ... */
    AQ_PY_NAME,   /* of the allow-list, not called */
    AQ_PY_OBJECT, /* a harmless thing that is of no use here */
    AQ_PY_STORAGE,
    AQ_PY_TENSOR
} AqPyKind;

/* What a name of the allow-list stands for. */
typedef enum AqPyRole {
    AQ_PY_ROLE_DICT,
    AQ_PY_ROLE_TUPLE,
    AQ_PY_ROLE_REBUILD_TENSOR,
    AQ_PY_ROLE_REBUILD_PARAMETER,
    AQ_PY_ROLE_REBUILD_TYPED,
    AQ_PY_ROLE_STORAGE, /* a class of storages, of one dtype */
    AQ_PY_ROLE_INERT    /* kept as AQ_PY_OBJECT */
} AqPyRole;

typedef struct AqPyName {
    const char *module, *name;
    AqPyRole role;
    AqDtype dtype;
} AqPyName;

/* One block of values that tensors look into. */
typedef struct AqPyStorage {
    const char *key;
    size_t key_bytes;
    AqDtype dtype;
    int64_t count;
    const unsigned char *data; /* NULL until it is known where it lies */
    struct AqPyStorage *root;  /* legacy: this is a part of another one, or NULL */
    int64_t root_at;           /* its first value there */
    struct AqPyStorage *next;
} AqPyStorage;

typedef struct AqPy {
    AqPyKind kind;
    union {
        int64_t i;
        double f;
        struct {
            const char *p; /* in the file; no zero behind it */
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
            int64_t *dims; /* and behind them the strides */
        } tensor;
    } as;
} AqPy;

typedef struct AqPickle {
    AqWeights *w; /* arena, and the path for faults */
    /* A persistent id becomes a storage. */
    AqErr (*storage)(struct AqPickle *p, const AqPy *id, AqPyStorage **out);
    void *ctx;
    AqPyStorage *storages; /* all that were made */
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

/* Reads one pickle from bytes (n) on; *used is where it ended. */
AQ_MUST_CHECK AqErr aq_pickle_read(AqPickle *p, const unsigned char *bytes, size_t n,
                                   size_t *used, AqPy **out);

/* A new value; NULL when memory is out, or the file asks for too many. */
AqPy *aq_pickle_value(AqPickle *p, AqPyKind kind);
AQ_MUST_CHECK AqErr aq_pickle_append(AqPickle *p, AqPy *list, AqPy *item);

/* Room for one more of `size` bytes behind v (n); arrays double, in the arena. 0:
 * memory is out. */
int aq_pickle_grow(const AqPickle *p, void **v, size_t n, size_t *room, size_t size);

/* ---- the machine's memory (pickle_stack.c) ---- */

/* AQ_ERR_FORMAT: the pickle does `what`. */
AqErr aq_pickle_fail(const AqPickle *p, const char *what);

/* v NULL is AQ_ERR_NOMEM: a value that could not be made. */
AQ_MUST_CHECK AqErr aq_pickle_push(AqPickle *p, AqPy *v);
/* The last one above the last mark, taken or not; NULL if there is none. */
AqPy *aq_pickle_pop(AqPickle *p);
AqPy *aq_pickle_top(const AqPickle *p);
AQ_MUST_CHECK AqErr aq_pickle_mark(AqPickle *p);
/* Takes all above the mark, and the mark: they stay at v (n) until the next push. */
AQ_MUST_CHECK AqErr aq_pickle_pop_mark(AqPickle *p, AqPy ***v, size_t *n);

/* The memo: what is on top, kept under a number; pushed again. */
AQ_MUST_CHECK AqErr aq_pickle_remember(AqPickle *p, uint64_t at);
AQ_MUST_CHECK AqErr aq_pickle_recall(AqPickle *p, uint64_t at);

/* ---- names (pickle_names.c) ---- */

/* The allow-list. AQ_ERR_UNSUPPORTED, with the name, for what is not in it. */
AQ_MUST_CHECK AqErr aq_pickle_name(const AqPickle *p, const AqPy *module,
                                   const AqPy *name, const AqPyName **out);

/* f(*args), for names of the allow-list. */
AQ_MUST_CHECK AqErr aq_pickle_call(AqPickle *p, const AqPy *f, AqPy *args, AqPy **out);

int aq_py_shown(const AqPy *text, int most);              /* its length for %.*s */
int aq_py_is(const AqPy *v, const char *text);            /* that text? */
const AqPy *aq_py_get(const AqPy *dict, const char *key); /* or NULL */
const AqPy *aq_py_item(const AqPy *tuple, size_t k);      /* or NULL */

#endif
