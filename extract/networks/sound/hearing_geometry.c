/* SPDX-License-Identifier: MIT */
#include "extract/networks/sound/hearing_geometry.h"

#include "base/concepts/heard.h"

#include <stdarg.h>
#include <stdio.h>

enum { MAX_CHANNELS = 1 << 13, MAX_KERNEL = 7, MAX_INSIDE = 8 };

AqHearingGeometry aq_hearing_usual(void)
{
    return (AqHearingGeometry){.width = {48, 96, 192, 384},
                               .depth = {1, 1, 3, 2},
                               .kernel = 5,
                               .inside = 4,
                               .columns = AQ_N_HEARD};
}

int aq_hearing_is(const AqWeights *w)
{
    return aq_weights_find(w, "stage1.block1.depthwise.weight") &&
           aq_weights_find(w, "stage1.block1.expand.weight");
}

/* The array of that name, if it has so many dimensions of 1 to MAX_CHANNELS. */
static const AqWeight *find_hearing_tensor(const AqWeights *w, int n_dims,
                                           const char *format, ...)
{
    char name[64];
    va_list args;

    va_start(args, format);
    /* It is begun above. */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    (void)vsnprintf(name, sizeof name, format, args);
    va_end(args);
    const AqWeight *t = aq_weights_find(w, name);
    if (!t || t->n_dims != n_dims)
        return NULL;
    for (int k = 0; k < n_dims; k++)
        if (t->dims[k] < 1 || t->dims[k] > MAX_CHANNELS)
            return NULL;
    return t;
}

static int count_blocks(const AqWeights *w, int stage)
{
    int n = 0;

    while (n < AQ_HEARING_MOST_BLOCKS &&
           find_hearing_tensor(w, 3, "stage%d.block%d.depthwise.weight", stage, n + 1))
        n++;
    return n;
}

static AqErr read_hearing_stages(AqHearingGeometry *g, const AqWeights *w)
{
    for (int s = 0; s < AQ_HEARING_STAGES; s++) {
        const AqWeight *first =
            find_hearing_tensor(w, 3, "stage%d.block1.depthwise.weight", s + 1);

        if (!first)
            return aq_fail(
                AQ_ERR_MISMATCH,
                "%s: has no filters stage%d.block1.depthwise.weight of three "
                "dimensions; this network has %d stages",
                aq_weights_path(w), s + 1, AQ_HEARING_STAGES);
        g->width[s] = (int)first->dims[2];
        g->depth[s] = count_blocks(w, s + 1);
    }
    return AQ_OK;
}

AqErr aq_hearing_geometry_read(AqHearingGeometry *out, const AqWeights *w)
{
    AqHearingGeometry g = {0};
    AqErr err = read_hearing_stages(&g, w);

    *out = g;
    if (err != AQ_OK)
        return err;
    const AqWeight *filters =
                       find_hearing_tensor(w, 3, "stage1.block1.depthwise.weight"),
                   *wide = find_hearing_tensor(w, 2, "stage1.block1.expand.weight"),
                   *head = find_hearing_tensor(w, 2, "head.weight");
    if (!wide || !head)
        return aq_fail(AQ_ERR_MISMATCH, "%s: has no matrix %s of two dimensions",
                       aq_weights_path(w),
                       wide ? "head.weight" : "stage1.block1.expand.weight");
    g.kernel = (int)filters->dims[0];
    g.inside = (int)(wide->dims[0] / g.width[0]);
    g.columns = (int)head->dims[0];
    if (filters->dims[0] > MAX_KERNEL || g.kernel % 2 == 0)
        return aq_fail(
            AQ_ERR_MISMATCH,
            "%s: its depthwise filters are %lld high; they can be 1, 3, 5 or "
            "%d",
            aq_weights_path(w), (long long)filters->dims[0], MAX_KERNEL);
    if (g.inside < 1 || g.inside > MAX_INSIDE)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: its blocks have %lld values inside for %d outside; it can "
                       "be 1 to %d times as many",
                       aq_weights_path(w), (long long)wide->dims[0], g.width[0],
                       MAX_INSIDE);
    if (g.columns != aq_hearing_usual().columns)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: tells %d concepts apart, and this program names %d",
                       aq_weights_path(w), g.columns, aq_hearing_usual().columns);
    *out = g;
    return AQ_OK;
}
