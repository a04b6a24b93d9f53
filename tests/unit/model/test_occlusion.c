/* SPDX-License-Identifier: MIT */
/*
 * Hiding parts of a clip: what comes out is what the network says of the clip so
 * changed, to the bit, whatever is computed side by side; what is not there costs
 * nothing; the second and the cell that an answer was made to depend on are found.
 */
#include "model/explain/occlusion.h"

#include "base/alloc.h"
#include "model/coqo/coqo.h"
#include "model/data/changes.h"
#include "model/trained/batch.h"
#include "model/trained/model_tower.h"
#include "model/trained/predictor.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

#include <math.h>
#include <string.h>

#define ASKED "Where is the first sounding instrument?"

/* log(p / (1 - p)) of answer a, as the header says it. */
static double odds_of(const AqReal *logits, int n, int a)
{
    double most = (double)-INFINITY, sum = 0;

    for (int k = 0; k < n; k++)
        if (k != a)
            most = fmax(most, (double)logits[k]);
    for (int k = 0; k < n; k++)
        if (k != a)
            sum += exp((double)logits[k] - most);
    return (double)logits[a] - most - log(sum);
}

/* What there is to choose from, for models that choose: the toy's answers. */
enum { OFFERED = 5 };
static const char *const offered[OFFERED] = {"yes", "no", "two", "left", "three"};

static int rows_asked(const AqModel *m)
{
    return m->shape.task == AQ_TASK_CHOICE ? OFFERED : 1;
}

/* The question, or each of its candidates, in the batch's only ask. */
static void ask_in_batch(const AqModel *m, AqBatchMaker *b)
{
    int ids[64], n, asked;

    for (int k = 0; k < rows_asked(m); k++) {
        if (m->shape.task != AQ_TASK_CHOICE) {
            n = aq_vocab_encode(&m->words, ASKED, ids, m->net->reads.max_words);
            aq_batch_question(b, 0, 0, ids, n, -1, 0);
            continue;
        }
        CHECK_OK(aq_model_encode_choice(m, NULL, ASKED, offered[k], ids, &n, &asked));
        aq_batch_question(b, 0, k, ids, n, -1, 0);
        aq_batch_candidate(b, 0, k, 0, asked);
    }
}

/* The network as a whole on one clip, with nothing shared: log-odds of answer a. */
static double plainly(const AqModel *m, const AqClipFeatures *f, int a)
{
    AqBatchMaker b = {0};
    AqAnswerOutput y;
    AqNn *nn;

    CHECK_OK(aq_nn_new(&nn, NULL));
    CHECK_OK(aq_batch_begin(&b, m, f, 1, 1, rows_asked(m)));
    ask_in_batch(m, &b);
    aq_batch_end(&b);
    aq_nn_begin(nn, AQ_NN_INFER);
    aq_answer_forward(nn, m->net, &b.batch, &y);
    CHECK_OK(aq_nn_error(nn));
    const double odds = odds_of(y.logits->data, rows_asked(m) * m->shape.n_answers, a);
    aq_batch_clear(&b);
    aq_nn_free(&nn);
    return odds;
}

/* A clip of one's own, to change. */
typedef struct Copy {
    AqClipFeatures f;
    float v[2][MOST_T * S * V], change[MOST_T * S * V];
    unsigned char on[2][MOST_T];
} Copy;

static void copy(Copy *c, const AqClipFeatures *f)
{
    const size_t T = (size_t)f->n_seconds;

    c->f = *f;
    if (f->audio) {
        memcpy(c->v[0], f->audio, T * A * sizeof(float));
        c->f.audio = c->v[0];
    }
    if (f->visual) {
        memcpy(c->v[1], f->visual, T * S * V * sizeof(float));
        aq_clip_changes(c->change, f, (int)T, (size_t)S * V);
        c->f.visual = c->v[1];
        c->f.visual_change = c->change;
    }
    memcpy(c->on[0], f->audio_present, T);
    memcpy(c->on[1], f->visual_present, T);
    c->f.audio_present = c->on[0];
    c->f.visual_present = c->on[1];
}

