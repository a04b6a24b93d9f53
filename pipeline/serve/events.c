/* SPDX-License-Identifier: MIT */
/* What becomes of a clip, as server-sent events. */
#include "base/alloc.h"
#include "base/text/json.h"
#include "pipeline/serve/http/sse.h"
#include "pipeline/serve/serve_priv.h"

#include <jansson.h>

enum { WAIT_MS = 1000 };

typedef struct ClipEvents {
    AqServe *s;
    AqServedClip *clip; /* held */
    unsigned seen;
    AqClipNews last;
    AqSse sse;
} ClipEvents;

static void end_clip_events(void *ctx)
{
    ClipEvents *e = ctx;

    aq_clips_let_go(e->s->clips, e->clip);
    aq_sse_clear(&e->sse);
    aq_free(e);
}

static void add_news(ClipEvents *e, const AqClipNews *n)
{
    for (int k = 0; k < AQ_CLIP_STAGES; k++)
        if ((n->stage[k].done != e->last.stage[k].done ||
             n->stage[k].total != e->last.stage[k].total) &&
            n->stage[k].done > 0)
            aq_sse_add(&e->sse, "stage",
                       aq_json_pack("{s:s, s:i, s:i}", "stage",
                                    aq_clip_stage_name((AqClipStage)k), "done",
                                    n->stage[k].done, "total", n->stage[k].total));
    if (n->state == AQ_CLIP_READY)
        aq_sse_add(&e->sse, "ready", json_object());
    if (n->state == AQ_CLIP_FAILED)
        aq_sse_add(&e->sse, "failed", aq_json_pack("{s:s}", "error", n->error));
    if (n->state == AQ_CLIP_NEW) /* once more: it was given up */
        aq_sse_add(&e->sse, "failed",
                   aq_json_pack("{s:s}", "error",
                                "the clip is not read now: ask about it to try again"));
    e->sse.is_over = n->state != AQ_CLIP_WORKING;
    e->last = *n;
}

static ssize_t next_clip_events(void *ctx, char *to, size_t room)
{
    ClipEvents *e = ctx;
    AqClipNews news;

    if (!e->sse.text && !e->sse.is_over) {
        aq_clip_news(e->s->clips, e->clip, 0, &e->seen, WAIT_MS, &news);
        add_news(e, &news);
    }
    return aq_sse_send(&e->sse, to, room);
}

static AqErr reply_events(AqServe *s, const AqRequest *r, AqServedClip *clip,
                          AqReply *out)
{
    ClipEvents *e = aq_alloc(1, sizeof *e);
    const AqErr err = e ? aq_serve_want_features(s, clip, 0, 0) : AQ_ERR_NOMEM;

    (void)r;
    if (err != AQ_OK) {
        aq_free(e);
        return err;
    }
    aq_clips_hold(s->clips, clip);
    *e = (ClipEvents){.s = s, .clip = clip};
    out->type = AQ_SSE_TYPE;
    out->stream = (AqHttpStream){next_clip_events, e};
    out->done = end_clip_events;
    out->done_ctx = e;
    return AQ_OK;
}

void aq_handle_events(const AqRequest *r, AqReply *out)
{
    aq_serve_of_clip(r, out, reply_events);
}
