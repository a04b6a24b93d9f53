/* SPDX-License-Identifier: MIT */
/*
 * Views of one clip are batched in chunks and run through `weigh` and `answer`, and
 * each answer goes to a callback. A stream not affected by the hidden part is not
 * recomputed.
 */
#include "model/answer/head.h"
#include "model/explain/occlusion_priv.h"

#include <math.h>
#include <string.h>

static void lay_view(const AqViews *v, int k, int at)
{
    AqOccluder *o = v->o;
    const size_t T = (size_t)o->T;
    AqView view;

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        const size_t rows = aq_occluder_rows(o, m);

        view.on[m] = o->chunk.on[m] + (size_t)at * T;
        view.x[m] = o->chunk.x[m] + (size_t)at * rows;
        memcpy(view.on[m], o->clip.on[m], T);
        memcpy(view.x[m], o->clip.x[m], rows * sizeof(float));
    }
    v->make(v, k, &view);
}

/* The n views in the chunk, as far as `weigh` and `answer` read a batch. */
static AqBatch batch_of_views(const AqOccluder *o, int n)
{
    AqBatch b = {.n_clips = n,
                 .n_asks = n,
                 .n_slots = o->rows,
                 .n_seconds = o->T,
                 .lengths = o->lengths,
                 .candidate_of =
                     o->model->shape.task == AQ_TASK_CHOICE ? o->candidate_of : NULL};

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        b.on[m] = o->chunk.on[m];
        b.features[m] = o->has[m] ? o->chunk.x[m] : NULL;
    }
    return b;
}

/* `weigh`'s result for stream m of the views, (n*rows,d). */
static AqTensor *weigh_view_stream(AqOccluder *o, const AqBatch *b, AqModality m,
                                   AqTensor *q)
{
    AqAnswerOutput out = {.n_pools = 1};
    AqTensor *x = NULL;

    if (o->has[m])
        x = aq_nn_input(
            o->nn, AQ_DIMS(b->n_clips * o->pools[m], o->T, o->reads->look_width[m]),
            o->chunk.x[m]);
    return o->model->net->network->weigh(o->nn, o->model->net, b, m, x, q, &out);
}

static void keep_stream(AqOccluder *o, int m, const AqTensor *c)
{
    const size_t w = (size_t)o->rows * (size_t)o->reads->weigh_width[m];

    for (int k = 0; c && k < o->at_once; k++)
        aq_occluder_floats(o->c[m] + (size_t)k * w, c, w);
}

/* Outputs of the n views in the chunk, (n*rows,outputs). */
static const AqTensor *answer_views(const AqViews *v, int n, int keep)
{
    AqOccluder *o = v->o;
    const AqBatch b = batch_of_views(o, n);
    AqTensor *c[AQ_N_MODALITIES];

    aq_nn_begin(o->nn, AQ_NN_INFER);
    AqTensor *q = aq_nn_input(o->nn, AQ_DIMS(n * o->rows, o->reads->words_width), o->q);
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        c[m] = v->same[m]
                   ? aq_nn_input(o->nn, AQ_DIMS(n * o->rows, o->reads->weigh_width[m]),
                                 o->c[m])
                   : weigh_view_stream(o, &b, (AqModality)m, q);
        if (keep)
            keep_stream(o, m, c[m]);
    }
    return o->model->net->network->answer(o->nn, o->model->net, &b, c[AQ_AUDIO],
                                          c[AQ_VISUAL], q);
}

AqErr aq_views_run(const AqViews *v)
{
    AqOccluder *o = v->o;
    const AqAnswerShape *shape = &o->model->shape;
    const int K = o->rows * shape->n_answers;

    for (int done = 0; done < v->n; done += o->at_once) {
        const int n = v->n - done < o->at_once ? v->n - done : o->at_once;

        for (int k = 0; k < n; k++)
            lay_view(v, v->first + done + k, k);
        const AqTensor *y = answer_views(v, n, v->keep && done == 0);
        const AqErr err = aq_nn_error(o->nn);
        if (err != AQ_OK)
            return err;
        for (int k = 0; k < n * K; k++)
            if (!isfinite(y->data[k]))
                return aq_fail(AQ_ERR_NUMERIC,
                               "with a part of the clip hidden the model's answer is "
                               "not a number: its weights do not fit these features");
        for (int k = 0; k < n; k++) {
            aq_head_logits(shape, y->data + (size_t)k * (size_t)K, o->rows, o->logits);
            v->take(v, v->first + done + k, o->logits);
        }
    }
    return AQ_OK;
}

/* log(p / (1 - p)) of answer a; 0 if it is the only one. */
double aq_views_log_odds(const float *logits, int n, int a)
{
    double most = (double)-INFINITY, sum = 0;

    for (int k = 0; k < n; k++)
        if (k != a)
            most = fmax(most, (double)logits[k]);
    for (int k = 0; k < n; k++)
        if (k != a)
            sum += exp((double)logits[k] - most);
    return n > 1 ? (double)logits[a] - most - log(sum) : 0;
}

float aq_views_drop(const AqViews *v, const float *logits)
{
    return (float)(v->out->log_odds -
                   aq_views_log_odds(logits, v->o->n_answers, v->out->answer));
}
