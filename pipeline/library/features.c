/* SPDX-License-Identifier: MIT */
#include "pipeline/library/library_priv.h"

#include "base/alloc.h"

#include <string.h>

struct AvqaNetwork {
    const Avqa *a;
    AqToolset tools; /* one */
};

struct AvqaFeatures {
    AqStoredFeatures f;
    int n_dims;
    size_t shape[4];
    char *notes;
};

/* ---- the network ---- */

typedef struct NetworkOpening {
    AvqaNetwork *n;
    const char *name, *weights, *switches;
} NetworkOpening;

/* The switches without precision=..., and that; both owned. */
static AqErr split_precision(const char *switches, char **rest, char **precision)
{
    static const char key[] = "precision=";
    char *out = aq_strdup(switches ? switches : "");

    *precision = NULL;
    *rest = out;
    for (char *p = out; p && *p;) {
        const size_t n = strcspn(p, ","), more = p[n] == ',';

        if (strncmp(p, key, strlen(key)) != 0) {
            p += n + more;
            continue;
        }
        aq_free(*precision);
        *precision = aq_strf("%.*s", (int)(n - strlen(key)), p + strlen(key));
        if (!*precision)
            return AQ_ERR_NOMEM;
        memmove(p, p + n + more, strlen(p + n + more) + 1);
        if (!*p && p > out) /* the comma before it */
            p[-1] = 0;
    }
    return out ? AQ_OK : AQ_ERR_NOMEM;
}

static AqErr open_network(void *ctx)
{
    const NetworkOpening *o = ctx;
    AqModality m = AQ_AUDIO;
    char *switches = NULL, *precision = NULL;
    AqErr err = split_precision(o->switches, &switches, &precision);

    if (err == AQ_OK)
        err = aq_toolset_modality(o->name, &m);
    o->n->tools.audio_track = o->n->a->audio_track;
    if (err == AQ_OK)
        err = aq_toolset_open_one(&o->n->tools, m, o->name, o->weights,
                                  *switches ? switches : NULL, precision);
    aq_free(switches);
    aq_free(precision);
    return err;
}

AvqaStatus avqa_network_open(AvqaNetwork **out, const Avqa *a, const char *name,
                             const char *weights, const char *switches,
                             AvqaError *error)
{
    AvqaNetwork *n = aq_alloc(1, sizeof *n);
    NetworkOpening o = {.n = n, .name = name, .weights = weights, .switches = switches};
    AqErr err = AQ_ERR_NOMEM;

    *out = n;
    if (n) {
        n->a = a;
        err = aq_library_call(open_network, &o);
    }
    if (err != AQ_OK)
        avqa_network_free(out);
    return aq_library_status(err, error);
}

void avqa_network_free(AvqaNetwork **n)
{
    if (*n)
        aq_toolset_close(&(*n)->tools);
    aq_free(*n);
    *n = NULL;
}

AvqaStream avqa_network_stream(const AvqaNetwork *n)
{
    return n->tools.facts[0].modality == AQ_AUDIO ? AVQA_SOUND : AVQA_PICTURE;
}

/* ---- its features ---- */

typedef struct FeatureMaking {
    AvqaFeatures *f;
    const AvqaNetwork *n;
    const char *path;
    unsigned what;
} FeatureMaking;

/* (T,128) of sound, (T,h,w,C) of pictures; of input (T,96,64) and (T,3,S,S). */
static void set_feature_shape(AvqaFeatures *f, int want_input)
{
    const AqStoredFeatures *s = &f->f;
    const int sound = s->kind == AQ_AUDIO;

    f->n_dims = sound ? (want_input ? 3 : 2) : 4;
    f->shape[0] = (size_t)s->n_rows;
    f->shape[1] = (size_t)(sound && !want_input ? s->h * s->w * s->c : s->h);
    f->shape[2] = (size_t)s->w;
    f->shape[3] = (size_t)s->c;
}

static AqErr make_features(void *ctx)
{
    const FeatureMaking *g = ctx;
    const int want_input = (g->what & AVQA_INPUT) != 0;

    if (g->what & ~AVQA_INPUT)
        return aq_fail(AQ_ERR_USAGE, "avqa_features() knows nothing of %#x in `what`",
                       g->what & ~AVQA_INPUT);
    const AqErr err = aq_library_read(g->n->a, &g->n->tools, want_input, g->path,
                                      &g->f->f, &g->f->notes);
    if (err == AQ_OK)
        set_feature_shape(g->f, want_input);
    return err;
}

AvqaStatus avqa_features(AvqaFeatures **out, const AvqaNetwork *n, const char *path,
                         unsigned what, AvqaError *error)
{
    AvqaFeatures *f = aq_alloc(1, sizeof *f);
    FeatureMaking g = {.f = f, .n = n, .path = path, .what = what};
    const AqErr err = f ? aq_library_call(make_features, &g) : AQ_ERR_NOMEM;

    *out = f;
    if (err != AQ_OK)
        avqa_features_free(out);
    return aq_library_status(err, error);
}

void avqa_features_free(AvqaFeatures **fp)
{
    if (*fp) {
        aq_stored_features_clear(&(*fp)->f);
        aq_free((*fp)->notes);
    }
    aq_free(*fp);
    *fp = NULL;
}

int avqa_features_shape(const AvqaFeatures *f, size_t shape[4])
{
    for (int k = 0; k < 4; k++)
        shape[k] = k < f->n_dims ? f->shape[k] : 1;
    return f->n_dims;
}

const float *avqa_features_data(const AvqaFeatures *f)
{
    return f->f.data;
}

int avqa_features_row(const AvqaFeatures *f, size_t k, double *begins, double *ends)
{
    const int there = k < f->shape[0] && f->f.presence[k];

    if (begins)
        *begins = there ? (double)f->f.spans[k].from_us / 1e6 : 0;
    if (ends)
        *ends = there ? (double)f->f.spans[k].to_us / 1e6 : 0;
    return there;
}

const char *avqa_features_notes(const AvqaFeatures *f)
{
    return f->notes;
}