static void flatten_values(float *v, const unsigned char *on, int T, int width, int t)
{
    for (int k = 0; k < width; k++) {
        double sum = 0;
        int n = 0;

        for (int u = 0; u < T; u++)
            if (on[u]) {
                sum += (double)v[u * width + k];
                n++;
            }
        float *own = &v[t * width + k];
        *own = (float)((sum - (double)*own) / (n - 1));
    }
}

/* Second t, and what changes in it, as the other present ones are on average. */
static void flatten(Copy *c, int which, int t)
{
    const int T = c->f.n_seconds;

    flatten_values(c->v[which], c->on[which], T, which ? S * V : A, t);
    if (which)
        flatten_values(c->change, c->on[which], T, S * V, t);
}

static void flatten_cell_values(float *v, int t, int s)
{
    for (int k = 0; k < V; k++) {
        double sum = 0;

        for (int j = 0; j < S; j++)
            sum += j == s ? 0 : (double)v[(t * S + j) * V + k];
        v[(t * S + s) * V + k] = (float)(sum / (S - 1));
    }
}

/* Cell s of second t, and what changes in it, as the other cells of it are. */
static void flatten_cell(Copy *c, int t, int s)
{
    flatten_cell_values(c->v[1], t, s);
    flatten_cell_values(c->change, t, s);
}

static float cost(const AqModel *m, const AqOcclusion *y, const Copy *c)
{
    return (float)(y->log_odds - plainly(m, &c->f, y->answer));
}

/* Every second and both streams: the clip changed by hand beside what was said. */
static void same_by_hand(const AqModel *m, const AqClipFeatures *f,
                         const AqOcclusion *y)
{
    Copy c;

    for (int which = 0; which < 2; which++) {
        for (int t = 0; t < f->n_seconds; t++) {
            copy(&c, f);
            const int there = y->has[which] && c.on[which][t];
            if (there)
                flatten(&c, which, t);
            assert_true(y->second[which][t] == (there ? cost(m, y, &c) : 0));
        }
        copy(&c, f);
        memset(c.on[which], 0, MOST_T);
        assert_true(y->stream[which] == (y->has[which] ? cost(m, y, &c) : 0));
    }
}

static void cells_same_by_hand(const AqModel *m, const AqClipFeatures *f,
                               const AqOcclusion *y)
{
    Copy c, all;

    for (int s = 0; s < S; s++) {
        copy(&all, f);
        for (int t = 0; t < f->n_seconds; t++) {
            copy(&c, f);
            assert_int_equal(y->looked[t], c.on[1][t]);
            if (!c.on[1][t])
                continue;
            flatten_cell(&c, t, s);
            flatten_cell(&all, t, s);
            assert_true(y->grid[t * S + s] == cost(m, y, &c));
        }
        assert_true(y->cell[s] == cost(m, y, &all));
    }
}

static void drops_are_right(AqToy *toy, const AqModel *m)
{
    AqOccluder *o;
    AqOcclusion y;
    AqClipFeatures f;

    CHECK_OK(aq_occluder_new(&o, m, NULL));
    aq_occluder_at_once(o, 1); /* products of the same sizes, so the same bits */
    aq_occluder_offer(o, offered, OFFERED);
    for (size_t clip = 0; clip < CLIPS; clip++) {
        CHECK_OK(toy->set.load(toy, clip, &f));
        CHECK_OK(aq_occlude(o, &f, ASKED, 1, &y));
        assert_int_equal(y.n_seconds, f.n_seconds);
        assert_int_equal(y.has[0], clip != 6);
        assert_int_equal(y.has[1], clip != 7);
        assert_int_equal(y.cell != NULL, clip != 7);
        assert_true(y.log_odds == plainly(m, &f, y.answer));
        same_by_hand(m, &f, &y);
        if (y.cell)
            cells_same_by_hand(m, &f, &y);
    }
    aq_occluder_free(&o);
}

static void a_drop_is_that_of_the_clip_so_changed(void **state)
{
    AqToy *toy = aq_toy_new();
    AqModel *m = aq_toy_train(toy, 3);

    (void)state;
    drops_are_right(toy, m);
    aq_model_free(&m);
    aq_free(toy);
}

