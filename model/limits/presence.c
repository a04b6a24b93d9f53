/* SPDX-License-Identifier: MIT */
#include "model/limits/presence.h"

#include "base/alloc.h"
#include "base/text/json.h"

#include <jansson.h>
#include <string.h>

#define TAKEN_FOR_GRANTED 0.1 /* at most this share names an absent object */

void aq_presence_free(AqPresence **p)
{
    if (*p) {
        aq_strings_clear(&(*p)->templates);
        aq_strings_clear(&(*p)->objects);
        aq_free((*p)->absent);
    }
    aq_free(*p);
    *p = NULL;
}

/* ---- learning ---- */

/* The only slot of a template, "<Object>"; NULL: it has none or several. */
static const char *only_slot(const char *template_, size_t *length)
{
    const char *at = strchr(template_, '<'), *end = at ? strchr(at, '>') : NULL;

    if (!end || strchr(end, '<'))
        return NULL;
    *length = (size_t)(end - at) + 1;
    return at;
}

static int asks_for_presence(const char *template_)
{
    static const char *const begins[] = {"is there a ", "is there an ",
                                         "is there any "};
    size_t length;
    char normal[256];

    if (!only_slot(template_, &length))
        return 0;
    (void)aq_tokenise_normal(template_, normal, sizeof normal);
    for (size_t k = 0; k < sizeof begins / sizeof *begins; k++)
        if (strncmp(normal, begins[k], strlen(begins[k])) == 0)
            return 1;
    return 0;
}

/* What fills the slot in the text, as one word; 0: not one word. */
static int find_slot_filling(const AqQuestion *q, AqWord *out)
{
    size_t length = 0;
    const char *slot = only_slot(q->template_, &length);
    const size_t before = (size_t)(slot - q->template_), after = strlen(slot + length),
                 all = strlen(q->text);
    AqWord more;
    char value[AQ_WORD_BYTES];

    if (all < before + after || all - before - after >= sizeof value)
        return 0;
    memcpy(value, q->text + before, all - before - after);
    value[all - before - after] = 0;
    const char *s = value;
    return aq_tokenise_next(&s, out) && !aq_tokenise_next(&s, &more);
}

typedef struct PresenceFound {
    const char **templates;
    AqWord *words;
    const char **objects;
    size_t n, n_objects;
} PresenceFound;

static AqErr find_presence_questions(PresenceFound *f, const AqQuestion *q, size_t n)
{
    f->templates = aq_alloc(n + 1, sizeof *f->templates);
    f->words = aq_alloc(n + 1, sizeof *f->words);
    f->objects = aq_alloc(n + 1, sizeof *f->objects);
    if (!f->templates || !f->words || !f->objects)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < n; k++) {
        if (!asks_for_presence(q[k].template_))
            continue;
        f->templates[f->n++] = q[k].template_;
        if (find_slot_filling(&q[k], &f->words[f->n_objects])) {
            f->objects[f->n_objects] = f->words[f->n_objects].text;
            f->n_objects++;
        }
    }
    return AQ_OK;
}

/* Drops the templates beyond AQ_PRESENCE_TEMPLATES. */
static void truncate_strings(AqStrings *s, size_t most)
{
    while (s->n > most)
        aq_free(s->at[--s->n]);
}

static AqErr fit_presence_lists(AqPresence *p, const PresenceFound *f, int n_kinds)
{
    AqErr err = aq_strings_collect(&p->templates, f->templates, f->n, 1);

    if (err == AQ_OK)
        err = aq_strings_collect(&p->objects, f->objects, f->n_objects, 1);
    truncate_strings(&p->templates, AQ_PRESENCE_TEMPLATES);
    p->n_kinds = n_kinds;
    if (err == AQ_OK && !(p->absent = aq_alloc((size_t)n_kinds, sizeof *p->absent)))
        err = AQ_ERR_NOMEM;
    for (int k = 0; err == AQ_OK && k < n_kinds; k++)
        p->absent[k] = 1;
    return err;
}

AqErr aq_presence_fit(AqPresence **out, const AqStrings *answers, int n_kinds,
                      const AqQuestion *q, size_t n)
{
    const int no = aq_strings_find(answers, "no");
    AqPresence *p = NULL;
    PresenceFound f = {.n = 0};

    *out = NULL;
    if (no < 0)
        return AQ_OK;
    AqErr err = find_presence_questions(&f, q, n);
    if (err == AQ_OK && f.n_objects > 0) {
        p = aq_alloc(1, sizeof *p);
        err = p ? fit_presence_lists(p, &f, n_kinds) : AQ_ERR_NOMEM;
    }
    if (p)
        p->no = no;
    aq_free(f.templates);
    aq_free(f.words);
    aq_free(f.objects);
    if (err != AQ_OK)
        aq_presence_free(&p);
    *out = p;
    return err;
}

