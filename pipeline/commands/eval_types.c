/* SPDX-License-Identifier: MIT */
#include "pipeline/commands/eval_types.h"

#include "base/alloc.h"
#include "base/text/json.h"
#include "base/text/text.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_WIDTH = 26, NAME_BYTES = 200 };

/* ---- order ---- */

/* As the papers' tables have them; others come after, by name. */
static int place_of_kind(const char *kind)
{
    static const char *const all[] = {"What",           "Who",          "How",
                                      "When",           "Where",        "Color",
                                      "Motion",         "Spatial",      "Temporal",
                                      "Free Yes/No",    "Free Color",   "Free Object",
                                      "Free Location",  "Free Number",  "Free Other",
                                      "Free",           "Action",       "Transition",
                                      "Frame Object",   "Frame Number", "Frame Color",
                                      "Frame Location", "Frame",        "Count"};
    const int n = (int)(sizeof all / sizeof *all);

    for (int k = 0; k < n; k++)
        if (strcmp(all[k], kind) == 0)
            return k;
    return n;
}

static int compare_eval_types(const void *a, const void *b)
{
    const AqEvalType *x = a, *y = b;
    const int order = strcmp(x->modality, y->modality),
              places = place_of_kind(x->kind) - place_of_kind(y->kind);

    return order ? order : places ? places : strcmp(x->kind, y->kind);
}

/* ---- counting ---- */

static int is_one_of_nine(const char *modality, const char *kind)
{
    char name[NAME_BYTES];

    (void)snprintf(name, sizeof name, "%s %s", modality, kind);
    for (int k = 0; k < AQ_N_TYPES; k++)
        if (strcmp(aq_metrics_type_name(k), name) == 0)
            return 1;
    return 0;
}

/* t->v, one for each question and average that it is in, becomes one for each type. */
static void join_equal_types(AqEvalTypes *t)
{
    size_t to = 0;

    if (t->n > 0)
        qsort(t->v, t->n, sizeof *t->v, compare_eval_types);
    for (size_t k = 0; k < t->n; k++) {
        const AqCount c = t->v[k].count;

        if (to == 0 || compare_eval_types(&t->v[to - 1], &t->v[k]) != 0) {
            t->v[to++] = t->v[k];
            continue;
        }
        t->v[to - 1].count.n += c.n;
        t->v[to - 1].count.right += c.right;
        t->v[to - 1].count.floor_right += c.floor_right;
    }
    t->n = to;
}

/* The kind that `kind` is averaged with others in; NULL: none. */
static const char *group_of_kind(const char *kind)
{
    return strncmp(kind, "Free ", 5) == 0    ? "Free"
           : strncmp(kind, "Frame ", 6) == 0 ? "Frame"
                                             : NULL;
}

static double square_of_counts(const char *given, const char *truth)
{
    const int x = aq_count_of(given), y = aq_count_of(truth);
    const double off = (x < 0 ? AQ_COUNT_LEAST : x) - (y < 0 ? AQ_COUNT_LEAST : y);

    return off * off;
}

static void add_counted(AqEvalTypes *t, const char *given, const char *floor,
                        const char *truth)
{
    const double n = (double)++t->n_counts;

    t->square_error += (square_of_counts(given, truth) - t->square_error) / n;
    t->floor_error += (square_of_counts(floor, truth) - t->floor_error) / n;
}

static void add_evaluated(AqEvalTypes *t, const AqModel *m, const AqQuestion *q,
                          const AqAnswer *a)
{
    const char *const *names = aq_model_answers(m, q);
    const char *floor = aq_floor_guess(m->floor, q);
    const char *group = group_of_kind(q->kind);
    AqEvalType one = {
        .modality = q->modality,
        .kind = q->kind,
        .count = {.n = 1,
                  .right = a->given == a->truth,
                  .floor_right = a->truth >= 0 && strcmp(floor, names[a->truth]) == 0}};

    t->n_unknown += a->truth < 0;
    if (q->task == AQ_TASK_COUNT)
        add_counted(t, names[a->given], floor, q->answer);
    if (is_one_of_nine(q->modality, q->kind)) {
        t->n_nine++;
        return;
    }
    t->v[t->n++] = one;
    if (group) {
        one.kind = group;
        one.is_average = 1;
        t->v[t->n++] = one;
    }
}

