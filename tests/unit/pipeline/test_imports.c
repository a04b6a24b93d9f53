/* SPDX-License-Identifier: MIT */
/*
 * Importing a network whose file does not tell all that it has to be opened with: it is
 * looked at, imported and verified without, and used only with it.
 */
#include "base/alloc.h"
#include "pipeline/inputs/imported_weights.h"
#include "tests/unit/check.h"
#include "tests/unit/small_nets.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/aq_imports_XXXXXX";
static char file[64];

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(file, sizeof file, "%s/clip.safetensors", folder);
    aq_small_clip_write(file);
    return setenv("XDG_DATA_HOME", folder, 1);
}

static int remove_folder(void **state)
{
    static const char *const leaves[] = {"clip.safetensors",
                                         "avqa-pipe/weights/mine.safetensors",
                                         "avqa-pipe/weights", "avqa-pipe", ""};
    char path[128];

    (void)state;
    for (size_t k = 0; k < sizeof leaves / sizeof *leaves; k++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, leaves[k]);
        if (unlink(path) != 0)
            (void)rmdir(path);
    }
    return 0;
}

static void an_activation_is_asked_when_used(void **state)
{
    AqImport i = {.file = file, .name = "mine"};
    AqInspection what;
    AqExtractor *x = NULL;
    AqWeights *w = NULL;
    int has_digest;

    (void)state;
    CHECK_OK(aq_inspect(&what, file, NULL));
    assert_string_equal(what.why, "");
    assert_string_equal(what.network, "clip_vit");
    assert_non_null(strstr(what.about, "act=quick_gelu or act=gelu"));
    assert_true(what.n_used > 20);
    CHECK_OK(aq_import(&i, &what));
    aq_inspection_clear(&what);
    CHECK_OK(aq_weights_open(&w, i.path));
    CHECK_OK(aq_import_verify(w, &has_digest));
    assert_true(has_digest);
    aq_weights_unref(&w);
    assert_int_equal(aq_extractor_open(&x, "clip_vit", i.path, NULL), AQ_ERR_USAGE);
    CHECK_OK(aq_extractor_open(&x, "clip_vit", i.path, "act=quick_gelu"));
    assert_non_null(strstr(aq_extractor_facts(x).options, "act quick_gelu"));
    aq_extractor_close(&x);
    aq_free(i.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_activation_is_asked_when_used)};

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
