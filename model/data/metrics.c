/* SPDX-License-Identifier: MIT */
/*
 * Counting and printing. The averages are pooled as in MUSIC-AVQA's own evaluation (Li
 * et al., "Learning to Answer Questions in Dynamic Audio-Visual Scenarios", CVPR 2022):
 * right answers over questions, so each type is weighted by its number of questions.
 */
#include "model/data/metrics.h"

#include "base/alloc.h"
#include "base/text/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *const modality_names[3] = {"Audio", "Visual", "Audio-Visual"};

static const struct {
    const char *name, *kind;
    int modality;
} types[AQ_N_TYPES] = {
    {"Audio Counting", "Counting", 0},
    {"Audio Comparative", "Comparative", 0},
    {"Visual Counting", "Counting", 1},
    {"Visual Location", "Location", 1},
    {"Audio-Visual Existential", "Existential", 2},
    {"Audio-Visual Counting", "Counting", 2},
    {"Audio-Visual Location", "Location", 2},
    {"Audio-Visual Comparative", "Comparative", 2},
    {"Audio-Visual Temporal", "Temporal", 2},
};

const char *aq_metrics_type_name(int k)
{
    return k >= 0 && k < AQ_N_TYPES ? types[k].name : NULL;
}

const char *aq_metrics_modality_name(int k)
{
    return k >= 0 && k < 3 ? modality_names[k] : NULL;
}

static void add_to_count(AqCount *c, int right, int floor_right)
{
    c->n++;
    c->right += right != 0;
    c->floor_right += floor_right != 0;
}

void aq_metrics_add(AqMetrics *m, const char *modality, const char *kind, int right,
                    int floor_right)
{
    add_to_count(&m->overall, right, floor_right);
    for (int k = 0; k < 3; k++)
        if (!strcmp(modality, modality_names[k]))
            add_to_count(&m->modalities[k], right, floor_right);
    for (int k = 0; k < AQ_N_TYPES; k++)
        if (!strcmp(modality, modality_names[types[k].modality]) &&
            !strcmp(kind, types[k].kind))
            add_to_count(&m->types[k], right, floor_right);
}

double aq_count_accuracy(const AqCount *c)
{
    return c->n ? (double)c->right / (double)c->n : 0;
}

double aq_count_floor(const AqCount *c)
{
    return c->n ? (double)c->floor_right / (double)c->n : 0;
}

static void print_metrics_row(const char *name, const AqCount *c, FILE *to)
{
    if (c->n == 0)
        (void)fprintf(to, "%-26s %9s %9s %7d\n", name, "-", "-", 0);
    else
        (void)fprintf(to, "%-26s %7.2f %% %7.2f %% %7zu\n", name,
                      100 * aq_count_accuracy(c), 100 * aq_count_floor(c), c->n);
}

void aq_metrics_print(const AqMetrics *m, FILE *to)
{
    (void)fprintf(to, "%-26s %9s %9s %7s\n", "", "accuracy", "floor", "n");
    for (int modality = 0; modality < 3; modality++) {
        char name[40];

        for (int k = 0; k < AQ_N_TYPES; k++)
            if (types[k].modality == modality)
                print_metrics_row(types[k].name, &m->types[k], to);
        (void)snprintf(name, sizeof name, "%s Average", modality_names[modality]);
        print_metrics_row(name, &m->modalities[modality], to);
    }
    print_metrics_row("Overall", &m->overall, to);
}

static json_t *count_to_json(const AqCount *c)
{
    return json_pack("{s:I, s:o, s:o}", "n", (json_int_t)c->n, "accuracy",
                     c->n ? json_real(aq_count_accuracy(c)) : json_null(), "floor",
                     c->n ? json_real(aq_count_floor(c)) : json_null());
}

AqErr aq_metrics_to_json(const AqMetrics *m, char **out)
{
    json_t *all = json_object(), *each = json_object();
    int bad = !all || !each;

    *out = NULL;
    for (int k = 0; !bad && k < AQ_N_TYPES; k++)
        bad = json_object_set_new(each, types[k].name, count_to_json(&m->types[k]));
    for (int k = 0; !bad && k < 3; k++)
        bad = json_object_set_new(each, modality_names[k],
                                  count_to_json(&m->modalities[k]));
    bad = bad || json_object_set_new(all, "overall", count_to_json(&m->overall)) ||
          json_object_set(all, "types", each);
    *out = bad ? NULL : aq_json_text(all, JSON_REAL_PRECISION(12));
    json_decref(each);
    json_decref(all);
    return *out ? AQ_OK : aq_fail(AQ_ERR_NOMEM, "no memory for the table as JSON");
}
