/* SPDX-License-Identifier: MIT */
/*
 * One AqNn, one batch maker, results in buffers that grow. An evaluation asks a clip's
 * questions in one batch, each as a separate ask, so that what does not depend on the
 * question is computed once per clip.
 */
#include "model/trained/predictor.h"

#include "base/alloc.h"
#include "model/answer/head.h"
#include "model/question/words.h"
#include "model/trained/batch.h"
#include "model/trained/model_tower.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_AT_ONCE 8192 /* cells used by the asks of one pass */
#define MOST_AT_ONCE 32

struct AqPredictor {
    const AqModel *model;
    AqWordForms *forms;
    AqNn *nn;
    AqBatchMaker maker;
    const char *const *choices; /* (n_choices) of what is asked next */
    size_t n_choices;
    int *ids, *order;
    float *probability, *logits, *raw; /* (most answers) */
    double *kinds;                     /* (kinds) probabilities for the question */
    float *seconds[AQ_N_MODALITIES], *grid;
    AqConceptSource concepts; /* of the model's features */
    AqEvidence evidence;      /* of the clip that is asked about, where there are any */
};

AqErr aq_predictor_new(AqPredictor **out, const AqModel *model, AqExecutor *exec)
{
    const AqAnswerReads *c = &model->net->reads;
    const size_t n_answers = (size_t)aq_model_most_answers(model),
                 T = (size_t)c->max_seconds;
    const size_t S = (size_t)aq_feature_total(&model->shape.sizes, AQ_VISUAL).cells;

    *out = NULL;
    AqPredictor *p = aq_alloc(1, sizeof *p);
    if (!p)
        return AQ_ERR_NOMEM;
    p->model = model;
    AqErr err = aq_nn_new(&p->nn, exec);
    if (err == AQ_OK)
        err = aq_word_forms_new(&p->forms, &model->words);
    if (err == AQ_OK)
        err = aq_concept_source_read(&p->concepts, model->extractors,
                                     &model->shape.sizes);
    p->ids = aq_alloc((size_t)c->max_words, sizeof *p->ids);
    p->order = aq_alloc(n_answers, sizeof *p->order);
    p->probability = aq_alloc(n_answers, sizeof *p->probability);
    p->logits = aq_alloc(n_answers, sizeof *p->logits);
    p->raw = aq_alloc(n_answers, sizeof *p->raw);
    p->kinds = aq_alloc(AQ_KINDS_MOST, sizeof *p->kinds);
    p->grid = aq_alloc(T * S, sizeof *p->grid);
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        if (!(p->seconds[m] = aq_alloc(T, sizeof(float))))
            err = AQ_ERR_NOMEM;
    if (!p->ids || !p->order || !p->probability || !p->logits || !p->raw || !p->kinds ||
        !p->grid)
        err = AQ_ERR_NOMEM;
    if (err != AQ_OK)
        aq_predictor_free(&p);
    *out = p;
    return err;
}

void aq_predictor_free(AqPredictor **p)
{
    if (!*p)
        return;
    aq_nn_free(&(*p)->nn);
    aq_word_forms_free(&(*p)->forms);
    aq_batch_clear(&(*p)->maker);
    aq_concept_source_clear(&(*p)->concepts);
    aq_free((*p)->ids);
    aq_free((*p)->order);
    aq_free((*p)->probability);
    aq_free((*p)->logits);
    aq_free((*p)->raw);
    aq_free((*p)->kinds);
    aq_free((*p)->grid);
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        aq_free((*p)->seconds[m]);
    aq_free(*p);
    *p = NULL;
}

const AqWordForms *aq_predictor_words(const AqPredictor *p)
{
    return p->forms;
}

const AqConceptSource *aq_predictor_concepts(const AqPredictor *p)
{
    return &p->concepts;
}

/* Runs the prepared batch. */
static AqErr run_ready_batch(AqPredictor *p, AqAnswerOutput *y)
{
    aq_batch_end(&p->maker);
    aq_nn_begin(p->nn, AQ_NN_INFER);
    aq_answer_forward(p->nn, p->model->net, &p->maker.batch, y);
    const AqErr err = aq_nn_error(p->nn);
    if (err != AQ_OK || y->logits)
        return err;
    return aq_fail(AQ_ERR_NOMEM, "no memory to answer a question");
}

