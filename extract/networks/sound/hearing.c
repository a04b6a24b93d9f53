/* SPDX-License-Identifier: MIT */
/*
 * What is heard in a second: for each kind of instrument, for singing, speech and
 * noise, and for none of the kinds, how sure the network is. Its geometry is in
 * hearing_geometry.h; the last grid is small, so that most weights are used few times.
 */
#include "extract/input/logmel.h"
#include "extract/networks/parts/declare.h"
#include "extract/networks/sound/hearing_geometry.h"
#include "extract/networks/sound/sound.h"

#include "base/alloc.h"
#include "base/concepts/heard.h"
#include "base/options/parse.h"
#include "base/options/rows.h"
#include "model/nn/rowwise.h"

#include <stdio.h>
#include <string.h>

enum {
    ROWS = AQ_LOGMEL_ROWS,
    COLS = AQ_LOGMEL_COLS,
    STAGES = AQ_HEARING_STAGES,
    BATCH_SECONDS = 16
};
#define NORM_EPS 1e-6f
/* Log-mels are about -7 (silence) to 3: the network sees (x + 3) / 3. */
#define INPUT_SHIFT 3.0f
#define INPUT_SCALE (1 / 3.0f)

typedef enum HearingOut { OUT_SCORES, OUT_LOGODDS, OUT_EMBEDDING, OUT_BOTH } HearingOut;
static const char *const out_names[] = {"scores", "logodds", "embedding", "both", NULL};

typedef struct HearingBlock {
    AqTensor *dw, *db, *nw, *nb, *ew, *eb, *pw, *pb;
} HearingBlock;

typedef struct HearingStage {
    AqTensor *nw, *nb, *w, *b; /* before it: the norm and the convolution that halves;
                                  of the first, the norm alone */
    HearingBlock block[AQ_HEARING_MOST_BLOCKS];
} HearingStage;

typedef struct Hearing {
    AqHearingGeometry g;
    HearingOut out;
    AqParams *params;
    AqTensor *stemw, *stemb, *normw, *normb, *headw, *headb, *shift;
    HearingStage stage[STAGES];
} Hearing;

/* ---- parameters ---- */

static void declare_hearing_block(AqNetDeclare *d, HearingBlock *b,
                                  const AqHearingGeometry *g, int C)
{
    const float taps = (float)(g->kernel * g->kernel);

    b->dw = aq_net_declare(d, "depthwise.weight", AQ_INIT_UNIFORM, 1.7f / taps * 2,
                           AQ_DIMS(g->kernel, g->kernel, C));
    b->db = ZEROS("depthwise.bias", C);
    b->nw = ONES("norm.weight", C);
    b->nb = ZEROS("norm.bias", C);
    b->ew = LINEAR("expand.weight", g->inside * C, C);
    b->eb = ZEROS("expand.bias", g->inside * C);
    b->pw = BRANCH_LINEAR("project.weight", C, g->inside * C);
    b->pb = ZEROS("project.bias", C);
}

static void declare_hearing_stage(AqNetDeclare *d, HearingStage *s,
                                  const AqHearingGeometry *g, int k)
{
    const int in = k ? g->width[k - 1] : g->width[0], C = g->width[k];

    (void)snprintf(d->prefix, sizeof d->prefix, "stage%d.", k + 1);
    s->nw = ONES("norm.weight", in);
    s->nb = ZEROS("norm.bias", in);
    if (k > 0) {
        s->w = MATRIX("down.weight", C, AQ_HEARING_DOWN, AQ_HEARING_DOWN, in);
        s->b = ZEROS("down.bias", C);
    }
    for (int b = 0; b < g->depth[k]; b++) {
        (void)snprintf(d->prefix, sizeof d->prefix, "stage%d.block%d.", k + 1, b + 1);
        declare_hearing_block(d, &s->block[b], g, C);
    }
}

static AqErr declare_hearing_params(Hearing *net)
{
    AqNetDeclare all = {.params = net->params}, *d = &all;
    const AqHearingGeometry *g = &net->g;
    const int last = g->width[STAGES - 1];

    net->stemw =
        MATRIX("stem.weight", g->width[0], AQ_HEARING_STEM, AQ_HEARING_STEM, 1);
    net->stemb = ZEROS("stem.bias", g->width[0]);
    for (int k = 0; k < STAGES; k++)
        declare_hearing_stage(d, &net->stage[k], g, k);
    d->prefix[0] = '\0';
    net->normw = ONES("norm.weight", last);
    net->normb = ZEROS("norm.bias", last);
    net->headw = LINEAR("head.weight", g->columns, last);
    net->headb = ZEROS("head.bias", g->columns);
    return d->err;
}

