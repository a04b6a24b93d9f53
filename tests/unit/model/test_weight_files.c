/* SPDX-License-Identifier: MIT */
/*
 * Every reader of weight files on the seed corpus of the fuzzer (tests/fuzz/seeds,
 * which make_seeds.py wrote with torch, numpy and TensorFlow's formats), and on what is
 * left of it when it is cut, bent and lied about: a clear error each, never memory out
 * of proportion to the file.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "model/weights/weights_priv.h"
#include "model/weights/zip_priv.h"
#include "tests/unit/check.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#define SEEDS TEST_DATA "/../fuzz/seeds/"
/* What opening takes beside the file: an arena's first chunk, room for 64 arrays, and a
 * pickle's values, of 64 bytes and more for each byte. */
#define FREE_BYTES  (256u << 10)
#define TIMES_BYTES 512

static const float A[6] = {1, -2.5f, 3, 0.25f, 5, -6},
                   B[6] = {1, 0.25f, -2.5f, 5, 3, -6};

static const struct {
    const char *folder;
    const AqWeightsFormat *format;
} kinds[] = {{"safetensors", &aq_format_safetensors},
             {"torch_zip", &aq_format_torch_zip},
             {"torch_legacy", &aq_format_torch_legacy},
             {"npy", &aq_format_npy},
             {"npz", &aq_format_npz},
             {"tf_v1", &aq_format_tf_v1},
             {"tf_v2", &aq_format_tf_v2},
             {"hdf5", &aq_format_hdf5},
             {"tflite", &aq_format_tflite},
             {"dlib", &aq_format_dlib}};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

typedef struct Seed {
    const AqWeightsFormat *format;
    char path[512];
    AqMap file, data;
} Seed;

static AqMap load(const char *path)
{
    char *bytes = NULL;
    size_t n = 0;

    CHECK_OK(aq_fs_read(path, 1 << 20, &bytes, &n));
    return (AqMap){.bytes = (unsigned char *)bytes, .n = n};
}

static void each_seed(const char *folder, const AqWeightsFormat *format,
                      void (*test)(const Seed *s))
{
    char dir[512];
    struct dirent *e;
    int n = 0;

    (void)snprintf(dir, sizeof dir, SEEDS "%s", folder);
    DIR *d = opendir(dir);
    assert_non_null(d);
    while ((e = readdir(d))) {
        Seed s = {.format = format};

        if (e->d_name[0] == '.' || strstr(e->d_name, ".data-"))
            continue;
        (void)snprintf(s.path, sizeof s.path, SEEDS "%s/%.200s", folder, e->d_name);
        s.file = load(s.path);
        if (format == &aq_format_tf_v2)
            s.data = load(SEEDS "tf_v2/plain.ckpt.data-00000-of-00001");
        test(&s);
        aq_free((void *)(uintptr_t)s.file.bytes);
        aq_free((void *)(uintptr_t)s.data.bytes);
        n++;
    }
    (void)closedir(d);
    assert_true(n > 0);
}

static void all_seeds(void (*test)(const Seed *s))
{
    for (int k = 0; k < N_KINDS; k++)
        each_seed(kinds[k].folder, kinds[k].format, test);
}

/* ---- whole ones ---- */

static void check_values(const AqWeights *w, const char *name, const float *want)
{
    float have[6];
    const AqWeight *t = aq_weights_find(w, name);

    assert_non_null(t);
    assert_int_equal(t->count, 6);
    CHECK_OK(aq_weight_to_floats(t, 0, 6, have));
    assert_memory_equal(have, want, sizeof have);
    CHECK_OK(aq_weight_to_floats(t, 2, 3, have)); /* from the middle */
    assert_memory_equal(have, want + 2, 3 * sizeof *have);
}

