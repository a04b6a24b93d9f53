/* SPDX-License-Identifier: MIT */
/*
 * A small network of hearing against its definition in double precision; what its
 * switch gives; its columns; and the size that it ships in.
 */
#include "base/concepts/kinds.h"
#include "extract/input/logmel.h"
#include "extract/networks/extractor.h"
#include "tests/unit/check.h"
#include "tests/unit/small_hearing.h"

#include <string.h>
#include <unistd.h>

enum {
    N = 19, /* seconds: more than one batch */
    VALUES = AQ_SMALL_HEARING_VALUES,
    COLUMNS = AQ_SMALL_HEARING_COLUMNS,
    BOTH = VALUES + COLUMNS,
    IN = AQ_SMALL_HEARING_INPUT
};

static char path[64];
static float in[N * IN];
static double want[N][BOTH];

static int make_seconds(void **state)
{
    AqRng rng = aq_rng(4, 2);

    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/aq_he_%ld.safetensors", (long)getpid());
    for (int k = 0; k < N * IN; k++)
        in[k] = (float)(-3 + 2 * aq_rng_normal(&rng));
    for (int s = 0; s < N; s++)
        aq_small_hearing_run(in + (size_t)s * IN, want[s]);
    aq_small_hearing_write(path);
    return 0;
}

static int remove_hearing(void **state)
{
    (void)state;
    return unlink(path);
}

/* Of every second the values from `from` on; of scores, their log-odds. */
static void check_hearing(AqExtractor *x, int from, int n, int are_scores, double tol)
{
    static float out[N * BOTH];
    AqNn *nn = NULL;

    assert_int_equal(aq_extractor_facts(x).out_dims[2], n);
    CHECK_OK(aq_nn_new(&nn, NULL));
    CHECK_OK(aq_extractor_run(x, nn, in, N, out));
    for (int k = 0; k < N * n; k++) {
        const double w = want[k / n][from + k % n];

        CHECK_NEAR(out[k], are_scores ? 1 / (1 + exp(-w)) : w, tol, 0);
    }
    aq_nn_free(&nn);
}

static void it_is_as_defined(void **state)
{
    AqExtractor *x = NULL;

    (void)state;
    CHECK_OK(aq_extractor_open(&x, "hearing", path, "out=both"));
    check_hearing(x, 0, BOTH, 0, 2e-5);
    CHECK_OK(aq_extractor_freeze(x, AQ_PRECISION_F32));
    check_hearing(x, 0, BOTH, 0, 2e-5);
    if (aq_extractor_freeze(x, AQ_PRECISION_BF16) == AQ_OK)
        check_hearing(x, 0, BOTH, 0, 0.15);
    aq_extractor_close(&x);
}

static void each_output_is_a_part(void **state)
{
    static const struct {
        const char *switches, *kept;
        int from, n, are_scores;
    } cases[] = {{NULL, "", VALUES, COLUMNS, 1},
                 {"out=scores", "", VALUES, COLUMNS, 1},
                 {"out=logodds", "out=logodds", VALUES, COLUMNS, 0},
                 {"out=embedding", "out=embedding", 0, VALUES, 0}};

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        AqExtractor *x = NULL;

        CHECK_OK(aq_extractor_open(&x, "hearing", path, cases[k].switches));
        assert_string_equal(aq_extractor_facts(x).switches, cases[k].kept);
        check_hearing(x, cases[k].from, cases[k].n, cases[k].are_scores, 2e-5);
        aq_extractor_close(&x);
    }
}

static void columns_are_the_kinds_and_four_more(void **state)
{
    static const char *const more[] = {"voice", "speech", "noise", "none", NULL};

    (void)state;
    for (int named = 0; named < 2; named++) {
        AqExtractor *x = NULL;

        CHECK_OK(
            aq_extractor_open(&x, "hearing", path, named ? "out=logodds" : "out=both"));
        const char *const *columns = aq_extractor_facts(x).columns;
        aq_extractor_close(&x);
        if (!named) { /* the values before them have no meaning of their own */
            assert_null(columns);
            continue;
        }
        for (int k = 0; k < AQ_N_KINDS; k++)
            assert_string_equal(columns[k], aq_kind_names[k]);
        for (int k = 0; more[k]; k++)
            assert_string_equal(columns[AQ_N_KINDS + k], more[k]);
        assert_null(columns[COLUMNS]);
    }
}

/* What is written after a training is read again, in half precision. */
static void its_file_is_read_again(void **state)
{
    AqExtractor *x = NULL;
    char again[80];

    (void)state;
    (void)snprintf(again, sizeof again, "%s.again", path);
    CHECK_OK(aq_extractor_open(&x, "hearing", path, NULL));
    CHECK_OK(aq_extractor_save(x, again, "a test"));
    aq_extractor_close(&x);
    CHECK_OK(aq_extractor_open(&x, "hearing", again, "out=both"));
    check_hearing(x, 0, BOTH, 0, 2e-2);
    aq_extractor_close(&x);
    assert_int_equal(unlink(again), 0);
}

static void what_ships_has_under_four_million_weights(void **state)
{
    AqExtractor *x = NULL;
    AqNn *nn = NULL;
    static float out[COLUMNS];

    (void)state;
    CHECK_OK(aq_extractor_open(&x, "hearing", "seeded:1", NULL));
    const AqExtractorFacts f = aq_extractor_facts(x);
    const size_t n = aq_params_count(aq_extractor_params(x));
    assert_true(n > 3000000 && n < 4000000);
    CHECK_NEAR(f.gflop, 0.1, 0.03, 0);
    assert_int_equal(f.input.dims[0] * f.input.dims[1], IN);
    CHECK_NEAR(aq_logmel_offset(&f.input), 0.001, 0, 0);
    CHECK_OK(aq_nn_new(&nn, NULL));
    CHECK_OK(aq_extractor_run(x, nn, in, 1, out));
    for (int k = 0; k < COLUMNS; k++)
        assert_true(out[k] > 0 && out[k] < 1);
    aq_nn_free(&nn);
    aq_extractor_close(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_as_defined), cmocka_unit_test(each_output_is_a_part),
        cmocka_unit_test(columns_are_the_kinds_and_four_more),
        cmocka_unit_test(its_file_is_read_again),
        cmocka_unit_test(what_ships_has_under_four_million_weights)};

    return cmocka_run_group_tests(tests, make_seconds, remove_hearing);
}
