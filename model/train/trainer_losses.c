/* SPDX-License-Identifier: MIT */
/* The losses of a batch, by the network's parts: computing, checking, summing. */
#include "model/train/trainer_priv.h"

#include "model/answer/head.h"

#include <math.h>

static double loss_value(const AqTensor *x)
{
    return x ? (double)x->data[0] : 0;
}

/* Reports a loss that is not finite, naming a parameter that is not if there is one. */
static AqErr fail_not_finite(const AqTrainer *t, const char *symbol)
{
    for (size_t j = 0; j < aq_params_n(t->params); j++) {
        const AqTensor *p = aq_params_tensor(t->params, j);

        for (size_t i = 0; i < aq_tensor_count(p); i++)
            if (!isfinite(p->data[i]))
                return aq_fail(AQ_ERR_NUMERIC,
                               "%s is not finite, as the parameter %s is not: lower "
                               "the learning rate",
                               symbol, aq_params_name(t->params, j));
    }
    return aq_fail(AQ_ERR_NUMERIC, "%s is not finite: lower the learning rate", symbol);
}

static AqErr check_losses(const AqTrainer *t, const AqAnswerLosses *l)
{
    const AqAnswerNetwork *n = t->model->net->network;

    for (int k = 0; k < n->n_losses; k++)
        if (!isfinite(loss_value(l->part[k])))
            return fail_not_finite(t, n->losses[k].symbol);
    return isfinite(loss_value(l->total)) ? AQ_OK : fail_not_finite(t, "L");
}

/* -log softmax(z)[right] of n logits. */
static double answer_cost(const float *z, int n, int right)
{
    const double most = (double)z[aq_likeliest(z, n)];
    double sum = 0;

    for (int k = 0; k < n; k++)
        sum += exp((double)z[k] - most);
    return most + log(sum) - (double)z[right];
}

/* Counts the question whose rows begin at `row`; returns how many these are, at least
 * one. */
static int count_asked(AqTrainer *t, const AqTensor *outputs, int row)
{
    const AqBatch *b = &t->maker.batch;
    const AqAnswerShape *shape = &t->model->shape;
    const int rows = aq_head_rows(b, row), n = aq_head_answers(shape, rows);
    const int ask = row / b->n_slots, right = rows ? aq_head_truth(shape, b, row) : -1;

    if (rows == 0)
        return 1;
    aq_head_logits(shape, outputs->data + (size_t)row * (size_t)outputs->dims[1], rows,
                   t->logits);
    t->n_asked++;
    t->n_right += aq_likeliest(t->logits, n) == right;
    if (t->cost && right >= 0) {
        const int of = b->candidate_of ? b->candidate_of[row] : row % b->n_slots;

        t->cost[ask * t->how->questions + of] = answer_cost(t->logits, n, right);
    }
    return rows;
}

static void count_losses(AqTrainer *t, const AqAnswerLosses *l, const AqTensor *outputs)
{
    const AqBatch *b = &t->maker.batch;

    t->sums.total += loss_value(l->total);
    for (int k = 0; k < t->model->net->network->n_losses; k++)
        t->sums.part[k] += loss_value(l->part[k]);
    for (int row = 0; row < b->n_asks * b->n_slots;)
        row += count_asked(t, outputs, row);
}

AqErr aq_trainer_learn_losses(AqTrainer *t, AqNn *nn, const AqAnswerOutput *y)
{
    AqReal weights[AQ_MOST_LOSS_WEIGHTS];
    AqAnswerLosses l;

    for (int k = 0; k < AQ_MOST_LOSS_WEIGHTS; k++)
        weights[k] = (AqReal)t->how->loss_weight[k];
    aq_answer_loss(nn, t->model->net, &t->maker.batch, y, weights, &l);
    AqErr err = aq_nn_error(nn);
    if (err == AQ_OK)
        err = check_losses(t, &l);
    if (err == AQ_OK)
        err = aq_nn_backward(nn, l.total);
    if (err == AQ_OK)
        count_losses(t, &l, y->logits);
    return err;
}
