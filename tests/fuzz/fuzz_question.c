/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer over what a person may ask: the tokeniser, the vocabulary made of the
 * question, and its ids.
 */
#include "base/alloc.h"
#include "model/question/tokenise.h"
#include "model/question/vocab.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_IDS = 14 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void promise(int kept)
{
    if (!kept)
        abort();
}

/* Gives whether a word may have been cut: then it may end in an apostrophe. */
static int check_words(const char *text)
{
    const char *end = text + strlen(text), *at = text;
    AqWord w;
    int cut = 0;

    while (aq_tokenise_next(&at, &w)) {
        const size_t n = strnlen(w.text, sizeof w.text);

        promise(n > 0 && n < sizeof w.text && at > text && at <= end);
        text = at;
        cut |= n + 4 >= sizeof w.text;
    }
    return cut;
}

/* Normal text is its own normal form, and does not write past its room. */
static void check_normal(const char *text, int was_cut)
{
    const size_t room = strlen(text) + 1;
    char *once = aq_alloc(room, 1), *twice = aq_alloc(room, 1), cut[9];

    if (once && twice) {
        aq_tokenise_normal(text, once, room);
        aq_tokenise_normal(once, twice, room);
        promise(was_cut || strcmp(once, twice) == 0);
        promise(strlen(aq_tokenise_normal(text, cut, sizeof cut)) < sizeof cut);
    }
    aq_free(once);
    aq_free(twice);
}

static void check_ids(const char *text)
{
    AqStrings words;
    int ids[MOST_IDS];

    if (aq_vocab_build(&words, &text, 1, 1) != AQ_OK)
        return;
    const int n = aq_vocab_encode(&words, text, ids, MOST_IDS);
    promise(n >= 1 && n <= MOST_IDS);
    for (int k = 0; k < MOST_IDS; k++)
        promise(ids[k] >= 0 && ids[k] < aq_vocab_size(&words) &&
                (k < n) == (ids[k] != AQ_VOCAB_PAD));
    aq_strings_clear(&words);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = aq_alloc(n + 1, 1);

    if (!text)
        return 0;
    if (n > 0)
        memcpy(text, bytes, n);
    check_normal(text, check_words(text));
    check_ids(text);
    aq_free(text);
    return 0;
}
