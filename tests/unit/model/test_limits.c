/* SPDX-License-Identifier: MIT */
/* What a model knows of its limits: kinds of answers, temperatures, likeness of clips,
 * presence of what is named; learned, kept in the model file, used in asking. */
#include "base/alloc.h"
#include "base/rng.h"
#include "model/train/limits_fit.h"
#include "model/trained/predictor.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

#include <string.h>
#include <unistd.h>

/* ---- kinds ---- */

typedef struct Template {
    const char *template_, *fill, *answers[4];
} Template;

static const Template templates[] = {
    {"Is there a <Object> in the video?", "violin", {"yes", "no", "no", "yes"}},
    {"Is there a <Object> sound?", "piano", {"no", "yes", "no", "yes"}},
    {"Is the <Object> playing?", "flute", {"no", "yes", "yes", "no"}},
    {"does a <Object> play?", "violin", {"no", "yes", "yes", "no"}},
    {"How many instruments are there?", "", {"one", "two", "three", "two"}},
    {"how many <Object> do you see?", "flute", {"one", "two", "three", "one"}},
    {"count the <Object>", "piano", {"one", "three", "two", "one"}},
    {"Where is the performance?", "", {"indoor", "outdoor", "indoor", "outdoor"}},
    {"where was this filmed?", "", {"indoor", "outdoor", "outdoor", "outdoor"}},
    {"Which instrument sounds first?", "", {"violin", "piano", "flute", "piano"}},
    {"which instrument is left of the <Object>?",
     "piano",
     {"violin", "flute", "flute", "violin"}},
    {"who plays last?", "", {"violin", "piano", "flute", "piano"}},
};
enum { TEMPLATES = sizeof templates / sizeof *templates, N = 4 * TEMPLATES };

typedef struct Asked {
    AqQuestion q[N];
    char text[N][80];
    AqStrings words, answers;
    AqWordForms *forms;
} Asked;

static void fill(char *out, size_t bytes, const Template *t)
{
    const char *slot = strchr(t->template_, '<'), *end = strchr(t->template_, '>');

    if (slot)
        (void)snprintf(out, bytes, "%.*s%s%s", (int)(slot - t->template_), t->template_,
                       t->fill, end + 1);
    else
        (void)snprintf(out, bytes, "%s", t->template_);
}

static Asked *asked_new(void)
{
    Asked *a = aq_alloc(1, sizeof *a);
    const char *texts[N], *answers[N];

    assert_non_null(a);
    for (int k = 0; k < N; k++) {
        const Template *t = &templates[k / 4];

        fill(a->text[k], sizeof a->text[k], t);
        texts[k] = a->text[k];
        answers[k] = t->answers[k % 4];
        a->q[k] = (AqQuestion){
            .text = texts[k], .template_ = t->template_, .answer = answers[k]};
    }
    CHECK_OK(aq_vocab_build(&a->words, texts, N, 1));
    CHECK_OK(aq_strings_collect(&a->answers, answers, N, 1));
    CHECK_OK(aq_word_forms_new(&a->forms, &a->words));
    return a;
}

static void asked_free(Asked *a)
{
    aq_word_forms_free(&a->forms);
    aq_strings_clear(&a->words);
    aq_strings_clear(&a->answers);
    aq_free(a);
}

static int kind_of_answer(const Asked *a, const AqKinds *k, const char *answer)
{
    return k->of_answer[aq_strings_find(&a->answers, answer)];
}

static void check_kind(const Asked *a, const AqKinds *k, const char *question,
                       const char *answer)
{
    double p[AQ_KINDS_MOST], sum = 0;

    CHECK_OK(aq_kinds_of(k, a->forms, question, p));
    for (int i = 0; i < k->n; i++)
        sum += p[i];
    CHECK_NEAR(sum, 1, 1e-9, 0);
    if (aq_kinds_best(k, p) != kind_of_answer(a, k, answer))
        fail_msg("\"%s\" does not ask for \"%s\"", question, answer);
    assert_true(aq_kinds_allow(k, p, aq_kinds_best(k, p)));
}

