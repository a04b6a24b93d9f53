/* SPDX-License-Identifier: MIT */
/* The log-mel front end against the published one's numbers. */
#include "base/alloc.h"
#include "extract/input/logmel.h"
#include "model/weights/npy.h"
#include "tests/unit/check.h"

#include <string.h>

static void equals_the_published_front_end(void **state)
{
    AqNpy wave, want;
    AqLogmel *l = NULL;
    float out[AQ_LOGMEL_ROWS * AQ_LOGMEL_COLS];
    double worst = 0;

    (void)state;
    CHECK_OK(aq_npy_read(&wave, TEST_DATA "/reference/wave_16k_i16.npy"));
    CHECK_OK(aq_npy_read(&want, TEST_DATA "/reference/logmel_3x96x64.npy"));
    assert_int_equal(wave.count, 3 * AQ_LOGMEL_RATE);
    assert_int_equal(want.count, 3 * AQ_LOGMEL_ROWS * AQ_LOGMEL_COLS);
    CHECK_OK(aq_logmel_new(&l, AQ_LOGMEL_VGGISH));
    for (int s = 0; s < 3; s++) {
        CHECK_OK(
            aq_logmel_second(l, (const int16_t *)wave.data + s * AQ_LOGMEL_RATE, out));
        for (int k = 0; k < AQ_LOGMEL_ROWS * AQ_LOGMEL_COLS; k++) {
            const double w =
                ((const double *)want.data)[s * AQ_LOGMEL_ROWS * AQ_LOGMEL_COLS + k];
            CHECK_NEAR(out[k], w, 1e-4, 0);
            worst = fmax(worst, fabs((double)out[k] - w));
        }
    }
    print_message("largest difference %.2g\n", worst);
    aq_logmel_free(&l);
    aq_npy_clear(&wave);
    aq_npy_clear(&want);
}

static void silence_is_the_offset(void **state)
{
    static const int16_t pcm[AQ_LOGMEL_RATE];
    AqLogmel *l = NULL;
    float out[AQ_LOGMEL_ROWS * AQ_LOGMEL_COLS];

    (void)state;
    for (int k = 0; k < 2; k++) {
        const double offset = k ? AQ_LOGMEL_YAMNET : AQ_LOGMEL_VGGISH;

        CHECK_OK(aq_logmel_new(&l, offset));
        CHECK_OK(aq_logmel_second(l, pcm, out));
        for (int v = 0; v < AQ_LOGMEL_ROWS * AQ_LOGMEL_COLS; v++)
            CHECK_NEAR(out[v], log(offset), 1e-6, 0);
        aq_logmel_free(&l);
    }
}

/* The last sample of a second's 96 windows is number 15,599; what follows is unheard.
 * And the offset is all that VGGish's and YAMNet's differ in. */
static void a_second_ends_with_its_last_window(void **state)
{
    static int16_t pcm[AQ_LOGMEL_RATE];
    float out[3][AQ_LOGMEL_ROWS * AQ_LOGMEL_COLS];
    AqLogmel *l = NULL;

    (void)state;
    for (int k = 0; k < AQ_LOGMEL_RATE; k++)
        pcm[k] = (int16_t)(8000 * sin(0.2 * k));
    CHECK_OK(aq_logmel_new(&l, AQ_LOGMEL_YAMNET));
    CHECK_OK(aq_logmel_second(l, pcm, out[0]));
    memset(pcm + 15600, 0, (AQ_LOGMEL_RATE - 15600) * sizeof *pcm);
    CHECK_OK(aq_logmel_second(l, pcm, out[1]));
    assert_memory_equal(out[0], out[1], sizeof out[0]);
    memset(pcm + 15500, 0, 100 * sizeof *pcm);
    CHECK_OK(aq_logmel_second(l, pcm, out[1]));
    assert_memory_not_equal(out[0], out[1], sizeof out[0]);
    aq_logmel_free(&l);
    CHECK_OK(aq_logmel_new(&l, AQ_LOGMEL_VGGISH));
    CHECK_OK(aq_logmel_second(l, pcm, out[2]));
    for (int k = 0; k < AQ_LOGMEL_ROWS * AQ_LOGMEL_COLS; k++)
        CHECK_NEAR(exp((double)out[2][k]), exp((double)out[1][k]) + 0.009, 0, 2e-6);
    aq_logmel_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_published_front_end),
        cmocka_unit_test(silence_is_the_offset),
        cmocka_unit_test(a_second_ends_with_its_last_window)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
