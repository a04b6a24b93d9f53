/* SPDX-License-Identifier: MIT */
/* The option tables: setting, printing, JSON both ways, and what they refuse. */
#include "base/alloc.h"
#include "base/options/option_json.h"
#include "model/coqo/coqo.h"
#include "model/train/trainer.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

static void options_are_set_by_name(void **state)
{
    AqCoqoConfig c = aq_coqo_config_default();
    AqTrainConfig t = aq_train_config_default(&aq_coqo);

    (void)state;
    CHECK_OK(aq_coqo_config_set(&c, "dim", "256"));
    CHECK_OK(aq_coqo_config_set(&c, "max-words", "30"));
    CHECK_OK(aq_coqo_config_set(&c, "learn_lambda", "no"));
    CHECK_OK(aq_coqo_config_set(&c, "dropout", "0.25"));
    CHECK_OK(aq_train_config_set(&t, &aq_coqo, "seed", "18446744073709551615"));
    assert_int_equal(c.dim, 256);
    assert_int_equal(c.max_words, 30);
    assert_int_equal(c.form.learn_lambda, 0);
    CHECK_NEAR(c.dropout, 0.25, 0, 0);
    assert_true(t.seed == UINT64_MAX);
}

static void nonsense_is_refused_and_changes_nothing(void **state)
{
    static const char *const bad[][2] = {
        {"dim", "0"},       {"dim", "1.5"},      {"dim", "many"},
        {"dim", ""},        {"dim", "12x"},      {"dim", "99999999"},
        {"dropout", "nan"}, {"dropout", "-0.1"}, {"spatial", "maybe"}};
    const AqCoqoConfig was = aq_coqo_config_default();
    AqCoqoConfig c = was;
    AqTrainConfig t = aq_train_config_default(&aq_coqo);

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        assert_int_equal(aq_coqo_config_set(&c, bad[k][0], bad[k][1]), AQ_ERR_USAGE);
    assert_int_equal(aq_coqo_config_set(&c, "depth", "1"), AQ_ERR_NOT_FOUND);
    assert_non_null(strstr(aq_err_text(), "depth"));
    assert_int_equal(aq_train_config_set(&t, &aq_coqo, "seed", "-1"), AQ_ERR_USAGE);
    assert_int_equal(c.dim, was.dim);
    CHECK_NEAR(c.dropout, was.dropout, 0, 0);
    c.form.heads = 7;
    assert_int_equal(aq_coqo.check(&c), AQ_ERR_USAGE);
}

static void defaults_are_within_their_ranges(void **state)
{
    const AqCoqoConfig c = aq_coqo_config_default();
    const AqTrainConfig t = aq_train_config_default(&aq_coqo);
    AqTrainOptions training;
    const AqOption *tables[2] = {aq_coqo_options, training.rows};
    const void *configs[2] = {&c, &t};

    (void)state;
    aq_train_options(&training, &aq_coqo);
    for (int k = 0; k < 2; k++) {
        AqCoqoConfig c2 = c;
        AqTrainConfig t2 = t;
        void *again = k ? (void *)&t2 : (void *)&c2;
        char text[64];

        AqOptionWalk w = aq_options_walk(tables[k]);
        while (aq_options_next(&w))
            CHECK_OK(
                aq_options_set(tables[k], "toy", again, w.row->name,
                               aq_option_text(w.row, (const char *)configs[k] + w.at,
                                              text, sizeof text)));
    }
    CHECK_OK(aq_coqo.check(&c));
}

static void json_keeps_every_option(void **state)
{
    AqTrainConfig t = aq_train_config_default(&aq_coqo),
                  again = aq_train_config_default(&aq_coqo);
    AqTrainOptions o;
    char *one, *two;

    (void)state;
    aq_train_options(&o, &aq_coqo);
    t.lr = 1.0 / 3;
    t.seed = UINT64_MAX - 1;
    t.cosine = 1;
    t.batch = 5;
    CHECK_OK(aq_options_to_json(o.rows, "training", &t, &one));
    CHECK_OK(aq_options_from_json(o.rows, "training", &again, one));
    CHECK_OK(aq_options_to_json(o.rows, "training", &again, &two));
    assert_string_equal(one, two);
    assert_true(again.seed == t.seed && again.batch == 5 && again.cosine == 1);
    CHECK_NEAR(again.lr, t.lr, 0, 0);
    aq_free(one);
    aq_free(two);
}