/* ---- forward ---- */

static AqTensor *run_hearing_block(AqNn *nn, AqTensor *x, const HearingBlock *b,
                                   int kernel)
{
    const AqRowStep steps[] = {
        {.kind = AQ_ROW_NORM, .w = b->nw, .b = b->nb, .eps = NORM_EPS},
        {.kind = AQ_ROW_LINEAR, .w = b->ew, .b = b->eb, .act = AQ_ACT_GELU},
        {.kind = AQ_ROW_LINEAR, .w = b->pw, .b = b->pb},
        {.kind = AQ_ROW_ADD, .w = x}};
    AqTensor *y = aq_depthwise_conv2d(nn, x, b->dw, b->db, 1, kernel / 2, AQ_ACT_NONE);

    return aq_rowwise(nn, y, steps, 4);
}

static AqTensor *run_hearing_stage(const Hearing *net, AqNn *nn, AqTensor *x, int k)
{
    const HearingStage *s = &net->stage[k];

    x = aq_layernorm(nn, x, s->nw, s->nb, NORM_EPS);
    if (k > 0)
        x = aq_conv2d(nn, x, s->w, s->b, AQ_HEARING_DOWN, 0, AQ_ACT_NONE);
    for (int b = 0; b < net->g.depth[k]; b++)
        x = run_hearing_block(nn, x, &s->block[b], net->g.kernel);
    return x;
}

/* What the values of a second are asked for. */
static AqTensor *give_hearing(const Hearing *net, AqNn *nn, AqTensor *x)
{
    if (net->out == OUT_EMBEDDING)
        return x;
    AqTensor *y = aq_linear(nn, x, net->headw, net->headb,
                            net->out == OUT_SCORES ? AQ_ACT_SIGMOID : AQ_ACT_NONE);
    if (net->out != OUT_BOTH || !x || !y)
        return y;
    return aq_concat(nn, (AqTensor *[]){x, y}, 2, 1);
}

static AqTensor *hearing_forward(const void *self, AqNn *nn, AqTensor *in,
                                 const AqExtractorTap *tap)
{
    const Hearing *net = self;
    const int N = in ? in->dims[0] : 0, last = net->g.width[STAGES - 1];
    const AqArenaMark mark = aq_nn_mark(nn);
    AqTensor *x = in ? aq_reshape(nn, in, AQ_DIMS(N, ROWS, COLS, 1)) : NULL;
    AqTensor *shift = aq_nn_tensor(nn, AQ_DIMS(1));

    if (shift)
        shift->data[0] = INPUT_SHIFT;
    x = aq_scale(nn, aq_add(nn, x, shift), INPUT_SCALE);
    x = aq_conv2d(nn, x, net->stemw, net->stemb, AQ_HEARING_STRIDE, AQ_HEARING_STEM / 2,
                  AQ_ACT_NONE);
    for (int k = 0; k < STAGES; k++) {
        x = run_hearing_stage(net, nn, x, k);
        x = aq_network_show(tap, "stage", k + 1, aq_nn_keep(nn, mark, x));
    }
    if (x)
        x = aq_mean(nn, aq_reshape(nn, x, AQ_DIMS(N, -1, last)), 1);
    x = aq_layernorm(nn, x, net->normw, net->normb, NORM_EPS);
    return give_hearing(net, nn, x);
}

/* ---- opening ---- */

typedef struct HearingSwitches {
    int out;
} HearingSwitches;

static const AqOption hearing_options[] = {
    AQ_ROW_CHOICE("out", HearingSwitches, out, out_names,
                  "how sure it is of each concept, 0 to 1, or their log-odds; the "
                  "values that these come from, or these and the log-odds",
                  NULL),
    {0}};

static AqErr take_hearing_switches(Hearing *net, const char *switches)
{
    HearingSwitches s = {0};
    char copy[AQ_MOST_PAIRS];
    const AqErr err = aq_options_parse_pairs(hearing_options, "hearing", &s, switches,
                                             copy, sizeof copy);

    net->out = (HearingOut)s.out;
    return err;
}

