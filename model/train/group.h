/*
 * Several processes that train one model together, as the trainer sees them: who of
 * them this is, and two ways to talk. All of them make the same calls in the same
 * order; who is behind them (MPI, threads of a test) is the giver's business.
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
    /* Puts into x (n values) the sum or the maximum of everyone's: the same bits for
     * all of them. */
    AqErr (*reduce)(AqGroup *self, AqGroupOp op, void *x, size_t n);
    /* Puts into everyone's `bytes` (n) what is in those of `root`. */
    AqErr (*broadcast)(AqGroup *self, int root, void *bytes, size_t n);
};

/* NULL is a group of one in all of these. */
static inline int aq_group_leads(const AqGroup *g)
{
    return !g || g->rank == 0;
}

/* One for all: where anyone has a fault, everyone returns it with its sentence, which
 * names the process if others have none. A stop (AQ_ERR_CANCELLED) gives way to a
 * fault. */
AQ_MUST_CHECK AqErr aq_group_agree(AqGroup *g, AqErr err);

/* *flag becomes 1 for all where it is for anyone. */
AQ_MUST_CHECK AqErr aq_group_any(AqGroup *g, int *flag);

/* AQ_ERR_MISMATCH with `sentence` for all, where anyone's digest is not the leader's.
 */
AQ_MUST_CHECK AqErr aq_group_same(AqGroup *g, const char digest[AQ_SHA256_HEX],
                                  const char *sentence);

/* The part of n things that is this process' own: those from *first on, how many. Even
 * to one, and without overlap. */
int aq_group_part(const AqGroup *g, int n, int *first);

#endif