AqErr aq_eval_types(AqEvalTypes *out, const AqModel *m, const AqQuestion *questions,
                    size_t n, const AqAnswer *answers)
{
    *out = (AqEvalTypes){.v = aq_alloc(2 * n, sizeof *out->v)}; /* averages too */
    if (!out->v)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < n; k++)
        add_evaluated(out, m, &questions[k], &answers[k]);
    join_equal_types(out);
    return AQ_OK;
}

void aq_eval_types_clear(AqEvalTypes *t)
{
    aq_free(t->v);
    *t = (AqEvalTypes){.n = 0};
}

/* ---- the table ---- */

static void print_type(const char *name, const AqCount *c)
{
    (void)printf("%-*s %7.2f %% %7.2f %% %7zu\n", NAME_WIDTH, aq_text_shown(name),
                 100 * aq_count_accuracy(c), 100 * aq_count_floor(c), c->n);
}

static void print_other_types(const AqEvalTypes *t)
{
    char name[NAME_BYTES];

    for (size_t k = 0; k < t->n; k++) {
        (void)snprintf(name, sizeof name, "%s %s%s", t->v[k].modality, t->v[k].kind,
                       t->v[k].is_average ? " Average" : "");
        print_type(name, &t->v[k].count);
    }
}

void aq_eval_types_print(const AqEvalTypes *t, const AqMetrics *m)
{
    const int has_nine = t->n_nine > 0 || t->n == 0;

    if (has_nine)
        aq_metrics_print(m, stdout);
    else
        (void)printf("%-*s %9s %9s %7s\n", NAME_WIDTH, "", "accuracy", "floor", "n");
    print_other_types(t);
    if (!has_nine)
        print_type("Overall", &m->overall);
    if (t->n_counts > 0)
        (void)printf(
            "counts (%zu): mean squared error %.3f (blind %.3f), numbers taken as %d to "
            "%d\n",
            t->n_counts, t->square_error, t->floor_error, AQ_COUNT_LEAST,
            AQ_COUNT_MOST);
    if (t->n_unknown > 0)
        (void)printf(
            "%zu of %zu questions have an answer that the model does not know; "
            "they count as wrong\n",
            t->n_unknown, m->overall.n);
}

/* ---- JSON ---- */

static int put_type_json(json_t *types, const AqEvalType *t)
{
    char name[2 * NAME_BYTES];
    const int n = snprintf(name, sizeof name, "%s %s", t->modality, t->kind);

    if (n < 0 || (size_t)n >= sizeof name)
        return 0; /* no name for a table */
    return json_object_set_new(types, name,
                               json_pack("{s:I, s:f, s:f}", "n", (json_int_t)t->count.n,
                                         "accuracy", aq_count_accuracy(&t->count),
                                         "floor", aq_count_floor(&t->count)));
}

AqErr aq_eval_types_put(const AqEvalTypes *t, json_t *outcome)
{
    json_t *types = json_object_get(outcome, "types");
    int bad = 0;

    for (size_t k = 0; !bad && k < t->n; k++)
        bad = put_type_json(types, &t->v[k]);
    bad = bad ||
          json_object_set_new(
              outcome, "counts",
              t->n_counts ? json_pack("{s:I, s:f, s:f}", "n", (json_int_t)t->n_counts,
                                      "mean_squared_error", t->square_error, "floor",
                                      t->floor_error)
                          : json_null()) ||
          json_object_set_new(outcome, "unknown_answers",
                              json_integer((json_int_t)t->n_unknown));
    return bad ? aq_fail(AQ_ERR_NOMEM, "no memory for the table as JSON") : AQ_OK;
}
