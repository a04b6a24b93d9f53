/* Loops over many rows, split into ranges by the number of rows, never by the number of
 * threads, so that results do not depend on threads. */
#ifndef AQ_MODEL_TENSOR_PARALLEL_H
#define AQ_MODEL_TENSOR_PARALLEL_H
#include "base/executor.h"

#include <stddef.h>

typedef void (*AqRangeFn)(void *arg, size_t from, size_t to);

/* Calls fn for [0, n) in ranges of `grain` (the last may be shorter). */
void aq_parallel(AqExecutor *exec, size_t n, size_t grain, AqRangeFn fn, void *arg);

#endif
