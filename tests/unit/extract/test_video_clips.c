/* SPDX-License-Identifier: MIT */
/* What InternVideo2 is shown and gives by its switches, and what is refused: a small
 * network with the published names. That the values come out right is the golden
 * suite's to show. */
#include "extract/networks/extractor.h"
#include "tests/unit/check.h"
#include "tests/unit/small_nets.h"

#include <string.h>
#include <unistd.h>

static char whole[64], other[64];

static int write_small_net(void **state)
{
    (void)state;
    (void)snprintf(whole, sizeof whole, "/tmp/aq_iv_%ld.safetensors", (long)getpid());
    (void)snprintf(other, sizeof other, "/tmp/aq_iw_%ld.safetensors", (long)getpid());
    aq_small_internvideo2_write(whole);
    return 0;
}

static int remove_small_net(void **state)
{
    (void)state;
    (void)unlink(whole);
    (void)unlink(other);
    return 0;
}

static void pictures_and_grids_have_their_sizes(void **state)
{
    static const struct {
        const char *switches;
        int in[3], out[3];
    } cases[] = {{NULL, {12, 4, 4}, {1, 1, 3}},
                 {"pictures=8", {24, 4, 4}, {1, 1, 3}},
                 {"out=grid", {12, 4, 4}, {2, 2, 128}},
                 {"out=grid,grid=1", {12, 4, 4}, {1, 1, 128}},
                 {"out=grid,size=6,pictures=16", {48, 6, 6}, {3, 3, 128}}};

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        AqExtractor *x = NULL;

        CHECK_OK(aq_extractor_open(&x, "internvideo2", whole, cases[k].switches));
        const AqExtractorFacts f = aq_extractor_facts(x);
        assert_memory_equal(f.out_dims, cases[k].out, sizeof cases[k].out);
        assert_memory_equal(f.input.dims, cases[k].in, sizeof cases[k].in);
        assert_int_equal(aq_rows_pictures(f.input.plan) * 3, f.input.dims[0]);
        aq_extractor_close(&x);
    }
}

static void check_refused(const char *weights, const char *switches, AqErr err,
                          const char *says)
{
    AqExtractor *x = NULL;

    assert_int_equal(aq_extractor_open(&x, "internvideo2", weights, switches), err);
    assert_null(x);
    if (!strstr(aq_err_text(), says))
        fail_msg("%s: %s", switches ? switches : "", aq_err_text());
}

static void clips_that_cannot_be_shown_are_refused(void **state)
{
    (void)state;
    check_refused(whole, "pictures=1", AQ_ERR_UNSUPPORTED, "img_pos_embed");
    check_refused(whole, "pictures=5", AQ_ERR_USAGE, "give 4, 8 or 16");
    check_refused(whole, "size=5", AQ_ERR_USAGE, "a multiple of the patches' 2 pixels");
    check_refused(whole, "size=130", AQ_ERR_USAGE, "up to 128");
    check_refused(whole, "grid=2", AQ_ERR_USAGE, "belongs to out=grid");
    check_refused(whole, "out=grid,grid=3", AQ_ERR_USAGE, "only 2x2 patches");
    check_refused("seeded:1", NULL, AQ_ERR_NOT_FOUND, "internvideo2_1b");
}

/* What was trained is saved by its own names, and read again as it was. */
static void a_saved_one_is_the_same(void **state)
{
    AqExtractor *x = NULL, *again = NULL;
    AqExtractorMatch m;
    AqWeights *w = NULL;

    (void)state;
    CHECK_OK(aq_extractor_open(&x, "internvideo2", whole, "pictures=8,size=6"));
    CHECK_OK(aq_extractor_save(x, other, "a test"));
    CHECK_OK(aq_weights_open(&w, other));
    CHECK_OK(aq_extractor_identify(w, &m));
    aq_weights_unref(&w);
    assert_string_equal(m.name, "internvideo2");
    assert_non_null(strstr(m.about, "8 pictures of 6x6"));
    CHECK_OK(aq_extractor_open(&again, "internvideo2", other, NULL));
    assert_memory_equal(aq_extractor_facts(x).out_dims,
                        aq_extractor_facts(again).out_dims, 3 * sizeof(int));
    assert_string_equal(aq_extractor_facts(again).switches, "");
    aq_extractor_close(&x);
    aq_extractor_close(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_and_grids_have_their_sizes),
        cmocka_unit_test(clips_that_cannot_be_shown_are_refused),
        cmocka_unit_test(a_saved_one_is_the_same)};

    return cmocka_run_group_tests(tests, write_small_net, remove_small_net);
}