static void read_whole(const Seed *s)
{
    AqWeights *w = NULL;

    CHECK_OK(aq_weights_open(&w, s->path));
    assert_string_equal(aq_weights_format(w),
                        strstr(s->path, "script.pt") ? "torchscript" : s->format->name);
    CHECK_OK(aq_weights_check(w));
    if (s->format == &aq_format_npy) {
        check_values(w, "array", A);
    } else if (s->format ==
               &aq_format_tflite) { /* the operators have names, not these */
        check_values(w, "fully_connected.0.weight", A);
        check_values(w, "fully_connected.1.weight", B);
    } else if (s->format == &aq_format_dlib) {
        assert_int_equal(aq_weights_find(w, "fc0.weights")->n_dims, 2);
        if (!strstr(s->path, "resnet.dnn")) /* that is of other values */
            check_values(w, "con1.filters", B);
    } else {
        check_values(w, "a", A);
        check_values(w, "b", B);
    }
    aq_weights_unref(&w);
}

static void every_format_is_read(void **state)
{
    (void)state;
    all_seeds(read_whole);
}

static void a_tf_checkpoint_has_three_names(void **state)
{
    static const char *const names[] = {"", ".index", ".data-00000-of-00001"};
    char path[512];

    (void)state;
    for (size_t k = 0; k < 3; k++) {
        AqWeights *w = NULL;

        (void)snprintf(path, sizeof path, SEEDS "tf_v2/plain.ckpt%s", names[k]);
        CHECK_OK(aq_weights_open(&w, path));
        check_values(w, "a", A);
        aq_weights_unref(&w);
    }
    AqWeights *w = NULL;
    assert_int_equal(aq_weights_open(&w, SEEDS "tf_v2/other.ckpt"), AQ_ERR_NOT_FOUND);
}

static void one_content_has_one_digest(void **state)
{
    static const char *const same[] = {
        "torch_zip/plain.pth", "torch_zip/deflated.pth",
        "torch_zip/model.pth", "torch_legacy/plain.pth",
        "npz/plain.npz",       "safetensors/plain.safetensors"};
    char first[AQ_SHA256_HEX] = "", hex[AQ_SHA256_HEX], path[512];

    (void)state;
    for (size_t k = 0; k < sizeof same / sizeof *same; k++) {
        AqWeights *w = NULL;

        (void)snprintf(path, sizeof path, SEEDS "%s", same[k]);
        CHECK_OK(aq_weights_open(&w, path));
        CHECK_OK(aq_weights_content_sha256(w, hex));
        if (k == 0)
            memcpy(first, hex, sizeof first);
        assert_string_equal(hex, first);
        aq_weights_unref(&w);
    }
}

static void types_and_notes(void **state)
{
    AqWeights *w = NULL;
    float v;

    (void)state;
    CHECK_OK(aq_weights_open(&w, SEEDS "torch_legacy/types.pth"));
    for (const char *p = "hwd"; *p; p++) { /* exact in half, bfloat16 and double */
        const char name[] = {*p, '\0'};
        check_values(w, name, A);
    }
    const AqWeight *t = aq_weights_find(w, "i");
    assert_int_equal(t->dtype, AQ_I64);
    assert_int_equal(aq_weight_to_floats(t, 0, 1, &v), AQ_ERR_UNSUPPORTED);
    aq_weights_unref(&w);
    CHECK_OK(aq_weights_open(&w, SEEDS "torch_zip/model.pth"));
    assert_non_null(strstr(aq_weights_note(w), "'model'"));
    assert_non_null(strstr(aq_weights_note(w), "epoch"));
    aq_weights_unref(&w);
    CHECK_OK(aq_weights_open(&w, SEEDS "torch_zip/script.pt"));
    assert_int_equal(aq_weights_n(w), 6); /* in modules; a list of numbers is none */
    check_values(w, "inner.0.c", A);
    check_values(w, "inner.1.c", A);
    assert_int_equal(aq_weights_find(w, "inner.1.number")->dtype, AQ_I64);
    aq_weights_unref(&w);
}

/* ---- broken ones ---- */

/* Opens bytes in memory of their own size, so that a step past the end is seen. Gives
 * whether they were taken. */