static void answers_to_the_same_questions_are_of_a_kind(void **state)
{
    static const char *const pairs[][3] = {{"yes", "no", "one"},
                                           {"one", "three", "indoor"},
                                           {"indoor", "outdoor", "violin"},
                                           {"violin", "flute", "yes"}};
    Asked *a = asked_new();
    AqKinds *k;

    (void)state;
    CHECK_OK(aq_kinds_fit(&k, &a->words, &a->answers, a->q, N));
    assert_non_null(k);
    assert_int_equal(k->n, 4);
    for (size_t j = 0; j < 4; j++) {
        const int kind = kind_of_answer(a, k, pairs[j][0]);

        assert_int_equal(kind, kind_of_answer(a, k, pairs[j][1]));
        assert_int_not_equal(kind, kind_of_answer(a, k, pairs[j][2]));
    }
    aq_kinds_free(&k);
    asked_free(a);
}

static void other_wordings_ask_for_the_same_kind(void **state)
{
    Asked *a = asked_new();
    AqKinds *k;

    (void)state;
    CHECK_OK(aq_kinds_fit(&k, &a->words, &a->answers, a->q, N));
    check_kind(a, k, "is there a flute", "yes");
    check_kind(a, k, "hey, is there perhaps a piano to see?", "no");
    check_kind(a, k, "how many pianos are there", "two");
    check_kind(a, k, "so where was it filmed then", "indoor");
    check_kind(a, k, "tell me which instrument sounds last please", "violin");
    check_kind(a, k, "who plays the violin?", "piano");
    aq_kinds_free(&k);
    asked_free(a);
}

static void kinds_survive_json(void **state)
{
    Asked *a = asked_new();
    AqKinds *k, *again;
    double p[AQ_KINDS_MOST], q[AQ_KINDS_MOST];
    char *json;

    (void)state;
    CHECK_OK(aq_kinds_fit(&k, &a->words, &a->answers, a->q, N));
    CHECK_OK(aq_kinds_to_json(k, &json));
    CHECK_OK(aq_kinds_from_json(&again, json, a->answers.n));
    memcpy(again->weights, k->weights, k->words.n * (size_t)k->n * sizeof *k->weights);
    CHECK_OK(aq_kinds_of(k, a->forms, "how many", p));
    CHECK_OK(aq_kinds_of(again, a->forms, "how many", q));
    assert_memory_equal(p, q, (size_t)k->n * sizeof *p);
    aq_kinds_free(&again);
    assert_int_equal(aq_kinds_from_json(&again, json, 3), AQ_ERR_FORMAT);
    assert_null(again);
    assert_int_equal(aq_kinds_from_json(&again, "{\"n\": 2}", 2), AQ_ERR_FORMAT);
    assert_int_equal(
        aq_kinds_from_json(&again, "{\"n\":2,\"of_answer\":[0,7],\"words\":[]}", 2),
        AQ_ERR_FORMAT);
    aq_free(json);
    aq_kinds_free(&k);
    asked_free(a);
}

/* ---- temperatures ---- */

enum { MANY = 400, ANSWERS = 3 };

/* Says one of three with a logit of `sure`, and is right so often. */
static AqAsked *say(float (*logits)[ANSWERS], double sure, double right, int kind)
{
    AqAsked *a = aq_alloc(MANY, sizeof *a);

    for (int k = 0; k < MANY; k++) {
        const int given = k % ANSWERS;

        memset(logits[k], 0, sizeof logits[k]);
        logits[k][given] = (float)sure;
        a[k] = (AqAsked){.logits = logits[k],
                         .truth = k < right * MANY ? given : (given + 1 + k % 2) % 3,
                         .kind = kind};
    }
    return a;
}

