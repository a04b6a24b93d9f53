/* SPDX-License-Identifier: MIT */
#include "pipeline/serve/clips/asks.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "pipeline/serve/clips/clips_priv.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASKS            "asks.jsonl"
#define MOST_ASKS_BYTES ((size_t)1 << 30)

void aq_clip_free_asks(AqServedClip *clip)
{
    for (int k = 0; k < clip->n_asks; k++) {
        aq_free(clip->asks[k].question);
        aq_free(clip->asks[k].model);
        aq_free(clip->asks[k].answer);
        aq_free(clip->asks[k].best_guess);
    }
    aq_free(clip->asks);
    clip->asks = NULL;
    clip->n_asks = 0;
}

/* ---- entries ---- */

static char *copy_member(const json_t *o, const char *key)
{
    return aq_strdup(aq_json_member_text(o, key));
}

/* Of a line `bytes` long from `from` on. */
static AqErr add_ask_entry(AqServedClip *clip, const json_t *ask, int64_t from,
                           int64_t bytes)
{
    const json_t *answer = json_object_get(ask, "answer");
    const json_t *claimed = json_object_get(answer, "answer");
    AqAskEntry *list = aq_grow(clip->asks, (size_t)clip->n_asks, sizeof *list);

    if (!list)
        return AQ_ERR_NOMEM;
    clip->asks = list;
    AqAskEntry *e = &list[clip->n_asks++];
    *e = (AqAskEntry){
        .question = copy_member(ask, "question"),
        .model = copy_member(ask, "model"),
        .answer = json_is_string(claimed) ? copy_member(answer, "answer") : NULL,
        .best_guess = copy_member(answer, "best_guess"),
        .probability = json_number_value(json_object_get(answer, "probability")),
        .at_s = json_integer_value(json_object_get(ask, "time")),
        .from = from,
        .bytes = bytes};
    clip->asks_bytes = from + bytes;
    return e->question && e->model && e->best_guess ? AQ_OK : AQ_ERR_NOMEM;
}

/* A last line that a crash cut is not there. */
AqErr aq_clip_read_asks(const AqClips *c, AqServedClip *clip)
{
    char *path = aq_clip_file(c, clip, ASKS), *text = NULL;
    size_t bytes = 0;
    AqErr err = path ? aq_fs_read(path, MOST_ASKS_BYTES, &text, &bytes) : AQ_ERR_NOMEM;

    if (err == AQ_ERR_NOT_FOUND)
        err = AQ_OK;
    for (size_t at = 0, n; err == AQ_OK && at < bytes; at += n) {
        const char *end = memchr(text + at, '\n', bytes - at);
        n = end ? (size_t)(end - text) + 1 - at : bytes - at;
        json_t *o = end ? json_loadb(text + at, n, 0, NULL) : NULL;

        if (!o) {
            aq_log(AQ_LOG_WARN,
                   "%s: line %d is damaged; it and what follows is left out", path,
                   clip->n_asks + 1);
            break;
        }
        err = add_ask_entry(clip, o, (int64_t)at, (int64_t)n);
        json_decref(o);
    }
    aq_free(text);
    aq_free(path);
    return err;
}

static json_t *entry_json(const AqServedClip *clip, int k)
{
    const AqAskEntry *e = &clip->asks[k];

    return aq_json_pack("{s:i, s:s, s:s, s:s, s:I, s:s?, s:s, s:f}", "n", k + 1, "clip",
                        clip->id, "question", e->question, "model", e->model, "time",
                        (json_int_t)e->at_s, "answer", e->answer, "best_guess",
                        e->best_guess, "probability", e->probability);
}

/* ---- the file ---- */

/* Behind what is known of it: a line that was cut before is overwritten. */
static AqErr append_line(const char *path, int64_t at, const char *text, size_t n)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    AqErr err = fd < 0 || ftruncate(fd, at) != 0 ? aq_fail_errno(path) : AQ_OK;

    for (size_t done = 0; err == AQ_OK && done < n;) {
        const ssize_t k = pwrite(fd, text + done, n - done, at + (off_t)done);

        if (k < 0)
            err = aq_fail_errno(path);
        else
            done += (size_t)k;
    }
    if (fd >= 0 && close(fd) != 0 && err == AQ_OK)
        err = aq_fail_errno(path);
    return err;
}

/* Under the lock. */
static AqErr keep_ask(AqClips *c, AqServedClip *clip, const json_t *ask)
{
    char *line = aq_json_text(ask, JSON_COMPACT | JSON_REAL_PRECISION(6)),
         *path = aq_clip_file(c, clip, ASKS),
         *ended = line ? aq_strf("%s\n", line) : NULL;
    const size_t n = ended ? strlen(ended) : 0;
    const int64_t at = clip->asks_bytes;
    AqErr err = ended && path ? append_line(path, at, ended, n) : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = add_ask_entry(clip, ask, at, (int64_t)n);
    if (err == AQ_OK)
        c->bytes += (int64_t)n;
    aq_free(line);
    aq_free(ended);
    aq_free(path);
    return err;
}

