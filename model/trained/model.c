/* SPDX-License-Identifier: MIT */
/* See the header; model_file.c reads and writes the file. */
#include "model/trained/model_priv.h"

#include "base/alloc.h"
#include "model/trained/model_tower.h"
#include "model/trained/names.h"

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
    m->names = aq_alloc(m->answers.n, sizeof *m->names);
    m->shape.names = m->names;
    for (size_t k = 0; m->names && k < m->answers.n; k++)
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

/* Words, answers and floor of the training questions. */
static AqErr fit_texts(AqModel *m, const AqDataset *train, int min_count)
{
    const size_t n = train->n_questions;
    const char **texts = aq_alloc(n, sizeof *texts);
    AqErr err;

    if (!texts)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < n; k++)
        texts[k] = train->questions[k].text;
    err = aq_vocab_build(&m->words, texts, n, min_count);
    for (size_t k = 0; k < n; k++)
        texts[k] = train->questions[k].answer;
    if (err == AQ_OK)
        err = aq_strings_collect(&m->answers, texts, n, 1);
    if (err == AQ_OK)
        err = aq_floor_fit(&m->floor, train->questions, n);
    aq_free(texts);
    return err;
}

static AqErr build_model(AqModel *m, const AqAnswerNetwork *network, const void *config,
                         const AqDataset *train, const AqClipText *tower)
{
    AqErr err = fit_texts(m, train, network->reads(config, &m->shape).min_count);

    if (err != AQ_OK)
        return err;
    m->shape = (AqAnswerShape){.sizes = train->sizes,
                               .n_words = aq_vocab_size(&m->words),
                               .n_answers = (int)m->answers.n};
    if ((err = aq_model_check_sizes(&m->shape.sizes, AQ_ERR_USAGE)) != AQ_OK ||
        (err = aq_model_new_statistics(m)) != AQ_OK ||
        (err = aq_model_new_names(m)) != AQ_OK ||
        (err = aq_names_find(m->names, &m->words, &m->answers, train->questions,
                             train->n_questions)) != AQ_OK ||
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
