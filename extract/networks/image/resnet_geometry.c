/* SPDX-License-Identifier: MIT */
#include "extract/networks/image/resnet_geometry.h"

#include "extract/networks/parts/sizes.h"

#include <stdio.h>
#include <string.h>

enum { STEM_SIDE = 7, MAX_CHANNELS = 1 << 14, IMAGE = 224, CLASSES = 1000 };
enum { MAX_IMAGE = 4096, POOLED_IMAGE = 227, POOLED_STEP = 32, POOLED_REST = 35 };

/* Of the published file of dlib's. */
static const double averages[3] = {122.782, 117.001, 104.298};

static const struct {
    const char *name;
    int bottleneck, depths[AQ_RESNET_STAGES];
} named[] = {{"resnet18", 0, {2, 2, 2, 2}},
             {"resnet34", 0, {3, 4, 6, 3}},
             {"resnet50", 1, {3, 4, 6, 3}},
             {"resnet101", 1, {3, 4, 23, 3}},
             {"resnet152", 1, {3, 8, 36, 3}}};
enum { N_NAMED = sizeof named / sizeof *named };

static void fill_geometry(AqResnetGeometry *g, size_t k)
{
    *g = (AqResnetGeometry){.bottleneck = named[k].bottleneck,
                            .stem = 64,
                            .classes = CLASSES,
                            .image = IMAGE};
    memcpy(g->depths, named[k].depths, sizeof g->depths);
    for (int s = 0; s < AQ_RESNET_STAGES; s++) {
        g->inner[s] = 64 << s;
        g->outer[s] = g->inner[s] * (g->bottleneck ? 4 : 1);
    }
}

static const char *name_of_resnet_size(size_t k)
{
    return k < N_NAMED ? named[k].name : NULL;
}

AqErr aq_resnet_geometry_named(AqResnetGeometry *out, const char *name)
{
    size_t k;
    const AqErr err = aq_sizes_find(&k, name_of_resnet_size, name);

    if (err == AQ_OK)
        fill_geometry(out, k);
    return err;
}

void aq_resnet_make_pooled(AqResnetGeometry *g)
{
    g->pooled = 1;
    g->image = POOLED_IMAGE;
    memcpy(g->average, averages, sizeof averages);
}

const char *aq_resnet_geometry_name(const AqResnetGeometry *g)
{
    AqResnetGeometry of;

    for (size_t k = 0; k < N_NAMED; k++) {
        fill_geometry(&of, k);
        if (aq_resnet_is_like(&of, g))
            return named[k].name;
    }
    return "resnet";
}

int aq_resnet_is_like(const AqResnetGeometry *a, const AqResnetGeometry *b)
{
    return a->bottleneck == b->bottleneck && a->stem == b->stem &&
           memcmp(a->depths, b->depths, sizeof a->depths) == 0 &&
           memcmp(a->inner, b->inner, sizeof a->inner) == 0 &&
           memcmp(a->outer, b->outer, sizeof a->outer) == 0;
}

int aq_resnet_side(const AqResnetGeometry *g, int s)
{
    int side = g->pooled ? (g->image - POOLED_REST) / POOLED_STEP : g->image / 32;

    for (int k = AQ_RESNET_STAGES - 1; k > s; k--)
        side = 2 * side + g->pooled;
    return side;
}

/* ---- from a file ---- */

static const AqPrefixMark marks[] = {
    [AQ_RESNET_TORCHVISION] = {"conv1.weight", "layer1.0.bn1.weight", 4},
    [AQ_RESNET_FOLDED] = {"conv1.weight", "layer1.0.conv1.bias", 4},
    [AQ_RESNET_DLIB] = {"con0.filters", "affine0.gamma", 4}};
#define N_MARKS ((int)(sizeof marks / sizeof *marks))

const char *aq_resnet_names_text(AqResnetNames names)
{
    static const char *const texts[] = {[AQ_RESNET_TORCHVISION] = "torchvision",
                                        [AQ_RESNET_FOLDED] = "this program's",
                                        [AQ_RESNET_DLIB] = "dlib"};

    return texts[names];
}

