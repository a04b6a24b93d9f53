/* SPDX-License-Identifier: MIT */
#include "extract/networks/image/resnet_geometry.h"

#include <stdio.h>
#include <string.h>

enum { STEM_SIDE = 7, MAX_CHANNELS = 1 << 14 };

static const struct {
    const char *name;
    int bottleneck, depths[AQ_RESNET_STAGES];
} named[] = {{"resnet18", 0, {2, 2, 2, 2}},
             {"resnet34", 0, {3, 4, 6, 3}},
             {"resnet50", 1, {3, 4, 6, 3}},
             {"resnet101", 1, {3, 4, 23, 3}},
             {"resnet152", 1, {3, 8, 36, 3}}};

static void fill_geometry(AqResnetGeometry *g, size_t k)
{
    *g = (AqResnetGeometry){.bottleneck = named[k].bottleneck, .stem = 64};
    memcpy(g->depths, named[k].depths, sizeof g->depths);
    for (int s = 0; s < AQ_RESNET_STAGES; s++) {
        g->inner[s] = 64 << s;
        g->outer[s] = g->inner[s] * (g->bottleneck ? 4 : 1);
    }
}

AqErr aq_resnet_geometry_named(AqResnetGeometry *out, const char *name)
{
    for (size_t k = 0; k < sizeof named / sizeof *named; k++)
        if (strcmp(named[k].name, name) == 0) {
            fill_geometry(out, k);
            return AQ_OK;
        }
    return aq_fail(AQ_ERR_NOT_FOUND,
                   "%s: the depth is not given; give a weight file, or name one of "
                   "resnet18, resnet34, resnet50, resnet101, resnet152",
                   name);
}

const char *aq_resnet_geometry_name(const AqResnetGeometry *g)
{
    AqResnetGeometry of;

    for (size_t k = 0; k < sizeof named / sizeof *named; k++) {
        fill_geometry(&of, k);
        if (memcmp(&of, g, sizeof of) == 0)
            return named[k].name;
    }
    return "resnet";
}

/* ---- from a file ---- */

/* With batch norms, and without. */
static const AqPrefixMark marks[] = {{"conv1.weight", "layer1.0.bn1.weight"},
                                     {"conv1.weight", "layer1.0.conv1.bias"}};

int aq_resnet_is(const AqWeights *w)
{
    AqPrefixes found;

    return aq_prefixes_find(&found, w, marks, 2) >= 0;
}

/* "layerS.B.rest" of the file, or NULL. */
static const AqWeight *tensor_in_block(const AqWeights *w, const AqResnetNaming *naming,
                                       int stage, int block, const char *rest)
{
    char name[160];

    (void)snprintf(name, sizeof name, "%slayer%d.%d.%s", naming->prefix, stage + 1,
                   block, rest);
    const AqWeight *t = aq_weights_find(w, name);
    return t && t->n_dims == 4 && t->dims[0] >= 1 && t->dims[0] <= MAX_CHANNELS ? t
                                                                                : NULL;
}

static AqErr read_resnet_stage(AqResnetGeometry *g, const AqWeights *w,
                               const AqResnetNaming *naming, int s)
{
    const AqWeight *first = tensor_in_block(w, naming, s, 0, "conv1.weight"),
                   *second = tensor_in_block(w, naming, s, 0, "conv2.weight"),
                   *third = tensor_in_block(w, naming, s, 0, "conv3.weight");
    const AqWeight *last = g->bottleneck ? third : second;

    if (!first || !last || !second || g->bottleneck != (third != NULL))
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: layer%d.0 has no %s convolutions of a ResNet; is the file "
                       "truncated, or another network?",
                       aq_weights_path(w), s + 1, g->bottleneck ? "three" : "two");
    if (second->dims[1] != first->dims[0])
        return aq_fail(
            AQ_ERR_UNSUPPORTED,
            "%s: has grouped convolutions (ResNeXt), which this program does "
            "not compute; use a plain or wide ResNet",
            aq_weights_path(w));
    g->inner[s] = (int)first->dims[0];
    g->outer[s] = (int)last->dims[0];
    while (g->depths[s] < AQ_RESNET_MAX_DEPTH &&
           tensor_in_block(w, naming, s, g->depths[s], "conv1.weight"))
        g->depths[s]++;
    return AQ_OK;
}

AqErr aq_resnet_geometry_read(AqResnetGeometry *out, AqResnetNaming *naming,
                              const AqWeights *w)
{
    AqPrefixes found;

    *out = (AqResnetGeometry){0};
    naming->folded = aq_prefixes_find(&found, w, marks, 2);
    if (naming->folded < 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: is not a ResNet by torchvision's names: it has no "
                       "conv1.weight with %s",
                       aq_weights_path(w), marks[0].beside);
    AqErr err = aq_prefixes_take(naming->prefix, &found, w);
    if (err != AQ_OK)
        return err;
    const AqWeight *stem = found.first;
    if (stem->dims[1] != 3 || stem->dims[2] != STEM_SIDE ||
        stem->dims[3] != STEM_SIDE || stem->dims[0] < 1 || stem->dims[0] > MAX_CHANNELS)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: begins with a convolution of %lldx%lld (CLIP's ResNets and "
                       "timm's with a deep stem do); torchvision's ResNets, with 7x7, "
                       "are supported",
                       aq_weights_path(w), (long long)stem->dims[2],
                       (long long)stem->dims[3]);
    out->stem = (int)stem->dims[0];
    out->bottleneck = tensor_in_block(w, naming, 0, 0, "conv3.weight") != NULL;
    for (int s = 0; err == AQ_OK && s < AQ_RESNET_STAGES; s++)
        err = read_resnet_stage(out, w, naming, s);
    return err;
}
