/* SPDX-License-Identifier: MIT */
#include "model/answer/model_from.h"

#include "base/modality.h"
#include "model/coqo/coqo.h"

#include <string.h>

/* The row of `from` that is row k of ours; -1: there is none. */
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

/* Parameters whose rows stand for words or answers. */
static RowOf row_mapping_of(const char *name)
{
    if (strcmp(name, "question.embedding") == 0)
        return word_row;
    if (strncmp(name, "fusion.answer.", 14) == 0)
        return answer_row;
    return same_param_row;
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
    const AqTensor *t = aq_params_find(aq_coqo_params(from->net), name);
    const RowOf row = row_mapping_of(name);
    char ours[64], theirs[64] = "nothing";

    if (!param_fits(to, t, row))
        return aq_fail(AQ_ERR_MISMATCH,
                       "the model to begin from has %s of %s where this one has %s: "
                       "give train the options that it was trained with",
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
    const AqParams *ps = aq_coqo_params(m->net);
    const AqAnswerShape *s = &m->shape;
    AqErr err = aq_model_fits(from, s->audio_dim, s->grid_h, s->grid_w, s->visual_dim);

    for (size_t k = 0; err == AQ_OK && k < aq_params_n(ps); k++)
        err = copy_param_from(m, from, aq_params_name(ps, k), aq_params_tensor(ps, k));
    if (err != AQ_OK)
        return err;
    const size_t dims[] = {(size_t)s->audio_dim, (size_t)s->visual_dim};
    for (int k = 0; k < AQ_N_MODALITIES; k++) {
        memcpy(m->mean[k], from->mean[k], dims[k] * sizeof(float));
        memcpy(m->inv_std[k], from->inv_std[k], dims[k] * sizeof(float));
    }
    return AQ_OK;
}
