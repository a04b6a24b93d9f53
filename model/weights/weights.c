/* SPDX-License-Identifier: MIT */
/* Mapping, sharing and looking up; each format's reader is a file of its own. */
#include "model/weights/weights_priv.h"

#include "base/alloc.h"
#include "base/half.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_CHUNK = 1 << 16 };

static const struct {
    const char *name;
    size_t bytes;
} types[] = {[AQ_F64] = {"F64", 8},   [AQ_F32] = {"F32", 4}, [AQ_F16] = {"F16", 2},
             [AQ_BF16] = {"BF16", 2}, [AQ_I64] = {"I64", 8}, [AQ_I32] = {"I32", 4},
             [AQ_I16] = {"I16", 2},   [AQ_I8] = {"I8", 1},   [AQ_U8] = {"U8", 1},
             [AQ_BOOL] = {"BOOL", 1}};

/* Formats are told by what is in the file, never by its name. */
static const struct {
    const char *name;
    int (*is)(const unsigned char *bytes, size_t n);
    AqErr (*read)(AqWeights *w);
} formats[] = {{"safetensors", aq_safetensors_is, aq_safetensors_read}};

size_t aq_dtype_bytes(AqDtype t)
{
    return types[t].bytes;
}

const char *aq_dtype_name(AqDtype t)
{
    return types[t].name;
}

int64_t aq_weights_count(const int64_t *dims, int n_dims, int64_t most)
{
    int64_t n = 1;

    for (int k = 0; k < n_dims; k++) {
        if (dims[k] < 0)
            return -1;
        if (dims[k] == 0)
            return 0;
    }
    for (int k = 0; k < n_dims; k++) {
        if (dims[k] > most / n)
            return -1;
        n *= dims[k];
    }
    return n;
}

static AqErr map(AqWeights *w, const char *path)
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
            w->bytes = p;
        w->n_bytes = (size_t)st.st_size;
    }
    (void)close(fd); /* read only */
    return err;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const AqWeight *)a)->name, ((const AqWeight *)b)->name);
}

static AqErr read_any(AqWeights *w)
{
    for (size_t k = 0; k < sizeof formats / sizeof *formats; k++) {
        if (!formats[k].is(w->bytes, w->n_bytes))
            continue;
        w->format = formats[k].name;
        return formats[k].read(w);
    }
    return aq_fail(
        AQ_ERR_FORMAT,
        "%s: is no weight file that this version reads; it reads safetensors", w->path);
}

static AqErr sort_names(AqWeights *w)
{
    if (w->n > 1)
        qsort(w->v, w->n, sizeof *w->v, by_name);
    for (size_t k = 1; k < w->n; k++)
        if (strcmp(w->v[k - 1].name, w->v[k].name) == 0)
            return aq_fail(AQ_ERR_FORMAT, "%s: holds two tensors called %s", w->path,
                           w->v[k].name);
    return AQ_OK;
}

AqErr aq_weights_open(AqWeights **out, const char *path)
{
    *out = NULL;
    AqWeights *w = aq_alloc(1, sizeof *w);
    if (!w)
        return AQ_ERR_NOMEM;
    atomic_init(&w->refs, 1);
    w->path = aq_strdup(path);
    AqErr err = w->path ? aq_arena_new(&w->arena, TEXT_CHUNK) : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = map(w, path);
    if (err == AQ_OK)
        err = read_any(w);
    if (err == AQ_OK)
        err = sort_names(w);
    if (err != AQ_OK) {
        aq_weights_unref(&w);
        return err;
    }
    *out = w;
    return AQ_OK;
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
    if (w->bytes)
        (void)munmap((void *)(uintptr_t)w->bytes, w->n_bytes);
    aq_arena_free(&w->arena);
    aq_free(w->path);
    aq_free(w);
}

const char *aq_weights_path(const AqWeights *w)
{
    return w->path;
}

const char *aq_weights_format(const AqWeights *w)
{
    return w->format;
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

    return w->n ? bsearch(&key, w->v, w->n, sizeof *w->v, by_name) : NULL;
}

const char *aq_weights_meta(const AqWeights *w, const char *key)
{
    for (size_t k = 0; k < w->n_meta; k++)
        if (strcmp(w->meta[k].key, key) == 0)
            return w->meta[k].text;
    return NULL;
}

AqErr aq_weight_to_floats(const AqWeight *t, size_t first, size_t count, float *out)
{
    if (first > t->count || count > t->count - first)
        return aq_fail(AQ_ERR_USAGE, "%s: has %zu values, not %zu", t->name, t->count,
                       first + count);
    switch (t->dtype) {
    case AQ_F32:
        memcpy(out, (const float *)t->data + first, count * sizeof *out);
        return AQ_OK;
    case AQ_F64:
        for (size_t k = 0; k < count; k++)
            out[k] = (float)((const double *)t->data)[first + k];
        return AQ_OK;
    case AQ_F16:
        aq_half_to_floats(out, (const uint16_t *)t->data + first, count);
        return AQ_OK;
    case AQ_BF16:
        aq_bf16_to_floats(out, (const uint16_t *)t->data + first, count);
        return AQ_OK;
    default:
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: holds %s values where floating-point ones are needed",
                       t->name, aq_dtype_name(t->dtype));
    }
}

AqErr aq_weights_sha256(AqWeights *w, char hex[AQ_SHA256_HEX])
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    AqErr err = AQ_OK;

    (void)pthread_mutex_lock(&lock);
    if (!w->sha256[0])
        err = aq_sha256_buffer(w->bytes, w->n_bytes, w->sha256);
    memcpy(hex, w->sha256, AQ_SHA256_HEX);
    (void)pthread_mutex_unlock(&lock);
    return err;
}
