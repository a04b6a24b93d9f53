/* SPDX-License-Identifier: MIT */
/*
 * Networks as dlib saves them (dlib/dnn/core.h, layers.h, input.h, loss.h): a type in
 * C++ is a loss around a layer around a layer ... around the input, and each of these
 * writes the version of its format before what it is around, and its own data behind
 * that. So a file begins with one version a level (1: tags and skips, which have no
 * data; 2 and 3: layers), then has the input, and then the layers in the order in which
 * a picture passes them. They have no names of their own: arrays are con0.filters,
 * con0.biases, con1..., affine0.gamma, affine0.beta, fc0.weights, fc0.biases. What the
 * layers are is kept as text: metadata "input" and "layers".
 */
#include "model/weights/dlib_priv.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_LEVELS = 4096, LAYER_TEXT = 64, MULTIPLIERS = 4 };
enum { LEVEL_LAYER = 2, LEVEL_LAST = 3 /* versions; the last is new layers' */ };

typedef struct DlibNet {
    AqWeights *w;
    AqDlibCursor c;
    int n_layers, first_version; /* of the layer at the input */
    int n_con, n_affine, n_fc;
    char *layers;
    size_t layers_bytes, layers_at;
} DlibNet;

/* ---- recognising ---- */

/* Skips the versions of levels; gives where the name behind them begins, or 0. */
static size_t skip_levels(const unsigned char *bytes, size_t n, int *levels)
{
    size_t at = 0;

    for (*levels = 0; *levels < MAX_LEVELS && at + 2 < n && bytes[at] == 1 &&
                      bytes[at + 1] >= 1 && bytes[at + 1] <= LEVEL_LAST;
         at += 2)
        ++*levels;
    return *levels && at + 2 < n && bytes[at] == 1 ? at + 2 : 0;
}

static int is_dlib(const unsigned char *bytes, size_t n)
{
    static const char loss[] = "loss_", input[] = "input";
    int levels;
    const size_t at = skip_levels(bytes, n, &levels), rest = n - at;

    if (at == 0 || rest < sizeof loss - 1)
        return 0;
    return memcmp(bytes + at, levels == 1 ? loss : input, sizeof loss - 1) == 0;
}

/* ---- layers ---- */

static void add_layer_text(DlibNet *net, const char *fmt, ...) AQ_PRINTF(2, 3);
static void add_layer_text(DlibNet *net, const char *fmt, ...)
{
    const size_t room = net->layers_bytes - net->layers_at;
    va_list args;

    va_start(args, fmt);
    const int n = vsnprintf(net->layers + net->layers_at, room, fmt, args);
    va_end(args);
    if (n < 0 || (size_t)n >= room)
        aq_dlib_fail(&net->c, "has a layer whose sizes are too large");
    else
        net->layers_at += (size_t)n;
}

/* "con 3x3/2x2+0x0": sides, strides and padding, of rows and columns. */
static void add_window_text(DlibNet *net, const char *kind, const int64_t how[6])
{
    add_layer_text(net, "%s %lldx%lld/%lldx%lld+%lldx%lld; ", kind, (long long)how[0],
                   (long long)how[1], (long long)how[2], (long long)how[3],
                   (long long)how[4], (long long)how[5]);
}

/* "con3.filters": n values at data, of these dims. */
static void add_part(DlibNet *net, const char *kind, int number, const char *leaf,
                     int n_dims, const int64_t *dims, const unsigned char *data)
{
    char name[64];
    AqWeight *t;

    if (net->c.err != AQ_OK)
        return;
    const int n = snprintf(name, sizeof name, "%s%d.%s", kind, number, leaf);
    net->c.err = aq_weights_add(net->w, name, (size_t)n, &t);
    if (net->c.err != AQ_OK)
        return;
    t->dtype = AQ_F32;
    t->n_dims = n_dims;
    memcpy(t->dims, dims, (size_t)n_dims * sizeof *dims);
    t->data = data;
    net->c.err = aq_weight_set_count(net->w, t, net->w->file.n);
}

static void skip_multipliers(DlibNet *net)
{
    for (int k = 0; k < MULTIPLIERS; k++)
        (void)aq_dlib_real(&net->c);
}

static void read_con_layer(DlibNet *net, const char *version)
{
    AqDlibCursor *c = &net->c;
    int64_t filters[AQ_DLIB_DIMS], biases[AQ_DLIB_DIMS], how[6];
    AqDlibTensor params;

    aq_dlib_tensor(c, &params);
    const int64_t O = aq_dlib_int(c);
    for (int k = 0; k < 6; k++)
        how[k] = aq_dlib_int(c);
    aq_dlib_part(c, filters);
    aq_dlib_part(c, biases);
    skip_multipliers(net);
    const int has_biases = strcmp(version, "con_4") == 0 || aq_dlib_flag(c);
    const int64_t n = aq_weights_count(filters, AQ_DLIB_DIMS, params.count);
    if (n < 1 || O != filters[0] || how[0] != filters[2] || how[1] != filters[3] ||
        params.count - n != (has_biases ? O : 0))
        aq_dlib_fail(c, "has a convolution without weights, or of other sizes than its "
                        "weights");
    if (c->err != AQ_OK)
        return;
    add_part(net, "con", net->n_con, "filters", AQ_DLIB_DIMS, filters, params.data);
    if (has_biases)
        add_part(net, "con", net->n_con, "biases", 1, &O,
                 params.data + (size_t)n * sizeof(float));
    net->n_con++;
    add_window_text(net, "con", how);
}

