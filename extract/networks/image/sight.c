/* SPDX-License-Identifier: MIT */
/*
 * Sight: which instruments are seen, and where, by dlib's ResNet-34 for ImageNet
 * (resnet_geometry.h). The network that was trained on crops of 227 pixels looks at
 * whole pictures: of its last grid every window of 6x6 cells, which is such a crop, is
 * averaged and goes through the classifier and a softmax over all classes, as in fully
 * convolutional evaluation (Sermanet et al., "OverFeat", ICLR 2014). Columns are sums
 * over classes (sight_columns.h). A cell has, of the windows in its third of the
 * picture, the best for each instrument, and the mean of what tells of the scene; the
 * last cell of all windows. Where no instrument is over 0.3, the picture is looked at
 * again at a larger size, for the instruments alone: these are then the better of both.
 */
#include "extract/input/letterbox.h"
#include "extract/networks/image/image.h"
#include "extract/networks/image/resnet_priv.h"
#include "extract/networks/image/sight_columns.h"

#include "base/alloc.h"
#include "base/options/parse.h"
#include "base/options/rows.h"
#include "model/nn/maxima.h"

#include <stdio.h>
#include <string.h>

/* Sides of pictures are STEP m + REST pixels for grids of m cells. */
enum { BATCH = 8, WINDOW = 6, STEP = 32, REST = 35 };
enum { K = AQ_SIGHT_N_COLUMNS, INSTRUMENTS = AQ_SIGHT_N_INSTRUMENTS };
enum { CELLS = AQ_SIGHT_N_CELLS, THIRDS = 3 };
static const int boxes[AQ_LETTERBOX_MOST][2] = {{291, 515}, {451, 803}};
static const float enough = 0.3f;

typedef struct Sight {
    AqResnet net;
    int n_boxes;
    int top[AQ_LETTERBOX_MOST], height[AQ_LETTERBOX_MOST], width[AQ_LETTERBOX_MOST];
} Sight;

/* A part of a box, in pixels. */
typedef struct SightPart {
    int top, height, left, width;
} SightPart;

/* ---- what of a box is picture ---- */

static int is_line_empty(const AqReal *x, size_t n, size_t stride)
{
    for (size_t k = 0; k < n; k++)
        if (x[k * stride] != 0)
            return 0;
    return 1;
}

/* Row or column `at` of the box, in all three planes. */
static int is_empty(const Sight *s, int box, const AqTensor *in, int row, int across,
                    int at)
{
    const size_t W = (size_t)in->dims[3], plane = (size_t)in->dims[2] * W;
    const AqReal *x = in->data + (size_t)row * 3 * plane + (size_t)s->top[box] * W;
    int empty = 1;

    for (size_t c = 0; c < 3 && empty; c++)
        empty = across ? is_line_empty(x + c * plane + (size_t)at,
                                       (size_t)s->height[box], W)
                       : is_line_empty(x + c * plane + (size_t)at * W,
                                       (size_t)s->width[box], 1);
    return empty;
}

/* Of `whole` lines those that are not empty, and so many around that they make a whole
 * number of cells, WINDOW or more. All of them if all are empty. */
static void find_extent(const Sight *s, int box, const AqTensor *in, int row,
                        int across, int *from, int *size)
{
    const int whole = across ? s->width[box] : s->height[box];
    int first = 0, end = whole;

    while (first < whole && is_empty(s, box, in, row, across, first))
        first++;
    while (end > first && is_empty(s, box, in, row, across, end - 1))
        end--;
    if (first == end) {
        first = 0;
        end = whole;
    }
    const int cells = (end - first - REST + STEP - 1) / STEP;
    *size = STEP * (cells > WINDOW ? cells : WINDOW) + REST;
    *from = first - (*size - (end - first)) / 2;
    *from = *from < 0 ? 0 : *from + *size > whole ? whole - *size : *from;
}

static SightPart find_part(const Sight *s, int box, const AqTensor *in, int row)
{
    SightPart p;

    find_extent(s, box, in, row, 0, &p.top, &p.height);
    find_extent(s, box, in, row, 1, &p.left, &p.width);
    return p;
}

/* ---- windows ---- */

static AqTensor *constant_of(AqNn *nn, int n_dims, const int *dims, AqReal value)
{
    AqTensor *t = aq_nn_tensor(nn, n_dims, dims);

    for (size_t k = 0; t && k < aq_tensor_count(t); k++)
        t->data[k] = value;
    return t;
}

