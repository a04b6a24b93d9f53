/* SPDX-License-Identifier: MIT */
/*
 * Sight: what it makes of a grid against plain loops, for pictures of several shapes;
 * when it looks twice; its front end; its columns; files that are none for it.
 */
#include "base/alloc.h"
#include "base/concepts/kinds.h"
#include "base/rng.h"
#include "extract/input/letterbox.h"
#include "extract/networks/extractor.h"
#include "extract/networks/image/sight_columns.h"
#include "tests/unit/check.h"
#include "tests/unit/small_nets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { C = 4, K = AQ_SIGHT_N_COLUMNS, CELLS = AQ_SIGHT_N_CELLS, WINDOW = 6 };
enum { BEST = AQ_SIGHT_BEST, INSTRUMENTS = AQ_SIGHT_N_INSTRUMENTS, MOST_LOOKS = 8 };
static const char *const path = "test_sight.safetensors";

/* ---- what the network shows of itself ---- */

typedef struct Look {
    int box, n, h, w; /* box 1 or 2; of the grid */
    double grid[4 * 13 * 24 * C];
} Look;

typedef struct Looks {
    int n;
    Look at[MOST_LOOKS];
} Looks;

static void note_look(void *ctx, const char *what, int number, const AqTensor *x)
{
    Looks *l = ctx;
    Look *at = &l->at[l->n];

    if (strcmp(what, "windows") == 0) { /* comes behind its grid */
        assert_int_equal(x->dims[1], at->h - WINDOW + 1);
        assert_int_equal(x->dims[2], at->w - WINDOW + 1);
        at->box = number;
        l->n++;
    }
    if (strcmp(what, "stage") != 0 || number != 4)
        return;
    assert_true(l->n < MOST_LOOKS && aq_tensor_count(x) <= sizeof at->grid / 8);
    assert_int_equal(x->dims[3], C);
    at->n = x->dims[0];
    at->h = x->dims[1];
    at->w = x->dims[2];
    for (size_t k = 0; k < aq_tensor_count(x); k++)
        at->grid[k] = (double)x->data[k];
}

/* ---- the same in plain loops ---- */

/* The columns of the window whose corner is (y,x). */
static void window_plainly(double *columns, const Look *l, int row, int y, int x,
                           AqParams *ps)
{
    const AqTensor *w = aq_params_find(ps, "fc.weight"),
                   *b = aq_params_find(ps, "fc.bias");
    double mean[C] = {0}, score[AQ_SIGHT_CLASSES], most = -INFINITY, sum = 0;

    for (int i = 0; i < WINDOW * WINDOW; i++)
        for (int c = 0; c < C; c++)
            mean[c] +=
                l->grid[((row * l->h + y + i / WINDOW) * l->w + x + i % WINDOW) * C +
                        c] /
                (WINDOW * WINDOW);
    for (int k = 0; k < AQ_SIGHT_CLASSES; k++) {
        score[k] = (double)b->data[k];
        for (int c = 0; c < C; c++)
            score[k] += mean[c] * (double)w->data[k * C + c];
        most = fmax(most, score[k]);
    }
    for (int k = 0; k < AQ_SIGHT_CLASSES; k++)
        sum += exp(score[k] - most);
    for (int c = 0; c < K; c++) {
        size_t n;
        const int *of = aq_sight_classes((AqSightColumn)c, &n);

        columns[c] = 0;
        for (size_t k = 0; k < n; k++)
            columns[c] += exp(score[of[k]] - most) / sum;
    }
}

/* In which third the middle of window x of n is. */
static int third_of(int x, int n)
{
    return (int)(3 * (x + 0.5) / n);
}

static void look_plainly(double cells[CELLS][K], const Look *l, int row, AqParams *ps)
{
    const int h = l->h - WINDOW + 1, w = l->w - WINDOW + 1;
    int n[CELLS] = {0};

    memset(cells, 0, sizeof(double[CELLS][K]));
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const int of[] = {third_of(x, w), BEST};
            double v[K];

            window_plainly(v, l, row, y, x, ps);
            for (int j = 0; j < 2; j++) {
                n[of[j]]++;
                for (int c = 0; c < K; c++)
                    cells[of[j]][c] = c < INSTRUMENTS ? fmax(cells[of[j]][c], v[c])
                                                      : cells[of[j]][c] + v[c];
            }
        }
    for (int k = 0; k < CELLS; k++)
        for (int c = INSTRUMENTS; c < K && n[k]; c++)
            cells[k][c] /= n[k];
}

