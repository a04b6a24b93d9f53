/* SPDX-License-Identifier: MIT */
#include "pipeline/serve/serve.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/log.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/serve/examples.h"
#include "pipeline/serve/serve_priv.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    NAP_MS = 20,
    MOST_SEATS = 4,
    MOST_STREAMS = 48, /* fewer than connections: others get through */
    MOST_UPLOADS = 8,
    IDLE_SECONDS = 30,
    UPLOAD_SECONDS = 1800,
    LAST_SECONDS = 10 /* after the grace: to tell those that waited in vain */
};

/* Files that came to a server that was killed. */
static void remove_incoming(const char *folder)
{
    DIR *d = opendir(folder);

    if (!d)
        return;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this function's */
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char *path = strncmp(e->d_name, "in-", 3) == 0
                         ? aq_strf("%s/%s", folder, e->d_name)
                         : NULL;

        if (path)
            (void)unlink(path);
        aq_free(path);
    }
    (void)closedir(d);
}

static AqErr open_serve(AqServe *s)
{
    const AqServeOptions *o = s->o;
    const int n_seats = o->jobs < MOST_SEATS ? o->jobs : MOST_SEATS;
    const AqStageDef features = aq_serve_features_stage(s);
    AqErr err = aq_clips_open(&s->clips, o->clips_folder, o->clips_bytes);

    if (err == AQ_OK)
        remove_incoming(o->clips_folder);
    for (int k = 0; err == AQ_OK && k < o->n_examples; k++)
        err = aq_clips_add_example(s->clips, o->examples[k]);
    if (err == AQ_OK)
        err = aq_seats_new(&s->seats, o->models, o->store, n_seats, o->jobs,
                           o->asks_at_once);
    if (err == AQ_OK)
        err = aq_pipe_new(&s->pipe);
    if (err == AQ_OK)
        err = aq_pipe_add(s->pipe, &features, &s->features);
    return err == AQ_OK ? aq_pipe_start(s->pipe) : err;
}

static AqErr start_serve_http(AqServe *s)
{
    const AqHttpPlan plan = {.guard = s->o->guard,
                             .routes = aq_serve_routes,
                             .app = s,
                             .folder = s->o->clips_folder,
                             .most_bytes = s->o->upload_bytes,
                             .most_streams = MOST_STREAMS,
                             .most_uploads = MOST_UPLOADS,
                             .idle_seconds = IDLE_SECONDS,
                             .upload_seconds = UPLOAD_SECONDS};

    return aq_http_start(&s->http, &plan);
}

static void tell_address(const AqServe *s)
{
    const char *address = s->o->guard.address;
    const int is_six = strchr(address, ':') != NULL;

    (void)printf("http://%s%s%s:%d/%s\n", is_six ? "[" : "", address, is_six ? "]" : "",
                 aq_http_port(s->http), *s->o->guard.token ? "?token=TOKEN" : "");
    (void)fflush(stdout);
}

static void sleep_a_little(void)
{
    const struct timespec t = {.tv_nsec = NAP_MS * 1000000L};

    (void)nanosleep(&t, NULL);
}

/* Until all that is under way has its reply. */
static void wait_for_replies(const AqServe *s, int seconds)
{
    const int64_t until_us = aq_clock_us() + seconds * INT64_C(1000000);

    while (aq_http_n_busy(s->http) > 0 && aq_clock_us() < until_us)
        sleep_a_little();
}

/* Nothing new is taken; what is under way is finished, or given up after the grace. */
static void end_serve_http(AqServe *s)
{
    if (!s->http)
        return;
    aq_http_refuse(s->http);
    atomic_store(&s->phase, AQ_SERVE_FINISHING);
    const int n = aq_http_n_busy(s->http);
    if (n > 0)
        aq_log(AQ_LOG_INFO, "finishing %d request%s, for %d s at most", n,
               n == 1 ? "" : "s", s->o->grace_seconds);
    wait_for_replies(s, s->o->grace_seconds);
    atomic_store(&s->phase, AQ_SERVE_OVER);
    wait_for_replies(s, LAST_SECONDS);
    aq_http_stop(&s->http);
}

AqErr aq_serve(const AqServeOptions *o)
{
    AqServe s = {.o = o};
    AqErr err = open_serve(&s);

    (void)pthread_mutex_init(&s.feedback, NULL);
    if (err == AQ_OK)
        err = start_serve_http(&s);
    if (err == AQ_OK && o->example_maker && aq_clips_n_examples(s.clips) == 0)
        err = aq_serve_make_examples(s.clips, o->clips_folder, o->example_maker);
    if (err == AQ_OK)
        tell_address(&s);
    while (err == AQ_OK && !aq_interrupted() && !aq_pipe_cancelled(s.pipe))
        sleep_a_little();
    end_serve_http(&s);
    if (err == AQ_OK && !aq_interrupted()) /* the stage failed: it says why */
        err = aq_pipe_finish(s.pipe);
    if (s.pipe)
        aq_pipe_cancel(s.pipe, AQ_OK);
    aq_pipe_free(&s.pipe);
    aq_seats_free(&s.seats);
    aq_clips_close(&s.clips);
    (void)pthread_mutex_destroy(&s.feedback);
    return err == AQ_OK ? aq_fail(AQ_ERR_CANCELLED, "stopped on request") : err;
}