/* (columns, classes): 1 where a class belongs to a column. */
static AqTensor *column_sums(AqNn *nn)
{
    AqTensor *t = aq_nn_zeros(nn, AQ_DIMS(K, AQ_SIGHT_CLASSES));

    for (int c = 0; t && c < K; c++) {
        size_t n;
        const int *classes = aq_sight_classes((AqSightColumn)c, &n);

        for (size_t k = 0; k < n; k++)
            t->data[c * AQ_SIGHT_CLASSES + classes[k]] = 1;
    }
    return t;
}

/* The grid (n,h,w,C) to the columns of all windows, (n,h',w',K). */
static AqTensor *look_through_windows(const Sight *s, AqNn *nn, AqTensor *grid)
{
    if (!grid)
        return NULL;
    AqTensor *mean = constant_of(nn, AQ_DIMS(WINDOW, WINDOW, grid->dims[3]),
                                 AQ_R(1) / (WINDOW * WINDOW));
    AqTensor *x = aq_depthwise_conv2d(nn, grid, mean, NULL, 1, 0, AQ_ACT_NONE);
    x = aq_linear(nn, x, s->net.fcw, s->net.fcb, AQ_ACT_NONE);
    x = aq_softmax(nn, x, NULL, 0);
    return aq_linear(nn, x, column_sums(nn), NULL, AQ_ACT_NONE);
}

/* Columns from..to-1 of the windows (n,h,w,K) to (n,1,K): the best of each instrument,
 * the mean of the rest; zeros where there are none. */
static AqTensor *look_between(AqNn *nn, AqTensor *windows, int from, int to)
{
    const int n = windows->dims[0];

    if (from == to)
        return aq_nn_zeros(nn, AQ_DIMS(n, 1, K));
    AqTensor *x = aq_slice(nn, windows, 2, from, to - from);
    x = x ? aq_reshape(nn, x, AQ_DIMS(n, -1, K)) : NULL;
    AqTensor *both[2] = {
        aq_max(nn, x ? aq_slice(nn, x, 2, 0, INSTRUMENTS) : NULL, 1),
        aq_mean(nn, x ? aq_slice(nn, x, 2, INSTRUMENTS, K - INSTRUMENTS) : NULL, 1)};
    x = both[0] && both[1] ? aq_concat(nn, both, 2, 1) : NULL;
    return x ? aq_reshape(nn, x, AQ_DIMS(n, 1, K)) : NULL;
}

/* The first column of windows in that third: those whose middle is in it. */
static int third_begins(int third, int w)
{
    int at = 0;

    while (at < w && THIRDS * (2 * at + 1) < 2 * w * third)
        at++;
    return at;
}

/* (n,h,w,K) to (n,CELLS,K). */
static AqTensor *gather_cells(AqNn *nn, AqTensor *windows)
{
    AqTensor *cell[CELLS];

    if (!windows)
        return NULL;
    const int w = windows->dims[2];
    for (int k = 0; k < CELLS; k++) {
        const int all = k == AQ_SIGHT_BEST;

        cell[k] = look_between(nn, windows, all ? 0 : third_begins(k, w),
                               all ? w : third_begins(k + 1, w));
        if (!cell[k])
            return NULL;
    }
    return aq_concat(nn, cell, CELLS, 1);
}

/* Part p of rows first..first+n-1 in the box, to (n,CELLS,K). */
static AqTensor *look_at_part(const Sight *s, AqNn *nn, AqTensor *in, int box,
                              const SightPart *p, int first, int n,
                              const AqExtractorTap *tap)
{
    AqArenaMark mark = aq_nn_mark(nn);
    AqTensor *x = aq_slice(nn, in, 0, first, n);

    x = x ? aq_slice(nn, x, 2, s->top[box] + p->top, p->height) : NULL;
    x = x ? aq_slice(nn, x, 3, p->left, p->width) : NULL;
    x = look_through_windows(s, nn, aq_resnet_grid(&s->net, nn, x, tap));
    (void)aq_network_show(tap, "windows", box + 1, x);
    return aq_nn_keep(nn, mark, gather_cells(nn, x));
}

/* ---- pictures ---- */

/* What is seen of each row, (1,CELLS,K); NULL where it was not looked at. */
typedef AqTensor *SightSeen[BATCH];

