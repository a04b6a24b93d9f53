/* SPDX-License-Identifier: MIT */
/* See the header. */
#include "model/trained/names.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* The known word that an answer is; -1 if it is not one, or several. */
static int word_of_answer(const AqStrings *words, const char *answer)
{
    int ids[2];
    const int n = aq_vocab_encode(words, answer, ids, 2);

    return n == 1 && ids[0] >= AQ_VOCAB_FIRST ? ids[0] : -1;
}

static int compare_question_templates(const void *a, const void *b)
{
    const AqQuestion *const *x = a, *const *y = b;

    return strcmp((*x)->template_, (*y)->template_);
}

/* The group of answer a: the first answer in it. */
static int find_answer_group(int *group, int a)
{
    while (group[a] != a)
        a = group[a] = group[group[a]];
    return a;
}

static void join_groups(int *group, int a, int b)
{
    const int x = find_answer_group(group, a), y = find_answer_group(group, b);

    group[x > y ? x : y] = x > y ? y : x;
}

/* Joins the answers that are words to those of the same template. */
static void group_answers(int *group, const int *word, const AqStrings *answers,
                          const AqQuestion *const *q, size_t n)
{
    int before = -1; /* an answer to this template */

    for (size_t k = 0; k < n; k++) {
        const int a = aq_strings_find(answers, q[k]->answer);

        if (k > 0 && strcmp(q[k]->template_, q[k - 1]->template_) != 0)
            before = -1;
        if (a < 0 || word[a] < 0)
            continue;
        if (before >= 0)
            join_groups(group, before, a);
        before = a;
    }
}

static int largest_group(int *group, const int *word, int *size, int n)
{
    int best = -1;

    for (int k = 0; k < n; k++)
        if (word[k] >= 0)
            size[find_answer_group(group, k)]++;
    for (int k = 0; k < n; k++)
        if (size[k] > 1 && (best < 0 || size[k] > size[best]))
            best = k;
    return best;
}

AqErr aq_names_find(int *names, const AqStrings *words, const AqStrings *answers,
                    const AqQuestion *q, size_t n)
{
    const int K = (int)answers->n;
    const AqQuestion **sorted = aq_alloc(n, sizeof *sorted);
    int *group = aq_alloc(answers->n, sizeof *group),
        *size = aq_alloc(answers->n, sizeof *size);
    const AqErr err = sorted && group && size ? AQ_OK : AQ_ERR_NOMEM;

    for (int k = 0; err == AQ_OK && k < K; k++) {
        names[k] = word_of_answer(words, answers->at[k]);
        group[k] = k;
    }
    if (err == AQ_OK) {
        for (size_t k = 0; k < n; k++)
            sorted[k] = &q[k];
        qsort((void *)sorted, n, sizeof *sorted, compare_question_templates);
        group_answers(group, names, answers, sorted, n);
        const int best = largest_group(group, names, size, K);
        for (int k = 0; k < K; k++)
            if (best < 0 || find_answer_group(group, k) != best)
                names[k] = -1;
    }
    aq_free((void *)sorted);
    aq_free(group);
    aq_free(size);
    return err;
}

AqErr aq_names_to_json(const int *names, const AqStrings *answers, char **out)
{
    char **some = aq_alloc(answers->n, sizeof *some);
    AqStrings list = {.at = some};

    *out = NULL;
    if (!some)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < answers->n; k++)
        if (names[k] >= 0)
            some[list.n++] = answers->at[k];
    const AqErr err = aq_strings_to_json(&list, out);
    aq_free((void *)some);
    return err;
}

AqErr aq_names_from_json(int *names, const AqStrings *words, const AqStrings *answers,
                         const char *json)
{
    AqStrings list = {0};
    AqErr err = aq_strings_from_json(&list, json);

    for (size_t k = 0; k < answers->n; k++)
        names[k] = -1;
    for (size_t k = 0; err == AQ_OK && k < list.n; k++) {
        const int a = aq_strings_find(answers, list.at[k]);

        if (a < 0 || (names[a] = word_of_answer(words, list.at[k])) < 0)
            err = aq_fail(AQ_ERR_FORMAT,
                          "the model's name \"%s\" is not one of its answers and words",
                          list.at[k]);
    }
    aq_strings_clear(&list);
    return err;
}
