/* SPDX-License-Identifier: MIT */
#include "extract/networks/video/resnet3d_geometry.h"

#include "extract/networks/parts/sizes.h"

#include <stdio.h>
#include <string.h>

enum { MAX_CHANNELS = 1 << 14 };

static const struct {
    const char *name;
    AqResnet3dGeometry g;
} named[] = {{"resnext101_3d",
              {.kind = AQ_RESNEXT3D,
               .groups = 32,
               .stem = 64,
               .depths = {3, 4, 23, 3},
               .inner = {128, 256, 512, 1024},
               .outer = {256, 512, 1024, 2048}}},
             {"r2plus1d_18",
              {.kind = AQ_R2PLUS1D,
               .groups = 1,
               .stem = 64,
               .stem_mid = 45,
               .depths = {2, 2, 2, 2},
               .inner = {64, 128, 256, 512},
               .outer = {64, 128, 256, 512}}}};
enum { N_NAMED = sizeof named / sizeof *named };

static const char *name_of_resnet3d(size_t k)
{
    return k < N_NAMED ? named[k].name : NULL;
}

AqErr aq_resnet3d_named(AqResnet3dGeometry *out, const char *name)
{
    size_t k;
    const AqErr err = aq_sizes_find(&k, name_of_resnet3d, name);

    if (err == AQ_OK)
        *out = named[k].g;
    return err;
}

const char *aq_resnet3d_name(const AqResnet3dGeometry *g)
{
    for (size_t k = 0; k < N_NAMED; k++)
        if (memcmp(&named[k].g, g, sizeof *g) == 0)
            return named[k].name;
    return "resnet3d";
}

int aq_resnet3d_into(const AqResnet3dGeometry *g, int s, int k)
{
    return k > 0 ? g->outer[s] : s > 0 ? g->outer[s - 1] : g->stem;
}

int aq_resnet3d_between(int in, int out)
{
    return (int)((long long)in * out * 27 / (9LL * in + 3LL * out));
}

/* ---- from a file ---- */

/* Two for each kind: with batch norms, and without. */
static const AqPrefixMark marks[] = {{"conv1.weight", "layer1.0.bn1.weight", 5},
                                     {"conv1.weight", "layer1.0.conv1.bias", 5},
                                     {"stem.0.weight", "stem.1.weight", 5},
                                     {"stem.0.weight", "stem.0.bias", 5}};
#define N_MARKS ((int)(sizeof marks / sizeof *marks))

int aq_resnet3d_is(const AqWeights *w)
{
    AqPrefixes found;

    return aq_prefixes_find(&found, w, marks, N_MARKS) >= 0;
}

/* "PREFIX...", five-dimensional, of a size that can be; or NULL. */
static const AqWeight *find_filter(const AqWeights *w, const AqResnet3dNaming *naming,
                                   const char *rest)
{
    char name[200];

    (void)snprintf(name, sizeof name, "%s%s", naming->prefix, rest);
    const AqWeight *t = aq_weights_find(w, name);
    const int fits = t && t->n_dims == 5 && t->dims[0] >= 1 &&
                     t->dims[0] <= MAX_CHANNELS && t->dims[1] >= 1 &&
                     t->dims[1] <= MAX_CHANNELS;
    return fits ? t : NULL;
}

static const AqWeight *find_in_block(const AqWeights *w, const AqResnet3dNaming *naming,
                                     int s, int k, const char *rest)
{
    char name[64];

    (void)snprintf(name, sizeof name, "layer%d.%d.%s", s + 1, k, rest);
    return find_filter(w, naming, name);
}

static int is_kernel(const AqWeight *t, int kt, int kh, int kw)
{
    return t->dims[2] == kt && t->dims[3] == kh && t->dims[4] == kw;
}

static AqErr fail_stage(const AqWeights *w, int s, const char *what)
{
    return aq_fail(AQ_ERR_MISMATCH,
                   "%s: layer%d.0 has no %s; is the file truncated, or another "
                   "network?",
                   aq_weights_path(w), s + 1, what);
}

static AqErr read_resnext_stage(AqResnet3dGeometry *g, const AqWeights *w,
                                const AqResnet3dNaming *naming, int s)
{
    const AqWeight *first = find_in_block(w, naming, s, 0, "conv1.weight"),
                   *second = find_in_block(w, naming, s, 0, "conv2.weight"),
                   *third = find_in_block(w, naming, s, 0, "conv3.weight");

    if (!first || !second || !third)
        return fail_stage(w, s, "three convolutions of a ResNeXt over clips");
    const int inner = (int)first->dims[0], each = (int)second->dims[1];
    if (inner % each != 0 || inner == each || (s > 0 && inner / each != g->groups))
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: layer%d's convolutions see %d of %d channels; ResNeXt "
                       "over clips, in groups that are as many in each layer, is "
                       "supported, and 3-D ResNets without are not",
                       aq_weights_path(w), s + 1, each, inner);
    g->groups = inner / each;
    g->inner[s] = inner;
    g->outer[s] = (int)third->dims[0];
    return AQ_OK;
}

