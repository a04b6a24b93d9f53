/* SPDX-License-Identifier: MIT */
/*
 * What several files say together: ActivityNet-QA's answers come to their questions, by
 * question_id, and MSVD's clips get their files' names.
 */
#include "store/annotations/annotations_priv.h"

#include <stdlib.h>
#include <string.h>

/* By key; of one key, those of one file in its order. */
static int by_note_key(const void *a, const void *b)
{
    const AqRecordNote *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    if (order == 0)
        order = strcmp(x->file, y->file);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* In the order of their files and records. */
static int by_note_place(const void *a, const void *b)
{
    const AqRecordNote *x = a, *y = b;
    const int order = strcmp(x->file, y->file);

    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static void sort_notes(AqRecordNotes *n, int (*order)(const void *, const void *))
{
    if (n->n > 0)
        qsort(n->v, n->n, sizeof *n->v, order);
}

/* The first of a key; NULL: none. */
static AqRecordNote *find_note(const AqRecordNotes *n, const char *key)
{
    size_t lo = 0, hi = n->n;

    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;

        if (strcmp(n->v[mid].key, key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n->n && strcmp(n->v[lo].key, key) == 0 ? &n->v[lo] : NULL;
}

/* ---- answers ---- */

static AqRecordFault join_answer(const AqRecordReader *r, AqAnnotation *a)
{
    AqRecordNote *n = find_note(&r->answers, a->id), *end = r->answers.v + r->answers.n;
    AqRecordFault f = NULL;

    if (!n)
        return "no answer has its question_id";
    for (AqRecordNote *k = n; k < end && strcmp(k->key, n->key) == 0; k++) {
        k->used = 1;
        if (strcmp(k->value, n->value) != 0)
            f = "its question_id has several answers";
    }
    a->answer = n->value;
    a->kind = n->kind;
    return f;
}

static AqErr leave_out(AqRecordReader *r, AqAnnotationFile *file,
                       const AqAnnotationFault *f)
{
    file->n_skipped++;
    r->list->n_skipped++;
    return aq_record_note_fault(r, f);
}

/* Of one file's questions, which begin at *at and are moved to *to. */
static AqErr join_file_answers(AqRecordReader *r, AqAnnotationFile *file, size_t *at,
                               size_t *to)
{
    AqAnnotations *l = r->list;
    const size_t end = *at + file->n;
    AqErr err = AQ_OK;

    for (; err == AQ_OK && *at < end; ++*at) {
        AqAnnotation a = l->v[*at];
        const AqRecordFault f = *a.answer ? NULL : join_answer(r, &a);

        if (!f) {
            l->v[(*to)++] = a;
            continue;
        }
        file->n--;
        err = leave_out(r, file,
                        &(AqAnnotationFault){.file = a.file,
                                             .index = a.index,
                                             .id = a.id,
                                             .video = a.video,
                                             .reason = f});
    }
    return err;
}

static AqAnnotationFile *file_of_note(const AqRecordReader *r, const AqRecordNote *n)
{
    AqAnnotationFile *f = r->list->files;

    while (f->path != n->file)
        f++;
    return f;
}

static AqErr tell_unused_answers(AqRecordReader *r)
{
    AqErr err = AQ_OK;

    sort_notes(&r->answers, by_note_place);
    for (size_t k = 0; err == AQ_OK && k < r->answers.n; k++) {
        const AqRecordNote *n = &r->answers.v[k];

        if (!n->used)
            err = leave_out(r, file_of_note(r, n),
                            &(AqAnnotationFault){.file = n->file,
                                                 .index = n->index,
                                                 .line = n->line,
                                                 .id = n->key,
                                                 .video = "",
                                                 .reason = "no question has its "
                                                           "question_id"});
    }
    return err;
}

/* The first question that has no answer yet; NULL: none. */
static const AqAnnotation *first_unanswered(const AqAnnotations *l)
{
    for (size_t k = 0; k < l->n; k++)
        if (!*l->v[k].answer)
            return &l->v[k];
    return NULL;
}

static AqErr join_answers(AqRecordReader *r)
{
    const AqAnnotation *open = first_unanswered(r->list);
    size_t at = 0, to = 0;
    AqErr err = AQ_OK;

    if (open && r->answers.n == 0)
        return aq_fail(AQ_ERR_USAGE,
                       "%s: holds ActivityNet-QA's questions without their answers: "
                       "name the file of these as well (such as train_a.json)",
                       open->file);
    if (!open && r->answers.n > 0)
        return aq_fail(AQ_ERR_USAGE,
                       "%s: holds ActivityNet-QA's answers without their questions: "
                       "name the file of these as well (such as train_q.json)",
                       r->answers.v[0].file);
    sort_notes(&r->answers, by_note_key);
    for (size_t f = 0; err == AQ_OK && open && f < r->list->n_files; f++)
        err = join_file_answers(r, &r->list->files[f], &at, &to);
    if (err == AQ_OK && open)
        r->list->n = to;
    return err == AQ_OK ? tell_unused_answers(r) : err;
}

/* ---- names ---- */

/* The name that it was called by stays the other one. */
static AqErr join_name(AqRecordReader *r, AqAnnotation *a)
{
    const AqRecordNote *n = find_note(&r->names, a->clip);

    if (!n)
        return AQ_OK;
    return aq_record_named(r, n->value, a->clip, a) ? AQ_ERR_NOMEM : AQ_OK;
}

AqErr aq_records_join(AqRecordReader *r)
{
    AqErr err = r->videos_alone ? AQ_OK : join_answers(r);

    sort_notes(&r->names, by_note_key);
    for (size_t k = 0; err == AQ_OK && r->names.n > 0 && k < r->list->n; k++)
        err = join_name(r, &r->list->v[k]);
    return err;
}
