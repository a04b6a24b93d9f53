/* SPDX-License-Identifier: MIT */
/*
 * From rows to what a clip of the video shows (section 2 of docs/hcrn.md, its first
 * half). `look` maps each row by itself; `weigh` makes clips of rows and relates what
 * is in each. A row of `look` is [frames (cells*d) ; motion (d) ; gates (4d)], where
 * the gates are those of the LSTM over the clips' motion.
 */
#include "model/hcrn/hcrn_priv.h"

AqHcrnClips aq_hcrn_clips(const AqHcrnConfig *c, const AqFeatureSizes *sizes)
{
    const AqFeatureShape *s = &sizes->of[AQ_VISUAL][0];

    return s->h == 1 && s->w > 1 ? (AqHcrnClips){.rows = 1, .cells = s->w}
                                 : (AqHcrnClips){.rows = c->frames, .cells = 1};
}

/* ---- look ---- */

/* Feature k's values, the cells of each row together: (C,T,V), or if `apart` (C,T*S,V).
 */
static AqTensor *rows_of_picture(AqNn *nn, const AqHcrn *net, const AqBatch *batch,
                                 int k, int apart)
{
    const AqFeatureSizes *sizes = &net->shape.sizes;
    const AqFeatureShape *s = &sizes->of[AQ_VISUAL][k];

    if (!apart)
        return aq_average_cells(nn, batch, sizes, AQ_VISUAL, k);
    return aq_nn_input(
        nn, AQ_DIMS(batch->n_clips, batch->n_seconds * s->h * s->w, s->dim),
        aq_batch_feature(batch, sizes, AQ_VISUAL, k, batch->features[AQ_VISUAL]));
}

static AqTensor *look_at_pictures(AqNn *nn, const AqHcrn *net, const AqBatch *batch)
{
    const int C = batch->n_clips, T = batch->n_seconds, d = net->config->dim;
    const int second = net->shape.sizes.n[AQ_VISUAL] > 1;
    AqTensor *motion = rows_of_picture(nn, net, batch, second, 0), *part[3];

    part[0] = aq_dense(nn, rows_of_picture(nn, net, batch, 0, net->clips.cells > 1),
                       &net->frame, AQ_ACT_NONE);
    part[0] = aq_reshape(nn, part[0], AQ_DIMS(C, T, net->clips.cells * d));
    part[1] = aq_dense(nn, motion, &net->motion, AQ_ACT_NONE);
    part[2] = aq_lstm_gates(nn, motion, &net->sequence);
    return aq_concat(nn, part, 3, 2);
}

/* Each second's sound, (C,T,d): the sum of W_k x + b_k over its features. */
static AqTensor *look_at_sound(AqNn *nn, const AqHcrn *net, const AqBatch *batch)
{
    AqTensor *sum = NULL;

    for (int k = 0; k < net->shape.sizes.n[AQ_AUDIO]; k++) {
        AqTensor *x = aq_average_cells(nn, batch, &net->shape.sizes, AQ_AUDIO, k);

        x = aq_dense(nn, x, &net->sound[k], AQ_ACT_NONE);
        sum = k ? aq_add(nn, sum, x) : x;
    }
    return sum;
}

AqTensor *aq_hcrn_look(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                       AqModality m, AqTensor *q, AqAnswerOutput *out)
{
    (void)q;
    (void)out;
    if (!aq_batch_looked_at(net, batch, m))
        return NULL;
    return m == AQ_AUDIO ? look_at_sound(nn, aq_hcrn_of(net), batch)
                         : look_at_pictures(nn, aq_hcrn_of(net), batch);
}

/* ---- weigh: clips of the rows that are there ---- */

/* Where the clips of video c begin: the rows (n of T) that are there, in order. */
static int present_rows(const AqBatch *batch, int c, int *rows)
{
    const unsigned char *on =
        batch->on[AQ_VISUAL] + (size_t)c * (size_t)batch->n_seconds;
    int n = 0;

    for (int t = 0; t < batch->n_seconds; t++)
        if (on[t])
            rows[n++] = t;
    return n;
}

/* Which of n rows is entry j of clip k: clips of one row are spread evenly; clips of
 * more are around the inner ones of K + 2 evenly spread places, the row at an edge
 * repeated beyond it (section 8). j < 0: the middle. */
