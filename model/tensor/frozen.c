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
    pthread_mutex_t lock;
    AqPacked *matrix; /* under lock until set; then read-only */
    AqWinograd *filters;
};

AqErr aq_frozen_new(AqFrozen **out, AqPrecision p, int is_mapped)
{
    AqErr err = aq_precision_check(p);

    *out = err == AQ_OK ? aq_alloc(1, sizeof **out) : NULL;
    if (!*out)
        return err == AQ_OK ? AQ_ERR_NOMEM : err;
    (*out)->precision = p;
    (*out)->is_mapped = is_mapped;
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

/* Only pages that lie wholly within w: the others hold its neighbours in the file. */
static void drop_mapped_pages(const AqTensor *w)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)w->data;
    const uintptr_t from = (at + page - 1) / page * page,
                    to = (at + aq_tensor_count(w) * sizeof *w->data) / page * page;

    if (w->frozen->is_mapped && to > from)
        (void)madvise((void *)from, to - from, MADV_DONTNEED);
}

AqErr aq_frozen_matrix(const AqTensor *w, AqPacked **out)
{
    AqFrozen *f = w->frozen;
    AqErr err = AQ_OK;

    (void)pthread_mutex_lock(&f->lock);
    if (!f->matrix) {
        err = aq_packed_new(&f->matrix, w->data, w->dims[0], (int)aq_tensor_inner(w, 1),
                            f->precision);
        if (err == AQ_OK && aq_packed_copies(f->matrix))
            drop_mapped_pages(w);
    }
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
        err = aq_winograd_new(&f->filters, w->data, w->dims[0], w->dims[3]);
    *out = f->filters;
    (void)pthread_mutex_unlock(&f->lock);
    return err;
}
