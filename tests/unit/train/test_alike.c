/* SPDX-License-Identifier: MIT */
/*
 * Hard negatives: every video comes once, beside those most like it in what is heard
 * and seen, whatever is not there; and the shuffle still decides which group is when.
 */
#include "model/train/alike.h"

#include "base/alloc.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

typedef struct Videos {
    AqToy *toy;
    AqModel *model;
    AqTrainData data;
    AqAlike alike;
} Videos;

/* Clips of an even number sound and look alike, and so do the others: channel k of the
 * one, channel k + 1 of the other is large. */
static void make_two_sorts(AqToy *toy)
{
    for (int c = 0; c < CLIPS; c++)
        for (int t = 0; t < MOST_T; t++) {
            for (int k = 0; toy->audio_on[c][t] && k < A; k++)
                toy->audio[c][t * A + k] += k % 2 == c % 2 ? 30 : 0;
            for (int k = 0; toy->visual_on[c][t] && k < S * V; k++)
                toy->visual[c][t * S * V + k] += k % 2 == c % 2 ? 30 : 0;
        }
}

static Videos open_videos(void)
{
    const AqCoqoConfig c = aq_toy_model();
    Videos v = {.toy = aq_toy_new()};

    make_two_sorts(v.toy);
    CHECK_OK(aq_model_new(&v.model, &aq_coqo, &c, &v.toy->set, 1));
    CHECK_OK(aq_train_data_open(&v.data, &v.toy->set, v.model, 0));
    CHECK_OK(aq_train_data_statistics(&v.data, v.model));
    CHECK_OK(aq_alike_open(&v.alike, &v.data, v.model));
    return v;
}

static void close_videos(Videos *v)
{
    assert_int_equal(v->toy->loads, v->toy->releases);
    aq_alike_close(&v->alike);
    aq_train_data_close(&v->data);
    aq_model_free(&v->model);
    aq_free(v->toy);
}

static void those_alike_come_together(void **state)
{
    Videos v = open_videos();
    AqRng rng = aq_rng(3, 0);
    int first_is_even = 0;

    (void)state;
    for (int n = 0; n < 200; n++) {
        size_t walk[CLIPS];
        int seen[CLIPS] = {0};

        for (size_t k = 0; k < CLIPS; k++)
            walk[k] = k;
        aq_rng_shuffle(&rng, walk, CLIPS);
        const size_t first = walk[0];
        CHECK_OK(aq_alike_arrange(&v.alike, walk));
        assert_int_equal(walk[0], first);
        for (size_t k = 0; k < CLIPS; k++) {
            assert_true(walk[k] < CLIPS);
            seen[walk[k]]++;
            assert_int_equal(walk[k] % 2, walk[k - k % AQ_ALIKE] % 2);
        }
        for (size_t k = 0; k < CLIPS; k++)
            assert_int_equal(seen[k], 1);
        first_is_even += first % 2 == 0;
    }
    assert_in_range(first_is_even, 60, 140);
    close_videos(&v);
}

/* Clip 6 has no sound, clip 7 no picture, others have no sound or picture in some
 * seconds (which are NaN in the toy). */
static void what_is_not_there_counts_for_nothing(void **state)
{
    Videos v = open_videos();

    (void)state;
    for (size_t c = 0; c < CLIPS; c++) {
        double audio = 0, visual = 0;

        for (size_t k = 0; k < v.alike.dim; k++) {
            const double x = (double)v.alike.print[c * v.alike.dim + k];
            *(k < A ? &audio : &visual) += x * x;
        }
        assert_float_equal(audio, c != 6, 1e-5);
        assert_float_equal(visual, c != 7, 1e-5);
    }
    close_videos(&v);
}

static void running_out_of_memory_is_an_error(void **state)
{
    Videos v = open_videos();
    size_t walk[CLIPS] = {0, 1, 2, 3, 4, 5, 6, 7};

    (void)state;
    aq_alike_close(&v.alike);
    for (long n = 1; n <= 2; n++) {
        aq_alloc_fail_after(n);
        assert_int_equal(aq_alike_open(&v.alike, &v.data, v.model), AQ_ERR_NOMEM);
        aq_alloc_fail_after(0);
        assert_null(v.alike.print);
    }
    CHECK_OK(aq_alike_open(&v.alike, &v.data, v.model));
    aq_alloc_fail_after(1);
    assert_int_equal(aq_alike_arrange(&v.alike, walk), AQ_ERR_NOMEM);
    aq_alloc_fail_after(0);
    close_videos(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_alike_come_together),
        cmocka_unit_test(what_is_not_there_counts_for_nothing),
        cmocka_unit_test(running_out_of_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
