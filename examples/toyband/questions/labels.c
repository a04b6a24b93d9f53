/* SPDX-License-Identifier: MIT */
#include "examples/toyband/questions/labels.h"

#include <string.h>

#define MOST_ANSWERS (AQ_TOY_KINDS + 1)

/* Answers of one kind; the first is one only of templates with AQ_TOY_RARE. */
static const char *const kinds_of_answers[][6] = {
    {NULL, "no", "yes"},
    {NULL, "indoor", "outdoor"},
    {"zero", "one", "two", "three"},
    {"simultaneously", "left", "middle", "right"}};

/* Lists the answers of the same kind; returns their number. */
static int list_alike(const AqToyWording *w, const char *answer,
                      const char *out[MOST_ANSWERS])
{
    const size_t n_kinds = sizeof kinds_of_answers / sizeof *kinds_of_answers;
    int n = 0;

    for (size_t kind = 0; kind < n_kinds; kind++) {
        const char *const *list = kinds_of_answers[kind];
        int there = 0;

        for (int k = 0; k < 6; k++)
            there |= list[k] && strcmp(list[k], answer) == 0;
        for (int k = (w->traits & AQ_TOY_RARE) ? 0 : 1; there && k < 6; k++)
            if (list[k])
                out[n++] = list[k];
    }
    for (int k = 0; n == 0 && k < AQ_TOY_KINDS; k++)
        out[k] = aq_toy_kinds[k].name;
    return n ? n : AQ_TOY_KINDS;
}

const char *aq_toy_wrong_answer(const AqToyWording *w, const char *answer, AqRng *r)
{
    const char *alike[MOST_ANSWERS];
    const int n = list_alike(w, answer, alike);
    int other = (int)aq_rng_below(r, (unsigned)n - 1);

    for (int k = 0; k <= other; k++)
        other += strcmp(alike[k], answer) == 0;
    return alike[other];
}

void aq_toy_keep_some(json_t *list, size_t first, int most, AqRng *r)
{
    while (json_array_size(list) > first + (size_t)most) {
        const size_t n = json_array_size(list) - first;

        (void)json_array_remove(list, first + aq_rng_below(r, (unsigned)n));
    }
}
