/* SPDX-License-Identifier: MIT */
/*
 * One safetensors file: the network's tensors by name, the feature statistics as
 * stats.*, and everything else as text in the metadata. A file is believed in nothing:
 * options are range-checked by their table, lists against the sizes, tensors against
 * the network that the options describe, and every number must be finite.
 */
#include "model/answer/model.h"

#include "base/alloc.h"
#include "model/coqo/coqo.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FEATURE 65536
#define MOST_GRID    64
#define MOST_ANSWERS 100000

void aq_model_free(AqModel **m)
{
    if (!*m)
        return;
    aq_coqo_free(&(*m)->net);
    aq_strings_clear(&(*m)->words);
    aq_strings_clear(&(*m)->answers);
    aq_floor_free(&(*m)->floor);
    for (int k = 0; k < AQ_N_MODALITIES; k++) {
        aq_free((*m)->mean[k]);
        aq_free((*m)->inv_std[k]);
    }
    aq_limits_clear(&(*m)->limits);
    aq_free((*m)->extractors);
    aq_free((*m)->training);
    aq_free(*m);
    *m = NULL;
}

static int feature_dim(const AqModel *m, int k)
{
    return k == AQ_AUDIO ? m->shape.audio_dim : m->shape.visual_dim;
}

static AqErr new_statistics(AqModel *m)
{
    for (int k = 0; k < AQ_N_MODALITIES; k++) {
        const int n = feature_dim(m, k);

        m->mean[k] = aq_alloc((size_t)n, sizeof *m->mean[k]);
        m->inv_std[k] = aq_alloc((size_t)n, sizeof *m->inv_std[k]);
        if (!m->mean[k] || !m->inv_std[k])
            return AQ_ERR_NOMEM;
        for (int j = 0; j < n; j++)
            m->inv_std[k][j] = 1;
    }
    return AQ_OK;
}

static AqErr check_shape(const AqAnswerShape *s, AqErr code)
{
    if (s->audio_dim < 0 || s->audio_dim > MOST_FEATURE || s->visual_dim < 0 ||
        s->visual_dim > MOST_FEATURE || s->grid_h < 1 || s->grid_h > MOST_GRID ||
        s->grid_w < 1 || s->grid_w > MOST_GRID)
        return aq_fail(
            code,
            "features of %d (audio) and %dx%dx%d (visual) values a second are "
            "out of bounds",
            s->audio_dim, s->grid_h, s->grid_w, s->visual_dim);
    return AQ_OK;
}

/* Words, answers and floor of the training questions. */
static AqErr fit_texts(AqModel *m, const AqDataset *train)
{
    const size_t n = train->n_questions;
    const char **texts = aq_alloc(n, sizeof *texts);
    AqErr err;

    if (!texts)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < n; k++)
        texts[k] = train->questions[k].text;
    err = aq_vocab_build(&m->words, texts, n, m->config.min_count);
    for (size_t k = 0; k < n; k++)
        texts[k] = train->questions[k].answer;
    if (err == AQ_OK)
        err = aq_strings_collect(&m->answers, texts, n, 1);
    if (err == AQ_OK)
        err = aq_floor_fit(&m->floor, train->questions, n);
    aq_free(texts);
    return err;
}

static AqErr build_model(AqModel *m, const AqDataset *train, uint64_t seed)
{
    AqErr err = fit_texts(m, train);

    if (err != AQ_OK)
        return err;
    m->shape = (AqAnswerShape){.audio_dim = train->audio_dim,
                               .grid_h = train->grid_h,
                               .grid_w = train->grid_w,
                               .visual_dim = train->visual_dim,
                               .n_words = aq_vocab_size(&m->words),
                               .n_answers = (int)m->answers.n};
    if ((err = check_shape(&m->shape, AQ_ERR_USAGE)) != AQ_OK ||
        (err = new_statistics(m)) != AQ_OK ||
        (err = aq_coqo_new(&m->net, &m->config, &m->shape)) != AQ_OK)
        return err;
    m->extractors = aq_strdup("");
    m->training = aq_strdup("{}");
    if (!m->extractors || !m->training)
        return AQ_ERR_NOMEM;
    return aq_coqo_init(m->net, seed);
}