/* Looks at rows that have `wanted`, in one box; neighbours whose pictures are of one
 * size together. 0 after an error. */
static int look_in_box(const Sight *s, AqNn *nn, AqTensor *in, int box,
                       const int *wanted, SightSeen seen, const AqExtractorTap *tap)
{
    const int N = in->dims[0];

    for (int first = 0, end; first < N; first = end) {
        const SightPart part = find_part(s, box, in, first);

        end = first + 1;
        if (!wanted[first])
            continue;
        while (end < N && wanted[end]) {
            const SightPart next = find_part(s, box, in, end);

            if (memcmp(&part, &next, sizeof part) != 0)
                break;
            end++;
        }
        AqTensor *y = look_at_part(s, nn, in, box, &part, first, end - first, tap);
        for (int k = first; k < end; k++)
            if (!y || !(seen[k] = aq_slice(nn, y, 0, k - first, 1)))
                return 0;
    }
    return 1;
}

static int is_instrument_seen(const AqTensor *seen)
{
    const AqReal *best = seen->data + (size_t)AQ_SIGHT_BEST * K;

    for (int c = 0; c < INSTRUMENTS; c++)
        if (best[c] > (AqReal)enough)
            return 1;
    return 0;
}

/* The better of both for instruments; the scene as at the first look. */
static AqTensor *better_of(AqNn *nn, AqTensor *first, AqTensor *second)
{
    AqTensor *pair[2] = {aq_slice(nn, first, 2, 0, INSTRUMENTS),
                         aq_slice(nn, second, 2, 0, INSTRUMENTS)};
    AqTensor *both = pair[0] && pair[1] ? aq_concat(nn, pair, 2, 0) : NULL;

    both = aq_max(nn, both, 0);
    AqTensor *all[2] = {both ? aq_reshape(nn, both, AQ_DIMS(1, CELLS, INSTRUMENTS))
                             : NULL,
                        aq_slice(nn, first, 2, INSTRUMENTS, K - INSTRUMENTS)};
    return all[0] && all[1] ? aq_concat(nn, all, 2, 2) : NULL;
}

static AqTensor *sight_forward(const void *self, AqNn *nn, AqTensor *in,
                               const AqExtractorTap *tap)
{
    const Sight *s = self;
    SightSeen seen[AQ_LETTERBOX_MOST] = {{NULL}};
    int wanted[BATCH] = {0}, any = 0;

    if (!in || in->dims[0] > BATCH)
        return NULL;
    const int N = in->dims[0];
    for (int k = 0; k < N; k++)
        wanted[k] = 1;
    if (!look_in_box(s, nn, in, 0, wanted, seen[0], tap))
        return NULL;
    for (int k = 0; k < N; k++)
        any |= wanted[k] = s->n_boxes > 1 && !is_instrument_seen(seen[0][k]);
    if (any && !look_in_box(s, nn, in, 1, wanted, seen[1], tap))
        return NULL;
    for (int k = 0; k < N; k++) {
        if (seen[1][k])
            seen[0][k] = better_of(nn, seen[0][k], seen[1][k]);
        if (!seen[0][k])
            return NULL;
    }
    AqTensor *y = aq_concat(nn, seen[0], N, 0);
    return y ? aq_reshape(nn, y, AQ_DIMS(N, 1, CELLS, K)) : NULL;
}

/* ---- opening ---- */

enum { LOOK_TWICE, LOOK_ONCE };
static const char *const look_names[] = {
    [LOOK_TWICE] = "twice", [LOOK_ONCE] = "once", NULL};

typedef struct SightSwitches {
    int look;
} SightSwitches;

static const AqOption sight_options[] = {
    AQ_ROW_CHOICE("look", SightSwitches, look, look_names,
                  "at a picture again, larger, where no instrument is seen", NULL),
    {0}};

static void sight_close(void **np)
{
    Sight *s = *np;

    if (s)
        aq_resnet_clear(&s->net);
    aq_free(s);
    *np = NULL;
}

static AqErr check_sight_file(const AqResnetGeometry *g, const AqWeights *w)
{
    if (g->pooled && g->classes == AQ_SIGHT_CLASSES)
        return AQ_OK;
    return aq_fail(AQ_ERR_MISMATCH,
                   "%s: is a ResNet %s pooled shortcuts and of %d classes; sight needs "
                   "dlib's, with ImageNet's %d classes",
                   aq_weights_path(w), g->pooled ? "with" : "without", g->classes,
                   AQ_SIGHT_CLASSES);
}

