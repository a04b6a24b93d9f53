/* SPDX-License-Identifier: MIT */
/* Adam (Kingma and Ba, 2015) with decoupled decay (Loshchilov and Hutter, 2019). */
#include "model/nn/params_priv.h"
#include "model/tensor/kernels.h"

void aq_params_adam_step(AqParams *ps, const AqAdam *how, long step)
{
    const double c1 = 1.0 - pow(how->beta1, (double)step),
                 c2 = 1.0 - pow(how->beta2, (double)step);
    AqAdamStep s = {.b1 = (AqReal)how->beta1,
                    .b2 = (AqReal)how->beta2,
                    .rate = (AqReal)(how->lr / c1),
                    .root = (AqReal)(1.0 / sqrt(c2)),
                    .eps = (AqReal)how->eps};

    for (size_t n = 0; n < ps->n; n++) {
        AqParam *p = &ps->v[n];

        s.shrink = p->spec.no_decay ? 1 : (AqReal)(1.0 - how->lr * how->decay);
        aq_kernels()->adam(p->t->data, p->m, p->v, p->t->grad, &s, p->count);
    }
}

AqErr aq_params_clip_grad(AqParams *ps, double most, double *norm)
{
    double sum = 0;

    for (size_t n = 0; n < ps->n; n++) {
        const AqParam *p = &ps->v[n];
        const double s = aq_kernels()->dot_double(p->t->grad, p->t->grad, p->count);

        if (!isfinite(s))
            return aq_fail(AQ_ERR_NUMERIC, "the gradient of %s is not finite",
                           p->spec.name);
        sum += s;
    }
    *norm = sqrt(sum);
    if (most <= 0 || *norm <= most)
        return AQ_OK;
    const AqReal by = (AqReal)(most / *norm);
    for (size_t n = 0; n < ps->n; n++)
        aq_kernels()->scale(ps->v[n].t->grad, by, ps->v[n].t->grad, ps->v[n].count);
    return AQ_OK;
}
