/* SPDX-License-Identifier: MIT */
#include "pipeline/exchange/import_source.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "pipeline/exchange/feature_about.h"
#include "pipeline/exchange/formats/h5_file.h"
#include "pipeline/exchange/joined.h"

#include <stdio.h>
#include <string.h>

#define MOST_ABOUT ((size_t)1 << 20) /* bytes of a sidecar */

struct AqFeatureSource {
    char *path, *stem;
    AqHdf5 *h5;       /* either this */
    AqJoined *joined; /* of it, or NULL */
    AqWeights *w;     /* or this */
};

static int begins_as_hdf5(const char *path)
{
    char head[sizeof AQ_HDF5_MAGIC - 1];
    FILE *f = fopen(path, "rb");
    const int is = f && fread(head, 1, sizeof head, f) == sizeof head &&
                   memcmp(head, AQ_HDF5_MAGIC, sizeof head) == 0;

    if (f)
        (void)fclose(f); /* read only */
    return is;
}

AqErr aq_feature_source_open(AqFeatureSource **out, const char *path)
{
    *out = NULL;
    AqFeatureSource *s = aq_alloc(1, sizeof *s);
    if (!s)
        return AQ_ERR_NOMEM;
    s->path = aq_strdup(path);
    s->stem = aq_fs_stem(path);
    AqErr err = s->path && s->stem ? AQ_OK : AQ_ERR_NOMEM;
    if (err == AQ_OK && begins_as_hdf5(path)) {
        err = aq_hdf5_open(&s->h5, path);
        if (err == AQ_OK)
            err = aq_joined_find(&s->joined, s->h5, s->path);
    } else if (err == AQ_OK) {
        err = aq_weights_open(&s->w, path);
        if (err == AQ_OK)
            err = aq_weights_check(s->w);
        if (err == AQ_OK)
            aq_weights_drop_pages(s->w); /* all values were read */
    }
    if (err != AQ_OK) {
        aq_feature_source_close(&s);
        return err;
    }
    *out = s;
    return AQ_OK;
}

void aq_feature_source_close(AqFeatureSource **sp)
{
    AqFeatureSource *s = *sp;

    *sp = NULL;
    if (!s)
        return;
    aq_joined_free(&s->joined);
    aq_hdf5_close(&s->h5);
    aq_weights_unref(&s->w);
    aq_free(s->path);
    aq_free(s->stem);
    aq_free(s);
}

size_t aq_feature_source_n(const AqFeatureSource *s)
{
    if (s->joined)
        return aq_joined_n(s->joined);
    return s->h5 ? aq_hdf5_n(s->h5) : aq_weights_n(s->w);
}

AqRowPlan aq_feature_source_rows(const AqFeatureSource *s)
{
    return s->joined ? aq_joined_rows(s->joined) : AQ_ROWS_SECONDS;
}

const AqWeight *aq_feature_source_at(const AqFeatureSource *s, size_t k)
{
    if (s->joined)
        return aq_joined_each(s->joined);
    return s->h5 ? aq_hdf5_at(s->h5, k) : aq_weights_at(s->w, k);
}

static int is_nameless(const char *name)
{
    static const char *const names[] = {"array", "arr_0", "features"};

    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (strcmp(name, names[k]) == 0)
            return 1;
    return 0;
}

const char *aq_feature_source_video(const AqFeatureSource *s, size_t k, AqModality kind)
{
    const char *name = aq_feature_source_at(s, k)->name;

    if (s->joined)
        return kind == AQ_VISUAL ? aq_joined_id(s->joined, k) : NULL;
    if (strncmp(name, AQ_ABOUT_FOLDER, strlen(AQ_ABOUT_FOLDER)) == 0)
        return NULL;
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        const char *word = aq_modality_name((AqModality)m);
        const size_t n = strlen(word);

        if (strncmp(name, word, n) != 0 || (name[n] != '/' && name[n] != '\0'))
            continue;
        if (m != (int)kind)
            return NULL;
        return name[n] ? name + n + 1 : s->stem;
    }
    return aq_feature_source_n(s) == 1 && is_nameless(name) ? s->stem : name;
}

/* ---- the description beside an array ---- */

/* An array of bytes named "about/" plus the array's name. */
static AqErr about_array(const AqFeatureSource *s, const char *name, char **text)
{
    char *key = aq_strf(AQ_ABOUT_FOLDER "%s", name);

    if (!key)
        return AQ_ERR_NOMEM;
    const AqWeight *t = aq_weights_find(s->w, key);
    aq_free(key);
    if (!t || t->dtype != AQ_U8 || t->count > MOST_ABOUT)
        return AQ_OK;
    *text = aq_alloc(t->count + 1, 1);
    if (!*text)
        return AQ_ERR_NOMEM;
    aq_weight_to_bytes(t, 0, t->count, *text);
    return AQ_OK;
}

static AqErr about_file(const AqFeatureSource *s, char **text)
{
    size_t n = 0;
    char *path = aq_strf("%s" AQ_ABOUT_SUFFIX, s->path);
    AqErr err = path ? aq_fs_read(path, MOST_ABOUT, text, &n) : AQ_ERR_NOMEM;

    aq_free(path);
    return err == AQ_ERR_NOT_FOUND ? AQ_OK : err;
}

AqErr aq_feature_source_about(AqFeatureSource *s, size_t k, char **text)
{
    const char *name = aq_feature_source_at(s, k)->name;

    *text = NULL;
    if (s->joined)
        return AQ_OK;
    if (s->h5)
        return aq_hdf5_text(s->h5, k, AQ_ABOUT_ATTRIBUTE, text);
    if (strcmp(aq_weights_format(s->w), "npy") == 0)
        return about_file(s, text);
    const char *meta = aq_weights_meta(s->w, name);
    if (!meta)
        return about_array(s, name, text);
    *text = aq_strdup(meta);
    return *text ? AQ_OK : AQ_ERR_NOMEM;
}

/* ---- values ---- */

static AqErr h5_floats(AqFeatureSource *s, size_t k, const int *order, float *out)
{
    AqWeight t = *aq_hdf5_at(s->h5, k);
    int64_t step = 1;

    if (!order)
        return aq_hdf5_floats(s->h5, k, out);
    float *as_it_lies = aq_alloc(t.count, sizeof *as_it_lies);
    if (!as_it_lies)
        return AQ_ERR_NOMEM;
    AqErr err = aq_hdf5_floats(s->h5, k, as_it_lies);
    for (int d = t.n_dims - 1; d >= 0; d--) {
        t.strides[d] = step;
        step *= t.dims[d];
    }
    t.data = as_it_lies;
    t.dtype = AQ_F32;
    const AqWeight turned = aq_weight_permuted(&t, order);
    if (err == AQ_OK)
        err = aq_weight_to_floats(&turned, 0, turned.count, out);
    aq_free(as_it_lies);
    return err;
}

AqErr aq_feature_source_floats(AqFeatureSource *s, size_t k, const int *order,
                               float *out)
{
    if (s->joined)
        return aq_joined_floats(s->joined, k, out);
    if (s->h5)
        return h5_floats(s, k, order, out);
    const AqWeight *t = aq_weights_at(s->w, k);
    const AqWeight turned = order ? aq_weight_permuted(t, order) : *t;
    const AqErr err = aq_weight_to_floats(&turned, 0, turned.count, out);

    aq_weights_drop_pages(s->w);
    return err;
}