static int try_bytes(const AqWeightsFormat *format, const void *bytes, size_t n,
                     const void *data, size_t n_data)
{
    unsigned char *file = aq_alloc(n, 1), *more = aq_alloc(n_data, 1);
    AqWeights *w = NULL;
    float out[8];

    assert_true(file && more);
    memcpy(file, bytes, n);
    if (n_data)
        memcpy(more, data, n_data);
    const size_t before = aq_alloc_stats().live_bytes;
    const AqErr err = aq_weights_open_bytes(&w, "bent", format, (AqMap){file, n, 0},
                                            (AqMap){more, n_data, 0});
    const size_t taken = aq_alloc_stats().live_bytes - before;
    if (err == AQ_OK) {
        if (taken > FREE_BYTES + TIMES_BYTES * (n + n_data))
            fail_msg("%zu bytes of memory for %zu", taken, n + n_data);
        for (size_t k = 0; k < aq_weights_n(w); k++) /* what is there can be read */
            if (aq_weight_is_real(aq_weights_at(w, k)) && aq_weights_at(w, k)->count)
                CHECK_OK(aq_weight_to_floats(aq_weights_at(w, k),
                                             aq_weights_at(w, k)->count - 1, 1, out));
        (void)!aq_weights_check(w);
    } else {
        assert_null(w);
        assert_int_equal(taken, 0); /* no leak */
        if (err != AQ_ERR_FORMAT && err != AQ_ERR_UNSUPPORTED &&
            err != AQ_ERR_NOT_FOUND)
            fail_msg("%s: %s", aq_err_name(err), aq_err_text());
        if (!strstr(aq_err_text(), "bent")) /* the sentence names the file */
            fail_msg("%s", aq_err_text());
    }
    aq_weights_unref(&w);
    aq_free(file);
    aq_free(more);
    return err == AQ_OK;
}

static void cut(const Seed *s)
{
    int n_taken = 0;

    for (size_t k = 1; k < s->file.n; k++) /* every length, which has every 1/64th */
        if (try_bytes(s->format, s->file.bytes, k, s->data.bytes, s->data.n) &&
            ++n_taken > (strstr(s->path, "labels.dnn") != NULL)) /* before the labels */
            fail_msg("%s: taken at %zu of %zu bytes", s->path, k, s->file.n);
    for (size_t k = 0; k < s->data.n; k++)
        if (try_bytes(s->format, s->file.bytes, s->file.n, s->data.bytes, k))
            fail_msg("%s: taken with %zu bytes of data", s->path, k);
}

static void cut_files_are_refused(void **state)
{
    (void)state;
    all_seeds(cut);
}

/* Every byte in turn to values that sizes and offsets fear: taken or not, nothing is
 * read outside, nothing leaks, and memory stays in proportion. */
static void bend(const Seed *s)
{
    static const unsigned char to[] = {0x00, 0x01, 0x7F, 0x80, 0xFF};
    unsigned char *copy = aq_alloc(s->file.n, 1);

    assert_non_null(copy);
    memcpy(copy, s->file.bytes, s->file.n);
    for (size_t at = 0; at < s->file.n; at++) {
        for (size_t k = 0; k < sizeof to; k++) {
            copy[at] = to[k];
            (void)try_bytes(s->format, copy, s->file.n, s->data.bytes, s->data.n);
        }
        copy[at] = s->file.bytes[at] ^ 0x10;
        (void)try_bytes(s->format, copy, s->file.n, s->data.bytes, s->data.n);
        copy[at] = s->file.bytes[at];
    }
    aq_free(copy);
}

static void bent_files_do_no_harm(void **state)
{
    (void)state;
    all_seeds(bend);
}

/* A byte of the values is another one: the checksums of the format tell, where it has
 * them. */
