/* SPDX-License-Identifier: MIT */
/*
 * Data sets: a video is identified by its data set and its name. A handle uses one data
 * set, so that reading and writing by name cannot hit a namesake in another.
 */
#include "base/alloc.h"
#include "base/text/names.h"
#include "store/store_priv.h"

#include <string.h>

AqErr aq_store_use_dataset(AqStore *s, const char *name)
{
    const size_t n = strlen(name);
    const AqErr err = aq_store_check_name(name, n);

    if (err != AQ_OK)
        return aq_err_prefix(err, "a data set's name follows the rules for a video's");
    memcpy(s->dataset, name, n + 1);
    return AQ_OK;
}

const char *aq_store_dataset_used(const AqStore *s)
{
    return s->dataset;
}

AqErr aq_store_open_again(AqStore **out, const AqStore *like, AqStoreMode mode)
{
    const AqErr err = aq_store_open(out, like->path, mode);

    if (err == AQ_OK)
        memcpy((*out)->dataset, like->dataset, sizeof like->dataset);
    return err;
}

AqErr aq_store_each_dataset(AqStore *s, AqStoreDatasetFn fn, void *arg)
{
    AqQuery q = aq_query(s, AQ_SQL_DATASETS);
    AqErr stopped = AQ_OK;

    while (stopped == AQ_OK && aq_query_step(&q)) {
        const char *name = aq_row_text(&q, 0, AQ_STORE_MAX_NAME);
        const int64_t n = aq_row_int(&q, 1, 0, INT64_MAX);

        if (q.err == AQ_OK)
            stopped = fn(arg, name, n);
    }
    const AqErr err = aq_query_end(&q);
    return stopped != AQ_OK ? stopped : err;
}
