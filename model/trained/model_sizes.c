/* SPDX-License-Identifier: MIT */
/* The sizes of a model's features in its file. */
#include "model/trained/model_priv.h"

#include "base/alloc.h"
#include "base/text/json.h"

#include <jansson.h>

static int has_one_of_each(const AqFeatureSizes *s)
{
    return s->n[AQ_AUDIO] == 1 && s->n[AQ_VISUAL] == 1;
}

/* Gives jansson's. */
static json_t *shapes_of_stream(const AqFeatureSizes *s, AqModality m)
{
    json_t *list = json_array();

    for (int k = 0; k < s->n[m]; k++)
        (void)json_array_append_new(list, json_pack("[i, i, i]", s->of[m][k].h,
                                                    s->of[m][k].w, s->of[m][k].dim));
    return list;
}

AqErr aq_model_sizes_to_json(const AqFeatureSizes *s, char **out)
{
    const AqFeatureShape *v = &s->of[AQ_VISUAL][0];

    if (has_one_of_each(s)) {
        *out = aq_strf("{\"audio_dim\": %d, \"grid_h\": %d, \"grid_w\": %d, "
                       "\"visual_dim\": %d}",
                       s->of[AQ_AUDIO][0].dim, v->h, v->w, v->dim);
        return *out ? AQ_OK : AQ_ERR_NOMEM;
    }
    json_t *o = json_object();
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        (void)json_object_set_new(o, aq_modality_name((AqModality)m),
                                  shapes_of_stream(s, (AqModality)m));
    *out = aq_json_text(o, 0);
    json_decref(o);
    return *out ? AQ_OK : aq_fail(AQ_ERR_NOMEM, "out of memory");
}

static int read_shapes(AqFeatureSizes *s, AqModality m, json_t *list)
{
    const size_t n = json_array_size(list);
    int ok = n >= 1 && n <= AQ_MOST_FEATURES;

    s->n[m] = ok ? (int)n : 0;
    for (size_t k = 0; ok && k < n; k++) {
        AqFeatureShape *x = &s->of[m][k];

        ok = json_unpack(json_array_get(list, k), "[i, i, i]", &x->h, &x->w, &x->dim) ==
             0;
    }
    return ok;
}

AqErr aq_model_sizes_from_json(AqFeatureSizes *s, const char *text)
{
    int a, h, w, v;
    json_t *o = json_loads(text, 0, NULL);
    int ok = o && json_unpack(o, "{s:i, s:i, s:i, s:i}", "audio_dim", &a, "grid_h", &h,
                              "grid_w", &w, "visual_dim", &v) == 0;

    if (ok)
        *s = aq_feature_sizes(a, h, w, v);
    for (int m = 0; o && !ok && m < AQ_N_MODALITIES; m++) {
        const int read = read_shapes(
            s, (AqModality)m, json_object_get(o, aq_modality_name((AqModality)m)));

        if (!read)
            break;
        ok = m + 1 == AQ_N_MODALITIES;
    }
    json_decref(o);
    return ok ? AQ_OK
              : aq_fail(AQ_ERR_FORMAT, "the model's feature sizes cannot be read");
}