static void read_affine_layer(DlibNet *net, const char *version)
{
    AqDlibCursor *c = &net->c;
    int64_t gamma[AQ_DLIB_DIMS], beta[AQ_DLIB_DIMS];
    AqDlibTensor params;

    aq_dlib_tensor(c, &params);
    aq_dlib_part(c, gamma);
    aq_dlib_part(c, beta);
    const int by_channels = aq_dlib_int(c) == 0;
    const int is_off = strcmp(version, "affine_2") == 0 && aq_dlib_flag(c);
    const int64_t n = aq_weights_count(gamma, AQ_DLIB_DIMS, params.count);
    if (c->err == AQ_OK && (!by_channels || is_off))
        c->err = aq_fail(AQ_ERR_UNSUPPORTED,
                         "%s: has an affine layer that is %s, which is not read",
                         net->w->path, is_off ? "disabled" : "not by channels");
    if (n < 1 || params.count != 2 * n || memcmp(gamma, beta, sizeof gamma) != 0 ||
        gamma[1] != n)
        aq_dlib_fail(c, "has an affine layer without weights, or of other sizes than "
                        "its weights");
    if (c->err != AQ_OK)
        return;
    add_part(net, "affine", net->n_affine, "gamma", 1, &n, params.data);
    add_part(net, "affine", net->n_affine, "beta", 1, &n,
             params.data + (size_t)n * sizeof(float));
    net->n_affine++;
    add_layer_text(net, "affine; ");
}

static void read_fc_layer(DlibNet *net, const char *version)
{
    AqDlibCursor *c = &net->c;
    int64_t weights[AQ_DLIB_DIMS], biases[AQ_DLIB_DIMS];
    AqDlibTensor params;
    const int64_t out = aq_dlib_int(c), in = aq_dlib_int(c);

    aq_dlib_tensor(c, &params);
    aq_dlib_part(c, weights);
    aq_dlib_part(c, biases);
    const int64_t has_biases = aq_dlib_int(c) == 0;
    skip_multipliers(net);
    if (strcmp(version, "fc_3") == 0)
        (void)aq_dlib_flag(c);
    const int64_t dims[] = {in, out}, n = aq_weights_count(dims, 2, params.count);
    if (n < 1 || weights[0] != in || weights[1] != out ||
        params.count - n != (has_biases ? out : 0))
        aq_dlib_fail(c, "has a fully connected layer without weights, or of other "
                        "sizes than its weights");
    if (c->err != AQ_OK)
        return;
    add_part(net, "fc", net->n_fc, "weights", 2, dims, params.data);
    if (has_biases)
        add_part(net, "fc", net->n_fc, "biases", 1, &out,
                 params.data + (size_t)n * sizeof(float));
    net->n_fc++;
    add_layer_text(net, "fc; ");
}

static void read_pool_layer(DlibNet *net, const char *version)
{
    int64_t how[6];

    for (int k = 0; k < 6; k++)
        how[k] = aq_dlib_int(&net->c);
    add_window_text(net, strncmp(version, "max", 3) == 0 ? "max_pool" : "avg_pool",
                    how);
}

/* Without data. */
static void read_bare_layer(DlibNet *net, const char *version)
{
    add_layer_text(net, "%.*s; ", (int)strlen(version) - 1, version);
}

static const struct {
    const char *version;
    void (*read)(DlibNet *net, const char *version);
} kinds[] = {{"con_4", read_con_layer},       {"con_5", read_con_layer},
             {"affine_", read_affine_layer},  {"affine_2", read_affine_layer},
             {"fc_2", read_fc_layer},         {"fc_3", read_fc_layer},
             {"max_pool_2", read_pool_layer}, {"avg_pool_2", read_pool_layer},
             {"relu_", read_bare_layer},      {"add_prev_", read_bare_layer}};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static void read_dlib_layer(DlibNet *net, int at)
{
    AqDlibCursor *c = &net->c;
    char version[AQ_DLIB_TEXT];
    AqDlibTensor left_over;
    int k = 0;

    aq_dlib_text(c, version);
    while (k < N_KINDS && strcmp(version, kinds[k].version) != 0)
        k++;
    if (c->err == AQ_OK && k == N_KINDS)
        c->err = aq_fail(AQ_ERR_UNSUPPORTED,
                         "%s: layer %d is %s, which is not read; networks of con, "
                         "affine, relu, max_pool, avg_pool, add_prev and fc are",
                         net->w->path, at + 1, version);
    if (c->err != AQ_OK)
        return;
    kinds[k].read(net, version);
    for (k = 0; k < 3; k++)
        (void)aq_dlib_flag(c);
    for (k = 0; k < 3; k++) /* of a training that goes on */
        aq_dlib_tensor(c, &left_over);
    if (at == 0 && net->first_version == LEVEL_LAST)
        (void)aq_dlib_int(c);
}

