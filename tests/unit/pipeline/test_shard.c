/* SPDX-License-Identifier: MIT */
/* Parts of a data set: whole together, told by names, read from flags and schedulers.
 */
#include "pipeline/ingest/shard.h"

#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

static const char *const variables[] = {"SLURM_ARRAY_TASK_ID",
                                        "SLURM_ARRAY_TASK_MIN",
                                        "SLURM_ARRAY_TASK_MAX",
                                        "SLURM_ARRAY_TASK_STEP",
                                        "SLURM_ARRAY_TASK_COUNT",
                                        "OMPI_COMM_WORLD_RANK",
                                        "OMPI_COMM_WORLD_SIZE",
                                        "PMI_RANK",
                                        "PMI_SIZE",
                                        "SLURM_PROCID",
                                        "SLURM_STEP_NUM_TASKS"};

static int clean(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof variables / sizeof *variables; k++)
        (void)unsetenv(variables[k]);
    return 0;
}

static void set(const char *name, const char *value)
{
    assert_int_equal(setenv(name, value, 1), 0);
}

static void array(const char *id, const char *min, const char *max, const char *count)
{
    set("SLURM_ARRAY_TASK_ID", id);
    set("SLURM_ARRAY_TASK_MIN", min);
    set("SLURM_ARRAY_TASK_MAX", max);
    set("SLURM_ARRAY_TASK_COUNT", count);
}

static void flags_are_read(void **state)
{
    static const char *const bad[] = {
        "",    "1",    "/",    "1/",  "/4",    "0/4",  "5/4",
        "a/4", "1/4x", "-1/4", "1/0", "1/4/2", "1 /4", "00000000000000000001/4"};
    AqShard s;

    (void)state;
    CHECK_OK(aq_shard_parse(&s, "3/4"));
    assert_int_equal(s.index, 2);
    assert_int_equal(s.count, 4);
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        assert_int_equal(aq_shard_parse(&s, bad[k]), AQ_ERR_USAGE);
        assert_int_equal(s.count, 1);
    }
}

/* Every name in exactly one part; parts of like size; the same wherever it is asked. */
static void parts_make_the_whole(void **state)
{
    enum { N = 9288 };
    char name[32];

    (void)state;
    for (int count = 1; count <= 64; count = count * 3 / 2 + 1) {
        int size[64] = {0};

        for (int k = 0; k < N; k++) {
            int n = 0;

            (void)snprintf(name, sizeof name, "%08d", k);
            for (int i = 0; i < count; i++) {
                const AqShard s = {.index = i, .count = count};
                const int has = aq_shard_has(&s, name);

                n += has;
                size[i] += has;
            }
            assert_int_equal(n, 1);
        }
        for (int i = 0; i < count; i++) /* 6 standard deviations of a fair draw */
            CHECK_NEAR(size[i], (double)N / count, 6 * sqrt((double)N / count), 0);
    }
    /* What is written down here must not change: stores were made by it. */
    const AqShard first = {.index = 0, .count = 4};
    static const char *const names[] = {"00000000", "00000001", "00000002", "00000003",
                                        "00000004", "00000005", "a.b",      "x"};
    int members = 0;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        members |= aq_shard_has(&first, names[k]) << k;
    assert_int_equal(members, 0x14);
}

static void schedulers_are_read(void **state)
{
    AqShard s;

    (void)state;
    CHECK_OK(aq_shard_from_env(&s));
    assert_int_equal(s.count, 1);
    array("7", "5", "8", "4");
    CHECK_OK(aq_shard_from_env(&s));
    assert_int_equal(s.index, 2);
    assert_int_equal(s.count, 4);
    set("OMPI_COMM_WORLD_RANK", "1");
    set("OMPI_COMM_WORLD_SIZE", "3");
    CHECK_OK(aq_shard_from_env(&s)); /* ranks within a task of the array */
    assert_int_equal(s.index, 2 * 3 + 1);
    assert_int_equal(s.count, 12);
    (void)clean(state);
    set("SLURM_PROCID", "0"); /* in a batch script: no step, and everything is ours */
    CHECK_OK(aq_shard_from_env(&s));
    assert_int_equal(s.count, 1);
    set("SLURM_STEP_NUM_TASKS", "2");
    set("SLURM_PROCID", "1");
    CHECK_OK(aq_shard_from_env(&s));
    assert_int_equal(s.index, 1);
    assert_int_equal(s.count, 2);
    (void)clean(state);
    set("SLURM_ARRAY_TASK_STEP", "10");
    array("20", "0", "30", "4");
    CHECK_OK(aq_shard_from_env(&s));
    assert_int_equal(s.index, 2);
    assert_int_equal(s.count, 4);
}

static void schedulers_that_make_no_sense(void **state)
{
    AqShard s;

    (void)state;
    array("3", "3", "9", "2"); /* --array=3,9: which two of how many? */
    assert_int_equal(aq_shard_from_env(&s), AQ_ERR_USAGE);
    assert_non_null(strstr(aq_err_text(), "--shard"));
    array("9", "0", "3", "4");
    assert_int_equal(aq_shard_from_env(&s), AQ_ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_are_read), cmocka_unit_test(parts_make_the_whole),
        cmocka_unit_test_setup_teardown(schedulers_are_read, clean, clean),
        cmocka_unit_test_setup_teardown(schedulers_that_make_no_sense, clean, clean)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
