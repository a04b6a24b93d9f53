/* SPDX-License-Identifier: MIT */
/* Counts and reports what is damaged or cannot be copied. */
#include "store/merge/merge_priv.h"

#include <stdio.h>

void aq_merge_tell(AqMerge *m, int64_t *count, const char *path, const char *where,
                   const char *what)
{
    char name[AQ_STORE_MAX_NAME + 512];

    if (!m->tells)
        return;
    ++*count;
    if (!m->plan->fault)
        return;
    (void)snprintf(name, sizeof name, "%.480s: %s", path, where);
    m->plan->fault(m->plan->ctx, name, what);
}
