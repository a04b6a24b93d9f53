/* SPDX-License-Identifier: MIT */
#include "extract/networks/parts/sizes.h"

#include <string.h>

enum { MOST_SIZES_TEXT = 256 };

AqErr aq_sizes_find(size_t *k, AqChoiceName name_at, const char *name)
{
    char all[MOST_SIZES_TEXT];
    const char *one;

    for (*k = 0; (one = name_at(*k)); ++*k)
        if (strcmp(one, name) == 0)
            return AQ_OK;
    return aq_fail(AQ_ERR_NOT_FOUND,
                   "%s: the size is not given; give a weight file, or name one of %s",
                   name, aq_choice_list(name_at, all, sizeof all));
}
