/*
 * Allocation: 64-byte aligned, zeroed, overflow-checked, counted, and able to fail on
 * demand, so that tests can walk every out-of-memory path.
 */
#ifndef AQ_BASE_ALLOC_H
#define AQ_BASE_ALLOC_H
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define AQ_ALIGN 64

/* n * size zeroed bytes, never NULL for zero bytes. NULL on overflow or when memory is
 * out; the sentence is recorded. Gives; release with aq_free(). */
void *aq_alloc(size_t n, size_t size);

/* Grows or shrinks a block from aq_alloc (or NULL) to n * size bytes; new bytes are
 * zeroed. On failure NULL, and `p` is untouched. */
void *aq_realloc(void *p, size_t n, size_t size);

/* Room for one more item behind the n of a list that nothing else makes larger: `p`
 * itself, or a block twice as large. NULL when memory is out; then `p` is untouched. */
void *aq_grow(void *p, size_t n, size_t size);

/* Releases a block of aq_alloc; NULL is fine. */
void aq_free(void *p);

/* Copies from aq_alloc. NULL when memory is out. */
char *aq_strdup(const char *s);
char *aq_strf(const char *fmt, ...) AQ_PRINTF(1, 2);

typedef struct AqAllocStats {
    size_t live_bytes;
    size_t peak_bytes;
    size_t n_live;
} AqAllocStats;

AqAllocStats aq_alloc_stats(void);

/* The n-th allocation from now fails (1 is the next one), once; 0 switches it off. */
void aq_alloc_fail_after(long n);

/* True once the failure asked for has been delivered. */
int aq_alloc_failed(void);

#endif
