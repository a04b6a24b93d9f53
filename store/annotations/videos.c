/* SPDX-License-Identifier: MIT */
/* The videos that annotation files ask about. */
#include "base/alloc.h"
#include "store/annotations/annotations_priv.h"

#include <stdlib.h>
#include <string.h>

static int compare_asked_names(const void *a, const void *b)
{
    const AqAnnotation *x = *(const AqAnnotation *const *)a,
                       *y = *(const AqAnnotation *const *)b;
    const int order = strcmp(x->video, y->video);

    return order ? order : strcmp(x->also, y->also);
}

static AqErr add_asked_name(AqVideoNames *out, const AqAnnotation *a)
{
    AqVideoName *v = &out->v[out->n];

    v->name = aq_strdup(a->video);
    v->also = aq_strdup(a->also);
    out->n++; /* so that even half a name is freed */
    return v->name && v->also ? AQ_OK : AQ_ERR_NOMEM;
}

/* Copies the list's names, without repeats, into `out`. */
static AqErr take_names(AqVideoNames *out, const AqAnnotations *l)
{
    const AqAnnotation **all = aq_alloc(l->n, sizeof *all);

    out->v = aq_alloc(l->n, sizeof *out->v);
    AqErr err = all && out->v ? AQ_OK : AQ_ERR_NOMEM;
    for (size_t k = 0; err == AQ_OK && k < l->n; k++)
        all[k] = &l->v[k];
    if (err == AQ_OK && l->n > 0)
        qsort(all, l->n, sizeof *all, compare_asked_names);
    for (size_t k = 0; err == AQ_OK && k < l->n; k++)
        if (out->n == 0 || strcmp(out->v[out->n - 1].name, all[k]->video) != 0)
            err = add_asked_name(out, all[k]);
    aq_free(all);
    return err;
}

AqErr aq_annotations_videos(const char *const *paths, size_t n_paths,
                            AqAnnotationSkipFn skip, void *arg, AqVideoNames *out)
{
    AqAnnotations *l = NULL;

    *out = (AqVideoNames){0};
    AqErr err = aq_annotations_read_videos(paths, n_paths, skip, arg, &l);
    if (err == AQ_OK)
        err = take_names(out, l);
    aq_annotations_free(&l);
    if (err != AQ_OK)
        aq_video_names_clear(out);
    return err;
}

void aq_video_names_clear(AqVideoNames *names)
{
    for (size_t k = 0; k < names->n; k++) {
        aq_free(names->v[k].name);
        aq_free(names->v[k].also);
    }
    aq_free(names->v);
    *names = (AqVideoNames){0};
}
