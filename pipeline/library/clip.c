/* SPDX-License-Identifier: MIT */
/* A clip in memory, with the numbers that a store would give back. */
#include "pipeline/library/library_priv.h"

#include "base/alloc.h"
#include "base/half.h"

#include <math.h>

#define HALF_MOST 65504.0f

typedef struct ClipOpening {
    AvqaClip *c;
    const AvqaModel *m;
    const char *path;
} ClipOpening;

/* As `ask` stores them: in half precision. */
static AqErr round_to_half(AqStoredFeatures *f, const char *path, const char *network)
{
    const size_t n = (size_t)f->n_rows * (size_t)f->h * (size_t)f->w * (size_t)f->c;

    for (size_t k = 0; k < n; k++) {
        if (!(fabsf(f->data[k]) <= HALF_MOST))
            return aq_fail(AQ_ERR_NUMERIC,
                           "%s: a value that %s makes of it is not finite, or too "
                           "large for half precision",
                           path, network);
        f->data[k] = aq_half_to_float(aq_half_from_float(f->data[k]));
    }
    return AQ_OK;
}

static AqErr open_clip_features(void *ctx)
{
    const ClipOpening *o = ctx;
    const AqToolset *tools = &o->m->tools;
    AqStoredFeatures f[AQ_MOST_TOOLS] = {0};
    AqFeatureChoice made = {.n = tools->n};
    AqErr err = aq_library_read(o->m->a, tools, 0, o->path, f, &o->c->notes);

    for (int k = 0; k < tools->n; k++) {
        made.pick[k] = tools->provenance[k];
        if (err == AQ_OK)
            err = round_to_half(&f[k], o->path, tools->facts[k].name);
    }
    if (err == AQ_OK)
        return aq_clip_features_join(&o->c->features, o->path, f, tools->n, &made,
                                     &o->m->sizes);
    for (int k = 0; k < tools->n; k++)
        aq_stored_features_clear(&f[k]);
    return err;
}

AvqaStatus avqa_clip_open(AvqaClip **out, const AvqaModel *m, const char *path,
                          AvqaError *error)
{
    AvqaClip *c = aq_alloc(1, sizeof *c);
    ClipOpening o = {.c = c, .m = m, .path = path};
    AqErr err = AQ_ERR_NOMEM;

    *out = c;
    if (c) {
        c->model = m;
        err = aq_library_call(open_clip_features, &o);
    }
    if (err != AQ_OK)
        avqa_clip_free(out);
    return aq_library_status(err, error);
}

void avqa_clip_free(AvqaClip **cp)
{
    AvqaClip *c = *cp;

    *cp = NULL;
    if (!c)
        return;
    aq_clip_features_release(&c->features);
    aq_free(c->notes);
    aq_free(c);
}

int avqa_clip_seconds(const AvqaClip *c)
{
    return c->features.n_seconds;
}

int avqa_clip_has(const AvqaClip *c, AvqaStream stream, int second)
{
    const AqClipFeatures *f = &c->features;
    const unsigned char *present =
        stream == AVQA_SOUND ? f->audio_present : f->visual_present;

    return second >= 0 && second < f->n_seconds && present && present[second];
}

const char *avqa_clip_notes(const AvqaClip *c)
{
    return c->notes;
}
