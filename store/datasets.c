/* SPDX-License-Identifier: MIT */
/*
 * Data sets: a video is one by its name in its data set. A handle is of one data set,
 * so that what reads and writes by name cannot take a namesake of another.
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
        return aq_err_prefix(err, "a data set's name is made as a video's is");
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

/* ---- names of older stores ---- */

/* The first video behind `after` whose name is not plain; *id 0: none. */
static AqErr next_name(AqStore *s, int64_t after, int64_t *id, char **name)
{
    AqQuery q = aq_query_of(s, "SELECT id, name FROM videos WHERE id > ?1 AND "
                               "name GLOB '*[^ -~]*' ORDER BY id LIMIT 1");

    *id = 0;
    *name = NULL;
    aq_query_int(&q, 1, after);
    if (aq_query_step(&q)) {
        *id = aq_row_int(&q, 0, after + 1, INT64_MAX);
        *name = aq_name_nfc(aq_row_text(&q, 1, AQ_STORE_MAX_TEXT));
        if (!*name)
            q.err = AQ_ERR_NOMEM;
    }
    return aq_query_end(&q);
}

AqErr aq_datasets_compose(AqStore *s)
{
    AqErr err = AQ_OK;

    for (int64_t id = INT64_MIN; err == AQ_OK && id != 0;) {
        char *name = NULL;

        err = next_name(s, id, &id, &name);
        if (err == AQ_OK && id != 0) { /* where both spellings are there, both stay */
            AqQuery q =
                aq_query_of(s, "UPDATE OR IGNORE videos SET name = ?2 WHERE id = ?1");

            aq_query_int(&q, 1, id);
            aq_query_text(&q, 2, name);
            aq_query_run(&q);
            err = aq_query_end(&q);
        }
        aq_free(name);
    }
    return err;
}
