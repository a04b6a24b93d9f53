/* SPDX-License-Identifier: MIT */
/* The table of clips, and which of them goes when there is no more room. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "pipeline/serve/clips/clips_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- under the lock ---- */

static AqServedClip *find_held_clip(AqClips *c, const char *id)
{
    AqServedClip *clip = c->first;

    while (clip && strcmp(clip->id, id) != 0)
        clip = clip->next;
    if (!clip)
        return NULL;
    clip->n_held++;
    clip->used = ++c->used;
    return clip;
}

static int64_t bytes_in_folder(const AqServedClip *clip)
{
    return (clip->is_outside ? 0 : clip->bytes) + clip->asks_bytes;
}

/* Takes it out of the table, and removes its files: whoever reads one reads on. What is
 * in memory goes when nobody holds it. */
static void remove_clip(AqClips *c, AqServedClip *clip)
{
    AqServedClip **at = &c->first;

    while (*at && *at != clip)
        at = &(*at)->next;
    if (*at)
        *at = clip->next;
    clip->is_removed = 1;
    c->bytes -= bytes_in_folder(clip);
    aq_clip_unlink(c, clip);
    if (clip->n_held == 0)
        aq_served_clip_free(&clip);
}

static AqServedClip *find_least_used(const AqClips *c)
{
    AqServedClip *least = NULL;

    for (AqServedClip *k = c->first; k; k = k->next)
        if (k->n_held == 0 && !k->is_example && (!least || k->used < least->used))
            least = k;
    return least;
}

static AqErr make_room(AqClips *c, int64_t bytes)
{
    if (bytes > c->most_bytes)
        return aq_fail(AQ_ERR_USAGE,
                       "the clip is larger than all clips may be together (%lld MB)",
                       (long long)(c->most_bytes / 1000000));
    while (c->bytes + bytes > c->most_bytes) {
        AqServedClip *least = find_least_used(c);

        if (!least)
            return aq_fail(AQ_ERR_CANCELLED, "there is no room for another clip: all "
                                             "that are there are in use");
        remove_clip(c, least);
    }
    return AQ_OK;
}

/* ---- opening ---- */

static AqErr lock_clips_folder(AqClips *c)
{
    char *path = aq_strf("%s/lock", c->folder);
    AqErr err = path ? AQ_OK : AQ_ERR_NOMEM;

    if (err == AQ_OK) {
        c->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (c->lock_fd < 0)
            err = aq_fail_errno(path);
        else if (flock(c->lock_fd, LOCK_EX | LOCK_NB) != 0)
            err = aq_fail(AQ_ERR_MISMATCH,
                          "%s: another server keeps its clips there; name another "
                          "folder with --clips",
                          c->folder);
    }
    aq_free(path);
    return err;
}

AqErr aq_clips_open(AqClips **out, const char *folder, int64_t most_bytes)
{
    *out = NULL;
    AqClips *c = aq_alloc(1, sizeof *c);
    if (!c)
        return AQ_ERR_NOMEM;
    c->lock_fd = -1;
    c->most_bytes = most_bytes;
    (void)pthread_mutex_init(&c->lock, NULL);
    (void)pthread_cond_init(&c->changed, NULL);
    c->folder = aq_strdup(folder);
    AqErr err = c->folder ? aq_fs_mkdirs(folder) : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = chmod(folder, 0700) == 0 ? lock_clips_folder(c) : aq_fail_errno(folder);
    if (err == AQ_OK)
        err = aq_clips_read_folder(c, &c->first);
    for (AqServedClip *k = c->first; k; k = k->next) {
        c->bytes += bytes_in_folder(k);
        c->used = k->used > c->used ? k->used : c->used;
    }
    if (err != AQ_OK)
        aq_clips_close(&c);
    *out = c;
    return err;
}

void aq_clips_close(AqClips **pc)
{
    AqClips *c = *pc;

    if (!c)
        return;
    while (c->first) {
        AqServedClip *next = c->first->next;

        aq_served_clip_free(&c->first);
        c->first = next;
    }
    if (c->lock_fd >= 0)
        (void)close(c->lock_fd);
    (void)pthread_cond_destroy(&c->changed);
    (void)pthread_mutex_destroy(&c->lock);
    aq_free(c->folder);
    aq_free(c);
    *pc = NULL;
}

/* ---- adding ---- */