/* A candidate has rows of its own wherever the question has a part in them. */
static void candidates_are_hidden_from_together(void **state)
{
    const AqTrainConfig h = aq_toy_training();
    AqToy *toy = aq_toy_new();
    AqTrainSummary s;

    (void)state;
    toy->set.task = AQ_TASK_CHOICE;
    for (size_t k = 0; k < toy->set.n_questions; k++) {
        toy->questions[k].task = AQ_TASK_CHOICE;
        toy->questions[k].choices = offered;
        toy->questions[k].n_choices = OFFERED;
    }
    for (int own_pool = 0; own_pool < 2; own_pool++) {
        AqCoqoConfig c = aq_toy_model();

        c.own_pool = own_pool;
        AqModel *m = aq_toy_train_as(&c, &h, toy, &s);
        drops_are_right(toy, m);
        aq_model_free(&m);
    }
    aq_free(toy);
}

/* How wide the rows between the network's parts are. */
static void check_widths(const AqModel *m, int words, int look_a, int look_v,
                         int weigh_a, int weigh_v)
{
    const AqAnswerReads *r = &m->net->reads;

    assert_int_equal(r->words_width, words);
    assert_int_equal(r->look_width[AQ_AUDIO], look_a);
    assert_int_equal(r->look_width[AQ_VISUAL], look_v);
    assert_int_equal(r->weigh_width[AQ_AUDIO], weigh_a);
    assert_int_equal(r->weigh_width[AQ_VISUAL], weigh_v);
}

/* Rows of as many widths as there are parts; rows all alike; and those between. Answers
 * are names here, so that the second look is for what the first answers. */
static void rows_may_be_of_different_widths(void **state)
{
    const AqTrainConfig h = aq_toy_training();
    AqToy *toy = aq_toy_new();
    AqTrainSummary s;

    (void)state;
    aq_toy_answer_names(toy);
    for (int variant = 0; variant < 5; variant++) {
        AqCoqoConfig c = aq_toy_model();
        const int d = c.dim, cells = S * 32;

        c.own_pool = variant != 1;
        c.roles = variant == 1 ? 0 : c.roles;
        c.hop = variant != 2;
        c.subject = c.changes = variant != 4;
        if (variant == 3)
            aq_coqo_config_before(&c);
        AqModel *m = aq_toy_train_as(&c, &h, toy, &s);
        assert_true(aq_toy_has_names(m));
        if (variant == 0)
            check_widths(m, 4 * d, d, d + cells, 3 * d, d + cells);
        else if (variant == 1)
            check_widths(m, 3 * d, d, d + cells, 3 * d, d + cells);
        else if (variant == 2)
            check_widths(m, 3 * d, d, d, 2 * d, d);
        else if (variant == 4)
            check_widths(m, 3 * d, d, d + cells, 2 * d, d + cells);
        else
            check_widths(m, d, d, d, d, d);
        drops_are_right(toy, m);
        aq_model_free(&m);
    }
    aq_free(toy);
}

static void explains_what_the_predictor_says(void **state)
{
    AqToy *toy = aq_toy_new();
    AqModel *m = aq_toy_train(toy, 3);
    AqPredictor *p;
    AqPrediction said;
    AqOccluder *o;
    AqOcclusion y;
    AqClipFeatures f;

    (void)state;
    CHECK_OK(aq_predictor_new(&p, m, NULL));
    CHECK_OK(aq_occluder_new(&o, m, NULL));
    for (size_t clip = 0; clip < CLIPS; clip++) {
        CHECK_OK(toy->set.load(toy, clip, &f));
        CHECK_OK(aq_predictor_ask(p, &f, ASKED, &said));
        CHECK_OK(aq_occlude(o, &f, ASKED, 0, &y));
        const double prob = (double)said.probability[said.order[0]];
        assert_int_equal(y.answer, said.order[0]);
        CHECK_NEAR(y.log_odds, log(prob / (1 - prob)), 1e-4, 1e-4);
    }
    aq_predictor_free(&p);
    aq_occluder_free(&o);
    aq_model_free(&m);
    aq_free(toy);
}

