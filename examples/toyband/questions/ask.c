/* SPDX-License-Identifier: MIT */
/*
 * Draws a scene's questions: templates of MUSIC-AVQA's nine types, half of the time
 * reworded as people might type them. Comparisons are asked in both orders, so that
 * neither the pair nor the one that is named first gives the answer away.
 */
#include "examples/toyband/questions/ask.h"

#include "base/alloc.h"
#include "examples/toyband/questions/labels.h"
#include "examples/toyband/questions/look.h"
#include "examples/toyband/questions/wordings.h"

#include <stdio.h>
#include <string.h>

#define TRIES 2000

static const char *const types[9][2] = {
    {"Audio", "Counting"},           {"Audio", "Comparative"},
    {"Visual", "Counting"},          {"Visual", "Location"},
    {"Audio-Visual", "Existential"}, {"Audio-Visual", "Counting"},
    {"Audio-Visual", "Location"},    {"Audio-Visual", "Comparative"},
    {"Audio-Visual", "Temporal"}};

/* A template of a random type; all types are equally likely, whatever their number of
 * forms. */
static int draw_wording(AqRng *r)
{
    const unsigned type = aq_rng_below(r, 9);
    int of_type[AQ_TOY_TEMPLATES], n = 0;

    for (int k = 0; k < aq_toy_n_wordings; k++)
        if (strcmp(aq_toy_wordings[k].modality, types[type][0]) == 0 &&
            strcmp(aq_toy_wordings[k].kind, types[type][1]) == 0)
            of_type[n++] = k;
    return of_type[aq_rng_below(r, (unsigned)n)];
}

/* ["a", "b"] as text, as in the data set. Gives. */
static char *list_text(const char *const *v, int n)
{
    char *text = aq_strdup("[");

    for (int k = 0; text && k < n; k++) {
        char *more = aq_strf("%s%s\"%s\"", text, k ? ", " : "", v[k]);
        aq_free(text);
        text = more;
    }
    char *all = text ? aq_strf("%s]", text) : NULL;
    aq_free(text);
    return all;
}

static AqErr append(json_t *list, const AqToyScene *s, const AqToyWording *w,
                    const char *template_, const AqToyQuestion *q, int id)
{
    const char *const type[2] = {w->modality, w->kind};
    char video[16];
    char *type_text = list_text(type, 2), *values = list_text(q->value, q->n_values);

    (void)snprintf(video, sizeof video, "%08u", s->index);
    json_t *o = type_text && values
                    ? json_pack("{s:s, s:i, s:s, s:s, s:s, s:i, s:s}", "video_id",
                                video, "question_id", id, "type", type_text,
                                "question_content", template_, "templ_values", values,
                                "question_deleted", 0, "anser", q->answer)
                    : NULL;
    aq_free(type_text);
    aq_free(values);
    return o && json_array_append_new(list, o) == 0
               ? AQ_OK
               : aq_fail(AQ_ERR_NOMEM, "out of memory");
}

/* Other names that people type for an instrument. */
static const char *const nicknames[][3] = {
    {"acoustic_guitar", "guitar", "acoustic guitar"},
    {"saxophone", "sax", "saxophone"},
    {"drum", "drums", "drum"},
    {"congas", "conga drums", "congas"},
    {"violin", "fiddle", "violin"},
    {"bagpipe", "bagpipes", "bagpipe"},
    {"electric_bass", "bass guitar", "electric bass"},
    {"ukulele", "uke", "ukulele"},
    {"xylophone", "marimba", "xylophone"}};

static void use_nicknames(AqToyQuestion *q, AqRng *r)
{
    for (int v = 0; v < q->n_values; v++)
        for (size_t k = 0; k < sizeof nicknames / sizeof *nicknames; k++)
            if (strcmp(q->value[v], nicknames[k][0]) == 0) {
                q->value[v] = nicknames[k][aq_rng_below(r, 3)];
                break;
            }
}

/* The name of slot number k, "Object" of "<Object>"; NULL: the text has fewer. */
static const char *find_slot_name(const char *text, int k, size_t *length)
{
    while ((text = strchr(text, '<')) && k-- > 0)
        text++;
    *length = text ? strcspn(++text, ">") : 0;
    return text;
}

/* The value for a wording's slot from the template's: "left" of "leftmost" for a slot
 * that has the "LR" of "LRer" alone; NULL: it is none for this slot. */
static const char *fit_value(const char *slot, size_t length, const char *of_template,
                             size_t of_length, const char *value)
{
    if (!value || strncmp(slot, of_template, length) != 0)
        return NULL;
    if (length == of_length)
        return value;
    return length + 2 == of_length && strncmp(of_template, "LRer", of_length) == 0
               ? aq_toy_place_names[value[0] == 'l' ? AQ_TOY_LEFT : AQ_TOY_RIGHT]
               : NULL;
}

/* Puts the template's values in the order of the wording's slots: each takes the first
 * one of its name that is left. */
