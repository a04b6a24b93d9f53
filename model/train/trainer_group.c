/* SPDX-License-Identifier: MIT */
/*
 * Training by several processes (model/train/group.h). Each runs the network on its
 * part of a batch. The losses' inputs (logits, c_a, c_v: small compared with the
 * features) are then gathered, and every process computes the losses over the whole
 * batch, so that means, negatives from other videos and contrasts over the batch are
 * those of a single process. Their gradient is propagated back through each process's
 * part; parameter gradients are summed. Dropout draws by position in the whole batch,
 * so it does not depend on the parts.
 */
#include "model/train/trainer_priv.h"

#include "base/alloc.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { OUTPUTS = 3 }; /* logits, c_a, c_v */

static size_t row_width(const AqTrainer *t)
{
    const size_t d = (size_t)t->model->net->reads.width;

    return (size_t)t->model->shape.n_answers + AQ_N_MODALITIES * d;
}

AqErr aq_trainer_open_group(AqTrainer *t)
{
    const size_t batch = (size_t)t->how->batch;

    if (t->model->net->reads.together)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "the network %s normalises over the whole batch, of which each "
                       "of several processes has a part: train it in one process, or "
                       "with --batch-norm off",
                       t->model->net->network->name);
    t->has = aq_alloc(AQ_N_MODALITIES * batch, sizeof *t->has);
    t->told = aq_alloc((1 + AQ_N_MODALITIES) * batch, sizeof *t->told);
    t->gathered =
        aq_alloc(batch * (size_t)t->how->questions * t->data.most_rows * row_width(t),
                 sizeof *t->gathered);
    return t->has && t->told && t->gathered ? aq_nn_new(&t->whole, t->job->exec)
                                            : AQ_ERR_NOMEM;
}

void aq_trainer_close_group(AqTrainer *t)
{
    aq_nn_free(&t->whole);
    aq_free(t->has);
    aq_free(t->told);
    aq_free(t->gathered);
    aq_free(t->val_questions);
}

/* ---- the same start ---- */

static AqErr hash_questions(AqSha256 *s, const AqTrainData *d)
{
    const size_t n = d->set ? d->set->n_questions : 0;
    AqErr err = aq_sha256_add(s, &n, sizeof n);

    if (err == AQ_OK && n > 0)
        err = aq_sha256_add(s, d->order, n * sizeof *d->order);
    if (err == AQ_OK && n > 0)
        err = aq_sha256_add(s, d->answer, n * sizeof *d->answer);
    return err;
}

static AqErr hash_units(AqSha256 *s, const AqSampling *by)
{
    return by->n > 0 ? aq_sha256_add(s, by->unit, by->n_questions * sizeof *by->unit)
                     : AQ_OK;
}

static AqErr digest_training(const AqTrainer *t, char hex[AQ_SHA256_HEX])
{
    const AqModel *m = t->model;
    AqSha256 *s = NULL;
    AqErr err = aq_sha256_new(&s);

    if (err == AQ_OK)
        err = aq_sha256_add(s, t->settings, strlen(t->settings));
    if (err == AQ_OK)
        err = hash_questions(s, &t->data);
    if (err == AQ_OK)
        err = hash_questions(s, &t->val_data);
    if (err == AQ_OK)
        err = hash_units(s, &t->sampling);
    for (int k = 0; err == AQ_OK && k < AQ_N_MODALITIES; k++) {
        const size_t n =
            (size_t)aq_feature_total(&m->shape.sizes, (AqModality)k).channels;

        err = aq_sha256_add(s, m->mean[k], n * sizeof *m->mean[k]);
    }
    if (err == AQ_OK)
        err = aq_sha256_finish(&s, hex);
    aq_sha256_free(&s);
    return err;
}

AqErr aq_trainer_match(AqTrainer *t)
{
    char hex[AQ_SHA256_HEX] = "";

    if (!t->group)
        return AQ_OK;
    const AqErr err = aq_group_agree(t->group, digest_training(t, hex));
    return err == AQ_OK
               ? aq_group_same(t->group, hex,
                               "its options, questions or features are not those of "
                               "process 1: give all of them the same")
               : err;
}

static AqErr spread_sampling(AqTrainer *t)
{
    const size_t bytes = t->sampling.n * sizeof(double);

    if (bytes == 0)
        return AQ_OK;
    const AqErr err = t->group->broadcast(t->group, 0, t->sampling.usual, bytes);
    return err == AQ_OK ? t->group->broadcast(t->group, 0, t->sampling.mean, bytes)
                        : err;
}

