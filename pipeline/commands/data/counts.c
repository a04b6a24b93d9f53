/* SPDX-License-Identifier: MIT */
/* Questions counted by split, type, template and answer, and how many a video has. */
#include "base/alloc.h"
#include "base/text/json.h"
#include "pipeline/commands/data/data_priv.h"

#include <jansson.h>
#include <string.h>

json_t *aq_data_text(const char *text)
{
    return aq_json_string(text, strlen(text));
}

/* The runs of `order`, if asked the longest first, each as `describe` has it. */
static json_t *describe_data_runs(const AqDataSet *d, AqDataOrder order,
                                  AqDataOrder same, int by_size,
                                  json_t *(*describe)(const AqDataRun *run))
{
    AqDataRuns r;

    if (aq_data_runs_init(&r, d, order, same) != AQ_OK)
        return NULL;
    if (by_size)
        aq_data_runs_by_size(&r);
    json_t *all = json_array();
    int bad = !all;
    for (size_t k = 0; !bad && k < r.n; k++)
        bad = json_array_append_new(all, describe(&r.v[k]));
    aq_data_runs_clear(&r);
    if (bad) {
        json_decref(all);
        return NULL;
    }
    return all;
}

static int by_split_and_video(const void *a, const void *b)
{
    const int order = aq_data_by_split(a, b);

    return order ? order : aq_data_by_video(a, b);
}

static json_t *describe_split(const AqDataRun *run)
{
    size_t n = 1;

    for (size_t k = 1; k < run->n; k++)
        n += aq_data_by_video(&run->first[k - 1], &run->first[k]) != 0;
    return json_pack("{s:s, s:I, s:I}", "split", run->first->split, "questions",
                     (json_int_t)run->n, "videos", (json_int_t)n);
}

json_t *aq_data_splits(const AqDataSet *d)
{
    return describe_data_runs(d, by_split_and_video, aq_data_by_split, 0,
                              describe_split);
}

static json_t *describe_type(const AqDataRun *run)
{
    return json_pack("{s:s, s:s, s:I}", "modality", run->first->a->modality, "kind",
                     run->first->a->kind, "n", (json_int_t)run->n);
}

json_t *aq_data_types(const AqDataSet *d)
{
    return describe_data_runs(d, aq_data_by_type, aq_data_by_type, 1, describe_type);
}

static int compare_rows_by_template(const void *a, const void *b)
{
    return strcmp(((const AqDataRow *)a)->a->template_,
                  ((const AqDataRow *)b)->a->template_);
}

static json_t *describe_template(const AqDataRun *run)
{
    return json_pack("{s:s, s:I}", "template", run->first->a->template_, "n",
                     (json_int_t)run->n);
}

json_t *aq_data_templates(const AqDataSet *d)
{
    return describe_data_runs(d, compare_rows_by_template, compare_rows_by_template, 1,
                              describe_template);
}

static json_t *describe_answer(const AqDataRun *run)
{
    return json_pack("{s:s, s:I}", "answer", run->first->a->answer, "n",
                     (json_int_t)run->n);
}

json_t *aq_data_answers(const AqDataSet *d)
{
    return describe_data_runs(d, aq_data_by_answer, aq_data_by_answer, 1,
                              describe_answer);
}

json_t *aq_data_per_video(const AqDataSet *d)
{
    AqDataRuns r;

    if (aq_data_runs_init(&r, d, aq_data_by_video, aq_data_by_video) != AQ_OK)
        return NULL;
    aq_data_runs_by_size(&r);
    json_t *v = NULL;
    const size_t low = r.n ? (r.n - 1) / 2 : 0, high = r.n / 2; /* of the median */
    if (r.n == 0)
        v = json_pack("{s:i, s:n, s:n, s:n, s:n}", "videos", 0, "min", "median", "mean",
                      "max");
    else
        v = json_pack("{s:I, s:I, s:f, s:f, s:I}", "videos", (json_int_t)r.n, "min",
                      (json_int_t)r.v[r.n - 1].n, "median",
                      (double)(r.v[low].n + r.v[high].n) / 2, "mean",
                      (double)d->n / (double)r.n, "max", (json_int_t)r.v[0].n);
    aq_data_runs_clear(&r);
    return v;
}
