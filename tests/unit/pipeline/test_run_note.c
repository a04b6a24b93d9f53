/* SPDX-License-Identifier: MIT */
/* What a run is kept with; a store that cannot be written; runs that are removed. */
#include "base/alloc.h"
#include "base/process.h"
#include "base/text/log.h"
#include "pipeline/inputs/run_note.h"
#include "tests/unit/check.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], store_path[96], file_path[96], fifo_path[96];

static const AqProvenance makes[AQ_N_MODALITIES] = {{.kind = AQ_AUDIO,
                                                     .extractor = "ear",
                                                     .extractor_version = "1",
                                                     .weights = "w",
                                                     .weights_sha256 = "",
                                                     .precision = "f32",
                                                     .sampling = "s",
                                                     .program = "p"},
                                                    {.kind = AQ_VISUAL,
                                                     .extractor = "eye",
                                                     .extractor_version = "1",
                                                     .weights = "w",
                                                     .weights_sha256 = "",
                                                     .precision = "f32",
                                                     .sampling = "s",
                                                     .program = "p"}};

static AqErr take(void *arg, const AqRun *r)
{
    json_t **all = arg;

    (void)json_array_append_new(
        *all, json_pack("{s:I, s:s, s:s, s:o, s:o, s:s}", "id", (json_int_t)r->id,
                        "kind", r->kind, "status", aq_run_status_name(r->status),
                        "config", json_loads(r->config, 0, NULL), "metrics",
                        json_loads(r->metrics, 0, NULL), "model", r->model_path));
    return AQ_OK;
}

/* All runs of the store. Gives. */
static json_t *runs(void)
{
    json_t *all = json_array();
    AqStore *s = NULL;

    CHECK_OK(aq_store_open(&s, store_path, AQ_STORE_READ));
    CHECK_OK(aq_store_each_run(s, take, &all));
    aq_store_close(&s);
    return all;
}

static const char *text_at(const json_t *o, const char *a, const char *b, const char *c)
{
    const json_t *v = json_object_get(o, a);

    v = b ? json_object_get(v, b) : v;
    v = c ? json_object_get(v, c) : v;
    return json_is_string(v) ? json_string_value(v) : "";
}