/* ---- the whole ---- */

/* The versions, and the loss if there is one. */
static void read_levels(DlibNet *net)
{
    AqDlibCursor *c = &net->c;
    int levels, version = 0;
    size_t from = 0, name = skip_levels(c->w->file.bytes, c->w->file.n, &levels);
    char loss[AQ_DLIB_TEXT];

    if (levels == 1) {
        c->at = name - 2;
        aq_dlib_text(c, loss);
        if (c->err == AQ_OK && strcmp(loss, "loss_multiclass_log_") != 0)
            c->err = aq_fail(AQ_ERR_UNSUPPORTED,
                             "%s: is a dlib network with %s; classifiers (with "
                             "loss_multiclass_log_), as its ResNet-34 is, are read",
                             net->w->path, loss);
        from = c->at;
        name = skip_levels(c->w->file.bytes + from, c->w->file.n - from, &levels);
    }
    if (c->err != AQ_OK)
        return;
    for (int k = 0; k < levels; k++) {
        version = c->w->file.bytes[from + 2 * (size_t)k + 1];
        net->n_layers += version >= LEVEL_LAYER;
    }
    net->first_version = version;
    if (name == 0 || version < LEVEL_LAYER)
        aq_dlib_fail(c, "has no layer at its input");
    else
        c->at = from + name - 2;
}

/* metadata "input": "227x227 122.782/117.001/104.298"; of no given size, 0x0. */
static void read_input(DlibNet *net, char *text, size_t bytes)
{
    AqDlibCursor *c = &net->c;
    char version[AQ_DLIB_TEXT];
    double average[3];
    int64_t rows = 0, cols = 0;

    aq_dlib_text(c, version);
    const int is_sized = strcmp(version, "input_rgb_image_sized") == 0;
    if (c->err == AQ_OK && !is_sized && strcmp(version, "input_rgb_image") != 0)
        c->err = aq_fail(AQ_ERR_UNSUPPORTED,
                         "%s: is a dlib network for %s, which is not read; those for "
                         "input_rgb_image are",
                         net->w->path, version);
    for (int k = 0; k < 3; k++)
        average[k] = aq_dlib_real(c);
    if (is_sized) {
        rows = aq_dlib_int(c);
        cols = aq_dlib_int(c);
    }
    for (int k = 0; k < 3; k++)
        if (!(average[k] >= 0 && average[k] <= 255))
            aq_dlib_fail(c, "has an average colour that is none");
    (void)snprintf(text, bytes, "%lldx%lld %.7g/%.7g/%.7g", (long long)rows,
                   (long long)cols, average[0], average[1], average[2]);
}

/* The names of classes, which may follow. */
static void skip_labels(AqDlibCursor *c)
{
    if (c->at == c->w->file.n)
        return;
    const int64_t n = aq_dlib_int(c);
    for (int64_t k = 0; c->err == AQ_OK && k < n; k++)
        aq_dlib_skip_text(c);
    if (c->at < c->w->file.n)
        aq_dlib_fail(c, "has more behind a dlib network than names of classes");
}

static AqErr keep_meta(DlibNet *net, const char *input)
{
    AqWeights *w = net->w;

    w->meta = aq_arena_alloc(w->arena, 2, sizeof *w->meta);
    if (!w->meta)
        return AQ_ERR_NOMEM;
    w->meta[0] = (AqWeightsMeta){"input", aq_weights_text(w, input, strlen(input))};
    w->meta[1] = (AqWeightsMeta){"layers", net->layers};
    w->n_meta = 2;
    return w->meta[0].text ? AQ_OK : AQ_ERR_NOMEM;
}

static AqErr read_dlib(AqWeights *w)
{
    DlibNet net = {.w = w, .c = {.w = w}};
    char input[128];

    read_levels(&net);
    if (net.c.err != AQ_OK)
        return net.c.err;
    net.layers_bytes = (size_t)net.n_layers * LAYER_TEXT;
    net.layers = aq_arena_alloc(w->arena, net.layers_bytes, 1);
    if (!net.layers)
        return AQ_ERR_NOMEM;
    net.layers[0] = '\0';
    read_input(&net, input, sizeof input);
    for (int k = 0; net.c.err == AQ_OK && k < net.n_layers; k++)
        read_dlib_layer(&net, k);
    skip_labels(&net.c);
    return net.c.err == AQ_OK ? keep_meta(&net, input) : net.c.err;
}

const AqWeightsFormat aq_format_dlib = {
    .name = "dlib", .is = is_dlib, .read = read_dlib};
