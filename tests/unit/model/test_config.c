/* SPDX-License-Identifier: MIT */
/* The option tables: setting, printing, JSON both ways, and what they refuse. */
#include "base/alloc.h"
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
    assert_int_equal(c.learn_lambda, 0);
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
    c.heads = 7;
    assert_int_equal(aq_coqo.check(&c), AQ_ERR_USAGE);
}

static void defaults_are_within_their_ranges(void **state)
{
    const AqCoqoConfig c = aq_coqo_config_default();
    const AqTrainConfig t = aq_train_config_default(&aq_coqo);
    AqTrainOptions training;
    const AqConfigTable *tables[2] = {&aq_coqo_options, &training.table};
    const void *configs[2] = {&c, &t};

    (void)state;
    aq_train_options(&training, &aq_coqo);
    for (int k = 0; k < 2; k++) {
        AqCoqoConfig c2 = c;
        AqTrainConfig t2 = t;
        void *again = k ? (void *)&t2 : (void *)&c2;
        char text[64];

        for (size_t j = 0; j < tables[k]->n; j++) {
            const AqConfigOption *o = &tables[k]->options[j];

            CHECK_OK(aq_config_set(tables[k], again, o->name,
                                   aq_config_get(o, configs[k], text, sizeof text)));
        }
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
    CHECK_OK(aq_config_to_json(&o.table, &t, &one));
    CHECK_OK(aq_config_from_json(&o.table, &again, one));
    CHECK_OK(aq_config_to_json(&o.table, &again, &two));
    assert_string_equal(one, two);
    assert_true(again.seed == t.seed && again.batch == 5 && again.cosine == 1);
    CHECK_NEAR(again.lr, t.lr, 0, 0);
    aq_free(one);
    aq_free(two);
}

static void bad_json_is_refused(void **state)
{
    AqCoqoConfig c = aq_coqo_config_default();
    const AqConfigTable *t = &aq_coqo_options;

    (void)state;
    assert_int_equal(aq_config_from_json(t, &c, "{\"dim\": 64"), AQ_ERR_FORMAT);
    assert_int_equal(aq_config_from_json(t, &c, "[1]"), AQ_ERR_FORMAT);
    assert_int_equal(aq_config_from_json(t, &c, "{\"dim\": \"64\"}"), AQ_ERR_FORMAT);
    assert_int_equal(aq_config_from_json(t, &c, "{\"dim\": 64.5}"), AQ_ERR_FORMAT);
    assert_int_equal(aq_config_from_json(t, &c, "{\"dim\": -4}"), AQ_ERR_FORMAT);
    assert_int_equal(aq_config_from_json(t, &c, "{\"dim\": 8, \"dim\": 9}"),
                     AQ_ERR_FORMAT);
    assert_int_equal(aq_config_from_json(t, &c, "{\"newer\": 1}"), AQ_ERR_MISMATCH);
}

static void help_has_a_line_for_each(void **state)
{
    const AqCoqoConfig c = aq_coqo_config_default();
    char *text = NULL;
    size_t bytes = 0, lines = 0;
    FILE *f = open_memstream(&text, &bytes);

    (void)state;
    assert_non_null(f);
    aq_config_help(&aq_coqo_options, &c, f);
    (void)fclose(f);
    for (size_t k = 0; k < bytes; k++)
        lines += text[k] == '\n';
    assert_int_equal(lines, aq_coqo_options.n);
    assert_non_null(strstr(text, "  --max-words N"));
    assert_non_null(strstr(text, "[512]"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_set_by_name),
        cmocka_unit_test(nonsense_is_refused_and_changes_nothing),
        cmocka_unit_test(defaults_are_within_their_ranges),
        cmocka_unit_test(json_keeps_every_option),
        cmocka_unit_test(bad_json_is_refused),
        cmocka_unit_test(help_has_a_line_for_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
