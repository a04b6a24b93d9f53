/*
 * The conditional relation network (section 1 of docs/hcrn.md): of n objects and a
 * condition, for each size of subset one object that says how so many of them relate.
 */
#ifndef AQ_MODEL_HCRN_CRN_H
#define AQ_MODEL_HCRN_CRN_H
#include "model/hcrn/hcrn.h"
#include "model/hcrn/subsets.h"

typedef struct AqCrn {
    int n;     /* objects that it is given */
    int first; /* subsets of n - first objects are the largest */
    int gated;
    /* Of subsets of n - s objects: the published code's index s. */
    AqDense fuse[AQ_HCRN_MOST], gate[AQ_HCRN_MOST];
} AqCrn;

/* How many objects it gives: of sizes n - first, .., 2. */
static inline int aq_crn_objects(const AqCrn *p)
{
    return p->n - 1 - p->first;
}

/* first: 1, or 0 if all objects together are a subset too. */
AqCrn aq_declare_crn(AqDeclare *d, const char *prefix, int n, int first, int gated,
                     int dim);

/* x (G,n,R,d), n objects of R rows in each of G groups, which have subsets of their
 * own; condition (G,R,d) -> (G,objects,R,d), those of the largest subsets first. count:
 * subsets of each size. */
AqTensor *aq_crn(AqNn *nn, const AqCrn *p, AqTensor *x, AqTensor *condition, int count,
                 AqRng rng);

#endif
