/* SPDX-License-Identifier: MIT */
/*
 * AVQA's records (Yang et al., ACM Multimedia 2022): questions about VGG-Sound's clips,
 * each with a few answers to choose from. "answer" is the index of the right one, from
 * 0; "video_name" is the file's name, "video_id" just a number. "question_relation"
 * says what a question is about (sound, view or both).
 */
#include "store/annotations/annotations_priv.h"

#include <jansson.h>
#include <string.h>

static const char *modality_of(json_t *o)
{
    static const struct {
        const char *relation, *modality;
    } all[] = {{"Sound", "Audio"},
               {"Audio", "Audio"},
               {"View", "Visual"},
               {"Visual", "Visual"},
               {"Both", "Audio-Visual"}};
    const char *relation = json_string_value(json_object_get(o, "question_relation"));

    for (size_t k = 0; relation && k < sizeof all / sizeof *all; k++)
        if (strcmp(relation, all[k].relation) == 0)
            return all[k].modality;
    return "Other";
}

static AqRecordFault take_choices(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    json_t *list = aq_record_list(o, "multi_choice");
    AqRecordFault f = NULL;

    if (json_array_size(list) == 0)
        f = "it has no answers to choose from (multi_choice)";
    else
        f = aq_record_texts(r, list, AQ_ANNOTATION_MAX_CHOICES,
                            "one of its choices is no text, or they are too many",
                            &a->choices, &a->n_choices);
    json_decref(list);
    return f;
}

static AqRecordFault take_answer(json_t *o, AqAnnotation *a)
{
    const int64_t at = aq_record_id(o, "answer");
    const char *text = json_string_value(json_object_get(o, "answer"));

    for (size_t k = 0; text && k < a->n_choices; k++)
        if (strcmp(text, a->choices[k]) == 0) { /* some files have the answer itself */
            a->answer = a->choices[k];
            return NULL;
        }
    if (at < 0 || (uint64_t)at >= a->n_choices)
        return "its answer is none of its choices";
    a->answer = a->choices[at];
    return NULL;
}

static AqRecordFault read_avqa(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    AqRecordFault f = aq_record_video(r, o, "video_name", a);

    if (!f)
        f = aq_record_text(r, o, "question_text",
                           "its question (question_text) is missing, empty or too long",
                           &a->question);
    if (!f)
        f = take_choices(r, o, a);
    if (!f)
        f = take_answer(o, a);
    if (!f && json_object_get(o, "question_type"))
        f = aq_record_text(r, o, "question_type", "its question_type is no text",
                           &a->kind);
    a->template_ = a->question;
    a->task = AQ_TASK_CHOICE;
    a->modality = modality_of(o);
    a->question_id = aq_record_id(o, "id");
    return f;
}

static int has_avqa_keys(const json_t *o)
{
    return json_object_get(o, "question_text") || json_object_get(o, "multi_choice") ||
           json_object_get(o, "video_name");
}

const AqRecordLayout aq_layout_avqa = {
    .name = "avqa", .has_keys = has_avqa_keys, .read = read_avqa};
