/* SPDX-License-Identifier: MIT */
/*
 * Plain products on oneDNN: the large ones of training, whose operands are new each
 * time.
 *
 * dnnl_sgemm is not used: its kernels point the stack pointer into heap memory while
 * they multiply (fixed in oneDNN 3.11.2), and a signal's frame would be written there.
 * The matmul primitive has other kernels ("brg"); if it offers none of these, OpenBLAS
 * does the product. A primitive is for one shape; the most recently used are cached.
 */
#include "base/alloc.h"
#include "model/tensor/packed_priv.h"

#include <dnnl.h>
#include <pthread.h>
#include <string.h>

/* WORTH: multiply-adds. Below this, preparation costs more than the kernels gain. */
enum { WORTH = 4 << 20, MOST_KEPT = 128 };

/* Everything a primitive depends on. No padding: compared as bytes. */
typedef struct GemmShape {
    int32_t M, N, K, lda, ldb, ldc, ta, tb;
    float alpha, beta;
} GemmShape;

typedef struct Kept {
    GemmShape shape;
    dnnl_primitive_t run; /* NULL: this shape is OpenBLAS's */
    dnnl_memory_desc_t a, b, c, own;
    int users;     /* threads multiplying with it now */
    uint64_t used; /* last use, counted in products */
} Kept;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Kept *kept[MOST_KEPT]; /* under lock; an entry in use stays */
static int n_kept;
static uint64_t n_products;

/* ---- creating a primitive ---- */

static dnnl_status_t describe_matmul(Kept *k)
{
    const GemmShape *s = &k->shape;
    const dnnl_dims_t a = {s->M, s->K}, b = {s->K, s->N}, c = {s->M, s->N};
    const dnnl_dims_t a_steps = {s->ta ? 1 : s->lda, s->ta ? s->lda : 1};
    const dnnl_dims_t b_steps = {s->tb ? 1 : s->ldb, s->tb ? s->ldb : 1};
    const dnnl_dims_t c_steps = {s->ldc, 1};
    dnnl_status_t st = dnnl_memory_desc_init_by_strides(&k->a, 2, a, dnnl_f32, a_steps);

    if (st == dnnl_success)
        st = dnnl_memory_desc_init_by_strides(&k->b, 2, b, dnnl_f32, b_steps);
    if (st == dnnl_success)
        st = dnnl_memory_desc_init_by_strides(&k->c, 2, c, dnnl_f32, c_steps);
    return st;
}

/* alpha, beta, and user-supplied scratch: a primitive may run in several threads. */
static dnnl_status_t set_up(dnnl_primitive_attr_t attr, const GemmShape *s)
{
    dnnl_post_ops_t after = NULL;
    dnnl_status_t st =
        dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);

    if (st == dnnl_success && s->alpha != 1)
        st = dnnl_primitive_attr_set_output_scales(attr, 1, 0, &s->alpha);
    if (st != dnnl_success || s->beta == 0)
        return st;
    st = dnnl_post_ops_create(&after);
    if (st == dnnl_success)
        st = dnnl_post_ops_append_sum(after, s->beta);
    if (st == dnnl_success)
        st = dnnl_primitive_attr_set_post_ops(attr, after);
    (void)dnnl_post_ops_destroy(after);
    return st;
}

static int is_sound(const_dnnl_primitive_desc_t desc)
{
    const char *kernel = "";

    return dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0,
                                     (void *)&kernel) == dnnl_success &&
           strncmp(kernel, "brg", 3) == 0;
}

static dnnl_status_t make_matmul(Kept *k)
{
    dnnl_matmul_desc_t op;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t desc = NULL;
    dnnl_status_t st = describe_matmul(k);

    if (st == dnnl_success)
        st = dnnl_matmul_desc_init(&op, &k->a, &k->b, NULL, &k->c);
    if (st == dnnl_success)
        st = dnnl_primitive_attr_create(&attr);
    if (st == dnnl_success)
        st = set_up(attr, &k->shape);
    if (st == dnnl_success)
        st = dnnl_primitive_desc_create(&desc, &op, attr, aq_onednn_engine(), NULL);
    if (st == dnnl_success && is_sound(desc)) {
        k->own = *dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);
        st = dnnl_primitive_create(&k->run, desc);
    }
    if (desc)
        (void)dnnl_primitive_desc_destroy(desc);
    if (attr)
        (void)dnnl_primitive_attr_destroy(attr);
    return st;
}

