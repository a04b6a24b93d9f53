/* SPDX-License-Identifier: MIT */
#include "pipeline/commands/ask/words.h"

#include "base/alloc.h"

#include <string.h>
#include <unistd.h>

static int is_file_word(const char *word)
{
    return strcmp(word, "-") == 0 || (*word && access(word, F_OK) == 0);
}

static int has_space(const char *word)
{
    return strchr(word, ' ') != NULL;
}

/* Of a word that is no file: that of a file that is not there, not a question. */
static int looks_like_name(const char *word)
{
    return !has_space(word) && strpbrk(word, "./") != NULL;
}

/* The clip's place in the words. */
static int find_clip_word(const AqTextList *words)
{
    const int last = words->n - 1;

    if (is_file_word(words->v[0]))
        return 0;
    for (int k = last; k > 0; k--)
        if (is_file_word(words->v[k]))
            return k;
    return !looks_like_name(words->v[0]) && looks_like_name(words->v[last]) ? last : 0;
}

static AqErr keep_question(AqAskWords *out, const char *text)
{
    char **list = aq_grow(out->questions, (size_t)out->n, sizeof *list);

    if (!list)
        return AQ_ERR_NOMEM;
    out->questions = list;
    list[out->n] = aq_strdup(text);
    return list[out->n] ? (void)out->n++, AQ_OK : AQ_ERR_NOMEM;
}

/* The word behind what there is of a question. */
static AqErr append_word(char **question, const char *word)
{
    char *longer = *question ? aq_strf("%s %s", *question, word) : aq_strdup(word);

    if (!longer)
        return AQ_ERR_NOMEM;
    aq_free(*question);
    *question = longer;
    return AQ_OK;
}

static int ends_question(const char *word)
{
    const size_t n = strlen(word);

    return n > 0 && word[n - 1] == '?';
}

/* Questions of single words, but for word `clip`. */
static AqErr join_words(AqAskWords *out, const AqTextList *words, int clip)
{
    char *question = NULL;
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < words->n; k++) {
        if (k == clip)
            continue;
        err = append_word(&question, words->v[k]);
        if (err != AQ_OK || !ends_question(words->v[k]))
            continue;
        err = keep_question(out, question);
        aq_free(question);
        question = NULL;
    }
    if (err == AQ_OK && question)
        err = keep_question(out, question);
    aq_free(question);
    return err;
}

AqErr aq_ask_sort_words(AqAskWords *out, const AqTextList *words)
{
    int n_spaced = 0;
    AqErr err = AQ_OK;

    *out = (AqAskWords){.n = 0};
    if (words->n == 0)
        return aq_fail(AQ_ERR_USAGE, "it takes a clip and a question");
    const int clip = find_clip_word(words);
    for (int k = 0; k < words->n; k++)
        n_spaced += k != clip && has_space(words->v[k]);
    out->clip = words->v[clip];
    if (n_spaced == 0)
        return join_words(out, words, clip);
    for (int k = 0; err == AQ_OK && k < words->n; k++)
        if (k != clip)
            err = keep_question(out, words->v[k]);
    return err;
}

void aq_ask_words_clear(AqAskWords *w)
{
    for (int k = 0; k < w->n; k++)
        aq_free(w->questions[k]);
    aq_free(w->questions);
    *w = (AqAskWords){.n = 0};
}