static void a_temperature_makes_sure_what_is_right(void **state)
{
    static float logits[MANY][ANSWERS];
    AqAsked *a = say(logits, 8, 0.8, 1);
    AqTemperatures *t;

    (void)state;
    CHECK_OK(aq_temperatures_new(&t, 2));
    CHECK_NEAR(aq_temperature(t, AQ_STREAMS_BOTH, 1)->value, 1, 0, 0);
    aq_temperatures_fit(t, AQ_STREAMS_BOTH, a, MANY, ANSWERS);
    const AqTemperature *one = aq_temperature(t, AQ_STREAMS_BOTH, 1);
    const double e = exp(8 / one->value);
    CHECK_NEAR(e / (e + 2), 0.8, 0.01, 0); /* as sure as it is right */
    CHECK_NEAR(one->accuracy, 0.8, 0.01, 0);
    assert_int_equal(one->n, MANY);
    assert_true(aq_temperature_loss(a, MANY, ANSWERS, 1, 1 / one->value) <
                aq_temperature_loss(a, MANY, ANSWERS, 1, 1));
    /* a kind without questions takes that of all */
    CHECK_NEAR(aq_temperature(t, AQ_STREAMS_BOTH, 0)->value, one->value, 1e-9, 0);
    CHECK_NEAR(aq_temperature(t, AQ_STREAMS_SOUND, 1)->value, 1, 0, 0);
    aq_temperatures_free(&t);
    aq_free(a);
}

static void always_right_is_not_beyond_doubt(void **state)
{
    static float logits[MANY][ANSWERS];
    AqAsked *a = say(logits, 2, 1, 0);
    AqTemperatures *t, *again;
    char *json;

    (void)state;
    CHECK_OK(aq_temperatures_new(&t, 1));
    aq_temperatures_fit(t, AQ_STREAMS_BOTH, a, MANY, ANSWERS);
    const double value = aq_temperature(t, AQ_STREAMS_BOTH, 0)->value,
                 e = exp(2 / value);
    assert_true(value >= 0.25);
    assert_true(e / (e + 2) < 0.9999);
    CHECK_OK(aq_temperatures_to_json(t, &json));
    CHECK_OK(aq_temperatures_from_json(&again, json, 1));
    CHECK_NEAR(aq_temperature(again, AQ_STREAMS_BOTH, 0)->value, value, 0, 1e-9);
    aq_temperatures_free(&again);
    assert_int_equal(aq_temperatures_from_json(&again, json, 2), AQ_ERR_FORMAT);
    assert_null(again);
    assert_int_equal(aq_temperatures_from_json(
                         &again, "[{\"temperature\":0,\"accuracy\":1,\"n\":1}]", 1),
                     AQ_ERR_FORMAT);
    aq_free(json);
    aq_temperatures_free(&t);
    aq_free(a);
}

/* ---- likeness ---- */

enum { CLIPS_SEEN = 200, SECONDS = 4, WIDTH = 12 };

/* Two directions are strong; the rest hardly moves. `other`: along the rest too. */
static void draw(AqRng *r, float *row, double other)
{
    const double a = 5 * aq_rng_normal(r), b = 3 * aq_rng_normal(r);

    for (int k = 0; k < WIDTH; k++)
        row[k] = (float)(10 + a * (k % 2) + b * (k < 6) + 0.2 * aq_rng_normal(r) +
                         other * (k % 3 == 0));
}

static double far_off(const AqLikeness *l, AqRng *r, double other)
{
    float rows[SECONDS][WIDTH];
    unsigned char on[SECONDS] = {1, 0, 1, 1};
    const AqLikenessClip c = {rows[0], on, SECONDS, 1, 1, WIDTH, WIDTH};
    double d;

    for (int t = 0; t < SECONDS; t++)
        draw(r, rows[t], other);
    for (int k = 0; k < WIDTH; k++)
        rows[1][k] = NAN; /* is not on */
    CHECK_OK(aq_likeness_distance(l, &c, &d));
    return d;
}

static AqLikeness seen(AqRng *r)
{
    static float rows[CLIPS_SEEN * SECONDS][WIDTH];
    static double d[CLIPS_SEEN];
    AqLikeness l;

    for (int k = 0; k < CLIPS_SEEN * SECONDS; k++)
        draw(r, rows[k], 0);
    CHECK_OK(aq_likeness_fit(&l, rows[0], (size_t)CLIPS_SEEN * SECONDS, WIDTH));
    for (int k = 0; k < CLIPS_SEEN; k++)
        d[k] = far_off(&l, r, 0);
    aq_likeness_set_threshold(&l, d, CLIPS_SEEN);
    return l;
}

