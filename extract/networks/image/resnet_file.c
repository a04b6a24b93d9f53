/* SPDX-License-Identifier: MIT */
#include "extract/networks/image/resnet_priv.h"

#include "base/alloc.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NORM_EPS 1e-5

enum { MOST_PARTS = 4, NAME_BYTES = 160 };

typedef struct Folding {
    AqWeights *w;
    const AqResnetNaming *as;
    int at; /* convolutions so far */
} Folding;

/* A convolution's tensors in a file: its filters, and what is folded into them, each of
 * one value a filter. */
typedef struct FoldedParts {
    const AqWeight *filters, *part[MOST_PARTS];
    int n;
} FoldedParts;

/* What the parts are called, in the order in which they are folded. */
static const char *const norm_leaves[] = {"weight", "bias", "running_mean",
                                          "running_var"};
static const char *const affine_parts[][2] = {
    {"affine", "gamma"}, {"affine", "beta"}, {"con", "biases"}};

static AqErr take_tensor(AqWeights *w, const char *name, int n_dims,
                         const int64_t *dims, const AqWeight **out)
{
    const AqWeight *t = aq_weights_find(w, name);

    if (!t)
        return aq_fail(AQ_ERR_MISMATCH, "%s: has no tensor %s", aq_weights_path(w),
                       name);
    if (t->n_dims != n_dims ||
        memcmp(t->dims, dims, (size_t)n_dims * sizeof *dims) != 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: tensor %s has another shape than a ResNet's",
                       aq_weights_path(w), name);
    aq_weights_mark_used(w, t);
    *out = t;
    return aq_weights_is_checked(w) ? AQ_OK : aq_weight_check_finite(w, t);
}

/* "layer1.0.conv2" has its norm in "layer1.0.bn2", "x.downsample" its own in
 * "x.downsample.0" and the norm in "x.downsample.1". Part -1 is the filters. */
static void name_normed_part(const Folding *f, const char *name, int part,
                             char full[NAME_BYTES])
{
    const char *last = strrchr(name, '.') ? strrchr(name, '.') + 1 : name;
    const int is_down = strcmp(last, "downsample") == 0, head = (int)(last - name);

    if (part < 0)
        (void)snprintf(full, NAME_BYTES, "%s%s%s.weight", f->as->prefix, name,
                       is_down ? ".0" : "");
    else if (is_down)
        (void)snprintf(full, NAME_BYTES, "%s%s.1.%s", f->as->prefix, name,
                       norm_leaves[part]);
    else
        (void)snprintf(full, NAME_BYTES, "%s%.*sbn%s.%s", f->as->prefix, head, name,
                       last + 4, norm_leaves[part]);
}

static void name_dlib_part(const Folding *f, int part, char full[NAME_BYTES])
{
    (void)snprintf(full, NAME_BYTES, "%s%s%d.%s", f->as->prefix,
                   part < 0 ? "con" : affine_parts[part][0], f->at,
                   part < 0 ? "filters" : affine_parts[part][1]);
}

static AqErr find_folded(const Folding *f, const char *name, const AqTensor *t,
                         FoldedParts *out)
{
    const int64_t dims[] = {t->dims[0], t->dims[3], t->dims[1], t->dims[2]};
    const int is_dlib = f->as->names == AQ_RESNET_DLIB;
    char full[NAME_BYTES];
    AqErr err = AQ_OK;

    out->n = is_dlib ? 3 : MOST_PARTS;
    for (int k = -1; err == AQ_OK && k < out->n; k++) {
        if (is_dlib)
            name_dlib_part(f, k, full);
        else
            name_normed_part(f, name, k, full);
        if (is_dlib && k == 2 && !aq_weights_find(f->w, full))
            out->n = 2; /* a convolution without biases */
        else
            err = take_tensor(f->w, full, k < 0 ? 4 : 1, dims,
                              k < 0 ? &out->filters : &out->part[k]);
    }
    return err;
}

/* What a filter is multiplied by, and its bias: v[k] are the parts' values. */
static double fold_scale(const FoldedParts *p, const float *const v[MOST_PARTS],
                         size_t o, double *shift)
{
    const double by = (double)v[0][o], to = (double)v[1][o];

    if (p->n == MOST_PARTS) {
        const double scale = by / sqrt((double)v[3][o] + NORM_EPS);

        *shift = to - (double)v[2][o] * scale;
        return scale;
    }
    *shift = to + (p->n == 3 ? (double)v[2][o] * by : 0);
    return by;
}

