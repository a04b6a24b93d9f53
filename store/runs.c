/* SPDX-License-Identifier: MIT */
#include "store/runs.h"

#include "store/store_priv.h"

#include <jansson.h>
#include <string.h>

static const char *const names[] = {[AQ_RUN_RUNNING] = "running",
                                    [AQ_RUN_DONE] = "done",
                                    [AQ_RUN_FAILED] = "failed",
                                    [AQ_RUN_INTERRUPTED] = "interrupted"};

const char *aq_run_status_name(AqRunStatus status)
{
    return names[status];
}

static AqErr check_json(const char *text)
{
    json_t *j = text ? json_loads(text, 0, NULL) : json_object();

    if (!j)
        return aq_fail(AQ_ERR_USAGE, "a run's settings or metrics are not valid JSON");
    json_decref(j);
    return AQ_OK;
}

AqErr aq_store_begin_run(AqStore *s, const char *kind, const char *program,
                         const char *config, int64_t *id)
{
    *id = 0;
    AqErr err = check_json(config);
    if (err == AQ_OK)
        err = aq_store_begin(s);
    if (err != AQ_OK)
        return err;
    AqQuery q = aq_query(s, AQ_SQL_RUN_BEGIN);
    aq_query_text(&q, 1, kind);
    aq_query_text(&q, 2, program);
    aq_query_json(&q, 3, config ? config : "{}");
    if (aq_query_step(&q))
        *id = aq_row_int(&q, 0, 1, INT64_MAX);
    aq_query_run(&q);
    return aq_store_end(s, aq_query_end(&q));
}

/* Ends the transaction of a statement that gives the run it changed. */
static AqErr end_run_change(AqStore *s, AqQuery *q, int64_t id)
{
    const int found = aq_query_step(q);

    aq_query_run(q);
    AqErr err = aq_query_end(q);
    if (err == AQ_OK && !found)
        err = aq_fail(AQ_ERR_NOT_FOUND, "%s: no run %lld is in progress", s->path,
                      (long long)id);
    return aq_store_end(s, err);
}

AqErr aq_store_note_run(AqStore *s, int64_t id, const char *metrics)
{
    AqErr err = check_json(metrics);

    if (err == AQ_OK)
        err = aq_store_begin(s);
    if (err != AQ_OK)
        return err;
    AqQuery q = aq_query(s, AQ_SQL_RUN_NOTE);
    aq_query_int(&q, 1, id);
    aq_query_json(&q, 2, metrics ? metrics : "{}");
    return end_run_change(s, &q, id);
}

AqErr aq_store_finish_run(AqStore *s, int64_t id, AqRunStatus status,
                          const char *metrics, const char *model_path)
{
    AqErr err = status == AQ_RUN_RUNNING
                    ? aq_fail(AQ_ERR_USAGE, "a run cannot finish as running")
                    : check_json(metrics);

    if (err == AQ_OK)
        err = aq_store_begin(s);
    if (err != AQ_OK)
        return err;
    AqQuery q = aq_query(s, AQ_SQL_RUN_FINISH);
    aq_query_int(&q, 1, id);
    aq_query_text(&q, 2, names[status]);
    aq_query_json(&q, 3, metrics ? metrics : "{}");
    aq_query_text(&q, 4, model_path ? model_path : "");
    return end_run_change(s, &q, id);
}

static AqRunStatus run_status_of(AqQuery *q, int col)
{
    const char *name = aq_row_text(q, col, 16);

    for (int k = AQ_RUN_RUNNING; k <= AQ_RUN_INTERRUPTED; k++)
        if (strcmp(names[k], name) == 0)
            return (AqRunStatus)k;
    if (q->err == AQ_OK)
        q->err = aq_fail(AQ_ERR_FORMAT, "%s: \"%s\" is not a state of a run",
                         q->s->path, name);
    return AQ_RUN_RUNNING;
}

AqErr aq_store_each_run(AqStore *s, AqRunFn fn, void *arg)
{
    AqQuery q = aq_query(s, AQ_SQL_RUN_EACH);
    AqErr stopped = AQ_OK;

    while (stopped == AQ_OK && aq_query_step(&q)) {
        const AqRun r = {.id = aq_row_int(&q, 0, 1, INT64_MAX),
                         .kind = aq_row_text(&q, 1, AQ_STORE_MAX_TEXT),
                         .status = run_status_of(&q, 2),
                         .started_s = aq_row_int(&q, 3, INT64_MIN, INT64_MAX),
                         .finished_s = aq_row_int(&q, 4, INT64_MIN, INT64_MAX),
                         .program = aq_row_text(&q, 5, AQ_STORE_MAX_TEXT),
                         .config = aq_row_text(&q, 6, AQ_STORE_MAX_JSON),
                         .metrics = aq_row_text(&q, 7, AQ_STORE_MAX_JSON),
                         .model_path = aq_row_text(&q, 8, AQ_STORE_MAX_TEXT)};
        if (q.err == AQ_OK)
            stopped = fn(arg, &r);
    }
    const AqErr err = aq_query_end(&q);
    return stopped != AQ_OK ? stopped : err;
}

AqErr aq_store_remove_run(AqStore *s, int64_t id)
{
    AqErr err = aq_store_begin(s);

    if (err != AQ_OK)
        return err;
    AqQuery q = aq_query(s, AQ_SQL_RUN_DROP);
    aq_query_int(&q, 1, id);
    const int found = aq_query_step(&q);
    aq_query_run(&q);
    err = aq_query_end(&q);
    if (err == AQ_OK && !found)
        err = aq_fail(AQ_ERR_NOT_FOUND, "%s: there is no run %lld", s->path,
                      (long long)id);
    return aq_store_end(s, err);
}