static void damage_is_found(void **state)
{
    static const char *const files[] = {"torch_zip/plain.pth", "npz/plain.npz",
                                        "npz/deflated.npz", "tf_v1/plain.ckpt"};

    (void)state;
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        char path[512];
        const unsigned char minus_six[] = {0, 0, 0xC0, 0xC0};
        AqWeights *w = NULL;

        (void)snprintf(path, sizeof path, SEEDS "%s", files[k]);
        AqMap m = load(path);
        unsigned char *at = NULL, *bytes = (unsigned char *)(uintptr_t)m.bytes;
        for (size_t b = 0; b + 4 <= m.n && !at; b++)
            if (memcmp(bytes + b, minus_six, 4) == 0)
                at = bytes + b;
        if (at) {
            at[2] ^= 1;
            CHECK_OK(aq_weights_open_bytes(&w, "bent", NULL, m, (AqMap){0}));
            assert_int_equal(aq_weights_check(w), AQ_ERR_FORMAT);
            aq_weights_unref(&w);
        } else {
            assert_string_equal(files[k], "npz/deflated.npz");
        }
        aq_free(bytes);
    }
}

/* One more column, or a longer stride, than there are values for. */
static void tensors_stay_in_their_data(void **state)
{
    static const char *const files[] = {"torch_zip/plain.pth",
                                        "torch_legacy/plain.pth"};
    static const struct {
        const char *was, *is;
    } lies[] = {{"K\x02K\x03\x86", "K\x02K\x04\x86"},  /* sizes 2, 3 */
                {"K\x03K\x01\x86", "K\x04K\x01\x86"}}; /* strides 3, 1 */

    (void)state;
    for (size_t f = 0; f < 2; f++)
        for (size_t k = 0; k < 2; k++) {
            char path[512];
            int n = 0;

            (void)snprintf(path, sizeof path, SEEDS "%s", files[f]);
            AqMap m = load(path);
            unsigned char *bytes = (unsigned char *)(uintptr_t)m.bytes;
            for (size_t b = 0; b + 5 <= m.n && !n; b++)
                if (memcmp(bytes + b, lies[k].was, 5) == 0) {
                    memcpy(bytes + b, lies[k].is, 5);
                    n++;
                }
            assert_int_equal(n, 1);
            assert_false(try_bytes(f ? &aq_format_torch_legacy : &aq_format_torch_zip,
                                   bytes, m.n, NULL, 0));
            assert_non_null(strstr(aq_err_text(), "extends beyond its data"));
            aq_free(bytes);
        }
}

static void pickles_are_not_run(void **state)
{
    static const char *const wants[][2] = {{"system.pth", "posix.system"},
                                           {"eval.pth", "__builtin__.eval"},
                                           {"getattr.pth", "__builtin__.getattr"},
                                           {"module.pth", "torch.nn.modules"}};

    (void)state;
    (void)unlink("/tmp/avqa-pipe-was-run");
    for (size_t k = 0; k < 4; k++) {
        AqWeights *w = NULL;
        char path[512];

        (void)snprintf(path, sizeof path, SEEDS "hostile/%s", wants[k][0]);
        assert_int_equal(aq_weights_open(&w, path), AQ_ERR_UNSUPPORTED);
        if (!strstr(aq_err_text(), wants[k][1]))
            fail_msg("does not name %s: %s", wants[k][1], aq_err_text());
    }
    assert_int_not_equal(access("/tmp/avqa-pipe-was-run", F_OK), 0);
}

/* ---- archives ---- */

static void put(unsigned char **at, uint64_t v, int bytes)
{
    for (int k = 0; k < bytes; k++)
        *(*at)++ = (unsigned char)(k < 8 ? v >> (8 * k) : 0);
}

typedef struct Member {
    const char *name;
    unsigned how, packed, bytes, data_at; /* data_at 0: behind its own header */
} Member;