static AqErr check_outputs(const AqReal *outputs, int n)
{
    for (int k = 0; k < n; k++)
        if (!isfinite(outputs[k]))
            return aq_fail(AQ_ERR_NUMERIC, "the model's answer is not a number: its "
                                           "weights do not fit these features");
    return AQ_OK;
}

/* softmax of K logits over a temperature; those of -INFINITY get 0. */
static void to_probabilities(const float *logits, int n, double temperature, float *out)
{
    double most = (double)-INFINITY, sum = 0;

    for (int k = 0; k < n; k++)
        most = fmax(most, (double)logits[k]);
    for (int k = 0; k < n; k++)
        sum += exp(((double)logits[k] - most) / temperature);
    for (int k = 0; k < n; k++)
        out[k] = (float)(exp(((double)logits[k] - most) / temperature) / sum);
}

static AqStreams streams_of(const AqModel *m, const AqClipFeatures *f)
{
    const int sound = aq_batch_streams(m, f, AQ_AUDIO),
              picture = aq_batch_streams(m, f, AQ_VISUAL);

    return sound == picture ? AQ_STREAMS_BOTH
           : sound          ? AQ_STREAMS_SOUND
                            : AQ_STREAMS_PICTURE;
}

/* Finds the kind asked for, and excludes answers of other kinds. */
static AqErr find_asked_kind(AqPredictor *p, const char *question, AqJudged *j)
{
    const AqKinds *k = p->model->limits.kinds;

    j->kind = -1;
    if (!k || (p->model->question && aq_wording(p->forms, question).n_content == 0))
        return AQ_OK; /* kinds are told by words of the training */
    const AqErr err = aq_kinds_of(k, p->forms, question, p->kinds);
    if (err != AQ_OK)
        return err;
    j->kind = aq_kinds_best(k, p->kinds);
    j->kind_probability = p->kinds[j->kind];
    for (size_t a = 0; a < k->n_answers; a++)
        if (!aq_kinds_allow(k, p->kinds, k->of_answer[a]))
            p->logits[a] = -INFINITY;
    return AQ_OK;
}

static void look_up_accuracy(const AqTemperatures *t, AqJudged *j)
{
    const AqTemperature *whole = aq_temperature(t, AQ_STREAMS_BOTH, j->kind),
                        *these = aq_temperature(t, j->streams, j->kind);

    j->accuracy[0] = whole->n ? whole->accuracy : -1;
    j->accuracy[1] = these->n ? these->accuracy : -1;
}

static AqErr weigh_clip(AqPredictor *p, const AqClipFeatures *clip)
{
    return aq_concept_source_any(&p->concepts)
               ? aq_evidence_of_clip(&p->evidence, &p->concepts, clip)
               : AQ_OK;
}

/* Lowers what is claimed to what the clip's concepts allow. */
static void limit_answer(AqPredictor *p, const char *question, int n, AqJudged *j)
{
    if (p->model->shape.task != AQ_TASK_OPEN || !aq_concept_source_both(&p->concepts))
        return;
    aq_claim_weigh(&p->evidence, p->model->answers.at, p->probability, n);
    const int best = aq_likeliest(p->probability, n);

    j->claim = aq_claim_judge(&p->evidence, question, p->model->answers.at[best],
                              (double)p->probability[best]);
    aq_claim_lower(&j->claim, p->probability, p->logits, n, best);
}

/* Turns the outputs of a question's rows into p->raw, p->logits and p->probability. */
static AqErr judge_outputs(AqPredictor *p, const char *question, const AqReal *outputs,
                           int rows, AqJudged *j)
{
    const AqAnswerShape *shape = &p->model->shape;
    const AqTemperatures *t = p->model->limits.temperatures;
    const int n = aq_head_answers(shape, rows);
    AqErr err = check_outputs(outputs, rows * shape->n_answers);

    if (err != AQ_OK)
        return err;
    aq_head_logits(shape, outputs, rows, p->logits);
    to_probabilities(p->logits, n, 1, p->raw);
    j->accuracy[0] = j->accuracy[1] = -1;
    err = find_asked_kind(p, question, j);
    if (t)
        look_up_accuracy(t, j);
    to_probabilities(p->logits, n,
                     t ? aq_temperature(t, j->streams, j->kind)->value : 1,
                     p->probability);
    limit_answer(p, question, n, j);
    return err;
}