static void what_it_was_made_from_is_kept(void **state)
{
    const char *both[] = {file_path, fifo_path};
    const AqTextList files = {.v = both, .n = 2}, none = {.n = 0};
    char process[AQ_PROCESS_ID];
    AqStore *s = NULL;
    AqRunNote n;

    (void)state;
    CHECK_OK(aq_store_open(&s, store_path, AQ_STORE_CREATE));
    aq_run_note_init(&n, "train");
    aq_run_note_files(&n, "annotations", &files);
    aq_run_note_files(&n, "validation", &none);
    aq_run_note_file(&n, "from", NULL);
    aq_run_note_makes(&n, makes, 2);
    CHECK_OK(aq_run_note_begin(&n, s, json_pack("{s:i}", "lr", 1)));
    json_t *metrics = json_pack("{s:i}", "loss", 2);
    CHECK_OK(aq_run_note_finish(&n, AQ_OK, metrics, "m"));
    json_decref(metrics);
    aq_run_note_clear(&n);
    aq_store_close(&s);

    json_t *all = runs(), *r = json_array_get(all, 0),
           *config = json_object_get(r, "config");
    const json_t *about = json_object_get(config, "about");
    assert_string_equal(text_at(r, "status", NULL, NULL), "done");
    assert_string_equal(text_at(r, "model", NULL, NULL), "m");
    assert_int_equal(json_integer_value(json_object_get(config, "lr")), 1);
    aq_process_identity(process);
    assert_string_equal(text_at(about, "process", NULL, NULL), process);
    assert_true(json_array_size(json_object_get(about, "arguments")) >= 1);
    assert_string_equal(text_at(about, "features", "visual", "extractor"), "eye");
    const json_t *kept = json_object_get(about, "annotations");
    assert_string_equal(
        text_at(json_array_get(kept, 0), "sha256", NULL, NULL),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_true(json_is_null(json_object_get(json_array_get(kept, 1), "sha256")));
    assert_null(json_object_get(about, "validation"));
    assert_null(json_object_get(about, "from"));
    json_decref(all);
}

static void ends_are_told_apart(void **state)
{
    const AqErr how[] = {AQ_ERR_CANCELLED, AQ_ERR_MEDIA};
    const char *const is[] = {"interrupted", "failed"};
    AqStore *s = NULL;

    (void)state;
    for (int k = 0; k < 2; k++) {
        AqRunNote n;

        CHECK_OK(aq_store_open(&s, store_path, AQ_STORE_CREATE));
        aq_run_note_init(&n, "ingest");
        CHECK_OK(aq_run_note_begin(&n, s, NULL));
        assert_int_equal(
            aq_run_note_finish(&n, aq_fail(how[k], "the reason"), NULL, NULL), how[k]);
        assert_string_equal(aq_err_text(), "the reason");
        aq_run_note_clear(&n);
        aq_store_close(&s);
        json_t *all = runs();
        assert_string_equal(
            text_at(json_array_get(all, (size_t)k), "status", NULL, NULL), is[k]);
        json_decref(all);
    }
}

static void a_run_that_nobody_can_keep_goes_on(void **state)
{
    AqRunNote n;

    (void)state;
    aq_run_note_init(&n, "eval");
    aq_run_note_begin_at(&n, "/proc/none/store.db", AQ_STORE_WRITE, json_object());
    CHECK_OK(aq_run_note_finish(&n, AQ_OK, NULL, NULL));
    assert_int_equal(aq_run_note_finish(&n, aq_fail(AQ_ERR_IO, "why"), NULL, NULL),
                     AQ_ERR_IO);
    aq_run_note_clear(&n);
}

static void memory_may_run_out_anywhere(void **state)
{
    const char *paths[] = {file_path};
    const AqTextList files = {.v = paths, .n = 1};
    AqStore *s = NULL;
    AqErr err = AQ_ERR_NOMEM;

    (void)state;
    CHECK_OK(aq_store_open(&s, store_path, AQ_STORE_CREATE));
    const size_t before = aq_alloc_stats().n_live;
    for (long k = 1; err != AQ_OK; k++) {
        AqRunNote n;

        aq_alloc_fail_after(k);
        aq_run_note_init(&n, "train");
        aq_run_note_files(&n, "annotations", &files);
        aq_run_note_makes(&n, makes, 2);
        err = aq_run_note_begin(&n, s, NULL);
        if (err == AQ_OK)
            err = aq_run_note_finish(&n, AQ_OK, NULL, NULL);
        const int failed = aq_alloc_failed();
        aq_alloc_fail_after(0);
        aq_run_note_clear(&n);
        assert_int_equal(aq_alloc_stats().n_live, before);
        if (err != AQ_OK)
            assert_int_equal(err, AQ_ERR_NOMEM);
        if (!failed)
            break;
        err = AQ_ERR_NOMEM; /* what it could do without */
    }
    CHECK_OK(err);
    aq_store_close(&s);
}

static void what_is_removed_is_gone(void **state)
{
    AqStore *s = NULL;
    int64_t a, b;

    (void)state;
    CHECK_OK(aq_store_open(&s, store_path, AQ_STORE_CREATE));
    CHECK_OK(aq_store_begin_run(s, "train", "p", NULL, &a));
    CHECK_OK(aq_store_begin_run(s, "train", "p", NULL, &b));
    CHECK_OK(aq_store_remove_run(s, a));
    assert_int_equal(aq_store_remove_run(s, a), AQ_ERR_NOT_FOUND);
    aq_store_close(&s);
    json_t *all = runs();
    assert_int_equal(json_array_size(all), 1);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(all, 0), "id")),
                     b);
    json_decref(all);
}

static void another_start_of_the_machine_is_known(void **state)
{
    char id[AQ_PROCESS_ID];

    (void)state;
    aq_process_identity(id);
    assert_false(aq_process_is_of_another_boot(id));
    id[0] = id[0] == '0' ? '1' : '0';
    assert_true(aq_process_is_of_another_boot(id));
    assert_false(aq_process_is_of_another_boot("- - 1 2"));
    assert_false(aq_process_is_of_another_boot(""));
    assert_false(aq_process_is_of_another_boot("nonsense"));
}

static int fresh(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/aq_note_XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(store_path, sizeof store_path, "%s/s.db", folder);
    (void)snprintf(file_path, sizeof file_path, "%s/a", folder);
    (void)snprintf(fifo_path, sizeof fifo_path, "%s/f", folder);
    FILE *f = fopen(file_path, "w");
    if (!f || fputs("abc", f) < 0 || fclose(f) != 0)
        return -1;
    return mkfifo(fifo_path, 0600);
}

static int gone(void **state)
{
    static const char *const leaves[] = {"s.db", "s.db-wal", "s.db-shm", "a", "f"};
    char path[128];

    (void)state;
    for (size_t k = 0; k < sizeof leaves / sizeof *leaves; k++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, leaves[k]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, fresh, gone)
    const struct CMUnitTest tests[] = {
        CASE(what_it_was_made_from_is_kept),
        CASE(ends_are_told_apart),
        CASE(a_run_that_nobody_can_keep_goes_on),
        CASE(memory_may_run_out_anywhere),
        CASE(what_is_removed_is_gone),
        cmocka_unit_test(another_start_of_the_machine_is_known)};

    aq_log_set_level(AQ_LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
