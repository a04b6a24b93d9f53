/* SPDX-License-Identifier: MIT */
/*
 * MUSIC-AVQA's records (both revisions), those of v2.0 and -R: "type" and
 * "templ_values" are lists inside strings and the answer is spelt "anser". v2.0 also
 * has real lists, missing ids and null fields; -R's questions are reworded, some
 * without slots.
 */
#include "store/annotations/annotations_priv.h"

#include <jansson.h>
#include <string.h>

static AqRecordFault take_values(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    json_t *values = aq_record_list(o, "templ_values");
    const json_t *v = json_object_get(o, "templ_values");
    AqRecordFault f = NULL;

    if (!values && v && !json_is_null(v))
        f = "its templ_values are no list";
    if (!f)
        f = aq_record_texts(r, values, AQ_ANNOTATION_MAX_VALUES,
                            "one of its templ_values is no text, or they are too many",
                            &a->values, &a->n_values);
    json_decref(values);
    return f;
}

/* Replaces each <Slot> of the template with the next value. */
static AqRecordFault fill_slots(AqRecordReader *r, AqAnnotation *a)
{
    size_t bytes = strlen(a->template_) + 1, used = 0;

    for (size_t k = 0; k < a->n_values; k++)
        bytes += strlen(a->values[k]);
    char *to = aq_arena_alloc(r->list->arena, bytes, 1);
    if (!to)
        return "";
    a->question = to;
    for (const char *p = a->template_; *p;) {
        const char *end = *p == '<' ? strchr(p, '>') : NULL;

        if (!end) {
            *to++ = *p++;
            continue;
        }
        if (used == a->n_values)
            return "its question has more slots than templ_values";
        const size_t n = strlen(a->values[used]);
        memcpy(to, a->values[used++], n);
        to += n;
        p = end + 1;
    }
    *to = '\0';
    return NULL;
}

static AqRecordFault read_music(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    AqRecordFault f = aq_record_video(r, o, "video_id", a);

    if (!f)
        f = aq_record_type(r, o, a);
    if (!f)
        f = aq_record_text(r, o, "question_content",
                           "its question (question_content) is missing, empty or too "
                           "long",
                           &a->template_);
    if (!f)
        f = take_values(r, o, a);
    if (!f)
        f = aq_record_text(r, o, "anser",
                           "its answer (anser) is missing, empty or too long",
                           &a->answer);
    if (!f)
        f = fill_slots(r, a);
    a->question_id = aq_record_id(o, "question_id");
    return f;
}

static int has_music_keys(const json_t *o)
{
    return json_object_get(o, "question_content") || json_object_get(o, "anser") ||
           json_object_get(o, "templ_values");
}

const AqRecordLayout aq_layout_music_avqa = {
    .name = "music-avqa", .has_keys = has_music_keys, .read = read_music};
