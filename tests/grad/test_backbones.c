/* SPDX-License-Identifier: MIT */
/*
 * Swin, VGGish, CLIP's vision transformer, ResNet, InternVideo2, YAMNet, hearing, and
 * ResNeXt and R(2+1)D over clips as they are trained (extract/pretrain/pretrain.c)
 * against central differences, in double precision: the very sources of the program on
 * small geometries, which come from a file's tensors. Two stages shift their windows;
 * one is a single window.
 */
#include "extract/networks/extractor.h"
#include "model/weights/weights.h"
#include "tests/grad/differences.h"
#include "tests/unit/check.h"
#include "tests/unit/small_hearing.h"
#include "tests/unit/small_nets.h"
#include "tests/unit/small_yamnet.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

/* ---- files of small networks ---- */

static void put(AqWeightsWriter *w, const char *name, int n_dims, const int64_t *dims)
{
    size_t n = 1;

    for (int k = 0; k < n_dims; k++)
        n *= (size_t)dims[k];
    float *v = calloc(n, sizeof *v);
    assert_non_null(v);
    AqRng rng = aq_rng(strlen(name), (uint64_t)name[strlen(name) - 1]);
    const int is_norm = n_dims == 1 && strstr(name, "weight");
    for (size_t k = 0; k < n; k++)
        v[k] = (float)(is_norm + 0.3 * aq_rng_normal(&rng));
    CHECK_OK(aq_weights_writer_add_copy(w, name, n_dims, dims, v, AQ_F32));
    free(v);
}

#define PUT(name, ...)                                                                 \
    put(w, name, (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)),            \
        (const int64_t[]){__VA_ARGS__})

static void put_leaf(AqWeightsWriter *w, const char *prefix, const char *leaf, int rows,
                     int cols)
{
    char name[160];
    const int64_t dims[] = {rows, cols};

    (void)snprintf(name, sizeof name, "%s%s", prefix, leaf);
    put(w, name, cols ? 2 : 1, dims);
}

static void put_block(AqWeightsWriter *w, const char *at, int C, int heads, int window)
{
    put_leaf(w, at, "norm1.weight", C, 0);
    put_leaf(w, at, "norm1.bias", C, 0);
    put_leaf(w, at, "attn.qkv.weight", 3 * C, C);
    put_leaf(w, at, "attn.qkv.bias", 3 * C, 0);
    put_leaf(w, at, "attn.proj.weight", C, C);
    put_leaf(w, at, "attn.proj.bias", C, 0);
    put_leaf(w, at, "attn.relative_position_bias_table",
             (2 * window - 1) * (2 * window - 1), heads);
    put_leaf(w, at, "norm2.weight", C, 0);
    put_leaf(w, at, "norm2.bias", C, 0);
    put_leaf(w, at, "mlp.0.weight", 4 * C, C);
    put_leaf(w, at, "mlp.0.bias", 4 * C, 0);
    put_leaf(w, at, "mlp.3.weight", C, 4 * C);
    put_leaf(w, at, "mlp.3.bias", C, 0);
}

static void write_swin(void)
{
    enum { E = 4, WINDOW = 2 };
    static const int depths[] = {2, 2, 1, 1}, heads[] = {1, 2, 2, 4};
    AqWeightsWriter *w = NULL;
    char at[64];

    CHECK_OK(aq_weights_writer_new(&w));
    CHECK_OK(aq_weights_writer_meta(w, "image_size", "64"));
    PUT("features.0.0.weight", E, 3, 4, 4);
    PUT("features.0.0.bias", E);
    PUT("features.0.2.weight", E);
    PUT("features.0.2.bias", E);
    for (int s = 0; s < 4; s++) {
        for (int b = 0; b < depths[s]; b++) {
            (void)snprintf(at, sizeof at, "features.%d.%d.", 2 * s + 1, b);
            put_block(w, at, E << s, heads[s], WINDOW);
        }
        if (s == 3)
            break;
        (void)snprintf(at, sizeof at, "features.%d.", 2 * s + 2);
        put_leaf(w, at, "norm.weight", 4 * E << s, 0);
        put_leaf(w, at, "norm.bias", 4 * E << s, 0);
        put_leaf(w, at, "reduction.weight", 2 * E << s, 4 * E << s);
    }
    PUT("norm.weight", E << 3);
    PUT("norm.bias", E << 3);
    CHECK_OK(aq_weights_writer_commit(w, path));
    aq_weights_writer_free(&w);
}

