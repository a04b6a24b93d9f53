/* SPDX-License-Identifier: MIT */
/*
 * One safetensors file: the network's tensors by name, the feature statistics as
 * stats.*, and everything else as text in the metadata. Nothing in a file is trusted:
 * options are range-checked by their table, lists against the sizes, tensors against
 * the network that the options describe, and every number must be finite.
 */
#include "model/trained/model_priv.h"

#include "base/alloc.h"
#include "base/options/option_json.h"
#include "model/answer/head.h"
#include "model/trained/names.h"
#include "model/trained/networks.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ANSWERS 100000

/* "answers_form" of a file, which lacks it where answers are open. */
static const char *const task_names[AQ_N_TASKS] = {"open", "choice", "count"};

/* ---- writing ---- */

static AqErr put_model_text(AqWeightsWriter *w, const char *key, AqErr made, char *text)
{
    const AqErr err = made == AQ_OK ? aq_weights_writer_meta(w, key, text) : made;

    aq_free(text);
    return err;
}

static AqErr put_sizes(AqWeightsWriter *w, const AqFeatureSizes *s)
{
    char *text = NULL;
    const AqErr err = aq_model_sizes_to_json(s, &text);

    return put_model_text(w, "shape", err, text);
}

static int has_names(const AqModel *m)
{
    for (size_t k = 0; k < m->answers.n; k++)
        if (m->names[k] >= 0)
            return 1;
    return 0;
}

/* The form of answers, unless they are open. */
static AqErr put_task(const AqModel *m, AqWeightsWriter *w)
{
    const AqTask task = m->shape.task;
    AqErr err = AQ_OK;

    if (task != AQ_TASK_OPEN)
        err = aq_weights_writer_meta(w, "answers_form", task_names[task]);
    if (err != AQ_OK || task != AQ_TASK_COUNT)
        return err;
    char *text = aq_strf("%.9g", (double)m->shape.centre);
    return put_model_text(w, "centre", text ? AQ_OK : AQ_ERR_NOMEM, text);
}

static AqErr put_meta(const AqModel *m, AqWeightsWriter *w)
{
    const AqAnswerNetwork *network = m->net->network;
    char *text = aq_strf("%s%s", AQ_MODEL_FORMAT, network->name);
    AqErr err = put_model_text(w, "format", text ? AQ_OK : AQ_ERR_NOMEM, text);

    if (err == AQ_OK)
        err = aq_weights_writer_meta(w, "version", AQ_MODEL_VERSION);
    if (err == AQ_OK) {
        err = aq_options_to_json(network->options, "model", m->net->config, &text);
        err = put_model_text(w, "config", err, text);
    }
    if (err == AQ_OK)
        err = put_sizes(w, &m->shape.sizes);
    if (err == AQ_OK) {
        err = aq_strings_to_json(&m->words, &text);
        err = put_model_text(w, "words", err, text);
    }
    if (err == AQ_OK) {
        err = aq_strings_to_json(&m->answers, &text);
        err = put_model_text(w, "answers", err, text);
    }
    if (err == AQ_OK)
        err = put_task(m, w);
    if (err == AQ_OK && has_names(m)) {
        err = aq_names_to_json(m->names, &m->answers, &text);
        err = put_model_text(w, "names", err, text);
    }
    if (err == AQ_OK) {
        err = aq_floor_to_json(m->floor, &text);
        err = put_model_text(w, "floor", err, text);
    }
    if (err == AQ_OK)
        err = aq_weights_writer_meta(w, "extractors", m->extractors);
    if (err == AQ_OK)
        err = aq_weights_writer_meta(w, "training", m->training);
    if (err == AQ_OK && m->question)
        err = aq_weights_writer_meta(w, "question", m->question);
    if (err == AQ_OK && m->about)
        err = aq_weights_writer_meta(w, "about", m->about);
    return err;
}

