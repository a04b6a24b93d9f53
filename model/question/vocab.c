/* SPDX-License-Identifier: MIT */
/* Sorted string sets: qsort, one pass that counts runs, bsearch. */
#include "model/question/vocab.h"

#include "base/alloc.h"
#include "base/text/json.h"
#include "model/question/tokenise.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MOST_STRINGS 1000000

void aq_strings_clear(AqStrings *s)
{
    for (size_t k = 0; k < s->n; k++)
        aq_free(s->at[k]);
    aq_free(s->at);
    *s = (AqStrings){0};
}

static int compare_vocab_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

AqErr aq_strings_collect(AqStrings *out, const char *const *texts, size_t n,
                         int min_count)
{
    AqErr err = AQ_OK;
    AqStrings s = {0};

    *out = s;
    const char **sorted = aq_alloc(n, sizeof *sorted);
    s.at = aq_alloc(n, sizeof *s.at);
    if (!sorted || !s.at) {
        err = AQ_ERR_NOMEM;
        goto done;
    }
    for (size_t k = 0; k < n; k++)
        sorted[k] = texts[k];
    if (n > 0)
        qsort(sorted, n, sizeof *sorted, compare_vocab_words);
    for (size_t k = 0, next; k < n; k = next) {
        for (next = k + 1; next < n && !strcmp(sorted[k], sorted[next]);)
            next++;
        if (next - k < (size_t)(min_count < 1 ? 1 : min_count))
            continue;
        if (!(s.at[s.n] = aq_strdup(sorted[k]))) {
            err = AQ_ERR_NOMEM;
            goto done;
        }
        s.n++;
    }
    *out = s;
    s = (AqStrings){0};
done:
    aq_free(sorted);
    aq_strings_clear(&s);
    return err;
}

int aq_strings_find(const AqStrings *s, const char *text)
{
    size_t lo = 0, hi = s->n;

    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        const int order = strcmp(text, s->at[mid]);

        if (order == 0)
            return (int)mid;
        if (order < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return -1;
}

AqErr aq_strings_to_json(const AqStrings *s, char **out)
{
    json_t *list = json_array();

    *out = NULL;
    for (size_t k = 0; list && k < s->n; k++)
        if (json_array_append_new(list, json_string(s->at[k])) != 0) {
            json_decref(list);
            return aq_fail(AQ_ERR_FORMAT, "\"%s\" is not UTF-8 text", s->at[k]);
        }
    *out = list ? aq_json_text(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return *out ? AQ_OK : aq_fail(AQ_ERR_NOMEM, "no memory for a list of words");
}

static AqErr read_list(AqStrings *s, const json_t *list)
{
    const size_t n = json_array_size(list);

    if (!json_is_array(list) || n > MOST_STRINGS)
        return aq_fail(AQ_ERR_FORMAT, "not a list of at most %d strings", MOST_STRINGS);
    if (!(s->at = aq_alloc(n, sizeof *s->at)))
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < n; k++) {
        const char *text = json_string_value(json_array_get(list, k));

        if (!text)
            return aq_fail(AQ_ERR_FORMAT, "entry %zu of the list is not text", k + 1);
        if (k > 0 && strcmp(s->at[k - 1], text) >= 0)
            return aq_fail(AQ_ERR_FORMAT, "the list is not sorted at \"%s\"", text);
        if (!(s->at[k] = aq_strdup(text)))
            return AQ_ERR_NOMEM;
        s->n++;
    }
    return AQ_OK;
}

AqErr aq_strings_from_json(AqStrings *out, const char *json)
{
    json_error_t why;
    AqStrings s = {0};

    *out = s;
    json_t *list = json_loads(json, 0, &why);
    if (!list)
        return aq_fail(AQ_ERR_FORMAT, "not JSON: %s", why.text);
    const AqErr err = read_list(&s, list);
    json_decref(list);
    if (err != AQ_OK) {
        aq_strings_clear(&s);
        return err;
    }
    *out = s;
    return AQ_OK;
}

/* All words of all questions, in order; *n_words of them. */
static AqWord *all_words(const char *const *questions, size_t n, size_t *n_words)
{
    AqWord w, *words;
    size_t count = 0;

    for (size_t k = 0; k < n; k++)
        for (const char *s = questions[k]; aq_tokenise_next(&s, &w);)
            count++;
    /* one extra: the tokeniser writes there even if questions have no words */
    if (!(words = aq_alloc(count + 1, sizeof *words)))
        return NULL;
    *n_words = 0;
    for (size_t k = 0; k < n; k++)
        for (const char *s = questions[k]; aq_tokenise_next(&s, &words[*n_words]);)
            if (++*n_words == count)
                return words;
    return words;
}

AqErr aq_vocab_build(AqStrings *out, const char *const *questions, size_t n,
                     int min_count)
{
    AqErr err = AQ_ERR_NOMEM;
    size_t n_words = 0;
    const char **texts = NULL;

    *out = (AqStrings){0};
    AqWord *words = all_words(questions, n, &n_words);
    if (words && (texts = aq_alloc(n_words, sizeof *texts))) {
        for (size_t k = 0; k < n_words; k++)
            texts[k] = words[k].text;
        err = aq_strings_collect(out, texts, n_words, min_count);
    }
    aq_free(texts);
    aq_free(words);
    return err;
}

int aq_vocab_size(const AqStrings *words)
{
    return (int)words->n + AQ_VOCAB_FIRST;
}

int aq_vocab_encode(const AqStrings *words, const char *question, int *ids, int max)
{
    AqWord w;
    int n = 0;

    while (n < max && aq_tokenise_next(&question, &w)) {
        const int at = aq_strings_find(words, w.text);

        ids[n++] = at < 0 ? AQ_VOCAB_UNK : at + AQ_VOCAB_FIRST;
    }
    if (n == 0 && max > 0)
        ids[n++] = AQ_VOCAB_UNK;
    for (int k = n; k < max; k++)
        ids[k] = AQ_VOCAB_PAD;
    return n;
}
