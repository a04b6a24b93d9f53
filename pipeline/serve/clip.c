/* SPDX-License-Identifier: MIT */
/* /api/clips: what there is, taking one in, and its file. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "base/text/text.h"
#include "pipeline/serve/serve_priv.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MOST_NAME = 200 };

void aq_handle_clips(const AqRequest *r, AqReply *out)
{
    const AqServe *s = r->app;

    aq_reply_json(out, 200, aq_clips_json(s->clips));
}

void aq_serve_of_clip(const AqRequest *r, AqReply *out, AqClipReply reply)
{
    AqServe *s = r->app;
    AqServedClip *clip = aq_clips_find(s->clips, r->arg[0]);

    if (!clip) {
        aq_reply_error(out, 404, "there is no clip %s: it was removed, or never came",
                       r->arg[0]);
        return;
    }
    const AqErr err = reply(s, r, clip, out);
    if (err != AQ_OK)
        aq_reply_failure(out, err);
    aq_clips_let_go(s->clips, clip);
}

static AqErr reply_clip_facts(AqServe *s, const AqRequest *r, AqServedClip *clip,
                              AqReply *out)
{
    (void)r;
    aq_reply_json(out, 200, aq_clip_json(s->clips, clip));
    return AQ_OK;
}

void aq_handle_clip(const AqRequest *r, AqReply *out)
{
    aq_serve_of_clip(r, out, reply_clip_facts);
}

static AqErr delete_clip(AqServe *s, const AqRequest *r, AqServedClip *clip,
                         AqReply *out)
{
    (void)r;
    out->status = 204;
    return aq_clips_remove(s->clips, clip);
}

void aq_handle_clip_delete(const AqRequest *r, AqReply *out)
{
    aq_serve_of_clip(r, out, delete_clip);
}

/* A name to show: what a file is called, without folders, cut to fit at a character.
 * Gives; NULL when out of memory. */
static char *clean_clip_name(const char *name)
{
    const char *base = name ? aq_fs_base(name) : "";
    const char *back = strrchr(base, '\\'); /* some browsers send whole paths */
    char *shown = aq_strdup(aq_text_shown(back ? back + 1 : base));
    size_t n = 0;

    if (shown && !*shown) {
        aq_free(shown);
        return aq_strdup("clip");
    }
    if (!shown || strlen(shown) <= MOST_NAME)
        return shown;
    /* The end is kept, for its extension. */
    const char *end = shown + strlen(shown) - MOST_NAME;
    while ((end[n] & 0xc0) == 0x80)
        n++;
    memmove(shown, end + n, strlen(end + n) + 1);
    return shown;
}

AqErr aq_serve_take_file(AqServe *s, const AqRequest *r, const char *name,
                         AqServedClip **clip, int *is_new)
{
    char *shown = clean_clip_name(name);

    *clip = NULL;
    if (!shown)
        return AQ_ERR_NOMEM;
    const AqErr err =
        aq_clips_take(s->clips, r->file->path, shown, r->file->sha256, 0, clip, is_new);
    aq_free(shown);
    if (err == AQ_OK) { /* it is where it belongs, or gone as it was there already */
        aq_free(r->file->path);
        r->file->path = NULL;
    }
    return err;
}

void aq_handle_upload(const AqRequest *r, AqReply *out)
{
    AqServe *s = r->app;
    AqServedClip *clip;
    int is_new;

    if (!r->file->path || r->file->bytes == 0) {
        aq_reply_error(out, 400, "the request's body is empty: it has to be the clip");
        return;
    }
    AqErr err = aq_serve_take_file(s, r, r->query(r, "name"), &clip, &is_new);
    if (err != AQ_OK) {
        aq_reply_failure(out, err);
        return;
    }
    err = aq_serve_want_features(s, clip, 0, 1);
    if (err == AQ_OK)
        aq_reply_json(out, is_new ? 201 : 200, aq_clip_json(s->clips, clip));
    else
        aq_reply_failure(out, err);
    aq_clips_let_go(s->clips, clip);
}

/* ---- its file, and its sound ---- */

