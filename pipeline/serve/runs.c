/* SPDX-License-Identifier: MIT */
/* /api/runs: what `runs ls --json` prints, and curves as they grow. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/options/option.h"
#include "base/text/json.h"
#include "pipeline/exchange/run_json.h"
#include "pipeline/serve/http/sse.h"
#include "pipeline/serve/serve_priv.h"

#include <jansson.h>
#include <limits.h>
#include <string.h>
#include <time.h>

enum { LOOK_EVERY_MS = 1000, NAP_MS = 100 };

typedef struct RunWalk {
    json_t *runs; /* all, or */
    int64_t id;   /* this one */
    json_t *one;
} RunWalk;

static AqErr take_asked_run(void *arg, const AqRun *run)
{
    RunWalk *w = arg;

    if (!w->runs && run->id != w->id)
        return AQ_OK;
    json_t *o = aq_run_json(run);
    if (!o)
        return AQ_ERR_NOMEM;
    if (w->runs)
        return json_array_append_new(w->runs, o) == 0 ? AQ_OK : AQ_ERR_NOMEM;
    w->one = o;
    return AQ_EOF;
}

/* A handle for this look alone. */
static AqErr walk_runs(const AqServe *s, RunWalk *w)
{
    AqStore *store = NULL;
    AqErr err = aq_store_open_again(&store, s->o->store, AQ_STORE_READ);

    if (err == AQ_OK)
        err = aq_store_each_run(store, take_asked_run, w);
    aq_store_close(&store);
    return err == AQ_EOF ? AQ_OK : err;
}

void aq_handle_runs(const AqRequest *r, AqReply *out)
{
    RunWalk w = {.runs = json_array()};
    const AqErr err = walk_runs(r->app, &w);

    if (err == AQ_OK) {
        aq_reply_json(out, 200, w.runs);
        return;
    }
    aq_reply_failure(out, err);
    json_decref(w.runs);
}

/* *run is the one that the path names. Gives. */
static AqErr find_asked_run(const AqRequest *r, RunWalk *w)
{
    int id = 0;
    AqErr err = aq_parse_int("a run's number", r->arg[0], 1, INT_MAX, &id);

    *w = (RunWalk){.id = id};
    if (err == AQ_OK)
        err = walk_runs(r->app, w);
    return err == AQ_OK && !w->one
               ? aq_fail(AQ_ERR_NOT_FOUND, "there is no run %d: /api/runs lists them",
                         id)
               : err;
}

void aq_handle_run(const AqRequest *r, AqReply *out)
{
    RunWalk w;
    const AqErr err = find_asked_run(r, &w);

    if (err == AQ_OK)
        aq_reply_json(out, 200, w.one);
    else
        aq_reply_failure(out, err);
}

/* ---- as it goes on ---- */

typedef struct RunEvents {
    AqServe *s;
    int64_t id;
    size_t n_sent; /* of the curve's points */
    int64_t looked_us;
    AqSse sse;
} RunEvents;

static void end_run_events(void *ctx)
{
    RunEvents *e = ctx;

    aq_sse_clear(&e->sse);
    aq_free(e);
}

/* New points of its curve, and its end. */
static void look_at_run(RunEvents *e)
{
    RunWalk w = {.id = e->id};
    const AqErr err = walk_runs(e->s, &w);
    const json_t *curve = json_object_get(json_object_get(w.one, "metrics"), "curve");

    e->looked_us = aq_clock_us();
    for (; e->n_sent < json_array_size(curve); e->n_sent++)
        aq_sse_add(&e->sse, "point", json_incref(json_array_get(curve, e->n_sent)));
    if (err == AQ_OK &&
        (!w.one || strcmp(aq_json_member_text(w.one, "status"), "running") != 0)) {
        aq_sse_add(
            &e->sse, "end",
            aq_json_pack("{s:s}", "status",
                         w.one ? aq_json_member_text(w.one, "status") : "removed"));
        e->sse.is_over = 1;
    }
    json_decref(w.one);
}

static void nap_for_run(void)
{
    const struct timespec t = {.tv_nsec = NAP_MS * 1000000L};

    (void)nanosleep(&t, NULL);
}

static ssize_t next_run_events(void *ctx, char *to, size_t room)
{
    RunEvents *e = ctx;

    if (!e->sse.text && !e->sse.is_over &&
        aq_clock_us() - e->looked_us > LOOK_EVERY_MS * INT64_C(1000))
        look_at_run(e);
    if (!e->sse.text && !e->sse.is_over)
        nap_for_run();
    return aq_sse_send(&e->sse, to, room);
}

void aq_handle_run_events(const AqRequest *r, AqReply *out)
{
    RunWalk w;
    RunEvents *e = aq_alloc(1, sizeof *e);
    AqErr err = e ? find_asked_run(r, &w) : AQ_ERR_NOMEM;

    if (err != AQ_OK) {
        aq_reply_failure(out, err);
        aq_free(e);
        return;
    }
    json_decref(w.one);
    *e = (RunEvents){.s = r->app, .id = w.id};
    out->type = AQ_SSE_TYPE;
    out->stream = (AqHttpStream){next_run_events, e};
    out->done = end_run_events;
    out->done_ctx = e;
}
