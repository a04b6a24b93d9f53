/* SPDX-License-Identifier: MIT */
/*
 * Training by a group, whose processes are threads here: with two, three, four and five
 * of them the losses, the validation and the weights are those of one, with dropout,
 * uneven batches, clips that lack a stream and members without a clip. A stop or a
 * fault of one is everyone's.
 */
#include "base/alloc.h"
#include "model/coqo/coqo.h"
#include "model/train/group.h"
#include "model/train/sampling.h"
#include "model/train/trainer.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 5, STEPS = 64, ROOM = 1 << 22 };

/* ---- a group of threads ---- */

typedef struct Table {
    pthread_barrier_t all;
    int n;
    void *given[MOST];
    double sum[ROOM / 8];
} Table;

typedef struct Seat {
    AqGroup as; /* first */
    Table *table;
    long calls;
} Seat;

static double at(AqGroupOp op, const void *x, size_t k)
{
    return op == AQ_GROUP_SUM_FLOATS ? (double)((const float *)x)[k]
                                     : ((const double *)x)[k];
}

static AqErr reduce(AqGroup *self, AqGroupOp op, void *x, size_t n)
{
    Seat *s = (Seat *)(void *)self;
    Table *t = s->table;

    s->calls++;
    t->given[self->rank] = x;
    (void)pthread_barrier_wait(&t->all);
    for (size_t k = 0; self->rank == 0 && k < n; k++) {
        double y = at(op, t->given[0], k);

        for (int r = 1; r < t->n; r++) {
            const double z = at(op, t->given[r], k);

            y = op == AQ_GROUP_MAX_DOUBLES ? (z > y ? z : y) : y + z;
        }
        t->sum[k] = y;
    }
    (void)pthread_barrier_wait(&t->all);
    for (size_t k = 0; k < n; k++)
        if (op == AQ_GROUP_SUM_FLOATS)
            ((float *)x)[k] = (float)t->sum[k];
        else
            ((double *)x)[k] = t->sum[k];
    (void)pthread_barrier_wait(&t->all);
    return AQ_OK;
}

static AqErr broadcast(AqGroup *self, int root, void *bytes, size_t n)
{
    Seat *s = (Seat *)(void *)self;
    Table *t = s->table;

    s->calls++;
    t->given[self->rank] = bytes;
    (void)pthread_barrier_wait(&t->all);
    if (self->rank != root)
        memcpy(bytes, t->given[root], n);
    (void)pthread_barrier_wait(&t->all);
    return AQ_OK;
}

/* ---- one member's training ---- */

typedef struct Member {
    Seat seat;
    AqCoqoConfig model;
    AqTrainConfig how;
    AqToy *toy;
    int bad_clip; /* its load fails; -1: none */
    int bad_load; /* the load that fails, from 1; 0: none */
    long stop_at; /* step after which it asks to stop; 0: never */
    int resume;
    int val_lacks; /* questions */
    AqErr err;
    char text[512];
    AqTrainSummary s;
    AqModel *out;
    AqTrainLosses curve[STEPS]; /* mean of the epoch so far, after each step */
    double val[STEPS], loss[STEPS];
    long steps;
    AqErr (*load)(void *ctx, size_t clip, AqClipFeatures *out);
} Member;

static char model_path[256], last_path[256];

static AqErr load(void *ctx, size_t clip, AqClipFeatures *out)
{
    Member *m = ctx;

    if ((int)clip == m->bad_clip)
        return aq_fail(AQ_ERR_IO, "clip %zu is not to be had", clip);
    if (m->bad_load > 0 && m->toy->loads + 1 == m->bad_load)
        return aq_fail(AQ_ERR_IO, "the disk is gone");
    return m->load(m->toy, clip, out);
}

static void release(void *ctx, size_t clip, AqClipFeatures *f)
{
    Member *m = ctx;

    (void)clip;
    m->toy->releases++;
    *f = (AqClipFeatures){0};
}

static void watch(void *ctx, const AqTrainProgress *p)
{
    Member *m = ctx;

    m->steps = p->step;
    if (p->step <= STEPS && !p->epoch_done)
        m->curve[p->step - 1] = p->losses;
    if (p->epoch <= STEPS && p->epoch_done) {
        m->val[p->epoch - 1] = p->val_accuracy;
        m->loss[p->epoch - 1] = p->val_loss;
    }
}

static int stop(void *ctx)
{
    const Member *m = ctx;

    return m->stop_at > 0 && m->steps >= m->stop_at;
}

