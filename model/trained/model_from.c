/* SPDX-License-Identifier: MIT */
#include "model/trained/model_from.h"

#include "base/modality.h"

#include <string.h>

/* The row of `from` that corresponds to our row k; -1: none. */
typedef long (*RowOf)(const AqModel *m, const AqModel *from, size_t k);

static long word_row(const AqModel *m, const AqModel *from, size_t k)
{
    if (k < AQ_VOCAB_FIRST)
        return (long)k;
    const int at = aq_strings_find(&from->words, m->words.at[k - AQ_VOCAB_FIRST]);
    return at < 0 ? -1 : at + AQ_VOCAB_FIRST;
}

static long answer_row(const AqModel *m, const AqModel *from, size_t k)
{
    return aq_strings_find(&from->answers, m->answers.at[k]);
}

static long same_param_row(const AqModel *m, const AqModel *from, size_t k)
{
    (void)m;
    (void)from;
    return (long)k;
}

static RowOf row_finder(const AqModel *m, const char *param)
{
    static const RowOf of[] = {[AQ_ROWS_ALIKE] = same_param_row,
                               [AQ_ROWS_WORDS] = word_row,
                               [AQ_ROWS_ANSWERS] = answer_row};

    const AqParamRows rows = m->net->network->rows(param);

    /* Only open answers have a row each. */
    return rows == AQ_ROWS_ANSWERS && m->shape.task != AQ_TASK_OPEN ? same_param_row
                                                                    : of[rows];
}

static int param_fits(const AqTensor *to, const AqTensor *t, RowOf row)
{
    return t && t->n_dims == to->n_dims &&
           aq_tensor_inner(t, 1) == aq_tensor_inner(to, 1) &&
           (row != same_param_row || t->dims[0] == to->dims[0]);
}

static AqErr copy_param_from(AqModel *m, const AqModel *from, const char *name,
                             const AqTensor *to)
{
    const AqTensor *t = aq_params_find(from->net->params, name);
    const RowOf row = row_finder(m, name);
    char ours[64], theirs[64] = "nothing";

    if (!param_fits(to, t, row))
        return aq_fail(AQ_ERR_MISMATCH,
                       "the model to start from has %s of shape %s, but this one has "
                       "%s: give train the options that it was trained with",
                       name,
                       t ? aq_tensor_shape_text(t, theirs, sizeof theirs) : theirs,
                       aq_tensor_shape_text(to, ours, sizeof ours));
    const size_t each = aq_tensor_inner(to, 1);
    for (size_t k = 0; k < (size_t)to->dims[0]; k++) {
        const long at = row(m, from, k);

        if (at >= 0)
            memcpy(to->data + k * each, t->data + (size_t)at * each,
                   each * sizeof *to->data);
    }
    return AQ_OK;
}

AqErr aq_model_take(AqModel *m, const AqModel *from)
{
    const AqParams *ps = m->net->params;
    const AqFeatureSizes *s = &m->shape.sizes;
    AqErr err = aq_model_fits(from, s);

    if (err == AQ_OK && from->net->network != m->net->network)
        return aq_fail(AQ_ERR_MISMATCH,
                       "the model to start from is of the network %s, but this one is "
                       "of %s: start from a model of the same network",
                       from->net->network->name, m->net->network->name);

    if (err == AQ_OK && from->shape.task != m->shape.task)
        return aq_fail(AQ_ERR_MISMATCH,
                       "the model to start from gives answers of another form (words, "
                       "choices or counts): give train questions of its form, or "
                       "another model");
    if (err == AQ_OK && m->question && from->question)
        err = aq_clip_text_same(from->question, m->question);
    for (size_t k = 0; err == AQ_OK && k < aq_params_n(ps); k++)
        err = copy_param_from(m, from, aq_params_name(ps, k), aq_params_tensor(ps, k));
    if (err != AQ_OK)
        return err;
    for (int k = 0; k < AQ_N_MODALITIES; k++) {
        const size_t n = (size_t)aq_feature_total(s, (AqModality)k).channels;

        memcpy(m->mean[k], from->mean[k], n * sizeof(float));
        memcpy(m->inv_std[k], from->inv_std[k], n * sizeof(float));
    }
    return AQ_OK;
}