static void what_is_unlike_is_far(void **state)
{
    AqRng r = aq_rng(5, 0), same = aq_rng(5, 0);
    AqLikeness l = seen(&r), again = seen(&same);
    int like = 0, unlike = 0;

    (void)state;
    assert_true(l.n > 0);
    for (int k = 0; k < 200; k++) {
        like += far_off(&l, &r, 0) > l.threshold;
        unlike += far_off(&l, &r, 4) > l.threshold;
    }
    assert_true(like <= 9); /* one in a hundred, five deviations */
    assert_true(unlike >= 195);
    assert_memory_equal(&l.threshold, &again.threshold, sizeof l.threshold);
    assert_memory_equal(l.basis, again.basis, (size_t)(l.n * WIDTH) * sizeof *l.basis);
    aq_likeness_clear(&l);
    aq_likeness_clear(&again);
}

static void directions_are_orthonormal_and_apart(void **state)
{
    AqRng r = aq_rng(6, 0);
    AqLikeness l = seen(&r);

    (void)state;
    for (int i = 0; i < l.n; i++)
        for (int j = 0; j <= i; j++) {
            double d = 0;

            for (int k = 0; k < WIDTH; k++)
                d += (double)l.basis[i * WIDTH + k] * (double)l.basis[j * WIDTH + k];
            CHECK_NEAR(d, i == j, 1e-4, 0);
        }
    aq_likeness_clear(&l);
}

static void few_clips_tell_nothing(void **state)
{
    float rows[10 * WIDTH] = {0};
    double d[5] = {1, 1, 1, 1, 1};
    AqRng r = aq_rng(7, 0);
    AqLikeness l;

    (void)state;
    CHECK_OK(aq_likeness_fit(&l, rows, 10, WIDTH));
    assert_int_equal(l.n, 0);
    l = seen(&r);
    aq_likeness_set_threshold(&l, d, 5);
    assert_int_equal(l.n, 0);
    aq_likeness_clear(&l);
}

static void a_row_is_the_mean_of_regions(void **state)
{
    /* 5x4 cells of one value each: rows 0 | 1 2 | 3 4, columns 0 | 1 | 2 3 */
    float cells[20], row[9];
    const AqLikenessClip c = {cells, NULL, 1, 5, 4, 1, 20};

    (void)state;
    for (int k = 0; k < 20; k++)
        cells[k] = (float)k;
    assert_int_equal(aq_likeness_region_width(5, 4, 1), 9);
    assert_int_equal(aq_likeness_region_width(1, 1, 128), 128);
    aq_likeness_region_row(&c, 0, row);
    CHECK_NEAR(row[0], 0, 0, 0);
    CHECK_NEAR(row[2], 2.5, 1e-6, 0);
    CHECK_NEAR(row[3], 6, 1e-6, 0);    /* 4 and 8 */
    CHECK_NEAR(row[8], 16.5, 1e-6, 0); /* 14 15 18 19 */
}

/* Every cell is a row; in a file of before, a whole second by its regions. */
static void cells_are_rows(void **state)
{
    float cells[2 * 4 * WIDTH], one[WIDTH];
    AqRng r = aq_rng(8, 0);
    AqLikeness l = seen(&r);
    const AqLikenessClip all = {cells, NULL, 2, 2, 2, WIDTH, 4 * WIDTH},
                         each = {one, NULL, 1, 1, 1, WIDTH, WIDTH};
    double d, sum = 0, of_one;

    (void)state;
    for (int k = 0; k < 8; k++) {
        draw(&r, cells + (size_t)k * WIDTH, k);
        memcpy(one, cells + (size_t)k * WIDTH, sizeof one);
        assert_ptr_equal(aq_likeness_cell(&all, k / 4, k % 4),
                         cells + (size_t)k * WIDTH);
        CHECK_OK(aq_likeness_distance(&l, &each, &of_one));
        sum += of_one / 8;
    }
    CHECK_OK(aq_likeness_distance(&l, &all, &d));
    CHECK_NEAR(d, sum, 1e-9, 1e-6);
    l.regions = 1; /* of a 1x1 grid, the same */
    CHECK_OK(aq_likeness_distance(&l, &each, &d));
    CHECK_NEAR(d, of_one, 1e-9, 1e-6);
    aq_likeness_clear(&l);
}

