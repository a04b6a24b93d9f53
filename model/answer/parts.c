/* SPDX-License-Identifier: MIT */
/* See the header. */
#include "model/answer/parts.h"

#include <stdio.h>

const float *aq_batch_feature(const AqBatch *batch, const AqFeatureSizes *sizes,
                              AqModality m, int k, const float *all)
{
    const size_t seconds = (size_t)batch->n_clips * (size_t)batch->n_seconds;

    return all ? all + seconds * (size_t)aq_feature_place(sizes, m, k).values : NULL;
}

char *aq_feature_name(const char *name, int k, char full[AQ_FEATURE_NAME])
{
    if (k == 0)
        (void)snprintf(full, AQ_FEATURE_NAME, "%s", name);
    else
        (void)snprintf(full, AQ_FEATURE_NAME, "%s%d", name, k + 1);
    return full;
}

int aq_batch_has(const AqBatch *batch, AqModality m, int b)
{
    const int clip = aq_batch_clip(batch, b);

    if (!batch->features[m])
        return 0;
    for (int t = 0; t < batch->n_seconds; t++)
        if (batch->on[m][clip * batch->n_seconds + t])
            return 1;
    return 0;
}

int aq_batch_looked_at(const AqAnswerNet *net, const AqBatch *batch, AqModality m)
{
    return net->reads.streams[m] && batch->features[m];
}

const AqReal *aq_seconds_on(AqNn *nn, const AqBatch *batch, AqModality m, int per_ask,
                            int before, int behind)
{
    const int n = per_ask ? batch->n_asks : batch->n_clips, T = batch->n_seconds;
    AqReal *mask = aq_constants(nn, (size_t)n * (size_t)(before * behind) * (size_t)T);
    AqReal *to = mask;

    for (int k = 0; mask && k < n * before; k++) {
        const int clip = per_ask ? aq_batch_clip(batch, k / before) : k / before;

        for (int t = 0; t < T * behind; t++)
            *to++ = batch->on[m][clip * T + t / behind] != 0;
    }
    return mask;
}

const AqReal *aq_rows_with(AqNn *nn, const AqBatch *batch, AqModality m)
{
    const int n = batch->n_asks * batch->n_slots;
    AqReal *mask = aq_constants(nn, (size_t)n);

    for (int k = 0; mask && k < n; k++)
        mask[k] = aq_batch_has(batch, m, k / batch->n_slots);
    return mask;
}

AqTensor *aq_average_seconds(AqNn *nn, AqTensor *x, const AqReal *on)
{
    if (!x || !on)
        return NULL;
    const int n = x->dims[0], T = x->dims[1], w = x->dims[2];
    AqTensor *by = aq_nn_zeros(nn, AQ_DIMS(n, 1, T));

    for (int k = 0; by && k < n; k++) {
        AqReal count = 0;

        for (int t = 0; t < T; t++)
            count += on[k * T + t];
        for (int t = 0; t < T; t++)
            by->data[k * T + t] = count > 0 ? on[k * T + t] / count : 0;
    }
    return aq_reshape(nn, aq_matmul(nn, by, x, 0), AQ_DIMS(n, w));
}

AqTensor *aq_average_cells(AqNn *nn, const AqBatch *batch, const AqFeatureSizes *sizes,
                           AqModality m, int k)
{
    const AqFeatureShape *s = &sizes->of[m][k];
    const int S = s->h * s->w, V = s->dim;
    AqTensor *y = aq_nn_zeros(nn, AQ_DIMS(batch->n_clips, batch->n_seconds, V));
    const float *x = aq_batch_feature(batch, sizes, m, k, batch->features[m]);

    if (!y || !x)
        return y;
    for (int r = 0; r < batch->n_clips * batch->n_seconds; r++) {
        AqReal *to = y->data + (size_t)r * (size_t)V;

        for (int cell = 0; cell < S; cell++)
            for (int j = 0; j < V; j++)
                to[j] += (AqReal)*x++ / (AqReal)S;
    }
    return y;
}

AqReal *aq_questions_on(AqNn *nn, const AqBatch *batch, int n_tokens)
{
    const int N = batch->n_slots, width = N + n_tokens;
    AqReal *mask = aq_constants(nn, (size_t)batch->n_asks * (size_t)width);

    for (int k = 0; mask && k < batch->n_asks * width; k++) {
        const int slot = k % width;

        mask[k] = slot >= N || aq_question_seen(batch, k / width * N + slot);
    }
    return mask;
}
