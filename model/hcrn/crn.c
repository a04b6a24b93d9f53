/* SPDX-License-Identifier: MIT */
/* A row of a constant matrix for each subset gives all their means as one product. */
#include "model/hcrn/crn.h"

#include <stdio.h>

AqCrn aq_declare_crn(AqDeclare *d, const char *prefix, int n, int first, int gated,
                     int dim)
{
    AqCrn p = {.n = n, .first = first, .gated = gated};
    char name[32];

    for (int s = first; s <= n - 2; s++) {
        (void)snprintf(name, sizeof name, "fuse.%d", s);
        p.fuse[s] = aq_declare_dense(d, prefix, name, 2 * dim, dim);
        (void)snprintf(name, sizeof name, "gate.%d", s);
        if (gated)
            p.gate[s] = aq_declare_dense(d, prefix, name, 2 * dim, dim);
    }
    return p;
}

/* Subsets of all sizes, of each group: (G,all,n), 1/k for the k objects of each. */
static AqTensor *draw_means(AqNn *nn, const AqCrn *p, int G, int count, AqRng *rng)
{
    int all = 0;

    for (int s = p->first; s <= p->n - 2; s++)
        all += aq_subsets_count(p->n, p->n - s, count);
    AqTensor *y = aq_nn_zeros(nn, AQ_DIMS(G, all, p->n));
    uint64_t *subsets = aq_arena_alloc(aq_nn_arena(nn), (size_t)count, sizeof *subsets);
    if (!y || !subsets)
        return NULL;
    AqReal *row = y->data;
    for (int g = 0; g < G; g++)
        for (int s = p->first; s <= p->n - 2; s++) {
            const int k = p->n - s, t = aq_subsets_count(p->n, k, count);

            aq_subsets_draw(rng, p->n, k, t, subsets);
            for (int j = 0; j < t; j++, row += p->n)
                for (int i = 0; i < p->n; i++)
                    row[i] = subsets[j] >> i & 1 ? 1 / (AqReal)k : 0;
        }
    return y;
}

/* h = ELU(W [g ; c] + b), times sigmoid(V [g ; c] + u) if gated; its mean over t
 * subsets: (G,1,R,d) of g (G,t,R,d) and c (G,R,d). */
static AqTensor *relate_subsets(AqNn *nn, const AqCrn *p, int s, AqTensor *g,
                                AqTensor *c)
{
    if (!g || !c)
        return NULL;
    const int G = g->dims[0], t = g->dims[1], R = g->dims[2], d = g->dims[3];
    AqTensor *both[2] = {g, aq_repeat_each(nn, c, t)};

    both[1] = aq_reshape(nn, both[1], AQ_DIMS(G, t, R, d));
    AqTensor *x = aq_concat(nn, both, 2, 3);
    AqTensor *h = aq_dense(nn, x, &p->fuse[s], AQ_ACT_ELU);
    if (p->gated)
        h = aq_mul(nn, h, aq_dense(nn, x, &p->gate[s], AQ_ACT_SIGMOID));
    if (t > 1)
        h = aq_mean(nn, h, 1);
    return aq_reshape(nn, h, AQ_DIMS(G, 1, R, d));
}

AqTensor *aq_crn(AqNn *nn, const AqCrn *p, AqTensor *x, AqTensor *condition, int count,
                 AqRng rng)
{
    AqTensor *object[AQ_HCRN_MOST];

    if (!x || !condition)
        return NULL;
    const int G = x->dims[0], R = x->dims[2], d = x->dims[3];
    AqTensor *means = draw_means(nn, p, G, count, &rng);
    AqTensor *g = aq_matmul(nn, means, aq_reshape(nn, x, AQ_DIMS(G, p->n, R * d)), 0);
    if (!g)
        return NULL;
    g = aq_reshape(nn, g, AQ_DIMS(G, g->dims[1], R, d));
    int n = 0;
    for (int s = p->first, at = 0; s <= p->n - 2; s++) {
        const int t = aq_subsets_count(p->n, p->n - s, count);

        object[n++] = relate_subsets(nn, p, s, aq_slice(nn, g, 1, at, t), condition);
        at += t;
    }
    return aq_concat(nn, object, n, 1);
}
