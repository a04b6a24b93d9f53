/* SPDX-License-Identifier: MIT */
/* An open weight file: sharing, filling, look-ups. */
#define _DEFAULT_SOURCE /* madvise; glibc's posix_madvise does not drop pages */
#include "model/weights/weights_priv.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { TEXT_CHUNK = 1 << 16 };

/* ---- making and sharing ---- */

static void unmap_weight_file(AqMap *m)
{
    if (m->is_mapped)
        (void)munmap((void *)(uintptr_t)m->bytes, m->n);
    *m = (AqMap){0};
}

AqErr aq_weights_new(AqWeights **out, const char *path)
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
    for (size_t k = 0; k < w->n_parts; k++)
        aq_weights_unref(&w->parts[k]);
    aq_free(w->parts);
    aq_arena_free(&w->arena);
    aq_free(w->v);
    aq_free(w->used);
    aq_free(w->note);
    aq_free(w->path);
    aq_free(w);
}

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
    AqWeight *v = aq_grow(w->v, w->n, sizeof *v);

    *out = NULL;
    if (!v)
        return AQ_ERR_NOMEM;
    w->v = v;
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

static int compare_weight_names(const void *a, const void *b)
{
    return strcmp(((const AqWeight *)a)->name, ((const AqWeight *)b)->name);
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

void aq_weights_drop_pages(const AqWeights *w)
{
    const AqMap maps[] = {w->file, w->data};

    for (size_t k = 0; k < sizeof maps / sizeof *maps; k++)
        if (maps[k].is_mapped)
            (void)madvise((void *)(uintptr_t)maps[k].bytes, maps[k].n, MADV_DONTNEED);
    for (size_t k = 0; k < w->n_parts; k++)
        aq_weights_drop_pages(w->parts[k]);
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
    size_t n = w->file.n + w->data.n;

    for (size_t k = 0; k < w->n_parts; k++)
        n += w->parts[k]->file.n;
    return n;
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
    char name[AQ_SCALE_NAME_BYTES];

    w->used[t - w->v] = 1;
    if (!t->scales)
        return;
    (void)snprintf(name, sizeof name, "%s" AQ_SCALE_SUFFIX, t->name);
    const AqWeight *s = aq_weights_find(w, name);
    if (s)
        w->used[s - w->v] = 1;
}

int aq_weights_is_used(const AqWeights *w, const AqWeight *t)
{
    return w->used[t - w->v];
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
    const char last = (char)(n ? prefix[n - 1] : '.');

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
