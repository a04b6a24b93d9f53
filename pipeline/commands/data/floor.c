/* SPDX-License-Identifier: MIT */
/*
 * The blind floor (model/data/floor.c): learnt from the train split and measured on the
 * others. Without a train split, or with nothing else, each split is measured on
 * itself, which is higher than it would be on new questions; "fitted_on" says so.
 */
#include "base/alloc.h"
#include "model/data/metrics.h"
#include "pipeline/commands/data/data_priv.h"

#include <jansson.h>
#include <string.h>

static AqErr fit_split_floor(AqFloor **out, const AqDataSet *d, const char *split)
{
    AqQuestion *q = aq_alloc(d->n, sizeof *q);
    size_t n = 0;

    *out = NULL;
    if (!q)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < d->n; k++)
        if (strcmp(d->rows[k].split, split) == 0)
            q[n++] = (AqQuestion){.template_ = d->rows[k].a->template_,
                                  .answer = d->rows[k].a->answer};
    const AqErr err = aq_floor_fit(out, q, n, AQ_TASK_OPEN);
    aq_free(q);
    return err;
}

static json_t *share_json(size_t right, size_t n)
{
    return n ? json_real((double)right / (double)n) : json_null();
}

/* The split's rows of each type; adds to *n and *right. */
static json_t *by_types(const AqFloor *f, const AqDataRuns *types, const char *split,
                        size_t *n, size_t *right)
{
    json_t *all = json_array();
    int bad = 0;

    for (size_t t = 0; t < types->n; t++) {
        const AqDataRun *run = &types->v[t];
        size_t here = 0, hits = 0;

        for (size_t k = 0; k < run->n; k++) {
            const AqAnnotation *a = run->first[k].a;

            if (strcmp(run->first[k].split, split) != 0)
                continue;
            here++;
            hits += strcmp(aq_floor_answer(f, a->template_), a->answer) == 0;
        }
        if (here > 0)
            bad |=
                json_array_append_new(
                    all, json_pack("{s:s, s:s, s:I, s:I, s:o}", "modality",
                                   run->first->a->modality, "kind", run->first->a->kind,
                                   "n", (json_int_t)here, "right", (json_int_t)hits,
                                   "accuracy", share_json(hits, here))) != 0;
        *n += here;
        *right += hits;
    }
    if (bad) {
        json_decref(all);
        return NULL;
    }
    return all;
}

static json_t *measure_split_floor(const AqDataSet *d, const AqDataRuns *types,
                                   const char *split, const char *train)
{
    AqFloor *f = NULL;
    size_t n = 0, right = 0;

    if (fit_split_floor(&f, d, train) != AQ_OK)
        return NULL;
    json_t *each = by_types(f, types, split, &n, &right);
    aq_floor_free(&f);
    return each ? json_pack("{s:s, s:s, s:I, s:I, s:o, s:o}", "split", split,
                            "fitted_on", train, "n", (json_int_t)n, "right",
                            (json_int_t)right, "accuracy", share_json(right, n),
                            "types", each)
                : NULL;
}

json_t *aq_data_floor(const AqDataSet *d)
{
    const int has_train = aq_data_split_at(d, "train") < d->n_splits;
    AqDataRuns types;
    int bad = 0;

    if (aq_data_runs_init(&types, d, aq_data_by_type, aq_data_by_type) != AQ_OK)
        return NULL;
    aq_data_runs_by_size(&types);
    json_t *all = json_array();
    for (size_t k = 0; k < d->n_splits; k++) {
        const char *split = d->splits[k];

        if (has_train && d->n_splits > 1 && strcmp(split, "train") == 0)
            continue;
        bad |= json_array_append_new(
                   all, measure_split_floor(d, &types, split,
                                            has_train ? "train" : split)) != 0;
    }
    aq_data_runs_clear(&types);
    if (bad) {
        json_decref(all);
        return NULL;
    }
    return all;
}
