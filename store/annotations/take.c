/* SPDX-License-Identifier: MIT */
/*
 * Takes one record of a file, into the list as a question or among the faults. The
 * first record with a key that identifies a layout decides the file's layout.
 */
#include "base/alloc.h"
#include "store/annotations/annotations_priv.h"

#include <jansson.h>
#include <string.h>

enum { MOST_SHOWN = 255 };

/* The narrower before the wider: plain is what has a question. */
const AqRecordLayout *aq_record_layout(const json_t *o)
{
    static const AqRecordLayout *const all[] = {
        &aq_layout_music_avqa, &aq_layout_activitynet, &aq_layout_activitynet_answers,
        &aq_layout_avqa,       &aq_layout_tgif,        &aq_layout_msrvtt,
        &aq_layout_msvd,       &aq_layout_ivqa,        &aq_layout_just_ask,
        &aq_layout_plain};

    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        if (all[k]->has_keys(o))
            return all[k];
    return NULL;
}

static int is_deleted(json_t *o)
{
    json_t *v = json_object_get(o, "question_deleted");

    return json_is_true(v) || (json_is_number(v) && json_number_value(v) != 0);
}

/* The first text or number among `keys`, cut; "" if none. NULL: out of memory. */
static const char *as_written(AqRecordReader *r, json_t *o, const char *const *keys)
{
    char text[MOST_SHOWN + 1] = "";

    for (; *keys && !*text; keys++) {
        json_t *v = json_object_get(o, *keys);

        if (json_is_string(v))
            (void)snprintf(text, sizeof text, "%s", json_string_value(v));
        else if (json_is_integer(v))
            (void)snprintf(text, sizeof text, "%lld", (long long)json_integer_value(v));
        else if (json_is_real(v))
            (void)snprintf(text, sizeof text, "%.15g", json_real_value(v));
    }
    size_t n = strlen(text);
    if (n == MOST_SHOWN) { /* do not split a character */
        while (n > 0 && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
            n--;
        text[n > 0 ? n - 1 : 0] = '\0';
    }
    return aq_record_keep(r, text);
}

static const char *question_id_as_written(AqRecordReader *r, json_t *o)
{
    static const char *const ids[] = {"question_id", "id", "vid_id", NULL};

    return as_written(r, o, ids);
}

AqErr aq_record_note_fault(AqRecordReader *r, const AqAnnotationFault *f)
{
    AqAnnotations *l = r->list;

    if (!f->id || !f->video)
        return AQ_ERR_NOMEM;
    AqAnnotationFault *v = aq_grow(l->faults, l->n_faults, sizeof *v);
    if (!v)
        return AQ_ERR_NOMEM;
    l->faults = v;
    l->faults[l->n_faults++] = *f;
    if (r->skip)
        r->skip(r->arg, f->file, f->index, f->reason);
    return AQ_OK;
}

static AqErr note_fault_of_record(AqRecordReader *r, json_t *o, size_t line,
                                  const char *reason)
{
    static const char *const videos[] = {"video_name", "video", "video_id", "gif_name",
                                         NULL};
    const AqAnnotationFault f = {.file = r->file->path,
                                 .index = r->n_records,
                                 .line = line,
                                 .id = question_id_as_written(r, o),
                                 .video = as_written(r, o, videos),
                                 .reason = reason};

    return aq_record_note_fault(r, &f);
}

AqErr aq_record_notes_add(AqRecordNotes *to, const AqRecordNote *n)
{
    AqRecordNote *v = aq_grow(to->v, to->n, sizeof *v);

    if (!v)
        return AQ_ERR_NOMEM;
    to->v = v;
    to->v[to->n++] = *n;
    return AQ_OK;
}

static AqErr append_annotation(AqRecordReader *r, const AqAnnotation *a)
{
    AqAnnotations *l = r->list;
    AqAnnotation *v = aq_grow(l->v, l->n, sizeof *v);

    if (!v)
        return AQ_ERR_NOMEM;
    l->v = v;
    l->v[l->n++] = *a;
    r->file->n++;
    return AQ_OK;
}

/* Decides the file's layout, if it is not known yet. */
static AqRecordFault find_record_layout(AqRecordReader *r, json_t *o)
{
    if (!json_is_object(o))
        return "it is no object";
    if (!r->layout)
        r->layout = aq_record_layout(o);
    if (!r->layout)
        return "it has none of the keys that questions have";
    r->file->layout = r->layout->name;
    return NULL;
}

static AqRecordFault take_question(AqRecordReader *r, json_t *o, AqErr *err)
{
    AqAnnotation a = {.file = r->file->path,
                      .index = r->n_records,
                      .question_id = -1,
                      .modality = "Other",
                      .kind = "Other",
                      .also = "",
                      .split = "",
                      .id = question_id_as_written(r, o)};
    const AqRecordFault f = a.id ? r->layout->read(r, o, &a) : "";

    if (!f)
        *err = append_annotation(r, &a);
    return f;
}

static AqRecordFault take_note(AqRecordReader *r, json_t *o, size_t line, AqErr *err)
{
    AqRecordNote n = {.file = r->file->path, .index = r->n_records, .line = line};
    const AqRecordFault f = r->layout->note(r, o, &n);

    if (!f)
        *err = aq_record_notes_add(&r->answers, &n);
    return f;
}

AqErr aq_record_take(AqRecordReader *r, json_t *o, size_t line, AqRecordFault fault)
{
    const int deleted = !fault && is_deleted(o);
    AqErr err = AQ_OK;

    if (!fault && !deleted)
        fault = find_record_layout(r, o);
    if (!fault && !deleted)
        fault =
            r->layout->read ? take_question(r, o, &err) : take_note(r, o, line, &err);
    if (fault && !*fault) {
        err = AQ_ERR_NOMEM;
    } else if (fault || deleted) {
        r->list->n_skipped++;
        r->file->n_skipped++;
        r->list->n_deleted += (size_t)deleted;
        r->file->n_deleted += (size_t)deleted;
        if (fault)
            err = note_fault_of_record(r, o, line, fault);
    }
    r->n_records++;
    return err;
}
