/* SPDX-License-Identifier: MIT */
#include "tests/unit/small_yamnet.h"

#include "base/rng.h"
#include "model/weights/weights.h"
#include "tests/unit/check.h"

#include <string.h>

enum { LAYERS = 14, CONVS = 2 * LAYERS - 1, MOST = 3, ROWS = 96, COLS = 64 };
#define EPS 1e-4

static const int strides[LAYERS] = {2, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1};

/* A convolution (K,K,in,out), or if depthwise (K,K,in), and its norm. */
typedef struct SmallConv {
    char keras[48], lite[48], ours[48];
    int K, in, out, stride, is_depthwise;
    double w[9 * MOST * MOST], beta[MOST], mean[MOST], variance[MOST];
} SmallConv;

typedef struct SmallYamnet {
    SmallConv conv[CONVS];
    double head[AQ_SMALL_YAMNET_VALUES][AQ_SMALL_YAMNET_CLASSES],
        bias[AQ_SMALL_YAMNET_CLASSES];
} SmallYamnet;

static int width_behind(int layer)
{
    return 2 + layer % 2;
}

/* In float32, as a file has it. */
static double draw_single(AqRng *rng, double centre, double spread)
{
    return (double)(float)(centre + spread * aq_rng_normal(rng));
}

/* Values of about 1 stay so: the filters of each output sum to about 1. */
static void fill_conv(SmallConv *c, AqRng *rng)
{
    const int inputs = c->K * c->K * (c->is_depthwise ? 1 : c->in);
    const int n = c->K * c->K * c->in * (c->is_depthwise ? 1 : c->out);

    for (int k = 0; k < n; k++)
        c->w[k] = draw_single(rng, 1.0 / inputs, 0.4 / inputs);
    for (int k = 0; k < c->out; k++) {
        c->beta[k] = draw_single(rng, 0.1, 0.1);
        c->mean[k] = draw_single(rng, 0, 0.1);
        c->variance[k] = (double)(float)aq_rng_range(rng, 0.7, 1.4);
    }
}

static void name_conv(SmallConv *c, int layer, const char *part)
{
    const int is_depthwise = *part == 'd';

    (void)snprintf(c->ours, sizeof c->ours, "layer%d.%s", layer + 1, part);
    (void)snprintf(c->keras, sizeof c->keras, "layer%d/%s%s", layer + 1, part,
                   layer ? "_conv" : "");
    (void)snprintf(c->lite, sizeof c->lite, "%sconv_2d.%d",
                   is_depthwise ? "depthwise_" : "", layer - is_depthwise);
}

static const SmallYamnet *small_yamnet(void)
{
    static SmallYamnet net;
    AqRng rng = aq_rng(11, 5);

    if (net.conv[0].K > 0)
        return &net;
    for (int k = 0; k < CONVS; k++) {
        SmallConv *c = &net.conv[k];
        const int layer = (k + 1) / 2, in = layer ? width_behind(layer - 1) : 1;

        c->is_depthwise = k % 2;
        c->K = k == 0 || c->is_depthwise ? 3 : 1;
        c->in = in;
        c->out = c->is_depthwise ? in : width_behind(layer);
        c->stride = k == 0 || c->is_depthwise ? strides[layer] : 1;
        name_conv(c, layer, k == 0 ? "conv" : k % 2 ? "depthwise" : "pointwise");
        fill_conv(c, &rng);
    }
    for (int k = 0; k < AQ_SMALL_YAMNET_CLASSES; k++) {
        net.bias[k] = draw_single(&rng, 0, 0.3);
        for (int v = 0; v < AQ_SMALL_YAMNET_VALUES; v++)
            net.head[v][k] = draw_single(&rng, 0, 1);
    }
    return &net;
}

/* ---- its definition ---- */

