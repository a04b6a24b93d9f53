/* SPDX-License-Identifier: MIT */
/* Changed inputs: nothing at strength 0, the same for the same seed, sensible values.
 */
#include "extract/pretrain/augment.h"
#include "tests/unit/check.h"

#include <math.h>
#include <string.h>

enum { ROWS = 12, COLS = 64, SIZE = 16, PIXELS = 3 * SIZE * SIZE };

static void fill(float *x, int n, double lo, double hi)
{
    AqRng rng = aq_rng(4, 0);

    for (int k = 0; k < n; k++)
        x[k] = (float)aq_rng_range(&rng, lo, hi);
}

static void sounds_stay_log_mel(void **state)
{
    float was[ROWS * COLS], a[ROWS * COLS], b[ROWS * COLS];
    int moved = 0;

    (void)state;
    fill(was, ROWS * COLS, log(0.01), 2);
    for (unsigned seed = 0; seed < 50; seed++) {
        AqRng r = aq_rng(seed, 0), s = aq_rng(seed, 0), t = aq_rng(seed, 0);

        memcpy(a, was, sizeof a);
        memcpy(b, was, sizeof b);
        aq_augment_sound(a, ROWS, COLS, 0.01, &r, 1);
        aq_augment_sound(b, ROWS, COLS, 0.01, &s, 1);
        assert_memory_equal(a, b, sizeof a);
        for (int k = 0; k < ROWS * COLS; k++) {
            assert_true(isfinite(a[k]) && (double)a[k] >= log(0.01) - 1e-5);
            moved += fabsf(a[k] - was[k]) > 0.05F;
        }
        memcpy(a, was, sizeof a);
        aq_augment_sound(a, ROWS, COLS, 0.01, &t, 0);
        assert_memory_equal(a, was, sizeof a);
    }
    assert_true(moved > 50 * ROWS * COLS / 2);
}

static void pictures_are_recoloured_and_moved(void **state)
{
    float was[PIXELS], a[PIXELS], b[PIXELS];

    (void)state;
    fill(was, PIXELS, -2, 2);
    for (unsigned seed = 0; seed < 50; seed++) {
        AqRng r = aq_rng(seed, 0), s = aq_rng(seed, 0);

        memcpy(a, was, sizeof a);
        aq_augment_picture(a, SIZE, &r, 0);
        assert_memory_equal(a, was, sizeof a);
        aq_augment_picture(a, SIZE, &s, 1);
        for (int k = 0; k < PIXELS; k++)
            assert_true(isfinite(a[k]) && fabsf(a[k]) < 30);
    }
    /* one bright row stays one bright row, wherever it goes */
    for (unsigned seed = 0; seed < 50; seed++) {
        AqRng r = aq_rng(seed, 0);
        int bright = 0;

        for (int k = 0; k < PIXELS; k++)
            b[k] = k / SIZE % SIZE == SIZE / 2 ? 50.0F : -1.0F;
        aq_augment_picture(b, SIZE, &r, 1);
        for (int y = 0; y < SIZE; y++)
            bright += b[y * SIZE] > 8;
        assert_int_equal(bright, 1);
    }
}

static void left_and_right_are_exchanged_with_their_truth(void **state)
{
    float x[PIXELS], was[PIXELS], bands[6] = {1, 2, 3, 4, 5, 6};
    const float turned[6] = {5, 6, 3, 4, 1, 2};

    (void)state;
    fill(was, PIXELS, -2, 2);
    memcpy(x, was, sizeof x);
    aq_augment_flip_picture(x, SIZE);
    for (int row = 0; row < 3 * SIZE; row++)
        for (int k = 0; k < SIZE; k++)
            assert_true(x[row * SIZE + k] == was[row * SIZE + SIZE - 1 - k]);
    aq_augment_flip_picture(x, SIZE);
    assert_memory_equal(x, was, sizeof x);
    aq_augment_flip_bands(bands, 3, 2);
    assert_memory_equal(bands, turned, sizeof bands);
}