static AqErr read_r2plus1d_stage(AqResnet3dGeometry *g, const AqWeights *w,
                                 const AqResnet3dNaming *naming, int s)
{
    const AqWeight *half = find_in_block(w, naming, s, 0, "conv1.0.0.weight"),
                   *first = find_in_block(w, naming, s, 0, "conv1.0.3.weight"),
                   *second = find_in_block(w, naming, s, 0, "conv2.0.3.weight");

    if (!half || !first || !second)
        return fail_stage(w, s, "convolutions in two halves, as R(2+1)D has");
    g->inner[s] = g->outer[s] = (int)second->dims[0];
    const int want = aq_resnet3d_between(aq_resnet3d_into(g, s, 0), g->outer[s]);
    if (first->dims[1] != want || half->dims[0] != want || second->dims[1] != want)
        return aq_fail(
            AQ_ERR_UNSUPPORTED,
            "%s: layer%d.0 has %lld and %lld channels between the halves of its "
            "convolutions, where torchvision's R(2+1)D has %d; models converted from "
            "Caffe2 (IG-65M) also have other batch norms and are not supported",
            aq_weights_path(w), s + 1, (long long)first->dims[1],
            (long long)second->dims[1], want);
    return AQ_OK;
}

static AqErr read_stage3d(AqResnet3dGeometry *g, const AqWeights *w,
                          const AqResnet3dNaming *naming, int s)
{
    const int is_resnext = g->kind == AQ_RESNEXT3D;
    const char *const down =
                          naming->folded ? "downsample.weight" : "downsample.0.weight",
                      *const any = is_resnext ? "conv1.weight" : "conv1.0.0.weight";
    const AqErr err = is_resnext ? read_resnext_stage(g, w, naming, s)
                                 : read_r2plus1d_stage(g, w, naming, s);

    if (err != AQ_OK)
        return err;
    while (g->depths[s] < AQ_RESNET3D_MAX_DEPTH &&
           find_in_block(w, naming, s, g->depths[s], any))
        g->depths[s]++;
    if ((s > 0 || aq_resnet3d_into(g, s, 0) != g->outer[s]) &&
        !find_in_block(w, naming, s, 0, down))
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: layer%d.0 has no tensor %s; shortcuts that are padded with "
                       "zeros (type A) are not supported",
                       aq_weights_path(w), s + 1, down);
    return AQ_OK;
}

static AqErr read_stem3d(AqResnet3dGeometry *g, const AqWeights *w,
                         const AqResnet3dNaming *naming, const AqWeight *stem)
{
    const int is_resnext = g->kind == AQ_RESNEXT3D;
    const AqWeight *last = is_resnext ? stem : find_filter(w, naming, "stem.3.weight");

    if (stem->dims[0] < 1 || stem->dims[0] > MAX_CHANNELS || stem->dims[1] != 3 ||
        !is_kernel(stem, is_resnext ? 7 : 1, 7, 7) || !last)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: begins with a convolution of %lldx%lldx%lld over %lld "
                       "channels; of networks over clips, kenshohara's ResNeXt (7x7x7) "
                       "and torchvision's R(2+1)D (1x7x7, then 3x1x1) are supported, "
                       "r3d_18 and mc3_18 are not",
                       aq_weights_path(w), (long long)stem->dims[2],
                       (long long)stem->dims[3], (long long)stem->dims[4],
                       (long long)stem->dims[1]);
    g->stem = (int)last->dims[0];
    g->stem_mid = is_resnext ? 0 : (int)stem->dims[0];
    return AQ_OK;
}

AqErr aq_resnet3d_read(AqResnet3dGeometry *out, AqResnet3dNaming *naming,
                       const AqWeights *w)
{
    AqPrefixes found;
    const int mark = aq_prefixes_find(&found, w, marks, N_MARKS);

    *out = (AqResnet3dGeometry){.groups = 1};
    if (mark < 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: is neither a ResNeXt over clips nor an R(2+1)D: it has no "
                       "five-dimensional %s with %s, or %s with %s",
                       aq_weights_path(w), marks[0].leaf, marks[0].beside,
                       marks[2].leaf, marks[2].beside);
    out->kind = mark < 2 ? AQ_RESNEXT3D : AQ_R2PLUS1D;
    naming->folded = mark % 2;
    AqErr err = aq_prefixes_take(naming->prefix, &found, w);
    if (err == AQ_OK)
        err = read_stem3d(out, w, naming, found.first);
    for (int s = 0; err == AQ_OK && s < AQ_RESNET3D_STAGES; s++)
        err = read_stage3d(out, w, naming, s);
    return err;
}
