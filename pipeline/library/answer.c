/* SPDX-License-Identifier: MIT */
#include "pipeline/library/answer.h"

#include "base/alloc.h"

#include <string.h>

typedef struct AnswerUnknown {
    const char *word, *meant; /* owned by the texts */
} AnswerUnknown;

struct AvqaAnswer {
    char **texts; /* (n_texts) owns what the others point to */
    size_t n_texts;
    int claims, sure, n_answers, n_warnings, n_unknown;
    const char **answer; /* (n_answers) likeliest first */
    double *probability; /* (n_answers) */
    const char *warning[AQ_MOST_REMARKS];
    AnswerUnknown unknown[AQ_MOST_UNKNOWN];
    int n_seconds, n_cells;
    float *attention[AQ_N_MODALITIES], *drops[AQ_N_MODALITIES]; /* (n_seconds) */
    double drop[AQ_N_MODALITIES];
    const char *without[AQ_N_MODALITIES];
    float *cells; /* (n_cells) */
};

/* ---- copying; after a failure *err stays ---- */

static const char *keep_text(AvqaAnswer *y, const char *text, AqErr *err)
{
    char **list =
        *err == AQ_OK && text ? aq_grow(y->texts, y->n_texts, sizeof *list) : NULL;

    if (list)
        y->texts = list;
    if (list && (list[y->n_texts] = aq_strdup(text)))
        return list[y->n_texts++];
    if (*err == AQ_OK && text)
        *err = AQ_ERR_NOMEM;
    return NULL;
}

static float *keep_floats(const float *v, int n, AqErr *err)
{
    float *copy = *err == AQ_OK && v ? aq_alloc((size_t)n, sizeof *copy) : NULL;

    if (copy)
        memcpy(copy, v, (size_t)n * sizeof *copy);
    else if (*err == AQ_OK && v)
        *err = AQ_ERR_NOMEM;
    return copy;
}

static AqErr copy_prediction(AvqaAnswer *y, const AqPrediction *p)
{
    AqErr err = AQ_OK;

    y->answer = aq_alloc((size_t)p->n_answers, sizeof *y->answer);
    y->probability = aq_alloc((size_t)p->n_answers, sizeof *y->probability);
    if (!y->answer || !y->probability)
        return AQ_ERR_NOMEM;
    y->n_answers = p->n_answers;
    y->n_seconds = p->n_seconds;
    for (int k = 0; k < p->n_answers; k++) {
        y->answer[k] = keep_text(y, p->answer[p->order[k]], &err);
        y->probability[k] = (double)p->probability[p->order[k]];
    }
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        y->attention[m] = keep_floats(p->attention[m], p->n_seconds, &err);
    return err;
}

static AqErr copy_doubts(AvqaAnswer *y, const AqInquiry *q)
{
    AqErr err = AQ_OK;

    y->claims = aq_verdict_claims(&q->verdict);
    y->sure = aq_verdict_sure(&q->verdict);
    for (int k = 0; k < q->verdict.n; k++)
        y->warning[y->n_warnings++] = keep_text(y, q->verdict.remark[k].text, &err);
    for (int k = 0; k < q->wording.n_unknown; k++) {
        const AqWordUnknown *u = &q->wording.unknown[k];

        y->unknown[y->n_unknown].word = keep_text(y, u->word.text, &err);
        y->unknown[y->n_unknown++].meant = keep_text(y, u->nearest, &err);
    }
    return err;
}

static AqErr copy_occlusion(AvqaAnswer *y, const AqPrediction *p, const AqOcclusion *o)
{
    AqErr err = AQ_OK;

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        if (!o->has[m])
            continue;
        y->drops[m] = keep_floats(o->second[m], o->n_seconds, &err);
        y->drop[m] = (double)o->stream[m];
        y->without[m] = keep_text(y, p->answer[o->stream_answer[m]], &err);
    }
    y->cells = keep_floats(o->cell, o->n_cells, &err);
    y->n_cells = o->n_cells;
    return err;
}

AqErr aq_library_answer(AvqaAnswer **out, const AqInquiry *q, const AqPrediction *p,
                        const AqOcclusion *occlusion)
{
    AvqaAnswer *y = aq_alloc(1, sizeof *y);
    AqErr err = y ? copy_prediction(y, p) : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = copy_doubts(y, q);
    if (err == AQ_OK && occlusion)
        err = copy_occlusion(y, p, occlusion);
    if (err != AQ_OK)
        avqa_answer_free(&y);
    *out = y;
    return err;
}

void avqa_answer_free(AvqaAnswer **yp)
{
    AvqaAnswer *y = *yp;

    *yp = NULL;
    if (!y)
        return;
    for (size_t k = 0; k < y->n_texts; k++)
        aq_free(y->texts[k]);
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        aq_free(y->attention[m]);
        aq_free(y->drops[m]);
    }
    aq_free(y->texts);
    aq_free(y->answer);
    aq_free(y->probability);
    aq_free(y->cells);
    aq_free(y);
}

/* ---- what it says ---- */

const char *avqa_answer_text(const AvqaAnswer *y)
{
    return y->claims ? y->answer[0] : NULL;
}

const char *avqa_answer_guess(const AvqaAnswer *y)
{
    return y->answer[0];
}

int avqa_answer_sure(const AvqaAnswer *y)
{
    return y->sure;
}

const char *avqa_answer_at(const AvqaAnswer *y, size_t k, double *probability)
{
    const int there = k < (size_t)y->n_answers;

    if (probability)
        *probability = there ? y->probability[k] : 0;
    return there ? y->answer[k] : NULL;
}

const char *avqa_answer_warning(const AvqaAnswer *y, size_t k)
{
    return k < (size_t)y->n_warnings ? y->warning[k] : NULL;
}

const char *avqa_answer_unknown(const AvqaAnswer *y, size_t k, const char **meant)
{
    const int there = k < (size_t)y->n_unknown;

    if (meant)
        *meant = there ? y->unknown[k].meant : NULL;
    return there ? y->unknown[k].word : NULL;
}

static const float *give_seconds(const AvqaAnswer *y, const float *v, int *n)
{
    if (n)
        *n = v ? y->n_seconds : 0;
    return v;
}

static int is_stream(AvqaStream stream)
{
    return stream == AVQA_SOUND || stream == AVQA_PICTURE;
}

const float *avqa_answer_attention(const AvqaAnswer *y, AvqaStream stream, int *n)
{
    return give_seconds(y, is_stream(stream) ? y->attention[stream] : NULL, n);
}

const float *avqa_answer_drops(const AvqaAnswer *y, AvqaStream stream, int *n)
{
    return give_seconds(y, is_stream(stream) ? y->drops[stream] : NULL, n);
}

const char *avqa_answer_without(const AvqaAnswer *y, AvqaStream stream, double *drop)
{
    const int there = is_stream(stream) && y->without[stream];

    if (drop)
        *drop = there ? y->drop[stream] : 0;
    return there ? y->without[stream] : NULL;
}

const float *avqa_answer_cells(const AvqaAnswer *y, int *n)
{
    if (n)
        *n = y->cells ? y->n_cells : 0;
    return y->cells;
}
