/* SPDX-License-Identifier: MIT */
/*
 * The blind floor: the majority answer of each question template in the training split.
 * A model that scores no better has learned nothing from the video.
 */
#include "model/data/metrics.h"

#include "base/alloc.h"
#include "base/text/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MOST_TEMPLATES 1000000

typedef struct FloorEntry {
    char *template_, *answer;
} FloorEntry;

struct AqFloor {
    FloorEntry *at; /* in strcmp order of the templates */
    size_t n;
    char *fallback;
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
    aq_free((*f)->at);
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

AqErr aq_floor_fit(AqFloor **out, const AqQuestion *q, size_t n)
{
    *out = NULL;
    const AqQuestion **sorted = aq_alloc(n, sizeof *sorted);

    if (!sorted)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < n; k++)
        sorted[k] = &q[k];
    if (n > 0)
        qsort(sorted, n, sizeof *sorted, by_answer);
    AqErr err = floor_new(out, n, majority_answer(sorted, n));
    if (n > 0)
        qsort(sorted, n, sizeof *sorted, compare_template_answers);
    for (size_t k = 0, next; err == AQ_OK && k < n; k = next) {
        for (next = k + 1;
             next < n && !strcmp(sorted[k]->template_, sorted[next]->template_);)
            next++;
        err = append_floor_entry(*out, sorted[k]->template_,
                                 majority_answer(sorted + k, next - k));
    }
    if (err != AQ_OK)
        aq_floor_free(out);
    aq_free(sorted);
    return err;
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
    *out = all ? aq_json_text(all, JSON_COMPACT) : NULL;
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
    return AQ_OK;
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
