/* SPDX-License-Identifier: MIT */
/* Weights that are spread over several files, by their index; and indices that lie. */
#include "base/fs/fs.h"
#include "model/weights/weights.h"
#include "tests/unit/check.h"

#include <string.h>
#include <unistd.h>

static const float A[6] = {1, -2.5f, 3, 0.25f, 5, -6},
                   B[6] = {1, 0.25f, -2.5f, 5, 3, -6};

static void check_array(const AqWeights *w, const char *name, const float *want)
{
    float have[6];
    const AqWeight *t = aq_weights_find(w, name);

    assert_non_null(t);
    CHECK_OK(aq_weight_to_floats(t, 0, 6, have));
    assert_memory_equal(have, want, sizeof have);
}

static char folder[64];

static const char *in_folder(const char *leaf)
{
    static char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", folder, leaf);
    return path;
}

static void put_text(const char *leaf, const char *text)
{
    FILE *f = fopen(in_folder(leaf), "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void put_part(const char *leaf, const char *name, const float *v)
{
    AqWeightsWriter *w = NULL;

    CHECK_OK(aq_weights_writer_new(&w));
    CHECK_OK(aq_weights_writer_add(w, name, 1, (const int64_t[]){6}, v, AQ_F32));
    CHECK_OK(aq_weights_writer_add(w, "elsewhere", 1, (const int64_t[]){6}, A, AQ_F32));
    CHECK_OK(aq_weights_writer_commit(w, in_folder(leaf)));
    aq_weights_writer_free(&w);
}

static void make_parts(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/aq_parts_%ld", (long)getpid());
    CHECK_OK(aq_fs_mkdirs_for(in_folder("1")));
    put_part("1", "a", A);
    put_part("2", "b", B);
    put_text("all.index.json", "{\"metadata\": {\"total_size\": 48}, "
                               "\"weight_map\": {\"b\": \"2\", \"a\": \"1\"}}");
}

static void remove_parts(void)
{
    static const char *const leaves[] = {"1", "2", "all.index.json"};

    for (size_t k = 0; k < 3; k++)
        (void)unlink(in_folder(leaves[k]));
    (void)rmdir(folder);
}

static void parts_are_one(void **state)
{
    AqWeights *w = NULL;
    char one[AQ_SHA256_HEX], other[AQ_SHA256_HEX];

    (void)state;
    make_parts();
    CHECK_OK(aq_weights_open(&w, in_folder("all.index.json")));
    assert_string_equal(aq_weights_format(w), "sharded");
    assert_int_equal(aq_weights_n(w), 2); /* what it does not name is none of it */
    check_array(w, "a", A);
    check_array(w, "b", B);
    CHECK_OK(aq_weights_check(w));
    CHECK_OK(aq_weights_sha256(w, one));
    aq_weights_drop_pages(w);
    check_array(w, "b", B);
    aq_weights_unref(&w);
    put_part("2", "b", A);
    CHECK_OK(aq_weights_open(&w, in_folder("all.index.json")));
    CHECK_OK(aq_weights_sha256(w, other));
    assert_string_not_equal(one, other);
    aq_weights_unref(&w);
    remove_parts();
}

static void bad_indices_are_refused(void **state)
{
    static const struct {
        const char *map, *says;
    } bad[] = {{"{\"a\": \"1\", \"b\": \"1\"}", "tensor b is not in 1"},
               {"{\"a\": \"3\"}", "3: No such file"},
               {"{\"a\": \"../1\"}", "not the name of a file beside it"},
               {"{\"a\": \"..\"}", "not the name of a file beside it"},
               {"{\"a\": \"\"}", "not the name of a file beside it"},
               {"{\"a\": 1}", "is in no file"},
               {"{\"a\": \"all.index.json\"}", "is an index, where weights"},
               {"[]", "no object weight_map"},
               {"{\"a\": \"1\", \"a\": \"1\"}", "no object weight_map: duplicate"},
               {"{", "no object weight_map: "}};
    AqWeights *w = NULL;
    char text[256];

    (void)state;
    make_parts();
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        (void)snprintf(text, sizeof text, "{\"weight_map\": %s}", bad[k].map);
        put_text("all.index.json", text);
        assert_true(aq_weights_open(&w, in_folder("all.index.json")) != AQ_OK);
        assert_null(w);
        if (!strstr(aq_err_text(), bad[k].says))
            fail_msg("%s: %s", bad[k].map, aq_err_text());
    }
    remove_parts();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parts_are_one),
                                       cmocka_unit_test(bad_indices_are_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
