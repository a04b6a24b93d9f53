/* Inside serve: what the handlers share. */
#ifndef AQ_PIPELINE_SERVE_SERVE_PRIV_H
#define AQ_PIPELINE_SERVE_SERVE_PRIV_H
#include "pipeline/parallel/stage.h"
#include "pipeline/serve/clips/asks.h"
#include "pipeline/serve/desk/seats.h"
#include "pipeline/serve/http/http.h"
#include "pipeline/serve/serve.h"

#include <pthread.h>
#include <stdatomic.h>

struct json_t;

typedef enum AqServePhase {
    AQ_SERVE_OPEN,
    AQ_SERVE_FINISHING, /* nothing new is let in; what is under way goes on */
    AQ_SERVE_OVER       /* what still waits for something is given up */
} AqServePhase;

typedef struct AqServe {
    const AqServeOptions *o;
    atomic_int phase; /* only ever goes on */
    AqClips *clips;
    AqSeats *seats;
    AqPipe *pipe; /* of one stage, that makes features */
    AqStage *features;
    AqHttp *http;
    atomic_int n_jobs, n_asks; /* clips that wait for features; questions at hand */
    pthread_mutex_t feedback;  /* whoever adds to the file holds it */
} AqServe;

extern const AqHttpRoute aq_serve_routes[];

static inline AqServePhase aq_serve_phase(AqServe *s)
{
    return (AqServePhase)atomic_load(&s->phase);
}

/* The same as a question, for what runs long: ctx is the AqServe. */
static inline int aq_serve_is_over(void *ctx)
{
    return aq_serve_phase(ctx) == AQ_SERVE_OVER;
}

/* ---- features.c ---- */

AqStageDef aq_serve_features_stage(AqServe *s);
/* Has features of the clip made for the model, unless they are there or under way, or,
 * without `again`, could not be made. AQ_ERR_CANCELLED if too many clips wait. */
AQ_MUST_CHECK AqErr aq_serve_want_features(AqServe *s, AqServedClip *clip, int model,
                                           int again);
/* Waits until they are made. AQ_ERR_MEDIA with the reason if they cannot be,
 * AQ_ERR_CANCELLED if the server ends before. */
AQ_MUST_CHECK AqErr aq_serve_await_features(AqServe *s, AqServedClip *clip, int model);

/* ---- handlers ---- */

/* Replies with an error, and gives 0, where it is not JSON of an object. *out is
 * released by the caller. */
int aq_serve_body(const AqRequest *r, AqReply *out, struct json_t **body);
/* What is replied of a clip. An error becomes the reply. */
typedef AqErr (*AqClipReply)(AqServe *s, const AqRequest *r, AqServedClip *clip,
                             AqReply *out);
/* Replies of the clip that the path names, which is held meanwhile; or that there is
 * none. */
void aq_serve_of_clip(const AqRequest *r, AqReply *out, AqClipReply reply);
/* The file that came becomes a clip, held. */
AQ_MUST_CHECK AqErr aq_serve_take_file(AqServe *s, const AqRequest *r, const char *name,
                                       AqServedClip **clip, int *is_new);

/* One question for a seat: from the clip's features to the answer. */
typedef struct AqServeAsk {
    AqServedClip *clip;
    int model;
    const char *question;
    int explain; /* also hide the cells of pictures */
    const char *offered[AQ_MOST_CHOICES];
    size_t n_offered;
    const char *page; /* where to write the explanation page; NULL: none */
} AqServeAsk;
/* AQ_ERR_USAGE if it is no question, AQ_ERR_CANCELLED if the server ends before its
 * turn. Gives what `ask --json` prints. */
AQ_MUST_CHECK AqErr aq_serve_answer(AqServe *s, const AqServeAsk *a,
                                    struct json_t **answer);

#define AQ_HANDLER(name) void name(const AqRequest *r, AqReply *out)
AQ_HANDLER(aq_handle_page);
AQ_HANDLER(aq_handle_status);
AQ_HANDLER(aq_handle_words);
AQ_HANDLER(aq_handle_clips);
AQ_HANDLER(aq_handle_upload);
AQ_HANDLER(aq_handle_clip);
AQ_HANDLER(aq_handle_clip_delete);
AQ_HANDLER(aq_handle_media);
AQ_HANDLER(aq_handle_sound);
AQ_HANDLER(aq_handle_events);
AQ_HANDLER(aq_handle_clip_asks);
AQ_HANDLER(aq_handle_clip_ask);
AQ_HANDLER(aq_handle_ask);
AQ_HANDLER(aq_handle_search);
AQ_HANDLER(aq_handle_feedback);
AQ_HANDLER(aq_handle_export);
AQ_HANDLER(aq_handle_runs);
AQ_HANDLER(aq_handle_run);
AQ_HANDLER(aq_handle_run_events);
AQ_HANDLER(aq_handle_evals);
AQ_HANDLER(aq_handle_eval);

#endif