/* ---- the cache ---- */

static void free_kept_matmul(Kept **k)
{
    if (*k && (*k)->run)
        (void)dnnl_primitive_destroy((*k)->run);
    aq_free(*k);
    *k = NULL;
}

/* A slot for a new primitive: an empty one, or the least recently used. NULL if all are
 * in use. */
static Kept **place_for_one(void)
{
    Kept **oldest = NULL;

    if (n_kept < MOST_KEPT)
        return &kept[n_kept++];
    for (int k = 0; k < MOST_KEPT; k++)
        if ((!kept[k] || kept[k]->users == 0) &&
            (!oldest || !kept[k] || (*oldest && kept[k]->used < (*oldest)->used)))
            oldest = &kept[k];
    if (oldest)
        free_kept_matmul(oldest);
    return oldest;
}

/* Call under the lock. NULL: none available. */
static Kept *find_or_make_matmul(const GemmShape *s)
{
    for (int k = 0; k < n_kept; k++)
        /* No padding; 0 and -0 differ and are cached separately. */
        /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
        if (kept[k] && memcmp(&kept[k]->shape, s, sizeof *s) == 0)
            return kept[k];
    Kept *made = aq_alloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->shape = *s;
    Kept **place = make_matmul(made) == dnnl_success ? place_for_one() : NULL;
    if (place)
        *place = made;
    else
        free_kept_matmul(&made);
    return made;
}

static Kept *acquire_matmul(const GemmShape *s)
{
    (void)pthread_mutex_lock(&lock);
    Kept *k = find_or_make_matmul(s);
    if (k) {
        k->users++;
        k->used = ++n_products;
    }
    (void)pthread_mutex_unlock(&lock);
    return k;
}

static void give_back(Kept *k)
{
    (void)pthread_mutex_lock(&lock);
    k->users--;
    (void)pthread_mutex_unlock(&lock);
}

/* ---- scratch, one a thread ---- */

typedef struct Scratch {
    void *at;
    size_t bytes;
} Scratch;

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static int has_key;

static void scratch_free(void *arg)
{
    Scratch *s = arg;

    aq_free(s->at);
    aq_free(s);
}

static void scratch_start(void)
{
    has_key = pthread_key_create(&scratch_key, scratch_free) == 0;
}

/* This thread's scratch, at least as large as asked for; NULL when out of memory. */
static void *thread_scratch(size_t bytes)
{
    (void)pthread_once(&scratch_once, scratch_start);
    Scratch *s = has_key ? pthread_getspecific(scratch_key) : NULL;
    if (!s && has_key) {
        s = aq_alloc(1, sizeof *s);
        if (s && pthread_setspecific(scratch_key, s) != 0) {
            aq_free(s);
            s = NULL;
        }
    }
    if (s && s->bytes < bytes) {
        aq_free(s->at);
        s->at = aq_alloc(bytes, 1);
        s->bytes = s->at ? bytes : 0;
    }
    return s ? s->at : NULL;
}

/* ---- a product ---- */

static int run_matmul(const Kept *k, float *c, const float *a, const float *b)
{
    const size_t bytes = dnnl_memory_desc_get_size(&k->own);
    void *own = k->run && bytes ? thread_scratch(bytes) : NULL;
    const AqOnednnArg args[] = {{DNNL_ARG_SRC, &k->a, (void *)(uintptr_t)a},
                                {DNNL_ARG_WEIGHTS, &k->b, (void *)(uintptr_t)b},
                                {DNNL_ARG_DST, &k->c, c},
                                {DNNL_ARG_SCRATCHPAD, own ? &k->own : NULL, own}};

    return k->run && (own || !bytes) &&
           aq_onednn_execute(k->run, args, 4) == (int)dnnl_success;
}

int aq_gemm_onednn(float *c, int ldc, const float *a, int lda, AqTrans ta,
                   const float *b, int ldb, AqTrans tb, int M, int N, int K,
                   float alpha, float beta)
{
    const GemmShape s = {M, N, K, lda, ldb, ldc, ta == AQ_T, tb == AQ_T, alpha, beta};

    if ((double)M * N * K < WORTH || !aq_onednn_is_worth_it())
        return 0;
    aq_onednn_one_thread();
    Kept *k = acquire_matmul(&s);
    if (!k)
        return 0;
    const int done = run_matmul(k, c, a, b);
    give_back(k);
    return done;
}
