/* SPDX-License-Identifier: MIT */
/*
 * From clips to an answer (sections 2 to 5 of docs/hcrn.md): relations between clips,
 * the transformer on what they give, pooling by the question, and the answer's layers.
 */
#include "model/hcrn/hcrn_priv.h"

/* Of PyTorch's BatchNorm1d. */
#define BATCH_NORM_MOMENTUM 0.1
#define BATCH_NORM_EPS      1e-5

AqTensor *aq_hcrn_relate(AqNn *nn, const AqHcrn *net, AqHcrnUnit unit, const AqCrn *p,
                         AqTensor *x, AqTensor *condition)
{
    const AqHcrnConfig *c = net->config;
    const int training = aq_nn_training(nn);
    const int anew = training && c->draw == AQ_HCRN_DRAW_ANEW;
    const int count =
        training || c->subsets_in_use == 0 ? c->subsets : c->subsets_in_use;

    return aq_crn(nn, p, x, condition, count,
                  aq_rng(anew ? aq_rng_u64(aq_nn_rng(nn)) : (uint64_t)c->subset_seed,
                         (uint64_t)unit));
}

/* 1 for each of S entries of R rows of an ask whose clip has pictures, (B*R,S). */
static const AqReal *pictures_on(AqNn *nn, const AqBatch *batch, int rows, int S)
{
    const int each = rows * S;
    AqReal *on = aq_constants(nn, (size_t)batch->n_asks * (size_t)each);

    for (int b = 0; on && b < batch->n_asks; b++) {
        const AqReal has = (AqReal)aq_batch_has(batch, AQ_VISUAL, b);

        for (int k = 0; k < each; k++)
            on[b * each + k] = has;
    }
    return on;
}

/* Which questions and tokens count (aq_questions_on): of a question's candidates the
 * first, as all have its vector. */
static const AqReal *questions_once(AqNn *nn, const AqBatch *batch, int n_tokens)
{
    const int N = batch->n_slots, width = N + n_tokens;
    AqReal *on = aq_questions_on(nn, batch, n_tokens);

    for (int k = 0; on && batch->candidate_of && k < batch->n_asks * N; k++)
        if (k % N > 0 && batch->candidate_of[k] == batch->candidate_of[k - 1])
            on[k / N * width + k % N] = 0;
    return on;
}

AqTensor *aq_hcrn_ask(AqNn *nn, const AqHcrn *net, const AqBatch *batch, AqTensor *x,
                      int rows, AqTensor *q)
{
    if (!x)
        return NULL;
    const int B = batch->n_asks, N = batch->n_slots, d = net->config->dim;
    const AqReal *on = pictures_on(nn, batch, rows, x->dims[1]);
    const AqQgtInput in = {
        .x = x,
        .n_clips = B,
        .rows = rows,
        .clip_on = on,
        .ask_on = on,
        .questions = aq_reshape(nn, q, AQ_DIMS(B, N, d)),
        .token_on = questions_once(nn, batch, net->qgt.n_tokens),
        .n_asks = B,
    };

    return on && in.token_on ? aq_qgt(nn, &net->qgt, &in) : NULL;
}

/* ---- relations between clips ---- */

/* x (R,K*M*d) of R questions -> the video's tokens (R,J*M,d), of J objects: those of
 * the largest subsets first, M a piece. */
static AqTensor *relate_clips(AqNn *nn, const AqHcrn *net, AqTensor *x,
                              AqTensor *motion, AqTensor *sound, AqTensor *q)
{
    if (!x || !q)
        return NULL;
    const int R = q->dims[0], K = net->config->clips, d = net->config->dim;
    const int M = x->dims[1] / (K * d);

    x = aq_permute(nn, aq_reshape(nn, x, AQ_DIMS(R, K, M, d)),
                   (const int[]){1, 2, 0, 3});
    x = aq_reshape(nn, x, AQ_DIMS(1, K, M * R, d));
    const AqHcrnUnit unit[3] = {AQ_HCRN_VIDEO_MOTION, AQ_HCRN_VIDEO_SOUND,
                                AQ_HCRN_VIDEO_QUESTION};
    const AqCrn *crn[3] = {&net->video_motion_crn, &net->video_sound,
                           &net->video_question};
    AqTensor *by[3] = {motion, sound, aq_dense(nn, q, &net->condition, AQ_ACT_NONE)};
    for (int k = 0; k < 3; k++) {
        if (k == 1 && !net->config->sound)
            continue;
        AqTensor *c = aq_reshape(nn, aq_repeat(nn, by[k], M), AQ_DIMS(1, M * R, d));

        x = aq_hcrn_relate(nn, net, unit[k], crn[k], x, c);
    }
    if (!x)
        return NULL;
    const int tokens = x->dims[1] * M;
    x = aq_permute(nn, aq_reshape(nn, x, AQ_DIMS(tokens, R, d)),
                   (const int[]){1, 0, 2});
    return x;
}

/* ---- pooling ---- */

