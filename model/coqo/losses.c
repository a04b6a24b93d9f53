/* SPDX-License-Identifier: MIT */
/*
 * The losses (docs/coqo.md). Clips that lack a stream, empty slots and rows without
 * a negative are left out of the means.
 */
#include "model/answer/head.h"
#include "model/coqo/coqo_priv.h"

#define HIDDEN   (-1e9)
#define NORM_EPS 1e-6

/* Number of questions of ask b. */
static int n_questions(const AqBatch *batch, int b)
{
    int n = 0;

    while (n < batch->n_slots && batch->lengths[b * batch->n_slots + n] > 0)
        n++;
    return n;
}

static int has_both_streams(const AqBatch *batch, int b)
{
    return aq_batch_has(batch, AQ_AUDIO, b) && aq_batch_has(batch, AQ_VISUAL, b);
}

static AqTensor *zero_loss(AqNn *nn)
{
    return aq_nn_zeros(nn, AQ_DIMS(1));
}

/* The pairs of L_AVM as rows of c_a and c_v; returns their number. First each
 * question's own pair (1), then its c_a with another video's c_v (0). */
static int avm_pairs(const AqBatch *batch, int *a, int *v, AqReal *target)
{
    int n = 0;

    for (int b = 0; b < batch->n_asks; b++) {
        const int other = batch->others ? batch->others[b] : -1;
        const int lends = other >= 0 && other != b && has_both_streams(batch, other)
                              ? n_questions(batch, other)
                              : 0;

        for (int k = 0;
             lends > 0 && has_both_streams(batch, b) && k < n_questions(batch, b);
             k++) {
            a[n] = a[n + 1] = v[n] = b * batch->n_slots + k;
            v[n + 1] = other * batch->n_slots + k % lends;
            target[n] = 1;
            target[n + 1] = 0;
            n += 2;
        }
    }
    return n;
}

/* L_AVM: do the sound and the picture belong to one video? */
static AqTensor *l_avm(AqNn *nn, const AqCoqo *net, const AqBatch *batch,
                       const AqAnswerOutput *y)
{
    const size_t most = 2 * (size_t)batch->n_asks * (size_t)batch->n_slots;
    int *a = aq_indices(nn, most), *v = aq_indices(nn, most);
    AqReal *target = aq_constants(nn, most);

    if (!a || !v || !target)
        return NULL;
    const int n = avm_pairs(batch, a, v, target);
    if (n == 0)
        return zero_loss(nn);
    AqTensor *both[2] = {aq_gather_rows(nn, y->c[AQ_AUDIO], a, n),
                         aq_gather_rows(nn, y->c[AQ_VISUAL], v, n)};
    AqTensor *x = aq_dense(nn, aq_concat(nn, both, 2, 1), &net->match_in, AQ_ACT_GELU);
    x = aq_reshape(nn, aq_dense(nn, x, &net->match_out, AQ_ACT_NONE), AQ_DIMS(n));
    return aq_bce(nn, x, target, NULL);
}

/* Similarities of unit vectors over tau: x (..,n,d), y (..,n,d) -> (..,n,n) */
static AqTensor *scaled_similarities(AqNn *nn, const AqCoqo *net, AqTensor *x,
                                     AqTensor *y)
{
    AqTensor *s = aq_matmul(nn, x, y, 1);

    if (net->log_scale)
        return aq_scale_by(nn, s, aq_exp_op(nn, net->log_scale));
    return aq_scale(nn, s, (AqReal)(1 / net->config->tau));
}

/* Mean of the two directions. */
static AqTensor *both_ways(AqNn *nn, AqTensor *one, AqTensor *other)
{
    return aq_scale(nn, aq_add(nn, one, other), AQ_R(0.5));
}

/* The matrix (n,B*N) that averages over each video's questions, for videos that have
 * both streams. */
static AqTensor *means_over_questions(AqNn *nn, const AqBatch *batch, int *n)
{
    const int rows = batch->n_asks * batch->n_slots;
    AqTensor *mean = aq_nn_zeros(nn, AQ_DIMS(batch->n_asks, rows));

    *n = 0;
    for (int b = 0; mean && b < batch->n_asks; b++) {
        const int count = n_questions(batch, b);

        if (count == 0 || !has_both_streams(batch, b))
            continue;
        for (int k = 0; k < count; k++)
            mean->data[*n * rows + b * batch->n_slots + k] = 1 / (AqReal)count;
        ++*n;
    }
    return mean;
}

/* L_AVC: InfoNCE (van den Oord et al., 2018) both ways over the batch's videos, between
 * mean c_a and mean c_v. */
