/* SPDX-License-Identifier: MIT */
/*
 * From features and words to answers. Everything that does not depend on a question
 * (projection, the first self-attention within a modality) runs once per clip, however
 * many asks are about it. Masks accompany the data, so that an answer does not depend
 * on the rest of the batch.
 */
#include "model/coqo/coqo_priv.h"

/* What counts (aq_questions_on) for the sequences of P = N questions, (B*N,N+m):
 * question i and the tokens. */
static const AqReal *own_tokens_on(AqNn *nn, const AqBatch *batch, int n_tokens)
{
    const int N = batch->n_slots, width = N + n_tokens;
    AqReal *mask = aq_constants(nn, (size_t)(batch->n_asks * N) * (size_t)width);

    for (int k = 0; mask && k < batch->n_asks * N * width; k++) {
        const int slot = k % width, row = k / width;

        mask[k] = slot >= N || (slot == row % N && aq_question_seen(batch, row));
    }
    return mask;
}

/* F_q (B*N,d) */
AqTensor *aq_coqo_words(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch)
{
    const AqCoqo *p = aq_coqo_of(net);
    const AqQuestionInput in = aq_answer_question_input(batch);

    return aq_question_encoder(nn, &p->question, &in, (AqReal)p->config->dropout);
}

/* Feature k's values, of those of the stream, a row a cell: (C,T*S,V). */
static AqTensor *rows_of_feature(AqNn *nn, const AqCoqo *net, const AqBatch *batch,
                                 AqModality m, int k, const float *all)
{
    const AqFeatureShape *s = &net->shape.sizes.of[m][k];

    return aq_nn_input(nn,
                       AQ_DIMS(batch->n_clips, batch->n_seconds * s->h * s->w, s->dim),
                       aq_batch_feature(batch, &net->shape.sizes, m, k, all));
}

/* F_a (C,T,d): W_1 x_1 + W_2 x_2 + ..., with a bias each, of the sound's features. */
static AqTensor *f_a(AqNn *nn, const AqCoqo *net, const AqBatch *batch)
{
    const int T = batch->n_seconds;
    AqTensor *x = NULL;

    for (int k = 0; k < net->shape.sizes.n[AQ_AUDIO]; k++) {
        AqTensor *y =
            rows_of_feature(nn, net, batch, AQ_AUDIO, k, batch->features[AQ_AUDIO]);

        y = aq_dense(nn, y, &net->in[AQ_AUDIO][k], AQ_ACT_NONE);
        x = k ? aq_add(nn, x, y) : y;
    }
    x = aq_add(nn, x, aq_slice(nn, net->time[AQ_AUDIO], 0, 0, T));
    return aq_dropout(nn, x, (AqReal)net->config->dropout);
}

/* The position of each cell of each second, (T*S,d): time plus cell embedding. */
static AqTensor *embed_cell_positions(AqNn *nn, const AqCoqo *net, int n_seconds,
                                      int n_cells)
{
    const int n = n_seconds * n_cells;
    int *index = aq_indices(nn, 2 * (size_t)n);

    if (!index)
        return NULL;
    for (int k = 0; k < n; k++) {
        index[k] = k / n_cells;
        index[n + k] = k % n_cells;
    }
    return aq_add(nn, aq_gather_rows(nn, net->time[AQ_VISUAL], index, n),
                  aq_gather_rows(nn, net->cell, index + n, n));
}

/* Each feature's cells (C,T*S_k,d) -> a second's cells together, (C,T*S,d). */
static AqTensor *join_features(AqNn *nn, const AqBatch *batch, AqTensor **x, int n)
{
    const int C = batch->n_clips, T = batch->n_seconds;

    if (n == 1)
        return x[0];
    for (int k = 0; k < n; k++) {
        if (!x[k])
            return NULL;
        x[k] = aq_reshape(nn, x[k], AQ_DIMS(C * T, x[k]->dims[1] / T, x[k]->dims[2]));
    }
    AqTensor *y = aq_concat(nn, x, n, 1);
    return y ? aq_reshape(nn, y, AQ_DIMS(C, T * y->dims[1], y->dims[2])) : NULL;
}

