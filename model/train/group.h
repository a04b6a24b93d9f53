/*
 * A group of processes that train one model together, as the trainer sees it: this
 * process's rank, and two collective operations. All of them make the same calls in the
 * same order; the implementation (MPI, threads in a test) is the caller's business.
 */
#ifndef AQ_MODEL_TRAIN_GROUP_H
#define AQ_MODEL_TRAIN_GROUP_H
#include "base/digest.h"
#include "base/err.h"

#include <stddef.h>

typedef enum AqGroupOp {
    AQ_GROUP_SUM_FLOATS,
    AQ_GROUP_SUM_DOUBLES,
    AQ_GROUP_MAX_DOUBLES
} AqGroupOp;

typedef struct AqGroup AqGroup;
struct AqGroup {
    int rank, n; /* 0..n-1; rank 0 leads: it alone writes files and messages */
    /* Replaces x (n values) with the sum or maximum over all processes, bit for bit the
     * same on each. */
    AqErr (*reduce)(AqGroup *self, AqGroupOp op, void *x, size_t n);
    /* Copies `bytes` (n) of `root` to all processes. */
    AqErr (*broadcast)(AqGroup *self, int root, void *bytes, size_t n);
};

/* NULL is a group of one in all functions below. */
static inline int aq_group_leads(const AqGroup *g)
{
    return !g || g->rank == 0;
}

/* If any process has an error, all return it with its message, which names the process
 * if others have none. An error takes precedence over a stop (AQ_ERR_CANCELLED). */
AQ_MUST_CHECK AqErr aq_group_agree(AqGroup *g, AqErr err);

/* Sets *flag to 1 on all processes if it is on any. */
AQ_MUST_CHECK AqErr aq_group_any(AqGroup *g, int *flag);

/* AQ_ERR_MISMATCH with `sentence` on all if any digest differs from the leader's. */
AQ_MUST_CHECK AqErr aq_group_same(AqGroup *g, const char digest[AQ_SHA256_HEX],
                                  const char *sentence);

/* This process's share of n things: returns their number, starting at *first. Shares do
 * not overlap and differ by at most one. */
int aq_group_part(const AqGroup *g, int n, int *first);

#endif