AqErr aq_clip_add_ask(AqClips *c, AqServedClip *clip, json_t *ask)
{
    AqErr err = AQ_OK;

    (void)pthread_mutex_lock(&c->lock);
    if (clip->is_removed)
        err = aq_fail(AQ_ERR_MISMATCH, "the clip was removed meanwhile");
    else if (clip->n_asks >= AQ_CLIP_MOST_ASKS)
        err =
            aq_fail(AQ_ERR_MISMATCH,
                    "%d questions were asked about this clip, which is as many as are "
                    "kept: remove it, and add it again",
                    clip->n_asks);
    else
        (void)json_object_set_new(ask, "n", json_integer(clip->n_asks + 1));
    if (err == AQ_OK)
        err = keep_ask(c, clip, ask);
    (void)pthread_mutex_unlock(&c->lock);
    return err;
}

/* ---- looking ---- */

json_t *aq_clip_asks_json(AqClips *c, AqServedClip *clip)
{
    json_t *list = json_array();

    (void)pthread_mutex_lock(&c->lock);
    for (int k = 0; k < clip->n_asks; k++)
        (void)json_array_append_new(list, entry_json(clip, k));
    (void)pthread_mutex_unlock(&c->lock);
    return list;
}

static AqErr read_ask_line(const char *path, int64_t from, int64_t bytes, json_t **out)
{
    char *text = aq_alloc((size_t)bytes + 1, 1);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    AqErr err = text ? AQ_OK : AQ_ERR_NOMEM;

    if (err == AQ_OK && fd < 0)
        err = aq_fail_errno(path);
    if (err == AQ_OK && pread(fd, text, (size_t)bytes, from) != bytes)
        err = aq_fail(AQ_ERR_IO, "%s is shorter than it was", path);
    if (err == AQ_OK) {
        *out = json_loadb(text, (size_t)bytes, 0, NULL);
        if (!*out)
            err = aq_fail(AQ_ERR_FORMAT, "%s is damaged", path);
    }
    if (fd >= 0)
        (void)close(fd);
    aq_free(text);
    return err;
}

AqErr aq_clip_ask(AqClips *c, AqServedClip *clip, int n, json_t **out)
{
    char *path = aq_clip_file(c, clip, ASKS);
    AqErr err = path ? AQ_OK : AQ_ERR_NOMEM;
    int64_t from = 0, bytes = 0;

    *out = NULL;
    (void)pthread_mutex_lock(&c->lock);
    if (err == AQ_OK && (n < 1 || n > clip->n_asks))
        err = aq_fail(AQ_ERR_NOT_FOUND, "there is no question %d about this clip", n);
    if (err == AQ_OK) {
        from = clip->asks[n - 1].from;
        bytes = clip->asks[n - 1].bytes;
    }
    (void)pthread_mutex_unlock(&c->lock);
    if (err == AQ_OK)
        err = read_ask_line(path, from, bytes, out);
    aq_free(path);
    return err;
}

/* Letters of ASCII in either case. */
static int has_text(const char *in, const char *text)
{
    const size_t n = strlen(text);

    for (; n > 0 && *in; in++)
        if (strncasecmp(in, text, n) == 0)
            return 1;
    return n == 0;
}

static int is_ask_found(const AqServedClip *clip, const AqAskEntry *e, const char *text)
{
    return has_text(e->question, text) || has_text(e->best_guess, text) ||
           has_text(clip->name, text);
}

typedef struct FoundAsk {
    const AqServedClip *clip;
    int k;
} FoundAsk;

static int compare_newest_first(const void *pa, const void *pb)
{
    const FoundAsk *a = pa, *b = pb;
    const int64_t ta = a->clip->asks[a->k].at_s, tb = b->clip->asks[b->k].at_s;

    return ta != tb ? (ta < tb) - (ta > tb) : (a->k < b->k) - (a->k > b->k);
}

/* Under the lock: all that fit. Gives (*n). */
static FoundAsk *find_asks(const AqClips *c, const char *text, size_t *n)
{
    FoundAsk *found = NULL;

    *n = 0;
    for (const AqServedClip *clip = c->first; clip; clip = clip->next)
        for (int k = 0; k < clip->n_asks; k++) {
            if (!is_ask_found(clip, &clip->asks[k], text))
                continue;
            FoundAsk *more = aq_grow(found, *n, sizeof *more);

            if (!more)
                return found;
            found = more;
            found[(*n)++] = (FoundAsk){clip, k};
        }
    return found;
}

json_t *aq_clips_search(AqClips *c, const char *text, int most)
{
    json_t *list = json_array();
    size_t n;

    (void)pthread_mutex_lock(&c->lock);
    FoundAsk *found = find_asks(c, text, &n);
    if (n > 0)
        qsort(found, n, sizeof *found, compare_newest_first);
    for (size_t k = 0; k < n && k < (size_t)most; k++) {
        json_t *o = entry_json(found[k].clip, found[k].k);

        (void)json_object_set_new(
            o, "clip_name",
            aq_json_string(found[k].clip->name, strlen(found[k].clip->name)));
        (void)json_array_append_new(list, o);
    }
    (void)pthread_mutex_unlock(&c->lock);
    aq_free(found);
    return list;
}
