/* SPDX-License-Identifier: MIT */
/* See the header; model_file.c reads and writes the file. */
#include "model/trained/model_priv.h"

#include "base/alloc.h"
#include "model/answer/head.h"
#include "model/data/answers.h"
#include "model/trained/model_tower.h"
#include "model/trained/names.h"

#include <string.h>

#define MOST_FEATURE 65536
#define MOST_CELLS   4096

void aq_model_free(AqModel **m)
{
    if (!*m)
        return;
    aq_answer_net_free(&(*m)->net);
    aq_strings_clear(&(*m)->words);
    aq_strings_clear(&(*m)->answers);
    aq_free((*m)->names);
    aq_floor_free(&(*m)->floor);
    for (int k = 0; k < AQ_N_MODALITIES; k++) {
        aq_free((*m)->mean[k]);
        aq_free((*m)->inv_std[k]);
    }
    aq_limits_clear(&(*m)->limits);
    aq_free((*m)->extractors);
    aq_free((*m)->training);
    aq_free((*m)->about);
    aq_model_clear_tower(*m);
    aq_free(*m);
    *m = NULL;
}

int aq_model_feature_dim(const AqModel *m, int k)
{
    return aq_feature_total(&m->shape.sizes, (AqModality)k).channels;
}

AqErr aq_model_new_statistics(AqModel *m)
{
    for (int k = 0; k < AQ_N_MODALITIES; k++) {
        const int n = aq_model_feature_dim(m, k);

        m->mean[k] = aq_alloc((size_t)n, sizeof *m->mean[k]);
        m->inv_std[k] = aq_alloc((size_t)n, sizeof *m->inv_std[k]);
        if (!m->mean[k] || !m->inv_std[k])
            return AQ_ERR_NOMEM;
        for (int j = 0; j < n; j++)
            m->inv_std[k][j] = 1;
    }
    return AQ_OK;
}

AqErr aq_model_new_names(AqModel *m)
{
    const size_t n = (size_t)m->shape.n_answers;

    m->names = aq_alloc(n, sizeof *m->names);
    m->shape.names = m->names;
    for (size_t k = 0; m->names && k < n; k++)
        m->names[k] = -1;
    return m->names ? AQ_OK : AQ_ERR_NOMEM;
}

/* Only a stream's single feature may be none. */
static int is_shape_possible(const AqFeatureSizes *s, AqModality m, int k)
{
    const AqFeatureShape *x = &s->of[m][k];
    const int most = m == AQ_AUDIO ? 1 : MOST_CELLS;

    return x->dim >= (s->n[m] > 1) && x->dim <= MOST_FEATURE && x->h >= 1 &&
           x->w >= 1 && x->h <= most && x->w <= most / x->h;
}

AqErr aq_model_check_sizes(const AqFeatureSizes *s, AqErr code)
{
    char text[AQ_FEATURE_TEXT];

    for (int m = 0; m < AQ_N_MODALITIES; m++)
        for (int k = 0; k < s->n[m]; k++)
            if (!is_shape_possible(s, (AqModality)m, k))
                return aq_fail(code,
                               "%s features of %s values a second are out of bounds",
                               aq_modality_name((AqModality)m),
                               aq_feature_text(s, (AqModality)m, text));
    return AQ_OK;
}

/* The words of the questions, and of what there is to choose from. */
static AqErr fit_words(AqModel *m, const AqDataset *train, int min_count)
{
    const int chooses = train->task == AQ_TASK_CHOICE;
    size_t n = train->n_questions, to = 0;

    for (size_t k = 0; chooses && k < train->n_questions; k++)
        n += train->questions[k].n_choices;
    const char **texts = aq_alloc(n, sizeof *texts);
    if (!texts)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < train->n_questions; k++) {
        const AqQuestion *q = &train->questions[k];

        texts[to++] = q->text;
        for (size_t j = 0; chooses && j < q->n_choices; j++)
            texts[to++] = q->choices[j];
    }
    const AqErr err = aq_vocab_build(&m->words, texts, n, min_count);
    aq_free(texts);
    return err;
}

/* The answers to open questions. */
static AqErr fit_answers(AqModel *m, const AqDataset *train)
{
    const size_t n = train->n_questions;
    const char **texts = aq_alloc(n, sizeof *texts);

    if (!texts)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < n; k++)
        texts[k] = train->questions[k].answer;
    const AqErr err = aq_strings_collect(&m->answers, texts, n, 1);
    aq_free(texts);
    return err;
}

/* The mean of the counts; -1: there are none. */
static float centre_of_counts(const AqDataset *train)
{
    double sum = 0, n = 0;

    for (size_t k = 0; k < train->n_questions; k++) {
        const int number = aq_count_of(train->questions[k].answer);

        sum += number > 0 ? number : 0;
        n += number > 0;
    }
    return n > 0 ? (float)(sum / n) : -1;
}

AqErr aq_model_takes(const AqModel *m, const AqQuestion *q)
{
    if (m->shape.task != AQ_TASK_CHOICE ||
        (q->n_choices >= 1 && q->n_choices <= AQ_MOST_CHOICES))
        return AQ_OK;
    return aq_fail(AQ_ERR_USAGE,
                   "the model chooses, and \"%s\" comes with %zu choices: give it 1 to "
                   "%d",
                   q->text, q->n_choices, AQ_MOST_CHOICES);
}

