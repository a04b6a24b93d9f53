/* SPDX-License-Identifier: MIT */
/*
 * ActivityNet-QA's records (Yu et al., AAAI 2019): questions in one file, answers and
 * types in another, joined by question_id (join.c). video_name is the clip's id at
 * YouTube, before which ActivityNet's own files have "v_". Types 3 to 8 are what the
 * paper calls free.
 */
#include "store/annotations/annotations_priv.h"

#include <jansson.h>
#include <stdio.h>

const char *aq_activitynet_kind(int64_t type)
{
    static const char *const kinds[] = {"Motion",        "Spatial",     "Temporal",
                                        "Free Yes/No",   "Free Color",  "Free Object",
                                        "Free Location", "Free Number", "Free Other"};

    return type >= 0 && type < (int64_t)(sizeof kinds / sizeof *kinds) ? kinds[type]
                                                                       : NULL;
}

AqRecordFault aq_record_youtube_video(AqRecordReader *r, json_t *o, const char *key,
                                      AqAnnotation *a)
{
    char also[AQ_STORE_MAX_NAME + 1];
    AqRecordFault f = aq_record_video(r, o, key, a);

    if (f)
        return f;
    if (snprintf(also, sizeof also, "v_%s", a->clip) >= (int)sizeof also)
        return NULL; /* a name of its own is as long as one can be */
    a->also = aq_record_keep(r, also);
    return a->also ? NULL : "";
}

static AqRecordFault read_activitynet(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    AqRecordFault f = aq_record_youtube_video(r, o, "video_name", a);

    if (!f)
        f = aq_record_question(r, o, "question", a);
    if (!f && !*a->id)
        f = "it has no question_id, which its answer is found by";
    a->answer = "";
    a->modality = "Visual";
    a->question_id = aq_record_id(o, "question_id");
    return f;
}

static AqRecordFault note_answer(AqRecordReader *r, json_t *o, AqRecordNote *n)
{
    AqRecordFault f = aq_record_text(r, o, "question_id",
                                     "it has no question_id, which its question is "
                                     "found by",
                                     &n->key);

    if (!f)
        f = aq_record_answer(r, o, &n->value);
    if (!f && !(n->kind = aq_activitynet_kind(aq_record_id(o, "type"))))
        f = "its type is no number from 0 to 8";
    return f;
}

static int has_question_keys(const json_t *o)
{
    return json_object_get(o, "video_name") && json_object_get(o, "question") &&
           json_object_get(o, "question_id");
}

static int has_answer_keys(const json_t *o)
{
    return json_object_get(o, "question_id") && json_object_get(o, "answer") &&
           json_object_get(o, "type") && !json_object_get(o, "question") &&
           !json_object_get(o, "video");
}

const AqRecordLayout aq_layout_activitynet = {
    .name = "activitynet-qa", .has_keys = has_question_keys, .read = read_activitynet};
const AqRecordLayout aq_layout_activitynet_answers = {
    .name = "activitynet-qa", .has_keys = has_answer_keys, .note = note_answer};
