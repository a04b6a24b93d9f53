/* SPDX-License-Identifier: MIT */
/* Annotation lists in the store, under the name of a data set and a split. */
#include "store/annotations/annotations.h"

#include "base/alloc.h"
#include "base/text/json.h"
#include "base/text/names.h"
#include "store/store_priv.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* A JSON array. Gives; NULL when out of memory. */
static char *texts_as_json(const char *const *texts, size_t n)
{
    json_t *list = json_array();
    int bad = 0;

    for (size_t k = 0; !bad && k < n; k++)
        bad = json_array_append_new(list, json_string(texts[k])) != 0;
    char *text = aq_json_text(bad ? NULL : list, JSON_COMPACT);
    json_decref(list);
    return text;
}

static AqErr add_stored_annotation(AqStore *s, const char *dataset, const char *split,
                                   size_t place, const AqAnnotation *a)
{
    char *values = texts_as_json(a->values, a->n_values),
         *choices = texts_as_json(a->choices, a->n_choices);
    AqErr err = AQ_ERR_NOMEM;

    if (values && choices) {
        AqQuery q = aq_query(s, AQ_SQL_ANNOTATION_ADD);

        aq_query_text(&q, 1, dataset);
        aq_query_text(&q, 2, split);
        aq_query_int(&q, 3, (int64_t)place);
        aq_query_text(&q, 4, a->video);
        aq_query_int(&q, 5, a->question_id);
        aq_query_text(&q, 6, a->modality);
        aq_query_text(&q, 7, a->kind);
        aq_query_text(&q, 8, a->template_);
        aq_query_text(&q, 9, values);
        aq_query_text(&q, 10, a->question);
        aq_query_text(&q, 11, a->answer);
        aq_query_text(&q, 12, a->file);
        aq_query_int(&q, 13, (int64_t)a->index);
        aq_query_int(&q, 14, a->task);
        aq_query_text(&q, 15, choices);
        aq_query_run(&q);
        err = aq_query_end(&q);
    }
    aq_free(values);
    aq_free(choices);
    return err;
}

AqErr aq_store_put_annotations(AqStore *s, const char *dataset, const char *split,
                               const AqAnnotations *a)
{
    AqErr err = aq_store_begin(s);

    if (err != AQ_OK)
        return err;
    AqQuery q = aq_query(s, AQ_SQL_ANNOTATIONS_DROP);
    aq_query_text(&q, 1, dataset);
    aq_query_text(&q, 2, split);
    aq_query_run(&q);
    err = aq_query_end(&q);
    for (size_t k = 0; err == AQ_OK && k < a->n; k++)
        err = add_stored_annotation(s, dataset, split, k, &a->v[k]);
    return aq_store_end(s, err);
}

static const char *keep_annotation_text(AqAnnotations *l, const char *text)
{
    const size_t n = strlen(text) + 1;
    char *p = aq_arena_alloc(l->arena, n, 1);

    return p ? memcpy(p, text, n) : NULL;
}

/* `what` is damaged if `text` is no JSON array of at most `most` texts. */
static AqErr read_texts(AqAnnotations *l, const char *text, size_t most,
                        const char *what, const char *const **out, size_t *n_out)
{
    json_t *list = json_loads(text, 0, NULL);
    const size_t n = json_array_size(list);

    if (!json_is_array(list) || n > most) {
        json_decref(list);
        return aq_fail(AQ_ERR_FORMAT, "damaged %s of a question", what);
    }
    const char **v = aq_arena_alloc(l->arena, n ? n : 1, sizeof *v);
    AqErr err = v ? AQ_OK : AQ_ERR_NOMEM;
    for (size_t k = 0; err == AQ_OK && k < n; k++) {
        const char *one = json_string_value(json_array_get(list, k));

        v[k] = one ? keep_annotation_text(l, one) : NULL;
        if (!v[k])
            err = one ? AQ_ERR_NOMEM
                      : aq_fail(AQ_ERR_FORMAT, "damaged %s of a question", what);
    }
    *out = v;
    *n_out = n;
    json_decref(list);
    return err;
}

static AqErr read_lists_of_row(AqAnnotations *l, AqQuery *q, AqAnnotation *a)
{
    AqErr err =
        read_texts(l, aq_row_text(q, 5, AQ_STORE_MAX_TEXT), AQ_ANNOTATION_MAX_VALUES,
                   "slot values", &a->values, &a->n_values);

    return err != AQ_OK ? err
                        : read_texts(l, aq_row_text(q, 11, AQ_STORE_MAX_TEXT),
                                     AQ_ANNOTATION_MAX_CHOICES, "choices", &a->choices,
                                     &a->n_choices);
}

static AqErr read_annotation_row(AqAnnotations *l, AqQuery *q)
{
    AqAnnotation a = {.question_id = aq_row_int(q, 1, INT64_MIN, INT64_MAX),
                      .index = (size_t)aq_row_int(q, 9, 0, INT64_MAX),
                      .task = (AqTask)aq_row_int(q, 10, 0, AQ_N_TASKS - 1),
                      .also = "",
                      .id = "",
                      .split = ""};
    const struct {
        const char **to;
        int col;
    } texts[] = {{&a.video, 0},    {&a.modality, 2}, {&a.kind, 3}, {&a.template_, 4},
                 {&a.question, 6}, {&a.answer, 7},   {&a.file, 8}};

    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        *texts[k].to =
            keep_annotation_text(l, aq_row_text(q, texts[k].col, AQ_STORE_MAX_TEXT));
        if (!*texts[k].to)
            return AQ_ERR_NOMEM;
    }
    if (q->err != AQ_OK)
        return q->err;
    char *clip = aq_name_of_clip(a.video);
    a.clip = clip ? keep_annotation_text(l, clip) : NULL;
    a.written = a.video;
    aq_free(clip);
    if (!a.clip)
        return AQ_ERR_NOMEM;
    AqErr err = read_lists_of_row(l, q, &a);
    AqAnnotation *v = err == AQ_OK ? aq_grow(l->v, l->n, sizeof *v) : NULL;
    if (err == AQ_OK && !v)
        err = AQ_ERR_NOMEM;
    if (err == AQ_OK) {
        l->v = v;
        l->v[l->n++] = a;
    }
    return err;
}

AqErr aq_store_get_annotations(AqStore *s, const char *dataset, const char *split,
                               AqAnnotations **out)
{
    *out = NULL;
    AqAnnotations *l = aq_alloc(1, sizeof *l);
    if (!l)
        return AQ_ERR_NOMEM;
    AqErr err = aq_arena_new(&l->arena, 1 << 18);
    if (err == AQ_OK) {
        AqQuery q = aq_query(s, AQ_SQL_ANNOTATIONS_GET);

        aq_query_text(&q, 1, dataset);
        if (split)
            aq_query_text(&q, 2, split); /* unbound is NULL: all */
        while (aq_query_step(&q))
            q.err = read_annotation_row(l, &q);
        err = aq_query_end(&q);
    }
    if (err == AQ_OK && l->n == 0)
        err = aq_fail(AQ_ERR_NOT_FOUND, "%s: holds no questions of %s%s%s", s->path,
                      dataset, split ? ", " : "", split ? split : "");
    if (err != AQ_OK) {
        aq_annotations_free(&l);
        return err;
    }
    *out = l;
    return AQ_OK;
}
