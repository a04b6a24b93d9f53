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

static const AqRecordLayout *layout_of(json_t *o)
{
    static const AqRecordLayout *const all[] = {&aq_layout_music_avqa, &aq_layout_avqa,
                                                &aq_layout_plain};

    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        for (const char *const *key = all[k]->keys; *key; key++)
            if (json_object_get(o, *key))
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

static AqErr note_record_fault(AqRecordReader *r, json_t *o, size_t line,
                               const char *reason)
{
    static const char *const ids[] = {"question_id", "id", NULL};
    static const char *const videos[] = {"video_name", "video", "video_id", NULL};
    AqAnnotations *l = r->list;
    const AqAnnotationFault f = {.file = r->file->path,
                                 .index = r->n_records,
                                 .line = line,
                                 .id = as_written(r, o, ids),
                                 .video = as_written(r, o, videos),
                                 .reason = reason};

    if (!f.id || !f.video)
        return AQ_ERR_NOMEM;
    AqAnnotationFault *v = aq_grow(l->faults, l->n_faults, sizeof *v);
    if (!v)
        return AQ_ERR_NOMEM;
    l->faults = v;
    l->faults[l->n_faults++] = f;
    if (r->skip)
        r->skip(r->arg, f.file, f.index, reason);
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

static AqRecordFault read_record(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    if (!json_is_object(o))
        return "it is no object";
    if (!r->layout)
        r->layout = layout_of(o);
    if (!r->layout)
        return "it has none of the keys that questions have";
    r->file->layout = r->layout->name;
    return r->layout->read(r, o, a);
}

AqErr aq_record_take(AqRecordReader *r, json_t *o, size_t line, AqRecordFault fault)
{
    AqAnnotation a = {.file = r->file->path,
                      .index = r->n_records,
                      .question_id = -1,
                      .modality = "Other",
                      .kind = "Other",
                      .split = ""};
    const int deleted = !fault && is_deleted(o);
    AqErr err = AQ_OK;

    if (!fault && !deleted)
        fault = read_record(r, o, &a);
    if (fault && !*fault) {
        err = AQ_ERR_NOMEM;
    } else if (fault || deleted) {
        r->list->n_skipped++;
        r->file->n_skipped++;
        r->list->n_deleted += (size_t)deleted;
        r->file->n_deleted += (size_t)deleted;
        if (fault)
            err = note_record_fault(r, o, line, fault);
    } else {
        err = append_annotation(r, &a);
    }
    r->n_records++;
    return err;
}
