/* SPDX-License-Identifier: MIT */
#include "model/tensor/parallel.h"

typedef struct Ranges {
    AqRangeFn fn;
    void *arg;
    size_t n, grain;
} Ranges;

static void run_range(void *arg, int task)
{
    const Ranges *r = arg;
    const size_t from = (size_t)task * r->grain;
    const size_t to = from + r->grain < r->n ? from + r->grain : r->n;

    r->fn(r->arg, from, to);
}

void aq_parallel(AqExecutor *exec, size_t n, size_t grain, AqRangeFn fn, void *arg)
{
    if (grain == 0)
        grain = 1;
    Ranges r = {.fn = fn, .arg = arg, .n = n, .grain = grain};
    if (n > 0)
        aq_executor_run(exec, run_range, &r, (int)((n + grain - 1) / grain));
}