static AqTensor *l_avc(AqNn *nn, const AqCoqo *net, const AqBatch *batch,
                       AqTensor *const *c)
{
    AqTensor *unit[2];
    int n;
    AqTensor *mean = means_over_questions(nn, batch, &n);
    int *target = aq_indices(nn, (size_t)batch->n_asks);

    if (!mean || !target)
        return NULL;
    if (n < 2)
        return zero_loss(nn);
    mean = aq_slice(nn, mean, 0, 0, n);
    for (int m = 0; m < 2; m++)
        unit[m] = aq_l2_normalise(nn, aq_matmul(nn, mean, c[m], 0), AQ_R(NORM_EPS));
    for (int k = 0; k < n; k++)
        target[k] = k;
    return both_ways(
        nn,
        aq_cross_entropy(nn, scaled_similarities(nn, net, unit[0], unit[1]), target),
        aq_cross_entropy(nn, scaled_similarities(nn, net, unit[1], unit[0]), target));
}

/* Fills the mask (B,N,N) that hides non-negatives of row i: empty slots and other
 * questions of the same text. The target is i, or -1 for a row without negatives. */
static void intra_mask(const AqBatch *batch, AqReal *mask, int *target)
{
    const int N = batch->n_slots;

    for (int b = 0; b < batch->n_asks; b++) {
        const int count = has_both_streams(batch, b) ? n_questions(batch, b) : 0;
        const int *id = batch->text_ids + (size_t)b * N;

        for (int i = 0; i < N; i++) {
            int negatives = 0;

            for (int j = 0; j < N; j++) {
                const int differs = i < count && j < count && id[i] != id[j];

                mask[(b * N + i) * N + j] = differs || i == j ? 0 : AQ_R(HIDDEN);
                negatives += differs;
            }
            target[b * N + i] = negatives > 0 ? i : -1;
        }
    }
}

/* L_intra: InfoNCE both ways over one video's questions. */
static AqTensor *l_intra(AqNn *nn, const AqCoqo *net, const AqBatch *batch,
                         AqTensor *const *c)
{
    const int B = batch->n_asks, N = batch->n_slots, d = net->config->dim;
    AqTensor *mask = aq_nn_zeros(nn, AQ_DIMS(B, N, N)), *unit[2], *loss[2];
    int *target = aq_indices(nn, (size_t)B * (size_t)N);

    if (!mask || !target)
        return NULL;
    if (N < 2)
        return zero_loss(nn);
    intra_mask(batch, mask->data, target);
    for (int m = 0; m < 2; m++)
        unit[m] =
            aq_l2_normalise(nn, aq_reshape(nn, c[m], AQ_DIMS(B, N, d)), AQ_R(NORM_EPS));
    for (int m = 0; m < 2; m++) {
        AqTensor *s = scaled_similarities(nn, net, unit[m], unit[1 - m]);

        s = aq_reshape(nn, aq_add(nn, s, mask), AQ_DIMS(B * N, N));
        loss[m] = aq_cross_entropy(nn, s, target);
    }
    return both_ways(nn, loss[0], loss[1]);
}

/* What L_AVC and L_intra compare: P_a c_a and P_v c_v (B*N,d), or c_a and c_v. */
static void map_to_align(AqNn *nn, const AqCoqo *net, const AqAnswerOutput *y,
                         AqTensor **c)
{
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        c[m] = net->config->align_heads
                   ? aq_dense(nn, y->c[m], &net->align[m], AQ_ACT_NONE)
                   : y->c[m];
}

void aq_coqo_loss(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                  const AqAnswerOutput *y, const AqReal *weights, AqAnswerLosses *out)
{
    const AqCoqo *p = aq_coqo_of(net);
    const AqReal inter = weights[AQ_COQO_INTER_WEIGHT],
                 intra = weights[AQ_COQO_INTRA_WEIGHT];
    const int looks = !p->config->question_only;
    AqTensor **part = out->part, *c[AQ_N_MODALITIES] = {NULL};

    if (looks && (inter > 0 || intra > 0))
        map_to_align(nn, p, y, c);
    out->total = part[AQ_COQO_QA] = aq_head_loss(nn, net, batch, y->logits);
    if (inter > 0 && looks) {
        part[AQ_COQO_AVM] = l_avm(nn, p, batch, y);
        part[AQ_COQO_AVC] = l_avc(nn, p, batch, c);
        AqTensor *sum = aq_add(nn, part[AQ_COQO_AVM], part[AQ_COQO_AVC]);
        out->total = aq_add(nn, out->total, aq_scale(nn, sum, inter));
    }
    if (intra > 0 && looks) {
        part[AQ_COQO_INTRA] = l_intra(nn, p, batch, c);
        out->total = aq_add(nn, out->total, aq_scale(nn, part[AQ_COQO_INTRA], intra));
    }
}