static void write_vggish(void)
{
    static const int conv[][3] = {{0, 1, 2}, {3, 2, 3},  {6, 3, 2},
                                  {8, 2, 3}, {11, 3, 2}, {13, 2, 2}};
    static const int full[][3] = {{0, 48, 5}, {2, 5, 4}, {4, 4, 3}};
    AqWeightsWriter *w = NULL;
    char name[64];

    CHECK_OK(aq_weights_writer_new(&w));
    for (int k = 0; k < 6; k++) {
        (void)snprintf(name, sizeof name, "features.%d.weight", conv[k][0]);
        PUT(name, conv[k][2], conv[k][1], 3, 3);
        (void)snprintf(name, sizeof name, "features.%d.bias", conv[k][0]);
        PUT(name, conv[k][2]);
    }
    for (int k = 0; k < 3; k++) {
        (void)snprintf(name, sizeof name, "embeddings.%d.weight", full[k][0]);
        PUT(name, full[k][2], full[k][1]);
        (void)snprintf(name, sizeof name, "embeddings.%d.bias", full[k][0]);
        PUT(name, full[k][2]);
    }
    CHECK_OK(aq_weights_writer_commit(w, path));
    aq_weights_writer_free(&w);
}

/* ---- differences ---- */

typedef struct Net {
    AqExtractor *x;
    AqNn *nn;
    int n; /* seconds at once */
    float *in, *weights;
} Net;

/* Some direction in the output, so that all of it matters. */
static double loss_of(Net *net, AqTensor **tensor)
{
    const AqExtractorFacts f = aq_extractor_facts(net->x);
    const int *i = f.input.dims, *o = f.out_dims;

    aq_nn_begin(net->nn, AQ_NN_EVAL);
    AqTensor *in = aq_nn_input(net->nn, AQ_DIMS(net->n, i[0], i[1], i[2]), net->in);
    AqTensor *y = aq_extractor_forward(net->x, net->nn, in);
    AqTensor *c =
        aq_nn_input(net->nn, AQ_DIMS(net->n * o[0] * o[1] * o[2]), net->weights);
    y = y ? aq_reshape(net->nn, y, AQ_DIMS(-1)) : NULL;
    AqTensor *sum = y ? aq_sum(net->nn, aq_mul(net->nn, y, c)) : NULL;
    if (aq_nn_error(net->nn) != AQ_OK)
        fail_msg("%s", aq_err_text());
    assert_non_null(sum);
    if (tensor)
        *tensor = sum;
    return (double)sum->data[0];
}

static double loss_alone(void *net)
{
    return loss_of(net, NULL);
}

static float *noise(size_t n, uint64_t seed)
{
    float *v = calloc(n, sizeof *v);
    AqRng rng = aq_rng(seed, 1);

    assert_non_null(v);
    for (size_t k = 0; k < n; k++)
        v[k] = (float)aq_rng_normal(&rng);
    return v;
}

/* Every parameter, some values each; all but `idle` must matter to the output. */
static void check_most(const char *name, const char *switches, size_t idle, double step)
{
    Net net = {.n = 2};
    AqTensor *loss;

    CHECK_OK(aq_extractor_open(&net.x, name, path, switches));
    CHECK_OK(aq_extractor_make_trainable(net.x));
    CHECK_OK(aq_nn_new(&net.nn, NULL));
    const AqExtractorFacts f = aq_extractor_facts(net.x);
    net.in = noise((size_t)net.n * aq_extractor_values(f.input.dims), 7);
    net.weights = noise((size_t)net.n * aq_extractor_values(f.out_dims), 8);
    AqParams *ps = aq_extractor_params(net.x);
    aq_params_zero_grad(ps);
    (void)loss_of(&net, &loss);
    assert_int_equal(aq_nn_backward(net.nn, loss), AQ_OK);
    const AqDifferences d = {.params = ps,
                             .loss = loss_alone,
                             .ctx = &net,
                             .step = step,
                             .tolerance = 1e-5,
                             .floor = 1e-8 / step}; /* as far as they are exact */
    assert_int_equal(aq_differences_check(&d), aq_params_n(ps) - idle);
    free(net.in);
    free(net.weights);
    aq_nn_free(&net.nn);
    aq_extractor_close(&net.x);
}

