/* SPDX-License-Identifier: MIT */
#include "tests/grad/differences.h"

#include "tests/unit/check.h"

#define DEPENDS 1e-7 /* a gradient above it is there */

/* Whether the loss depends on the value. */
static int check_value(const AqDifferences *d, const char *name, AqTensor *t, size_t k)
{
    const AqReal was = t->data[k];

    t->data[k] = was + d->step;
    const double up = d->loss(d->ctx);
    t->data[k] = was - d->step;
    const double down = d->loss(d->ctx);
    t->data[k] = was;
    const double expected = (up - down) / (2 * d->step), got = (double)t->grad[k];
    const double scale = fmax(fmax(fabs(expected), fabs(got)), d->floor);

    if (!(fabs(expected - got) <= d->tolerance * scale))
        fail_msg("%s[%zu]: gradient %.12g, differences say %.12g", name, k, got,
                 expected);
    return fabs(expected) > DEPENDS;
}

size_t aq_differences_check(const AqDifferences *d)
{
    size_t moved = 0;

    for (size_t p = 0; p < aq_params_n(d->params); p++) {
        AqTensor *t = aq_params_tensor(d->params, p);
        const size_t count = aq_tensor_count(t), stride = count > 4 ? count / 3 : 1;
        int depends = 0;

        for (size_t k = 0; k < count; k += stride)
            depends |= check_value(d, aq_params_name(d->params, p), t, k);
        moved += (size_t)depends;
    }
    return moved;
}
