/* SPDX-License-Identifier: MIT */
/*
 * What form answers have (words, one of a few choices, counts), and what is left of
 * them when a vocabulary is cut (model/data/answer_cut.h).
 */
#include "base/alloc.h"
#include "model/data/answer_cut.h"
#include "pipeline/commands/data/data_priv.h"

#include <jansson.h>
#include <string.h>

json_t *aq_data_tasks(const AqDataSet *d)
{
    size_t n[AQ_N_TASKS] = {0}, of[AQ_ANNOTATION_MAX_CHOICES + 1] = {0};
    json_t *choices = json_array();
    int bad = 0;

    for (size_t k = 0; k < d->n; k++) {
        n[d->rows[k].a->task]++;
        of[d->rows[k].a->n_choices]++;
    }
    for (size_t k = 1; k <= AQ_ANNOTATION_MAX_CHOICES; k++)
        if (of[k] > 0)
            bad |= json_array_append_new(choices,
                                         json_pack("{s:I, s:I}", "of", (json_int_t)k,
                                                   "n", (json_int_t)of[k])) != 0;
    if (bad) {
        json_decref(choices);
        return NULL;
    }
    return json_pack("{s:I, s:I, s:I, s:o}", "open", (json_int_t)n[AQ_TASK_OPEN],
                     "choice", (json_int_t)n[AQ_TASK_CHOICE], "count",
                     (json_int_t)n[AQ_TASK_COUNT], "choices", choices);
}

/* ---- vocabularies ---- */

/* How many questions of each split have an answer that is kept. */
static json_t *coverage_json(const AqDataSet *d, const AqAnswerCut *cut)
{
    json_t *all = json_array();
    int bad = 0;

    for (size_t s = 0; s < d->n_splits; s++) {
        size_t n = 0, known = 0;

        for (size_t k = 0; k < d->n; k++)
            if (strcmp(d->rows[k].split, d->splits[s]) == 0) {
                n++;
                known += aq_answer_cut_has(cut, d->rows[k].a->answer) != 0;
            }
        bad |= json_array_append_new(all, json_pack("{s:s, s:I, s:I}", "split",
                                                    d->splits[s], "n", (json_int_t)n,
                                                    "known", (json_int_t)known)) != 0;
    }
    if (bad) {
        json_decref(all);
        return NULL;
    }
    return all;
}

/* Adds the cut to the list if it leaves something out. */
static int add_vocabulary(json_t *all, const AqDataSet *d, const char *const *answers,
                          size_t n, size_t most, size_t least)
{
    AqAnswerCut cut;
    int bad = 0;

    if (aq_answer_cut(&cut, answers, n, most, least) != AQ_OK)
        return 1;
    if (cut.n < cut.n_all)
        bad = json_array_append_new(
                  all, json_pack("{s:I, s:I, s:I, s:I, s:o}", "most", (json_int_t)most,
                                 "least", (json_int_t)least, "answers",
                                 (json_int_t)cut.n, "of", (json_int_t)cut.n_all,
                                 "splits", coverage_json(d, &cut))) != 0;
    aq_answer_cut_clear(&cut);
    return bad;
}

json_t *aq_data_vocabularies(const AqDataSet *d)
{
    static const struct {
        size_t most, least;
    } cuts[] = {{1000, 1}, {4000, 1}, {0, 2}};
    const char **answers = aq_alloc(d->n, sizeof *answers);
    json_t *all = json_array();
    size_t n = 0;
    int bad = !answers;

    for (size_t k = 0; !bad && k < d->n; k++)
        if (strcmp(d->rows[k].split, "train") == 0)
            answers[n++] = d->rows[k].a->answer;
    for (size_t k = 0; !bad && k < sizeof cuts / sizeof *cuts; k++)
        bad = add_vocabulary(all, d, answers, n, cuts[k].most, cuts[k].least);
    aq_free(answers);
    if (bad) {
        json_decref(all);
        return NULL;
    }
    return all;
}
