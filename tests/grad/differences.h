/* Checks gradients of whole networks against central differences in double precision.
 */
#ifndef AQ_TESTS_DIFFERENCES_H
#define AQ_TESTS_DIFFERENCES_H
#include "model/nn/params.h"

#include <stddef.h>

typedef struct AqDifferences {
    AqParams *params; /* with the gradients of loss() */
    double (*loss)(void *ctx);
    void *ctx;
    double step, tolerance; /* relative */
    double floor; /* magnitudes below it count as it: the difference itself is accurate
                     to about 1e-10 only */
} AqDifferences;

/* Tests values of each parameter: all of small ones, a sample of large ones. Fails the
 * test if they disagree; returns how many parameters the loss depends on. */
size_t aq_differences_check(const AqDifferences *d);

#endif
