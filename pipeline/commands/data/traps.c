/* SPDX-License-Identifier: MIT */
/*
 * What makes figures look better or worse than they are: videos in more than one split,
 * the same question with differing answers, answers that training never sees.
 */
#include "pipeline/commands/data/data_priv.h"

#include <jansson.h>
#include <string.h>

/* ---- videos in more than one split ---- */

static int by_video_and_split(const void *a, const void *b)
{
    const int order = aq_data_by_video(a, b);

    return order ? order : aq_data_by_split(a, b);
}

typedef struct Pairs {
    const AqDataSet *d;
    size_t videos[AQ_DATA_MOST_SPLITS];                   /* of each split */
    json_t *of[AQ_DATA_MOST_SPLITS][AQ_DATA_MOST_SPLITS]; /* names; i < j */
    int bad;
} Pairs;

/* Counts one video in the pairs of the splits in which it is. */
static void add_video(Pairs *p, const AqDataRun *run)
{
    size_t in[AQ_DATA_MOST_SPLITS], n = 0;

    for (size_t k = 0; k < run->n; k++)
        if (k == 0 || aq_data_by_split(&run->first[k - 1], &run->first[k]) != 0)
            in[n++] = aq_data_split_at(p->d, run->first[k].split);
    for (size_t i = 0; i < n; i++)
        p->videos[in[i]]++;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            json_t **names = &p->of[in[i]][in[j]];

            if (!*names)
                *names = json_array();
            p->bad |=
                json_array_append_new(*names, json_string(run->first->a->video)) != 0;
        }
}

static json_t *pairs_json(Pairs *p)
{
    json_t *all = json_array();

    for (size_t i = 0; i < p->d->n_splits; i++)
        for (size_t j = i + 1; j < p->d->n_splits; j++) {
            json_t *names = p->of[i][j];

            if (!names)
                continue;
            p->bad |=
                json_array_append_new(
                    all, json_pack("{s:[ss], s:[II], s:I, s:o}", "splits",
                                   p->d->splits[i], p->d->splits[j], "of",
                                   (json_int_t)p->videos[i], (json_int_t)p->videos[j],
                                   "n", (json_int_t)json_array_size(names), "videos",
                                   names)) != 0;
        }
    if (p->bad) {
        json_decref(all);
        return NULL;
    }
    return all;
}

json_t *aq_data_shared(const AqDataSet *d)
{
    AqDataRuns r;
    Pairs p = {.d = d};

    if (aq_data_runs_init(&r, d, by_video_and_split, aq_data_by_video) != AQ_OK)
        return NULL;
    for (size_t k = 0; k < r.n; k++)
        add_video(&p, &r.v[k]);
    aq_data_runs_clear(&r);
    return pairs_json(&p);
}

/* ---- one question, several answers ---- */

/* The same words make the same question, whatever their case and punctuation. */
static int by_question(const void *a, const void *b)
{
    const int order = aq_data_by_video(a, b);

    return order ? order
                 : strcmp(((const AqDataRow *)a)->words, ((const AqDataRow *)b)->words);
}

static int by_question_and_answer(const void *a, const void *b)
{
    const int order = by_question(a, b);

    return order ? order : aq_data_by_answer(a, b);
}

static json_t *contradiction_json(const AqDataRun *run)
{
    json_t *answers = json_array();
    int bad = 0;

    for (size_t k = 0; k < run->n; k++)
        bad |= json_array_append_new(
                   answers,
                   json_pack("{s:s, s:s, s:I, s:o, s:I}", "answer",
                             run->first[k].a->answer, "split", run->first[k].split,
                             "question_id", (json_int_t)run->first[k].a->question_id,
                             "file", aq_data_text(run->first[k].a->file), "record",
                             (json_int_t)run->first[k].a->index)) != 0;
    if (bad) {
        json_decref(answers);
        return NULL;
    }
    return json_pack("{s:s, s:s, s:o}", "video", run->first->a->video, "question",
                     run->first->a->question, "answers", answers);
}

json_t *aq_data_contradictions(const AqDataSet *d)
{
    AqDataRuns r;
    json_t *all = json_array();
    size_t repeated = 0; /* with one answer: they count twice, and that is all */
    int bad = 0;

    if (aq_data_runs_init(&r, d, by_question_and_answer, by_question) != AQ_OK) {
        json_decref(all);
        return NULL;
    }
    for (size_t k = 0; k < r.n; k++) {
        const AqDataRun *run = &r.v[k];

        if (aq_data_by_answer(&run->first[0], &run->first[run->n - 1]) == 0)
            repeated += run->n - 1;
        else
            bad |= json_array_append_new(all, contradiction_json(run)) != 0;
    }
    aq_data_runs_clear(&r);
    if (bad) {
        json_decref(all);
        return NULL;
    }
    return json_pack("{s:I, s:o}", "repeated", (json_int_t)repeated, "contradictions",
                     all);
}

/* ---- answers that training never sees ---- */

static int by_answer_and_split(const void *a, const void *b)
{
    const int order = aq_data_by_answer(a, b);

    return order ? order : aq_data_by_split(a, b);
}

json_t *aq_data_unseen(const AqDataSet *d)
{
    AqDataRuns r;
    int bad = 0, seen = 0;

    if (aq_data_split_at(d, "train") == d->n_splits)
        return json_null(); /* nothing to compare with */
    if (aq_data_runs_init(&r, d, by_answer_and_split, by_answer_and_split) != AQ_OK)
        return NULL;
    json_t *all = json_array();
    for (size_t k = 0, next; k < r.n; k = next) { /* an answer's splits */
        for (next = k, seen = 0;
             next < r.n && aq_data_by_answer(r.v[k].first, r.v[next].first) == 0;
             next++)
            seen |= strcmp(r.v[next].first->split, "train") == 0;
        for (size_t i = k; !seen && i < next; i++)
            bad |=
                json_array_append_new(all, json_pack("{s:s, s:s, s:I}", "answer",
                                                     r.v[i].first->a->answer, "split",
                                                     r.v[i].first->split, "n",
                                                     (json_int_t)r.v[i].n)) != 0;
    }
    aq_data_runs_clear(&r);
    if (bad) {
        json_decref(all);
        return NULL;
    }
    return all;
}