/* F_v (C,T*S,d), without places and changes: W_k x + b_k of the cells of feature k. */
static AqTensor *project_cells(AqNn *nn, const AqCoqo *net, const AqBatch *batch)
{
    const int n = net->shape.sizes.n[AQ_VISUAL];
    AqTensor *x[AQ_MOST_FEATURES];

    for (int k = 0; k < n; k++) {
        x[k] =
            rows_of_feature(nn, net, batch, AQ_VISUAL, k, batch->features[AQ_VISUAL]);
        x[k] = aq_dense(nn, x[k], &net->in[AQ_VISUAL][k], AQ_ACT_NONE);
    }
    return join_features(nn, batch, x, n);
}

/* W_x,k |x_t - x_u|, (C,T*S,d) */
static AqTensor *project_changes(AqNn *nn, const AqCoqo *net, const AqBatch *batch)
{
    const int n = net->shape.sizes.n[AQ_VISUAL];
    AqTensor *x[AQ_MOST_FEATURES];

    for (int k = 0; k < n; k++) {
        x[k] = rows_of_feature(nn, net, batch, AQ_VISUAL, k, batch->changes);
        x[k] = aq_linear(nn, x[k], net->change[k], NULL, AQ_ACT_NONE);
    }
    return join_features(nn, batch, x, n);
}

/* F_v (C*T,S,d) */
static AqTensor *f_v(AqNn *nn, const AqCoqo *net, const AqBatch *batch, AqTensor *x)
{
    const int T = batch->n_seconds, S = aq_coqo_cells(net), d = net->config->dim;

    if (net->change[0] && batch->changes)
        x = aq_add(nn, x, project_changes(nn, net, batch));
    x = aq_add(nn, x, embed_cell_positions(nn, net, T, S));
    x = aq_dropout(nn, x, (AqReal)net->config->dropout);
    return aq_reshape(nn, x, AQ_DIMS(batch->n_clips * T, S, d));
}

/* The cells after the spatial QGT, or unchanged, (B*T,S,d). */
static AqTensor *run_spatial_qgt(AqNn *nn, const AqCoqo *net, const AqBatch *batch,
                                 AqTensor *cells, AqTensor *q, const AqReal *cells_on)
{
    const int T = batch->n_seconds, S = aq_coqo_cells(net);
    AqTensor *x = f_v(nn, net, batch, cells);
    const AqQgtInput in = {
        .x = x,
        .n_clips = batch->n_clips,
        .rows = T,
        .clip_on = aq_seconds_on(nn, batch, AQ_VISUAL, 0, 1, S),
        .ask_on = cells_on,
        .questions = q,
        .token_on = aq_questions_on(nn, batch, net->spatial.n_tokens),
        .n_asks = batch->n_asks,
        .clip_of = batch->clip_of,
    };

    if (!in.clip_on || !in.ask_on || !in.token_on || !x)
        return NULL;
    if (net->config->spatial)
        return aq_qgt(nn, &net->spatial, &in);
    x = aq_reshape(nn, x, AQ_DIMS(batch->n_clips, T * S, net->config->dim));
    x = aq_pick(nn, x, batch->clip_of, batch->n_asks);
    return aq_reshape(nn, x, AQ_DIMS(batch->n_asks * T, S, net->config->dim));
}

/* Attention-weighted mean over a second's cells, -> (B*P,T,d). Weighted by each
 * question (P = N), or by one learned query for all (P = 1). */
static AqTensor *pool_cells(AqNn *nn, const AqCoqo *net, const AqBatch *batch,
                            AqTensor *cells, AqTensor *q, const AqReal *cells_on,
                            AqAnswerOutput *out)
{
    const int B = batch->n_asks, T = batch->n_seconds, d = net->config->dim;
    const int P = net->config->own_pool ? batch->n_slots : 1;
    const AqAttention how = {
        .heads = net->config->form.heads,
        .scale = 1 / aq_sqrt((AqReal)d / (AqReal)net->config->form.heads),
        .key_mask = cells_on,
        .weights_out = &out->grid};
    AqTensor *query =
        net->config->own_pool
            ? aq_repeat_each(nn, aq_dense(nn, q, &net->pool, AQ_ACT_NONE), T)
            : aq_repeat(nn, net->pool_query, B * T);

    out->n_pools = P;
    if (!query || !cells || !cells_on)
        return NULL;
    AqTensor *y = aq_attention(nn, query, cells, cells, &how); /* (B*T,P,d) */
    y = aq_permute(nn, aq_reshape(nn, y, AQ_DIMS(B, T, P, d)),
                   (const int[]){0, 2, 1, 3});
    return aq_reshape(nn, y, AQ_DIMS(B * P, T, d));
}

