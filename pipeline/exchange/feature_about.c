/* SPDX-License-Identifier: MIT */
#include "pipeline/exchange/feature_about.h"

#include "base/alloc.h"
#include "base/text/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "avqa features 1"

static const char *const rows_text[] = {
    [AQ_ROWS_AS_MADE] = "as made", [AQ_ROWS_CUT] = "cut", [AQ_ROWS_PADDED] = "padded"};
enum { N_ROWS_TEXT = sizeof rows_text / sizeof *rows_text };

/* Adds a text and returns the object, or frees it and returns NULL. A path need not be
 * UTF-8, as JSON must be: such a text is left out if it is optional. */
static json_t *set_text(json_t *o, const char *key, const char *text, int may_miss)
{
    json_t *v = json_string(text);

    if (!v && may_miss)
        return o;
    if (json_object_set_new(o, key, v) == 0) /* fails if v is NULL */
        return o;
    json_decref(o);
    return NULL;
}

static json_t *video_json(const AqStoreVideo *v)
{
    json_t *o =
        json_pack("{s:s, s:I, s:I, s:I, s:b, s:b}", "sha256", v->sha256, "bytes",
                  (json_int_t)v->bytes, "mtime_ns", (json_int_t)v->mtime_ns,
                  "duration_us", (json_int_t)v->duration_us, "has_audio", v->has_audio,
                  "has_video", v->has_video);

    o = set_text(o, "path", v->path, 1);
    return set_text(o, "notes", v->notes, 1);
}

static json_t *provenance_json(const AqProvenance *p)
{
    const char *const texts[][2] = {{"kind", aq_modality_name(p->kind)},
                                    {"extractor", p->extractor},
                                    {"version", p->extractor_version},
                                    {"weights", p->weights},
                                    {"weights_sha256", p->weights_sha256},
                                    {"precision", p->precision},
                                    {"sampling", p->sampling},
                                    {"program", p->program}};
    json_t *o = json_object();

    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
        o = set_text(o, texts[k][0], texts[k][1], 0);
    return o;
}

/* [[from, to], ...] in microseconds. */
static json_t *spans_json(const AqRowSpan *spans, size_t n)
{
    json_t *all = json_array();

    for (size_t k = 0; k < n; k++)
        (void)json_array_append_new(all,
                                    json_pack("[I, I]", (json_int_t)spans[k].from_us,
                                              (json_int_t)spans[k].to_us));
    if (json_array_size(all) == n)
        return all;
    json_decref(all);
    return NULL;
}

/* The description of rows that are not seconds. */
static json_t *add_rows_json(json_t *root, const AqFeatureAbout *a)
{
    char text[AQ_ROWS_TEXT];
    json_t *more = json_pack("{s:s, s:i, s:o}", "row_plan",
                             aq_rows_text(aq_provenance_rows(&a->provenance), text),
                             "seconds", a->video.n_seconds, "row_times_us",
                             spans_json(a->spans, strlen(a->presence)));

    if (root && more && json_object_update(root, more) == 0) {
        json_decref(more);
        return root;
    }
    json_decref(root);
    json_decref(more);
    return NULL;
}

AqErr aq_feature_about_write(const AqFeatureAbout *a, char **text)
{
    json_t *root =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "format", FORMAT, "layout",
                  a->is_tchw ? "tchw" : "thwc", "presence", a->presence, "rows",
                  rows_text[a->rows], "values_sha256", a->values_sha256, "video",
                  video_json(&a->video), "provenance", provenance_json(&a->provenance));

    if (a->spans)
        root = add_rows_json(root, a);
    *text = aq_json_text(root, JSON_COMPACT);
    json_decref(root);
    return *text ? AQ_OK : AQ_ERR_NOMEM;
}

static AqErr fail_feature_about(const char *what)
{
    return aq_fail(AQ_ERR_FORMAT, "what is written beside its features (%s) %s", FORMAT,
                   what);
}

static int read_sha256(json_t *o, const char *key, char hex[AQ_SHA256_HEX])
{
    const char *sha = aq_json_member_text(o, key);

    if (strspn(sha, "0123456789abcdef") != AQ_SHA256_HEX - 1 || sha[AQ_SHA256_HEX - 1])
        return 0;
    memcpy(hex, sha, AQ_SHA256_HEX);
    return 1;
}

