/* SPDX-License-Identifier: MIT */
#include "model/concepts/clip.h"

#include "base/alloc.h"

#include <jansson.h>

/* How feature k of a stream was made; NULL: it is not told. */
static const char *sampling_of(const json_t *root, AqModality m, int k)
{
    const json_t *o = json_object_get(root, aq_modality_name(m));

    if (json_is_array(o))
        o = json_array_get(o, (size_t)k);
    else if (k > 0)
        return NULL;
    return json_string_value(json_object_get(o, "sampling"));
}

static AqConceptRows unnamed_rows_of(const AqFeatureSizes *sizes, AqModality m, int k,
                                     const char *description)
{
    const AqFeatureShape *f = &sizes->of[m][k];

    return (AqConceptRows){.description = description,
                           .n_values = f->h * f->w * f->dim,
                           .stride = (size_t)aq_feature_total(sizes, m).values};
}

static AqErr find_source(AqConceptSource *s, const json_t *root, AqModality m)
{
    for (int k = 0; k < s->sizes.n[m]; k++) {
        const char *text = sampling_of(root, m, k);
        AqConceptRows rows = unnamed_rows_of(&s->sizes, m, k, text);

        if (!aq_concept_rows_name(&rows))
            continue;
        s->feature[m] = k;
        s->description[m] = aq_strdup(text);
        return s->description[m] ? AQ_OK : AQ_ERR_NOMEM;
    }
    return AQ_OK;
}

AqErr aq_concept_source_read(AqConceptSource *out, const char *extractors,
                             const AqFeatureSizes *sizes)
{
    json_t *root = json_loads(extractors, 0, NULL);
    AqErr err = AQ_OK;

    *out = (AqConceptSource){.sizes = *sizes};
    for (int m = 0; err == AQ_OK && root && m < AQ_N_MODALITIES; m++)
        err = find_source(out, root, (AqModality)m);
    json_decref(root);
    return err;
}

void aq_concept_source_clear(AqConceptSource *s)
{
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        aq_free(s->description[m]);
    *s = (AqConceptSource){.feature = {0}};
}

int aq_concept_source_any(const AqConceptSource *s)
{
    return s->description[AQ_AUDIO] || s->description[AQ_VISUAL];
}

int aq_concept_source_both(const AqConceptSource *s)
{
    return s->description[AQ_AUDIO] && s->description[AQ_VISUAL];
}

void aq_concept_rows_of(const AqConceptSource *s, const AqClipFeatures *clip,
                        AqConceptRows rows[AQ_N_MODALITIES],
                        const AqConceptRows **heard, const AqConceptRows **seen)
{
    const float *data[AQ_N_MODALITIES] = {clip->audio, clip->visual};
    const unsigned char *present[AQ_N_MODALITIES] = {clip->audio_present,
                                                     clip->visual_present};
    const AqConceptRows **to[AQ_N_MODALITIES] = {heard, seen};

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        AqConceptRows *r = &rows[m];
        const int k = s->feature[m];

        *to[m] = NULL;
        if (!s->description[m])
            continue;
        *r = unnamed_rows_of(&s->sizes, (AqModality)m, k, s->description[m]);
        r->n_seconds = clip->n_seconds;
        r->present = present[m];
        if (data[m])
            r->data = data[m] + aq_feature_place(&s->sizes, (AqModality)m, k).values;
        if (aq_concept_rows_name(r))
            *to[m] = r;
    }
}

AqErr aq_evidence_of_clip(AqEvidence *out, const AqConceptSource *s,
                          const AqClipFeatures *clip)
{
    AqConceptRows rows[AQ_N_MODALITIES];
    const AqConceptRows *heard, *seen;

    aq_concept_rows_of(s, clip, rows, &heard, &seen);
    return aq_evidence_join(out, heard, seen);
}
