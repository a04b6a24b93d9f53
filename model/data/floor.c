/* SPDX-License-Identifier: MIT */
/*
 * The blind floor: the majority answer of each question template in the training split,
 * and what takes its place where answers are chosen or counted. A model that scores no
 * better has learned nothing from the video.
 */
#include "model/data/metrics.h"

#include "base/alloc.h"
#include "base/text/json.h"
#include "model/data/answers.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MOST_TEMPLATES 1000000

typedef struct FloorEntry {
    char *template_, *answer;
} FloorEntry;

/* Of choices: an answer, and how often training has it. */
typedef struct FloorChosen {
    char *answer;
    size_t n;
} FloorChosen;

struct AqFloor {
    FloorEntry *at; /* in strcmp order of the templates */
    size_t n;
    char *fallback;
    FloorChosen *chosen; /* in strcmp order; NULL unless there are choices */
    size_t n_chosen;
};

void aq_floor_free(AqFloor **f)
{
    if (!*f)
        return;
    for (size_t k = 0; k < (*f)->n; k++) {
        /* None is counted before there is memory for it. */
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        aq_free((*f)->at[k].template_);
        aq_free((*f)->at[k].answer);
    }
    for (size_t k = 0; k < (*f)->n_chosen; k++)
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        aq_free((*f)->chosen[k].answer);
    aq_free((*f)->at);
    aq_free((*f)->chosen);
    aq_free((*f)->fallback);
    aq_free(*f);
    *f = NULL;
}

static AqErr floor_new(AqFloor **out, size_t room, const char *fallback)
{
    AqFloor *f = *out = aq_alloc(1, sizeof *f);

    if (f && (f->at = aq_alloc(room, sizeof *f->at)) &&
        (f->fallback = aq_strdup(fallback)))
        return AQ_OK;
    aq_floor_free(out);
    return AQ_ERR_NOMEM;
}

static AqErr append_floor_entry(AqFloor *f, const char *template_, const char *answer)
{
    FloorEntry *e = &f->at[f->n];

    e->template_ = aq_strdup(template_);
    e->answer = aq_strdup(answer);
    f->n++; /* so that even half an entry is freed */
    return e->template_ && e->answer ? AQ_OK : AQ_ERR_NOMEM;
}

static int compare_template_answers(const void *a, const void *b)
{
    const AqQuestion *p = *(const AqQuestion *const *)a,
                     *q = *(const AqQuestion *const *)b;
    const int order = strcmp(p->template_, q->template_);

    return order ? order : strcmp(p->answer, q->answer);
}

static int by_answer(const void *a, const void *b)
{
    return strcmp((*(const AqQuestion *const *)a)->answer,
                  (*(const AqQuestion *const *)b)->answer);
}

/* The most frequent answer of q[0..n), which are sorted by answer. */
static const char *majority_answer(const AqQuestion *const *q, size_t n)
{
    const char *best = "";
    size_t most = 0;

    for (size_t k = 0, next; k < n; k = next) {
        for (next = k + 1; next < n && !strcmp(q[k]->answer, q[next]->answer);)
            next++;
        if (next - k > most) {
            most = next - k;
            best = q[k]->answer;
        }
    }
    return best;
}

/* The mean of the numbers of q[0..n), rounded, as text. */
static const char *mean_count(const AqQuestion *const *q, size_t n)
{
    double sum = 0;
    size_t counted = 0;

    for (size_t k = 0; k < n; k++) {
        const int number = aq_count_of(q[k]->answer);

        sum += number > 0 ? number : 0;
        counted += number > 0;
    }
    if (counted == 0)
        return "";
    return aq_count_names[(int)(sum / (double)counted + 0.5) - AQ_COUNT_LEAST];
}

/* What is guessed for q[0..n), which are sorted by answer. */
static const char *guess_of(const AqQuestion *const *q, size_t n, AqTask task)
{
    return task == AQ_TASK_COUNT ? mean_count(q, n) : majority_answer(q, n);
}

/* How often each answer occurs in q[0..n), which are sorted by answer. */
static AqErr count_chosen(AqFloor *f, const AqQuestion *const *q, size_t n)
{
    if (!(f->chosen = aq_alloc(n ? n : 1, sizeof *f->chosen)))
        return AQ_ERR_NOMEM;
    for (size_t k = 0, next; k < n; k = next) {
        for (next = k + 1; next < n && !strcmp(q[k]->answer, q[next]->answer);)
            next++;
        FloorChosen *c = &f->chosen[f->n_chosen];
        if (!(c->answer = aq_strdup(q[k]->answer)))
            return AQ_ERR_NOMEM;
        c->n = next - k;
        f->n_chosen++;
    }
    return AQ_OK;
}

/* Appends each template's guess; sorts. */
static AqErr fit_templates(AqFloor *f, const AqQuestion **sorted, size_t n, AqTask task)
{
    AqErr err = AQ_OK;

    if (n > 0)
        qsort(sorted, n, sizeof *sorted, compare_template_answers);
    for (size_t k = 0, next; err == AQ_OK && k < n; k = next) {
        for (next = k + 1;
             next < n && !strcmp(sorted[k]->template_, sorted[next]->template_);)
            next++;
        err = append_floor_entry(f, sorted[k]->template_,
                                 guess_of(sorted + k, next - k, task));
    }
    return err;
}

