/* SPDX-License-Identifier: MIT */
/* What a tower is, as JSON, and whether two are the same. */
#include "model/question/clip/clip_text_priv.h"

#include "base/alloc.h"
#include "base/text/json.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { MOST_WIDTH = 65536 };

AqErr aq_clip_text_describe(char **out, const AqClipTextFacts *f)
{
    json_t *o = aq_json_pack(
        "{s:s, s:i, s:i, s:i, s:i, s:s, s:s, s:s, s:s, s:s}", "encoder", "clip_text",
        "width", f->g->width, "pooled", f->pooled, "context", f->g->context, "layers",
        f->g->layers, "act", f->act, "precision", f->precision, "weights", f->weights,
        "weights_sha256", f->weights_sha256, "vocabulary_sha256", f->vocabulary_sha256);

    *out = o ? aq_json_text(o, JSON_COMPACT) : NULL;
    json_decref(o);
    return *out ? AQ_OK : AQ_ERR_NOMEM;
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text ? text : "";
}

/* The first key in which they differ; a file's name does not count, its digest does. */
static const char *first_tower_difference(const json_t *a, const json_t *b)
{
    static const char *const keys[] = {"encoder", "vocabulary_sha256", "weights_sha256",
                                       "act",     "precision",         "width",
                                       "pooled",  "context",           "layers"};

    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        if (!json_equal(json_object_get(a, keys[k]), json_object_get(b, keys[k])))
            return keys[k];
    return NULL;
}

static AqErr compare_towers(const json_t *want, const json_t *have)
{
    const char *key = first_tower_difference(want, have);

    if (!key)
        return AQ_OK;
    if (strcmp(key, "weights_sha256") == 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "the model was trained on questions read by the weights '%s' "
                       "(SHA-256 %.16s...), but these are '%s' (%.16s...); name the "
                       "same weights by --question-weights, or train again",
                       text_of(want, "weights"), text_of(want, key),
                       text_of(have, "weights"), text_of(have, key));
    if (strcmp(key, "vocabulary_sha256") == 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "the model was trained on questions read with another "
                       "vocabulary (SHA-256 %.16s...) than that of '%s' (%.16s...); "
                       "name the same one by --question-vocabulary, or train again",
                       text_of(want, key), text_of(have, "weights"),
                       text_of(have, key));
    return aq_fail(AQ_ERR_MISMATCH,
                   "the model was trained on questions read with %s '%s', but here it "
                   "is '%s'; use the same, or train again",
                   key, text_of(want, key), text_of(have, key));
}

AqErr aq_clip_text_same(const char *want, const char *have)
{
    json_t *a = json_loads(want, JSON_REJECT_DUPLICATES, NULL),
           *b = json_loads(have, JSON_REJECT_DUPLICATES, NULL);
    const AqErr err = compare_towers(a, b);

    json_decref(a);
    json_decref(b);
    return err;
}

/* 1..MOST_WIDTH, or 0. */
static int width_of(const json_t *o, const char *key)
{
    const json_int_t n = json_integer_value(json_object_get(o, key));

    return n > 0 && n <= MOST_WIDTH ? (int)n : 0;
}

AqErr aq_clip_text_wanted(AqClipTextWanted *out, const char *about)
{
    json_t *o = json_loads(about, JSON_REJECT_DUPLICATES, NULL);

    *out = (AqClipTextWanted){.shape = {width_of(o, "width"), width_of(o, "pooled")}};
    (void)snprintf(out->encoder, sizeof out->encoder, "%s", text_of(o, "encoder"));
    (void)snprintf(out->weights, sizeof out->weights, "%s", text_of(o, "weights"));
    (void)snprintf(out->weights_sha256, sizeof out->weights_sha256, "%s",
                   text_of(o, "weights_sha256"));
    (void)snprintf(out->vocabulary_sha256, sizeof out->vocabulary_sha256, "%s",
                   text_of(o, "vocabulary_sha256"));
    (void)snprintf(out->switches, sizeof out->switches, "act=%s,precision=%s",
                   text_of(o, "act"), text_of(o, "precision"));
    json_decref(o);
    if (out->shape.width && out->shape.pooled && *out->encoder)
        return AQ_OK;
    return aq_fail(AQ_ERR_FORMAT, "what the model says of its question encoder cannot "
                                  "be read");
}