/* Takes the form of the training's answers; each question has to be of it. */
static AqErr take_task(AqModel *m, const AqDataset *train)
{
    AqErr err = AQ_OK;

    m->shape.task = train->task;
    for (size_t k = 0; err == AQ_OK && k < train->n_questions; k++)
        err = aq_model_takes(m, &train->questions[k]);
    if (err != AQ_OK || train->task != AQ_TASK_COUNT)
        return err;
    m->shape.centre = centre_of_counts(train);
    return m->shape.centre >= 0
               ? AQ_OK
               : aq_fail(AQ_ERR_USAGE, "the model is to count, and no answer of the "
                                       "training is a whole number");
}

/* Words, answers and floor of the training questions. */
static AqErr fit_texts(AqModel *m, const AqDataset *train, int min_count)
{
    AqErr err = fit_words(m, train, min_count);

    if (err == AQ_OK && train->task == AQ_TASK_OPEN)
        err = fit_answers(m, train);
    return err == AQ_OK ? aq_floor_fit(&m->floor, train->questions, train->n_questions,
                                       train->task)
                        : err;
}

static AqErr build_model(AqModel *m, const AqAnswerNetwork *network, const void *config,
                         const AqDataset *train, const AqClipText *tower)
{
    AqErr err = take_task(m, train);

    if (err == AQ_OK)
        err = fit_texts(m, train, network->reads(config, &m->shape).min_count);
    if (err != AQ_OK)
        return err;
    m->shape.sizes = train->sizes;
    m->shape.n_words = aq_vocab_size(&m->words);
    m->shape.n_answers = aq_head_outputs(train->task, (int)m->answers.n);
    if ((err = aq_model_check_sizes(&m->shape.sizes, AQ_ERR_USAGE)) != AQ_OK ||
        (err = aq_model_new_statistics(m)) != AQ_OK ||
        (err = aq_model_new_names(m)) != AQ_OK ||
        (m->answers.n > 0 &&
         (err = aq_names_find(m->names, &m->words, &m->answers, train->questions,
                              train->n_questions)) != AQ_OK) ||
        (tower && (err = aq_model_plan_tower(m, aq_clip_text_about(tower))) != AQ_OK) ||
        (err = aq_answer_net_new(&m->net, network, config, &m->shape)) != AQ_OK ||
        (tower && (err = aq_model_set_tower(m, tower)) != AQ_OK))
        return err;
    m->extractors = aq_strdup("");
    m->training = aq_strdup("{}");
    return m->extractors && m->training ? AQ_OK : AQ_ERR_NOMEM;
}

AqErr aq_model_new(AqModel **out, const AqAnswerNetwork *network, const void *config,
                   const AqDataset *train, uint64_t seed)
{
    return aq_model_new_reading(out, network, config, train, seed, NULL);
}

AqErr aq_model_new_reading(AqModel **out, const AqAnswerNetwork *network,
                           const void *config, const AqDataset *train, uint64_t seed,
                           const AqClipText *tower)
{
    *out = NULL;
    if (train->n_questions == 0 || train->n_clips == 0)
        return aq_fail(AQ_ERR_USAGE, "there are no questions to train on");
    AqModel *m = aq_alloc(1, sizeof *m);
    if (!m)
        return AQ_ERR_NOMEM;
    AqErr err = build_model(m, network, config, train, tower);
    if (err == AQ_OK)
        err = aq_answer_net_init(m->net, seed);
    if (err != AQ_OK)
        aq_model_free(&m);
    *out = m;
    return err;
}

AqErr aq_model_fits(const AqModel *m, const AqFeatureSizes *sizes)
{
    const AqFeatureSizes *s = &m->shape.sizes;

    char text[2 * AQ_N_MODALITIES][AQ_FEATURE_TEXT];

    if (aq_feature_sizes_same(s, sizes))
        return AQ_OK;
    return aq_fail(AQ_ERR_MISMATCH,
                   "the model was trained on features of %s (audio) and %s (visual) "
                   "values, but these have %s and %s: use the extractors it was "
                   "trained with",
                   aq_feature_text(s, AQ_AUDIO, text[0]),
                   aq_feature_text(s, AQ_VISUAL, text[1]),
                   aq_feature_text(sizes, AQ_AUDIO, text[2]),
                   aq_feature_text(sizes, AQ_VISUAL, text[3]));
}

size_t aq_model_count(const AqModel *m)
{
    return aq_params_count(m->net->params);
}

int aq_model_most_answers(const AqModel *m)
{
    return m->shape.task == AQ_TASK_CHOICE ? AQ_MOST_CHOICES
                                           : aq_head_answers(&m->shape, 1);
}

int aq_model_truth(const AqModel *m, const AqQuestion *q)
{
    if (m->shape.task == AQ_TASK_OPEN)
        return aq_strings_find(&m->answers, q->answer);
    if (m->shape.task == AQ_TASK_COUNT) {
        const int number = aq_count_of(q->answer);

        return number < 0 ? -1 : number - AQ_COUNT_LEAST;
    }
    for (size_t k = 0; k < q->n_choices; k++)
        if (strcmp(q->choices[k], q->answer) == 0)
            return (int)k;
    return -1;
}

const char *const *aq_model_answers(const AqModel *m, const AqQuestion *q)
{
    return m->shape.task == AQ_TASK_OPEN     ? (const char *const *)m->answers.at
           : m->shape.task == AQ_TASK_CHOICE ? q->choices
                                             : aq_count_names;
}
