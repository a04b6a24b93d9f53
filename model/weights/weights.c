/* SPDX-License-Identifier: MIT */
/* Mapping, sharing and looking up; each format's reader is a file of its own. */
#define _DEFAULT_SOURCE /* madvise; glibc's posix_madvise does not drop pages */
#include "model/weights/weights_priv.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_CHUNK = 1 << 16, FIRST_ROOM = 64, PIECE_BYTES = 1 << 16 };

static const AqWeightsFormat *const formats[] = {
    &aq_format_safetensors, &aq_format_npz,   &aq_format_torch_zip,   &aq_format_npy,
    &aq_format_tf_v1,       &aq_format_tf_v2, &aq_format_torch_legacy};
#define N_FORMATS (sizeof formats / sizeof *formats)

/* ---- for the readers ---- */

char *aq_weights_text(AqWeights *w, const char *text, size_t bytes)
{
    char *p = aq_arena_alloc(w->arena, bytes + 1, 1);

    if (!p)
        return NULL;
    if (bytes)
        memcpy(p, text, bytes);
    p[bytes] = '\0';
    return p;
}

AqErr aq_weights_add(AqWeights *w, const char *name, size_t name_bytes, AqWeight **out)
{
    *out = NULL;
    if (w->n == w->room) {
        const size_t room = w->room ? 2 * w->room : FIRST_ROOM;
        AqWeight *v = aq_realloc(w->v, room, sizeof *v);

        if (!v)
            return AQ_ERR_NOMEM;
        w->v = v;
        w->room = room;
    }
    AqWeight *t = &w->v[w->n];
    *t = (AqWeight){.name = aq_weights_text(w, name, name_bytes)};
    if (!t->name)
        return AQ_ERR_NOMEM;
    w->n++;
    *out = t;
    return AQ_OK;
}

AqErr aq_weights_add_note(AqWeights *w, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    char *both = aq_strf("%s%s%s", w->note ? w->note : "", w->note ? "; " : "", text);
    if (!both)
        return AQ_ERR_NOMEM;
    aq_free(w->note);
    w->note = both;
    return AQ_OK;
}

/* ---- opening ---- */

static AqErr map_weight_file(AqMap *out, const char *path)
{
    struct stat st;
    AqErr err = AQ_OK;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return aq_fail_errno(path);
    if (fstat(fd, &st) != 0)
        err = aq_fail_errno(path);
    else if (!S_ISREG(st.st_mode) || st.st_size == 0)
        err = aq_fail(AQ_ERR_FORMAT, "%s: is %s, not a weight file", path,
                      S_ISREG(st.st_mode) ? "empty" : "not a file");
    if (err == AQ_OK) {
        void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

        if (p == MAP_FAILED)
            err = aq_fail_errno(path);
        else
            *out = (AqMap){.bytes = p, .n = (size_t)st.st_size, .is_mapped = 1};
    }
    (void)close(fd); /* read only */
    return err;
}

static void unmap_weight_file(AqMap *m)
{
    if (m->is_mapped)
        (void)munmap((void *)(uintptr_t)m->bytes, m->n);
    *m = (AqMap){0};
}

static int compare_weight_names(const void *a, const void *b)
{
    return strcmp(((const AqWeight *)a)->name, ((const AqWeight *)b)->name);
}

static AqErr read_any(AqWeights *w, const AqWeightsFormat *format)
{
    if (format && !format->is(w->file.bytes, w->file.n))
        return aq_fail(AQ_ERR_FORMAT, "%s: is no %s file", w->path, format->name);
    for (size_t k = 0; !format && k < N_FORMATS; k++)
        if (formats[k]->is(w->file.bytes, w->file.n))
            format = formats[k];
    if (!format)
        return aq_fail(
            AQ_ERR_FORMAT,
            "%s: is no weight file that is known here; safetensors, files of "
            "torch.save, .npy, .npz and TensorFlow checkpoints are",
            w->path);
    w->format = format->name;
    return format->read(w);
}

AqErr aq_weights_sort(AqWeights *w)
{
    if (w->n > 1)
        qsort(w->v, w->n, sizeof *w->v, compare_weight_names);
    for (size_t k = 1; k < w->n; k++)
        if (strcmp(w->v[k - 1].name, w->v[k].name) == 0)
            return aq_fail(AQ_ERR_FORMAT, "%s: holds two tensors called %s", w->path,
                           w->v[k].name);
    return AQ_OK;
}

static AqErr finish_weights(AqWeights *w)
{
    w->used = aq_alloc(w->n, 1);
    return w->used ? aq_weights_sort(w) : AQ_ERR_NOMEM;
}