/* ---- presence ---- */

static void what_is_named_can_be_asked_for(void **state)
{
    Asked *a = asked_new();
    AqPresence *p, *again;
    int named[AQ_PRESENCE_NAMED];
    char *text;

    (void)state;
    CHECK_OK(aq_presence_fit(&p, &a->answers, 4, a->q, N));
    assert_non_null(p);
    assert_int_equal(p->templates.n, 2);
    assert_int_equal(p->objects.n, 2); /* piano violin: what fills those two */
    assert_int_equal(aq_presence_named(p, a->forms, "who plays the violins?", named),
                     1);
    assert_string_equal(p->objects.at[named[0]], "violin");
    assert_int_equal(
        aq_presence_named(p, a->forms, "is the piano before the piano?", named), 1);
    assert_int_equal(aq_presence_named(p, a->forms, "who plays first?", named), 0);
    text = aq_presence_question(p, 1, 1);
    assert_string_equal(text, "Is there a violin sound?");
    aq_free(text);
    assert_false(aq_presence_is_presupposed(p, 0));
    p->absent[2] = 0.02;
    assert_true(aq_presence_is_presupposed(p, 2));
    assert_false(aq_presence_is_presupposed(p, -1));
    CHECK_OK(aq_presence_to_json(p, &text));
    CHECK_OK(aq_presence_from_json(&again, text, a->answers.n, 4));
    assert_int_equal(again->no, p->no);
    assert_true(aq_presence_is_presupposed(again, 2));
    aq_presence_free(&again);
    assert_int_equal(aq_presence_from_json(&again, text, a->answers.n, 3),
                     AQ_ERR_FORMAT);
    aq_free(text);
    aq_presence_free(&p);
    CHECK_OK(aq_presence_fit(&p, &a->answers, 4, a->q + 16, N - 16));
    assert_null(p); /* nothing of the kind was asked */
    asked_free(a);
}

/* ---- a model ---- */

static AqModel *train(AqToy *toy, const char *path)
{
    const AqCoqoConfig model = aq_toy_model();
    const AqTrainConfig how = aq_toy_training();
    const AqTrainJob job = {.network = &aq_coqo,
                            .options = &model,
                            .how = &how,
                            .train = &toy->set,
                            .val = &toy->set,
                            .out_path = path};
    AqTrainSummary s;
    AqModel *m;

    CHECK_OK(aq_train(&m, &s, &job));
    return m;
}

static void a_training_ends_with_limits_that_are_kept(void **state)
{
    AqToy *toy = aq_toy_new();
    const char *path = aq_toy_path("limits.safetensors");
    AqModel *m = train(toy, path), *again;

    (void)state;
    assert_non_null(m->limits.temperatures);
    assert_int_equal(toy->loads, toy->releases);
    CHECK_OK(aq_model_load(&again, path));
    assert_non_null(again->limits.temperatures);
    assert_int_equal(aq_limits_n_kinds(&again->limits), aq_limits_n_kinds(&m->limits));
    assert_int_equal(again->limits.kinds != NULL, m->limits.kinds != NULL);
    for (int k = 0; k < aq_limits_n_kinds(&m->limits); k++)
        CHECK_NEAR(
            aq_temperature(again->limits.temperatures, AQ_STREAMS_BOTH, k)->value,
            aq_temperature(m->limits.temperatures, AQ_STREAMS_BOTH, k)->value, 0, 1e-9);
    aq_model_free(&again);
    aq_model_free(&m);
    (void)unlink(path);
    aq_free(toy);
}

