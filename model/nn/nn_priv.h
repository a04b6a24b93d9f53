/*
 * Inside nn: the context, the tape, and the helpers for writing operations.
 *
 * An operation checks its inputs (AQ_NN_NEED), makes its result with aq_nn_tensor(),
 * computes, and ends with aq_nn_record(), which records the backward step if a gradient
 * is needed.
 */
#ifndef AQ_MODEL_NN_NN_PRIV_H
#define AQ_MODEL_NN_NN_PRIV_H
#include "model/nn/nn.h"
#include "model/tensor/gemm.h"
#include "model/tensor/kernels.h"
#include "model/tensor/parallel.h"

#define AQ_NN_MAX_IN 4
#define AQ_NN_GRAIN  32768 /* values of an element-wise loop per task */

typedef struct AqRecord AqRecord;
/* Adds to the gradients of the inputs that have one; y->grad is set. Nothing reads
 * y->grad afterwards, so an operation may offer to reuse its memory (below). */
typedef void (*AqBackward)(AqNn *nn, AqRecord *r);

struct AqRecord {
    AqRecord *before; /* on the tape */
    AqBackward backward;
    AqTensor *y;
    AqTensor *in[AQ_NN_MAX_IN]; /* NULL if unused */
    void *more;                 /* the operation's own data, in the arena */
    const char *name;
    int in_place;           /* offered: aq_nn_in_place */
    unsigned writes, fresh; /* bits k for in[k]: offered by aq_nn_writes; accepted */
};

struct AqNn {
    AqArena *arena;
    AqArenaMark start;
    AqExecutor *exec;
    AqNnMode mode;
    AqErr err;
    AqRng rng;
    size_t part_first, part_n, part_whole; /* aq_nn_part */
    AqRecord *tape;                        /* the last operation */
    AqReal *bounce;                        /* aq_nn_keep: the tensor being moved */
    size_t bounce_count;
    char text[256]; /* of err */
};

/* Sets the sticky error and returns NULL. */
AqTensor *aq_nn_fault(AqNn *nn, AqErr err);
/* The same for mismatched shapes, a programming error. */
AqTensor *aq_nn_misfit(AqNn *nn, const char *op, const AqTensor *a, const AqTensor *b);

void *aq_nn_memory(AqNn *nn, size_t n, size_t size); /* NULL sets the error */
AqTensor *aq_nn_like(AqNn *nn, const AqTensor *x);
/* x's memory with another shape of the same count. */
AqTensor *aq_nn_view(AqNn *nn, AqTensor *x, int n_dims, const int *dims);

/* Records the operation if any input wants a gradient; returns y. */
AqTensor *aq_nn_record(AqNn *nn, const char *name, AqTensor *y, AqTensor *const *in,
                       int n_in, AqBackward backward, void *more);
#define AQ_RECORD(nn, name, y, backward, more, ...)                                    \
    aq_nn_record(nn, name, y, (AqTensor *[]){__VA_ARGS__},                             \
                 (int)(sizeof((AqTensor *[]){__VA_ARGS__}) / sizeof(AqTensor *)),      \
                 backward, more)

/* Optimisations offered for the backward of y, just recorded; each returns y. In place:
 * if in[0] has received no gradient yet, it uses y's own gradient memory (in[0]->grad
 * == y->grad), which backward transforms in place. Writes: backward can overwrite the
 * whole gradient of each in[k] whose bit is set, and does so if aq_fresh(r, k) says
 * that nothing has been added yet and the memory is not even zeroed. */
AqTensor *aq_nn_in_place(AqNn *nn, AqTensor *y);
AqTensor *aq_nn_writes(AqNn *nn, AqTensor *y, unsigned which);

static inline int aq_fresh(const AqRecord *r, int k)
{
    return (int)(r->fresh >> k & 1u);
}

/* The gradient to add to, or NULL if not wanted. */
static inline AqReal *aq_grad(const AqTensor *t)
{
    return t && t->wants_grad ? t->grad : NULL;
}

/* The last dimension of x, and the product of the others. */
static inline int aq_cols(const AqTensor *x)
{
    return x->dims[x->n_dims - 1];
}
static inline size_t aq_rows(const AqTensor *x)
{
    const int d = aq_cols(x);
    return d ? aq_tensor_count(x) / (size_t)d : 0;
}

#endif