static AqErr read_video(AqStoreVideo *v, json_t *o)
{
    if (!read_sha256(o, "sha256", v->sha256))
        return fail_feature_about("has no SHA-256 of the video");
    v->path = aq_json_member_text(o, "path");
    v->notes = aq_json_member_text(o, "notes");
    v->bytes = json_integer_value(json_object_get(o, "bytes"));
    v->mtime_ns = json_integer_value(json_object_get(o, "mtime_ns"));
    v->duration_us = json_integer_value(json_object_get(o, "duration_us"));
    v->has_audio = json_is_true(json_object_get(o, "has_audio"));
    v->has_video = json_is_true(json_object_get(o, "has_video"));
    return v->bytes < 0 || v->duration_us < 0
               ? fail_feature_about("has a negative size")
               : AQ_OK;
}

static AqErr read_provenance(AqProvenance *p, json_t *o)
{
    const char *kind = aq_json_member_text(o, "kind");

    *p = (AqProvenance){.extractor = aq_json_member_text(o, "extractor"),
                        .extractor_version = aq_json_member_text(o, "version"),
                        .weights = aq_json_member_text(o, "weights"),
                        .weights_sha256 = aq_json_member_text(o, "weights_sha256"),
                        .precision = aq_json_member_text(o, "precision"),
                        .sampling = aq_json_member_text(o, "sampling"),
                        .program = aq_json_member_text(o, "program")};
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        if (strcmp(kind, aq_modality_name((AqModality)m)) == 0) {
            p->kind = (AqModality)m;
            return AQ_OK;
        }
    return fail_feature_about("does not say audio or visual");
}

static AqErr read_spans(AqFeatureAbout *a, json_t *root, int n_rows)
{
    json_t *list = json_object_get(root, "row_times_us");
    AqRowSpan *spans = NULL;

    if (aq_rows_are_seconds(aq_provenance_rows(&a->provenance)))
        return AQ_OK;
    a->video.n_seconds = (int)json_integer_value(json_object_get(root, "seconds"));
    if (json_array_size(list) != (size_t)n_rows || a->video.n_seconds < 1 ||
        a->video.n_seconds > AQ_STORE_MAX_SECONDS)
        return fail_feature_about("does not say when each row begins and ends");
    a->spans = spans = aq_alloc((size_t)n_rows, sizeof *spans);
    if (!spans)
        return AQ_ERR_NOMEM;
    for (int k = 0; k < n_rows; k++) {
        json_t *pair = json_array_get(list, (size_t)k);

        spans[k].from_us = json_integer_value(json_array_get(pair, 0));
        spans[k].to_us = json_integer_value(json_array_get(pair, 1));
    }
    return AQ_OK;
}

static AqErr read_root(AqFeatureAbout *a, json_t *root, int n_rows)
{
    const char *layout = aq_json_member_text(root, "layout"),
               *rows = aq_json_member_text(root, "rows");
    int k = 0;

    if (strcmp(aq_json_member_text(root, "format"), FORMAT) != 0)
        return fail_feature_about("has an unknown format");
    a->presence = aq_json_member_text(root, "presence");
    if (strlen(a->presence) != (size_t)n_rows ||
        strspn(a->presence, "01") != (size_t)n_rows)
        return fail_feature_about("does not mark each row as present (1) or absent "
                                  "(0)");
    while (k < N_ROWS_TEXT && strcmp(rows, rows_text[k]) != 0)
        k++;
    if (k == N_ROWS_TEXT ||
        (strcmp(layout, "thwc") != 0 && strcmp(layout, "tchw") != 0))
        return fail_feature_about(
            "does not give the layout, or whether rows are as made");
    if (!read_sha256(root, "values_sha256", a->values_sha256))
        return fail_feature_about("has no SHA-256 of the values");
    a->rows = (AqFeatureRows)k;
    a->is_tchw = strcmp(layout, "tchw") == 0;
    AqErr err = read_video(&a->video, json_object_get(root, "video"));
    if (err == AQ_OK)
        err = read_provenance(&a->provenance, json_object_get(root, "provenance"));
    return err == AQ_OK ? read_spans(a, root, n_rows) : err;
}

AqErr aq_feature_about_read(AqFeatureAbout *a, const char *text, int n_rows)
{
    *a = (AqFeatureAbout){0};
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (!root)
        return fail_feature_about("is not JSON");
    a->memory = root;
    const AqErr err = read_root(a, root, n_rows);
    if (err != AQ_OK)
        aq_feature_about_clear(a);
    return err;
}

void aq_feature_about_clear(AqFeatureAbout *a)
{
    AqRowSpan *spans = (AqRowSpan *)(uintptr_t)a->spans;

    if (a->memory)
        aq_free(spans);
    json_decref(a->memory);
    *a = (AqFeatureAbout){0};
}
