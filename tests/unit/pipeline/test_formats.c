/* SPDX-License-Identifier: MIT */
/*
 * What the writers of single formats write: .npy files of every type that there is, and
 * ZIP archives that need ZIP64 (members past four gigabytes, and more than 65535).
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "model/weights/npy.h"
#include "pipeline/exchange/formats/npy_write.h"
#include "pipeline/exchange/formats/zip_write.h"
#include "tests/unit/check.h"
#include "tests/unit/pipeline/trip.h"

#include <string.h>

static void npy_comes_back_and_broken_ones_do_not(void **state)
{
    static const float values[] = {1, -2.5f, 3, 0.25f, 5, -6};
    const int64_t dims[] = {2, 3};
    AqNpy a;
    char *bytes = NULL;
    size_t n = 0;

    (void)state;
    CHECK_OK(aq_npy_write(aq_trip_at("a.npy"), 2, dims, values));
    CHECK_OK(aq_npy_read(&a, aq_trip_at("a.npy")));
    assert_int_equal(a.n_dims, 2);
    assert_int_equal(a.dims[1], 3);
    assert_memory_equal(a.data, values, sizeof values);
    aq_npy_clear(&a);
    CHECK_OK(aq_fs_read(aq_trip_at("a.npy"), 1 << 20, &bytes, &n));
    for (size_t k = 0; k < n; k++) {
        aq_trip_write("cut.npy", bytes, k);
        assert_int_not_equal(aq_npy_read(&a, aq_trip_at("cut.npy")), AQ_OK);
    }
    aq_free(bytes);
}

/* A header for each type, with enough zeros behind it; bfloat16 is none of numpy's. */
static void npy_has_a_header_for_every_type(void **state)
{
    const int64_t dims[] = {1, 2, 1};
    unsigned char file[AQ_NPY_HEAD + 16];
    AqNpy a;

    (void)state;
    assert_null(aq_npy_descr(AQ_BF16));
    for (int k = AQ_F64; k <= AQ_BOOL; k++) {
        const AqDtype type = (AqDtype)k;

        if (type == AQ_BF16)
            continue;
        memset(file, 0, sizeof file);
        const size_t n = aq_npy_head(file, type, 3, dims);
        assert_int_equal(n % 64, 0);
        aq_trip_write("a.npy", file, n + 2 * aq_dtype_bytes(type));
        CHECK_OK(aq_npy_read(&a, aq_trip_at("a.npy")));
        assert_int_equal(a.dtype, type);
        assert_int_equal(a.n_dims, 3);
        assert_memory_equal(a.dims, dims, sizeof dims);
        aq_npy_clear(&a);
    }
}

/* ---- archives ---- */

static AqErr to_file(void *ctx, const void *data, size_t bytes)
{
    return fwrite(data, 1, bytes, ctx) == bytes ? AQ_OK : AQ_ERR_IO;
}

static void zip_value(AqZipWriter *z, const char *name, float value)
{
    unsigned char head[AQ_NPY_HEAD];
    const int64_t one = 1;

    CHECK_OK(aq_zip_put(z, name, head, aq_npy_head(head, AQ_F32, 1, &one), &value,
                        sizeof value));
}

static void check_value(const AqWeights *w, const char *name, float want)
{
    float have = 0;
    const AqWeight *t = aq_weights_find(w, name);

    assert_non_null(t);
    CHECK_OK(aq_weight_to_floats(t, 0, 1, &have));
    CHECK_NEAR(have, want, 0, 0);
}

static void open_zip(AqZipWriter *z, FILE *f)
{
    *z = (AqZipWriter){.put = to_file, .ctx = f};
    assert_non_null(f);
}

static void close_zip(AqZipWriter *z, AqWeights **w, const char *leaf)
{
    CHECK_OK(aq_zip_put_end(z));
    assert_int_equal(fclose(z->ctx), 0);
    aq_zip_writer_clear(z);
    CHECK_OK(aq_weights_open(w, aq_trip_at(leaf)));
    CHECK_OK(aq_weights_check(*w));
}

/* A hole in the file stands for five gigabytes of members. */
static void large_archives_are_written(void **state)
{
    enum { MANY = 66000 };
    const uint64_t hole = (uint64_t)5 << 30;
    AqZipWriter z;
    AqWeights *w = NULL;
    char name[32];

    (void)state;
    open_zip(&z, fopen(aq_trip_at("far.npz"), "wb"));
    zip_value(&z, "near.npy", 1);
    assert_int_equal(fseek(z.ctx, (long)hole, SEEK_CUR), 0);
    z.at += hole;
    zip_value(&z, "far.npy", 2);
    close_zip(&z, &w, "far.npz");
    assert_int_equal(aq_weights_n(w), 2);
    check_value(w, "near", 1);
    check_value(w, "far", 2);
    aq_weights_unref(&w);
    open_zip(&z, fopen(aq_trip_at("many.npz"), "wb"));
    for (int k = 0; k < MANY; k++) {
        (void)snprintf(name, sizeof name, "%d.npy", k);
        zip_value(&z, name, (float)k);
    }
    close_zip(&z, &w, "many.npz");
    assert_int_equal(aq_weights_n(w), MANY);
    check_value(w, "65999", 65999);
    aq_weights_unref(&w);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, aq_trip_fresh, aq_trip_gone)
    const struct CMUnitTest tests[] = {CASE(npy_comes_back_and_broken_ones_do_not),
                                       CASE(npy_has_a_header_for_every_type),
                                       CASE(large_archives_are_written)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