static AqErr put_statistics(const AqModel *m, AqWeightsWriter *w)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < AQ_N_MODALITIES; k++) {
        const int64_t n = aq_model_feature_dim(m, k);
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
        err = aq_params_save(m->net->params, w, "", m->half ? AQ_F16 : AQ_F32);
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

/* Finds the network named in the file's format, and checks the version. */
static AqErr read_network(const AqAnswerNetwork **out, AqWeights *w)
{
    const char *format = aq_weights_meta(w, "format");
    const char *version = aq_weights_meta(w, "version");
    const size_t n = strlen(AQ_MODEL_FORMAT);

    *out = NULL;
    if (!format || strncmp(format, AQ_MODEL_FORMAT, n) != 0 || strchr(format + n, ' '))
        return aq_fail(AQ_ERR_FORMAT,
                       "this weight file is not an avqa-pipe model: choose a file "
                       "written by `avqa-pipe train`");
    if (!version || strcmp(version, AQ_MODEL_VERSION) != 0)
        return aq_fail(AQ_ERR_FORMAT,
                       "model version %s is not supported: this program "
                       "reads version %s",
                       version ? version : "(none)", AQ_MODEL_VERSION);
    return aq_answer_network_find(out, format + n) == AQ_OK
               ? AQ_OK
               : aq_fail(AQ_ERR_FORMAT,
                         "the model is of the network \"%s\", which this version of "
                         "avqa-pipe does not have",
                         format + n);
}

static AqErr read_task(AqModel *m, AqWeights *w)
{
    const char *form = aq_weights_meta(w, "answers_form"),
               *centre = aq_weights_meta(w, "centre");
    int task = form ? AQ_N_TASKS - 1 : AQ_TASK_OPEN;
    char *end;

    while (form && task > 0 && strcmp(form, task_names[task]) != 0)
        task--;
    m->shape.task = (AqTask)task;
    if (form && task == AQ_TASK_OPEN)
        return aq_fail(
            AQ_ERR_FORMAT,
            "the model's answers have the form \"%s\", which this version of "
            "avqa-pipe does not know",
            form);
    if (task != AQ_TASK_COUNT)
        return AQ_OK;
    m->shape.centre = centre ? strtof(centre, &end) : 0;
    if (!centre || end == centre || *end || !(fabsf(m->shape.centre) <= AQ_COUNT_MOST))
        return aq_fail(AQ_ERR_FORMAT,
                       "the model counts around \"%s\", which is not a "
                       "number from 0 to %d",
                       centre ? centre : "", AQ_COUNT_MOST);
    return AQ_OK;
}

static AqErr read_model_shape(AqModel *m, AqWeights *w, const char *text)
{
    AqErr err = aq_model_sizes_from_json(&m->shape.sizes, text);

    if (err == AQ_OK)
        err = read_task(m, w);
    if (err != AQ_OK)
        return err;
    if ((m->answers.n == 0) == (m->shape.task == AQ_TASK_OPEN) ||
        m->answers.n > MOST_ANSWERS)
        return aq_fail(AQ_ERR_FORMAT, "the model has %zu answers", m->answers.n);
    m->shape.n_words = aq_vocab_size(&m->words);
    m->shape.n_answers = aq_head_outputs(m->shape.task, (int)m->answers.n);
    return aq_model_check_sizes(&m->shape.sizes, AQ_ERR_FORMAT);
}

/* Reads the network's options from the file. Gives. */
static AqErr read_config(void **out, const AqAnswerNetwork *network, const char *text)
{
    void *config = aq_alloc(network->config_bytes, 1);

    *out = config;
    if (!config)
        return AQ_ERR_NOMEM;
    network->set_defaults(config);
    if (network->set_before)
        network->set_before(config);
    const AqErr err = aq_options_from_json(network->options, "model", config, text);
    if (err != AQ_OK)
        return err;
    return network->check && network->check(config) != AQ_OK ? AQ_ERR_FORMAT : AQ_OK;
}

static AqErr read_model_meta(AqModel *m, AqWeights *w)
{
    AqErr err = AQ_OK;
    const char *words = require_model_meta(w, "words", &err),
               *answers = require_model_meta(w, "answers", &err),
               *shape = require_model_meta(w, "shape", &err),
               *blind = require_model_meta(w, "floor", &err),
               *from = aq_weights_meta(w, "extractors"),
               *names = aq_weights_meta(w, "names"),
               *question = aq_weights_meta(w, "question"),
               *training = aq_weights_meta(w, "training"),
               *about = aq_weights_meta(w, "about");

    if (err != AQ_OK || (err = aq_strings_from_json(&m->words, words)) != AQ_OK ||
        (err = aq_strings_from_json(&m->answers, answers)) != AQ_OK ||
        (err = aq_floor_from_json(&m->floor, blind)) != AQ_OK ||
        (err = read_model_shape(m, w, shape)) != AQ_OK ||
        (err = aq_model_new_names(m)) != AQ_OK ||
        (question && (err = aq_model_plan_tower(m, question)) != AQ_OK) ||
        (names &&
         (err = aq_names_from_json(m->names, &m->words, &m->answers, names)) != AQ_OK))
        return err;
    m->extractors = aq_strdup(from ? from : "");
    m->training = aq_strdup(training ? training : "{}");
    m->about = about ? aq_strdup(about) : NULL;
    return m->extractors && m->training && (m->about || !about) ? AQ_OK : AQ_ERR_NOMEM;
}

/* The file's network, declared with the file's options and sizes. */
static AqErr read_net(AqModel *m, AqWeights *w)
{
    const AqAnswerNetwork *network;
    void *config = NULL;
    AqErr err = read_network(&network, w);
    const char *text = err == AQ_OK ? require_model_meta(w, "config", &err) : NULL;

    if (err == AQ_OK)
        err = read_config(&config, network, text);
    if (err == AQ_OK)
        err = read_model_meta(m, w);
    if (err == AQ_OK)
        err = aq_answer_net_new(&m->net, network, config, &m->shape);
    aq_free(config);
    return err;
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
        return aq_fail(AQ_ERR_MISMATCH, "%s is missing or does not have %d values",
                       full, n);
    const AqErr err = aq_weight_to_floats(t, 0, (size_t)n, to);
    for (int k = 0; err == AQ_OK && k < n; k++)
        if (!isfinite(to[k]))
            return aq_fail(AQ_ERR_FORMAT, "%s holds a value that is not a number",
                           full);
    return err;
}

static AqErr read_statistics(AqModel *m, AqWeights *w)
{
    AqErr err = aq_model_new_statistics(m);

    for (int k = 0; err == AQ_OK && k < AQ_N_MODALITIES; k++) {
        const char *name = aq_modality_name((AqModality)k);

        err = read_stats_row(w, name, "mean", aq_model_feature_dim(m, k), m->mean[k]);
        if (err == AQ_OK)
            err = read_stats_row(w, name, "inv_std", aq_model_feature_dim(m, k),
                                 m->inv_std[k]);
    }
    return err;
}

static AqErr read_limits(AqModel *m, AqWeights *w)
{
    return aq_limits_read(&m->limits, w, m->answers.n, &m->shape.sizes);
}

/* A file in half precision is saved in half precision again. */
static int is_half(const AqModel *m, AqWeights *w)
{
    const AqParams *ps = m->net->params;
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

/* Every declared tensor must be in the file before memory is allocated for any. */
static AqErr check_tensors(const AqModel *m, AqWeights *w)
{
    const AqParams *ps = m->net->params;

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
        err = read_net(m, w);
    if (err == AQ_OK)
        err = read_statistics(m, w);
    if (err == AQ_OK)
        err = check_tensors(m, w);
    if (err == AQ_OK)
        err = aq_answer_net_load(m->net, w);
    if (err == AQ_OK)
        err = check_params_finite(m->net->params);
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