static AqErr new_weights(AqWeights **out, const char *path)
{
    *out = NULL;
    AqWeights *w = aq_alloc(1, sizeof *w);
    if (!w)
        return AQ_ERR_NOMEM;
    atomic_init(&w->refs, 1);
    w->path = aq_strdup(path);
    const AqErr err = w->path ? aq_arena_new(&w->arena, TEXT_CHUNK) : AQ_ERR_NOMEM;
    if (err != AQ_OK) {
        aq_weights_unref(&w);
        return err;
    }
    *out = w;
    return AQ_OK;
}

static AqErr read_weight_file(AqWeights **out, AqWeights *w,
                              const AqWeightsFormat *format)
{
    AqErr err = read_any(w, format);

    if (err == AQ_OK)
        err = finish_weights(w);
    if (err != AQ_OK) {
        aq_weights_unref(&w);
        return err;
    }
    *out = w;
    return AQ_OK;
}

AqErr aq_weights_open_bytes(AqWeights **out, const char *name,
                            const AqWeightsFormat *format, AqMap file, AqMap data)
{
    AqWeights *w = NULL;
    const AqErr err = new_weights(&w, name);

    *out = NULL;
    if (err != AQ_OK)
        return err;
    w->file = file;
    w->data = data;
    return read_weight_file(out, w, format);
}

/*
 * TensorFlow V2 writes PREFIX.index and PREFIX.data-00000-of-00001 and calls them by
 * the prefix. Any of the three is understood; *index and *data stay NULL for other
 * files.
 */
static AqErr checkpoint_files(const char *path, char **index, char **data)
{
    static const char shard[] = ".data-00000-of-00001", suffix[] = ".index";
    const size_t n = strlen(path), s = sizeof shard - 1, x = sizeof suffix - 1;
    size_t prefix = n;

    if (n > s && strcmp(path + n - s, shard) == 0)
        prefix = n - s;
    else if (n > x && strcmp(path + n - x, suffix) == 0)
        prefix = n - x;
    else if (access(path, F_OK) == 0)
        return AQ_OK;
    *index = aq_strf("%.*s%s", (int)prefix, path, suffix);
    *data = aq_strf("%.*s%s", (int)prefix, path, shard);
    if (!*index || !*data)
        return AQ_ERR_NOMEM;
    if (prefix == n && access(*index, F_OK) != 0) { /* plainly not there */
        aq_free(*index);
        aq_free(*data);
        *index = *data = NULL;
    }
    return AQ_OK;
}

AqErr aq_weights_open(AqWeights **out, const char *path)
{
    char *index = NULL, *data = NULL;
    AqWeights *w = NULL;

    *out = NULL;
    AqErr err = checkpoint_files(path, &index, &data);
    if (err == AQ_OK)
        err = new_weights(&w, path);
    if (err == AQ_OK)
        err = map_weight_file(&w->file, index ? index : path);
    if (err == AQ_OK && data)
        err = map_weight_file(&w->data, data);
    aq_free(index);
    aq_free(data);
    if (err != AQ_OK) {
        aq_weights_unref(&w);
        return err;
    }
    return read_weight_file(out, w, NULL);
}

AqWeights *aq_weights_ref(AqWeights *w)
{
    (void)atomic_fetch_add(&w->refs, 1);
    return w;
}

void aq_weights_unref(AqWeights **wp)
{
    AqWeights *w = *wp;

    *wp = NULL;
    if (!w || atomic_fetch_sub(&w->refs, 1) != 1)
        return;
    unmap_weight_file(&w->file);
    unmap_weight_file(&w->data);
    aq_arena_free(&w->arena);
    aq_free(w->v);
    aq_free(w->used);
    aq_free(w->note);
    aq_free(w->path);
    aq_free(w);
}

void aq_weights_drop_pages(const AqWeights *w)
{
    const AqMap maps[] = {w->file, w->data};

    for (size_t k = 0; k < sizeof maps / sizeof *maps; k++)
        if (maps[k].is_mapped)
            (void)madvise((void *)(uintptr_t)maps[k].bytes, maps[k].n, MADV_DONTNEED);
}

/* ---- looking up ---- */

const char *aq_weights_path(const AqWeights *w)
{
    return w->path;
}

const char *aq_weights_format(const AqWeights *w)
{
    return w->format;
}

size_t aq_weights_file_bytes(const AqWeights *w)
{
    return w->file.n + w->data.n;
}

size_t aq_weights_n(const AqWeights *w)
{
    return w->n;
}

const AqWeight *aq_weights_at(const AqWeights *w, size_t k)
{
    return &w->v[k];
}