/* w (O,K,K,I) and b (O) from the file's filters (O,I,K,K). */
static void fold_values(const AqResConv *c, const FoldedParts *p, const float *filters,
                        const float *const v[MOST_PARTS])
{
    const size_t O = (size_t)c->w->dims[0],
                 P = (size_t)c->w->dims[1] * (size_t)c->w->dims[2],
                 I = (size_t)c->w->dims[3];

    for (size_t o = 0; o < O; o++) {
        double shift;
        const double scale = fold_scale(p, v, o, &shift);

        c->b->data[o] = (AqReal)shift;
        for (size_t k = 0; k < P; k++)
            for (size_t i = 0; i < I; i++)
                c->w->data[(o * P + k) * I + i] =
                    (AqReal)((double)filters[(o * I + i) * P + k] * scale);
    }
}

static AqErr check_variances(const Folding *f, const FoldedParts *p, const float *v,
                             size_t n)
{
    for (size_t o = 0; o < n; o++)
        if (v[o] < 0)
            return aq_fail(AQ_ERR_FORMAT, "%s: a variance in %s is negative",
                           aq_weights_path(f->w), p->part[3]->name);
    return AQ_OK;
}

static AqErr fold_conv(Folding *f, const char *name, AqResConv *c)
{
    const size_t O = (size_t)c->w->dims[0], n = aq_tensor_count(c->w);
    const float *v[MOST_PARTS];
    FoldedParts p = {0};
    AqErr err = find_folded(f, name, c->w, &p);

    if (err != AQ_OK)
        return err;
    float *filters = aq_alloc(n + MOST_PARTS * O, sizeof *filters);
    if (!filters)
        return AQ_ERR_NOMEM;
    err = aq_weight_to_floats(p.filters, 0, n, filters);
    for (int k = 0; k < MOST_PARTS; k++)
        v[k] = filters + n + (size_t)k * O;
    for (int k = 0; err == AQ_OK && k < p.n; k++)
        err = aq_weight_to_floats(p.part[k], 0, O, filters + n + (size_t)k * O);
    if (err == AQ_OK && p.n == MOST_PARTS)
        err = check_variances(f, &p, v[3], O);
    if (err == AQ_OK)
        fold_values(c, &p, filters, v);
    aq_free(filters);
    f->at++;
    return err;
}

static AqErr fold_block(Folding *f, AqResBlock *b, int s, int k)
{
    AqErr err = AQ_OK;
    char name[64];

    for (int c = 0; err == AQ_OK && c < AQ_RESNET_CONVS && b->conv[c].w; c++) {
        (void)snprintf(name, sizeof name, "layer%d.%d.conv%d", s + 1, k, c + 1);
        err = fold_conv(f, name, &b->conv[c]);
    }
    (void)snprintf(name, sizeof name, "layer%d.%d.downsample", s + 1, k);
    return err == AQ_OK && b->shortcut.w ? fold_conv(f, name, &b->shortcut) : err;
}

/* The classifier's alone, where convolutions are folded. */
static int name_unfolded(void *ctx, const char *name, AqParamSource from[3])
{
    const AqResnetNaming *as = ctx;
    const int is_fc = strncmp(name, "fc.", 3) == 0;

    if (!is_fc && as->names != AQ_RESNET_FOLDED)
        return 0;
    if (as->names == AQ_RESNET_DLIB) {
        const int is_bias = strcmp(name, "fc.bias") == 0;

        (void)snprintf(from->name, sizeof from->name, "%sfc0.%s", as->prefix,
                       is_bias ? "biases" : "weights");
        from->order[0] = !is_bias; /* theirs (C,classes) */
    } else
        (void)snprintf(from->name, sizeof from->name, "%s%s", as->prefix, name);
    return 1;
}

AqErr aq_resnet_load(AqResnet *net, AqWeights *w, AqResnetNaming *as)
{
    Folding f = {.w = w, .as = as};
    AqErr err = aq_params_load(net->params, w, name_unfolded, as);

    if (err != AQ_OK || as->names == AQ_RESNET_FOLDED)
        return err;
    err = fold_conv(&f, "conv1", &net->stem);
    for (int s = 0; err == AQ_OK && s < AQ_RESNET_STAGES; s++)
        for (int k = 0; err == AQ_OK && k < net->g.depths[s]; k++)
            err = fold_block(&f, &net->stage[s][k], s, k);
    aq_weights_drop_pages(w);
    return err;
}
