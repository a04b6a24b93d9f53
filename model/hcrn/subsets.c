/* SPDX-License-Identifier: MIT */
#include "model/hcrn/subsets.h"

int aq_subsets_count(int n, int k, int wanted)
{
    int64_t ways = 1; /* C(n,j), which divides evenly at each j */

    for (int j = 1; j <= k && j <= n - k; j++) {
        ways = ways * (n - j + 1) / j;
        if (ways >= wanted) /* and C(n,j) only grows up to n/2 */
            return wanted;
    }
    return ways < wanted ? (int)ways : wanted;
}

static uint64_t draw_subset(AqRng *rng, int n, int k)
{
    unsigned char left[AQ_SUBSETS_MOST_OBJECTS] = {0};
    uint64_t subset = 0;

    for (int j = 0; j < n; j++)
        left[j] = (unsigned char)j;
    for (int j = 0; j < k; j++) {
        const int at = j + (int)aq_rng_below(rng, (unsigned)(n - j));

        subset |= (uint64_t)1 << left[at];
        left[at] = left[j];
    }
    return subset;
}

static int was_drawn(const uint64_t *subsets, int count, uint64_t subset)
{
    for (int j = 0; j < count; j++)
        if (subsets[j] == subset)
            return 1;
    return 0;
}

void aq_subsets_draw(AqRng *rng, int n, int k, int count, uint64_t *subsets)
{
    for (int j = 0; j < count; j++)
        do
            subsets[j] = draw_subset(rng, n, k);
        while (was_drawn(subsets, j, subsets[j]));
}