AqErr aq_floor_fit(AqFloor **out, const AqQuestion *q, size_t n, AqTask task)
{
    *out = NULL;
    const AqQuestion **sorted = aq_alloc(n, sizeof *sorted);

    if (!sorted)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < n; k++)
        sorted[k] = &q[k];
    if (n > 0)
        qsort(sorted, n, sizeof *sorted, by_answer);
    AqErr err = floor_new(out, n, guess_of(sorted, n, task));
    if (err == AQ_OK)
        err = task == AQ_TASK_CHOICE ? count_chosen(*out, sorted, n)
                                     : fit_templates(*out, sorted, n, task);
    if (err != AQ_OK)
        aq_floor_free(out);
    aq_free(sorted);
    return err;
}

static int compare_chosen(const void *a, const void *b)
{
    return strcmp(((const FloorChosen *)a)->answer, ((const FloorChosen *)b)->answer);
}

const char *aq_floor_guess(const AqFloor *f, const AqQuestion *q)
{
    size_t best = 0, most = 0;

    if (!f->chosen)
        return aq_floor_answer(f, q->template_);
    for (size_t k = 0; k < q->n_choices; k++) {
        const FloorChosen key = {.answer = (char *)(uintptr_t)q->choices[k]};
        const FloorChosen *c = f->n_chosen ? bsearch(&key, f->chosen, f->n_chosen,
                                                     sizeof key, compare_chosen)
                                           : NULL;

        if (c && c->n > most) {
            most = c->n;
            best = k;
        }
    }
    return q->n_choices ? q->choices[best] : "";
}

const char *aq_floor_answer(const AqFloor *f, const char *template_)
{
    size_t lo = 0, hi = f->n;

    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        const int order = strcmp(template_, f->at[mid].template_);

        if (order == 0)
            return f->at[mid].answer;
        if (order < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return f->fallback;
}

/* {"jump": 12}; gives. NULL without memory, or where an answer is not UTF-8. */
static json_t *chosen_to_json(const AqFloor *f)
{
    json_t *o = json_object();
    int bad = !o;

    for (size_t k = 0; !bad && k < f->n_chosen; k++)
        bad = json_object_set_new(o, f->chosen[k].answer,
                                  json_integer((json_int_t)f->chosen[k].n));
    if (!bad)
        return o;
    json_decref(o);
    return NULL;
}

AqErr aq_floor_to_json(const AqFloor *f, char **out)
{
    json_t *map = json_object();
    int bad = !map;

    *out = NULL;
    for (size_t k = 0; !bad && k < f->n; k++)
        bad =
            json_object_set_new(map, f->at[k].template_, json_string(f->at[k].answer));
    json_t *all =
        bad ? NULL : json_pack("{s:s, s:O}", "fallback", f->fallback, "templates", map);
    bad = !all || (f->chosen && json_object_set_new(all, "chosen", chosen_to_json(f)));
    *out = bad ? NULL : aq_json_text(all, JSON_COMPACT);
    json_decref(all);
    json_decref(map);
    return *out ? AQ_OK
                : aq_fail(AQ_ERR_FORMAT, "the blind floor cannot be written as JSON: a "
                                         "template or an answer is not UTF-8 text");
}

static int entry_order(const void *a, const void *b)
{
    return strcmp(((const FloorEntry *)a)->template_,
                  ((const FloorEntry *)b)->template_);
}

static AqErr read_chosen(AqFloor *f, json_t *map)
{
    const char *answer;
    json_t *v;

    if (!json_is_object(map) || json_object_size(map) > MOST_TEMPLATES)
        return aq_fail(AQ_ERR_FORMAT, "the floor's choices are not counted answers");
    if (!(f->chosen = aq_alloc(json_object_size(map) + 1, sizeof *f->chosen)))
        return AQ_ERR_NOMEM;
    json_object_foreach(map, answer, v)
    {
        FloorChosen *c = &f->chosen[f->n_chosen];

        if (!json_is_integer(v) || json_integer_value(v) < 1)
            return aq_fail(AQ_ERR_FORMAT, "the floor does not count the choice \"%s\"",
                           answer);
        if (!(c->answer = aq_strdup(answer)))
            return AQ_ERR_NOMEM;
        c->n = (size_t)json_integer_value(v);
        f->n_chosen++;
    }
    if (f->n_chosen > 0)
        qsort(f->chosen, f->n_chosen, sizeof *f->chosen, compare_chosen);
    return AQ_OK;
}

static AqErr read_floor(AqFloor **out, json_t *all)
{
    const char *fallback = json_string_value(json_object_get(all, "fallback")), *name;
    json_t *map = json_object_get(all, "templates"), *v;

    if (!fallback || !json_is_object(map) || json_object_size(map) > MOST_TEMPLATES)
        return aq_fail(AQ_ERR_FORMAT, "the blind floor lacks its parts");
    AqErr err = floor_new(out, json_object_size(map), fallback);
    if (err != AQ_OK)
        return err;
    json_object_foreach(map, name, v)
    {
        if (!json_is_string(v))
            return aq_fail(AQ_ERR_FORMAT, "the floor's answer to \"%s\" is not text",
                           name);
        if ((err = append_floor_entry(*out, name, json_string_value(v))) != AQ_OK)
            return err;
    }
    if ((*out)->n > 0)
        qsort((*out)->at, (*out)->n, sizeof *(*out)->at, entry_order);
    json_t *chosen = json_object_get(all, "chosen");
    return chosen ? read_chosen(*out, chosen) : AQ_OK;
}

AqErr aq_floor_from_json(AqFloor **out, const char *json)
{
    json_error_t why;

    *out = NULL;
    json_t *all = json_loads(json, JSON_REJECT_DUPLICATES, &why);
    if (!all)
        return aq_fail(AQ_ERR_FORMAT, "the blind floor is not JSON: %s", why.text);
    const AqErr err = read_floor(out, all);
    if (err != AQ_OK)
        aq_floor_free(out);
    json_decref(all);
    return err;
}
