/*
 * Allocation: 64-byte aligned, zeroed, overflow-checked, counted, and able to fail on
 * demand, so that tests can exercise every out-of-memory path.
 */
#ifndef AQ_BASE_ALLOC_H
#define AQ_BASE_ALLOC_H
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define AQ_ALIGN 64

/* n * size zeroed bytes, not NULL for zero bytes. NULL, with the message recorded, on
 * overflow or when out of memory. Gives; release with aq_free(). */
void *aq_alloc(size_t n, size_t size);

/* Grows or shrinks a block from aq_alloc (or NULL) to n * size bytes; new bytes are
 * zeroed. NULL on failure; `p` is then untouched. */
void *aq_realloc(void *p, size_t n, size_t size);

/* Room for one more item in a list of n that only this function grows: `p` itself or a
 * block twice as large. NULL when out of memory; `p` is then untouched. */
void *aq_grow(void *p, size_t n, size_t size);

/* Releases a block from aq_alloc(); `p` may be NULL. */
void aq_free(void *p);

/* Copies made with aq_alloc(). NULL when out of memory. */
char *aq_strdup(const char *s);
char *aq_strf(const char *fmt, ...) AQ_PRINTF(1, 2);

typedef struct AqAllocStats {
    size_t live_bytes;
    size_t peak_bytes;
    size_t n_live;
} AqAllocStats;

AqAllocStats aq_alloc_stats(void);

/* Makes the n-th allocation from now fail, once (1: the next one); 0: none.
 */
void aq_alloc_fail_after(long n);

/* True once the requested failure has happened. */
int aq_alloc_failed(void);

#endif
