/* Gradients of whole networks against central differences, in double precision. */
#ifndef AQ_TESTS_DIFFERENCES_H
#define AQ_TESTS_DIFFERENCES_H
#include "model/nn/params.h"

#include <stddef.h>

typedef struct AqDifferences {
    AqParams *params; /* their gradients are those of loss() */
    double (*loss)(void *ctx);
    void *ctx;
    double step, tolerance; /* relative */
    double floor;           /* sizes below it count as it: the difference itself is only
                               good to some 1e-10 */
} AqDifferences;

/* Tries some values of each parameter: all of small ones, a spread of large ones. Fails
 * the test where they disagree; gives how many parameters the loss depends on. */
size_t aq_differences_check(const AqDifferences *d);

#endif