/* sum_i softmax_i(a) v_i of v (R,n,d), a_i = attn(ELU(cat([V v_i ; Q q * V v_i]))). */
static AqTensor *pool_video_tokens(AqNn *nn, const AqHcrn *net, AqTensor *v,
                                   AqTensor *q)
{
    const AqHcrnPool *p = &net->pool;

    v = aq_dropout(nn, v, (AqReal)net->config->dropout);
    if (!v)
        return NULL;
    const int R = v->dims[0], n = v->dims[1], d = v->dims[2];
    AqTensor *by = aq_linear(nn, q, p->q, NULL, AQ_ACT_NONE);
    AqTensor *both[2] = {aq_linear(nn, v, p->v, NULL, AQ_ACT_NONE)};

    by = aq_reshape(nn, aq_repeat_each(nn, by, n), AQ_DIMS(R, n, d));
    both[1] = aq_mul(nn, by, both[0]);
    AqTensor *a = aq_dense(nn, aq_concat(nn, both, 2, 2), &p->cat, AQ_ACT_ELU);
    a = aq_reshape(nn, aq_dense(nn, a, &p->attn, AQ_ACT_NONE), AQ_DIMS(R, n));
    a = aq_softmax(nn, a, NULL, 0);
    v = aq_matmul(nn, aq_reshape(nn, a, AQ_DIMS(R, 1, n)), v, 0);
    return aq_reshape(nn, v, AQ_DIMS(R, d));
}

/* 1 for rows whose clip has pictures, as a tensor (R). */
static AqTensor *rows_seen(AqNn *nn, const AqBatch *batch)
{
    const int R = batch->n_asks * batch->n_slots;
    const AqReal *with = aq_rows_with(nn, batch, AQ_VISUAL);
    AqTensor *on = aq_nn_zeros(nn, AQ_DIMS(R));

    for (int k = 0; on && with && k < R; k++)
        on->data[k] = with[k];
    return with ? on : NULL;
}

/* [v ; W q], the video for each text and the text; v is 0 without pictures. */
static AqTensor *see_for_text(AqNn *nn, const AqHcrn *net, AqTensor *tokens,
                              AqTensor *q, const AqDense *text, AqTensor *on)
{
    AqTensor *v = pool_video_tokens(nn, net, tokens, q);
    AqTensor *both[2] = {aq_scale_rows(nn, v, on), aq_dense(nn, q, text, AQ_ACT_NONE)};

    return aq_concat(nn, both, 2, 1);
}

/* ---- the answer ---- */

/* The questions that are there, which batch normalisation goes by. */
static const AqReal *rows_asked(AqNn *nn, const AqBatch *batch)
{
    const int R = batch->n_asks * batch->n_slots;
    AqReal *on = aq_constants(nn, (size_t)R);

    for (int k = 0; on && k < R; k++)
        on[k] = batch->lengths[k] > 0;
    return on;
}

/* What the answer's layers are given: of the question, and of the choice. */
static AqTensor *see_for_row(AqNn *nn, const AqHcrn *net, const AqBatch *batch,
                             AqTensor *tokens, AqTensor *words)
{
    const int chooses = aq_hcrn_chooses(&net->shape);
    AqTensor *on = rows_seen(nn, batch), *part[2];
    AqTensor *q = aq_hcrn_vector(nn, net, words, 0);

    if (net->config->qgt == AQ_HCRN_QGT_TOKENS)
        tokens = aq_hcrn_ask(nn, net, batch, tokens, batch->n_slots, q);
    part[0] = see_for_text(nn, net, tokens, q, &net->answer_question, on);
    if (chooses)
        part[1] = see_for_text(nn, net, tokens, aq_hcrn_vector(nn, net, words, 1),
                               &net->answer_choice, on);
    return aq_concat(nn, part, 1 + chooses, 1);
}

AqTensor *aq_hcrn_answer(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                         AqTensor *c_a, AqTensor *c_v, AqTensor *q)
{
    const AqHcrn *p = aq_hcrn_of(net);
    const int d = p->config->dim, w = net->reads.weigh_width[AQ_VISUAL];
    const AqReal dropout = (AqReal)p->config->dropout, *asked = rows_asked(nn, batch);
    AqTensor *tokens =
        relate_clips(nn, p, aq_slice(nn, c_v, 1, d, w - d), aq_slice(nn, c_v, 1, 0, d),
                     c_a, aq_hcrn_vector(nn, p, q, 0));
    AqTensor *x = aq_dropout(nn, see_for_row(nn, p, batch, tokens, q), dropout);

    x = aq_dense(nn, x, &p->hidden, AQ_ACT_ELU);
    if (!asked)
        return NULL;
    if (p->config->batch_norm)
        x = aq_batchnorm(nn, x, &p->norm, asked, AQ_R(BATCH_NORM_MOMENTUM),
                         AQ_R(BATCH_NORM_EPS));
    return aq_dense(nn, aq_dropout(nn, x, dropout), &p->classify, AQ_ACT_NONE);
}
