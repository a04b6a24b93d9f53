/* SPDX-License-Identifier: MIT */
/* Qt resource files: one made here by the format's description, whole and broken. */
#include "base/alloc.h"
#include "examples/toyband/resource.h"
#include "tests/unit/check.h"

#include <string.h>
#include <unistd.h>
#include <zlib.h>

static const char packed_text[] = "the same again, the same again, the same again";

typedef struct File {
    unsigned char bytes[1024];
    size_t n;
} File;

static void put(File *f, size_t value, int bytes)
{
    for (int k = bytes - 1; k >= 0; k--)
        f->bytes[f->n++] = (unsigned char)(value >> (8 * k));
}

static void patch(File *f, size_t at, size_t value)
{
    const size_t n = f->n;

    f->n = at;
    put(f, value, 4);
    f->n = n;
}

static size_t put_name(File *f, size_t names, const char *name)
{
    const size_t at = f->n - names;

    put(f, strlen(name), 2);
    put(f, 0, 4); /* a hash, which readers of whole trees do not need */
    for (; *name; name++)
        put(f, (unsigned char)*name, 2);
    return at;
}

/* Version 1: header, data, names, tree: a folder "in" with "plain" and "packed". */
static File make(void)
{
    File f = {.n = 0};
    unsigned char packed[256];
    uLongf n = sizeof packed;

    memcpy(f.bytes, "qres", 4);
    f.n = 20;
    patch(&f, 4, 1);
    const size_t data = f.n;
    put(&f, 5, 4);
    memcpy(f.bytes + f.n, "hello", 5);
    f.n += 5;
    const size_t second = f.n - data;
    assert_int_equal(
        compress(packed, &n, (const unsigned char *)packed_text, sizeof packed_text),
        Z_OK);
    put(&f, n + 4, 4);
    put(&f, sizeof packed_text, 4);
    memcpy(f.bytes + f.n, packed, n);
    f.n += n;
    const size_t names = f.n, in = put_name(&f, names, "in"),
                 plain = put_name(&f, names, "plain"),
                 squeezed = put_name(&f, names, "packed");
    const size_t tree = f.n;
    put(&f, 0, 4), put(&f, 2, 2), put(&f, 1, 4), put(&f, 1, 4);  /* the root */
    put(&f, in, 4), put(&f, 2, 2), put(&f, 2, 4), put(&f, 2, 4); /* in */
    put(&f, plain, 4), put(&f, 0, 2), put(&f, 0, 4), put(&f, 0, 4);
    put(&f, squeezed, 4), put(&f, 1, 2), put(&f, 0, 4), put(&f, second, 4);
    patch(&f, 8, tree);
    patch(&f, 12, data);
    patch(&f, 16, names);
    return f;
}

static const char *write_file(const unsigned char *bytes, size_t n)
{
    static char path[64];

    (void)snprintf(path, sizeof path, "/tmp/aq_resource_%d", (int)getpid());
    FILE *f = fopen(path, "wbe");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    return path;
}

/* Opens and reads both; 1 if both came out as they should. */
static int reads(const unsigned char *bytes, size_t n)
{
    AqToyResource r;
    unsigned char *one = NULL, *two = NULL;
    size_t n_one = 0, n_two = 0;
    const char *path = write_file(bytes, n);
    int good = 0;

    if (aq_toy_resource_open(&r, path) == AQ_OK) {
        const AqErr a = aq_toy_resource_file(&r, "plain", &one, &n_one),
                    b = aq_toy_resource_file(&r, "packed", &two, &n_two);

        good = a == AQ_OK && b == AQ_OK && n_one == 5 && memcmp(one, "hello", 5) == 0 &&
               n_two == sizeof packed_text && memcmp(two, packed_text, n_two) == 0;
        aq_free(one);
        aq_free(two);
        aq_toy_resource_close(&r);
    }
    (void)unlink(path);
    return good;
}

static void plain_and_packed_files_come_out(void **state)
{
    const File f = make();
    AqToyResource r;
    unsigned char *bytes;
    size_t n;

    (void)state;
    assert_true(reads(f.bytes, f.n));
    const char *path = write_file(f.bytes, f.n);
    CHECK_OK(aq_toy_resource_open(&r, path));
    assert_int_equal(aq_toy_resource_file(&r, "other", &bytes, &n), AQ_ERR_NOT_FOUND);
    aq_toy_resource_close(&r);
    (void)unlink(path);
    assert_int_equal(aq_toy_resource_open(&r, path), AQ_ERR_NOT_FOUND);
}

static void broken_ones_are_refused(void **state)
{
    const File f = make();

    (void)state;
    for (size_t n = 0; n < f.n; n++) {
        /* copied, so that reading past the end is seen */
        unsigned char *cut = aq_alloc(n ? n : 1, 1);

        memcpy(cut, f.bytes, n);
        assert_false(reads(cut, n));
        aq_free(cut);
    }
    for (size_t at = 0; at < f.n; at++)
        for (int bit = 0; bit < 8; bit++) {
            File bent = f;

            bent.bytes[at] ^= (unsigned char)(1 << bit);
            (void)reads(bent.bytes, bent.n); /* whatever it says, it ends */
        }
    File loop = f; /* the folder holds itself */
    const size_t tree = f.n - 4 * 14;
    patch(&loop, tree + 14 + 6, 1000);
    patch(&loop, tree + 14 + 10, 0);
    AqToyResource r;
    unsigned char *bytes;
    size_t n;
    const char *path = write_file(loop.bytes, loop.n);
    CHECK_OK(aq_toy_resource_open(&r, path));
    assert_int_equal(aq_toy_resource_file(&r, "other", &bytes, &n), AQ_ERR_NOT_FOUND);
    aq_toy_resource_close(&r);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_and_packed_files_come_out),
        cmocka_unit_test(broken_ones_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