/* The tolerance is that of products of other sizes, which round in another order. */
static void near(const float *a, const float *b, int n)
{
    for (int k = 0; k < n; k++)
        CHECK_NEAR(a[k], b[k], 1e-4, 1e-4);
}

static void chunks_change_nothing(void **state)
{
    static const int at_once[] = {1, 2, 7};
    AqToy *toy = aq_toy_new();
    aq_toy_answer_names(toy);
    AqModel *m = aq_toy_train(toy, 30);
    AqOccluder *o, *whole;
    AqOcclusion y, z;
    AqClipFeatures f;

    (void)state;
    CHECK_OK(aq_occluder_new(&o, m, NULL));
    CHECK_OK(aq_occluder_new(&whole, m, NULL));
    for (size_t clip = 0; clip < CLIPS; clip++) {
        CHECK_OK(toy->set.load(toy, clip, &f));
        const int T = f.n_seconds;

        CHECK_OK(aq_occlude(whole, &f, ASKED, 1, &z));
        assert_int_equal(z.cell != NULL, clip != 7);
        for (int k = 0; k < 3; k++) {
            aq_occluder_at_once(o, at_once[k]);
            CHECK_OK(aq_occlude(o, &f, ASKED, 1, &y));
            assert_int_equal(y.answer, z.answer);
            near(y.stream, z.stream, 2);
            for (int which = 0; which < 2; which++)
                near(y.second[which], z.second[which], T);
            if (z.cell) {
                near(y.cell, z.cell, S);
                near(y.grid, z.grid, T * S);
                assert_memory_equal(y.looked, z.looked, (size_t)T);
            }
        }
    }
    aq_occluder_free(&o);
    aq_occluder_free(&whole);
    aq_model_free(&m);
    aq_free(toy);
}

/* Noise everywhere, but for one second of sound and one cell of one picture: whether
 * what is there is up or down decides the answer, and where it is differs by clip. */
static int clue_second(size_t clip)
{
    return (int)((clip * 3 + clip / 4) % 4);
}

static int clue_cell(size_t clip)
{
    return (int)((clip + clip / 2) % S);
}

static void hide_a_clue(AqToy *toy, int in_sound)
{
    for (size_t c = 0; c < CLIPS; c++) {
        const int up = c % 2 ? 1 : -1, t = clue_second(c);

        for (int k = 0; k < MOST_T * A; k++)
            toy->audio[c][k] *= 0.05F;
        for (int k = 0; k < MOST_T * S * V; k++)
            toy->visual[c][k] *= 0.05F;
        memset(toy->audio_on[c], in_sound, MOST_T);
        memset(toy->visual_on[c], !in_sound, MOST_T);
        for (int k = 0; in_sound && k < MOST_T * A; k++)
            toy->audio[c][k] = k / A == t ? (float)up * 2 : 0.01F * (float)(k % 3);
        for (int k = 0; !in_sound && k < MOST_T * S * V; k++)
            toy->visual[c][k] =
                k / V == t * S + clue_cell(c) ? (float)up * 2 : 0.01F * (float)(k % 3);
        for (int q = 0; q < EACH; q++)
            toy->questions[c * EACH + (size_t)q].answer = up > 0 ? "yes" : "no";
    }
}

static int largest(const float *v, int n)
{
    int best = 0;

    for (int k = 1; k < n; k++)
        best = v[k] > v[best] ? k : best;
    return best;
}

/* One of the two answers may be what is said where nothing is seen: that one rests on
 * nothing, the other on the clue. */
static void find_the_clue(int in_sound)
{
    const int which = in_sound ? AQ_AUDIO : AQ_VISUAL;
    AqToy *toy = aq_toy_new();
    AqOccluder *o;
    AqOcclusion y;
    AqClipFeatures f;
    int n_found = 0;

    hide_a_clue(toy, in_sound);
    AqModel *m = aq_toy_train(toy, 120);
    CHECK_OK(aq_occluder_new(&o, m, NULL));
    for (size_t clip = 0; clip < 6; clip++) {
        const int t = clue_second(clip);

        CHECK_OK(toy->set.load(toy, clip, &f));
        CHECK_OK(aq_occlude(o, &f, ASKED, !in_sound, &y));
        assert_string_equal(m->answers.at[y.answer], clip % 2 ? "yes" : "no");
        assert_true(y.stream[!which] == 0);
        if (y.second_answer[which][t] == y.answer)
            continue;
        n_found++;
        assert_int_equal(largest(y.second[which], y.n_seconds), t);
        assert_true(y.second[which][t] > 1);
        if (in_sound)
            continue;
        assert_int_equal(largest(y.cell, S), clue_cell(clip));
        assert_int_equal(largest(y.grid, y.n_seconds * S), t * S + clue_cell(clip));
    }
    assert_true(n_found >= 3);
    aq_occluder_free(&o);
    aq_model_free(&m);
    aq_free(toy);
}

