/* SPDX-License-Identifier: MIT */
/* An answer as a file: JSON, or the explanation page. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "pipeline/serve/serve_priv.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The question once more, for what the page shows and the thread does not keep. */
static AqErr make_export_page(AqServe *s, AqServedClip *clip, const json_t *ask,
                              const char *page)
{
    AqServeAsk a = {
        .clip = clip,
        .model = aq_desk_model_find(s->o->models, aq_json_member_text(ask, "model")),
        .question = aq_json_member_text(ask, "question"),
        .page = page};
    json_t *answer = NULL;

    if (a.model < 0)
        return aq_fail(AQ_ERR_NOT_FOUND,
                       "the model that answered, %s, is not one that is asked now",
                       aq_json_member_text(ask, "model"));
    AqErr err = aq_serve_await_features(s, clip, a.model);
    if (err == AQ_OK)
        err = aq_serve_answer(s, &a, &answer);
    json_decref(answer);
    return err;
}

/* In a file without a name once it is opened. */
static AqErr reply_export_page(AqServe *s, AqServedClip *clip, const json_t *ask,
                               AqReply *out)
{
    char *page = aq_strf("%s/in-page-XXXXXX", s->o->clips_folder);
    const int fd = page ? mkstemp(page) : -1;
    AqErr err = AQ_OK;

    if (!page)
        return AQ_ERR_NOMEM;
    if (fd < 0)
        err = aq_fail_errno(page);
    else
        (void)close(fd);
    if (err == AQ_OK)
        err = make_export_page(s, clip, ask, page);
    if (err == AQ_OK)
        err = aq_reply_file(out, page, "text/html; charset=utf-8", NULL);
    if (fd >= 0)
        (void)unlink(page);
    aq_free(page);
    return err;
}

static AqErr reply_export(AqServe *s, const AqRequest *r, AqServedClip *clip,
                          AqReply *out)
{
    const char *as = r->query(r, "as"), *number = r->query(r, "ask");
    json_t *ask = NULL;
    int n = 0;
    const int is_page = as && strcmp(as, "html") == 0;
    AqErr err = aq_parse_int("ask", number ? number : "", 1, AQ_CLIP_MOST_ASKS, &n);

    if (err == AQ_OK && as && !is_page && strcmp(as, "json") != 0)
        err = aq_fail(AQ_ERR_USAGE, "\"as\" is json or html");
    if (err == AQ_OK)
        err = aq_clip_ask(s->clips, clip, n, &ask);
    if (err == AQ_OK && is_page)
        err = reply_export_page(s, clip, ask, out);
    else if (err == AQ_OK)
        aq_reply_json(out, 200, json_incref(ask));
    if (err == AQ_OK)
        (void)snprintf(out->download, sizeof out->download, "%s-%d.%s",
                       aq_clip_id(clip), n, is_page ? "html" : "json");
    json_decref(ask);
    return err;
}

void aq_handle_export(const AqRequest *r, AqReply *out)
{
    aq_serve_of_clip(r, out, reply_export);
}