static const char *type_of_media(const char *path)
{
    static const char *const types[][2] = {
        {"mp4", "video/mp4"},        {"m4v", "video/mp4"},  {"mov", "video/quicktime"},
        {"webm", "video/webm"},      {"ogv", "video/ogg"},  {"avi", "video/x-msvideo"},
        {"mkv", "video/x-matroska"}, {"gif", "image/gif"},  {"mp3", "audio/mpeg"},
        {"m4a", "audio/mp4"},        {"ogg", "audio/ogg"},  {"oga", "audio/ogg"},
        {"opus", "audio/ogg"},       {"wav", "audio/wav"},  {"flac", "audio/flac"},
        {"mpg", "video/mpeg"},       {"mpeg", "video/mpeg"}};
    const char *dot = strrchr(path, '.');

    for (size_t k = 0; dot && k < sizeof types / sizeof *types; k++)
        if (strcasecmp(dot + 1, types[k][0]) == 0)
            return types[k][1];
    return "application/octet-stream";
}

/* Somebody who is sent a clip's file holds the clip until the last byte. */
typedef struct HeldClip {
    AqClips *clips;
    AqServedClip *clip;
} HeldClip;

static void end_of_held_clip(void *ctx)
{
    HeldClip *h = ctx;

    aq_clips_let_go(h->clips, h->clip);
    aq_free(h);
}

static AqErr reply_media(AqServe *s, const AqRequest *r, AqServedClip *clip,
                         AqReply *out)
{
    HeldClip *held = aq_alloc(1, sizeof *held);
    const char *path = aq_clip_path(clip);
    const AqErr err =
        held ? aq_reply_file(out, path, type_of_media(path), r->header(r, "Range"))
             : AQ_ERR_NOMEM;

    if (err != AQ_OK) {
        aq_free(held);
        return err;
    }
    aq_clips_hold(s->clips, clip);
    *held = (HeldClip){s->clips, clip};
    out->done = end_of_held_clip;
    out->done_ctx = held;
    return AQ_OK;
}

void aq_handle_media(const AqRequest *r, AqReply *out)
{
    aq_serve_of_clip(r, out, reply_media);
}

static AqErr reply_sound(AqServe *s, const AqRequest *r, AqServedClip *clip,
                         AqReply *out)
{
    json_t *sound = aq_clip_sound_json(s->clips, clip);

    (void)r;
    if (!sound)
        return aq_fail(AQ_ERR_MISMATCH,
                       "the clip was not read yet: /api/clips/%s/events tells when it "
                       "is",
                       aq_clip_id(clip));
    aq_reply_json(out, 200, sound);
    return AQ_OK;
}

void aq_handle_sound(const AqRequest *r, AqReply *out)
{
    aq_serve_of_clip(r, out, reply_sound);
}

/* ---- its thread ---- */

static AqErr reply_clip_asks(AqServe *s, const AqRequest *r, AqServedClip *clip,
                             AqReply *out)
{
    (void)r;
    aq_reply_json(out, 200, aq_clip_asks_json(s->clips, clip));
    return AQ_OK;
}

void aq_handle_clip_asks(const AqRequest *r, AqReply *out)
{
    aq_serve_of_clip(r, out, reply_clip_asks);
}

static AqErr reply_clip_ask(AqServe *s, const AqRequest *r, AqServedClip *clip,
                            AqReply *out)
{
    json_t *ask = NULL;
    int n = 0;
    AqErr err =
        aq_parse_int("a question's number", r->arg[1], 1, AQ_CLIP_MOST_ASKS, &n);

    if (err == AQ_OK)
        err = aq_clip_ask(s->clips, clip, n, &ask);
    if (err == AQ_OK)
        aq_reply_json(out, 200, ask);
    return err;
}

void aq_handle_clip_ask(const AqRequest *r, AqReply *out)
{
    aq_serve_of_clip(r, out, reply_clip_ask);
}

enum { MOST_FOUND = 200 };

void aq_handle_search(const AqRequest *r, AqReply *out)
{
    const AqServe *s = r->app;
    const char *text = r->query(r, "q");

    aq_reply_json(out, 200, aq_clips_search(s->clips, text ? text : "", MOST_FOUND));
}
