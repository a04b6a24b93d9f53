/* SPDX-License-Identifier: MIT */
/*
 * A pretraining that was stopped and goes on is, bit for bit, one that was not: after
 * every possible step, more than once, with inputs that are changed at random, of
 * sounds and of pictures. What does not belong together is refused.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "extract/pretrain/pretrain.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    N = 7, /* the last two are validated with */
    KINDS = 2,
    BATCH = 2,
    EPOCHS = 2,
    STEPS = 3 * EPOCHS /* the third of an epoch is of one input */
};

static char last_path[256];

typedef struct Toy {
    AqPretrainSet set;
    const char *network;
    size_t each;
    float *in[N];
    float target[N * 3 * KINDS], weight[N * 3 * KINDS];
    unsigned char val[N];
} Toy;

static AqExtractor *open_network(const char *name)
{
    AqExtractor *x;

    CHECK_OK(aq_extractor_open(&x, name, "seeded:5", NULL));
    return x;
}

static Toy *toy_new(const char *network)
{
    Toy *t = aq_alloc(1, sizeof *t);
    AqExtractor *x = open_network(network);
    const AqExtractorFacts facts = aq_extractor_facts(x);
    AqRng rng = aq_rng(8, 0);

    assert_non_null(t);
    t->network = network;
    t->each = aq_extractor_values(facts.input.dims);
    for (int k = 0; k < N; k++) {
        t->in[k] = aq_alloc(t->each, sizeof **t->in);
        assert_non_null(t->in[k]);
        for (size_t j = 0; j < t->each; j++)
            t->in[k][j] = (float)aq_rng_range(&rng, -2, 2);
        t->val[k] = k >= N - 2;
    }
    for (int k = 0; k < N * 3 * KINDS; k++) {
        t->target[k] = (float)aq_rng_below(&rng, 2);
        t->weight[k] = k % 5 != 0;
    }
    t->set = (AqPretrainSet){.n = N,
                             .in = (const float *const *)t->in,
                             .bands = facts.modality == AQ_AUDIO ? 1 : 3,
                             .targets = KINDS,
                             .group = 1,
                             .target = t->target,
                             .weight = t->weight,
                             .val = t->val};
    aq_extractor_close(&x);
    return t;
}

static void toy_free(Toy *t)
{
    for (int k = 0; k < N; k++)
        aq_free(t->in[k]);
    aq_free(t);
}

static AqPretrainConfig pretraining(void)
{
    return (AqPretrainConfig){.epochs = EPOCHS,
                              .batch = BATCH,
                              .lr = 3e-3,
                              .weight_decay = 0.05,
                              .augment = 1,
                              .seed = 4};
}

typedef struct Watch {
    long after; /* stop() says so behind this step */
    AqPretrainProgress last;
} Watch;

static void watch(void *ctx, const AqPretrainProgress *p)
{
    ((Watch *)ctx)->last = *p;
}

static int stop(void *ctx)
{
    const Watch *w = ctx;

    return w->after > 0 && w->last.step >= w->after;
}

/* One stretch: up to step `until` (0: the end). Gives the network. */
static AqErr stretch(AqExtractor **x, Watch *w, const AqPretrainConfig *h, const Toy *t,
                     long until, int resume)
{
    const AqPretrainJob job = {.set = &t->set,
                               .how = h,
                               .last_path = last_path,
                               .resume = resume,
                               .progress = watch,
                               .stop = stop,
                               .ctx = w};

    *w = (Watch){.after = until};
    *x = open_network(t->network);
    return aq_pretrain(*x, &job);
}

static void same(const AqExtractor *a, const AqExtractor *b)
{
    AqParams *p = aq_extractor_params(a), *q = aq_extractor_params(b);

    assert_int_equal(aq_params_count(p), aq_params_count(q));
    assert_memory_equal(aq_params_values(p), aq_params_values(q),
                        aq_params_count(p) * sizeof(AqReal));
}

static void same_end(const Watch *a, const Watch *b)
{
    assert_int_equal(a->last.epoch, EPOCHS);
    assert_int_equal(b->last.epoch, EPOCHS);
    assert_int_equal(a->last.step, b->last.step);
    assert_true(a->last.epoch_done && b->last.epoch_done);
    assert_true(memcmp(&a->last.loss, &b->last.loss, sizeof(double)) == 0);
    assert_true(memcmp(&a->last.val_loss, &b->last.val_loss, sizeof(double)) == 0);
    assert_true(isfinite(a->last.val_loss));
}

static void going_on_is_not_having_stopped(const char *network)
{
    const AqPretrainConfig h = pretraining();
    AqExtractor *want, *x;
    Toy *t = toy_new(network);
    Watch whole, w;

    CHECK_OK(stretch(&want, &whole, &h, t, 0, 0));
    assert_int_equal(whole.last.step, STEPS);
    for (long k = 1; k <= STEPS; k++) {
        assert_int_equal(stretch(&x, &w, &h, t, k, 0), AQ_ERR_CANCELLED);
        assert_int_equal(w.last.step, k);
        aq_extractor_close(&x);
        CHECK_OK(stretch(&x, &w, &h, t, 0, 1));
        same(x, want);
        same_end(&w, &whole);
        aq_extractor_close(&x);
    }
    aq_extractor_close(&want);
    toy_free(t);
}

