/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* madvise */
#include "model/tensor/frozen.h"

#include "base/alloc.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

struct AqFrozen {
    AqPrecision precision;
    int is_mapped;
    AqFrozenSource source; /* read NULL: the tensor has data */
    AqReal *values;        /* from the source, if the back end uses them in place */
    pthread_mutex_t lock;
    AqPacked *matrix; /* under lock until set; then read-only */
    AqWinograd *filters;
    AqGrouped *grouped;
};

AqErr aq_frozen_new(AqFrozen **out, AqPrecision p, int is_mapped,
                    const AqFrozenSource *source)
{
    AqErr err = aq_precision_check(p);

    *out = err == AQ_OK ? aq_alloc(1, sizeof **out) : NULL;
    if (!*out)
        return err == AQ_OK ? AQ_ERR_NOMEM : err;
    (*out)->precision = p;
    (*out)->is_mapped = is_mapped;
    if (source)
        (*out)->source = *source;
    (void)pthread_mutex_init(&(*out)->lock, NULL);
    return AQ_OK;
}

void aq_frozen_free(AqFrozen **f)
{
    if (*f) {
        aq_packed_free(&(*f)->matrix);
        aq_winograd_free(&(*f)->filters);
        aq_free((*f)->values);
        aq_grouped_free(&(*f)->grouped);
        (void)pthread_mutex_destroy(&(*f)->lock);
    }
    aq_free(*f);
    *f = NULL;
}

/* Only pages that lie wholly within w: the others hold its neighbours in the file. */
static void drop_mapped_pages(const AqTensor *w)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)w->data;
    const uintptr_t from = (at + page - 1) / page * page,
                    to = (at + aq_tensor_count(w) * sizeof *w->data) / page * page;

    if (w->frozen->is_mapped && to > from)
        (void)madvise((void *)from, to - from, MADV_DONTNEED);
}

/* Packs w's values, or the source's; under the lock. */
static AqErr pack_matrix(AqFrozen *f, const AqTensor *w)
{
    const int M = w->dims[0], K = (int)aq_tensor_inner(w, 1);
    AqErr err = AQ_OK;

    if (w->data) {
        err = aq_packed_new(&f->matrix, w->data, M, K, f->precision);
        if (err == AQ_OK && aq_packed_copies(f->matrix))
            drop_mapped_pages(w);
        return err;
    }
    if (!f->source.read)
        return aq_fail(AQ_ERR_USAGE, "a matrix without values is multiplied");
    f->values = aq_alloc(aq_tensor_count(w), sizeof *f->values);
    if (!f->values)
        return AQ_ERR_NOMEM;
    err = f->source.read(f->source.ctx, f->values);
    if (err == AQ_OK)
        err = aq_packed_new(&f->matrix, f->values, M, K, f->precision);
    if (err != AQ_OK || aq_packed_copies(f->matrix)) {
        aq_free(f->values);
        f->values = NULL;
    }
    return err;
}

AqErr aq_frozen_matrix(const AqTensor *w, AqPacked **out)
{
    AqFrozen *f = w->frozen;
    AqErr err = AQ_OK;

    (void)pthread_mutex_lock(&f->lock);
    if (!f->matrix)
        err = pack_matrix(f, w);
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
        err = aq_winograd_new(&f->filters, w->data, w->dims[0], aq_tensor_dim(w, -1));
    *out = f->filters;
    (void)pthread_mutex_unlock(&f->lock);
    return err;
}

AqErr aq_frozen_grouped(const AqTensor *w, int groups, AqGrouped **out)
{
    const int O = w->dims[0], C = aq_tensor_dim(w, -1);
    AqFrozen *f = w->frozen;
    AqErr err = AQ_OK;

    (void)pthread_mutex_lock(&f->lock);
    if (!f->grouped)
        err = aq_grouped_new(&f->grouped, w->data, O,
                             (int)aq_tensor_inner(w, 1) / (C > 0 ? C : 1), C, groups);
    *out = f->grouped;
    (void)pthread_mutex_unlock(&f->lock);
    return err;
}