int aq_resnet_is(const AqWeights *w)
{
    AqPrefixes found;

    return aq_prefixes_find(&found, w, marks, N_MARKS) >= 0;
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

/* ---- dlib's ---- */

/* Layer `at` of those convolutions that blocks have, or NULL. */
static const AqWeight *dlib_filters(const AqWeights *w, const AqResnetNaming *naming,
                                    int at)
{
    char name[160];

    (void)snprintf(name, sizeof name, "%scon%d.filters", naming->prefix, at);
    const AqWeight *t = aq_weights_find(w, name);
    return t && t->n_dims == 4 && t->dims[0] >= 1 && t->dims[0] <= MAX_CHANNELS ? t
                                                                                : NULL;
}

/* Two convolutions a block; a stage begins where there are more channels. */
static AqErr read_dlib_blocks(AqResnetGeometry *g, const AqWeights *w,
                              const AqResnetNaming *naming)
{
    const AqWeight *first, *second;
    int s = 0, channels = g->stem;

    for (int at = 1; (first = dlib_filters(w, naming, at)); at += 2) {
        second = dlib_filters(w, naming, at + 1);
        s += at > 1 && first->dims[0] > channels;
        if (!second || s == AQ_RESNET_STAGES || first->dims[1] != channels ||
            g->depths[s] == AQ_RESNET_MAX_DEPTH || second->dims[0] != first->dims[0] ||
            first->dims[0] < channels || (s == 0 && first->dims[0] != g->stem))
            return aq_fail(AQ_ERR_UNSUPPORTED,
                           "%s: con%d.filters is none of a ResNet's of basic blocks, "
                           "which alone of dlib's networks are read",
                           aq_weights_path(w), at);
        channels = (int)first->dims[0];
        g->inner[s] = g->outer[s] = channels;
        g->depths[s]++;
    }
    return s == AQ_RESNET_STAGES - 1
               ? AQ_OK
               : aq_fail(AQ_ERR_UNSUPPORTED,
                         "%s: has convolutions of %d widths, where a ResNet has %d",
                         aq_weights_path(w), s + 1, AQ_RESNET_STAGES);
}

/* Takes what is expected off the text; 0 if it begins otherwise. */
static int take_layers(const char **text, const char *expected)
{
    const size_t n = strlen(expected);

    if (strncmp(*text, expected, n) != 0)
        return 0;
    *text += n;
    return 1;
}

/* Strides and padding, which are not in the arrays' shapes, by the layers' text. */
static AqErr check_dlib_layers(const AqResnetGeometry *g, const AqWeights *w)
{
    static const char plain[] = "con 3x3/1x1+1x1; affine; relu; con 3x3/1x1+1x1; "
                                "affine; add_prev; relu; ",
                      down[] = "con 3x3/2x2+0x0; affine; relu; con 3x3/1x1+1x1; "
                               "affine; avg_pool 2x2/2x2+0x0; add_prev; relu; ";
    const char *at = aq_weights_meta(w, "layers");
    int same = at && take_layers(&at, "con 7x7/2x2+0x0; affine; relu; "
                                      "max_pool 3x3/2x2+0x0; ");

    for (int s = 0; same && s < AQ_RESNET_STAGES; s++)
        for (int k = 0; same && k < g->depths[s]; k++)
            same = take_layers(&at, s > 0 && k == 0 ? down : plain);
    if (same && take_layers(&at, "avg_pool 0x0/1x1+0x0; "))
        (void)take_layers(&at, "fc; ");
    if (same && !*at)
        return AQ_OK;
    return aq_fail(
        AQ_ERR_UNSUPPORTED,
        "%s: has other layers than dlib's ResNet-34 or one of another depth: "
        "%.120s...",
        aq_weights_path(w), at && *at ? at : "nothing says which");
}

/* "227x227 122.782/117.001/104.298"; 0x0 where the file leaves it open. */
static AqErr read_dlib_input(AqResnetGeometry *g, const AqWeights *w)
{
    const char *text = aq_weights_meta(w, "input");
    double *v = g->average;
    int rows, cols;

    if (!text ||
        sscanf(text, "%dx%d %lf/%lf/%lf", &rows, &cols, &v[0], &v[1], &v[2]) != 5)
        return aq_fail(AQ_ERR_MISMATCH, "%s: nothing says what its pictures are like",
                       aq_weights_path(w));
    g->image = rows == 0 && cols == 0 ? POOLED_IMAGE : rows;
    if ((rows != cols) || g->image < POOLED_STEP + POOLED_REST ||
        g->image > MAX_IMAGE || (g->image - POOLED_REST) % POOLED_STEP != 0)
        return aq_fail(
            AQ_ERR_UNSUPPORTED,
            "%s: is for pictures of %dx%d; squares of 32 m + 35 pixels, such "
            "as 227, are read",
            aq_weights_path(w), rows, cols);
    return AQ_OK;
}

static AqErr read_dlib_network(AqResnetGeometry *g, const AqWeights *w,
                               const AqResnetNaming *naming)
{
    AqErr err = read_dlib_blocks(g, w, naming);

    g->pooled = 1;
    if (err == AQ_OK)
        err = check_dlib_layers(g, w);
    return err == AQ_OK ? read_dlib_input(g, w) : err;
}

/* ---- any ---- */

static AqErr read_named_blocks(AqResnetGeometry *g, const AqWeights *w,
                               const AqResnetNaming *naming)
{
    AqErr err = AQ_OK;
    int n_missing = 0;

    g->bottleneck = tensor_in_block(w, naming, 0, 0, "conv3.weight") != NULL;
    for (int s = 0; err == AQ_OK && s < AQ_RESNET_STAGES; s++) {
        err = read_resnet_stage(g, w, naming, s);
        n_missing += s > 0 && !tensor_in_block(w, naming, s, 0, "downsample.weight");
    }
    g->image = IMAGE;
    if (naming->names == AQ_RESNET_FOLDED && !g->bottleneck &&
        n_missing == AQ_RESNET_STAGES - 1)
        aq_resnet_make_pooled(g);
    return err;
}

static void read_classes(AqResnetGeometry *g, const AqWeights *w,
                         const AqResnetNaming *naming)
{
    const int is_dlib = naming->names == AQ_RESNET_DLIB;
    char name[160];

    (void)snprintf(name, sizeof name, "%s%s", naming->prefix,
                   is_dlib ? "fc0.weights" : "fc.weight");
    const AqWeight *t = aq_weights_find(w, name);
    if (t && t->n_dims == 2 && t->dims[is_dlib] >= 1 &&
        t->dims[is_dlib] <= MAX_CHANNELS)
        g->classes = (int)t->dims[is_dlib];
}

AqErr aq_resnet_geometry_read(AqResnetGeometry *out, AqResnetNaming *naming,
                              const AqWeights *w)
{
    AqPrefixes found;

    *out = (AqResnetGeometry){0};
    const int names = aq_prefixes_find(&found, w, marks, N_MARKS);
    if (names < 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: is not a ResNet by torchvision's names: it has no "
                       "conv1.weight with %s",
                       aq_weights_path(w), marks[AQ_RESNET_TORCHVISION].beside);
    naming->names = (AqResnetNames)names;
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
    err = names == AQ_RESNET_DLIB ? read_dlib_network(out, w, naming)
                                  : read_named_blocks(out, w, naming);
    if (err == AQ_OK)
        read_classes(out, w, naming);
    return err;
}