/* The name's extension, with its dot, if it is a plain one; else "". */
static void copy_extension(const char *name, char out[12])
{
    const char *dot = strrchr(name, '.');
    const size_t n = dot ? strlen(dot + 1) : 0;

    out[0] = 0;
    if (n > 0 && n <= 8 &&
        strspn(dot + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789") == n)
        (void)snprintf(out, 12, "%s", dot);
}

/* Under the lock: a clip that is not there yet, whose file is moved in. */
static AqErr take_new_clip(AqClips *c, const char *path, const char *name,
                           const char sha256[AQ_SHA256_HEX], AqServedClip **out)
{
    char extension[12];
    struct stat st;
    AqErr err = stat(path, &st) == 0 ? AQ_OK : aq_fail_errno(path);

    copy_extension(name, extension);
    char *to = aq_strf("%s/%.16s/%.16s%s", c->folder, sha256, sha256, extension);
    AqServedClip *clip =
        to && err == AQ_OK ? aq_served_clip_new(to, name, sha256, st.st_size) : NULL;
    if (err == AQ_OK && !clip)
        err = AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = make_room(c, clip->bytes);
    if (err == AQ_OK)
        err = aq_fs_mkdirs_for(to);
    if (err == AQ_OK && rename(path, to) != 0)
        err = aq_fail_errno(to);
    aq_free(to);
    if (err != AQ_OK) {
        aq_served_clip_free(&clip);
        return err;
    }
    *out = clip;
    return AQ_OK;
}

/* Under the lock: into the table, held. */
static void put_clip_first(AqClips *c, AqServedClip *clip)
{
    clip->next = c->first;
    c->first = clip;
    clip->n_held = 1;
    clip->used = ++c->used;
    c->bytes += bytes_in_folder(clip);
}

AqErr aq_clips_take(AqClips *c, const char *path, const char *name,
                    const char sha256[AQ_SHA256_HEX], int is_example,
                    AqServedClip **out, int *is_new)
{
    char id[AQ_CLIP_ID];
    AqErr err = AQ_OK;

    (void)snprintf(id, sizeof id, "%.16s", sha256);
    (void)pthread_mutex_lock(&c->lock);
    AqServedClip *clip = find_held_clip(c, id);
    *is_new = !clip;
    if (!clip)
        err = take_new_clip(c, path, name, sha256, &clip);
    else
        (void)unlink(path);
    if (err == AQ_OK && *is_new)
        put_clip_first(c, clip);
    if (err == AQ_OK && (*is_new || is_example)) {
        clip->is_example |= is_example;
        err = aq_clip_save(c, clip);
        if (err != AQ_OK && *is_new) { /* its file is ours already, and goes */
            clip->n_held = 0;
            remove_clip(c, clip);
        }
    }
    (void)pthread_mutex_unlock(&c->lock);
    *out = err == AQ_OK ? clip : NULL;
    return err;
}

AqErr aq_clips_add_example(AqClips *c, const char *path)
{
    char hex[AQ_SHA256_HEX], id[AQ_CLIP_ID];
    struct stat st;
    char *whole = realpath(path, NULL);

    if (!whole || stat(whole, &st) != 0)
        return aq_fail_errno(path);
    AqErr err = S_ISREG(st.st_mode)
                    ? aq_sha256_file(whole, hex)
                    : aq_fail(AQ_ERR_MEDIA, "%s is not a file: name clips", path);
    if (err == AQ_OK) {
        (void)snprintf(id, sizeof id, "%.16s", hex);
        (void)pthread_mutex_lock(&c->lock);
        AqServedClip *clip = find_held_clip(c, id);
        if (!clip) {
            clip = aq_served_clip_new(whole, aq_fs_base(whole), hex, st.st_size);
            err = clip ? AQ_OK : AQ_ERR_NOMEM;
            if (clip) {
                clip->is_outside = 1;
                put_clip_first(c, clip);
            }
        }
        if (clip) {
            clip->is_example = 1;
            clip->n_held--;
            err = aq_clip_save(c, clip);
        }
        (void)pthread_mutex_unlock(&c->lock);
    }
    free(whole); /* NOLINT: realpath's own */
    return err;
}

int aq_clips_n_examples(AqClips *c)
{
    int n = 0;

    (void)pthread_mutex_lock(&c->lock);
    for (const AqServedClip *k = c->first; k; k = k->next)
        n += k->is_example;
    (void)pthread_mutex_unlock(&c->lock);
    return n;
}

/* ---- holding ---- */

AqServedClip *aq_clips_find(AqClips *c, const char *id)
{
    (void)pthread_mutex_lock(&c->lock);
    AqServedClip *clip = find_held_clip(c, id);
    (void)pthread_mutex_unlock(&c->lock);
    if (clip)
        aq_clip_touch(c, clip);
    return clip;
}

void aq_clips_hold(AqClips *c, AqServedClip *clip)
{
    (void)pthread_mutex_lock(&c->lock);
    clip->n_held++;
    (void)pthread_mutex_unlock(&c->lock);
}

void aq_clips_let_go(AqClips *c, AqServedClip *clip)
{
    (void)pthread_mutex_lock(&c->lock);
    if (--clip->n_held == 0 && clip->is_removed)
        aq_served_clip_free(&clip);
    (void)pthread_mutex_unlock(&c->lock);
}

int aq_clips_n_held(AqClips *c, const AqServedClip *clip)
{
    (void)pthread_mutex_lock(&c->lock);
    const int n = clip->n_held;
    (void)pthread_mutex_unlock(&c->lock);
    return n;
}

AqErr aq_clips_remove(AqClips *c, AqServedClip *clip)
{
    AqErr err = AQ_OK;

    (void)pthread_mutex_lock(&c->lock);
    if (clip->is_example)
        err = aq_fail(AQ_ERR_MISMATCH, "this clip is an example, which stays");
    else if (!clip->is_removed)
        remove_clip(c, clip);
    (void)pthread_mutex_unlock(&c->lock);
    return err;
}

const char *aq_clip_id(const AqServedClip *clip)
{
    return clip->id;
}

const char *aq_clip_name(const AqServedClip *clip)
{
    return clip->name;
}

const char *aq_clip_path(const AqServedClip *clip)
{
    return clip->path;
}

const char *aq_clip_sha256(const AqServedClip *clip)
{
    return clip->sha256;
}
