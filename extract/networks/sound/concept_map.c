/* SPDX-License-Identifier: MIT */
#include "extract/networks/sound/concept_map.h"

#include <string.h>

enum { MOST_VALUES = 1 << 16 };
static const char weight_name[] = "concepts.weight", bias_name[] = "concepts.bias";

int aq_concept_map_is(const AqWeights *w)
{
    return aq_weights_find(w, weight_name) && aq_weights_find(w, bias_name) &&
           aq_weights_n(w) == 2;
}

/* *values: those that are wanted, or 0; then those that there are. */
static AqErr check_map_shape(const AqWeights *w, int *values)
{
    const AqWeight *t = aq_weights_find(w, weight_name);

    if (!t || t->n_dims != 2)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: has no matrix %s; maps to concepts are files that "
                       "`avqa-pipe teach --map` writes",
                       aq_weights_path(w), weight_name);
    if (t->dims[0] == AQ_N_HEARD && t->dims[1] > 0 && t->dims[1] <= MOST_VALUES &&
        (*values == 0 || t->dims[1] == *values)) {
        *values = (int)t->dims[1];
        return AQ_OK;
    }
    return aq_fail(AQ_ERR_MISMATCH,
                   "%s: maps %lld values to %lld concepts; the network gives %d "
                   "values, and there are %d concepts",
                   aq_weights_path(w), (long long)t->dims[1], (long long)t->dims[0],
                   *values, AQ_N_HEARD);
}

static AqErr declare_concept_map(AqConceptMap *m, int values)
{
    AqErr err = aq_params_new(&m->params);
    const AqParamSpec weight = {
        .name = weight_name, .n_dims = 2, .dims = {AQ_N_HEARD, values}};
    const AqParamSpec bias = {.name = bias_name, .n_dims = 1, .dims = {AQ_N_HEARD}};

    if (err == AQ_OK)
        err = aq_params_add(m->params, &weight, &m->w);
    return err == AQ_OK ? aq_params_add(m->params, &bias, &m->b) : err;
}

static AqErr digest_map(AqConceptMap *m, AqWeights *w)
{
    const char *origin = aq_weights_meta(w, "origin_sha256");

    if (!origin || strlen(origin) != AQ_SHA256_HEX - 1)
        return aq_weights_sha256(w, m->sha256);
    memcpy(m->sha256, origin, AQ_SHA256_HEX);
    return AQ_OK;
}

AqErr aq_concept_map_read(AqConceptMap *out, const char *path, int values)
{
    AqWeights *w = NULL;

    *out = (AqConceptMap){0};
    AqErr err = aq_weights_open(&w, path);
    if (err == AQ_OK)
        err = check_map_shape(w, &values);
    if (err == AQ_OK)
        err = declare_concept_map(out, values);
    if (err == AQ_OK)
        err = aq_params_load(out->params, w, NULL, NULL);
    if (err == AQ_OK)
        err = digest_map(out, w);
    aq_weights_unref(&w);
    return err;
}

void aq_concept_map_clear(AqConceptMap *m)
{
    aq_params_free(&m->params);
    *m = (AqConceptMap){0};
}

AqErr aq_concept_map_write(const char *path, const float *weight, const float *bias,
                           int values, const char *origin)
{
    AqWeightsWriter *w = NULL;
    AqErr err = aq_weights_writer_new(&w);

    if (err == AQ_OK)
        err = aq_weights_writer_meta(w, "network", AQ_CONCEPT_MAP_NAME);
    if (err == AQ_OK)
        err = aq_weights_writer_meta(w, "origin", origin);
    if (err == AQ_OK)
        err = aq_weights_writer_add(w, weight_name, 2, (int64_t[]){AQ_N_HEARD, values},
                                    weight, AQ_F32);
    if (err == AQ_OK)
        err = aq_weights_writer_add(w, bias_name, 1, (int64_t[]){AQ_N_HEARD}, bias,
                                    AQ_F32);
    if (err == AQ_OK)
        err = aq_weights_writer_commit(w, path);
    aq_weights_writer_free(&w);
    return err;
}
