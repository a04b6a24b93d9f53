/* SPDX-License-Identifier: MIT */
/*
 * Packed products on oneDNN's inner product (float32, or bfloat16 with float32 sums). A
 * primitive is for one number of rows; primitives are cached.
 */
#include "model/tensor/packed_priv.h"

#include "base/alloc.h"
#include "base/cpu.h"
#include "model/tensor/kernels.h"

#include <dnnl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* OWN_BYTES: for oneDNN's own scratch, measured at 4 to 18 KB. A product that needs
 * more allocates it. */
enum { MOST_SHAPES = 16, TYPICAL_ROWS = 196, ALIGN = 64, OWN_BYTES = 64 << 10 };

typedef struct PackedShape {
    int rows, has_bias;
    dnnl_primitive_t run;
    dnnl_memory_desc_t x, y, own; /* own: oneDNN's scratch */
} PackedShape;

struct AqPackedState {
    int M, K;
    AqPrecision precision;
    dnnl_memory_desc_t w_desc, b_desc;
    void *w; /* in the layout of w_desc */
    pthread_mutex_t lock;
    PackedShape shape[MOST_SHAPES]; /* under lock */
    int n_shapes;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char name_text[64] = "oneDNN";

static void make_name(void)
{
    const dnnl_version_t *v = dnnl_version();

    (void)snprintf(name_text, sizeof name_text, "oneDNN %d.%d.%d", v->major, v->minor,
                   v->patch);
}

static const char *onednn_name(void)
{
    (void)pthread_once(&once, make_name);
    return name_text;
}

static int onednn_can(AqPrecision p)
{
    return (p != AQ_PRECISION_BF16 || aq_cpu_has_bf16()) && aq_onednn_is_worth_it();
}

static AqErr check_onednn_status(dnnl_status_t s, const char *what)
{
    if (s == dnnl_success)
        return AQ_OK;
    return s == dnnl_out_of_memory
               ? aq_fail(AQ_ERR_NOMEM, "out of memory (oneDNN, %s)", what)
               : aq_fail(AQ_ERR_UNSUPPORTED,
                         "oneDNN failed (%s, status %d); set AVQA_BACKEND=openblas to "
                         "do without it",
                         what, (int)s);
}

static dnnl_data_type_t type_of(const AqPackedState *s)
{
    return s->precision == AQ_PRECISION_BF16 ? dnnl_bf16 : dnnl_f32;
}

/* ---- one number of rows ---- */

static dnnl_status_t describe_inner_product(const AqPackedState *s, int rows,
                                            int has_bias, const dnnl_memory_desc_t *w,
                                            PackedShape *out,
                                            dnnl_inner_product_desc_t *op)
{
    const dnnl_dims_t x = {rows, s->K}, y = {rows, s->M};
    dnnl_status_t st = dnnl_memory_desc_init_by_tag(&out->x, 2, x, type_of(s), dnnl_ab);

    if (st == dnnl_success)
        st = dnnl_memory_desc_init_by_tag(&out->y, 2, y, dnnl_f32, dnnl_ab);
    return st == dnnl_success ? dnnl_inner_product_forward_desc_init(
                                    op, dnnl_forward_inference, &out->x, w,
                                    has_bias ? &s->b_desc : NULL, &out->y)
                              : st;
}

/* `w` with format "any": only to ask for the best weight layout (*lies). */
static dnnl_status_t make_inner_product(const AqPackedState *s,
                                        const dnnl_memory_desc_t *w, PackedShape *out,
                                        dnnl_memory_desc_t *lies)
{
    dnnl_inner_product_desc_t op;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t desc = NULL;
    dnnl_status_t st = describe_inner_product(s, out->rows, out->has_bias, w, out, &op);

    if (st == dnnl_success)
        st = dnnl_primitive_attr_create(&attr);
    if (st == dnnl_success)
        st = dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    if (st == dnnl_success)
        st = dnnl_primitive_desc_create(&desc, &op, attr, aq_onednn_engine(), NULL);
    if (st == dnnl_success && lies)
        *lies = *dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0);
    if (st == dnnl_success && !lies) {
        out->own = *dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);
        st = dnnl_primitive_create(&out->run, desc);
    }
    if (desc)
        (void)dnnl_primitive_desc_destroy(desc);
    if (attr)
        (void)dnnl_primitive_attr_destroy(attr);
    return st;
}

/* The cached primitive for that many rows, created if new. If all slots are taken,
 * *mine is set: the caller destroys it after use. */