static void *member_main(void *arg)
{
    Member *m = arg;
    AqDataset set = m->toy->set, val;
    AqQuestion asked[CLIPS * EACH];

    set.ctx = m;
    set.load = load;
    set.release = release;
    val = set;
    memcpy(asked, set.questions, sizeof asked);
    asked[1].answer = asked[2].answer = asked[9].answer = "never heard of";
    val.questions = asked;
    val.n_questions -= (size_t)m->val_lacks;
    const AqTrainJob job = {.network = &aq_coqo,
                            .options = &m->model,
                            .how = &m->how,
                            .train = &set,
                            .val = &val,
                            .group = &m->seat.as,
                            .out_path = model_path,
                            .last_path = last_path,
                            .resume = m->resume,
                            .progress = watch,
                            .stop = stop,
                            .ctx = m};
    m->err = aq_train(&m->out, &m->s, &job);
    if (m->err != AQ_OK)
        (void)snprintf(m->text, sizeof m->text, "%s", aq_err_text());
    return NULL;
}

/* Members 0..n-1 as prepared, each in a thread of its own. */
static void train_together(Member *m, int n)
{
    Table *t = aq_alloc(1, sizeof *t);
    pthread_t id[MOST];

    assert_non_null(t);
    t->n = n;
    assert_int_equal(pthread_barrier_init(&t->all, NULL, (unsigned)n), 0);
    for (int k = 0; k < n; k++) {
        m[k].seat =
            (Seat){.as = {.rank = k, .n = n, .reduce = reduce, .broadcast = broadcast},
                   .table = t};
        assert_int_equal(pthread_create(&id[k], NULL, member_main, &m[k]), 0);
    }
    for (int k = 0; k < n; k++)
        assert_int_equal(pthread_join(id[k], NULL), 0);
    for (int k = 1; k < n; k++)
        assert_int_equal(m[k].seat.calls, m[0].seat.calls);
    (void)pthread_barrier_destroy(&t->all);
    aq_free(t);
}

static Member *members(int n)
{
    Member *m = aq_alloc((size_t)n, sizeof *m);

    assert_non_null(m);
    for (int k = 0; k < n; k++) {
        m[k].toy = aq_toy_new();
        m[k].load = m[k].toy->set.load;
        m[k].bad_clip = -1;
        m[k].model = aq_toy_model();
        m[k].how = aq_toy_training();
        m[k].how.batch = 3; /* of 8 videos: 3, 3 and 2 */
        m[k].how.epochs = 4;
        m[k].how.word_dropout = 0.1;
        m[k].model.dropout = 0.2;
    }
    return m;
}

static void members_free(Member **m, int n)
{
    for (int k = 0; k < n; k++) {
        aq_model_free(&(*m)[k].out);
        aq_free((*m)[k].toy);
    }
    aq_free(*m);
    *m = NULL;
}

/* ---- comparisons ---- */

/* Sums of the gradient are rounded in another order, and Adam makes of the smallest
 * gradient a step as large as of any: where it is all but 0 (attention's key bias) its
 * sign is left to chance. 12 steps of at most 3e-3 are taken: measured are 1e-7 for the
 * losses and 3e-5 for the weights. A loss that is one of other data or another dropout
 * is off by 1e-2 and more from the first step on. */
#define LOSS_TOL   1e-5
#define WEIGHT_TOL 2e-4

static void same_losses(const AqTrainLosses *a, const AqTrainLosses *b)
{
    CHECK_NEAR(a->total, b->total, 0, LOSS_TOL);
    CHECK_NEAR(a->part[AQ_COQO_QA], b->part[AQ_COQO_QA], 0, LOSS_TOL);
    CHECK_NEAR(a->part[AQ_COQO_AVM], b->part[AQ_COQO_AVM], 1e-9, LOSS_TOL);
    CHECK_NEAR(a->part[AQ_COQO_AVC], b->part[AQ_COQO_AVC], 1e-9, LOSS_TOL);
    CHECK_NEAR(a->part[AQ_COQO_INTRA], b->part[AQ_COQO_INTRA], 1e-9, LOSS_TOL);
}

/* Root of the mean square of what two models' parameters differ by. */
static double distance(const AqModel *a, const AqModel *b)
{
    AqParams *p = a->net->params, *q = b->net->params;
    double sum = 0;

    for (size_t k = 0; k < aq_params_n(p); k++) {
        const AqTensor *x = aq_params_tensor(p, k), *y = aq_params_tensor(q, k);

        for (size_t j = 0; j < aq_tensor_count(x); j++)
            sum += pow((double)(x->data[j] - y->data[j]), 2);
    }
    return sqrt(sum / (double)aq_params_count(p));
}

