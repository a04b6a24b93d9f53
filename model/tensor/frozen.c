/* SPDX-License-Identifier: MIT */
#include "model/tensor/frozen.h"

#include "base/alloc.h"

#include <pthread.h>

struct AqFrozen {
    AqPrecision precision;
    pthread_mutex_t lock;
    AqPacked *matrix; /* under lock until there; then read only */
    AqWinograd *filters;
};

AqErr aq_frozen_new(AqFrozen **out, AqPrecision p)
{
    AqErr err = aq_precision_check(p);

    *out = err == AQ_OK ? aq_alloc(1, sizeof **out) : NULL;
    if (!*out)
        return err == AQ_OK ? AQ_ERR_NOMEM : err;
    (*out)->precision = p;
    (void)pthread_mutex_init(&(*out)->lock, NULL);
    return AQ_OK;
}

void aq_frozen_free(AqFrozen **f)
{
    if (*f) {
        aq_packed_free(&(*f)->matrix);
        aq_winograd_free(&(*f)->filters);
        (void)pthread_mutex_destroy(&(*f)->lock);
    }
    aq_free(*f);
    *f = NULL;
}

AqPrecision aq_frozen_precision(const AqTensor *w)
{
    return w->frozen->precision;
}

AqErr aq_frozen_matrix(const AqTensor *w, AqPacked **out)
{
    AqFrozen *f = w->frozen;
    AqErr err = AQ_OK;

    (void)pthread_mutex_lock(&f->lock);
    if (!f->matrix)
        err = aq_packed_new(&f->matrix, w->data, w->dims[0], (int)aq_tensor_inner(w, 1),
                            f->precision);
    *out = f->matrix;
    (void)pthread_mutex_unlock(&f->lock);
    return err;
}

AqErr aq_frozen_winograd(const AqTensor *w, AqWinograd **out)
{
    AqFrozen *f = w->frozen;
    AqErr err = AQ_OK;

    (void)pthread_mutex_lock(&f->lock);
    if (!f->filters)
        err =
            aq_winograd_new(&f->filters, w->data, w->dims[0], w->dims[3], f->precision);
    *out = f->filters;
    (void)pthread_mutex_unlock(&f->lock);
    return err;
}