AqErr aq_model_new(AqModel **out, const AqCoqoConfig *config, const AqDataset *train,
                   uint64_t seed)
{
    *out = NULL;
    if (train->n_questions == 0 || train->n_clips == 0)
        return aq_fail(AQ_ERR_USAGE, "there are no questions to train on");
    AqModel *m = aq_alloc(1, sizeof *m);
    if (!m)
        return AQ_ERR_NOMEM;
    m->config = *config;
    const AqErr err = build_model(m, train, seed);
    if (err != AQ_OK)
        aq_model_free(&m);
    *out = m;
    return err;
}

/* ---- writing ---- */

static AqErr put_json(AqWeightsWriter *w, const char *key, AqErr made, char *text)
{
    const AqErr err = made == AQ_OK ? aq_weights_writer_meta(w, key, text) : made;

    aq_free(text);
    return err;
}

static AqErr put_shape(AqWeightsWriter *w, const AqAnswerShape *s)
{
    char *text = aq_strf("{\"audio_dim\": %d, \"grid_h\": %d, \"grid_w\": %d, "
                         "\"visual_dim\": %d}",
                         s->audio_dim, s->grid_h, s->grid_w, s->visual_dim);

    return put_json(w, "shape", text ? AQ_OK : AQ_ERR_NOMEM, text);
}

static AqErr put_meta(const AqModel *m, AqWeightsWriter *w)
{
    char *text;
    AqErr err = aq_weights_writer_meta(w, "format", AQ_MODEL_FORMAT);

    if (err == AQ_OK)
        err = aq_weights_writer_meta(w, "version", AQ_MODEL_VERSION);
    if (err == AQ_OK) {
        err = aq_config_to_json(aq_coqo_options(), &m->config, &text);
        err = put_json(w, "config", err, text);
    }
    if (err == AQ_OK)
        err = put_shape(w, &m->shape);
    if (err == AQ_OK) {
        err = aq_strings_to_json(&m->words, &text);
        err = put_json(w, "words", err, text);
    }
    if (err == AQ_OK) {
        err = aq_strings_to_json(&m->answers, &text);
        err = put_json(w, "answers", err, text);
    }
    if (err == AQ_OK) {
        err = aq_floor_to_json(m->floor, &text);
        err = put_json(w, "floor", err, text);
    }
    if (err == AQ_OK)
        err = aq_weights_writer_meta(w, "extractors", m->extractors);
    if (err == AQ_OK)
        err = aq_weights_writer_meta(w, "training", m->training);
    return err;
}

static AqErr put_statistics(const AqModel *m, AqWeightsWriter *w)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < AQ_N_MODALITIES; k++) {
        const int64_t n = feature_dim(m, k);
        const char *name = aq_modality_name((AqModality)k);
        char full[40];

        if (n == 0)
            continue;
        (void)snprintf(full, sizeof full, "stats.%s.mean", name);
        err = aq_weights_writer_add(w, full, 1, &n, m->mean[k], AQ_F32);
        (void)snprintf(full, sizeof full, "stats.%s.inv_std", name);
        if (err == AQ_OK)
            err = aq_weights_writer_add(w, full, 1, &n, m->inv_std[k], AQ_F32);
    }
    return err;
}

AqErr aq_model_save(const AqModel *m, const char *path)
{
    AqWeightsWriter *w = NULL;
    AqErr err = aq_weights_writer_new(&w);

    if (err == AQ_OK)
        err = put_meta(m, w);
    if (err == AQ_OK)
        err = put_statistics(m, w);
    if (err == AQ_OK)
        err = aq_limits_put(&m->limits, w);
    if (err == AQ_OK)
        err = aq_params_save(aq_coqo_params(m->net), w, "", m->half ? AQ_F16 : AQ_F32);
    if (err == AQ_OK)
        err = aq_weights_writer_commit(w, path);
    aq_weights_writer_free(&w);
    return err;
}

/* ---- reading ---- */