static double hearing_gflop(const AqHearingGeometry *g)
{
    int rows = ROWS / AQ_HEARING_STRIDE, cols = COLS / AQ_HEARING_STRIDE;
    double madds =
        (double)rows * cols * AQ_HEARING_STEM * AQ_HEARING_STEM * g->width[0];

    for (int k = 0; k < STAGES; k++) {
        const double C = g->width[k];

        if (k > 0) {
            rows /= AQ_HEARING_DOWN;
            cols /= AQ_HEARING_DOWN;
            madds += (double)rows * cols * C * 4 * g->width[k - 1];
        }
        madds +=
            rows * cols * g->depth[k] * C * (g->kernel * g->kernel + 2 * g->inside * C);
    }
    return 2e-9 * (madds + (double)g->columns * g->width[STAGES - 1]);
}

static void describe_hearing(const Hearing *net, AqNetworkFacts *f)
{
    const AqHearingGeometry *g = &net->g;
    const int last = g->width[STAGES - 1];
    const int sizes[] = {g->columns, g->columns, last, last + g->columns};

    *f = (AqNetworkFacts){.input = aq_logmel_input(AQ_LOGMEL_YAMNET),
                          .out_dims = {1, 1, sizes[net->out]},
                          .batch = BATCH_SECONDS,
                          .columns = net->out <= OUT_LOGODDS ? aq_heard_names : NULL,
                          .gflop = hearing_gflop(g)};
    (void)snprintf(f->options, sizeof f->options,
                   "channels %d,%d,%d,%d; blocks %d,%d,%d,%d; filters %dx%d; out %s",
                   g->width[0], g->width[1], g->width[2], g->width[3], g->depth[0],
                   g->depth[1], g->depth[2], g->depth[3], g->kernel, g->kernel,
                   out_names[net->out]);
    if (net->out != OUT_SCORES)
        aq_options_add_pair(f->switches, sizeof f->switches, "out",
                            out_names[net->out]);
}

static void hearing_close(void **np)
{
    Hearing *net = *np;

    if (net)
        aq_params_free(&net->params);
    aq_free(net);
    *np = NULL;
}

static AqErr hearing_open(void **out, const char *name, AqWeights *w, uint64_t seed,
                          const char *switches, AqNetworkFacts *facts)
{
    Hearing *net = *out = aq_alloc(1, sizeof *net);

    (void)name;
    if (!net)
        return AQ_ERR_NOMEM;
    net->g = aq_hearing_usual();
    AqErr err = w ? aq_hearing_geometry_read(&net->g, w) : AQ_OK;
    if (err == AQ_OK)
        err = take_hearing_switches(net, switches);
    if (err == AQ_OK)
        err = aq_params_new(&net->params);
    if (err == AQ_OK)
        err = declare_hearing_params(net);
    if (err == AQ_OK)
        err = w ? aq_params_load(net->params, w, NULL, NULL)
                : aq_params_init(net->params, seed);
    if (err != AQ_OK)
        hearing_close(out);
    else
        describe_hearing(net, facts);
    return err;
}

static AqErr hearing_identify(const AqWeights *w, AqNetworkMatch *out)
{
    AqHearingGeometry g;

    if (!aq_hearing_is(w))
        return AQ_ERR_NOT_FOUND;
    const AqErr err = aq_hearing_geometry_read(&g, w);
    if (err != AQ_OK)
        return err;
    out->name = "hearing";
    (void)snprintf(out->about, sizeof out->about,
                   "hearing of %d,%d,%d,%d channels, %d,%d,%d,%d blocks, %d concepts; "
                   "names: this program's",
                   g.width[0], g.width[1], g.width[2], g.width[3], g.depth[0],
                   g.depth[1], g.depth[2], g.depth[3], g.columns);
    return AQ_OK;
}

static AqParams *hearing_params(const void *self)
{
    const Hearing *net = self;

    return net->params;
}

const AqNetworkDef aq_network_hearing = {.names = {"hearing"},
                                         .title = "the program's network of hearing",
                                         .input = &aq_input_logmel,
                                         .switches = hearing_options,
                                         .version = 1,
                                         .identify = hearing_identify,
                                         .open = hearing_open,
                                         .forward = hearing_forward,
                                         .params = hearing_params,
                                         .close = hearing_close};