/* Insertion sort: K is a few dozen. Stable. */
static void rank_answers(const float *probability, int n, int *order)
{
    for (int k = 0; k < n; k++) {
        int at = k;

        while (at > 0 && probability[order[at - 1]] < probability[k]) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = k;
    }
}

/* Mean over heads of row `at` of the weights (groups,heads,rows,n) -> (groups,n). */
static void mean_of_heads(const AqTensor *w, int at, float *out, int groups, int n)
{
    const int heads = w->dims[1], rows = w->dims[2];

    for (int g = 0; g < groups; g++)
        for (int j = 0; j < n; j++) {
            AqReal sum = 0;

            for (int h = 0; h < heads; h++)
                sum += w->data[((g * heads + h) * rows + at) * n + j];
            out[g * n + j] = (float)(sum / (AqReal)heads);
        }
}

/* What the network shows of the batch's row `at`. */
static void read_attention(AqPredictor *p, const AqAnswerOutput *y, int at,
                           AqPrediction *out)
{
    const AqAnswerShows *shows = &p->model->net->network->shows;
    const int T = p->maker.batch.n_seconds,
              S = aq_feature_total(&p->model->shape.sizes, AQ_VISUAL).cells;

    out->n_seconds = T;
    for (int m = 0; shows->seconds && m < AQ_N_MODALITIES; m++) {
        AqTensor *w = y->attention[m], one;

        memset(p->seconds[m], 0, (size_t)T * sizeof(float));
        if (w) {
            one = *w;
            one.data += (size_t)at * aq_tensor_inner(w, 1);
            mean_of_heads(&one, 0, p->seconds[m], 1, T);
        }
        out->attention[m] = p->seconds[m];
    }
    if (!shows->grid)
        return;
    memset(p->grid, 0, (size_t)T * (size_t)S * sizeof(float));
    if (y->grid)
        mean_of_heads(y->grid, y->grid->dims[2] > 1 ? at : 0, p->grid, T, S);
    out->grid = p->grid;
}

/* How many rows the question takes, or why the model cannot answer it. */
static AqErr rows_of_question(const AqModel *m, const AqQuestion *q, int *n)
{
    *n = aq_model_rows(m, q);
    return aq_model_takes(m, q);
}

/* Puts a question into the batch as the ask's only one. */
static AqErr put_asked(AqPredictor *p, int ask, const AqQuestion *q)
{
    const AqModel *m = p->model;
    int n, asked, rows;
    AqErr err = rows_of_question(m, q, &rows);

    for (int k = 0; err == AQ_OK && k < rows; k++) {
        err = aq_model_encode_row(m, p->forms, q, k, p->ids, &n, &asked);
        if (err != AQ_OK)
            break;
        aq_batch_question(&p->maker, ask, k, p->ids, n, -1, 0);
        if (m->shape.task == AQ_TASK_CHOICE)
            aq_batch_candidate(&p->maker, ask, k, 0, asked);
    }
    return err;
}

void aq_predictor_offer(AqPredictor *p, const char *const *choices, size_t n)
{
    p->choices = choices;
    p->n_choices = n;
}