/* The seconds after the temporal QGT, one sequence per question: F''_t (B*N,T,d). x has
 * P sequences for each of n clips, which are the asks if clip_of is NULL. */
static AqTensor *run_temporal_qgt(AqNn *nn, const AqCoqo *net, const AqBatch *batch,
                                  AqModality m, AqTensor *x, int P, const int *clip_of,
                                  AqTensor *q)
{
    const int own = net->config->own_asking && P == batch->n_slots && P > 1;
    const int n_tokens = net->temporal[m].n_tokens;
    const AqQgtInput in = {
        .x = x,
        .n_clips = clip_of ? batch->n_clips : batch->n_asks,
        .rows = P,
        .clip_on = aq_seconds_on(nn, batch, m, !clip_of, P, 1),
        .ask_on = aq_seconds_on(nn, batch, m, 1, P, 1),
        .questions = q,
        .token_on = aq_questions_on(nn, batch, n_tokens),
        .own_on = own ? own_tokens_on(nn, batch, n_tokens) : NULL,
        .n_asks = batch->n_asks,
        .clip_of = clip_of,
    };

    if (!in.clip_on || !in.ask_on || !in.token_on || (own && !in.own_on))
        return NULL;
    x = net->config->temporal ? aq_qgt(nn, &net->temporal[m], &in)
                              : aq_pick(nn, x, clip_of, batch->n_asks);
    return aq_repeat_each(nn, x, batch->n_slots / P);
}

/* What the decoders read, (B*N,R*T,d): second by second F'', behind what it was made
 * of. */
static AqTensor *read_seconds(AqNn *nn, const AqCoqo *net, const AqBatch *batch,
                              AqModality m, AqTensor *x, int P, const int *clip_of,
                              AqTensor *q)
{
    const int n = batch->n_asks * batch->n_slots, T = batch->n_seconds;
    const int reads = aq_coqo_reads_of_second(net->config);
    AqTensor *f_t = run_temporal_qgt(nn, net, batch, m, x, P, clip_of, q);

    if (reads == 1)
        return f_t;
    x = aq_repeat_each(nn, aq_pick(nn, x, clip_of, batch->n_asks), batch->n_slots / P);
    f_t = aq_concat(nn, (AqTensor *[]){x, f_t}, 2, 2);
    return aq_reshape(nn, f_t, AQ_DIMS(n, reads * T, net->config->dim));
}

/* Weights of what was read, (n,heads,1,R*T), as weights of the seconds. */
static AqTensor *add_reads(AqNn *nn, const AqCoqo *net, AqTensor *weights)
{
    const int reads = aq_coqo_reads_of_second(net->config);

    if (!weights || reads == 1)
        return weights;
    const int *d = weights->dims, T = d[3] / reads;
    AqTensor *x = aq_reshape(nn, weights, AQ_DIMS(d[0] * d[1], T, reads));

    x = aq_scale(nn, aq_mean(nn, x, 2), (AqReal)reads);
    return aq_reshape(nn, x, AQ_DIMS(d[0], d[1], 1, T));
}

/* The question's vector q (n,d) of its row [q ; z ; o ; s]. */
static AqTensor *vector_of_question(AqNn *nn, const AqCoqo *net, AqTensor *row)
{
    return row && row->dims[1] > net->config->dim
               ? aq_slice(nn, row, 1, 0, net->config->dim)
               : row;
}

/* v, one row of all cells for each second and pooled sequence: (B*P,T,S*cell). */
static AqTensor *keep_cells(AqNn *nn, const AqCoqo *net, const AqBatch *batch,
                            AqTensor *cells, int P)
{
    const int T = batch->n_seconds, S = aq_coqo_cells(net);
    AqTensor *x = aq_dense(nn, cells, &net->cell_in, AQ_ACT_NONE);

    x = aq_reshape(nn, x, AQ_DIMS(batch->n_clips, T, S * AQ_CELL));
    x = aq_pick(nn, x, batch->clip_of, batch->n_asks);
    return aq_repeat_each(nn, x, P);
}