/* ---- asking ---- */

int aq_presence_named(const AqPresence *p, const AqWordForms *forms,
                      const char *question, int *objects)
{
    const AqStrings *words = aq_word_forms_words(forms);
    AqWord w;
    int n = 0;

    while (n < AQ_PRESENCE_NAMED && aq_tokenise_next(&question, &w)) {
        const int known = aq_word_forms_find(forms, w.text),
                  object =
                      known < 0 ? -1 : aq_strings_find(&p->objects, words->at[known]);
        int seen = object < 0;

        for (int k = 0; k < n; k++)
            seen |= objects[k] == object;
        if (!seen)
            objects[n++] = object;
    }
    return n;
}

char *aq_presence_question(const AqPresence *p, size_t template_, int object)
{
    const char *text = p->templates.at[template_];
    size_t length = 0;
    const char *slot = only_slot(text, &length);

    return slot ? aq_strf("%.*s%s%s", (int)(slot - text), text, p->objects.at[object],
                          slot + length)
                : aq_strdup(text);
}

int aq_presence_is_presupposed(const AqPresence *p, int kind)
{
    return kind >= 0 && kind < p->n_kinds && p->absent[kind] < TAKEN_FOR_GRANTED;
}

/* ---- as JSON ---- */

AqErr aq_presence_to_json(const AqPresence *p, char **out)
{
    char *templates = NULL, *objects = NULL, *absent = NULL;
    json_t *list = json_array();
    AqErr err = aq_strings_to_json(&p->templates, &templates);

    *out = NULL;
    if (err == AQ_OK)
        err = aq_strings_to_json(&p->objects, &objects);
    for (int k = 0; k < p->n_kinds; k++)
        (void)json_array_append_new(list, json_real(p->absent[k]));
    if (err == AQ_OK &&
        (absent = aq_json_text(list, JSON_COMPACT | JSON_REAL_PRECISION(12))))
        *out =
            aq_strf("{\"no\": %d, \"templates\": %s, \"objects\": %s, \"absent\": %s}",
                    p->no, templates, objects, absent);
    json_decref(list);
    aq_free(templates);
    aq_free(objects);
    aq_free(absent);
    return err == AQ_OK && !*out ? AQ_ERR_NOMEM : err;
}

static AqErr read_strings(AqStrings *to, const json_t *o, const char *key)
{
    char *text = aq_json_text(json_object_get(o, key), JSON_COMPACT);
    const AqErr err = text ? aq_strings_from_json(to, text) : AQ_ERR_FORMAT;

    aq_free(text);
    return err;
}

static AqErr read_presence(AqPresence *p, const json_t *o, size_t n_answers)
{
    const json_t *absent = json_object_get(o, "absent");
    AqErr err = read_strings(&p->templates, o, "templates");

    if (err == AQ_OK)
        err = read_strings(&p->objects, o, "objects");
    if (err != AQ_OK)
        return err;
    const json_int_t no = json_integer_value(json_object_get(o, "no"));
    if (no < 0 || (size_t)no >= n_answers ||
        json_array_size(absent) != (size_t)p->n_kinds)
        return aq_fail(AQ_ERR_FORMAT,
                       "the model's questions for presence do not match it");
    p->no = (int)no;
    truncate_strings(&p->templates, AQ_PRESENCE_TEMPLATES);
    if (!(p->absent = aq_alloc((size_t)p->n_kinds, sizeof *p->absent)))
        return AQ_ERR_NOMEM;
    for (int k = 0; k < p->n_kinds; k++)
        p->absent[k] = json_number_value(json_array_get(absent, (size_t)k));
    return AQ_OK;
}

AqErr aq_presence_from_json(AqPresence **out, const char *json, size_t n_answers,
                            int n_kinds)
{
    json_t *o = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    AqPresence *p = aq_alloc(1, sizeof *p);

    *out = NULL;
    if (p)
        p->n_kinds = n_kinds;
    const AqErr err =
        !p  ? AQ_ERR_NOMEM
        : o ? read_presence(p, o, n_answers)
            : aq_fail(AQ_ERR_FORMAT, "the model's questions for presence are not JSON");
    json_decref(o);
    if (err != AQ_OK)
        aq_presence_free(&p);
    *out = p;
    return err;
}