AqErr aq_trainer_spread(AqTrainer *t)
{
    const size_t bytes = aq_params_count(t->params) * sizeof(AqReal);

    if (!t->group)
        return AQ_OK;
    const AqErr err =
        t->group->broadcast(t->group, 0, aq_params_values(t->params), bytes);
    return err == AQ_OK ? spread_sampling(t) : err;
}

/* ---- a batch ---- */

AqErr aq_trainer_tell(AqTrainer *t, AqErr err, int n_clips)
{
    const size_t each = 1 + AQ_N_MODALITIES, batch = (size_t)t->how->batch;

    if ((err = aq_group_agree(t->group, err)) != AQ_OK)
        return err;
    memset(t->told, 0, (size_t)n_clips * each * sizeof *t->told);
    for (int k = 0; k < t->part.n; k++) {
        double *row = t->told + (size_t)(t->part.first + k) * each;

        row[0] = aq_batch_seconds(t->model, &t->clips[k]);
        for (int m = 0; m < AQ_N_MODALITIES; m++)
            row[1 + m] = aq_batch_streams(t->model, &t->clips[k], (AqModality)m);
    }
    err = t->group->reduce(t->group, AQ_GROUP_MAX_DOUBLES, t->told,
                           (size_t)n_clips * each);
    for (int c = 0; err == AQ_OK && c < n_clips; c++) {
        const double *row = t->told + (size_t)c * each;

        if (t->part.n_seconds < (int)row[0])
            t->part.n_seconds = (int)row[0];
        for (size_t m = 0; m < AQ_N_MODALITIES; m++)
            t->has[m * batch + (size_t)c] = row[1 + m] > 0.5;
    }
    for (size_t m = 0; m < AQ_N_MODALITIES; m++)
        t->part.has[m] = t->has + m * batch;
    return err;
}

AqErr aq_trainer_share_cost(AqTrainer *t)
{
    const size_t n = (size_t)t->how->batch * (size_t)t->how->questions;

    return t->group ? t->group->broadcast(t->group, 0, t->cost, n * sizeof *t->cost)
                    : AQ_OK;
}

/* ---- gradients ---- */

static void outputs_of(AqAnswerOutput *y, AqTensor **to[OUTPUTS])
{
    to[0] = &y->logits;
    to[1] = &y->c[AQ_AUDIO];
    to[2] = &y->c[AQ_VISUAL];
}

static size_t output_width_of(const AqTrainer *t, int output)
{
    return (size_t)(output == 0 ? t->model->shape.n_answers
                                : t->model->net->reads.width);
}

/* Gathers all processes' output rows in batch order: each row has one owner, and the
 * others add zero to it. They become leaves of the second AqNn. */
static AqErr gather_outputs(AqTrainer *t, AqAnswerOutput *mine, AqAnswerOutput *all)
{
    const AqBatch *b = &t->maker.batch;
    const size_t rows = (size_t)b->n_asks * (size_t)b->n_slots;
    const size_t from = (size_t)t->part.first * (size_t)b->n_slots;
    const size_t held = (size_t)t->part.n * (size_t)b->n_slots;
    AqTensor **part[OUTPUTS], **whole[OUTPUTS];
    AqReal *at[OUTPUTS + 1] = {t->gathered};

    outputs_of(mine, part);
    outputs_of(all, whole);
    memset(t->gathered, 0, rows * row_width(t) * sizeof *t->gathered);
    for (int k = 0; k < OUTPUTS; k++) {
        const size_t w = output_width_of(t, k);

        assert(held == 0 || *part[k]);
        if (held > 0)
            memcpy(at[k] + from * w, (*part[k])->data, held * w * sizeof(AqReal));
        at[k + 1] = at[k] + rows * w;
    }
    _Static_assert(sizeof(AqReal) == sizeof(float), "what is summed are floats");
    const AqErr err = t->group->reduce(t->group, AQ_GROUP_SUM_FLOATS, t->gathered,
                                       rows * row_width(t));
    if (err != AQ_OK)
        return err;
    aq_nn_begin(t->whole, AQ_NN_TRAIN);
    for (int k = 0; k < OUTPUTS; k++) {
        AqTensor *x = aq_nn_input(
            t->whole, AQ_DIMS((int)rows, (int)output_width_of(t, k)), at[k]);

        if (!x)
            return aq_nn_error(t->whole);
        x->wants_grad = 1;
        *whole[k] = x;
    }
    return AQ_OK;
}

/* Continues backward from the gradients of this part's outputs: sum(output * gradient)
 * with a constant gradient has the same derivatives. */
