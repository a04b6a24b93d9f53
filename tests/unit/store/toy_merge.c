/* SPDX-License-Identifier: MIT */
#include "tests/unit/store/toy_merge.h"

AqErr aq_toy_merge(const char *into, const char *x, const char *y, int prefer,
                   AqMergeMakes makes, AqMergeSummary *sum)
{
    const char *const sources[] = {x, y};
    AqMergePlan plan = {.into = into,
                        .sources = sources,
                        .n_sources = y ? 2 : 1,
                        .prefer = prefer,
                        .makes = makes,
                        .timeout_ms = 50};

    return aq_store_merge(&plan, sum);
}

AqErr aq_toy_merge_plain(const char *into, const char *x, const char *y,
                         AqMergeSummary *sum)
{
    return aq_toy_merge(into, x, y, AQ_MERGE_REFUSE, AQ_MERGE_ONE_MAKE, sum);
}

void aq_toy_two_stores(void)
{
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_visual, 2);
    aq_toy_put(aq_toy_a, "v3", 'c', &aq_toy_audio, 3);
    aq_toy_put_failed(aq_toy_a, "v2", 'b');
    aq_toy_put_failed(aq_toy_a, "v9", 'f');
    aq_toy_put(aq_toy_b, "v2", 'b', &aq_toy_audio, 4);
    aq_toy_put(aq_toy_b, "v1", 'a', &aq_toy_audio, 1); /* the same bytes */
    aq_toy_put(aq_toy_b, "v0", 'e', &aq_toy_visual, 5);
    aq_toy_put_questions(aq_toy_a, "train", "two");
    aq_toy_put_questions(aq_toy_b, "test", "one");
}