static void same_training(const Member *a, const Member *b)
{
    assert_int_equal(a->s.steps, b->s.steps);
    for (long k = 0; k < b->s.steps; k++)
        same_losses(&a->curve[k], &b->curve[k]);
    for (int k = 0; k < b->s.epochs; k++) {
        CHECK_NEAR(a->val[k], b->val[k], 0, 0);
        CHECK_NEAR(a->loss[k], b->loss[k], 0, LOSS_TOL);
    }
    assert_int_equal(a->s.best_epoch, b->s.best_epoch);
    CHECK_NEAR(a->s.val_floor, b->s.val_floor, 1e-12, 0);
    CHECK_NEAR(distance(a->out, b->out), 0, WEIGHT_TOL, 0);
}

static void same_bits(const Member *a, const Member *b)
{
    assert_true(distance(a->out, b->out) == 0);
    assert_memory_equal(a->curve, b->curve, sizeof a->curve);
    assert_memory_equal(a->loss, b->loss, sizeof a->loss);
}

static void compare_with_one(void (*change)(Member *))
{
    Member *one = members(1);

    if (change)
        change(one);
    train_together(one, 1);
    assert_int_equal(one->err, AQ_OK);
    for (int n = 2; n <= MOST; n++) {
        Member *m = members(n);

        for (int k = 0; change && k < n; k++)
            change(&m[k]);
        train_together(m, n);
        for (int k = 0; k < n; k++) {
            if (m[k].err != AQ_OK)
                fail_msg("member %d of %d: %s", k, n, m[k].text);
            same_training(&m[k], one);
            same_bits(&m[k], &m[0]);
        }
        members_free(&m, n);
    }
    members_free(&one, 1);
}

/* ---- tests ---- */

static void many_train_as_one(void **state)
{
    (void)state;
    compare_with_one(NULL);
}

static void own_pool_and_layers(Member *m)
{
    m->model.own_pool = !m->model.own_pool;
    m->model.form.layers = 2;
    m->how.average = 0.9;
    m->how.batch = 4;
    m->how.clip = 0.5;
}

static void choose(Member *m)
{
    aq_toy_choices(m->toy);
    m->how.sample = AQ_SAMPLE_LOSS;
    m->how.vary_seen = 1;
}

static void count(Member *m)
{
    aq_toy_counts(m->toy);
}

static void many_choose_and_count_as_one(void **state)
{
    (void)state;
    compare_with_one(choose);
    compare_with_one(count);
}

/* Whom each question sees is drawn alike in all of them. */
static void some_seen(Member *m)
{
    m->model.form.lambda = 0.5;
    m->model.own_asking = 1;
    m->how.vary_questions = 0;
    m->how.vary_seen = 1;
}

static void so_do_questions_that_do_not_see_each_other(void **state)
{
    (void)state;
    compare_with_one(some_seen);
}

static void hard_negatives(Member *m)
{
    m->how.negatives = AQ_NEGATIVES_HARD;
}

static void so_do_those_that_are_alike(void **state)
{
    (void)state;
    compare_with_one(hard_negatives);
}

static void so_do_other_networks(void **state)
{
    (void)state;
    compare_with_one(own_pool_and_layers);
}

static void several_features(Member *m)
{
    aq_toy_split(m->toy);
    m->how.negatives = AQ_NEGATIVES_HARD;
}

static void so_do_several_features(void **state)
{
    (void)state;
    compare_with_one(several_features);
}

static void blind(Member *m)
{
    m->model.question_only = 1;
    m->how.vary_questions = 0;
}

static void so_does_one_that_sees_nothing(void **state)
{
    (void)state;
    compare_with_one(blind);
}

static void by_kind(Member *m)
{
    m->how.sample = AQ_SAMPLE_KIND;
    m->how.questions = 2;
    m->how.epochs = 6;
}

static void by_loss(Member *m)
{
    by_kind(m);
    m->how.sample = AQ_SAMPLE_LOSS;
}

static void all_draw_the_same(void **state)
{
    (void)state;
    compare_with_one(by_kind);
    compare_with_one(by_loss);
}

static void a_stop_of_one_stops_all(void **state)
{
    enum { N = 3 };
    Member *m = members(N), *again = members(2), *one = members(1);

    (void)state;
    train_together(one, 1);
    m[1].stop_at = 5;
    train_together(m, N);
    for (int k = 0; k < N; k++) {
        assert_int_equal(m[k].err, AQ_OK);
        assert_int_equal(m[k].s.stopped, 1);
        assert_int_equal(m[k].s.steps, 5);
    }
    again[0].resume = again[1].resume = 1; /* with fewer hands */
    train_together(again, 2);
    assert_int_equal(again->err, AQ_OK);
    assert_int_equal(again->s.steps, one->s.steps);
    same_losses(&again->s.losses, &one->s.losses);
    CHECK_NEAR(distance(again->out, one->out), 0, WEIGHT_TOL, 0);
    members_free(&m, N);
    members_free(&again, 2);
    members_free(&one, 1);
}