AqTensor *aq_coqo_look(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                       AqModality m, AqTensor *q, AqAnswerOutput *out)
{
    const AqCoqo *p = aq_coqo_of(net);
    const int S = aq_coqo_cells(p);

    if (!aq_batch_looked_at(net, batch, m))
        return NULL;
    if (m == AQ_AUDIO)
        return f_a(nn, p, batch);
    AqTensor *cells = project_cells(nn, p, batch);
    AqTensor *sets = aq_reshape(nn, vector_of_question(nn, p, q),
                                AQ_DIMS(batch->n_asks, batch->n_slots, p->config->dim));
    const AqReal *cells_on = aq_seconds_on(nn, batch, AQ_VISUAL, 1, 1, S);
    AqTensor *x =
        cells_on ? run_spatial_qgt(nn, p, batch, cells, sets, cells_on) : NULL;

    x = pool_cells(nn, p, batch, x, sets, cells_on, out);
    if (!aq_coqo_hops(p->config))
        return x;
    AqTensor *both[2] = {x, keep_cells(nn, p, batch, cells, out->n_pools)};
    return aq_concat(nn, both, 2, 2);
}

/* What goes past the transformers to the answer, for each question: the mean of the
 * sound (B*N,d), or of the cells (B*N,S*cell). */
static AqTensor *pass_by(AqNn *nn, const AqCoqo *net, const AqBatch *batch,
                         AqModality m, AqTensor *x, int P)
{
    const int B = batch->n_asks, d = net->config->dim;

    if (m == AQ_AUDIO) {
        x = aq_dense(nn, x, &net->mean_audio, AQ_ACT_NONE);
        x = aq_average_seconds(nn, x, aq_seconds_on(nn, batch, m, 0, 1, 1));
        x = aq_pick(nn, x, batch->clip_of, B);
    } else {
        x = aq_slice(nn, x, 2, d, x ? x->dims[2] - d : 0);
        x = aq_average_seconds(nn, x, aq_seconds_on(nn, batch, m, 1, P, 1));
    }
    return aq_repeat_each(nn, x, batch->n_slots / P);
}

/* c_s (B*N,d): what is heard by the words sought, the last of the question's row. */
static AqTensor *listen_for(AqNn *nn, const AqCoqo *net, const AqBatch *batch,
                            AqTensor *f_t, AqTensor *row)
{
    const int d = net->config->dim;
    const AqReal *on = aq_seconds_on(nn, batch, AQ_AUDIO, 1, batch->n_slots,
                                     aq_coqo_reads_of_second(net->config));
    AqTensor *s = aq_slice(nn, row, 1, row ? row->dims[1] - d : 0, d);

    return aq_decoder(nn, &net->listen, f_t, s, on, aq_rows_with(nn, batch, AQ_AUDIO),
                      (AqReal)net->config->dropout, NULL);
}

AqTensor *aq_coqo_weigh(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                        AqModality m, AqTensor *x, AqTensor *q, AqAnswerOutput *out)
{
    const AqCoqo *p = aq_coqo_of(net);
    const int B = batch->n_asks, N = batch->n_slots, d = p->config->dim;
    const int P = m == AQ_VISUAL && p->config->own_pool ? N : 1;
    const int *clip_of = m == AQ_VISUAL ? NULL : batch->clip_of;
    AqTensor *f_t = x, *row[3];
    int n = 1;

    if (!aq_batch_looked_at(net, batch, m))
        return aq_nn_zeros(nn, AQ_DIMS(B * N, net->reads.weigh_width[m]));
    if (x && x->dims[2] > d)
        f_t = aq_slice(nn, x, 2, 0, d);
    AqTensor *vector = vector_of_question(nn, p, q);
    const AqReal *on =
        aq_seconds_on(nn, batch, m, 1, N, aq_coqo_reads_of_second(p->config));
    f_t = read_seconds(nn, p, batch, m, f_t, P, clip_of,
                       aq_reshape(nn, vector, AQ_DIMS(B, N, d)));
    row[0] = aq_decoder(nn, &p->decoder[m], f_t, vector, on, aq_rows_with(nn, batch, m),
                        (AqReal)p->config->dropout, &out->attention[m]);
    out->attention[m] = add_reads(nn, p, out->attention[m]);
    if (net->reads.weigh_width[m] > d)
        row[n++] = pass_by(nn, p, batch, m, x, P);
    if (m == AQ_AUDIO && aq_coqo_listens(p->config))
        row[n++] = listen_for(nn, p, batch, f_t, q);
    return n > 1 ? aq_concat(nn, row, n, 1) : row[0];
}

AqTensor *aq_coqo_answer(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                         AqTensor *c_a, AqTensor *c_v, AqTensor *q)
{
    (void)batch;
    return aq_fusion(nn, aq_coqo_of(net), c_a, c_v, q);
}