AqErr aq_predictor_ask(AqPredictor *p, const AqClipFeatures *clip, const char *question,
                       AqPrediction *out)
{
    const AqModel *m = p->model;
    const AqQuestion q = {
        .text = question, .choices = p->choices, .n_choices = p->n_choices};
    AqAnswerOutput y;
    int rows;

    *out = (AqPrediction){0};
    AqErr err = rows_of_question(m, &q, &rows);
    if (err == AQ_OK)
        err = aq_batch_begin(&p->maker, m, clip, 1, 1, rows);
    if (err == AQ_OK)
        err = put_asked(p, 0, &q);
    if (err == AQ_OK)
        err = run_ready_batch(p, &y);
    if (err == AQ_OK)
        err = weigh_clip(p, clip);
    if (err != AQ_OK)
        return err;
    out->n_answers = aq_head_answers(&m->shape, rows);
    out->answer = aq_model_answers(m, &q);
    out->judged.streams = streams_of(m, clip);
    if ((err = judge_outputs(p, question, y.logits->data, rows, &out->judged)) != AQ_OK)
        return err;
    rank_answers(p->probability, out->n_answers, p->order);
    out->probability = p->probability;
    out->raw = p->raw;
    out->order = p->order;
    out->evidence = aq_concept_source_any(&p->concepts) ? &p->evidence : NULL;
    read_attention(p, &y, rows > 1 ? p->order[0] : 0, out);
    return AQ_OK;
}

/* ---- the questions of a data set ---- */

typedef struct Asking {
    const AqDataset *data;
    const AqAskingPlan *plan;
} Asking;

/* Asks questions which[0..n) about one clip in one batch. */
static AqErr ask_some(AqPredictor *p, const Asking *e, const AqClipFeatures *f,
                      const size_t *which, int n)
{
    const AqModel *m = p->model;
    const AqQuestion *q = e->data->questions;
    AqAnswerOutput y;
    int slots = 1, rows;
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < n; k++) {
        err = rows_of_question(m, &q[which[k]], &rows);
        slots = rows > slots ? rows : slots;
    }
    if (err == AQ_OK)
        err = aq_batch_begin(&p->maker, m, f, 1, n, slots);
    if (err != AQ_OK)
        return err;
    aq_batch_one_clip(&p->maker);
    for (int k = 0; err == AQ_OK && k < n; k++)
        err = put_asked(p, k, &q[which[k]]);
    if (err == AQ_OK)
        err = run_ready_batch(p, &y);
    if (err == AQ_OK)
        err = weigh_clip(p, f);
    for (int k = 0; err == AQ_OK && k < n; k++) {
        const int row = k * slots;
        AqAsking a = {.question = which[k],
                      .raw = p->raw,
                      .logits = p->logits,
                      .probability = p->probability,
                      .judged = {.streams = streams_of(m, f)}};

        rows = aq_head_rows(&p->maker.batch, row);
        a.n_answers = aq_head_answers(&m->shape, rows);
        err = judge_outputs(p, q[which[k]].text,
                            y.logits->data + (size_t)row * (size_t)m->shape.n_answers,
                            rows, &a.judged);
        if (err == AQ_OK)
            err = e->plan->told(e->plan->ctx, &a);
    }
    return err;
}

static int at_once(const AqPredictor *p, const AqClipFeatures *f)
{
    const int T = f->n_seconds < p->model->net->reads.max_seconds
                      ? f->n_seconds
                      : p->model->net->reads.max_seconds;
    const int rows = T * aq_feature_total(&p->model->shape.sizes, AQ_VISUAL).cells;
    const int n = ROWS_AT_ONCE / (rows > 0 ? rows : 1);

    return n < 1 ? 1 : n > MOST_AT_ONCE ? MOST_AT_ONCE : n;
}

/* The clip without the hidden streams; borrows. */
static AqClipFeatures hide_clip_streams(const AqClipFeatures *f, const int *hidden)
{
    AqClipFeatures y = *f;

    if (hidden[AQ_AUDIO])
        y.audio = NULL;
    if (hidden[AQ_VISUAL])
        y.visual = NULL;
    return y;
}

static AqErr ask_clip(AqPredictor *p, const Asking *e, size_t clip, const size_t *which,
                      size_t n)
{
    AqClipFeatures f = {0};
    AqErr err = n ? e->data->load(e->data->ctx, clip, &f) : AQ_OK;

    if (err != AQ_OK || n == 0)
        return err;
    const AqClipFeatures seen = hide_clip_streams(&f, e->plan->hide);
    const size_t step = (size_t)at_once(p, &f);
    for (size_t k = 0; err == AQ_OK && k < n; k += step)
        err = ask_some(p, e, &seen, which + k, (int)(n - k < step ? n - k : step));
    e->data->release(e->data->ctx, clip, &f);
    return err == AQ_OK ? AQ_OK : aq_err_prefix(err, "clip %zu", clip);
}