/* Answers of other kinds have no probability; without limits nothing is left out. */
static void answers_are_of_the_kind_asked_for(void **state)
{
    AqToy *toy = aq_toy_new();
    AqModel *m = train(toy, NULL);
    AqPredictor *p;
    AqPrediction y;
    AqClipFeatures f;
    double sum = 0;

    (void)state;
    aq_kinds_free(&m->limits.kinds);
    aq_temperatures_free(&m->limits.temperatures);
    AqKinds *k = m->limits.kinds = aq_alloc(1, sizeof *k);
    *k = (AqKinds){.n = 2, .n_answers = m->answers.n};
    k->of_answer = aq_alloc(m->answers.n, sizeof(int));
    k->of_answer[0] = 1;
    const char *const feature = "^ is";
    CHECK_OK(aq_strings_collect(&k->words, &feature, 1, 1));
    k->weights = aq_alloc(2, sizeof(float));
    k->weights[1] = 20;
    CHECK_OK(aq_predictor_new(&p, m, NULL));
    CHECK_OK(toy->set.load(toy->set.ctx, 0, &f));
    CHECK_OK(aq_predictor_ask(p, &f, "Is there a voiceover?", &y));
    assert_int_equal(y.order[0], 0);
    CHECK_NEAR(y.probability[0], 1, 1e-6, 0);
    assert_int_equal(y.judged.kind, 1);
    assert_int_equal(y.judged.streams, AQ_STREAMS_BOTH);
    aq_predictor_free(&p);
    aq_kinds_free(&m->limits.kinds);
    CHECK_OK(aq_predictor_new(&p, m, NULL));
    CHECK_OK(aq_predictor_ask(p, &f, "Is there a voiceover?", &y));
    assert_int_equal(y.judged.kind, -1);
    for (int a = 0; a < y.n_answers; a++) {
        assert_true(y.probability[a] > 0);
        sum += (double)y.probability[a];
    }
    CHECK_NEAR(sum, 1, 1e-5, 0);
    toy->set.release(toy->set.ctx, 0, &f);
    aq_predictor_free(&p);
    aq_model_free(&m);
    aq_free(toy);
}

/* Whatever allocation fails, it is an error, and the limits are empty then. */
static void memory_that_runs_out_is_an_error(void **state)
{
    AqToy *toy = aq_toy_new();
    AqModel *m = train(toy, NULL);
    const AqLimitsJob job = {.train = &toy->set, .held_out = &toy->set};
    int failed = 0;

    (void)state;
    for (long n = 1; n < 100000; n += 1 + n / 12) {
        aq_alloc_fail_after(n);
        const AqErr err = aq_limits_fit(m, &job);
        const int hit = aq_alloc_failed();

        aq_alloc_fail_after(0);
        if (!hit) {
            CHECK_OK(err);
            break;
        }
        failed++;
        assert_int_equal(err, AQ_ERR_NOMEM);
        assert_null(m->limits.temperatures);
        assert_null(m->limits.kinds);
    }
    assert_true(failed > 20);
    assert_non_null(m->limits.temperatures);
    aq_model_free(&m);
    aq_free(toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_to_the_same_questions_are_of_a_kind),
        cmocka_unit_test(other_wordings_ask_for_the_same_kind),
        cmocka_unit_test(kinds_survive_json),
        cmocka_unit_test(a_temperature_makes_sure_what_is_right),
        cmocka_unit_test(always_right_is_not_beyond_doubt),
        cmocka_unit_test(what_is_unlike_is_far),
        cmocka_unit_test(directions_are_orthonormal_and_apart),
        cmocka_unit_test(few_clips_tell_nothing),
        cmocka_unit_test(cells_are_rows),
        cmocka_unit_test(a_row_is_the_mean_of_regions),
        cmocka_unit_test(what_is_named_can_be_asked_for),
        cmocka_unit_test(a_training_ends_with_limits_that_are_kept),
        cmocka_unit_test(answers_are_of_the_kind_asked_for),
        cmocka_unit_test(memory_that_runs_out_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
