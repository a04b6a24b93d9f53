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
