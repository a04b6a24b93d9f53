/* SPDX-License-Identifier: MIT */
/* The losses of a batch, by the network's parts: computing, checking, summing. */
#include "model/train/trainer_priv.h"

#include "model/data/answers.h"

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
static double answer_cost(const AqReal *z, int n, int right)
{
    const double most = (double)z[aq_likeliest(z, n)];
    double sum = 0;

    for (int k = 0; k < n; k++)
        sum += exp((double)z[k] - most);
    return most + log(sum) - (double)z[right];
}

static void count_losses(AqTrainer *t, const AqAnswerLosses *l, const AqTensor *logits)
{
    const AqBatch *b = &t->maker.batch;
    const int n = logits->dims[1];

    t->sums.total += loss_value(l->total);
    for (int k = 0; k < t->model->net->network->n_losses; k++)
        t->sums.part[k] += loss_value(l->part[k]);
    for (int r = 0; r < b->n_asks * b->n_slots; r++) {
        const AqReal *z = logits->data + (size_t)r * (size_t)n;

        if (b->lengths[r] == 0)
            continue;
        t->n_asked++;
        t->n_right += aq_likeliest(z, n) == b->answers[r];
        if (t->cost && b->answers[r] >= 0)
            t->cost[r / b->n_slots * t->how->questions + r % b->n_slots] =
                answer_cost(z, n, b->answers[r]);
    }
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