static void a_fault_of_one_is_everyones(void **state)
{
    enum { N = 4 };

    (void)state;
    for (int who = 0; who < N; who++) {
        Member *m = members(N);
        char want[96];

        m[who].bad_clip = 6;
        m[(who + 1) % N].stop_at = 1; /* a fault comes before a stop */
        train_together(m, N);
        (void)snprintf(want, sizeof want, "process %d of 4: clip 6 is not", who + 1);
        for (int k = 0; k < N; k++) {
            assert_int_equal(m[k].err, AQ_ERR_IO);
            assert_non_null(strstr(m[k].text, want));
            assert_null(m[k].out);
        }
        members_free(&m, N);
    }
}

/* Nothing is cached: the first 8 loads are for the statistics, those that follow for
 * steps, in which each loads its own clips only, and for the validation. */
static void also_in_the_middle(void **state)
{
    enum { N = 2 };

    (void)state;
    for (int late = 1; late <= 10; late++) {
        Member *m = members(N);

        for (int k = 0; k < N; k++)
            m[k].how.cache_mb = 0;
        m[1].bad_load = CLIPS + late;
        train_together(m, N);
        for (int k = 0; k < N; k++) {
            assert_int_equal(m[k].err, AQ_ERR_IO);
            assert_non_null(strstr(m[k].text, "process 2 of 2: "));
            assert_non_null(strstr(m[k].text, "the disk is gone"));
            assert_true(m[k].toy->loads - m[k].toy->releases == 0);
        }
        if (late == 1)
            assert_non_null(strstr(m[0].text, "training step 1: "));
        members_free(&m, N);
    }
}

static void those_who_differ_are_refused(void **state)
{
    enum { N = 2 };

    (void)state;
    for (int what = 0; what < 5; what++) {
        Member *m = members(N);

        if (what == 0)
            m[1].how.lr *= 2;
        else if (what == 1)
            m[1].toy->audio[2][0] += 1;
        else if (what == 2)
            m[1].val_lacks = 1;
        else if (what == 3) {
            m[0].how.sample = m[1].how.sample = AQ_SAMPLE_KIND;
            m[1].toy->questions[3].template_ = "Is there?";
        } else
            m[1].toy->questions[3].answer = m[1].toy->questions[4].answer =
                m[1].toy->questions[5].answer = "left";
        train_together(m, N);
        for (int k = 0; k < N; k++) {
            assert_int_equal(m[k].err, AQ_ERR_MISMATCH);
            assert_non_null(strstr(m[k].text, "process 2 of 2: its options"));
        }
        members_free(&m, N);
    }
}

static void parts_cover_all(void **state)
{
    (void)state;
    for (int n = 1; n <= 6; n++)
        for (int size = 0; size < 20; size++) {
            int next = 0;

            for (int r = 0; r < n; r++) {
                const AqGroup g = {.rank = r, .n = n};
                int first;
                const int part = aq_group_part(&g, size, &first);

                assert_int_equal(first, next);
                assert_true(part >= size / n && part <= size / n + 1);
                next += part;
            }
            assert_int_equal(next, size);
        }
}

static int paths(void **state)
{
    (void)state;
    (void)snprintf(model_path, sizeof model_path, "%s", aq_toy_path("group"));
    (void)snprintf(last_path, sizeof last_path, "%s", aq_toy_path("group.last"));
    return 0;
}

static int clean(void **state)
{
    (void)state;
    (void)unlink(model_path);
    (void)unlink(last_path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_cover_all),
        cmocka_unit_test(many_train_as_one),
        cmocka_unit_test(many_choose_and_count_as_one),
        cmocka_unit_test(so_do_those_that_are_alike),
        cmocka_unit_test(so_do_other_networks),
        cmocka_unit_test(so_do_questions_that_do_not_see_each_other),
        cmocka_unit_test(so_do_several_features),
        cmocka_unit_test(so_does_one_that_sees_nothing),
        cmocka_unit_test(all_draw_the_same),
        cmocka_unit_test(a_stop_of_one_stops_all),
        cmocka_unit_test(a_fault_of_one_is_everyones),
        cmocka_unit_test(also_in_the_middle),
        cmocka_unit_test(those_who_differ_are_refused)};

    return cmocka_run_group_tests(tests, paths, clean);
}