static int sees_instrument(double cells[CELLS][K])
{
    double best = 0;

    for (int c = 0; c < INSTRUMENTS; c++)
        best = fmax(best, cells[BEST][c]);
    return best > 0.3;
}

/* ---- pictures ---- */

typedef struct Shape {
    int width, height; /* of the picture */
    int w[2], h[2];    /* of its grids */
} Shape;

/* Two alike stand together. */
static const Shape shapes[] = {{640, 360, {15, 24}, {8, 13}},
                               {1280, 720, {15, 24}, {8, 13}},
                               {320, 240, {12, 18}, {8, 13}},
                               {120, 213, {6, 7}, {8, 13}}};
enum { N = sizeof shapes / sizeof *shapes };

static void fill_pictures(const AqInput *in, float *rows)
{
    const size_t each = aq_input_values(in);
    void *state = NULL;
    AqRng rng = aq_rng(3, 0);

    CHECK_OK(in->def->open(&state, in));
    for (int k = 0; k < N; k++) {
        const Shape *s = &shapes[k];
        uint8_t *rgb = malloc((size_t)s->width * (size_t)s->height * 3);

        assert_non_null(rgb);
        for (int i = 0; i < s->width * s->height * 3; i++)
            rgb[i] = (uint8_t)aq_rng_below(&rng, 256);
        const AqInputShown shown = {
            .rgb = rgb, .width = s->width, .height = s->height, .stride = 3 * s->width};
        CHECK_OK(in->def->prepare(state, &shown, rows + (size_t)k * each));
        free(rgb);
    }
    in->def->close(&state);
}

typedef struct Run {
    AqExtractor *x;
    AqExtractorFacts facts;
    AqNn *nn;
    float *in, out[N][CELLS][K];
    Looks *looks;
} Run;

/* `bias` is added to that of cellos. */
static void run_sight(Run *r, const char *switches, AqReal bias)
{
    *r = (Run){.looks = calloc(1, sizeof *r->looks)};
    aq_small_resnet_write(path, AQ_SMALL_SIGHT);
    CHECK_OK(aq_extractor_open(&r->x, "sight", path, switches));
    CHECK_OK(aq_extractor_make_trainable(r->x));
    aq_params_find(aq_extractor_params(r->x), "fc.bias")->data[486] += bias;
    r->facts = aq_extractor_facts(r->x);
    r->in = calloc(N * aq_input_values(&r->facts.input), sizeof *r->in);
    assert_true(r->in && r->looks);
    fill_pictures(&r->facts.input, r->in);
    const AqExtractorTap tap = {.seen = note_look, .ctx = r->looks};
    CHECK_OK(aq_nn_new(&r->nn, NULL));
    CHECK_OK(aq_extractor_run_tapped(r->x, r->nn, r->in, N, &r->out[0][0][0], &tap));
}

static void end_run(Run *r)
{
    aq_nn_free(&r->nn);
    aq_extractor_close(&r->x);
    free(r->in);
    free(r->looks);
    (void)unlink(path);
}

/* The k-th look at that box has rows of shape s. */
static void check_shape(const Look *l, int box, const Shape *s, int n)
{
    assert_int_equal(l->box, box);
    assert_int_equal(l->n, n);
    assert_int_equal(l->w, s->w[box - 1]);
    assert_int_equal(l->h, s->h[box - 1]);
}

static void check_cells(float have[CELLS][K], double want[CELLS][K], const char *what)
{
    for (int k = 0; k < CELLS; k++)
        for (int c = 0; c < K; c++)
            if (!(fabs((double)have[k][c] - want[k][c]) < 1e-6))
                fail_msg("%s, %s, %s: %g, not %g", what, aq_sight_cells[k],
                         aq_sight_columns[c], (double)have[k][c], want[k][c]);
}

