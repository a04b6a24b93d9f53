/* SPDX-License-Identifier: MIT */
/* The facts about annotation files, put together. */
#include "base/text/json.h"
#include "pipeline/commands/data/data_priv.h"

#include <jansson.h>

static json_t *files_json(const AqAnnotations *l)
{
    json_t *all = json_array();

    for (size_t k = 0; k < l->n_files; k++) {
        const AqAnnotationFile *f = &l->files[k];

        (void)json_array_append_new(
            all,
            aq_json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "file", f->path, "layout",
                         f->layout, "form", f->form, "questions", (json_int_t)f->n,
                         "malformed", (json_int_t)(f->n_skipped - f->n_deleted),
                         "deleted", (json_int_t)f->n_deleted));
    }
    if (json_array_size(all) != l->n_files) {
        json_decref(all);
        return NULL;
    }
    return all;
}

static json_t *faults_json(const AqAnnotations *l)
{
    json_t *all = json_array();

    for (size_t k = 0; k < l->n_faults; k++) {
        const AqAnnotationFault *f = &l->faults[k];

        (void)json_array_append_new(
            all, aq_json_pack("{s:s, s:I, s:o, s:o, s:o, s:s}", "file", f->file,
                              "record", (json_int_t)f->index, "line",
                              f->line ? json_integer((json_int_t)f->line) : json_null(),
                              "id", *f->id ? aq_data_text(f->id) : json_null(), "video",
                              *f->video ? aq_data_text(f->video) : json_null(),
                              "reason", f->reason));
    }
    if (json_array_size(all) != l->n_faults) {
        json_decref(all);
        return NULL;
    }
    return all;
}

AqErr aq_data_report(json_t **out, const AqDataSet *d, const char *folder)
{
    const AqAnnotations *l = d->list;
    json_t *in_folder = NULL;

    *out = NULL;
    if (folder) {
        const AqErr err = aq_data_folder(&in_folder, d, folder);

        if (err != AQ_OK)
            return err;
    }
    json_t *o = json_object();
    const int bad =
        (folder && json_object_set_new(o, "folder", in_folder)) ||
        json_object_set_new(o, "questions", json_integer((json_int_t)d->n)) ||
        json_object_set_new(o, "deleted", json_integer((json_int_t)l->n_deleted)) ||
        json_object_set_new(o, "files", files_json(l)) ||
        json_object_set_new(o, "malformed", faults_json(l)) ||
        json_object_set_new(o, "per_video", aq_data_per_video(d)) ||
        json_object_set_new(o, "splits", aq_data_splits(d)) ||
        json_object_set_new(o, "types", aq_data_types(d)) ||
        json_object_set_new(o, "templates", aq_data_templates(d)) ||
        json_object_set_new(o, "answers", aq_data_answers(d)) ||
        json_object_set_new(o, "tasks", aq_data_tasks(d)) ||
        json_object_set_new(o, "vocabularies", aq_data_vocabularies(d)) ||
        json_object_set_new(o, "shared", aq_data_shared(d)) ||
        json_object_set_new(o, "same_question", aq_data_contradictions(d)) ||
        json_object_set_new(o, "unseen_answers", aq_data_unseen(d)) ||
        json_object_set_new(o, "floor", aq_data_floor(d));
    if (bad) {
        json_decref(o);
        return aq_fail(AQ_ERR_NOMEM, "no memory for the report");
    }
    *out = o;
    return AQ_OK;
}