/* An archive of members whose data are `data` (n); headers say what the members say. */
static size_t make_zip(unsigned char *to, const Member *m, int n_members,
                       const unsigned char *data, size_t n)
{
    unsigned char *at = to;
    uint64_t local[4];

    for (int k = 0; k < n_members; k++) {
        local[k] = (uint64_t)(at - to);
        put(&at, 0x04034b50u, 4);
        put(&at, 0, 4);
        put(&at, m[k].how, 2);
        put(&at, 0, 16);
        put(&at, strlen(m[k].name), 2);
        put(&at, 0, 2);
        memcpy(at, m[k].name, strlen(m[k].name));
        at += strlen(m[k].name);
        memcpy(at, data, n);
        at += n;
    }
    const uint64_t directory = (uint64_t)(at - to);
    for (int k = 0; k < n_members; k++) {
        put(&at, 0x02014b50u, 4);
        put(&at, 0, 6);
        put(&at, m[k].how, 2);
        put(&at, 0, 8);
        put(&at, m[k].packed, 4);
        put(&at, m[k].bytes, 4);
        put(&at, strlen(m[k].name), 2);
        put(&at, 0, 12);
        put(&at, m[k].data_at ? m[k].data_at - 1 : local[k], 4);
        memcpy(at, m[k].name, strlen(m[k].name));
        at += strlen(m[k].name);
    }
    const uint64_t end = (uint64_t)(at - to);
    put(&at, 0x06054b50u, 4);
    put(&at, 0, 4);
    put(&at, (uint64_t)n_members, 2);
    put(&at, (uint64_t)n_members, 2);
    put(&at, end - directory, 4);
    put(&at, directory, 4);
    put(&at, 0, 2);
    return (size_t)(at - to);
}

static void archives_do_not_lie(void **state)
{
    static const struct {
        const char *says;
        Member m[2];
        int n;
    } cases[] = {
        {"two members called", {{"a.npy", 0, 8, 8, 0}, {"a.npy", 0, 8, 8, 0}}, 2},
        {"overlap", {{"a.npy", 0, 8, 8, 0}, {"b.npy", 0, 8, 8, 1}}, 2},
        {"extend beyond", {{"a.npy", 0, 4000, 4000, 0}, {0}}, 1},
        {"two sizes", {{"a.npy", 0, 8, 9, 0}, {0}}, 1},
        {"claims to unpack", {{"a.npy", 8, 8, 1u << 30, 0}, {0}}, 1}, /* a bomb */
        {"does not unpack", {{"a.npy", 8, 8, 100, 0}, {0}}, 1},
        {"compressed with method 12", {{"a.npy", 12, 8, 8, 0}, {0}}, 1},
        {"not where the directory", {{"a.npy", 0, 8, 8, 3}, {0}}, 1},
        {"not a .npy file", {{"a.npy", 0, 8, 8, 0}, {0}}, 1}};
    unsigned char data[8] = {1, 2, 3, 4, 5, 6, 7, 8}, file[1024];

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const size_t n = make_zip(file, cases[k].m, cases[k].n, data, sizeof data);
        const char * or = strchr(cases[k].says, '|');

        assert_false(try_bytes(&aq_format_npz, file, n, NULL, 0));
        if (!strstr(aq_err_text(), or ? or +1 : cases[k].says))
            fail_msg("wants '%s': %s", cases[k].says, aq_err_text());
    }
}

/* ---- pickles, by hand: torch_legacy's frame around an operation that lies ---- */

static const char legacy_head[] =
    "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
    "\x80\x02M\xe9\x03."
    "\x80\x02}X\x0d\0\0\0little_endian\x88s.";

/* A legacy file with that pickle for its value and no data; gives what was said to it.
 */
static int try_pickle(const char *body, size_t n)
{
    unsigned char file[1024];
    const size_t at = sizeof legacy_head - 1;

    memcpy(file, legacy_head, at);
    memcpy(file + at, body, n);
    memcpy(file + at + n, "\x80\x02].", 4);
    return try_bytes(&aq_format_torch_legacy, file, at + n + 4, NULL, 0);
}

