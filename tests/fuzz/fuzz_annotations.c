/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer over annotation files in every form and layout. What is read must keep the
 * promises of store/annotations/annotations.h: whole strings, names that are safe as a
 * file's, sums that agree.
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
    int found = a->n_choices == 0;
    for (size_t k = 0; k < a->n_choices; k++)
        found |= strcmp(a->choices[k], a->answer) == 0;
    promise(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    AqAnnotations *l = NULL;

    if (aq_annotations_parse((const char *)bytes, n, "fuzzed", NULL, NULL, &l) !=
        AQ_OK) {
        promise(l == NULL && *aq_err_text());
        return 0;
    }
    promise(l->n_files == 1 && l->files[0].n == l->n);
    promise(l->n_faults == l->n_skipped - l->n_deleted);
    for (size_t k = 0; k < l->n; k++)
        check_question(&l->v[k]);
    for (size_t k = 0; k < l->n_faults; k++) {
        promise(strlen(l->faults[k].id) <= 255 && strlen(l->faults[k].video) <= 255);
        promise(*l->faults[k].reason && l->faults[k].index < l->n + l->n_skipped);
    }
    aq_annotations_free(&l);
    promise(l == NULL);
    return 0;
}
