/* SPDX-License-Identifier: MIT */
/* One step of an LSTM without peepholes: c' = f c + i g, h' = o tanh(c'). */
#include "model/nn/nn_priv.h"

#include <string.h>

/* What backward needs of each row: i, f, g, o and tanh c'. */
typedef struct Step {
    int H;
    AqReal *acts; /* (N,5H) */
    AqReal *keep; /* (N) or NULL */
} Step;

static void lstm_backward(AqNn *nn, AqRecord *r)
{
    AqTensor *gates = r->in[0], *h_old = r->in[1], *c_old = r->in[2], *y = r->y;
    const Step *s = r->more;
    const size_t H = (size_t)s->H, N = (size_t)y->dims[0];

    (void)nn;
    for (size_t k = 0; k < N * H; k++) {
        const size_t n = k / H, j = k % H;
        const AqReal *a = s->acts + n * 5 * H + j;
        const AqReal dh = y->grad[n * 2 * H + j], dc1 = y->grad[n * 2 * H + H + j];

        if (s->keep && s->keep[n] == 0) { /* padding: the old state passed through */
            if (aq_grad(h_old))
                h_old->grad[k] += dh;
            if (aq_grad(c_old))
                c_old->grad[k] += dc1;
            continue;
        }
        const AqReal i = a[0], f = a[H], g = a[2 * H], o = a[3 * H], t = a[4 * H];
        const AqReal dc = dc1 + dh * o * (1 - t * t);
        if (aq_grad(c_old))
            c_old->grad[k] += dc * f;
        if (!aq_grad(gates))
            continue;
        AqReal *dg = gates->grad + n * 4 * H + j;
        dg[0] += dc * g * i * (1 - i);
        dg[H] += dc * c_old->data[k] * f * (1 - f);
        dg[2 * H] += dc * i * (1 - g * g);
        dg[3 * H] += dh * t * o * (1 - o);
    }
}

static void step_row(const Step *s, const AqReal *gates, const AqReal *c_old,
                     AqReal *hc, AqReal *acts)
{
    const AqKernels *k = aq_kernels();
    const size_t H = (size_t)s->H;

    k->sigmoid(acts, gates, 2 * H);
    k->tanh(acts + 2 * H, gates + 2 * H, H);
    k->sigmoid(acts + 3 * H, gates + 3 * H, H);
    for (size_t j = 0; j < H; j++)
        hc[H + j] = acts[H + j] * c_old[j] + acts[j] * acts[2 * H + j];
    k->tanh(acts + 4 * H, hc + H, H);
    for (size_t j = 0; j < H; j++)
        hc[j] = acts[3 * H + j] * acts[4 * H + j];
}

AqTensor *aq_lstm_cell(AqNn *nn, AqTensor *gates, AqTensor *h_old, AqTensor *c_old,
                       const AqReal *keep)
{
    if (!gates || !h_old || !c_old)
        return NULL;
    const int N = gates->dims[0], H = aq_cols(gates) / 4;
    if (gates->n_dims != 2 || aq_cols(gates) != 4 * H || aq_cols(c_old) != H ||
        aq_rows(c_old) != (size_t)N || !aq_tensor_same_shape(h_old, c_old))
        return aq_nn_misfit(nn, "lstm_cell", gates, c_old);
    AqTensor *y = aq_nn_tensor(nn, AQ_DIMS(N, 2 * H));
    Step *s = aq_nn_memory(nn, 1, sizeof *s);
    AqReal *acts = aq_nn_memory(nn, (size_t)N * 5 * (size_t)H, sizeof *acts);
    AqReal *kept = keep ? aq_nn_memory(nn, (size_t)N, sizeof *kept) : NULL;
    if (!y || !s || !acts || (keep && !kept))
        return NULL;
    if (keep)
        memcpy(kept, keep, (size_t)N * sizeof *kept);
    *s = (Step){.H = H, .acts = acts, .keep = kept};
    const size_t h = (size_t)H;
    for (size_t n = 0; n < (size_t)N; n++) {
        AqReal *hc = y->data + n * 2 * h;

        step_row(s, gates->data + n * 4 * h, c_old->data + n * h, hc, acts + n * 5 * h);
        if (keep && keep[n] == 0) {
            memcpy(hc, h_old->data + n * h, h * sizeof *hc);
            memcpy(hc + h, c_old->data + n * h, h * sizeof *hc);
        }
    }
    return AQ_RECORD(nn, "lstm_cell", y, lstm_backward, s, gates, h_old, c_old);
}
