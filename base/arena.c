/* SPDX-License-Identifier: MIT */
/* A list of chunks, filled in order; a mark is (chunk, bytes used in it). */
#include "base/arena.h"

#include "base/alloc.h"

#include <assert.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
#define AQ_HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define AQ_HAVE_ASAN 1
#endif
#endif
#ifdef AQ_HAVE_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

typedef struct Chunk {
    char *data;
    size_t bytes, used;
} Chunk;

struct AqArena {
    Chunk *chunks;
    size_t n_chunks, now; /* chunks[now] is being filled */
    size_t chunk_bytes, total, in_use, peak;
};

AqErr aq_arena_new(AqArena **out, size_t chunk_bytes)
{
    *out = NULL;
    AqArena *a = aq_alloc(1, sizeof *a);
    if (!a)
        return AQ_ERR_NOMEM;
    a->chunk_bytes = chunk_bytes;
    *out = a;
    return AQ_OK;
}

void aq_arena_free(AqArena **pa)
{
    AqArena *a = *pa;

    if (!a)
        return;
    for (size_t k = 0; k < a->n_chunks; k++) {
        UNPOISON(a->chunks[k].data, a->chunks[k].bytes);
        aq_free(a->chunks[k].data);
    }
    aq_free(a->chunks);
    aq_free(a);
    *pa = NULL;
}

static Chunk *add_chunk(AqArena *a, size_t bytes)
{
    Chunk *list = aq_realloc(a->chunks, a->n_chunks + 1, sizeof *list);

    if (!list)
        return NULL;
    a->chunks = list;
    Chunk *c = &list[a->n_chunks];
    c->bytes = bytes > a->chunk_bytes ? bytes : a->chunk_bytes;
    c->data = aq_alloc(c->bytes, 1);
    if (!c->data)
        return NULL;
    POISON(c->data, c->bytes);
    a->total += c->bytes;
    a->n_chunks++;
    return c;
}

void *aq_arena_alloc(AqArena *a, size_t n, size_t size)
{
    if (size && n > (SIZE_MAX / 4) / size) {
        (void)aq_fail(AQ_ERR_NOMEM, "out of memory: cannot allocate %zu x %zu bytes", n,
                      size);
        return NULL;
    }
    const size_t bytes = (n * size + AQ_ALIGN - 1) / AQ_ALIGN * AQ_ALIGN;
    size_t k = a->now;

    while (k < a->n_chunks && a->chunks[k].bytes - a->chunks[k].used < bytes)
        k++;
    Chunk *c = k < a->n_chunks ? &a->chunks[k] : add_chunk(a, bytes);
    if (!c)
        return NULL;
    a->now = (size_t)(c - a->chunks);
    void *p = c->data + c->used;
    UNPOISON(p, n * size);
    c->used += bytes;
    a->in_use += bytes;
    if (a->in_use > a->peak)
        a->peak = a->in_use;
    return p;
}

AqArenaMark aq_arena_mark(const AqArena *a)
{
    return (AqArenaMark){.chunk = a->now,
                         .used = a->n_chunks ? a->chunks[a->now].used : 0};
}

void aq_arena_rewind(AqArena *a, AqArenaMark to)
{
    if (!a->n_chunks)
        return;
    assert(to.chunk <= a->now);
    for (size_t k = to.chunk; k <= a->now; k++) {
        Chunk *c = &a->chunks[k];
        const size_t keep = k == to.chunk ? to.used : 0;

        assert(keep <= c->used);
        a->in_use -= c->used - keep;
        c->used = keep;
        POISON(c->data + keep, c->bytes - keep);
    }
    a->now = to.chunk;
}

size_t aq_arena_bytes(const AqArena *a)
{
    return a->total;
}

size_t aq_arena_peak(const AqArena *a)
{
    return a->peak;
}