static void check_network(const char *name, const char *switches)
{
    check_most(name, switches, 0, 1e-5);
}

static void swin_has_the_gradients_of_its_forward(void **state)
{
    (void)state;
    write_swin();
    check_network("swin", NULL);
}

static void vggish_has_the_gradients_of_its_forward(void **state)
{
    (void)state;
    write_vggish();
    check_network("vggish", NULL);
}

static void yamnet_has_the_gradients_of_its_forward(void **state)
{
    (void)state;
    aq_small_yamnet_write(path, AQ_SMALL_YAMNET_KERAS);
    check_network("yamnet", "out=both");
}

static void hearing_has_the_gradients_of_its_forward(void **state)
{
    (void)state;
    aq_small_hearing_write(path);
    check_network("hearing", "out=both");
    check_network("hearing", NULL);
}

static void clip_has_the_gradients_of_its_forward(void **state)
{
    (void)state;
    aq_small_clip_write(path);
    check_network("clip_vit", "act=quick_gelu");
    check_network("clip_vit", "act=gelu,out=grid_proj");
    check_network("clip_vit", "act=quick_gelu,out=pooled");
}

static void resnet_has_the_gradients_of_its_forward(void **state)
{
    (void)state;
    aq_small_resnet_write(path, AQ_SMALL_FOLDED);
    check_network("resnet", NULL);
    check_network("resnet", "out=pooled");
    check_network("resnet", "out=scores");
    aq_small_resnet_write(path, AQ_SMALL_POOLED);
    check_network("resnet", NULL);
}

/* Its second look is the first again, but for the size. */
static void sight_has_the_gradients_of_its_forward(void **state)
{
    (void)state;
    aq_small_resnet_write(path, AQ_SMALL_SIGHT);
    check_network("sight", "look=once");
}

static void internvideo2_has_the_gradients_of_its_forward(void **state)
{
    (void)state;
    aq_small_internvideo2_write(path);
    /* What is added to all of the pool's keys alike: norm1_k.bias and k_bias. */
    check_most("internvideo2", NULL, 2, 1e-5);
    check_network("internvideo2", "out=grid,act=gelu_tanh");
    check_network("internvideo2", "pictures=8,size=6,out=grid,grid=2");
}

/* Of three pictures, so that filters over time have an effect. They are linear but for
 * where a maximum changes, of which there are so many that steps have to be small. */
static void networks_over_clips_have_the_gradients_of_theirs(void **state)
{
    (void)state;
    aq_small_resnext3d_write(path, 1);
    check_most("resnet3d", "rows=1x3", 0, 1e-7);
    aq_small_r2plus1d_write(path, 1);
    check_most("resnet3d", "rows=1x3,out=grid", 0, 1e-7);
}

static int name_file(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/aq_bb_%ld.safetensors", (long)getpid());
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    (void)unlink(path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(swin_has_the_gradients_of_its_forward),
        cmocka_unit_test(vggish_has_the_gradients_of_its_forward),
        cmocka_unit_test(yamnet_has_the_gradients_of_its_forward),
        cmocka_unit_test(hearing_has_the_gradients_of_its_forward),
        cmocka_unit_test(clip_has_the_gradients_of_its_forward),
        cmocka_unit_test(resnet_has_the_gradients_of_its_forward),
        cmocka_unit_test(sight_has_the_gradients_of_its_forward),
        cmocka_unit_test(internvideo2_has_the_gradients_of_its_forward),
        cmocka_unit_test(networks_over_clips_have_the_gradients_of_theirs)};

    return cmocka_run_group_tests(tests, name_file, remove_file);
}
