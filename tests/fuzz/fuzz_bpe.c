/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer over vocabulary files of CLIP's tokenizer, and over what is asked: a
 * vocabulary that is read makes tokens of any text, and of its own merges the same.
 */
#include "base/alloc.h"
#include "model/question/clip/bpe.h"
#include "model/question/clip/clean.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_IDS = 75 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void promise(int kept)
{
    if (!kept)
        abort();
}

static void check_tokens(const AqBpe *b, const char *text)
{
    int ids[MOST_IDS], n = 0;

    promise(aq_bpe_encode(b, text, ids, MOST_IDS, &n) == AQ_OK);
    promise(n >= 0 && n <= MOST_IDS);
    for (int k = 0; k < n; k++)
        promise(ids[k] >= 0 && ids[k] < aq_bpe_start(b));
}

static void check_again(const AqBpe *b)
{
    AqBpe *again;
    size_t n;
    const char *merges = aq_bpe_merges(b, &n);

    promise(aq_bpe_read(&again, merges, n, "merges") == AQ_OK);
    promise(aq_bpe_size(again) == aq_bpe_size(b) &&
            strcmp(aq_bpe_sha256(again), aq_bpe_sha256(b)) == 0);
    aq_bpe_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char few[] = "#version: 0.2\na b\nab c</w>\n";
    char *text = aq_alloc(n + 1, 1);
    AqBpe *b = NULL;

    if (!text)
        return 0;
    if (n > 0)
        memcpy(text, bytes, n);
    if (aq_bpe_read(&b, bytes, n, "fuzzed") == AQ_OK) {
        check_again(b);
        check_tokens(b, text);
    } else if (aq_bpe_read(&b, few, sizeof few - 1, "few") == AQ_OK) {
        check_tokens(b, text);
    }
    aq_bpe_free(&b);
    aq_free(text);
    return 0;
}