static const struct {
    int shape, row; /* in which look picture k is, and where there */
} looked[N] = {{0, 0}, {0, 1}, {1, 0}, {2, 0}};
static const int first_of[] = {0, 2, 3}, n_of[] = {2, 1, 1};
enum { GROUPS = 3 };

static void it_looks_twice_where_it_sees_nothing(void **state)
{
    Run r;

    (void)state;
    run_sight(&r, NULL, 0);
    assert_int_equal(r.looks->n, 2 * GROUPS);
    for (int g = 0; g < 2 * GROUPS; g++)
        check_shape(&r.looks->at[g], 1 + g / GROUPS, &shapes[first_of[g % GROUPS]],
                    n_of[g % GROUPS]);
    for (int k = 0; k < N; k++) {
        double want[CELLS][K], again[CELLS][K];

        look_plainly(want, &r.looks->at[looked[k].shape], looked[k].row,
                     aq_extractor_params(r.x));
        look_plainly(again, &r.looks->at[GROUPS + looked[k].shape], looked[k].row,
                     aq_extractor_params(r.x));
        assert_false(sees_instrument(want));
        for (int j = 0; j < CELLS; j++)
            for (int c = 0; c < INSTRUMENTS; c++)
                want[j][c] = fmax(want[j][c], again[j][c]);
        check_cells(r.out[k], want, "twice");
    }
    end_run(&r);
}

static void it_looks_once_where_it_sees_something(void **state)
{
    static const char *const switches[] = {NULL, "look=once"};
    static const AqReal bias[] = {12, 0};
    Run r;

    (void)state;
    for (int j = 0; j < 2; j++) {
        run_sight(&r, switches[j], bias[j]);
        assert_int_equal(r.looks->n, GROUPS);
        for (int k = 0; k < N; k++) {
            double want[CELLS][K];

            look_plainly(want, &r.looks->at[looked[k].shape], looked[k].row,
                         aq_extractor_params(r.x));
            assert_int_equal(sees_instrument(want), bias[j] > 0);
            check_cells(r.out[k], want, "once");
        }
        end_run(&r);
    }
}

/* A narrow picture has one window across, in the middle. */
static void without_windows_a_third_is_empty(void **state)
{
    Run r;

    (void)state;
    run_sight(&r, "look=once", 0);
    for (int c = 0; c < K; c++) {
        assert_true(r.out[N - 1][AQ_SIGHT_LEFT][c] == 0 &&
                    r.out[N - 1][AQ_SIGHT_RIGHT][c] == 0);
        assert_true(r.out[N - 1][AQ_SIGHT_MIDDLE][c] > 0);
        assert_true(r.out[N - 1][BEST][c] == r.out[N - 1][AQ_SIGHT_MIDDLE][c]);
        assert_true(r.out[0][AQ_SIGHT_LEFT][c] > 0);
    }
    end_run(&r);
}

/* Each row by itself gives what it gives among others. */
static void rows_do_not_depend_on_each_other(void **state)
{
    float alone[CELLS][K];
    Run r;

    (void)state;
    run_sight(&r, NULL, 0);
    for (int k = 0; k < N; k++) {
        CHECK_OK(aq_extractor_run(r.x, r.nn,
                                  r.in + (size_t)k * aq_input_values(&r.facts.input), 1,
                                  &alone[0][0]));
        for (int i = 0; i < CELLS * K; i++)
            assert_true(fabsf(alone[i / K][i % K] - r.out[k][i / K][i % K]) < 1e-7f);
    }
    end_run(&r);
}

/* ---- its front end ---- */

