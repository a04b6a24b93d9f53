/* SPDX-License-Identifier: MIT */
/* Adam (Kingma and Ba, 2015) with decoupled decay (Loshchilov and Hutter, 2019). */
#include "model/nn/params_priv.h"

void aq_params_adam_step(AqParams *ps, const AqAdam *how, long step)
{
    const double c1 = 1.0 - pow(how->beta1, (double)step),
                 c2 = 1.0 - pow(how->beta2, (double)step);
    const AqReal b1 = (AqReal)how->beta1, b2 = (AqReal)how->beta2;
    const AqReal rate = (AqReal)(how->lr / c1), root = (AqReal)(1.0 / sqrt(c2)),
                 eps = (AqReal)how->eps;

    for (size_t n = 0; n < ps->n; n++) {
        AqParam *p = &ps->v[n];
        const AqReal shrink =
            p->spec.no_decay ? 1 : (AqReal)(1.0 - how->lr * how->decay);

        for (size_t k = 0; k < p->count; k++) {
            const AqReal g = p->t->grad[k];

            p->m[k] = b1 * p->m[k] + (1 - b1) * g;
            p->v[k] = b2 * p->v[k] + (1 - b2) * g * g;
            p->t->data[k] = shrink * p->t->data[k] -
                            rate * p->m[k] / (aq_sqrt(p->v[k]) * root + eps);
        }
    }
}

AqErr aq_params_clip_grad(AqParams *ps, double most, double *norm)
{
    double sum = 0;

    for (size_t n = 0; n < ps->n; n++) {
        const AqParam *p = &ps->v[n];
        double s = 0;

        for (size_t k = 0; k < p->count; k++)
            s += (double)p->t->grad[k] * (double)p->t->grad[k];
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
        for (size_t k = 0; k < ps->v[n].count; k++)
            ps->v[n].t->grad[k] *= by;
    return AQ_OK;
}