static void bad_json_is_refused(void **state)
{
    AqCoqoConfig c = aq_coqo_config_default();
    const AqOption *t = aq_coqo_options;

    (void)state;
    assert_int_equal(aq_options_from_json(t, "model", &c, "{\"dim\": 64"),
                     AQ_ERR_FORMAT);
    assert_int_equal(aq_options_from_json(t, "model", &c, "[1]"), AQ_ERR_FORMAT);
    assert_int_equal(aq_options_from_json(t, "model", &c, "{\"dim\": \"64\"}"),
                     AQ_ERR_FORMAT);
    assert_int_equal(aq_options_from_json(t, "model", &c, "{\"dim\": 64.5}"),
                     AQ_ERR_FORMAT);
    assert_int_equal(aq_options_from_json(t, "model", &c, "{\"dim\": -4}"),
                     AQ_ERR_FORMAT);
    assert_int_equal(aq_options_from_json(t, "model", &c, "{\"dim\": 8, \"dim\": 9}"),
                     AQ_ERR_FORMAT);
    assert_int_equal(aq_options_from_json(t, "model", &c, "{\"newer\": 1}"),
                     AQ_ERR_MISMATCH);
}

/* The options of a model file of before say nothing of what came later, which the
 * network did not have. */
static void json_of_before_is_a_network_of_before(void **state)
{
    static const char before[] =
        "{\"dim\": 512, \"heads\": 4, \"layers\": 1, \"tokens\": 8, "
        "\"ffn\": 4, \"fusion\": 1, \"max_seconds\": 60, \"max_words\": "
        "24, \"min_count\": 1, \"dropout\": 0.10000000000000001, "
        "\"lambda\": 1.0, \"learn_lambda\": true, \"tau\": "
        "0.070000000000000007, \"learn_tau\": true, \"spatial\": true, "
        "\"own_pool\": true, \"temporal\": true, \"question_only\": false}";
    AqCoqoConfig c;

    (void)state;
    aq_coqo.set_defaults(&c);
    aq_coqo.set_before(&c);
    CHECK_OK(aq_options_from_json(aq_coqo_options, "model", &c, before));
    assert_int_equal(c.highlight, AQ_HIGHLIGHT_RAW);
    assert_false(c.keep_words || c.roles || c.own_fusion || c.hop);
    assert_false(c.subject || c.changes || c.align_heads || c.keep_seconds);
    CHECK_NEAR(c.form.lambda, 1, 0, 0);
    assert_true(c.spatial && c.own_pool && c.temporal && c.form.learn_lambda);
}

/* As they stand in the model files that there are. */
static void json_is_what_it_was(void **state)
{
    const AqCoqoConfig c = aq_coqo_config_default();
    const AqTrainConfig t = aq_train_config_default(&aq_coqo);
    AqTrainOptions o;
    char *text;

    (void)state;
    CHECK_OK(aq_options_to_json(aq_coqo_options, "model", &c, &text));
    assert_string_equal(
        text,
        "{\"dim\": 512, \"heads\": 4, \"layers\": 1, \"tokens\": 8, "
        "\"ffn\": 4, \"fusion\": 4, \"max_seconds\": 60, \"max_words\": "
        "24, \"min_count\": 1, \"dropout\": 0.10000000000000001, "
        "\"lambda\": 0.0, \"learn_lambda\": true, \"lambda_each\": false, \"own_asking\": false, \"tau\": "
        "0.070000000000000007, \"learn_tau\": true, \"spatial\": true, "
        "\"own_pool\": true, \"temporal\": true, \"keep_seconds\": true, \"highlight\": \"normed\", "
        "\"keep_words\": true, \"roles\": 4, \"own_fusion\": true, \"hop\": "
        "true, \"subject\": true, \"changes\": true, \"align_heads\": true, \"question_only\": false}");
    aq_free(text);
    aq_train_options(&o, &aq_coqo);
    CHECK_OK(aq_options_to_json(o.rows, "training", &t, &text));
    assert_string_equal(
        text,
        "{\"epochs\": 30, \"max_minutes\": 0.0, \"batch\": 16, "
        "\"questions\": 4, \"vary_questions\": false, \"vary_seen\": true, \"sample\": \"even\", "
        "\"sample_mix\": 0.5, \"negatives\": \"random\", \"passes\": 1, "
        "\"lr\": 0.0001, \"warmup\": 20, \"decay_every\": 10, \"decay\": "
        "0.10000000000000001, \"cosine\": false, \"adam_beta1\": "
        "0.90000000000000002, \"adam_beta2\": 0.999, \"weight_decay\": "
        "0.0, \"clip\": 1.0, \"inter_weight\": 0.029999999999999999, \"intra_weight\": 0.029999999999999999, "
        "\"word_dropout\": 0.050000000000000003, \"average\": 0.0, "
        "\"patience\": 0, \"cache_mb\": 1024, \"half\": false, \"seed\": "
        "\"1\"}");
    aq_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_set_by_name),
        cmocka_unit_test(nonsense_is_refused_and_changes_nothing),
        cmocka_unit_test(defaults_are_within_their_ranges),
        cmocka_unit_test(json_keeps_every_option),
        cmocka_unit_test(bad_json_is_refused),
        cmocka_unit_test(json_of_before_is_a_network_of_before),
        cmocka_unit_test(json_is_what_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
