/* SPDX-License-Identifier: MIT */
#include "model/checkpoint.h"

#include "base/alloc.h"
#include "model/weights/weights.h"

#include <stdio.h>
#include <string.h>

#define FORMAT "avqa-pipe training 1"
enum {
    N_PLACE = sizeof(AqTrainPlace) / sizeof(int64_t),
    N_SCORES = sizeof(AqTrainScores) / sizeof(double)
};

/* ---- a fingerprint of the questions ---- */

static AqErr add_ints(AqSha256 *s, const int *v, size_t n)
{
    return aq_sha256_add(s, v, n * sizeof *v);
}

/* What is asked about which video, as the network sees it. */
static AqErr digest_questions(const AqTrainData *d, char hex[AQ_SHA256_HEX])
{
    const size_t n = d->set->n_questions;
    AqSha256 *s = NULL;
    AqErr err = aq_sha256_new(&s);

    if (err == AQ_OK)
        err = add_ints(s, d->ids, n * (size_t)d->max_words);
    if (err == AQ_OK)
        err = add_ints(s, d->n_words, n);
    if (err == AQ_OK)
        err = add_ints(s, d->answer, n);
    for (size_t k = 0; err == AQ_OK && k < d->n_videos; k++) {
        const size_t video[] = {d->videos[k].clip, d->videos[k].first, d->videos[k].n};
        err = aq_sha256_add(s, video, sizeof video);
    }
    if (err == AQ_OK)
        err = aq_sha256_finish(&s, hex);
    aq_sha256_free(&s);
    return err;
}

/* ---- saving ---- */

