/* SPDX-License-Identifier: MIT */
#include "model/data/answer_cut.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

typedef struct CountedAnswer {
    const char *text;
    size_t first, n; /* where it occurs first; how often it does */
} CountedAnswer;

static int by_text_and_place(const void *a, const void *b)
{
    const CountedAnswer *x = a, *y = b;
    const int order = strcmp(x->text, y->text);

    return order ? order : (x->first > y->first) - (x->first < y->first);
}

static int most_frequent_first(const void *a, const void *b)
{
    const CountedAnswer *x = a, *y = b;

    return x->n != y->n ? (x->n < y->n) - (x->n > y->n)
                        : (x->first > y->first) - (x->first < y->first);
}

static int compare_kept_answers(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* all (n), one for each occurrence, becomes one for each different answer. */
static size_t join_equal_answers(CountedAnswer *all, size_t n)
{
    size_t to = 0;

    if (n > 0)
        qsort(all, n, sizeof *all, by_text_and_place);
    for (size_t k = 0, next; k < n; k = next) {
        for (next = k + 1; next < n && strcmp(all[k].text, all[next].text) == 0;)
            next++;
        all[to] = all[k];
        all[to++].n = next - k;
    }
    return to;
}

AqErr aq_answer_cut(AqAnswerCut *out, const char *const *answers, size_t n, size_t most,
                    size_t least)
{
    CountedAnswer *all = aq_alloc(n, sizeof *all);

    *out = (AqAnswerCut){.kept = aq_alloc(n, sizeof *out->kept)};
    if (!all || !out->kept) {
        aq_free(all);
        aq_answer_cut_clear(out);
        return AQ_ERR_NOMEM;
    }
    for (size_t k = 0; k < n; k++)
        all[k] = (CountedAnswer){.text = answers[k], .first = k};
    out->n_all = join_equal_answers(all, n);
    if (out->n_all > 0)
        qsort(all, out->n_all, sizeof *all, most_frequent_first);
    for (size_t k = 0; k < out->n_all && (most == 0 || k < most); k++)
        if (all[k].n >= least)
            out->kept[out->n++] = all[k].text;
    if (out->n > 0)
        qsort(out->kept, out->n, sizeof *out->kept, compare_kept_answers);
    aq_free(all);
    return AQ_OK;
}

int aq_answer_cut_has(const AqAnswerCut *c, const char *answer)
{
    return c->n > 0 && bsearch(&answer, c->kept, c->n, sizeof *c->kept,
                               compare_kept_answers) != NULL;
}

void aq_answer_cut_clear(AqAnswerCut *c)
{
    aq_free(c->kept);
    *c = (AqAnswerCut){0};
}
