/*
 * The server of `avqa-pipe serve`: clips, questions about them, runs and evaluations
 * over HTTP, and the page that uses this. /api/openapi.json says what there is.
 *
 * Threads: each connection has one (http/http.h). They share the clips, under the
 * clips' lock (clips/clips.h); the models, which are only read; and the seats, each for
 * one question at a time (desk/seats.h). One more thread makes features, one clip after
 * another (features.c), with the threads of ingest below it.
 */
#ifndef AQ_PIPELINE_SERVE_SERVE_H
#define AQ_PIPELINE_SERVE_SERVE_H
#include "pipeline/serve/desk/models.h"
#include "pipeline/serve/http/guard.h"
#include "store/store.h"

typedef struct AqServeOptions {
    AqGuard guard;
    const AqDeskModels *models; /* at least one */
    AqStore *store;             /* open for writing */
    const char *clips_folder;
    const char *const *examples; /* (n_examples) clips */
    int n_examples;
    const char *example_maker; /* toyband, for examples where there are none; or NULL */
    const char *evals;         /* a folder of record files of `eval`, or NULL */
    const char *feedback;      /* CSV file that judgements are added to */
    int64_t upload_bytes, clips_bytes;
    int asks_at_once; /* being answered or waiting */
    int jobs, max_seconds;
    int grace_seconds; /* for what is under way when it is to end */
} AqServeOptions;

/* Serves until a request to stop, and prints the address once it listens. Then new
 * requests are refused, and those under way are finished within the grace, questions
 * that wait for a clip's features among them: AQ_ERR_CANCELLED. Other errors are those
 * of the beginning. */
AQ_MUST_CHECK AqErr aq_serve(const AqServeOptions *o);

#endif