/* Question indices grouped by clip: order[first[c] .. first[c+1]). */
static AqErr group_by_clip(const AqDataset *data, size_t every, size_t *order,
                           size_t *first)
{
    for (size_t k = 0; k < data->n_questions; k += every) {
        if (data->questions[k].clip >= data->n_clips)
            return aq_fail(AQ_ERR_USAGE, "question %zu is about clip %zu of %zu", k,
                           data->questions[k].clip, data->n_clips);
        first[data->questions[k].clip + 2]++;
    }
    for (size_t c = 2; c < data->n_clips + 2; c++)
        first[c] += first[c - 1];
    for (size_t k = 0; k < data->n_questions; k += every)
        order[first[data->questions[k].clip + 1]++] = k;
    return AQ_OK;
}

AqErr aq_predictor_each(AqPredictor *p, const AqDataset *data, const AqAskingPlan *plan)
{
    const Asking e = {.data = data, .plan = plan};
    size_t *order = aq_alloc(data->n_questions, sizeof *order);
    size_t *first = aq_alloc(data->n_clips + 2, sizeof *first);
    AqErr err = order && first ? AQ_OK : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = aq_model_fits(p->model, &data->sizes);
    if (err == AQ_OK)
        err = group_by_clip(data, plan->every ? plan->every : 1, order, first);
    for (size_t c = 0; err == AQ_OK && c < data->n_clips; c++) {
        if (plan->stop && plan->stop(plan->stop_ctx))
            err = aq_fail(AQ_ERR_CANCELLED, "the evaluation was stopped");
        else
            err = ask_clip(p, &e, c, order + first[c], first[c + 1] - first[c]);
    }
    aq_free(order);
    aq_free(first);
    return err;
}

/* ---- evaluation ---- */

typedef struct Evaluation {
    const AqPredictor *predictor;
    const AqDataset *data;
    AqMetrics *metrics;
    AqAnswer *answers;
    double loss;
    size_t n_known;
} Evaluation;

static int is_floor_right(const AqModel *m, const AqQuestion *q, int truth)
{
    return strcmp(aq_floor_guess(m->floor, q), aq_model_answers(m, q)[truth]) == 0;
}

static AqErr count_answer(void *ctx, const AqAsking *a)
{
    Evaluation *e = ctx;
    const AqModel *m = e->predictor->model;
    const AqQuestion *q = &e->data->questions[a->question];
    const int n = a->n_answers, truth = aq_model_truth(m, q),
              best = aq_likeliest(a->probability, n), raw = aq_likeliest(a->raw, n);

    if (truth >= 0) {
        e->loss += m->shape.task == AQ_TASK_COUNT
                       ? (double)(best - truth) * (best - truth)
                       : -log(fmax((double)a->probability[truth], 1e-30));
        e->n_known++;
    }
    if (e->answers)
        e->answers[a->question] =
            (AqAnswer){.given = best,
                       .truth = truth,
                       .probability = a->probability[best],
                       .raw_given = raw,
                       .raw_probability = a->raw[raw],
                       .cannot_tell = a->judged.claim.cannot != AQ_CAN_TELL};
    aq_metrics_add(e->metrics, q->modality, q->kind, best == truth,
                   truth >= 0 && is_floor_right(m, q, truth));
    return AQ_OK;
}

AqErr aq_predictor_evaluate(AqPredictor *p, const AqDataset *data, AqMetrics *out,
                            AqAnswer *answers, double *loss, int (*stop)(void *ctx),
                            void *ctx)
{
    Evaluation e = {.predictor = p, .data = data, .metrics = out, .answers = answers};
    const AqAskingPlan plan = {
        .told = count_answer, .ctx = &e, .stop = stop, .stop_ctx = ctx};

    *out = (AqMetrics){0};
    const AqErr err = aq_predictor_each(p, data, &plan);
    if (loss)
        *loss = e.n_known ? e.loss / (double)e.n_known : 0;
    return err;
}
