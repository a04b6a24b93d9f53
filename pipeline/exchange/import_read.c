/* SPDX-License-Identifier: MIT */
/* Reads one array: its layout, its values (checked to be finite) and its provenance. */
#include "base/alloc.h"
#include "pipeline/exchange/import_priv.h"
#include "pipeline/ui/config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *shape_text(const AqWeight *t, char text[128])
{
    int n = 0;

    text[0] = '\0';
    for (int d = 0; d < t->n_dims && n < 100; d++)
        n += snprintf(text + n, 128 - (size_t)n, "%s%lld", d ? ", " : "",
                      (long long)t->dims[d]);
    return text;
}

/* ---- shape ---- */

static AqErr find_layout(const AqImportRow *r, const AqWeight *t, int *is_tchw)
{
    const int64_t *d = t->dims;
    const int front = d[1] == d[2], back = d[2] == d[3];
    char text[128];

    *is_tchw = r->has_about ? r->about.is_tchw
               : r->job->plan->layout == AQ_LAYOUT_AUTO
                   ? back && !front
                   : r->job->plan->layout == AQ_LAYOUT_TCHW;
    if (r->has_about || r->job->plan->layout != AQ_LAYOUT_AUTO || front != back ||
        d[1] * d[2] * d[3] == 1)
        return AQ_OK;
    return aq_fail(AQ_ERR_USAGE,
                   "%s: the dimensions [%s] do not tell which one is the channels; "
                   "give --layout thwc or --layout tchw",
                   r->path, shape_text(t, text));
}

/* Tokens (T, S, C): a square of patches, else a row of them. */
static void set_tokens(AqImportRow *r, const AqWeight *t)
{
    const int S = (int)t->dims[1];
    int side = 1;

    while ((side + 1) * (side + 1) <= S)
        side++;
    r->h = side * side == S ? side : 1;
    r->w = S / r->h;
    r->c = (int)t->dims[2];
}

static AqErr set_dims(AqImportRow *r, const AqWeight *t)
{
    static const int from_tchw[] = {0, 2, 3, 1};
    int is_tchw = 0;
    AqErr err = AQ_OK;

    r->h = r->w = 1;
    r->c = (int)t->dims[t->n_dims == 2 ? 1 : 2];
    if (t->n_dims == 2)
        return AQ_OK;
    if (t->n_dims == 3 && aq_rows_are_clips(aq_feature_source_rows(r->source))) {
        r->h = (int)t->dims[1]; /* its frames, one below the other */
        return AQ_OK;
    }
    if (t->n_dims == 3) {
        set_tokens(r, t);
        return AQ_OK;
    }
    err = find_layout(r, t, &is_tchw);
    r->order = is_tchw ? from_tchw : NULL;
    r->h = (int)t->dims[is_tchw ? 2 : 1];
    r->w = (int)t->dims[is_tchw ? 3 : 2];
    r->c = (int)t->dims[is_tchw ? 1 : 3];
    return err;
}

static AqErr check_sizes(const AqWeight *t)
{
    char text[128];

    if (t->n_dims < 2 || t->n_dims > 4)
        return aq_fail(AQ_ERR_FORMAT,
                       "have the dimensions [%s]; features are [T, C], [T, S, C] of S "
                       "tokens, [T, h, w, C] or [T, C, h, w], T in seconds",
                       shape_text(t, text));
    int fits = t->dims[0] >= 1 && t->dims[0] <= AQ_STORE_MAX_SECONDS;
    for (int d = 1; d < t->n_dims; d++)
        fits &= t->dims[d] >= 1 && t->dims[d] <= AQ_STORE_MAX_DIM;
    if (!fits || t->count > AQ_STORE_MAX_BLOB / (t->dtype == AQ_F16 ? 2 : 4))
        return aq_fail(AQ_ERR_FORMAT,
                       "have the dimensions [%s], which the store does not support",
                       shape_text(t, text));
    return AQ_OK;
}

static AqErr read_about(AqImportRow *r)
{
    char *text = NULL;
    AqErr err = aq_feature_source_about(r->source, r->k, &text);

    if (err == AQ_OK && text) {
        err = aq_feature_about_read(&r->about, text, r->n_rows);
        r->has_about = err == AQ_OK;
    }
    aq_free(text);
    return err;
}

/* ---- values ---- */

static AqErr check_import_finite(const AqImportRow *r)
{
    const size_t c = (size_t)r->c, w = (size_t)r->w, cells = (size_t)r->h * w;
    const size_t n = (size_t)r->n_rows * cells * c;

    for (size_t k = 0; k < n; k++)
        if (!isfinite(r->data[k]))
            return aq_fail(AQ_ERR_NUMERIC,
                           "hold %g in second %zu (cell %zu, %zu, channel %zu)",
                           (double)r->data[k], k / (cells * c), k / c % cells / w,
                           k / c % w, k % c);
    return AQ_OK;
}

