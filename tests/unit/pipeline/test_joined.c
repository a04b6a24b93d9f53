/* SPDX-License-Identifier: MIT */
/*
 * Several features of the picture loaded side by side: every value at its place, a
 * second there where all of them have it, in the order that was asked for; and the same
 * of one feature, untouched.
 */
#include "base/alloc.h"
#include "pipeline/inputs/features/clip.h"
#include "tests/unit/check.h"
#include "tests/unit/pipeline/trip.h"

#include <string.h>

enum { TOKENS = 2, WIDE = 5, ROW = EACH + TOKENS * WIDE };

static const uint8_t tokens_on[T] = {1, 1, 0};
static float tokens[T * TOKENS * WIDE];

static void put_both(AqStore *s, const AqProvenance *more)
{
    const AqStoreVideo v = aq_trip_video("plain");
    const AqStoreFeatures f = {.provenance = more,
                               .n_rows = T,
                               .h = 1,
                               .w = TOKENS,
                               .c = WIDE,
                               .presence = tokens_on,
                               .data = tokens,
                               .dtype = AQ_FEATURE_F32};

    for (int k = 0; k < T * TOKENS * WIDE; k++)
        tokens[k] = 100 + (float)k;
    memset(tokens + (size_t)2 * TOKENS * WIDE, 0, sizeof *tokens * TOKENS * WIDE);
    aq_trip_put(s, "plain");
    CHECK_OK(aq_store_put_clip(s, &v, &f, 1));
}

/* The grid's values from `grid` of each row on, the tokens' from `at`. */
static void check_rows(const AqClipFeatures *f, int grid, int at)
{
    for (int t = 0; t < T; t++) {
        const int on = aq_trip_presence[t] && tokens_on[t];

        assert_int_equal(f->visual_present[t], on);
        assert_int_equal(f->audio_present[t], aq_trip_presence[t]);
        if (!on)
            continue;
        const float *row = f->visual + (size_t)t * ROW;
        assert_memory_equal(row + grid, aq_trip_rows + (size_t)t * EACH,
                            EACH * sizeof *row);
        assert_memory_equal(row + at, tokens + (size_t)t * TOKENS * WIDE,
                            TOKENS * WIDE * sizeof *row);
    }
}

static void every_value_is_at_its_place(void **state)
{
    AqProvenance more = aq_trip_made[AQ_VISUAL];
    const char *orders[2][AQ_N_MODALITIES] = {{NULL, NULL}, {NULL, NULL}};
    AqStore *s = aq_trip_empty("both.db");
    AqFeatureSizes sizes;
    AqFeatureChoice c;
    AqClipFeatures f;

    (void)state;
    more.extractor = "tokens";
    put_both(s, &more);
    char *first = aq_strf("%s,tokens", aq_trip_made[AQ_VISUAL].extractor),
         *last = aq_strf("tokens,%s", aq_trip_made[AQ_VISUAL].extractor);
    orders[0][AQ_VISUAL] = first;
    orders[1][AQ_VISUAL] = last;
    for (int k = 0; k < 2; k++) {
        CHECK_OK(aq_feature_choice(&c, s, orders[k]));
        CHECK_OK(aq_clip_features_sizes(&sizes, s, "plain", &c));
        assert_int_equal(sizes.n[AQ_AUDIO], 1);
        assert_int_equal(sizes.n[AQ_VISUAL], 2);
        assert_int_equal(sizes.of[AQ_VISUAL][!k].w, TOKENS);
        assert_int_equal(aq_feature_total(&sizes, AQ_VISUAL).values, ROW);
        CHECK_OK(aq_clip_features_load(&f, s, "plain", &c, &sizes));
        assert_int_equal(f.n_seconds, T);
        check_rows(&f, k ? TOKENS * WIDE : 0, k ? 0 : EACH);
        aq_clip_features_hide(&f, 0.9, 5); /* one second of each stays at most */
        assert_true(f.visual_present[0] + f.visual_present[1] + f.visual_present[2] <
                    2);
        aq_clip_features_release(&f);
        sizes.of[AQ_VISUAL][k].dim++;
        assert_int_equal(aq_clip_features_load(&f, s, "plain", &c, &sizes),
                         AQ_ERR_MISMATCH);
        assert_non_null(strstr(aq_err_text(), "2x3x4"));
        assert_null(f.owner);
        aq_feature_choice_clear(&c);
    }
    aq_free(first);
    aq_free(last);
    aq_store_close(&s);
}

static void no_memory_leaks_nothing(void **state)
{
    AqProvenance more = aq_trip_made[AQ_VISUAL];
    AqStore *s = aq_trip_empty("both.db");
    AqFeatureChoice c;
    AqErr err = AQ_ERR_NOMEM;

    (void)state;
    more.extractor = "tokens";
    put_both(s, &more);
    char *name = aq_strf("%s,tokens", aq_trip_made[AQ_VISUAL].extractor);
    const char *const names[AQ_N_MODALITIES] = {NULL, name};
    CHECK_OK(aq_feature_choice(&c, s, names));
    const size_t before = aq_alloc_stats().n_live;
    for (long k = 1; err != AQ_OK; k++) {
        AqClipFeatures f;

        aq_alloc_fail_after(k);
        err = aq_clip_features_load(&f, s, "plain", &c, NULL);
        aq_alloc_fail_after(0);
        aq_clip_features_release(&f);
        assert_int_equal(aq_alloc_stats().n_live, before);
        assert_true(k < 1000);
    }
    aq_feature_choice_clear(&c);
    aq_free(name);
    aq_store_close(&s);
}

#define EACH_TEST(f) cmocka_unit_test_setup_teardown(f, aq_trip_fresh, aq_trip_gone)

int main(void)
{
    const struct CMUnitTest tests[] = {EACH_TEST(every_value_is_at_its_place),
                                       EACH_TEST(no_memory_leaks_nothing)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
