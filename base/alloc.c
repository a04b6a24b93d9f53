/* SPDX-License-Identifier: MIT */
/* Each block is preceded by a header of one cache line, which holds its size. */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct BlockHeader {
    size_t bytes; /* what the caller asked for */
} BlockHeader;

static atomic_size_t live_bytes, peak_bytes, n_live;
static atomic_long fail_after;
static atomic_int failed;

static int should_fail(void)
{
    long n = atomic_load_explicit(&fail_after, memory_order_relaxed);

    if (n <= 0)
        return 0;
    if (atomic_fetch_sub(&fail_after, 1) != 1)
        return 0;
    atomic_store(&failed, 1);
    return 1;
}

static void count_allocation(size_t bytes)
{
    size_t now = atomic_fetch_add(&live_bytes, bytes) + bytes;
    size_t peak = atomic_load(&peak_bytes);

    atomic_fetch_add(&n_live, 1);
    while (now > peak && !atomic_compare_exchange_weak(&peak_bytes, &peak, now))
        ;
}

static BlockHeader *header_of(void *p)
{
    return (BlockHeader *)(void *)((char *)p - AQ_ALIGN);
}

static void *fail_allocation(size_t n, size_t size)
{
    (void)aq_fail(AQ_ERR_NOMEM, "out of memory: cannot allocate %zu x %zu bytes", n,
                  size);
    return NULL;
}

void *aq_alloc(size_t n, size_t size)
{
    void *raw = NULL;

    if ((size && n > (SIZE_MAX / 2) / size) || should_fail())
        return fail_allocation(n, size);
    const size_t bytes = n * size;
    if (posix_memalign(&raw, AQ_ALIGN, AQ_ALIGN + bytes) != 0)
        return fail_allocation(n, size);
    char *p = (char *)raw + AQ_ALIGN;
    memset(p, 0, bytes);
    header_of(p)->bytes = bytes;
    count_allocation(bytes);
    return p;
}

void *aq_realloc(void *p, size_t n, size_t size)
{
    void *fresh = aq_alloc(n, size);

    if (!fresh || !p)
        return fresh;
    const size_t had = header_of(p)->bytes;
    memcpy(fresh, p, had < n * size ? had : n * size);
    aq_free(p);
    return fresh;
}

void *aq_grow(void *p, size_t n, size_t size)
{
    enum { FEWEST = 8 };

    if (n == 0)
        return aq_realloc(p, FEWEST, size);
    return n < FEWEST || (n & (n - 1)) != 0 ? p : aq_realloc(p, 2 * n, size);
}

void aq_free(void *p)
{
    if (!p)
        return;
    atomic_fetch_sub(&live_bytes, header_of(p)->bytes);
    atomic_fetch_sub(&n_live, 1);
    free(header_of(p));
}

char *aq_strdup(const char *s)
{
    const size_t bytes = strlen(s) + 1;
    char *copy = aq_alloc(bytes, 1);

    if (copy)
        memcpy(copy, s, bytes);
    return copy;
}

char *aq_strf(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *s = n < 0 ? NULL : aq_alloc((size_t)n + 1, 1);
    if (!s)
        return NULL;
    va_start(ap, fmt);
    (void)vsnprintf(s, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return s;
}

AqAllocStats aq_alloc_stats(void)
{
    return (AqAllocStats){.live_bytes = atomic_load(&live_bytes),
                          .peak_bytes = atomic_load(&peak_bytes),
                          .n_live = atomic_load(&n_live)};
}

void aq_alloc_fail_after(long n)
{
    atomic_store(&failed, 0);
    atomic_store(&fail_after, n);
}

int aq_alloc_failed(void)
{
    return atomic_load(&failed);
}
