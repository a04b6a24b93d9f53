/* SPDX-License-Identifier: MIT */
/* The videos that annotation files ask about. */
#include "base/alloc.h"
#include "store/annotations/annotations.h"

#include <stdlib.h>
#include <string.h>

static int compare_asked_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Copies the list's names, without repeats, into `out`. */
static AqErr take_names(AqVideoNames *out, const AqAnnotations *l)
{
    const char **all = aq_alloc(l->n, sizeof *all);

    if (!all)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < l->n; k++)
        all[k] = l->v[k].video;
    if (l->n > 0)
        qsort(all, l->n, sizeof *all, compare_asked_names);
    size_t n = 0;
    for (size_t k = 0; k < l->n; k++)
        if (n == 0 || strcmp(all[n - 1], all[k]) != 0)
            all[n++] = all[k];
    AqErr err = AQ_OK;
    out->v = aq_alloc(n, sizeof *out->v);
    if (!out->v)
        err = AQ_ERR_NOMEM;
    while (err == AQ_OK && out->n < n) {
        out->v[out->n] = aq_strdup(all[out->n]);
        if (out->v[out->n])
            out->n++;
        else
            err = AQ_ERR_NOMEM;
    }
    aq_free(all);
    return err;
}

AqErr aq_annotations_videos(const char *const *paths, size_t n_paths,
                            AqAnnotationSkipFn skip, void *arg, AqVideoNames *out)
{
    AqAnnotations *l = NULL;

    *out = (AqVideoNames){0};
    AqErr err = aq_annotations_read(paths, n_paths, skip, arg, &l);
    if (err == AQ_OK)
        err = take_names(out, l);
    aq_annotations_free(&l);
    if (err != AQ_OK)
        aq_video_names_clear(out);
    return err;
}

void aq_video_names_clear(AqVideoNames *names)
{
    for (size_t k = 0; k < names->n; k++)
        aq_free(names->v[k]);
    aq_free(names->v);
    *names = (AqVideoNames){0};
}