static int row_of_clip(const AqHcrn *net, int n, int k, int j)
{
    const int K = net->config->clips, R = net->clips.rows;

    if (R == 1)
        return (2 * k + 1) * n / (2 * K);
    const int at = (k + 1) * n / (K + 1) + (j < 0 ? 0 : j - R / 2);
    return at < 0 ? 0 : at >= n ? n - 1 : at;
}

/* Indices into rows (C*T*cells): of frame f of clip k of video c at (k,f,c), or if F is
 * 0 of the middle row at (k,c); -1 without pictures. */
static int *index_clips(AqNn *nn, const AqHcrn *net, const AqBatch *batch, int F)
{
    const int K = net->config->clips, C = batch->n_clips, T = batch->n_seconds;
    const int each = F ? F : 1, S = F ? net->clips.cells : 1;
    int *index = aq_indices(nn, (size_t)K * (size_t)each * (size_t)C);
    int *rows = aq_indices(nn, (size_t)T);

    for (int c = 0; index && rows && c < C; c++) {
        const int n = present_rows(batch, c, rows);

        for (int i = 0; i < K * each; i++) {
            const int k = i / each, f = i % each;
            const int t = n ? rows[row_of_clip(net, n, k, F ? f / S : -1)] : 0;

            index[i * C + c] = n ? (c * T + t) * S + f % S : -1;
        }
    }
    return rows ? index : NULL;
}

/* Columns first .. first+w-1 of x (C,T,..) in rows of d. */
static AqTensor *columns_in_rows(AqNn *nn, AqTensor *x, int first, int w, int d)
{
    if (!x)
        return NULL;
    const int n = x->dims[0] * x->dims[1] * (w / d);

    return aq_reshape(nn, aq_slice(nn, x, 2, first, w), AQ_DIMS(n, d));
}

/* x's columns of frames, of motion or of gates, of the clips: (K,F,C,d), (K,C,d) and
 * (K*C,4d). */
static AqTensor *frames_of_clips(AqNn *nn, const AqHcrn *net, const AqBatch *batch,
                                 AqTensor *x)
{
    const int K = net->config->clips, C = batch->n_clips, d = net->config->dim;
    const int F = aq_hcrn_frames(&net->clips);
    const int *index = index_clips(nn, net, batch, F);

    x = index ? columns_in_rows(nn, x, 0, net->clips.cells * d, d) : NULL;
    return aq_reshape(nn, aq_gather_rows(nn, x, index, K * F * C), AQ_DIMS(K, F, C, d));
}

static AqTensor *middle_of_clips(AqNn *nn, const AqHcrn *net, const AqBatch *batch,
                                 AqTensor *x, int first, int w)
{
    const int n = net->config->clips * batch->n_clips;
    const int *index = index_clips(nn, net, batch, 0);

    x = index ? columns_in_rows(nn, x, first, w, w) : NULL;
    return aq_gather_rows(nn, x, index, n);
}

/* ---- weigh: what is in a clip ---- */

/* (K,F,C,d) of clips -> (K,F,B*N,d), the clip of each question's ask. */
static AqTensor *clips_of_questions(AqNn *nn, const AqBatch *batch, AqTensor *x,
                                    const int *clip_of, int n)
{
    if (!x)
        return NULL;
    const int K = x->dims[0], F = x->dims[1], d = x->dims[3];

    x = aq_permute(nn, x, (const int[]){2, 0, 1, 3});
    x = aq_pick(nn, x, clip_of, n);
    x = aq_repeat_each(nn, x, batch->n_slots);
    x = aq_permute(nn, x, (const int[]){1, 2, 0, 3});
    return aq_reshape(nn, x, AQ_DIMS(K, F, n * batch->n_slots, d));
}

/* Frames (K,F,C,d) and motion (K,C,d) after the transformer, of each ask: F+1 entries a
 * clip, the last its motion. */