static AqErr shape_of(AqPackedState *s, PackedShape *io, int *mine)
{
    dnnl_status_t st = dnnl_success;
    int k = 0;

    *mine = 0;
    (void)pthread_mutex_lock(&s->lock);
    while (k < s->n_shapes &&
           (s->shape[k].rows != io->rows || s->shape[k].has_bias != io->has_bias))
        k++;
    if (k < s->n_shapes) {
        *io = s->shape[k];
    } else {
        st = make_inner_product(s, &s->w_desc, io, NULL);
        *mine = st == dnnl_success && k == MOST_SHAPES;
        if (st == dnnl_success && !*mine)
            s->shape[s->n_shapes++] = *io;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return check_onednn_status(st, "preparing a product");
}

/* ---- packing ---- */

static dnnl_status_t reorder_weights(AqPackedState *s, const float *w)
{
    const dnnl_dims_t dims = {s->M, s->K};
    const dnnl_engine_t engine = aq_onednn_engine();
    dnnl_memory_desc_t plain;
    dnnl_memory_t from = NULL, to = NULL;
    dnnl_primitive_desc_t desc = NULL;
    dnnl_primitive_t reorder = NULL;
    dnnl_stream_t stream = NULL;
    dnnl_status_t st = dnnl_memory_desc_init_by_tag(&plain, 2, dims, dnnl_f32, dnnl_ab);

    if (st == dnnl_success)
        st = dnnl_memory_create(&from, &plain, engine, (void *)(uintptr_t)w);
    if (st == dnnl_success)
        st = dnnl_memory_create(&to, &s->w_desc, engine, s->w);
    if (st == dnnl_success)
        st = dnnl_reorder_primitive_desc_create(&desc, &plain, engine, &s->w_desc,
                                                engine, NULL);
    if (st == dnnl_success)
        st = dnnl_primitive_create(&reorder, desc);
    if (st == dnnl_success)
        st = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
    if (st == dnnl_success) {
        const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
        st = dnnl_primitive_execute(reorder, stream, 2, args);
    }
    (void)dnnl_stream_destroy(stream);
    (void)dnnl_primitive_destroy(reorder);
    (void)dnnl_primitive_desc_destroy(desc);
    (void)dnnl_memory_destroy(from);
    (void)dnnl_memory_destroy(to);
    return st;
}

static void onednn_drop(AqPackedState **sp)
{
    AqPackedState *s = *sp;

    for (int k = 0; s && k < s->n_shapes; k++)
        (void)dnnl_primitive_destroy(s->shape[k].run);
    if (s) {
        (void)pthread_mutex_destroy(&s->lock);
        aq_free(s->w);
    }
    aq_free(s);
    *sp = NULL;
}

static AqErr onednn_pack(AqPackedState **out, const AqReal *w, int M, int K,
                         AqPrecision p)
{
    const dnnl_dims_t wd = {M, K}, bd = {M};
    PackedShape typical = {.rows = TYPICAL_ROWS};
    dnnl_memory_desc_t any;

    *out = NULL;
    aq_onednn_one_thread();
    AqPackedState *s = aq_alloc(1, sizeof *s);
    if (!s)
        return AQ_ERR_NOMEM;
    (void)pthread_mutex_init(&s->lock, NULL);
    s->M = M;
    s->K = K;
    s->precision = p;
    dnnl_status_t st =
        dnnl_memory_desc_init_by_tag(&any, 2, wd, type_of(s), dnnl_format_tag_any);
    if (st == dnnl_success)
        st = dnnl_memory_desc_init_by_tag(&s->b_desc, 1, bd, dnnl_f32, dnnl_a);
    if (st == dnnl_success)
        st = make_inner_product(s, &any, &typical, &s->w_desc);
    if (st == dnnl_success) {
        s->w = aq_alloc(dnnl_memory_desc_get_size(&s->w_desc), 1);
        st = s->w ? reorder_weights(s, w) : dnnl_out_of_memory;
    }
    if (st == dnnl_success)
        *out = s;
    else
        onednn_drop(&s);
    return check_onednn_status(st, "packing weights");
}

/* ---- products ---- */

static size_t round_up_bytes(size_t bytes)
{
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

/* Space for the rows in bfloat16, followed by oneDNN's own scratch. */
static size_t narrow_bytes(const AqPackedState *s, int N)
{
    return s->precision == AQ_PRECISION_BF16
               ? round_up_bytes((size_t)N * (size_t)s->K * sizeof(uint16_t))
               : 0;
}

static size_t onednn_scratch(const AqPackedState *s, int N)
{
    return narrow_bytes(s, N) + OWN_BYTES;
}

enum { X, W, BIAS, Y, OWN, N_ARGS };

static dnnl_status_t run_inner_product(const AqPackedState *s, const PackedShape *k,
                                       void *const *at)
{
    const AqOnednnArg args[N_ARGS] = {
        {DNNL_ARG_SRC, &k->x, at[X]},
        {DNNL_ARG_WEIGHTS, &s->w_desc, at[W]},
        {DNNL_ARG_BIAS, k->has_bias ? &s->b_desc : NULL, at[BIAS]},
        {DNNL_ARG_DST, &k->y, at[Y]},
        {DNNL_ARG_SCRATCHPAD, &k->own, at[OWN]}};

    return (dnnl_status_t)aq_onednn_execute(k->run, args, N_ARGS);
}

static AqErr onednn_product(AqPackedState *s, AqReal *y, const AqReal *x, int N,
                            const AqReal *bias, void *scratch)
{
    PackedShape k = {.rows = N, .has_bias = bias != NULL};
    void *at[N_ARGS] = {(void *)(uintptr_t)x, s->w, (void *)(uintptr_t)bias, y,
                        (unsigned char *)scratch + narrow_bytes(s, N)};
    int mine = 0;

    if (N <= 0)
        return AQ_OK;
    aq_onednn_one_thread();
    const AqErr err = shape_of(s, &k, &mine);
    if (err != AQ_OK)
        return err;
    if (s->precision == AQ_PRECISION_BF16) {
        aq_kernels()->to_bf16(scratch, x, (size_t)N * (size_t)s->K);
        at[X] = scratch;
    }
    const size_t own = dnnl_memory_desc_get_size(&k.own);
    void *more = own > OWN_BYTES ? aq_alloc(own, 1) : NULL;
    at[OWN] = more ? more : at[OWN];
    const dnnl_status_t st =
        own > OWN_BYTES && !more ? dnnl_out_of_memory : run_inner_product(s, &k, at);
    aq_free(more);
    if (mine)
        (void)dnnl_primitive_destroy(k.run);
    return check_onednn_status(st, "a product");
}

const AqPackedDef aq_packed_onednn = {.name = onednn_name,
                                      .can = onednn_can,
                                      .copies = 1,
                                      .pack = onednn_pack,
                                      .scratch = onednn_scratch,
                                      .product = onednn_product,
                                      .drop = onednn_drop};
