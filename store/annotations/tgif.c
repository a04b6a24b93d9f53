/* SPDX-License-Identifier: MIT */
/*
 * TGIF-QA's rows (Jang et al., CVPR 2017), separated by tabs although the files end in
 * .csv: of repeated actions and of transitions with five answers to choose from, counts
 * of repetitions, and questions about a single frame, whose types are those of COCO-QA.
 * vid_id is the question's ("ACTION4"), key the number of the GIF in files of features.
 */
#include "store/annotations/annotations_priv.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TGIF_CHOICES = 5 };

static const char *choice_key(int k, char key[8])
{
    (void)snprintf(key, 8, "a%d", k + 1);
    return key;
}

static AqRecordFault take_tgif_choices(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    const char **v = aq_arena_alloc(r->list->arena, TGIF_CHOICES, sizeof *v);
    char key[8];
    AqRecordFault f = v ? NULL : "";

    for (int k = 0; !f && k < TGIF_CHOICES; k++)
        f = aq_record_text(
            r, o, choice_key(k, key),
            "it has fewer than five answers to choose from (a1 to a5), or "
            "one that is empty or too long",
            &v[k]);
    if (!f && aq_record_has(o, choice_key(TGIF_CHOICES, key)))
        f = "it has more than five answers to choose from (a1 to a5)";
    a->choices = v;
    a->n_choices = f ? 0 : TGIF_CHOICES;
    a->task = AQ_TASK_CHOICE;
    return f;
}

/* What a row with choices asks about, by its id, else by its words. */
static const char *kind_of_choice(const AqAnnotation *a)
{
    if (strncasecmp(a->id, "ACTION", 6) == 0)
        return "Action";
    if (strncasecmp(a->id, "TRANS", 5) == 0)
        return "Transition";
    return strstr(a->question, " times") ? "Action" : "Transition";
}

static AqRecordFault read_choice_row(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    const int64_t at = aq_record_id(o, "answer");
    const AqRecordFault f = take_tgif_choices(r, o, a);

    if (f)
        return f;
    if (at < 0 || at >= TGIF_CHOICES)
        return "its answer is none of its choices: it is no number from 0 to 4";
    a->answer = a->choices[at];
    a->kind = kind_of_choice(a);
    return NULL;
}

static AqRecordFault read_frame_row(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    static const char *const kinds[] = {"Frame Object", "Frame Number", "Frame Color",
                                        "Frame Location"};
    const int64_t type = aq_record_id(o, "type");

    if (type < 0 || type >= (int64_t)(sizeof kinds / sizeof *kinds))
        return "its type is no number from 0 to 3";
    a->kind = kinds[type];
    return aq_record_answer(r, o, &a->answer);
}

static AqRecordFault read_count_row(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    if (aq_record_id(o, "answer") < 0)
        return "its answer is no count";
    a->kind = "Count";
    a->task = AQ_TASK_COUNT;
    return aq_record_text(r, o, "answer", "its answer is no count", &a->answer);
}

static AqRecordFault take_gif_name(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    AqRecordFault f = aq_record_video(r, o, "gif_name", a);
    const int64_t key = aq_record_id(o, "key");

    if (!f && key >= 0)
        f = aq_record_text(r, o, "key", "its key is no number", &a->also);
    return f;
}

static AqRecordFault read_tgif(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    AqRecordFault f = take_gif_name(r, o, a);

    a->modality = "Visual";
    if (!f)
        f = aq_record_question(r, o, "question", a);
    if (f)
        return f;
    return json_object_get(o, "a1")     ? read_choice_row(r, o, a)
           : json_object_get(o, "type") ? read_frame_row(r, o, a)
                                        : read_count_row(r, o, a);
}

static int has_tgif_keys(const json_t *o)
{
    return json_object_get(o, "gif_name") && json_object_get(o, "question");
}

const AqRecordLayout aq_layout_tgif = {
    .name = "tgif-qa", .has_keys = has_tgif_keys, .read = read_tgif};