static void pickles_ask_for_no_more_than_they_bring(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } bodies[] = {
#define BODY(text) {text, sizeof(text) - 1}
        BODY("\x80\x02}r\xFF\xFF\xFF\x7F."),   /* remembers at two thousand million */
        BODY("\x80\x02j\x05\0\0\0."),          /* recalls nothing */
        BODY("\x80\x02X\xFF\xFF\xFF\xFF."),    /* a text of four gigabytes */
        BODY("\x80\x02\x8b\xFF\xFF\xFF\x7F."), /* a number of two */
        BODY("\x80\x02)R."),                   /* calls nothing */
        BODY("\x80\x02}}R."),                  /* calls a dictionary */
        BODY("\x80\x02t."),                    /* closes what is not open */
        BODY("\x80\x02(K\x01s."),              /* one for two */
        BODY("\x80\x02"
             "ccollections\nOrderedDict\n."), /* a name is no value */
        BODY("\x80\x02"
             "ctorch\nFloatStorage\n)R."),
        BODY("\x80\x02K\x01Q."), /* data of a number */
        BODY("\x80\x09."),       /* a protocol to come */
        BODY("\x80\x02i."),      /* protocol 0's INST */
        BODY("\x80\x02."),
        BODY("")};

    (void)state;
    for (size_t k = 0; k < sizeof bodies / sizeof *bodies; k++) {
        if (try_pickle(bodies[k].bytes, bodies[k].n))
            fail_msg("taken: body %zu", k);
    }
}

/* A list in itself, dictionaries that hold themselves: found out, not followed. */
static void values_that_hold_themselves(void **state)
{
    static const char body[] = "\x80\x02}q\x01X\x05\0\0\0modelh\x01s.";

    (void)state;
    assert_false(try_pickle(body, sizeof body - 1));
    assert_non_null(strstr(aq_err_text(), "no dictionary of tensors"));
}

#define MODULE "c__torch__.x\nM\n)\x81"

/* A TorchScript module in itself; one without tensors; attributes that are no
 * dictionary; and as many modules as 2^n, each of n holding the next twice. */
static void modules_that_hold_themselves(void **state)
{
    static const char self[] = "\x80\x02" MODULE "q\x01}X\x01\0\0\0ah\x01sb.",
                      none[] = "\x80\x02" MODULE "}X\x01\0\0\0aK\x01sb.",
                      bare[] = "\x80\x02" MODULE ".", list[] = "\x80\x02" MODULE "]b.";
    static const char twice[] = MODULE "}(X\x01\0\0\0ah\x01X\x01\0\0\0bh\x01ubq\x01";
    char many[512] = "\x80\x02" MODULE "q\x01";
    size_t n = 2 + sizeof MODULE - 1 + 2;

    (void)state;
    assert_false(try_pickle(self, sizeof self - 1));
    assert_non_null(strstr(aq_err_text(), "more modules than any network"));
    assert_false(try_pickle(none, sizeof none - 1));
    assert_non_null(strstr(aq_err_text(), "no tensors"));
    assert_false(try_pickle(bare, sizeof bare - 1));
    assert_false(try_pickle(list, sizeof list - 1));
    for (int k = 0; k < 8; k++, n += sizeof twice - 1)
        memcpy(many + n, twice, sizeof twice - 1);
    many[n++] = '.';
    assert_false(try_pickle(many, n));
    assert_non_null(strstr(aq_err_text(), "no tensors"));
}

/* Every allocation on the way fails once: an error, and nothing is left behind. */
static void out_of_memory(const Seed *s)
{
    for (long k = 1;; k++) {
        AqWeights *w = NULL;
        const size_t before = aq_alloc_stats().live_bytes;

        aq_alloc_fail_after(k);
        const AqErr err = aq_weights_open(&w, s->path);
        const int failed = aq_alloc_failed();
        aq_alloc_fail_after(0);
        if (failed)
            assert_int_equal(err, AQ_ERR_NOMEM);
        else
            CHECK_OK(err);
        aq_weights_unref(&w);
        assert_int_equal(aq_alloc_stats().live_bytes, before);
        if (!failed)
            return;
    }
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    all_seeds(out_of_memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_is_read),
        cmocka_unit_test(a_tf_checkpoint_has_three_names),
        cmocka_unit_test(one_content_has_one_digest),
        cmocka_unit_test(types_and_notes),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(bent_files_do_no_harm),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(tensors_stay_in_their_data),
        cmocka_unit_test(pickles_are_not_run),
        cmocka_unit_test(archives_do_not_lie),
        cmocka_unit_test(modules_that_hold_themselves),
        cmocka_unit_test(pickles_ask_for_no_more_than_they_bring),
        cmocka_unit_test(values_that_hold_themselves),
        cmocka_unit_test(every_allocation_may_fail)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