static AqErr read_sight_geometry(Sight *s, AqResnetNaming *naming, AqWeights *w)
{
    AqErr err = w ? aq_resnet_geometry_read(&s->net.g, naming, w)
                  : aq_resnet_geometry_named(&s->net.g, "resnet34");

    if (err == AQ_OK && !w)
        aq_resnet_make_pooled(&s->net.g);
    return err == AQ_OK && w ? check_sight_file(&s->net.g, w) : err;
}

static AqErr open_sight_params(Sight *s, AqWeights *w, AqResnetNaming *naming,
                               uint64_t seed)
{
    AqErr err = aq_params_new(&s->net.params);

    if (err == AQ_OK)
        err = aq_resnet_declare(&s->net, 1);
    if (err != AQ_OK)
        return err;
    return w ? aq_resnet_load(&s->net, w, naming) : aq_params_init(s->net.params, seed);
}

/* Of a picture of 16:9 at the first look: by the cells of the grid. */
static double sight_gflop(const Sight *s)
{
    const int rows = (boxes[0][0] - REST) / STEP, columns = (boxes[0][1] - REST) / STEP;
    const double cells = (double)rows * columns,
                 side = aq_resnet_side(&s->net.g, AQ_RESNET_STAGES - 1);

    return aq_resnet_gflop(&s->net) * cells / (side * side);
}

static void describe_sight(Sight *s, int look, AqNetworkFacts *facts)
{
    AqLetterbox how = {.n = look == LOOK_TWICE ? 2 : 1, .filter = AQ_FILTER_BILINEAR};
    int top = 0;

    for (int k = 0; k < 3; k++) {
        how.mean[k] = s->net.g.average[k] / 255;
        how.deviation[k] = 256.0 / 255;
    }
    s->n_boxes = how.n;
    for (int k = 0; k < how.n; k++) {
        s->top[k] = top;
        s->height[k] = how.height[k] = boxes[k][0];
        s->width[k] = how.width[k] = boxes[k][1];
        top += boxes[k][0];
    }
    *facts = (AqNetworkFacts){.input = aq_letterbox_input(&how),
                              .out_dims = {1, CELLS, K},
                              .columns = aq_sight_columns,
                              .cells = aq_sight_cells,
                              .batch = BATCH,
                              .gflop = sight_gflop(s)};
    (void)snprintf(facts->options, sizeof facts->options,
                   "ResNet depths %d,%d,%d,%d windows %dx%d look again below %g",
                   s->net.g.depths[0], s->net.g.depths[1], s->net.g.depths[2],
                   s->net.g.depths[3], WINDOW, WINDOW,
                   how.n > 1 ? (double)enough : 0.0);
    if (look != LOOK_TWICE)
        aq_options_add_pair(facts->switches, sizeof facts->switches, "look",
                            look_names[look]);
}

static AqErr sight_open(void **out, const char *name, AqWeights *w, uint64_t seed,
                        const char *switches, AqNetworkFacts *facts)
{
    AqResnetNaming naming = {0};
    SightSwitches chosen = {0};
    char copy[AQ_MOST_PAIRS];
    Sight *s = *out = aq_alloc(1, sizeof *s);

    if (!s)
        return AQ_ERR_NOMEM;
    AqErr err = aq_options_parse_pairs(sight_options, name, &chosen, switches, copy,
                                       sizeof copy);
    if (err == AQ_OK)
        err = read_sight_geometry(s, &naming, w);
    if (err == AQ_OK)
        err = open_sight_params(s, w, &naming, seed);
    if (err != AQ_OK) {
        sight_close(out);
        return err;
    }
    describe_sight(s, chosen.look, facts);
    return AQ_OK;
}

static AqParams *sight_params(const void *self)
{
    const Sight *s = self;

    return s->net.params;
}

/* Its file is a ResNet's, and is recognised as such. */
const AqNetworkDef aq_network_sight = {.names = {"sight"},
                                       .title = "sight",
                                       .input = &aq_input_letterbox,
                                       .switches = sight_options,
                                       .version = 1,
                                       .open = sight_open,
                                       .forward = sight_forward,
                                       .params = sight_params,
                                       .close = sight_close};
