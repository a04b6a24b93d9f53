/* SPDX-License-Identifier: MIT */
/*
 * Users' own records: video, question, answer, type; optionally split and question_id.
 * A type is a modality and a kind ("Audio-Visual Counting"), or one of the two.
 */
#include "store/annotations/annotations_priv.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

#define BETWEEN " \t,;:/|_-"

/* "audio visual counting" is Audio-Visual and "counting": the longest name first. */
static AqRecordFault split_type(AqRecordReader *r, const char *type, AqAnnotation *a)
{
    static const struct {
        const char *text, *modality;
    } all[] = {{"Audio-Visual", "Audio-Visual"},
               {"Audio Visual", "Audio-Visual"},
               {"Audiovisual", "Audio-Visual"},
               {"Audio", "Audio"},
               {"Visual", "Visual"}};
    const char *kind = type + strspn(type, BETWEEN);

    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        const size_t n = strlen(all[k].text);

        if (strncasecmp(kind, all[k].text, n) != 0 ||
            (kind[n] && !strchr(BETWEEN, kind[n])))
            continue;
        a->modality = all[k].modality;
        kind += n;
        kind += strspn(kind, BETWEEN);
        break;
    }
    if (!*kind)
        return NULL; /* stays "Other" */
    a->kind = aq_record_keep(r, kind);
    return a->kind ? NULL : "";
}

static AqRecordFault take_type(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    const char *type = NULL;
    json_t *pair = aq_record_list(o, "type");

    json_decref(pair);
    if (pair)
        return aq_record_type(r, o, a);
    const AqRecordFault f =
        aq_record_text(r, o, "type", "its type is missing, empty or too long", &type);
    return f ? f : split_type(r, type, a);
}

/* An optional key: may be missing, null or, in CSV, empty. */
static int is_given(json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);

    return v && !json_is_null(v) && !(json_is_string(v) && !json_string_length(v));
}

static AqRecordFault read_plain(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    AqRecordFault f =
        aq_record_video(r, o, is_given(o, "video") ? "video" : "video_id", a);

    if (!f)
        f = aq_record_question(r, o, "question", a);
    if (!f)
        f = aq_record_answer(r, o, &a->answer);
    if (!f)
        f = take_type(r, o, a);
    if (!f && is_given(o, "split"))
        f = aq_record_text(r, o, "split", "its split is no text", &a->split);
    a->question_id = aq_record_id(o, is_given(o, "question_id") ? "question_id" : "id");
    return f;
}

static int has_plain_keys(const json_t *o)
{
    return json_object_get(o, "question") != NULL;
}

const AqRecordLayout aq_layout_plain = {
    .name = "plain", .has_keys = has_plain_keys, .read = read_plain};
