/* SPDX-License-Identifier: MIT */
/* A model whose questions a text tower reads: what its file says of the tower, and the
 * rows of what is asked. */
#include "model/trained/model_tower.h"

#include "base/alloc.h"
#include "model/question/encoder.h"
#include "model/trained/model_priv.h"

#include <string.h>

AqErr aq_model_plan_tower(AqModel *m, const char *about)
{
    AqClipTextWanted want;
    AqErr err = aq_clip_text_wanted(&want, about);

    if (err != AQ_OK)
        return err;
    err = aq_question_reading_find(&m->shape.reading, want.encoder);
    if (err != AQ_OK || !m->shape.reading->reads_rows)
        return aq_fail(AQ_ERR_FORMAT,
                       "the model reads questions by \"%s\", which this version of "
                       "avqa-pipe does not have",
                       want.encoder);
    m->shape.text_width = want.shape.width;
    m->shape.text_pooled = want.shape.pooled;
    m->question = aq_strdup(about);
    m->name_rows =
        aq_alloc((size_t)m->shape.n_answers * (size_t)want.shape.width, sizeof(float));
    m->shape.name_rows = m->name_rows;
    return m->question && m->name_rows ? AQ_OK : AQ_ERR_NOMEM;
}

void aq_model_clear_tower(AqModel *m)
{
    aq_text_bank_free(&m->bank);
    aq_free(m->question);
    aq_free(m->name_rows);
}

/* The rows of the names by themselves; training never drops their tokens. */
static AqErr read_name_rows(AqModel *m)
{
    const size_t W = (size_t)m->shape.text_width;
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < m->answers.n; k++) {
        if (m->names[k] < 0)
            continue;
        err = aq_text_bank_mean(m->bank, m->answers.at[k], m->name_rows + k * W);
        if (err == AQ_OK)
            err = aq_text_bank_keep(m->bank, m->answers.at[k]);
    }
    return err;
}

AqErr aq_model_set_tower(AqModel *m, const AqClipText *tower)
{
    AqErr err = AQ_OK;

    if (!m->question)
        return aq_fail(AQ_ERR_USAGE, "the model reads questions as words of its "
                                     "training, by no text tower");
    err = aq_clip_text_same(m->question, aq_clip_text_about(tower));
    if (err != AQ_OK)
        return err;
    aq_text_bank_free(&m->bank);
    err = aq_text_bank_new(&m->bank, tower);
    return err == AQ_OK ? read_name_rows(m) : err;
}

/* At most `max` ids. */
static AqErr encode_text(const AqModel *m, const AqWordForms *forms, const char *text,
                         int max, int *ids, int *n)
{
    if (m->bank)
        return aq_text_bank_ids(m->bank, text, ids, max, n);
    if (m->question)
        return aq_fail(AQ_ERR_USAGE, "the model reads questions by a text tower, and "
                                     "none was opened for it");
    *n = forms ? aq_word_forms_encode(forms, text, ids, max)
               : aq_vocab_encode(&m->words, text, ids, max);
    return AQ_OK;
}

AqErr aq_model_encode(const AqModel *m, const AqWordForms *forms, const char *text,
                      int *ids, int *n)
{
    return encode_text(m, forms, text, m->net->reads.max_words, ids, n);
}

AqErr aq_model_encode_choice(const AqModel *m, const AqWordForms *forms,
                             const char *question, const char *choice, int *ids, int *n,
                             int *asked)
{
    const int max = m->net->reads.max_words;
    int own;

    *asked = 0;
    if (m->question) {
        char *both = aq_strf("%s %s", question, choice);
        const AqErr err =
            both ? encode_text(m, forms, both, max, ids, n) : AQ_ERR_NOMEM;

        aq_free(both);
        return err;
    }
    AqErr err = encode_text(m, forms, choice, max, ids, &own);
    if (err != AQ_OK)
        return err;
    memmove(ids + max - own, ids, (size_t)own * sizeof *ids);
    err = encode_text(m, forms, question, max - own, ids, asked);
    memmove(ids + *asked, ids + max - own, (size_t)own * sizeof *ids);
    *n = *asked + own;
    return err;
}

int aq_model_rows(const AqModel *m, const AqQuestion *q)
{
    return m->shape.task == AQ_TASK_CHOICE ? (int)q->n_choices : 1;
}

AqErr aq_model_encode_row(const AqModel *m, const AqWordForms *forms,
                          const AqQuestion *q, int k, int *ids, int *n, int *asked)
{
    *asked = 0;
    return m->shape.task == AQ_TASK_CHOICE
               ? aq_model_encode_choice(m, forms, q->text, q->choices[k], ids, n, asked)
               : aq_model_encode(m, forms, q->text, ids, n);
}

int aq_model_names_word(const AqModel *m, int id)
{
    if (m->bank)
        return aq_text_bank_keeps(m->bank, id);
    for (size_t k = 0; k < m->answers.n; k++)
        if (m->names[k] == id)
            return 1;
    return 0;
}