static double small_conv_at(const SmallConv *c, const double *x, int H, int W, int y0,
                            int x0, int o)
{
    double sum = 0;

    for (int kh = 0; kh < c->K; kh++)
        for (int kw = 0; kw < c->K; kw++)
            for (int i = 0; i < c->in; i++) {
                const int yy = y0 + kh, xx = x0 + kw, tap = kh * c->K + kw;

                if (yy < 0 || xx < 0 || yy >= H || xx >= W ||
                    (c->is_depthwise && i != o))
                    continue;
                sum += x[(yy * W + xx) * c->in + i] *
                       c->w[c->is_depthwise ? tap * c->in + i
                                            : (tap * c->in + i) * c->out + o];
            }
    return sum;
}

static int rounded_up(int n, int by)
{
    return (n + by - 1) / by;
}

/* x (H,W,in) to y (H',W',out); H and W become those of y. */
static void run_small_conv(const SmallConv *c, const double *x, double *y, int *H,
                           int *W)
{
    const int OH = rounded_up(*H, c->stride), OW = rounded_up(*W, c->stride);
    const int top = (int)fmax((OH - 1) * c->stride + c->K - *H, 0) / 2,
              left = (int)fmax((OW - 1) * c->stride + c->K - *W, 0) / 2;

    for (int k = 0; k < OH * OW * c->out; k++) {
        const int o = k % c->out, col = k / c->out % OW, row = k / c->out / OW;
        const double v = small_conv_at(c, x, *H, *W, row * c->stride - top,
                                       col * c->stride - left, o);

        y[k] = fmax(0, (v - c->mean[o]) / sqrt(c->variance[o] + EPS) + c->beta[o]);
    }
    *H = OH;
    *W = OW;
}

void aq_small_yamnet_run(const float *in, double *out)
{
    static double a[ROWS * COLS * MOST], b[ROWS * COLS * MOST];
    const SmallYamnet *net = small_yamnet();
    double *x = a, *y = b;
    int H = ROWS, W = COLS;

    for (int k = 0; k < ROWS * COLS; k++)
        x[k] = (double)in[k];
    for (int k = 0; k < CONVS; k++) {
        double *was = x;

        run_small_conv(&net->conv[k], x, y, &H, &W);
        x = y;
        y = was;
    }
    for (int v = 0; v < AQ_SMALL_YAMNET_VALUES; v++) {
        out[v] = 0;
        for (int k = 0; k < H * W; k++)
            out[v] += x[k * AQ_SMALL_YAMNET_VALUES + v] / (H * W);
    }
    for (int k = 0; k < AQ_SMALL_YAMNET_CLASSES; k++) {
        double logit = net->bias[k];

        for (int v = 0; v < AQ_SMALL_YAMNET_VALUES; v++)
            logit += out[v] * net->head[v][k];
        out[AQ_SMALL_YAMNET_VALUES + k] = 1 / (1 + exp(-logit));
    }
}

/* ---- as files ---- */

static void put_small(AqWeightsWriter *w, const char *name, const char *leaf,
                      int n_dims, const int64_t *dims, const float *v)
{
    char full[96];

    (void)snprintf(full, sizeof full, "%s%s", name, leaf);
    CHECK_OK(aq_weights_writer_add_copy(w, full, n_dims, dims, v, AQ_F32));
}

static void put_singles(AqWeightsWriter *w, const char *name, const char *leaf, int n,
                        const double *values)
{
    float v[MOST + 1];

    for (int k = 0; k < n; k++)
        v[k] = (float)values[k];
    put_small(w, name, leaf, 1, (int64_t[]){n}, v);
}

static void put_keras(AqWeightsWriter *w, const SmallConv *c, int is_scaled)
{
    const int64_t dims[] = {c->K, c->K, c->in, c->is_depthwise ? 1 : c->out};
    static const double ones[MOST] = {1, 1, 1};
    float v[9 * MOST * MOST];

    for (int k = 0; k < c->K * c->K * c->in * (int)dims[3]; k++)
        v[k] = (float)c->w[k];
    put_small(w, c->keras, c->is_depthwise ? "/depthwise_kernel:0" : "/kernel:0", 4,
              dims, v);
    if (is_scaled)
        put_singles(w, c->keras, "/bn/gamma:0", c->out, ones);
    put_singles(w, c->keras, "/bn/beta:0", c->out, c->beta);
    put_singles(w, c->keras, "/bn/moving_mean:0", c->out, c->mean);
    put_singles(w, c->keras, "/bn/moving_variance:0", c->out, c->variance);
}

