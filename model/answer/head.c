/* SPDX-License-Identifier: MIT */
#include "model/answer/head.h"

#include "model/answer/parts.h"

static AqTensor *open_loss(AqNn *nn, const AqBatch *batch, AqTensor *logits)
{
    const int n = batch->n_asks * batch->n_slots;
    int *target = aq_indices(nn, (size_t)n);

    if (!target)
        return NULL;
    for (int k = 0; k < n; k++)
        target[k] = batch->lengths[k] > 0 ? batch->answers[k] : -1;
    return aq_cross_entropy(nn, logits, target);
}

static AqTensor *choice_loss(AqNn *nn, const AqBatch *batch, AqTensor *scores)
{
    const int N = batch->n_slots, n = batch->n_asks * N;
    int *group = aq_indices(nn, (size_t)n);

    if (!group)
        return NULL;
    for (int k = 0; k < n; k++)
        group[k] = batch->lengths[k] > 0 ? k / N * N + batch->candidate_of[k] : -1;
    return aq_hinge(nn, scores, group, batch->answers);
}

static AqTensor *count_loss(AqNn *nn, const AqBatch *batch, AqTensor *x, AqReal centre)
{
    const int n = batch->n_asks * batch->n_slots;
    AqReal *target = aq_constants(nn, (size_t)n), *keep = aq_constants(nn, (size_t)n);

    if (!target || !keep)
        return NULL;
    for (int k = 0; k < n; k++) {
        target[k] = (AqReal)batch->answers[k] - centre;
        keep[k] = batch->lengths[k] > 0 && batch->answers[k] >= 0;
    }
    return aq_squared_error(nn, x, target, keep);
}

AqTensor *aq_head_loss(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                       AqTensor *outputs)
{
    switch (net->shape.task) {
    case AQ_TASK_CHOICE:
        return choice_loss(nn, batch, outputs);
    case AQ_TASK_COUNT:
        return count_loss(nn, batch, outputs, (AqReal)net->shape.centre);
    case AQ_TASK_OPEN:
        break;
    }
    return open_loss(nn, batch, outputs);
}

void aq_head_loss_alone(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                        const AqAnswerOutput *y, const AqReal *weights,
                        AqAnswerLosses *out)
{
    (void)weights;
    out->total = out->part[0] = aq_head_loss(nn, net, batch, y->logits);
}

int aq_head_rows(const AqBatch *batch, int row)
{
    const int N = batch->n_slots, end = (row / N + 1) * N;
    const int *of = batch->candidate_of;
    int to = row + 1;

    if (batch->lengths[row] == 0)
        return 0;
    while (of && to < end && batch->lengths[to] > 0 && of[to] == of[row])
        to++;
    return to - row;
}

int aq_head_answers(const AqAnswerShape *shape, int n_rows)
{
    return shape->task == AQ_TASK_OPEN     ? shape->n_answers
           : shape->task == AQ_TASK_CHOICE ? n_rows
                                           : AQ_N_COUNTS;
}

/* -((x - n)^2 - (x - r)^2) / 2 of each number n, where r is the nearest: 0 for that
 * one, however far off x is. */
static void count_logits(double x, float *logits)
{
    const double within = x < AQ_COUNT_LEAST  ? AQ_COUNT_LEAST
                          : x > AQ_COUNT_MOST ? AQ_COUNT_MOST
                                              : x;
    const int r = (int)(within + 0.5);

    for (int k = 0; k < AQ_N_COUNTS; k++) {
        const int n = AQ_COUNT_LEAST + k;

        logits[k] = (float)(-0.5 * (r - n) * (2 * x - n - r));
    }
}

void aq_head_logits(const AqAnswerShape *shape, const AqReal *outputs, int n_rows,
                    float *logits)
{
    const int n = aq_head_answers(shape, n_rows);

    if (shape->task == AQ_TASK_COUNT)
        count_logits((double)outputs[0] + (double)shape->centre, logits);
    for (int k = 0; shape->task != AQ_TASK_COUNT && k < n; k++)
        logits[k] = (float)outputs[k];
}

int aq_head_truth(const AqAnswerShape *shape, const AqBatch *batch, int row)
{
    const int n = aq_head_rows(batch, row), answer = batch->answers[row];

    if (shape->task == AQ_TASK_COUNT)
        return answer < 0 ? -1 : answer - AQ_COUNT_LEAST;
    for (int k = 0; shape->task == AQ_TASK_CHOICE && k < n; k++)
        if (batch->answers[row + k] == 1)
            return k;
    return shape->task == AQ_TASK_CHOICE ? -1 : answer;
}