static void ask_about_clips(AqNn *nn, const AqHcrn *net, const AqBatch *batch,
                            AqTensor **frames, AqTensor **motion, AqTensor *q)
{
    const int K = net->config->clips, C = batch->n_clips, B = batch->n_asks,
              d = net->config->dim, F = aq_hcrn_frames(&net->clips);
    AqTensor *both[2] = {*frames, aq_reshape(nn, *motion, AQ_DIMS(K, 1, C, d))};
    AqTensor *x = aq_permute(nn, aq_concat(nn, both, 2, 1), (const int[]){2, 0, 1, 3});

    x = aq_pick(nn, x, batch->clip_of, B);
    x = aq_hcrn_ask(nn, net, batch, aq_reshape(nn, x, AQ_DIMS(B * K, F + 1, d)), K, q);
    x = aq_permute(nn, aq_reshape(nn, x, AQ_DIMS(B, K, F + 1, d)),
                   (const int[]){1, 2, 0, 3});
    *frames = aq_slice(nn, x, 1, 0, F);
    *motion = aq_reshape(nn, aq_slice(nn, x, 1, F, 1), AQ_DIMS(K, B, d));
}

/* The clips' objects for each question, (K,M,B*N,d). */
static AqTensor *relate_frames(AqNn *nn, const AqHcrn *net, const AqBatch *batch,
                               AqTensor *x, AqTensor *q)
{
    const int K = net->config->clips, d = net->config->dim;
    const int asked = net->config->qgt == AQ_HCRN_QGT_FRAMES, n = batch->n_asks;
    AqTensor *motion = middle_of_clips(nn, net, batch, x, net->clips.cells * d, d);
    AqTensor *frames = frames_of_clips(nn, net, batch, x);

    motion = aq_reshape(nn, motion, AQ_DIMS(K, batch->n_clips, d));
    if (asked)
        ask_about_clips(nn, net, batch, &frames, &motion, q);
    x = aq_hcrn_relate(nn, net, AQ_HCRN_CLIP_MOTION, &net->clip_motion, frames, motion);
    x = clips_of_questions(nn, batch, x, asked ? NULL : batch->clip_of, n);
    AqTensor *by = aq_repeat(nn, aq_dense(nn, q, &net->condition, AQ_ACT_NONE), K);
    return aq_hcrn_relate(nn, net, AQ_HCRN_CLIP_QUESTION, &net->clip_question, x, by);
}

/* The LSTM's last state over the clips' motion, projected, for each question: (B*N,d).
 */
static AqTensor *follow_motion(AqNn *nn, const AqHcrn *net, const AqBatch *batch,
                               AqTensor *x)
{
    const int K = net->config->clips, C = batch->n_clips, d = net->config->dim;
    AqTensor *gates =
        middle_of_clips(nn, net, batch, x, (net->clips.cells + 1) * d, 4 * d);
    AqTensor *h = aq_lstm_states(nn, gates, &net->sequence, NULL, C, K, 0);

    h = aq_reshape(nn, aq_slice(nn, h, 0, K - 1, 1), AQ_DIMS(C, d));
    h = aq_dense(nn, h, &net->video_motion, AQ_ACT_NONE);
    h = aq_pick(nn, h, batch->clip_of, batch->n_asks);
    return aq_repeat_each(nn, h, batch->n_slots);
}

/* The sound's mean for each question, (B*N,d). */
static AqTensor *average_sound(AqNn *nn, const AqBatch *batch, AqTensor *x)
{
    x = aq_average_seconds(nn, x, aq_seconds_on(nn, batch, AQ_AUDIO, 0, 1, 1));
    x = aq_pick(nn, x, batch->clip_of, batch->n_asks);
    return aq_repeat_each(nn, x, batch->n_slots);
}

/* Of pictures [motion (d) ; the clips' objects (K*M*d)]. */
AqTensor *aq_hcrn_weigh(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                        AqModality m, AqTensor *x, AqTensor *q, AqAnswerOutput *out)
{
    const AqHcrn *p = aq_hcrn_of(net);
    const int rows = batch->n_asks * batch->n_slots, w = net->reads.weigh_width[m];

    (void)out;
    if (!aq_batch_looked_at(net, batch, m))
        return aq_nn_zeros(nn, AQ_DIMS(rows, w));
    if (m == AQ_AUDIO)
        return average_sound(nn, batch, x);
    AqTensor *part[2] = {follow_motion(nn, p, batch, x)};
    AqTensor *y = relate_frames(nn, p, batch, x, aq_hcrn_vector(nn, p, q, 0));

    y = aq_permute(nn, y, (const int[]){2, 0, 1, 3}); /* of (K,M,B*N,d) */
    part[1] = aq_reshape(nn, y, AQ_DIMS(rows, w - p->config->dim));
    return aq_concat(nn, part, 2, 1);
}
