/*
 * Arena: memory for one step (a training step, one batch of inference) that is given
 * back all at once. Blocks are 64-byte aligned and NOT zeroed. One thread at a time.
 * Rewound memory is poisoned under AddressSanitizer.
 */
#ifndef AQ_BASE_ARENA_H
#define AQ_BASE_ARENA_H
#include "base/err.h"

#include <stddef.h>

typedef struct AqArena AqArena;

/* A position to rewind to. Valid until the arena is rewound past it. */
typedef struct AqArenaMark {
    size_t chunk, used;
} AqArenaMark;

/* Chunks of at least `chunk_bytes` are taken as needed and kept until free. */
AQ_MUST_CHECK AqErr aq_arena_new(AqArena **out, size_t chunk_bytes);
void aq_arena_free(AqArena **a);

/* n * size bytes, or NULL with the error message recorded. */
void *aq_arena_alloc(AqArena *a, size_t n, size_t size);

AqArenaMark aq_arena_mark(const AqArena *a);
void aq_arena_rewind(AqArena *a, AqArenaMark to);

/* Bytes taken from the system, and the most that were in use at once. */
size_t aq_arena_bytes(const AqArena *a);
size_t aq_arena_peak(const AqArena *a);

#endif