const AqWeight *aq_weights_find(const AqWeights *w, const char *name)
{
    const AqWeight key = {.name = name};

    return w->n ? bsearch(&key, w->v, w->n, sizeof *w->v, compare_weight_names) : NULL;
}

const char *aq_weights_meta(const AqWeights *w, const char *key)
{
    for (size_t k = 0; k < w->n_meta; k++)
        if (strcmp(w->meta[k].key, key) == 0)
            return w->meta[k].text;
    return NULL;
}

const char *aq_weights_note(const AqWeights *w)
{
    return w->note ? w->note : "";
}

void aq_weights_mark_used(AqWeights *w, const AqWeight *t)
{
    w->used[t - w->v] = 1;
}

int aq_weights_is_used(const AqWeights *w, const AqWeight *t)
{
    return w->used[t - w->v];
}

/* ---- digests ---- */

static AqErr digest_files(const AqWeights *w, char hex[AQ_SHA256_HEX])
{
    AqSha256 *s = NULL;
    AqErr err = aq_sha256_new(&s);

    if (err == AQ_OK)
        err = aq_sha256_add(s, w->file.bytes, w->file.n);
    if (err == AQ_OK && w->data.n)
        err = aq_sha256_add(s, w->data.bytes, w->data.n);
    if (err == AQ_OK)
        err = aq_sha256_finish(&s, hex);
    aq_sha256_free(&s);
    return err;
}

AqErr aq_weights_sha256(AqWeights *w, char hex[AQ_SHA256_HEX])
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    AqErr err = AQ_OK;

    (void)pthread_mutex_lock(&lock);
    if (!w->sha256[0])
        err = digest_files(w, w->sha256);
    memcpy(hex, w->sha256, AQ_SHA256_HEX);
    (void)pthread_mutex_unlock(&lock);
    return err;
}

static AqErr digest_one(AqSha256 *s, const AqWeight *t)
{
    unsigned char raw[PIECE_BYTES];
    char head[64];
    const size_t size = aq_dtype_bytes(t->dtype), piece = sizeof raw / size;
    AqErr err = aq_sha256_add(s, t->name, strlen(t->name) + 1);

    if (err == AQ_OK)
        err = aq_sha256_add(s, head,
                            (size_t)snprintf(head, sizeof head, "%s %d",
                                             aq_dtype_name(t->dtype), t->n_dims));
    for (int k = 0; err == AQ_OK && k < t->n_dims; k++)
        err = aq_sha256_add(
            s, head,
            (size_t)snprintf(head, sizeof head, " %lld", (long long)t->dims[k]));
    if (err == AQ_OK)
        err = aq_sha256_add(s, "", 1);
    for (size_t at = 0; err == AQ_OK && at < t->count; at += piece) {
        const size_t n = t->count - at < piece ? t->count - at : piece;

        aq_weight_to_bytes(t, at, n, raw);
        err = aq_sha256_add(s, raw, n * size);
    }
    return err;
}

AqErr aq_weights_content_sha256(const AqWeights *w, char hex[AQ_SHA256_HEX])
{
    AqSha256 *s = NULL;
    AqErr err = aq_sha256_new(&s);

    for (size_t k = 0; err == AQ_OK && k < w->n; k++)
        err = digest_one(s, &w->v[k]);
    if (err == AQ_OK)
        err = aq_sha256_finish(&s, hex);
    aq_sha256_free(&s);
    return err;
}

AqErr aq_weights_check(const AqWeights *w)
{
    return w->check ? w->check(w) : AQ_OK;
}

int aq_weights_is_checked(const AqWeights *w)
{
    const char *values = aq_weights_meta(w, "values");

    return values && strcmp(values, "finite") == 0;
}

/* ---- one network of several ---- */

static int begins_with(const char *name, const char *prefix)
{
    const size_t n = strlen(prefix);
    const char last = n ? prefix[n - 1] : '.';

    return strncmp(name, prefix, n) == 0 &&
           (last == '.' || last == '/' || name[n] == '.' || name[n] == '/');
}

AqErr aq_weights_choose(AqWeights *w, const char *prefix, size_t *n_left_out)
{
    size_t n = 0;

    for (size_t k = 0; k < w->n; k++)
        if (begins_with(w->v[k].name, prefix))
            w->v[n++] = w->v[k];
    *n_left_out = w->n - n;
    if (n == 0)
        return aq_fail(AQ_ERR_NOT_FOUND,
                       "%s: no tensor's name begins with %s; `avqa-pipe weights "
                       "inspect` lists them",
                       w->path, prefix);
    w->n = n;
    return AQ_OK;
}
