/* SPDX-License-Identifier: MIT */
#include "model/tensor/grouped.h"

#include "base/alloc.h"
#include "model/tensor/kernels.h"

enum { OUT = AQ_TAPS_OUT, PIXELS = AQ_TAPS_PIXELS };

struct AqGrouped {
    size_t O, taps;
    size_t C;      /* input channels that sixteen outputs see together */
    size_t apart;  /* outputs that share those */
    AqReal *block; /* (O / OUT, taps, C, OUT) */
};

int aq_grouped_suits(int O, int groups)
{
    const int each = groups > 0 ? O / groups : 0;

    return each > 0 && O % groups == 0 && O % OUT == 0 &&
           (each % OUT == 0 || OUT % each == 0);
}

/* Output o's filter into its column, which begins at its group's first input. */
static void place_filter(AqGrouped *g, const AqReal *w, size_t o, size_t each, size_t C)
{
    const size_t first = o % g->apart / each * C;
    AqReal *to = g->block + o / OUT * g->taps * g->C * OUT + o % OUT;

    for (size_t t = 0; t < g->taps; t++)
        for (size_t c = 0; c < C; c++)
            to[(t * g->C + first + c) * OUT] = w[(o * g->taps + t) * C + c];
}

AqErr aq_grouped_new(AqGrouped **out, const AqReal *w, int O, int taps, int C,
                     int groups)
{
    AqGrouped *g = aq_alloc(1, sizeof *g);
    const size_t each = (size_t)(O / groups), inputs = (size_t)C;

    *out = NULL;
    if (!g)
        return AQ_ERR_NOMEM;
    g->O = (size_t)O;
    g->taps = (size_t)taps;
    g->apart = each < OUT ? OUT : each;
    g->C = g->apart / each * inputs;
    g->block = aq_alloc(g->O * g->taps * g->C, sizeof *g->block); /* zeros */
    if (!g->block) {
        aq_grouped_free(&g);
        return AQ_ERR_NOMEM;
    }
    for (size_t o = 0; o < g->O; o++)
        place_filter(g, w, o, each, inputs);
    *out = g;
    return AQ_OK;
}

void aq_grouped_free(AqGrouped **gp)
{
    if (*gp)
        aq_free((*gp)->block);
    aq_free(*gp);
    *gp = NULL;
}

void aq_grouped_run(const AqGrouped *g, AqReal *y, const AqReal *const *x, size_t n,
                    const AqReal *bias, int relu)
{
    AqTapsJob job = {.taps = g->taps, .C = g->C, .relu = relu};

    for (size_t o = 0; o < g->O; o += OUT) { /* its filters stay in cache */
        job.w = g->block + o * g->taps * g->C;
        job.from = o / g->apart * g->C;
        job.bias = bias + o;
        for (size_t p = 0; p < n; p += PIXELS) {
            for (size_t k = 0; k < PIXELS; k++) { /* past the last: the last again */
                const size_t at = p + k < n ? p + k : n - 1;

                job.y[k] = y + at * g->O + o;
                job.x[k] = x + at * g->taps;
            }
            aq_kernels()->taps(&job);
        }
    }
}
