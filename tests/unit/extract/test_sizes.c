/* SPDX-License-Identifier: MIT */
/* The sizes that networks are published in. */
#include "extract/networks/extractor.h"
#include "tests/unit/check.h"

#include <string.h>

/* A network that stands for any size needs a file: without one, every name of its
 * sizes is listed, and once. */
static void sizes_are_listed(void **state)
{
    static const struct {
        const char *any, *begins, *begins_too;
    } kinds[] = {{"swin", "swin_", "swin_"},
                 {"clip_vit", "clip_vit_", "clip_vit_"},
                 {"resnet", "resnet", "resnet"},
                 {"internvideo2", "internvideo2_", "internvideo2_"},
                 {"resnet3d", "resnext101_3d", "r2plus1d_18"}};
    AqExtractor *x = NULL;

    (void)state;
    for (size_t j = 0; j < sizeof kinds / sizeof *kinds; j++) {
        const char *name;
        int n = 0;

        assert_int_equal(aq_extractor_open(&x, kinds[j].any, "seeded:1", NULL),
                         AQ_ERR_NOT_FOUND);
        for (size_t k = 0; (name = aq_extractor_any_name(k)); k++) {
            if ((strncmp(name, kinds[j].begins, strlen(kinds[j].begins)) != 0 &&
                 strncmp(name, kinds[j].begins_too, strlen(kinds[j].begins_too)) !=
                     0) ||
                strcmp(name, kinds[j].any) == 0 || strcmp(name, "resnet3d") == 0)
                continue;
            if (!strstr(aq_err_text(), name))
                fail_msg("%s is not in: %s", name, aq_err_text());
            n++;
        }
        assert_true(n >= 2);
        const char *at = strstr(aq_err_text(), "name one of ");
        assert_non_null(at);
        for (; (at = strchr(at, ',')); at++)
            n--;
        assert_int_equal(n, 1); /* commas are between them */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sizes_are_listed)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