static const char *require_model_meta(AqWeights *w, const char *key, AqErr *err)
{
    const char *text = aq_weights_meta(w, key);

    if (!text && *err == AQ_OK)
        *err = aq_fail(AQ_ERR_FORMAT, "the model lacks its \"%s\"", key);
    return text;
}

static AqErr check_kind(AqWeights *w)
{
    const char *format = aq_weights_meta(w, "format");
    const char *version = aq_weights_meta(w, "version");

    if (!format || strcmp(format, AQ_MODEL_FORMAT) != 0)
        return aq_fail(AQ_ERR_FORMAT,
                       "this weight file is no model of avqa-pipe: choose a file that "
                       "`avqa-pipe train` wrote");
    if (!version || strcmp(version, AQ_MODEL_VERSION) != 0)
        return aq_fail(AQ_ERR_FORMAT, "model version %s, and this program reads %s",
                       version ? version : "(none)", AQ_MODEL_VERSION);
    return AQ_OK;
}

static AqErr read_model_shape(AqModel *m, const char *text)
{
    AqAnswerShape *s = &m->shape;
    json_t *o = json_loads(text, 0, NULL);
    const int ok = o && json_unpack(o, "{s:i, s:i, s:i, s:i}", "audio_dim",
                                    &s->audio_dim, "grid_h", &s->grid_h, "grid_w",
                                    &s->grid_w, "visual_dim", &s->visual_dim) == 0;

    json_decref(o);
    if (!ok)
        return aq_fail(AQ_ERR_FORMAT, "the model's feature sizes are not readable");
    if (m->answers.n == 0 || m->answers.n > MOST_ANSWERS)
        return aq_fail(AQ_ERR_FORMAT, "the model has %zu answers", m->answers.n);
    s->n_words = aq_vocab_size(&m->words);
    s->n_answers = (int)m->answers.n;
    return check_shape(s, AQ_ERR_FORMAT);
}

static AqErr read_model_meta(AqModel *m, AqWeights *w)
{
    AqErr err = check_kind(w);
    const char *config = require_model_meta(w, "config", &err),
               *words = require_model_meta(w, "words", &err),
               *answers = require_model_meta(w, "answers", &err),
               *shape = require_model_meta(w, "shape", &err),
               *blind = require_model_meta(w, "floor", &err),
               *from = aq_weights_meta(w, "extractors"),
               *training = aq_weights_meta(w, "training");

    if (err != AQ_OK)
        return err;
    m->config = aq_coqo_config_default();
    if ((err = aq_config_from_json(aq_coqo_options(), &m->config, config)) != AQ_OK ||
        (err = aq_strings_from_json(&m->words, words)) != AQ_OK ||
        (err = aq_strings_from_json(&m->answers, answers)) != AQ_OK ||
        (err = aq_floor_from_json(&m->floor, blind)) != AQ_OK ||
        (err = read_model_shape(m, shape)) != AQ_OK)
        return err;
    if (aq_coqo_config_check(&m->config) != AQ_OK)
        return AQ_ERR_FORMAT;
    m->extractors = aq_strdup(from ? from : "");
    m->training = aq_strdup(training ? training : "{}");
    return m->extractors && m->training ? AQ_OK : AQ_ERR_NOMEM;
}

static AqErr read_stats_row(AqWeights *w, const char *modality, const char *name, int n,
                            float *to)
{
    char full[40];

    if (n == 0)
        return AQ_OK;
    (void)snprintf(full, sizeof full, "stats.%s.%s", modality, name);
    const AqWeight *t = aq_weights_find(w, full);
    if (!t || t->n_dims != 1 || t->dims[0] != n)
        return aq_fail(AQ_ERR_MISMATCH, "%s should be there with %d values", full, n);
    const AqErr err = aq_weight_to_floats(t, 0, (size_t)n, to);
    for (int k = 0; err == AQ_OK && k < n; k++)
        if (!isfinite(to[k]))
            return aq_fail(AQ_ERR_FORMAT, "%s holds a value that is not a number",
                           full);
    return err;
}

