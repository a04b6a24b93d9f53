/* SPDX-License-Identifier: MIT */
#include "extract/networks/sound/yamnet_geometry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CHANNELS = 1 << 14, N_FILES = 3, NAME_BYTES = 160 };

static const struct {
    int width, stride;
} published[AQ_YAMNET_LAYERS] = {{32, 2},  {64, 1},  {128, 2},  {128, 1}, {256, 2},
                                 {256, 1}, {512, 2}, {512, 1},  {512, 1}, {512, 1},
                                 {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};
enum { PUBLISHED_CLASSES = 521 };

AqYamnetGeometry aq_yamnet_published(void)
{
    AqYamnetGeometry g = {.classes = PUBLISHED_CLASSES};

    for (int k = 0; k < AQ_YAMNET_LAYERS; k++)
        g.width[k] = published[k].width;
    return g;
}

int aq_yamnet_stride(int k)
{
    return published[k].stride;
}

/* ---- names ---- */

/* By AqYamnetFile. The input's channels and the output's are dimensions of a
 * convolution's filters; leaf: of the layer of classes. */
static const struct {
    const char *whose, *leaf;
    int in, out, head_in, head_out;
} files[N_FILES] = {{"this program's", ".weight", 1, 0, 1, 0},
                    {"Keras", "/kernel:0", 2, 3, 0, 1},
                    {"TensorFlow Lite", ".weight", 3, 0, 1, 0}};

static const AqPrefixMark marks[N_FILES] = {
    {"layer1.conv.weight", "layer2.depthwise.weight", 4},
    {"layer1/conv/kernel:0", "layer2/depthwise_conv/depthwise_kernel:0", 4},
    {"conv_2d.0.weight", "depthwise_conv_2d.12.weight", 4}};

const char *aq_yamnet_whose(const AqYamnetNaming *as)
{
    return files[as->file].whose;
}

int aq_yamnet_is(const AqWeights *w)
{
    AqPrefixes found;

    return aq_prefixes_find(&found, w, marks, N_FILES) >= 0;
}

void aq_yamnet_file_name(const AqYamnetNaming *as, const char *ours, char *to,
                         size_t bytes)
{
    const int layer = strncmp(ours, "layer", 5) == 0 ? atoi(ours + 5) : 0;
    const int is_depthwise = strstr(ours, ".depthwise") != NULL;
    const char *before = as->prefix;

    if (as->file == AQ_YAMNET_OURS)
        (void)snprintf(to, bytes, "%s%s", before, ours);
    else if (layer == 0)
        (void)snprintf(to, bytes, "%s%s", before, as->head);
    else if (as->file == AQ_YAMNET_TFLITE) /* counts each kind */
        (void)snprintf(to, bytes, "%s%sconv_2d.%d", before,
                       is_depthwise ? "depthwise_" : "", layer - 1 - is_depthwise);
    else
        (void)snprintf(to, bytes, "%slayer%d/%sconv", before, layer,
                       layer == 1     ? ""
                       : is_depthwise ? "depthwise_"
                                      : "pointwise_");
}

int aq_yamnet_source(void *ctx, const char *name, AqParamSource from[3])
{
    static const int from_ohwi[] = {0, 3, 1, 2}, from_io[] = {1, 0, 0, 0};
    const AqYamnetNaming *as = ctx;
    const char *leaf = strrchr(name, '.');
    const int is_weight = strcmp(leaf, ".weight") == 0,
              is_head = strncmp(name, "head", 4) == 0;
    char ours[64], base[NAME_BYTES - 32];

    (void)snprintf(ours, sizeof ours, "%.*s", (int)(leaf - name), name);
    aq_yamnet_file_name(as, ours, base, sizeof base);
    if (as->file == AQ_YAMNET_KERAS)
        leaf = is_weight ? "/kernel:0" : "/bias:0";
    (void)snprintf(from->name, sizeof from->name, "%s%s", base, leaf);
    if (as->file == AQ_YAMNET_TFLITE && is_weight && !is_head &&
        !strstr(name, ".depthwise"))
        memcpy(from->order, from_ohwi, sizeof from->order);
    if (as->file == AQ_YAMNET_KERAS && is_weight && is_head)
        memcpy(from->order, from_io, sizeof from->order);
    return as->file == AQ_YAMNET_KERAS && !is_head ? 0 : 1;
}

/* ---- from a file ---- */

/* The filters behind which layer k ends, from 0 on; NULL if they are not there. */
static const AqWeight *find_filters(const AqWeights *w, const AqYamnetNaming *as, int k,
                                    char name[NAME_BYTES])
{
    AqParamSource from[3] = {0};
    char ours[64];

    (void)snprintf(ours, sizeof ours, "layer%d.%s.weight", k + 1,
                   k == 0 ? "conv" : "pointwise");
    (void)aq_yamnet_source((void *)(uintptr_t)as, ours, from);
    (void)snprintf(name, NAME_BYTES, "%s", from->name);
    return aq_weights_find(w, name);
}

static AqErr read_yamnet_widths(AqYamnetGeometry *g, const AqWeights *w,
                                const AqYamnetNaming *as)
{
    char name[NAME_BYTES];

    for (int k = 0; k < AQ_YAMNET_LAYERS; k++) {
        const AqWeight *t = find_filters(w, as, k, name);
        const int64_t O = t && t->n_dims == 4 ? t->dims[files[as->file].out] : 0;

        if (O < 1 || O > MAX_CHANNELS)
            return aq_fail(AQ_ERR_MISMATCH,
                           "%s: has no filters %s of four dimensions; YAMNet has %d "
                           "layers",
                           aq_weights_path(w), name, AQ_YAMNET_LAYERS);
        g->width[k] = (int)O;
        if (k == 0 && t->dims[files[as->file].in] != 1)
            return aq_fail(AQ_ERR_MISMATCH,
                           "%s: begins with %lld channels, where YAMNet has one of "
                           "sound: it is a MobileNet for pictures or the like",
                           aq_weights_path(w), (long long)t->dims[files[as->file].in]);
    }
    if (find_filters(w, as, AQ_YAMNET_LAYERS, name))
        return aq_fail(AQ_ERR_MISMATCH, "%s: has %s, but YAMNet has %d layers",
                       aq_weights_path(w), name, AQ_YAMNET_LAYERS);
    return AQ_OK;
}

/* Is it the matrix of a layer over the network's values? */
static int is_head(const AqWeight *t, const AqYamnetGeometry *g,
                   const AqYamnetNaming *as)
{
    const char *leaf = files[as->file].leaf;
    const size_t all = strlen(t->name), n = strlen(leaf), at = strlen(as->prefix);

    return t->n_dims == 2 && all > n && strcmp(t->name + all - n, leaf) == 0 &&
           strncmp(t->name, as->prefix, at) == 0 && all - n - at < sizeof as->head &&
           t->dims[files[as->file].head_in] == g->width[AQ_YAMNET_LAYERS - 1] &&
           t->dims[files[as->file].head_out] >= 1 &&
           t->dims[files[as->file].head_out] <= MAX_CHANNELS;
}

/* Of several it would be a guess. */
static void find_head(AqYamnetGeometry *g, AqYamnetNaming *as, const AqWeights *w)
{
    const size_t at = strlen(as->prefix), leaf = strlen(files[as->file].leaf);
    int n = 0;

    for (size_t k = 0; k < aq_weights_n(w); k++) {
        const AqWeight *t = aq_weights_at(w, k);

        if (!is_head(t, g, as) || n++ > 0)
            continue;
        g->classes = (int)t->dims[files[as->file].head_out];
        (void)snprintf(as->head, sizeof as->head, "%.*s",
                       (int)(strlen(t->name) - at - leaf), t->name + at);
    }
    if (n != 1)
        g->classes = 0;
}

/* A graph says how its layers are computed. */
static AqErr check_lite_layer(const AqWeights *w, const AqYamnetNaming *as,
                              const char *ours, const char *want)
{
    char name[NAME_BYTES];

    aq_yamnet_file_name(as, ours, name, sizeof name);
    const char *have = aq_weights_meta(w, name);
    if (!have || strcmp(have, want) == 0)
        return AQ_OK;
    return aq_fail(AQ_ERR_MISMATCH,
                   "%s: its layer %s is computed with %s, where YAMNet has %s",
                   aq_weights_path(w), name, have, want);
}

static AqErr check_lite_graph(const AqWeights *w, const AqYamnetGeometry *g,
                              const AqYamnetNaming *as)
{
    static const char *const parts[] = {"depthwise", "pointwise"};
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < AQ_YAMNET_LAYERS; k++)
        for (int p = 0; err == AQ_OK && p < (k == 0 ? 1 : 2); p++) {
            const int stride = p == 0 ? aq_yamnet_stride(k) : 1;
            char ours[64], want[80];

            (void)snprintf(ours, sizeof ours, "layer%d.%s", k + 1,
                           k == 0 ? "conv" : parts[p]);
            (void)snprintf(want, sizeof want,
                           "stride %dx%d, padding same, dilation 1x1, relu", stride,
                           stride);
            err = check_lite_layer(w, as, ours, want);
        }
    return err == AQ_OK && g->classes ? check_lite_layer(w, as, "head", "no activation")
                                      : err;
}

AqErr aq_yamnet_geometry_read(AqYamnetGeometry *out, AqYamnetNaming *naming,
                              const AqWeights *w)
{
    AqPrefixes found;
    const int file = aq_prefixes_find(&found, w, marks, N_FILES);

    *out = (AqYamnetGeometry){0};
    *naming = (AqYamnetNaming){0};
    if (file < 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: is not YAMNet: it has neither Keras's %s nor TensorFlow "
                       "Lite's %s",
                       aq_weights_path(w), marks[AQ_YAMNET_KERAS].leaf,
                       marks[AQ_YAMNET_TFLITE].beside);
    naming->file = (AqYamnetFile)file;
    AqErr err = aq_prefixes_take(naming->prefix, &found, w);
    if (err == AQ_OK)
        err = read_yamnet_widths(out, w, naming);
    if (err == AQ_OK)
        find_head(out, naming, w);
    return err == AQ_OK && naming->file == AQ_YAMNET_TFLITE
               ? check_lite_graph(w, out, naming)
               : err;
}