static void the_second_that_decides_is_found(void **state)
{
    (void)state;
    find_the_clue(1);
}

static void the_cell_that_decides_is_found(void **state)
{
    (void)state;
    find_the_clue(0);
}

/* What is answered without a set of seconds is what the predictor says of a clip that
 * has them marked absent; without none, what was answered. */
static void a_lacking_second_is_an_absent_one(void **state)
{
    AqToy *toy = aq_toy_new();
    AqModel *m = aq_toy_train(toy, 30);
    AqPredictor *p;
    AqPrediction said;
    AqOccluder *o;
    AqOcclusion y;
    Copy c;
    AqClipFeatures f;
    int answers[2 * MOST_T + 1];

    (void)state;
    CHECK_OK(aq_occluder_new(&o, m, NULL));
    CHECK_OK(aq_predictor_new(&p, m, NULL));
    for (size_t clip = 0; clip < CLIPS; clip++) {
        unsigned char sets[(2 * MOST_T + 1) * 2 * MOST_T] = {0};

        CHECK_OK(toy->set.load(toy, clip, &f));
        CHECK_OK(aq_occlude(o, &f, ASKED, 0, &y));
        const int T = y.n_seconds, n = 2 * T;
        for (int k = 0; k < n; k++)
            sets[k * n + k] = sets[k * n + (k + 2) % n] = 1;
        CHECK_OK(aq_occlude_sets(o, sets, n + 1, answers));
        for (int k = 0; k < n; k++) {
            copy(&c, &f);
            c.on[k / T][k % T] = c.on[(k + 2) % n / T][(k + 2) % n % T] = 0;
            CHECK_OK(aq_predictor_ask(p, &c.f, ASKED, &said));
            assert_int_equal(answers[k], said.order[0]);
        }
        assert_int_equal(answers[n], y.answer);
    }
    aq_predictor_free(&p);
    aq_occluder_free(&o);
    aq_model_free(&m);
    aq_free(toy);
}

/* Every allocation fails once: an error, never a crash or half a result. */
static void memory_may_run_out(void **state)
{
    AqToy *toy = aq_toy_new();
    AqModel *m = aq_toy_train(toy, 1);
    AqClipFeatures f;
    AqErr err = AQ_ERR_NOMEM;

    (void)state;
    CHECK_OK(toy->set.load(toy, 0, &f));
    for (long n = 1; err != AQ_OK && n < 100000; n++) {
        AqOccluder *o = NULL;
        AqOcclusion y;

        aq_alloc_fail_after(n);
        err = aq_occluder_new(&o, m, NULL);
        if (err == AQ_OK)
            err = aq_occlude(o, &f, ASKED, 1, &y);
        aq_alloc_fail_after(0);
        aq_occluder_free(&o);
        assert_true(err == AQ_OK || err == AQ_ERR_NOMEM);
    }
    assert_int_equal(err, AQ_OK);
    aq_model_free(&m);
    aq_free(toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_drop_is_that_of_the_clip_so_changed),
        cmocka_unit_test(candidates_are_hidden_from_together),
        cmocka_unit_test(rows_may_be_of_different_widths),
        cmocka_unit_test(explains_what_the_predictor_says),
        cmocka_unit_test(chunks_change_nothing),
        cmocka_unit_test(the_second_that_decides_is_found),
        cmocka_unit_test(the_cell_that_decides_is_found),
        cmocka_unit_test(a_lacking_second_is_an_absent_one),
        cmocka_unit_test(memory_may_run_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