static void arrange_values(AqToyQuestion *q, const char *template_, const char *text)
{
    const AqToyQuestion had = *q;
    int taken[AQ_TOY_VALUES] = {0};
    size_t length, of_length;
    const char *slot;

    q->n_values = 0;
    for (int k = 0; (slot = find_slot_name(text, k, &length)); k++)
        for (int v = 0; v < had.n_values; v++) {
            const char *of = find_slot_name(template_, v, &of_length),
                       *value = taken[v] ? NULL
                                         : fit_value(slot, length, of, of_length,
                                                     had.value[v]);
            if (value) {
                taken[v] = 1;
                aq_toy_fill(q, value);
                break;
            }
        }
}

/* The template, or half of the time another wording of it. */
static const char *word_it(const AqToyWording *w, AqToyQuestion *q, AqRng *r)
{
    int n = 0;

    while (n < AQ_TOY_OTHERS && w->others[n])
        n++;
    if (aq_toy_coin(r) == 0)
        return w->template_;
    use_nicknames(q, r);
    const char *text = w->others[aq_rng_below(r, (unsigned)n)];
    arrange_values(q, w->template_, text);
    return text;
}

/* Does the list already have this question about the scene? */
static int asked_before(const json_t *list, size_t first, const char *text,
                        const AqToyQuestion *q)
{
    char *values = list_text(q->value, q->n_values);
    int same = 0;

    for (size_t k = first; values && !same && k < json_array_size(list); k++) {
        const json_t *o = json_array_get(list, k);

        same =
            strcmp(json_string_value(json_object_get(o, "question_content")), text) ==
                0 &&
            strcmp(json_string_value(json_object_get(o, "templ_values")), values) == 0;
    }
    aq_free(values);
    return same;
}

typedef struct ToyAsking {
    json_t *list;
    const AqToyScene *s;
    AqRng r;
    size_t first; /* of the list, about this scene */
    int n, want, *next_id;
    double noise;
    AqRng noise_r;
} ToyAsking;

/* Adds the question in some wording, unless there is no room or it is there already. */
static AqErr add_question(ToyAsking *a, const AqToyWording *w, const AqToyQuestion *q)
{
    AqToyQuestion worded = *q;

    if (a->n >= a->want)
        return AQ_OK;
    const char *text = word_it(w, &worded, &a->r);
    if (asked_before(a->list, a->first, text, &worded))
        return AQ_OK;
    a->n++;
    if (aq_rng_uniform(&a->noise_r) < a->noise)
        worded.answer = aq_toy_wrong_answer(w, q->answer, &a->noise_r);
    return append(a->list, a->s, w, text, &worded, (*a->next_id)++);
}

/* A comparison is asked in both orders, and drawn half as often therefore. */
static AqErr add_pair(ToyAsking *a, const AqToyWording *w, const AqToyQuestion *q)
{
    AqToyQuestion twin;
    AqErr err = add_question(a, w, q);

    aq_toy_swap(&twin, q);
    return err == AQ_OK ? add_question(a, w, &twin) : err;
}

AqErr aq_toy_ask(json_t *list, const AqToyScene *s, uint64_t seed, int most,
                 const AqToyLabels *labels, int *next_id)
{
    const int trained = aq_toy_split(s->index) == AQ_TOY_TRAIN;
    ToyAsking a = {.list = list,
                   .s = s,
                   .r = aq_toy_rng(seed, s->index, AQ_TOY_STREAM_QUESTIONS),
                   .first = json_array_size(list),
                   .want = most,
                   .next_id = next_id,
                   .noise = trained ? labels->noise : 0,
                   .noise_r = aq_toy_rng(seed, s->index, AQ_TOY_STREAM_NOISE)};
    AqRng kept = aq_toy_rng(seed, s->index, AQ_TOY_STREAM_LABELS);
    int asked[AQ_TOY_TEMPLATES] = {0};
    double luck[AQ_TOY_TEMPLATES];
    AqErr err = AQ_OK;

    if (most <= 0)
        a.want = 4 + (int)aq_rng_below(&a.r, 5);
    const int each = 1 + a.want / 12; /* of one template, with other values */
    for (int k = 0; k < aq_toy_n_wordings; k++)
        luck[k] = aq_rng_uniform(&a.r);
    for (int t = 0; err == AQ_OK && a.n < a.want && t < TRIES; t++) {
        const int k = draw_wording(&a.r);
        const AqToyWording *w = &aq_toy_wordings[k];
        const int pair = (w->traits & AQ_TOY_PAIR) != 0;
        AqToyQuestion q = {.luck = luck[k]};

        if (asked[k] >= each || (pair && aq_toy_coin(&a.r)) || !w->form(&q, s, &a.r))
            continue;
        asked[k] += 1 + pair;
        luck[k] = aq_rng_uniform(&a.r);
        err = (pair ? add_pair : add_question)(&a, w, &q);
    }
    if (trained && labels->most > 0)
        aq_toy_keep_some(list, a.first, labels->most, &kept);
    return err;
}