/* A row of 64-bit numbers, as it is. */
static AqErr add_row(AqWeightsWriter *w, const char *name, AqDtype dtype,
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

static AqErr add_values(AqWeightsWriter *w, const char *name, const AqReal *v, size_t n)
{
    const int64_t dims[] = {(int64_t)n};

    return v ? aq_weights_writer_add(w, name, 1, dims, v, AQ_F32) : AQ_OK;
}

/* order (n_questions) and next (n_videos) as 64-bit numbers, one behind the other. */
static int64_t *pack_order(const AqTrainData *d, size_t *n)
{
    *n = d->set->n_questions + d->n_videos;
    int64_t *v = aq_alloc(*n, sizeof *v);

    for (size_t k = 0; v && k < d->set->n_questions; k++)
        v[k] = (int64_t)d->order[k];
    for (size_t k = 0; v && k < d->n_videos; k++)
        v[d->set->n_questions + k] = (int64_t)d->videos[k].next;
    return v;
}

static AqErr add_all(const AqCheckpoint *c, AqWeightsWriter *w, const int64_t *order,
                     size_t n_order)
{
    const size_t n = aq_params_count(c->params);
    char questions[AQ_SHA256_HEX];
    AqErr err = digest_questions(c->data, questions);

    if (err == AQ_OK)
        err = aq_weights_writer_meta(w, "format", FORMAT);
    if (err == AQ_OK)
        err = aq_weights_writer_meta(w, "settings", c->settings);
    if (err == AQ_OK)
        err = aq_weights_writer_meta(w, "questions", questions);
    if (err == AQ_OK)
        err = add_row(w, "place", AQ_I64, &c->place, N_PLACE);
    if (err == AQ_OK)
        err = add_row(w, "scores", AQ_F64, &c->scores, N_SCORES);
    if (err == AQ_OK)
        err = add_row(w, "order", AQ_I64, order, n_order);
    if (err == AQ_OK)
        err = aq_params_save(c->params, w, "p.", AQ_F32);
    if (err == AQ_OK)
        err = aq_params_save_moments(c->params, w, "");
    if (err == AQ_OK)
        err = add_values(w, "best", c->best, n);
    return err == AQ_OK ? add_values(w, "mean", c->mean, n) : err;
}

AqErr aq_checkpoint_save(const AqCheckpoint *c, const char *path)
{
    size_t n_order = 0;
    int64_t *order = pack_order(c->data, &n_order);
    AqWeightsWriter *w = NULL;
    AqErr err = order ? aq_weights_writer_new(&w) : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = add_all(c, w, order, n_order);
    if (err == AQ_OK)
        err = aq_weights_writer_commit(w, path);
    aq_weights_writer_free(&w);
    aq_free(order);
    return err;
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

static AqErr check_origin(const AqCheckpoint *c, const AqWeights *w)
{
    const char *format = aq_weights_meta(w, "format"),
               *settings = aq_weights_meta(w, "settings"),
               *questions = aq_weights_meta(w, "questions"), *there = NULL;
    char hex[AQ_SHA256_HEX];

    if (!format || strcmp(format, FORMAT) != 0 || !settings || !questions)
        return aq_fail(AQ_ERR_FORMAT, "%s: is no interrupted training",
                       aq_weights_path(w));
    const char *here = first_difference(c->settings, settings, &there);
    if (here)
        return aq_fail(
            AQ_ERR_MISMATCH,
            "%s: was trained with %.*s, and here it is %.*s; say the same, or "
            "leave --resume out to begin anew",
            aq_weights_path(w), (int)strcspn(there, "\n"), there,
            (int)strcspn(here, "\n"), here);
    const AqErr err = digest_questions(c->data, hex);
    if (err == AQ_OK && strcmp(hex, questions) != 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: was trained on other questions or videos; give the same "
                       "annotations and store, or leave --resume out to begin anew",
                       aq_weights_path(w));
    return err;
}

static AqErr read_row(AqWeights *w, const char *name, AqDtype dtype, void *to, size_t n)
{
    const AqWeight *t = aq_weights_find(w, name);

    if (!t || t->dtype != dtype || t->count != n)
        return aq_fail(AQ_ERR_FORMAT, "%s: its %s is missing or not of %zu numbers",
                       aq_weights_path(w), name, n);
    aq_weight_to_bytes(t, 0, n, to);
    return AQ_OK;
}

static AqErr read_order(AqTrainData *d, AqWeights *w)
{
    const size_t Q = d->set->n_questions, n = Q + d->n_videos;
    int64_t *v = aq_alloc(n, sizeof *v);
    AqErr err = v ? read_row(w, "order", AQ_I64, v, n) : AQ_ERR_NOMEM;

    for (size_t k = 0; err == AQ_OK && k < n; k++) {
        const size_t most = k < Q ? Q - 1 : d->videos[k - Q].n;

        if (v[k] < 0 || (uint64_t)v[k] > most)
            err = aq_fail(AQ_ERR_FORMAT, "%s: its order of questions makes no sense",
                          aq_weights_path(w));
        else if (k < Q)
            d->order[k] = (size_t)v[k];
        else
            d->videos[k - Q].next = (size_t)v[k];
    }
    aq_free(v);
    return err;
}

static int prefixed(void *ctx, const char *name, AqParamSource from[3])
{
    (void)snprintf(from[0].name, sizeof from[0].name, "%s%s", (const char *)ctx, name);
    return 1;
}

static AqErr read_all(AqCheckpoint *c, AqWeights *w)
{
    char prefix[] = "p.";
    const size_t n = aq_params_count(c->params);
    AqErr err = check_origin(c, w);

    if (err == AQ_OK)
        err = read_row(w, "place", AQ_I64, &c->place, N_PLACE);
    if (err == AQ_OK)
        err = read_row(w, "scores", AQ_F64, &c->scores, N_SCORES);
    if (err == AQ_OK)
        err = read_order(c->data, w);
    if (err == AQ_OK)
        err = aq_params_load(c->params, w, prefixed, prefix);
    if (err == AQ_OK)
        err = aq_params_load_moments(c->params, w, "");
    if (err == AQ_OK && c->best)
        err = read_row(w, "best", AQ_F32, c->best, n);
    if (err == AQ_OK && c->mean)
        err = read_row(w, "mean", AQ_F32, c->mean, n);
    return err;
}

AqErr aq_checkpoint_load(AqCheckpoint *c, const char *path)
{
    AqWeights *w = NULL;
    AqErr err = aq_weights_open(&w, path);

    if (err == AQ_OK)
        err = read_all(c, w);
    aq_weights_unref(&w);
    return err;
}
