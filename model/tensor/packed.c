/* SPDX-License-Identifier: MIT */
#include "model/tensor/packed_priv.h"

#include "base/alloc.h"
#include "model/tensor/gemm.h"
#include "model/tensor/kernels.h"

struct AqPacked {
    const AqPackedDef *def;
    AqPackedState *state;
};

/* Best first. */
static const AqPackedDef *const defs[] = {
#ifdef AQ_HAVE_ONEDNN
    &aq_packed_onednn,
#endif
    &aq_packed_blas};

static const AqPackedDef *choose_packed_backend(AqPrecision p)
{
    for (size_t k = 0; k < sizeof defs / sizeof *defs; k++)
        if (defs[k]->can(p))
            return defs[k];
    return NULL;
}

const char *aq_precision_name(AqPrecision p)
{
    return p == AQ_PRECISION_BF16 ? "bf16" : "f32";
}

AqErr aq_precision_check(AqPrecision p)
{
    if (choose_packed_backend(p))
        return AQ_OK;
    return aq_fail(
        AQ_ERR_UNSUPPORTED,
        "precision %s needs oneDNN (Debian: libdnnl-dev, when building) and a "
        "processor with AVX-512 BF16; f32 works everywhere",
        aq_precision_name(p));
}

const char *aq_packed_backend(void)
{
    return choose_packed_backend(AQ_PRECISION_F32)->name();
}

AqErr aq_packed_new(AqPacked **out, const AqReal *w, int M, int K, AqPrecision p)
{
    *out = NULL;
    AqErr err = aq_precision_check(p);
    if (err != AQ_OK)
        return err;
    AqPacked *x = aq_alloc(1, sizeof *x);
    if (!x)
        return AQ_ERR_NOMEM;
    x->def = choose_packed_backend(p);
    err = x->def->pack(&x->state, w, M, K, p);
    if (err != AQ_OK)
        aq_free(x);
    else
        *out = x;
    return err;
}

void aq_packed_free(AqPacked **p)
{
    if (*p)
        (*p)->def->drop(&(*p)->state);
    aq_free(*p);
    *p = NULL;
}

int aq_packed_copies(const AqPacked *p)
{
    return p->def->copies;
}

size_t aq_packed_scratch(const AqPacked *p, int N)
{
    return p->def->scratch(p->state, N);
}

AqErr aq_packed_product(AqPacked *p, AqReal *y, const AqReal *x, int N,
                        const AqReal *bias, void *scratch)
{
    return p->def->product(p->state, y, x, N, bias, scratch);
}

/* ---- OpenBLAS: nothing is packed ---- */

struct AqPackedState {
    const AqReal *w;
    int M, K;
};

static const char *blas_name(void)
{
    return aq_gemm_info().backend;
}

static int blas_can(AqPrecision p)
{
    return p == AQ_PRECISION_F32;
}

static AqErr blas_pack(AqPackedState **out, const AqReal *w, int M, int K,
                       AqPrecision p)
{
    (void)p;
    *out = aq_alloc(1, sizeof **out);
    if (!*out)
        return AQ_ERR_NOMEM;
    **out = (AqPackedState){.w = w, .M = M, .K = K};
    return AQ_OK;
}

static size_t blas_scratch(const AqPackedState *s, int N)
{
    (void)s;
    (void)N;
    return 0;
}

static AqErr blas_product(AqPackedState *s, AqReal *y, const AqReal *x, int N,
                          const AqReal *bias, void *scratch)
{
    (void)scratch;
    aq_gemm(y, s->M, x, s->K, AQ_N, s->w, s->K, AQ_T, N, s->M, s->K, 1, 0);
    for (int n = 0; bias && n < N; n++)
        aq_kernels()->add(y + (size_t)n * (size_t)s->M, bias, (size_t)s->M);
    return AQ_OK;
}

static void blas_drop(AqPackedState **s)
{
    aq_free(*s);
    *s = NULL;
}

const AqPackedDef aq_packed_blas = {.name = blas_name,
                                    .can = blas_can,
                                    .pack = blas_pack,
                                    .scratch = blas_scratch,
                                    .product = blas_product,
                                    .drop = blas_drop};
