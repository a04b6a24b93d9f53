/* SPDX-License-Identifier: MIT */
/* Leases: which process is working on which video. */
#include "base/process.h"
#include "store/store_priv.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Another process's lease is valid while that process runs; if that cannot be
 * determined from here, until it expires. */
static int is_held(const char *owner, int64_t until_s)
{
    const AqProcessState state = aq_process_state(owner);

    return state == AQ_PROCESS_RUNS ||
           (state == AQ_PROCESS_UNKNOWN && until_s > (int64_t)time(NULL));
}

enum { KEY_BYTES = 2 * (AQ_STORE_MAX_NAME + 1) };

/* A video's name, prefixed with its data set unless that is the default one. */
static const char *key_of(const AqStore *s, const char *name, char out[KEY_BYTES])
{
    if (strcmp(s->dataset, AQ_DATASET_DEFAULT) == 0)
        return name;
    (void)snprintf(out, KEY_BYTES, "%s/%s", s->dataset, name);
    return out;
}

static AqErr take_lease(AqStore *s, const char *name, const char *me, int seconds,
                        int *mine)
{
    AqQuery q = aq_query(s, AQ_SQL_LEASE_GET);

    aq_query_text(&q, 1, name);
    if (aq_query_step(&q)) {
        const char *owner = aq_row_text(&q, 0, AQ_PROCESS_ID - 1);
        const int64_t until_s = aq_row_int(&q, 1, 0, INT64_MAX);

        *mine = strcmp(owner, me) == 0 || !is_held(owner, until_s);
    } else {
        *mine = 1;
    }
    const AqErr err = aq_query_end(&q);
    if (err != AQ_OK || !*mine)
        return err;
    q = aq_query(s, AQ_SQL_LEASE_PUT);
    aq_query_text(&q, 1, name);
    aq_query_text(&q, 2, me);
    aq_query_int(&q, 3, (int64_t)time(NULL) + seconds);
    aq_query_run(&q);
    return aq_query_end(&q);
}

AqErr aq_store_lease(AqStore *s, const char *name, int seconds, int *mine)
{
    char me[AQ_PROCESS_ID], key[KEY_BYTES];
    AqErr err = aq_store_check_name(name, strlen(name));

    *mine = 0;
    if (err == AQ_OK)
        err = aq_store_begin(s);
    if (err != AQ_OK)
        return err;
    aq_process_identity(me);
    err = aq_store_end(s, take_lease(s, key_of(s, name, key), me, seconds, mine));
    if (err != AQ_OK)
        *mine = 0;
    return err;
}

AqErr aq_lease_end(AqStore *s, const char *name)
{
    char key[KEY_BYTES];
    AqQuery q = aq_query(s, AQ_SQL_LEASE_DROP);

    aq_query_text(&q, 1, key_of(s, name, key));
    aq_query_run(&q);
    return aq_query_end(&q);
}

AqErr aq_store_end_lease(AqStore *s, const char *name)
{
    const AqErr err = aq_store_begin(s);

    return err == AQ_OK ? aq_store_end(s, aq_lease_end(s, name)) : err;
}

AqErr aq_store_drop_leases(AqStore *s)
{
    char me[AQ_PROCESS_ID];
    AqErr err = aq_store_begin(s);

    if (err != AQ_OK)
        return err;
    aq_process_identity(me);
    AqQuery q = aq_query(s, AQ_SQL_LEASES_DROP);
    aq_query_text(&q, 1, me);
    aq_query_run(&q);
    err = aq_query_end(&q);
    return aq_store_end(s, err);
}
