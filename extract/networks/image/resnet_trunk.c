/* SPDX-License-Identifier: MIT */
/* The parameters of a ResNet, and what it computes up to the last stage's grid. */
#include "extract/networks/image/resnet_priv.h"

#include "base/alloc.h"
#include "extract/networks/parts/declare.h"

#include <stdio.h>
#include <string.h>

enum { STEM_SIDE = 7 };

/* ---- parameters ---- */

/* "NAME.weight" and "NAME.bias", padded so that only the stride makes y smaller. */
static void declare_conv(AqNetDeclare *d, AqResConv *c, const char *name, int out,
                         int side, int in, int stride)
{
    /* What ends a residual branch is small at first. */
    const int ends = strcmp(name, "conv2") == 0 || strcmp(name, "conv3") == 0;
    char leaf[64];

    c->stride = stride;
    c->pad = side / 2;
    (void)snprintf(leaf, sizeof leaf, "%s.weight", name);
    c->w = aq_net_declare(d, leaf, AQ_INIT_HE, ends ? 0.3f : 1,
                          AQ_DIMS(out, side, side, in));
    (void)snprintf(leaf, sizeof leaf, "%s.bias", name);
    c->b = ZEROS(leaf, out);
}

static void declare_res_block(AqNetDeclare *d, AqResBlock *b, const AqResnetGeometry *g,
                              int s, int k)
{
    const int inner = g->inner[s], outer = g->outer[s];
    const int in = k > 0 ? outer : s > 0 ? g->outer[s - 1] : g->stem;
    const int stride = s > 0 && k == 0 ? 2 : 1;

    (void)snprintf(d->prefix, sizeof d->prefix, "layer%d.%d.", s + 1, k);
    if (g->bottleneck) {
        declare_conv(d, &b->conv[0], "conv1", inner, 1, in, 1);
        declare_conv(d, &b->conv[1], "conv2", inner, 3, inner, stride);
        declare_conv(d, &b->conv[2], "conv3", outer, 1, inner, 1);
    } else {
        declare_conv(d, &b->conv[0], "conv1", inner, 3, in, stride);
        declare_conv(d, &b->conv[1], "conv2", outer, 3, inner, 1);
    }
    b->pooled = g->pooled && stride != 1;
    if (b->pooled)
        b->conv[0].pad = 0;
    else if (stride != 1 || in != outer)
        declare_conv(d, &b->shortcut, "downsample", outer, 1, in, stride);
}

AqErr aq_resnet_declare(AqResnet *net, int with_classes)
{
    const AqResnetGeometry *g = &net->g;
    AqNetDeclare all = {.params = net->params}, *d = &all;

    declare_conv(d, &net->stem, "conv1", g->stem, STEM_SIDE, 3, 2);
    if (g->pooled)
        net->stem.pad = 0;
    for (int s = 0; s < AQ_RESNET_STAGES; s++) {
        net->stage[s] = aq_alloc((size_t)g->depths[s], sizeof *net->stage[s]);
        if (!net->stage[s])
            return AQ_ERR_NOMEM;
        for (int k = 0; k < g->depths[s]; k++)
            declare_res_block(d, &net->stage[s][k], g, s, k);
    }
    d->prefix[0] = '\0';
    if (with_classes) {
        net->fcw = MATRIX("fc.weight", g->classes, g->outer[AQ_RESNET_STAGES - 1]);
        net->fcb = ZEROS("fc.bias", g->classes);
    }
    return d->err;
}

/* ---- forward ---- */

static AqTensor *run_conv(AqNn *nn, AqTensor *x, const AqResConv *c, AqAct act)
{
    return aq_conv2d(nn, x, c->w, c->b, c->stride, c->pad, act);
}

/* dlib's shortcut: the means of 2x2 pixels (an odd edge dropped), and zeros for the
 * channels that x has not. */
static AqTensor *pool_shortcut(AqNn *nn, AqTensor *x, int channels)
{
    if (!x)
        return NULL;
    const int N = x->dims[0], h = x->dims[1] / 2, w = x->dims[2] / 2, C = x->dims[3];

    x = aq_slice(nn, aq_slice(nn, x, 1, 0, 2 * h), 2, 0, 2 * w);
    x = x ? aq_reshape(nn, x, AQ_DIMS(N, h, 2, w, 2, C)) : NULL;
    x = aq_mean(nn, aq_mean(nn, x, 4), 2);
    if (channels == C)
        return x;
    AqTensor *both[2] = {x, aq_nn_zeros(nn, AQ_DIMS(N, h, w, channels - C))};
    return aq_concat(nn, both, 2, 3);
}

/* relu(branch(x) + shortcut(x)) */
static AqTensor *run_res_block(AqNn *nn, const AqResBlock *b, AqTensor *x)
{
    AqTensor *y = x, *past = x;

    if (b->pooled)
        past = pool_shortcut(nn, x, b->conv[1].w->dims[0]);
    else if (b->shortcut.w)
        past = run_conv(nn, x, &b->shortcut, AQ_ACT_NONE);
    for (int k = 0; k < AQ_RESNET_CONVS && b->conv[k].w; k++) {
        const int is_last = k + 1 == AQ_RESNET_CONVS || !b->conv[k + 1].w;

        y = run_conv(nn, y, &b->conv[k], is_last ? AQ_ACT_NONE : AQ_ACT_RELU);
    }
    return aq_act(nn, aq_add(nn, y, past), AQ_ACT_RELU);
}

AqTensor *aq_resnet_grid(const AqResnet *net, AqNn *nn, AqTensor *in,
                         const AqExtractorTap *tap)
{
    AqArenaMark mark = aq_nn_mark(nn);

    if (!in)
        return NULL;
    AqTensor *x = aq_permute(nn, in, (const int[]){0, 2, 3, 1});
    x = run_conv(nn, x, &net->stem, AQ_ACT_RELU);
    x = aq_nn_keep(nn, mark, aq_maxpool(nn, x, 3, 2, net->g.pooled ? 0 : 1));
    for (int s = 0; s < AQ_RESNET_STAGES; s++) {
        for (int k = 0; k < net->g.depths[s]; k++)
            x = aq_nn_keep(nn, mark, run_res_block(nn, &net->stage[s][k], x));
        (void)aq_network_show(tap, "stage", s + 1, x);
    }
    return x;
}

void aq_resnet_clear(AqResnet *net)
{
    for (int s = 0; s < AQ_RESNET_STAGES; s++)
        aq_free(net->stage[s]);
    aq_params_free(&net->params);
}

/* Multiply-adds of a convolution whose output has that side. */
static double conv_madds(const AqResConv *c, int side)
{
    return c->w ? (double)aq_tensor_count(c->w) * side * side : 0;
}

double aq_resnet_gflop(const AqResnet *net)
{
    const AqResnetGeometry *g = &net->g;
    double madds = conv_madds(&net->stem, g->image / 2);

    for (int s = 0; s < AQ_RESNET_STAGES; s++)
        for (int k = 0; k < g->depths[s]; k++) {
            const AqResBlock *b = &net->stage[s][k];
            const int side = aq_resnet_side(g, s);
            /* Before the stride: a bottleneck's first. */
            const int wide = s > 0 && k == 0 && g->bottleneck ? 2 * side : side;

            madds += conv_madds(&b->conv[0], wide) + conv_madds(&b->conv[1], side) +
                     conv_madds(&b->conv[2], side) + conv_madds(&b->shortcut, side);
        }
    return 2e-9 * (madds + (net->fcw ? (double)aq_tensor_count(net->fcw) : 0));
}
