/* SPDX-License-Identifier: MIT */
/* Clips as files: what is kept of each, and read again by the next server. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "pipeline/serve/clips/clips_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CLIP_JSON = 16 << 20 };
#define RECORD "clip.json"

AqServedClip *aq_served_clip_new(const char *path, const char *name,
                                 const char sha256[AQ_SHA256_HEX], int64_t bytes)
{
    AqServedClip *clip = aq_alloc(1, sizeof *clip);

    if (!clip)
        return NULL;
    (void)snprintf(clip->id, sizeof clip->id, "%.16s", sha256);
    (void)snprintf(clip->sha256, sizeof clip->sha256, "%s", sha256);
    clip->path = aq_strdup(path);
    clip->name = aq_strdup(name);
    clip->bytes = bytes;
    clip->added_s = time(NULL);
    if (!clip->path || !clip->name)
        aq_served_clip_free(&clip);
    return clip;
}

void aq_served_clip_free(AqServedClip **pclip)
{
    AqServedClip *clip = *pclip;

    if (!clip)
        return;
    aq_clip_free_asks(clip);
    for (int k = 0; k < AQ_CLIP_MOST_MODELS; k++)
        aq_free(clip->error[k]);
    json_decref(clip->facts.video);
    json_decref(clip->facts.audio);
    json_decref(clip->facts.peaks);
    aq_free(clip->name);
    aq_free(clip->path);
    aq_free(clip);
    *pclip = NULL;
}

/* ---- writing ---- */

static json_t *record_json(const AqServedClip *clip)
{
    const AqClipFacts *f = &clip->facts;
    json_t *o =
        aq_json_pack("{s:s, s:s, s:s, s:I, s:I, s:b, s:b}", "sha256", clip->sha256,
                     "name", clip->name, "path", clip->path, "bytes",
                     (json_int_t)clip->bytes, "added", (json_int_t)clip->added_s,
                     "outside", clip->is_outside, "example", clip->is_example);

    if (o && f->is_known)
        (void)json_object_set_new(o, "facts",
                                  json_pack("{s:i, s:O, s:O, s:O}", "seconds",
                                            f->seconds, "video", f->video, "audio",
                                            f->audio, "peaks", f->peaks));
    return o;
}

AqErr aq_clip_save(const AqClips *c, const AqServedClip *clip)
{
    json_t *o = record_json(clip);
    char *text = aq_json_text(o, JSON_COMPACT | JSON_REAL_PRECISION(4)),
         *path = aq_clip_file(c, clip, RECORD);
    AqErr err = text && path ? aq_fs_mkdirs_for(path) : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = aq_fs_write_whole(path, text, strlen(text));
    aq_free(path);
    aq_free(text);
    json_decref(o);
    return err;
}

void aq_clip_touch(const AqClips *c, const AqServedClip *clip)
{
    char *path = aq_clip_file(c, clip, RECORD);

    if (path)
        (void)utimensat(AT_FDCWD, path, NULL, 0);
    aq_free(path);
}

void aq_clip_unlink(const AqClips *c, const AqServedClip *clip)
{
    static const char *const leaves[] = {RECORD, "asks.jsonl", ""};

    if (!clip->is_outside)
        (void)unlink(clip->path);
    for (size_t k = 0; k < sizeof leaves / sizeof *leaves; k++) {
        char *path = aq_clip_file(c, clip, leaves[k]);

        if (path)
            (void)(*leaves[k] ? unlink(path) : rmdir(path));
        aq_free(path);
    }
}

/* ---- reading ---- */

/* A peak is a number of 0 to 1; so are all. */
static int are_peaks(const json_t *a)
{
    for (size_t k = 0; k < json_array_size(a); k++) {
        const double v = json_number_value(json_array_get(a, k));

        if (!(v >= 0 && v <= 1))
            return 0;
    }
    return json_is_array(a);
}

static void take_clip_facts(AqServedClip *clip, json_t *o)
{
    json_t *seconds = json_object_get(o, "seconds"),
           *video = json_object_get(o, "video"), *audio = json_object_get(o, "audio"),
           *peaks = json_object_get(o, "peaks");

    if (!json_is_integer(seconds) || json_integer_value(seconds) < 1 ||
        json_integer_value(seconds) > 86400 || !video || !audio || !are_peaks(peaks))
        return; /* it is read again when it is needed */
    clip->facts = (AqClipFacts){.is_known = 1,
                                .seconds = (int)json_integer_value(seconds),
                                .video = json_incref(video),
                                .audio = json_incref(audio),
                                .peaks = json_incref(peaks)};
}

/* The clip that a record is of; NULL if it does not fit the folder's name. */
static AqServedClip *clip_of_record(const json_t *o, const char *id)
{
    const char *sha = aq_json_member_text(o, "sha256"),
               *path = aq_json_member_text(o, "path"),
               *name = aq_json_member_text(o, "name");
    const json_int_t bytes = json_integer_value(json_object_get(o, "bytes"));
    struct stat st;

    if (strlen(sha) != AQ_SHA256_HEX - 1 || strncmp(sha, id, AQ_CLIP_ID - 1) != 0 ||
        !*path || stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size != bytes)
        return NULL;
    AqServedClip *clip = aq_served_clip_new(path, name, sha, bytes);
    if (!clip)
        return NULL;
    clip->added_s = json_integer_value(json_object_get(o, "added"));
    clip->is_example = json_is_true(json_object_get(o, "example"));
    clip->is_outside = json_is_true(json_object_get(o, "outside"));
    take_clip_facts(clip, json_object_get(o, "facts"));
    return clip;
}

/* NULL: there is none that can be used. */
static AqServedClip *read_record(const AqClips *c, const char *id)
{
    char *path = aq_strf("%s/%s/" RECORD, c->folder, id), *text = NULL;
    AqServedClip *clip = NULL;
    size_t bytes;
    struct stat st;

    if (path && stat(path, &st) == 0 &&
        aq_fs_read(path, MOST_CLIP_JSON, &text, &bytes) == AQ_OK) {
        json_t *o = json_loadb(text, bytes, 0, NULL);

        clip = clip_of_record(o, id);
        json_decref(o);
        if (clip)
            clip->used = st.st_mtime;
        else
            aq_log(AQ_LOG_WARN, "%s: this is no record of a clip; it is left out",
                   path);
    }
    aq_free(text);
    aq_free(path);
    return clip;
}

static int is_clip_id(const char *name)
{
    return strlen(name) == AQ_CLIP_ID - 1 &&
           strspn(name, "0123456789abcdef") == AQ_CLIP_ID - 1;
}

/* Puts it where it belongs by its last use. */
static void insert_by_use(AqServedClip **list, AqServedClip *clip)
{
    while (*list && (*list)->used > clip->used)
        list = &(*list)->next;
    clip->next = *list;
    *list = clip;
}

AqErr aq_clips_read_folder(AqClips *c, AqServedClip **out)
{
    DIR *d = opendir(c->folder);
    AqErr err = AQ_OK;

    *out = NULL;
    if (!d)
        return aq_fail_errno(c->folder);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this function's */
    for (struct dirent *e; err == AQ_OK && (e = readdir(d)) != NULL;) {
        AqServedClip *clip = is_clip_id(e->d_name) ? read_record(c, e->d_name) : NULL;

        if (!clip)
            continue;
        err = aq_clip_read_asks(c, clip);
        insert_by_use(out, clip);
    }
    (void)closedir(d);
    return err;
}