static void pictures_lie_whole_in_their_boxes(void **state)
{
    static const AqLetterbox how = {.n = 2,
                                    .height = {20, 40},
                                    .width = {50, 90},
                                    .filter = AQ_FILTER_BILINEAR,
                                    .mean = {0.25, 0.25, 0.25},
                                    .deviation = {0.5, 0.5, 0.5}};
    const AqInput in = aq_letterbox_input(&how);
    static float row[3 * 60 * 90];
    static uint8_t rgb[30 * 40 * 3];
    const float white = (1 - 0.25f) / 0.5f;
    void *st = NULL;

    (void)state;
    assert_true(in.dims[0] == 3 && in.dims[1] == 60 && in.dims[2] == 90);
    memset(rgb, 255, sizeof rgb);
    CHECK_OK(in.def->open(&st, &in)); /* 40 x 30 becomes 27 x 20 and 53 x 40 */
    CHECK_OK(in.def->prepare(
        st, &(AqInputShown){.rgb = rgb, .width = 40, .height = 30, .stride = 120},
        row));
    for (int k = 0; k < 3 * 60 * 90; k++) {
        const int y = k / 90 % 60, x = k % 90, left = y < 20 ? 11 : 18,
                  wide = y < 20 ? 27 : 53;

        if (row[k] != (x >= left && x < left + wide ? white : 0))
            fail_msg("(%d,%d): %g", y, x, (double)row[k]);
    }
    in.def->close(&st);
    char *recipe = in.def->recipe(&in);
    assert_non_null(strstr(recipe, "boxes of 50x20 and of 90x40, bilinear"));
    aq_free(recipe);
}

/* ---- its columns ---- */

static void columns_are_sums_of_classes_of_their_own(void **state)
{
    int taken[AQ_SIGHT_CLASSES] = {0}, n_kinds = 0;

    (void)state;
    for (int c = 0; c < K; c++) {
        size_t n;
        const int *of = aq_sight_classes((AqSightColumn)c, &n);

        assert_true(n > 0 && aq_sight_columns[c]);
        n_kinds += aq_kind_find(aq_sight_columns[c]) >= 0;
        for (size_t k = 0; k < n; k++)
            assert_true(of[k] >= 0 && of[k] < AQ_SIGHT_CLASSES && taken[of[k]]++ == 0);
    }
    assert_int_equal(n_kinds, 12);
    assert_null(aq_sight_columns[K]);
    assert_null(aq_sight_cells[CELLS]);
}

static void facts_name_what_is_given(void **state)
{
    AqExtractor *x = NULL;

    (void)state;
    CHECK_OK(aq_extractor_open(&x, "sight", "seeded:1", NULL));
    const AqExtractorFacts f = aq_extractor_facts(x);
    assert_true(f.columns == aq_sight_columns && f.cells == aq_sight_cells);
    assert_true(f.out_dims[0] == 1 && f.out_dims[1] == CELLS && f.out_dims[2] == K);
    assert_true(f.gflop > 20 && f.gflop < 30); /* 227 x 227: 7 */
    aq_extractor_close(&x);
}

static void other_networks_are_refused(void **state)
{
    static const struct {
        AqSmallResnet kind;
        const char *says;
    } others[] = {{AQ_SMALL_POOLED, "of 3 classes"},
                  {AQ_SMALL_NORMED, "without pooled shortcuts"}};
    AqExtractor *x = NULL;

    (void)state;
    for (int k = 0; k < 2; k++) {
        aq_small_resnet_write(path, others[k].kind);
        assert_int_equal(aq_extractor_open(&x, "sight", path, NULL), AQ_ERR_MISMATCH);
        if (!strstr(aq_err_text(), others[k].says) || !strstr(aq_err_text(), path))
            fail_msg("%s", aq_err_text());
        assert_null(x);
    }
    aq_small_clip_write(path);
    assert_int_equal(aq_extractor_open(&x, "sight", path, NULL), AQ_ERR_MISMATCH);
    assert_int_equal(aq_extractor_open(&x, "sight", path, "look=thrice"), AQ_ERR_USAGE);
    (void)unlink(path);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_looks_twice_where_it_sees_nothing),
        cmocka_unit_test(it_looks_once_where_it_sees_something),
        cmocka_unit_test(without_windows_a_third_is_empty),
        cmocka_unit_test(rows_do_not_depend_on_each_other),
        cmocka_unit_test(pictures_lie_whole_in_their_boxes),
        cmocka_unit_test(columns_are_sums_of_classes_of_their_own),
        cmocka_unit_test(facts_name_what_is_given),
        cmocka_unit_test(other_networks_are_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