static AqErr go_back(AqTrainer *t, AqAnswerOutput *mine, AqAnswerOutput *all)
{
    const size_t slots = (size_t)t->maker.batch.n_slots;
    const size_t from = (size_t)t->part.first * slots;
    AqTensor **part[OUTPUTS], **whole[OUTPUTS], *sum = aq_nn_zeros(t->nn, AQ_DIMS(1));

    outputs_of(mine, part);
    outputs_of(all, whole);
    for (int k = 0; k < OUTPUTS; k++) {
        const AqTensor *g = *whole[k];

        assert(g);
        if (!g->grad) /* no loss uses it */
            continue;
        AqTensor *by = aq_nn_tensor(t->nn, (*part[k])->n_dims, (*part[k])->dims);
        if (!by)
            break;
        memcpy(by->data, g->grad + from * output_width_of(t, k),
               aq_tensor_count(by) * sizeof *by->data);
        sum = aq_add(t->nn, sum, aq_sum(t->nn, aq_mul(t->nn, *part[k], by)));
    }
    const AqErr err = aq_nn_error(t->nn);
    return err == AQ_OK ? aq_nn_backward(t->nn, sum) : err;
}

AqErr aq_trainer_gradients(AqTrainer *t, AqRng rng)
{
    const AqBatch b = aq_batch_of_part(&t->maker, &t->part);
    const int asked = t->part.n > 0;
    AqAnswerOutput mine = {0}, all = {0};

    aq_nn_begin(t->nn, AQ_NN_TRAIN);
    aq_nn_seed(t->nn, rng);
    if (asked) {
        aq_nn_part(t->nn, t->part.first, t->part.n, t->maker.batch.n_asks);
        aq_answer_forward(t->nn, t->model->net, &b, &mine);
    }
    AqErr err = aq_group_agree(t->group, aq_nn_error(t->nn));
    if (err != AQ_OK)
        return err;
    err = gather_outputs(t, &mine, &all);
    if (err == AQ_OK)
        err = aq_trainer_learn_losses(t, t->whole, &all);
    /* For parameters of the losses themselves, only the leader's gradients count. */
    if (!aq_group_leads(t->group))
        aq_params_zero_grad(t->params);
    if (err == AQ_OK && asked)
        err = go_back(t, &mine, &all);
    if ((err = aq_group_agree(t->group, err)) != AQ_OK)
        return err;
    return t->group->reduce(t->group, AQ_GROUP_SUM_FLOATS, aq_params_grads(t->params),
                            aq_params_count(t->params));
}

/* ---- validation ---- */

AqErr aq_trainer_share_val(AqTrainer *t)
{
    const AqDataset *set = t->job->val;
    size_t n = 0;

    t->val_questions = aq_alloc(set->n_questions, sizeof *t->val_questions);
    if (!t->val_questions)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < set->n_questions; k++) {
        if (set->questions[k].clip % (size_t)t->group->n != (size_t)t->group->rank)
            continue;
        t->n_val_known += t->val_data.answer[k] >= 0;
        t->val_questions[n++] = set->questions[k];
    }
    t->val.questions = t->val_questions;
    t->val.n_questions = n;
    return AQ_OK;
}

enum { COUNTS = 1 + AQ_N_TYPES + AQ_N_MODALITIES + 1, VALUES = 3 * COUNTS + 2 };

/* The counters of m in a row; returns their number. */
static AqCount *count_at(AqMetrics *m, int k)
{
    return k == 0            ? &m->overall
           : k <= AQ_N_TYPES ? &m->types[k - 1]
                             : &m->modalities[k - 1 - AQ_N_TYPES];
}

AqErr aq_trainer_add_up(AqTrainer *t, AqErr err, AqMetrics *m)
{
    double v[VALUES], *at = v;

    if ((err = aq_group_agree(t->group, err)) != AQ_OK)
        return err;
    for (int k = 0; k < COUNTS; k++) {
        const AqCount *c = count_at(m, k);

        *at++ = (double)c->n;
        *at++ = (double)c->right;
        *at++ = (double)c->floor_right;
    }
    *at++ = t->at.val_loss * t->n_val_known;
    *at = t->n_val_known;
    err = t->group->reduce(t->group, AQ_GROUP_SUM_DOUBLES, v, VALUES);
    if (err != AQ_OK)
        return err;
    for (int k = 0; k < COUNTS; k++)
        *count_at(m, k) = (AqCount){(size_t)v[(size_t)3 * k], (size_t)v[3 * k + 1],
                                    (size_t)v[3 * k + 2]};
    t->at.val_loss = v[VALUES - 1] > 0 ? v[VALUES - 2] / v[VALUES - 1] : 0;
    return AQ_OK;
}