/* What a graph says of the layer. */
static void put_lite_about(AqWeightsWriter *w, const SmallConv *c)
{
    char text[80];

    (void)snprintf(text, sizeof text, "stride %dx%d, padding same, dilation 1x1, relu",
                   c->stride, c->stride);
    CHECK_OK(aq_weights_writer_meta(w, c->lite, text));
}

/* Ours are (out,in,K,K), TensorFlow Lite's (out,K,K,in); depthwise (K,K,in), and there
 * with a one before it. */
static void put_folded(AqWeightsWriter *w, const SmallConv *c, int is_lite)
{
    const int taps = c->K * c->K, D = c->is_depthwise;
    const int64_t ours[] = {c->out, c->in, c->K, c->K},
                  lite[] = {c->out, c->K, c->K, c->in},
                  channels[] = {1, c->K, c->K, c->in};
    const char *name = is_lite ? c->lite : c->ours;
    float v[9 * MOST * MOST];
    double bias[MOST];

    for (int o = 0; o < c->out; o++) {
        const double by = 1 / sqrt(c->variance[o] + EPS);

        bias[o] = c->beta[o] - c->mean[o] * by;
        for (int t = 0; D && t < taps; t++)
            v[t * c->in + o] = (float)(c->w[t * c->in + o] * by);
        for (int k = 0; !D && k < taps * c->in; k++) {
            const int t = k / c->in, i = k % c->in;
            const int at = is_lite ? t * c->in + i : i * taps + t;

            v[o * taps * c->in + at] = (float)(c->w[k * c->out + o] * by);
        }
    }
    put_small(w, name, ".weight", D && !is_lite ? 3 : 4,
              D && is_lite ? channels
              : D          ? channels + 1
              : is_lite    ? lite
                           : ours,
              v);
    put_singles(w, name, ".bias", c->out, bias);
}

static void put_head(AqWeightsWriter *w, const SmallYamnet *net, AqSmallYamnetFile file)
{
    enum { V = AQ_SMALL_YAMNET_VALUES, N = AQ_SMALL_YAMNET_CLASSES };
    static const char *const names[][3] = {{"head", ".weight", ".bias"},
                                           {"dense_1", "/kernel:0", "/bias:0"},
                                           {"dense_1", "/kernel:0", "/bias:0"},
                                           {"fully_connected.3", ".weight", ".bias"}};
    const int is_keras =
        file == AQ_SMALL_YAMNET_KERAS || file == AQ_SMALL_YAMNET_SCALED;
    float v[V * N];

    for (int k = 0; k < N; k++)
        for (int i = 0; i < V; i++)
            v[is_keras ? i * N + k : k * V + i] = (float)net->head[i][k];
    put_small(w, names[file][0], names[file][1], 2,
              is_keras ? (int64_t[]){V, N} : (int64_t[]){N, V}, v);
    put_singles(w, names[file][0], names[file][2], N, net->bias);
}

void aq_small_yamnet_write(const char *path, AqSmallYamnetFile file)
{
    const SmallYamnet *net = small_yamnet();
    AqWeightsWriter *w = NULL;

    CHECK_OK(aq_weights_writer_new(&w));
    for (int k = 0; k < CONVS; k++) {
        if (file == AQ_SMALL_YAMNET_KERAS || file == AQ_SMALL_YAMNET_SCALED)
            put_keras(w, &net->conv[k], file == AQ_SMALL_YAMNET_SCALED);
        else
            put_folded(w, &net->conv[k], file == AQ_SMALL_YAMNET_TFLITE);
        if (file == AQ_SMALL_YAMNET_TFLITE)
            put_lite_about(w, &net->conv[k]);
    }
    put_head(w, net, file);
    CHECK_OK(aq_weights_writer_commit(w, path));
    aq_weights_writer_free(&w);
}