static AqErr read_statistics(AqModel *m, AqWeights *w)
{
    AqErr err = new_statistics(m);

    for (int k = 0; err == AQ_OK && k < AQ_N_MODALITIES; k++) {
        const char *name = aq_modality_name((AqModality)k);

        err = read_stats_row(w, name, "mean", feature_dim(m, k), m->mean[k]);
        if (err == AQ_OK)
            err = read_stats_row(w, name, "inv_std", feature_dim(m, k), m->inv_std[k]);
    }
    return err;
}

static AqErr read_limits(AqModel *m, AqWeights *w)
{
    const AqAnswerShape *s = &m->shape;
    const int width[AQ_N_MODALITIES] = {
        aq_likeness_width(1, 1, s->audio_dim),
        aq_likeness_width(s->grid_h, s->grid_w, s->visual_dim)};

    return aq_limits_read(&m->limits, w, m->answers.n, width);
}

/* A file in half precision is written so again. */
static int is_half(const AqModel *m, AqWeights *w)
{
    const AqParams *ps = aq_coqo_params(m->net);
    const AqWeight *t =
        aq_params_n(ps) ? aq_weights_find(w, aq_params_name(ps, 0)) : NULL;

    return t && t->dtype == AQ_F16;
}

static AqErr check_params_finite(const AqParams *ps)
{
    for (size_t k = 0; k < aq_params_n(ps); k++) {
        const AqTensor *t = aq_params_tensor(ps, k);
        const size_t n = aq_tensor_count(t);

        for (size_t j = 0; j < n; j++)
            if (!isfinite(t->data[j]))
                return aq_fail(AQ_ERR_FORMAT, "%s holds a value that is not a number",
                               aq_params_name(ps, k));
    }
    return AQ_OK;
}

/* Every tensor declared must lie in the file before memory is taken for any. */
static AqErr check_tensors(const AqModel *m, AqWeights *w)
{
    const AqParams *ps = aq_coqo_params(m->net);

    for (size_t k = 0; k < aq_params_n(ps); k++)
        if (!aq_weights_find(w, aq_params_name(ps, k)))
            return aq_fail(AQ_ERR_MISMATCH, "the model lacks its tensor %s",
                           aq_params_name(ps, k));
    return AQ_OK;
}

AqErr aq_model_load(AqModel **out, const char *path)
{
    AqWeights *w = NULL;
    AqModel *m = NULL;

    *out = NULL;
    AqErr err = aq_weights_open(&w, path);
    if (err != AQ_OK)
        return err;
    if (!(m = aq_alloc(1, sizeof *m)))
        err = AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = read_model_meta(m, w);
    if (err == AQ_OK)
        err = aq_coqo_new(&m->net, &m->config, &m->shape);
    if (err == AQ_OK)
        err = read_statistics(m, w);
    if (err == AQ_OK)
        err = check_tensors(m, w);
    if (err == AQ_OK)
        err = aq_coqo_load(m->net, w);
    if (err == AQ_OK)
        err = check_params_finite(aq_coqo_params(m->net));
    if (err == AQ_OK)
        err = read_limits(m, w);
    if (err == AQ_OK)
        m->half = is_half(m, w);
    if (err != AQ_OK) {
        aq_model_free(&m);
        err = aq_err_prefix(err, "%s", path);
    }
    aq_weights_unref(&w);
    *out = m;
    return err;
}

AqErr aq_model_fits(const AqModel *m, int audio_dim, int grid_h, int grid_w,
                    int visual_dim)
{
    const AqAnswerShape *s = &m->shape;

    if (s->audio_dim == audio_dim && s->grid_h == grid_h && s->grid_w == grid_w &&
        s->visual_dim == visual_dim)
        return AQ_OK;
    return aq_fail(
        AQ_ERR_MISMATCH,
        "the model was trained on features of %d (audio) and %dx%dx%d (visual) "
        "values, these have %d and %dx%dx%d: use the extractors it was trained "
        "with",
        s->audio_dim, s->grid_h, s->grid_w, s->visual_dim, audio_dim, grid_h, grid_w,
        visual_dim);
}

size_t aq_model_count(const AqModel *m)
{
    return aq_params_count(aq_coqo_params(m->net));
}