static void two_sounds_at_once_add_up(void **state)
{
    float silence[COLS], a[COLS], b[COLS], sum[COLS];

    (void)state;
    for (int k = 0; k < COLS; k++) {
        silence[k] = logf(0.01F);
        a[k] = logf(0.01F + 0.1F * (float)k);
        b[k] = logf(0.01F + 3.0F);
    }
    memcpy(sum, a, sizeof a);
    aq_augment_mix_sound(sum, silence, COLS, 0.01);
    for (int k = 0; k < COLS; k++)
        assert_true(fabsf(sum[k] - a[k]) < 1e-5F);
    aq_augment_mix_sound(sum, b, COLS, 0.01);
    for (int k = 0; k < COLS; k++)
        assert_true(fabsf(expf(sum[k]) - (0.01F + 0.1F * (float)k + 3)) < 1e-4F);
}

/* Groups of three: is it there, and two bits of how it is. */
static void of_two_sounds_what_is_sure_is_known(void **state)
{
    enum { ABSENT, LOW, HIGH, UNKNOWN };
    static const float targets[4][3] = {{0, 0, 0}, {1, 0, 0}, {1, 1, 1}, {0, 0, 0}},
                       weights[4][3] = {{1, 0, 0}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}};
    static const struct {
        int one, other;
        float target[3], weight[3]; /* a target of -1 does not matter */
    } cases[] = {
        {ABSENT, ABSENT, {0, -1, -1}, {1, 0, 0}},
        {ABSENT, HIGH, {1, 1, 1}, {1, 1, 1}},
        {LOW, ABSENT, {1, 0, 0}, {1, 1, 1}},
        {LOW, HIGH, {1, -1, -1}, {1, 0, 0}},
        {UNKNOWN, ABSENT, {-1, -1, -1}, {0, 0, 0}},
        {ABSENT, UNKNOWN, {-1, -1, -1}, {0, 0, 0}},
        {UNKNOWN, HIGH, {1, -1, -1}, {1, 0, 0}},
        {LOW, UNKNOWN, {1, -1, -1}, {1, 0, 0}},
        {UNKNOWN, UNKNOWN, {-1, -1, -1}, {0, 0, 0}},
    };

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        float t[6], w[6]; /* two groups, of which the second must be left alone */

        memcpy(t, targets[cases[k].one], sizeof targets[0]);
        memcpy(w, weights[cases[k].one], sizeof weights[0]);
        t[3] = 7;
        aq_augment_mix_truth(t, w, targets[cases[k].other], weights[cases[k].other], 1,
                             3);
        assert_true(t[3] == 7);
        for (int j = 0; j < 3; j++) {
            assert_true(w[j] == cases[k].weight[j]);
            assert_true(cases[k].target[j] < 0 || t[j] == cases[k].target[j]);
        }
    }
}

static void a_band_is_pasted_and_no_more(void **state)
{
    float x[PIXELS], other[PIXELS];

    (void)state;
    for (int band = 0; band < 3; band++) {
        for (int k = 0; k < PIXELS; k++) {
            x[k] = (float)k;
            other[k] = (float)-k - 1;
        }
        aq_augment_paste_band(x, other, SIZE, band, 3);
        for (int k = 0; k < PIXELS; k++) {
            const int col = k % SIZE,
                      inside = col >= SIZE * band / 3 && col < SIZE * (band + 1) / 3;
            assert_true(x[k] == (inside ? other[k] : (float)k));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sounds_stay_log_mel),
        cmocka_unit_test(pictures_are_recoloured_and_moved),
        cmocka_unit_test(left_and_right_are_exchanged_with_their_truth),
        cmocka_unit_test(two_sounds_at_once_add_up),
        cmocka_unit_test(of_two_sounds_what_is_sure_is_known),
        cmocka_unit_test(a_band_is_pasted_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
