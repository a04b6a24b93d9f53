/* SPDX-License-Identifier: MIT */
#include "extract/networks/image/resnet_priv.h"

#include "extract/networks/parts/folded.h"

#include <stdio.h>
#include <string.h>

typedef struct Folding {
    AqWeights *w;
    const AqResnetNaming *as;
    int at; /* convolutions so far */
} Folding;

/* What the parts are called, in the order in which they are folded. */
static const char *const norm_leaves[] = {"weight", "bias", "running_mean",
                                          "running_var"};
static const char *const affine_parts[][2] = {
    {"affine", "gamma"}, {"affine", "beta"}, {"con", "biases"}};

/* "layer1.0.conv2" has its norm in "layer1.0.bn2", "x.downsample" its own in
 * "x.downsample.0" and the norm in "x.downsample.1". Part -1 is the filters. */
static void name_normed_part(const Folding *f, const char *name, int part,
                             char full[AQ_FOLDED_NAME])
{
    const char *last = strrchr(name, '.') ? strrchr(name, '.') + 1 : name;
    const int is_down = strcmp(last, "downsample") == 0, head = (int)(last - name);

    if (part < 0)
        (void)snprintf(full, AQ_FOLDED_NAME, "%s%s%s.weight", f->as->prefix, name,
                       is_down ? ".0" : "");
    else if (is_down)
        (void)snprintf(full, AQ_FOLDED_NAME, "%s%s.1.%s", f->as->prefix, name,
                       norm_leaves[part]);
    else
        (void)snprintf(full, AQ_FOLDED_NAME, "%s%.*sbn%s.%s", f->as->prefix, head, name,
                       last + 4, norm_leaves[part]);
}

static void name_dlib_part(const Folding *f, int part, char full[AQ_FOLDED_NAME])
{
    (void)snprintf(full, AQ_FOLDED_NAME, "%s%s%d.%s", f->as->prefix,
                   part < 0 ? "con" : affine_parts[part][0], f->at,
                   part < 0 ? "filters" : affine_parts[part][1]);
}

static AqErr fold_conv(Folding *f, const char *name, AqResConv *c)
{
    const int is_dlib = f->as->names == AQ_RESNET_DLIB;
    AqFoldedNames names = {.n = is_dlib ? 3 : AQ_FOLDED_PARTS};

    for (int k = -1; k < names.n; k++) {
        char *full = k < 0 ? names.filters : names.part[k];

        if (is_dlib)
            name_dlib_part(f, k, full);
        else
            name_normed_part(f, name, k, full);
    }
    if (is_dlib && !aq_weights_find(f->w, names.part[2]))
        names.n = 2; /* a convolution without biases */
    f->at++;
    return aq_folded_read(c->w, c->b, f->w, &names);
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
