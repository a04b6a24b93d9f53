/* SPDX-License-Identifier: MIT */
/*
 * MSVD-QA's and MSRVTT-QA's records (Xu et al., "Video Question Answering via Gradually
 * Refined Attention over Appearance and Motion", ACM Multimedia 2017): videos are
 * numbers, and a question's type is its first word. MSRVTT's files are called video12;
 * MSVD's have names of their own, which youtube_mapping.txt gives (join.c).
 */
#include "store/annotations/annotations_priv.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *aq_first_word_kind(const char *question)
{
    static const char *const kinds[] = {"What", "Who", "How", "When", "Where"};
    const char *word = question + strspn(question, " \t");
    const size_t n = strcspn(word, " \t,.?!'");

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (strlen(kinds[k]) == n && strncasecmp(word, kinds[k], n) == 0)
            return kinds[k];
    return "Other";
}

AqRecordFault aq_record_numbered_video(AqRecordReader *r, json_t *o, const char *prefix,
                                       AqAnnotation *a)
{
    const int64_t id = aq_record_id(o, "video_id");
    char name[48], number[24];

    if (!aq_record_has(o, "video_id"))
        return "it names no video";
    if (id < 0)
        return "its video_id is no number";
    (void)snprintf(number, sizeof number, "%" PRId64, id);
    (void)snprintf(name, sizeof name, "%s%s", prefix, number);
    return aq_record_named(r, name, number, a);
}

static AqRecordFault read_numbered(AqRecordReader *r, json_t *o, const char *prefix,
                                   AqAnnotation *a)
{
    AqRecordFault f = aq_record_numbered_video(r, o, prefix, a);

    if (!f)
        f = aq_record_question(r, o, "question", a);
    if (!f)
        f = aq_record_answer(r, o, &a->answer);
    if (!f)
        a->kind = aq_first_word_kind(a->question);
    a->modality = "Visual";
    a->question_id = aq_record_id(o, "id");
    return f;
}

static AqRecordFault read_msvd(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    return read_numbered(r, o, "vid", a);
}

static AqRecordFault read_msrvtt(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    return read_numbered(r, o, "video", a);
}

/* One's own records have a type. */
static int has_numbered_keys(const json_t *o)
{
    return json_object_get(o, "question") && json_object_get(o, "answer") &&
           json_object_get(o, "id") && aq_record_id(o, "video_id") >= 0 &&
           !json_object_get(o, "type") && !json_object_get(o, "video");
}

static int has_msrvtt_keys(const json_t *o)
{
    return has_numbered_keys(o) && json_object_get(o, "category_id");
}

const AqRecordLayout aq_layout_msvd = {
    .name = "msvd-qa", .has_keys = has_numbered_keys, .read = read_msvd};
const AqRecordLayout aq_layout_msrvtt = {
    .name = "msrvtt-qa", .has_keys = has_msrvtt_keys, .read = read_msrvtt};