/* Joined features have zeros where nothing could be decoded. */
static int is_row_real(const AqImportRow *r, int row)
{
    const size_t each = (size_t)r->h * (size_t)r->w * (size_t)r->c;
    int any = !aq_rows_are_clips(aq_feature_source_rows(r->source));

    if (r->has_about)
        return r->about.presence[row] == '1';
    for (size_t k = 0; !any && k < each; k++)
        any = r->data[(size_t)row * each + k] != 0;
    return any;
}

static AqErr read_import_values(AqImportRow *r, const AqWeight *t)
{
    r->dtype = t->dtype == AQ_F16 ? AQ_FEATURE_F16 : AQ_FEATURE_F32;
    r->data = aq_alloc(t->count, sizeof *r->data);
    r->presence = aq_alloc((size_t)r->n_rows, 1);
    if (!r->data || !r->presence)
        return AQ_ERR_NOMEM;
    AqErr err = aq_feature_source_floats(r->source, r->k, r->order, r->data);
    if (err == AQ_OK)
        err = check_import_finite(r);
    for (int k = 0; k < r->n_rows; k++)
        r->presence[k] = is_row_real(r, k);
    if (err == AQ_OK)
        err = aq_sha256_buffer(r->data, t->count * sizeof *r->data, r->sha256);
    if (err == AQ_OK && r->has_about && strcmp(r->sha256, r->about.values_sha256) != 0)
        err = aq_fail(AQ_ERR_FORMAT,
                      "do not match the digest written beside them: they were "
                      "damaged or changed since");
    return err;
}

/* ---- what made it ---- */

/* `name`'s, as of what was made elsewhere. */
static void set_named_provenance(AqImportRow *r, const char *name)
{
    const AqRowPlan rows = aq_feature_source_rows(r->source);
    char text[AQ_ROWS_TEXT];

    (void)snprintf(r->sampling, sizeof r->sampling, "imported; made elsewhere%s%s",
                   aq_rows_are_clips(rows) ? AQ_ROWS_MARK : ", a row a second",
                   aq_rows_are_clips(rows) ? aq_rows_text(rows, text) : "");
    r->provenance = (AqProvenance){.kind = r->job->plan->kind,
                                   .extractor = name,
                                   .extractor_version = AQ_STORE_IMPORTED,
                                   .weights = "",
                                   .weights_sha256 = "",
                                   .precision = "unknown",
                                   .sampling = r->sampling,
                                   .program = AQ_PROGRAM};
}

static AqErr set_provenance(AqImportRow *r)
{
    const AqFeatureImport *p = r->job->plan;
    char text[AQ_ROWS_TEXT];

    if (p->name && r->about.spans)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "have rows that are not seconds (%s), which only features "
                       "keeping their own name may have; leave out --name",
                       aq_rows_text(aq_provenance_rows(&r->about.provenance), text));
    if (p->name) {
        set_named_provenance(r, p->name);
        return AQ_OK;
    }
    if (!r->has_about)
        return aq_fail(AQ_ERR_USAGE,
                       "%s: nothing beside the features says what made them; name it "
                       "with --name",
                       r->path);
    r->provenance = r->about.provenance;
    if (r->provenance.kind != p->kind)
        return aq_fail(AQ_ERR_MISMATCH,
                       "are %s features, according to the description beside them",
                       aq_modality_name(r->provenance.kind));
    return r->about.rows == AQ_ROWS_AS_MADE
               ? AQ_OK
               : aq_fail(AQ_ERR_MISMATCH,
                         "were cut or padded when they were exported and are no longer "
                         "what %s made; give them a new name with --name",
                         r->provenance.extractor);
}

static AqErr set_import_spans(AqImportRow *r)
{
    if (!aq_rows_are_clips(aq_import_rows(r)))
        return AQ_OK;
    r->spans = r->about.spans;
    if (r->has_about)
        return AQ_OK;
    r->spans = r->unknown = aq_alloc((size_t)r->n_rows, sizeof *r->unknown);
    return r->spans ? AQ_OK : AQ_ERR_NOMEM;
}

AqErr aq_import_read(AqImportRow *r)
{
    const AqWeight *t = aq_feature_source_at(r->source, r->k);
    AqErr err = aq_store_check_name(r->name, strlen(r->name));

    if (err == AQ_OK)
        err = check_sizes(t);
    if (err == AQ_OK) {
        r->n_rows = (int)t->dims[0];
        err = read_about(r);
    }
    if (err == AQ_OK)
        err = set_dims(r, t);
    if (err == AQ_OK)
        err = set_provenance(r);
    if (err == AQ_OK)
        err = set_import_spans(r);
    return err == AQ_OK ? read_import_values(r, t) : err;
}

void aq_import_row_clear(AqImportRow *r)
{
    aq_feature_about_clear(&r->about);
    aq_store_video_clear(&r->known);
    aq_free(r->data);
    aq_free(r->unknown);
    aq_free(r->presence);
    aq_free(r->notes);
}