static void of_sounds(void **state)
{
    (void)state;
    going_on_is_not_having_stopped("vggish_nano");
}

static void of_pictures(void **state)
{
    (void)state;
    going_on_is_not_having_stopped("swin_nano");
}

static void many_small_stretches_too(void **state)
{
    const AqPretrainConfig h = pretraining();
    AqExtractor *want, *x;
    Toy *t = toy_new("vggish_nano");
    Watch whole, w;

    (void)state;
    CHECK_OK(stretch(&want, &whole, &h, t, 0, 0));
    for (long k = 1; k <= STEPS; k++) {
        assert_int_equal(stretch(&x, &w, &h, t, k, k > 1), AQ_ERR_CANCELLED);
        aq_extractor_close(&x);
    }
    for (int k = 0; k < 2; k++) { /* what is done stays done */
        CHECK_OK(stretch(&x, &w, &h, t, 0, 1));
        same(x, want);
        same_end(&w, &whole);
        aq_extractor_close(&x);
    }
    aq_extractor_close(&want);
    toy_free(t);
}

static void refused(const AqPretrainConfig *h, const Toy *t, AqErr how, const char *why)
{
    AqExtractor *x;
    Watch w;

    assert_int_equal(stretch(&x, &w, h, t, 0, 1), how);
    if (!strstr(aq_err_text(), why))
        fail_msg("\"%s\" does not say \"%s\"", aq_err_text(), why);
    assert_int_equal(w.last.step, 0);
    aq_extractor_close(&x);
}

static void what_does_not_belong_together_is_refused(void **state)
{
    AqPretrainConfig h = pretraining();
    AqExtractor *x;
    Toy *t = toy_new("vggish_nano");
    Watch w;

    (void)state;
    (void)unlink(last_path);
    refused(&h, t, AQ_ERR_NOT_FOUND, last_path);
    assert_int_equal(stretch(&x, &w, &h, t, 4, 0), AQ_ERR_CANCELLED);
    aq_extractor_close(&x);
    h.lr *= 2;
    refused(&h, t, AQ_ERR_MISMATCH, "lr=0.003, and here it is lr=0.006");
    h = pretraining();
    h.epochs++;
    refused(&h, t, AQ_ERR_MISMATCH, "epochs=2, and here it is epochs=3");
    h = pretraining();
    float *x3 = &t->in[3][t->each - 1];
    const float was = *x3;
    *x3 = was + 1;
    refused(&h, t, AQ_ERR_MISMATCH, "other clips or another truth");
    *x3 = was;
    t->target[5] = 1 - t->target[5];
    refused(&h, t, AQ_ERR_MISMATCH, "other clips or another truth");
    t->target[5] = 1 - t->target[5];
    Toy *pictures = toy_new("swin_nano");
    refused(&h, pictures, AQ_ERR_MISMATCH, "extractor=vggish_nano");
    toy_free(pictures);
    toy_free(t);
}

static void write_last(const char *bytes, size_t n)
{
    AqFsWriter w;

    CHECK_OK(aq_fs_write_begin(&w, last_path));
    CHECK_OK(aq_fs_write(&w, bytes, n));
    CHECK_OK(aq_fs_write_commit(&w));
}

static void broken_files_are_refused(void **state)
{
    const AqPretrainConfig h = pretraining();
    AqExtractor *x;
    Toy *t = toy_new("vggish_nano");
    char *whole;
    size_t n;
    Watch w;

    (void)state;
    assert_int_equal(stretch(&x, &w, &h, t, 4, 0), AQ_ERR_CANCELLED);
    CHECK_OK(aq_fs_read(last_path, 1 << 26, &whole, &n));
    for (size_t k = 0; k < 8; k++) { /* cut at every eighth */
        write_last(whole, n * k / 8);
        refused(&h, t, AQ_ERR_FORMAT, last_path);
    }
    aq_free(whole);
    CHECK_OK(aq_extractor_save(x, last_path, "test")); /* a network is no state */
    refused(&h, t, AQ_ERR_FORMAT, "not the state of an interrupted pretraining");
    aq_extractor_close(&x);
    toy_free(t);
}

static int paths(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    (void)snprintf(last_path, sizeof last_path, "%s/aq-pretrain-%ld.last",
                   tmp ? tmp : "/tmp", (long)getpid());
    return 0;
}

static int clean(void **state)
{
    (void)state;
    (void)unlink(last_path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_sounds), cmocka_unit_test(of_pictures),
        cmocka_unit_test(many_small_stretches_too),
        cmocka_unit_test(what_does_not_belong_together_is_refused),
        cmocka_unit_test(broken_files_are_refused)};

    return cmocka_run_group_tests(tests, paths, clean);
}
