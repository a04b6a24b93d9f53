/* SPDX-License-Identifier: MIT */
#include "pipeline/inputs/features/wants.h"

#include "base/alloc.h"
#include "base/text/json.h"

#include <jansson.h>
#include <string.h>

static const char *const keys[] = {"extractor", "version",   "weights",
                                   "sha256",    "precision", "sampling"};
#define N_KEYS (sizeof keys / sizeof *keys)

static const char *provenance_value_of(const AqProvenance *p, size_t k)
{
    const char *const v[N_KEYS] = {p->extractor, p->extractor_version,
                                   p->weights,   p->weights_sha256,
                                   p->precision, p->sampling};
    return v[k];
}

static AqErr read_want(AqProvenance *p, AqModality m, json_t *o)
{
    const char *v[N_KEYS];

    for (size_t k = 0; k < N_KEYS; k++)
        if (!(v[k] = json_string_value(json_object_get(o, keys[k]))))
            return aq_fail(AQ_ERR_FORMAT,
                           "the model file does not say which %s extractor it needs: "
                           "its \"%s\" is missing",
                           aq_modality_name(m), keys[k]);
    *p = (AqProvenance){.kind = m,
                        .extractor = v[0],
                        .extractor_version = v[1],
                        .weights = v[2],
                        .weights_sha256 = v[3],
                        .precision = v[4],
                        .sampling = v[5],
                        .program = ""};
    return AQ_OK;
}

/* One object, or an array of them. */
static AqErr read_wants_of(AqWants *w, AqModality m)
{
    json_t *o = json_object_get(w->root, aq_modality_name(m));
    const int n = json_is_array(o) ? (int)json_array_size(o) : 1;
    AqErr err = AQ_OK;

    if (n < 1 || n > AQ_MOST_FEATURES)
        return aq_fail(AQ_ERR_FORMAT,
                       "the model file names %d %s extractors; there can be 1 to %d", n,
                       aq_modality_name(m), AQ_MOST_FEATURES);
    for (int k = 0; err == AQ_OK && k < n; k++)
        err = read_want(&w->all[w->n_all++], m,
                        json_is_array(o) ? json_array_get(o, (size_t)k) : o);
    w->n[m] = n;
    return err;
}

AqErr aq_wants_read(AqWants *out, const char *json)
{
    *out = (AqWants){.root = json_loads(json, JSON_REJECT_DUPLICATES, NULL)};
    if (!json_is_object(out->root)) {
        aq_wants_clear(out);
        return aq_fail(AQ_ERR_FORMAT,
                       "the model file does not say which extractors it needs");
    }
    AqErr err = AQ_OK;
    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++)
        err = read_wants_of(out, (AqModality)m);
    if (err != AQ_OK)
        aq_wants_clear(out);
    return err;
}

void aq_wants_clear(AqWants *w)
{
    json_decref(w->root);
    *w = (AqWants){0};
}

const char *aq_wants_differ(const AqProvenance *want, const AqProvenance *have,
                            const char **wanted, const char **had)
{
    for (size_t k = 0; k < N_KEYS; k++) {
        *wanted = provenance_value_of(want, k);
        *had = provenance_value_of(have, k);
        if (strcmp(keys[k], "weights") != 0 && strcmp(*wanted, *had) != 0)
            return keys[k];
    }
    return NULL;
}

char *aq_wants_line(const AqProvenance *p)
{
    return aq_strf("%s %s %s, weights %s %.12s, %s, %s",
                   aq_modality_name((AqModality)p->kind), p->extractor,
                   p->extractor_version, p->weights, p->weights_sha256, p->precision,
                   p->sampling);
}

static json_t *want_json(const AqProvenance *p)
{
    json_t *o = json_object();

    for (size_t k = 0; k < N_KEYS; k++) {
        const char *v = provenance_value_of(p, k);

        (void)json_object_set_new(o, keys[k], aq_json_string(v, strlen(v)));
    }
    return o;
}

const char *aq_wants_options(const AqProvenance *p)
{
    const char *at = strstr(p->sampling, AQ_WANTS_OPTIONS);

    return at ? at + strlen(AQ_WANTS_OPTIONS) : NULL;
}

AqErr aq_wants_json(const AqProvenance *p, int n, char **out)
{
    json_t *root = json_object();

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        json_t *list = json_array(), *one;

        for (int k = 0; k < n; k++)
            if ((int)p[k].kind == m)
                (void)json_array_append_new(list, want_json(&p[k]));
        one = json_array_size(list) == 1 ? json_array_get(list, 0) : list;
        (void)json_object_set(root, aq_modality_name((AqModality)m), one);
        json_decref(list);
    }
    *out = root ? aq_json_text(root, 0) : NULL;
    json_decref(root);
    return *out ? AQ_OK : aq_fail(AQ_ERR_NOMEM, "out of memory");
}
