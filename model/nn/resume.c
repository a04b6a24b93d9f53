/* SPDX-License-Identifier: MIT */
#include "model/nn/resume.h"

#include <stdio.h>
#include <string.h>

/* ---- saving ---- */

AqErr aq_resume_writer_new(AqWeightsWriter **out, const AqResumeOrigin *o)
{
    AqErr err = aq_weights_writer_new(out);

    if (err == AQ_OK)
        err = aq_weights_writer_meta(*out, "format", o->format);
    if (err == AQ_OK)
        err = aq_weights_writer_meta(*out, "settings", o->settings);
    if (err == AQ_OK)
        err = aq_weights_writer_meta(*out, o->data_key, o->data);
    if (err != AQ_OK)
        aq_weights_writer_free(out);
    return err;
}

AqErr aq_resume_add_row(AqWeightsWriter *w, const char *name, AqDtype dtype,
                        const void *data, size_t n)
{
    const AqWeight t = {.name = name,
                        .dtype = dtype,
                        .n_dims = 1,
                        .dims = {(int64_t)n},
                        .strides = {1},
                        .count = n,
                        .data = data};

    return aq_weights_writer_add_weight(w, name, &t);
}

AqErr aq_resume_add_params(AqWeightsWriter *w, const AqParams *ps, const char *values,
                           const char *moments)
{
    const AqErr err = aq_params_save(ps, w, values, AQ_F32);

    return err == AQ_OK ? aq_params_save_moments(ps, w, moments) : err;
}

/* ---- loading ---- */

/* The first line of `a` that `b` does not have at the same place; NULL: none. */
static const char *first_difference(const char *a, const char *b, const char **in_b)
{
    while (*a || *b) {
        const size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");

        if (n != m || memcmp(a, b, n) != 0) {
            *in_b = b;
            return a;
        }
        a += n + (a[n] != '\0');
        b += m + (b[m] != '\0');
    }
    return NULL;
}

static AqErr check_origin(const AqWeights *w, const AqResumeOrigin *o)
{
    const char *format = aq_weights_meta(w, "format"),
               *settings = aq_weights_meta(w, "settings"),
               *data = aq_weights_meta(w, o->data_key), *there = NULL;

    if (!format || strcmp(format, o->format) != 0 || !settings || !data)
        return aq_fail(AQ_ERR_FORMAT, "%s: is not the state of an interrupted %s",
                       aq_weights_path(w), o->kind);
    const char *here = first_difference(o->settings, settings, &there);
    const char *usual = "the default"; /* of settings written only where they differ */
    if (here)
        return aq_fail(
            AQ_ERR_MISMATCH,
            "%s: was trained with %.*s, and here it is %.*s; use the same setting, or "
            "leave --resume out to start over",
            aq_weights_path(w), (int)strcspn(*there ? there : usual, "\n"),
            *there ? there : usual, (int)strcspn(*here ? here : usual, "\n"),
            *here ? here : usual);
    if (strcmp(o->data, data) != 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: was trained on %s, or leave --resume out to start over",
                       aq_weights_path(w), o->other_data);
    return AQ_OK;
}

AqErr aq_resume_open(AqWeights **out, const char *path, const AqResumeOrigin *o)
{
    AqErr err = aq_weights_open(out, path);

    if (err == AQ_OK && (err = check_origin(*out, o)) != AQ_OK)
        aq_weights_unref(out);
    return err;
}

AqErr aq_resume_read_row(AqWeights *w, const char *name, AqDtype dtype, void *to,
                         size_t n)
{
    const AqWeight *t = aq_weights_find(w, name);

    if (!t || t->dtype != dtype || t->count != n)
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: its %s is missing or does not have %zu numbers",
                       aq_weights_path(w), name, n);
    aq_weight_to_bytes(t, 0, n, to);
    return AQ_OK;
}

static int add_name_prefix(void *ctx, const char *name, AqParamSource from[3])
{
    (void)snprintf(from[0].name, sizeof from[0].name, "%s%s", *(const char **)ctx,
                   name);
    return 1;
}

AqErr aq_resume_read_params(AqWeights *w, AqParams *ps, const char *values,
                            const char *moments)
{
    const AqErr err = aq_params_load(ps, w, add_name_prefix, &values);

    return err == AQ_OK ? aq_params_load_moments(ps, w, moments) : err;
}
