/* SPDX-License-Identifier: MIT */
/*
 * The tables that Just-Ask (Yang et al., ICCV 2021) and FrozenBiLM make of MSVD-QA,
 * MSRVTT-QA and ActivityNet-QA, with types as numbers; and iVQA's, with the answers of
 * five people. Those of ActivityNet-QA have no id of the question.
 */
#include "store/annotations/annotations_priv.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { IVQA_ANSWERS = 5 };

/* MSVD-QA's and MSRVTT-QA's, with questions that have "color" in them apart. */
static const char *word_kind(int64_t type)
{
    static const char *const kinds[] = {"What", "How", "Color", "Where", "Who", "When"};

    return type >= 0 && type < (int64_t)(sizeof kinds / sizeof *kinds) ? kinds[type]
                                                                       : NULL;
}

static AqRecordFault read_just_ask(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    const int has_id = json_object_get(o, "id") != NULL;
    const int64_t type = aq_record_id(o, "type");
    AqRecordFault f =
        has_id ? aq_record_numbered_video(
                     r, o, json_object_get(o, "category_id") ? "video" : "vid", a)
               : aq_record_youtube_video(r, o, "video_id", a);

    if (!f)
        f = aq_record_question(r, o, "question", a);
    if (!f)
        f = aq_record_answer(r, o, &a->answer);
    if (f)
        return f;
    a->modality = "Visual";
    a->question_id = aq_record_id(o, "id");
    a->kind = has_id ? word_kind(type) : aq_activitynet_kind(type);
    if (!a->kind)
        return has_id ? "its type is no number from 0 to 5"
                      : "its type is no number from 0 to 8";
    return NULL;
}

/* One's own tables have types that are words. */
static int has_just_ask_keys(const json_t *o)
{
    return json_object_get(o, "question") && json_object_get(o, "answer") &&
           json_object_get(o, "video_id") && !json_object_get(o, "video") &&
           aq_record_id(o, "type") >= 0;
}

/* ---- iVQA ---- */

/* The one that most gave, of equally many the first. */
static const char *commonest_answer(const char *const *all, int n)
{
    const char *best = NULL;
    int most = 0;

    for (int k = 0; k < n; k++) {
        int times = 0;

        for (int i = 0; i < n; i++)
            times += strcmp(all[i], all[k]) == 0;
        if (times > most) {
            most = times;
            best = all[k];
        }
    }
    return best;
}

static AqRecordFault read_ivqa(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    const char *all[IVQA_ANSWERS];
    char key[16];
    AqRecordFault f = aq_record_video(r, o, "video_id", a);

    if (!f)
        f = aq_record_question(r, o, "question", a);
    for (int k = 0; !f && k < IVQA_ANSWERS; k++) {
        (void)snprintf(key, sizeof key, "answer%d", k + 1);
        f = aq_record_text(
            r, o, key,
            "one of its answers (answer1 to answer5) is missing, empty or "
            "too long",
            &all[k]);
    }
    if (f)
        return f;
    a->answer = commonest_answer(all, IVQA_ANSWERS);
    a->modality = "Visual";
    a->kind = aq_first_word_kind(a->question);
    a->question_id = aq_record_id(o, "id");
    return NULL;
}

static int has_ivqa_keys(const json_t *o)
{
    return json_object_get(o, "question") && json_object_get(o, "video_id") &&
           json_object_get(o, "answer1");
}

const AqRecordLayout aq_layout_just_ask = {
    .name = "just-ask", .has_keys = has_just_ask_keys, .read = read_just_ask};
const AqRecordLayout aq_layout_ivqa = {
    .name = "ivqa", .has_keys = has_ivqa_keys, .read = read_ivqa};
