/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer over annotation files in every form and layout, several at once with a
 * record separator (0x1e) between them. What is read must keep the promises of
 * store/annotations/annotations.h: whole strings, names that are safe as a file's, sums
 * that agree.
 */
#include "store/annotations/annotations.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void promise(int kept)
{
    if (!kept)
        abort();
}

static void check_question(const AqAnnotation *a)
{
    promise(aq_store_check_name(a->video, strlen(a->video)) == AQ_OK);
    promise(aq_store_check_name(a->clip, strlen(a->clip)) == AQ_OK);
    promise(strlen(a->template_) <= AQ_ANNOTATION_MAX_TEXT && *a->template_);
    promise(strlen(a->answer) <= AQ_ANNOTATION_MAX_TEXT && *a->answer);
    promise(a->n_values <= AQ_ANNOTATION_MAX_VALUES);
    promise(a->n_choices <= AQ_ANNOTATION_MAX_CHOICES);
    promise(strlen(a->question) <=
            (AQ_ANNOTATION_MAX_VALUES + 1) * AQ_ANNOTATION_MAX_TEXT);
    promise(*a->modality && *a->kind && a->split && a->question_id >= INT64_MIN);
    promise(!*a->also || aq_store_check_name(a->also, strlen(a->also)) == AQ_OK);
    promise(strlen(a->id) <= 255 && a->task >= 0 && a->task < AQ_N_TASKS);
    promise((a->task == AQ_TASK_CHOICE) == (a->n_choices > 0));
    int found = a->n_choices == 0;
    for (size_t k = 0; k < a->n_choices; k++)
        found |= strcmp(a->choices[k], a->answer) == 0;
    promise(found);
}

static void check_faults(const AqAnnotations *l)
{
    promise(l->n_faults == l->n_skipped - l->n_deleted);
    for (size_t k = 0; k < l->n_faults; k++) {
        promise(strlen(l->faults[k].id) <= AQ_ANNOTATION_MAX_TEXT);
        promise(strlen(l->faults[k].video) <= 255 && *l->faults[k].reason);
    }
}

/* The questions of each file in turn, and the sums. */
static void check_files(const AqAnnotations *l)
{
    size_t n = 0, skipped = 0;

    for (size_t f = 0; f < l->n_files; f++) {
        for (size_t k = 0; k < l->files[f].n; k++)
            promise(n + k < l->n && l->v[n + k].file == l->files[f].path);
        n += l->files[f].n;
        skipped += l->files[f].n_skipped;
    }
    promise(n == l->n && skipped == l->n_skipped);
}

enum { MOST_FILES = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    AqAnnotationText files[MOST_FILES];
    AqAnnotations *l = NULL;
    size_t n_files = 0;

    for (size_t at = 0, end; at <= n && n_files < MOST_FILES; at = end + 1) {
        const uint8_t *gap = at < n ? memchr(bytes + at, 0x1e, n - at) : NULL;

        end = gap && n_files + 1 < MOST_FILES ? (size_t)(gap - bytes) : n;
        files[n_files++] =
            (AqAnnotationText){"fuzzed", (const char *)bytes + at, end - at};
    }
    if (aq_annotations_parse_texts(files, n_files, NULL, NULL, &l) != AQ_OK) {
        promise(l == NULL && *aq_err_text());
        return 0;
    }
    promise(l->n_files == n_files);
    check_files(l);
    check_faults(l);
    for (size_t k = 0; k < l->n; k++)
        check_question(&l->v[k]);
    aq_annotations_free(&l);
    promise(l == NULL);
    return 0;
}
