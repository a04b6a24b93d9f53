/* SPDX-License-Identifier: MIT */
/* CLIP's tokenizer with a small vocabulary: cleaning, pieces, merges, files. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "model/question/clip/bpe.h"
#include "model/question/clip/clean.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

#define SEEDS    TEST_DATA "/../fuzz/seeds/bpe/"
#define N_MERGES 12

/* ---- cleaning ---- */

static void check_clean(const char *text, const char *expected)
{
    char *clean = aq_clean_text(text);

    assert_non_null(clean);
    assert_string_equal(clean, expected);
    aq_free(clean);
}

static void blanks_and_letters_are_alike(void **state)
{
    (void)state;
    check_clean("", "");
    check_clean(" \t\n\u3000 ", "");
    check_clean("  Which\t\tInstrument \r\n sounds?  ", "which instrument sounds?");
    check_clean("\u00C4rger \u0130 \u039F\u03A3 \u03A3\u03B1\u03A3 \u03A3",
                "\u00E4rger i\u0307 \u03BF\u03C2 \u03C3\u03B1\u03C2 \u03C3");
    check_clean("cafe\u0301", "caf\u00E9"); /* NFC */
}

static void odd_characters_become_usual_ones(void **state)
{
    (void)state;
    check_clean("don\u2019t \u201Cask\u201D", "don't \"ask\"");
    check_clean("\uFF21\uFF42\uFF11\uFF01 \uFF76\uFF9E", "ab1! \u30AC");
    check_clean("\uFB01nal \u0133s \u0149", "final ijs 'n");
    check_clean("a\x01\x1B[31mb\x1B[0m\x7F\uFEFFz", "abz");
    check_clean("a\x1B[31", "a[31");
    check_clean("\xC2\x80 \xC2\x93x\xC2\x94", "\u20AC \"x\""); /* as Windows-1252 */
    check_clean("a\xFFz \xC3", "a\uFFFDz \uFFFD");             /* no UTF-8 */
}

static void references_of_html_are_undone(void **state)
{
    (void)state;
    check_clean("&amp; &lt;b&gt; &eacute; &EACUTE; &#233; &#xE9;",
                "& <b> \u00E9 \u00E9 \u00E9 \u00E9");
    check_clean("&amp;amp;amp;lt;", "<");
    check_clean("<b> &amp;amp;amp;lt;", "<b> &amp;lt;"); /* twice, if it is HTML */
    check_clean("&ampx &notit; R&D &copy", "&x \u00ACit; r&d \u00A9");
    check_clean("&; &#; &#x; &nosuchname; &", "&; &#; &#x; &nosuchname; &");
    check_clean("&#0; &#x110000; &#xD800; &#128; &#1;", "\uFFFD \uFFFD \uFFFD \u20AC");
    check_clean("&rsquo;s", "'s");
    check_clean("&#99999999999999999999;", "\uFFFD");
}

static void check_pieces(const char *clean, const char *expected)
{
    char all[256] = "";
    const char *piece;
    size_t n;

    while (aq_clean_next(&clean, &piece, &n)) {
        strncat(all, piece, n);
        strcat(all, "|");
    }
    assert_string_equal(all, expected);
}

static void text_falls_into_pieces(void **state)
{
    (void)state;
    check_pieces("what's the 3rd one's?!", "what|'s|the|3|rd|one|'s|?!|");
    check_pieces("they'll we've i'm you'd isn't he're",
                 "they|'ll|we|'ve|i|'m|you|'d|isn|'t|he|'re|");
    check_pieces("'sound", "'s|ound|");
    check_pieces("!'s", "!'|s|"); /* the run of marks takes the apostrophe */
    check_pieces("123", "1|2|3|");
    check_pieces("\u00BD\u0663x", "\u00BD|\u0663|x|");
    check_pieces("\u4E50\u5668 \U0001F3BB\u200D", "\u4E50\u5668|\U0001F3BB\u200D|");
    check_pieces("", "");
    check_pieces("   ", "");
}

/* ---- tokens ---- */

static AqBpe *open_small(const char *leaf)
{
    char path[512];
    AqBpe *b = NULL;

    (void)snprintf(path, sizeof path, SEEDS "%s", leaf);
    CHECK_OK(aq_bpe_open(&b, path));
    assert_int_equal(aq_bpe_size(b), 2 * AQ_BPE_BYTES + N_MERGES + 2);
    assert_int_equal(aq_bpe_end(b), aq_bpe_start(b) + 1);
    return b;
}

static void check_encoded(const AqBpe *b, const char *text, const int *expected, int n)
{
    int ids[32], have = -1;

    CHECK_OK(aq_bpe_encode(b, text, ids, 32, &have));
    assert_int_equal(have, n);
    for (int k = 0; k < n; k++)
        assert_int_equal(ids[k], expected[k]);
}

#define ENCODED(b, text, ...)                                                          \
    check_encoded(b, text, (int[]){__VA_ARGS__},                                       \
                  (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)))

enum { LO = 512, LOW_, HI, HIG, HIGH_, E_ACUTE_, ER_, VI, VIO, VIOL, VIOLI, VIOLIN_ };

static int byte_token(int c) /* of a printable one */
{
    return c - '!';
}

static void pairs_merge_by_their_rank(void **state)
{
    AqBpe *b = open_small("simple.txt");

    (void)state;
    ENCODED(b, "low", LOW_);
    ENCODED(b, "LOW high", LOW_, HIGH_);
    ENCODED(b, "lower", LO, byte_token('w'), ER_); /* "low</w>" ends a word */
    ENCODED(b, "lolo", LO, byte_token('l'), AQ_BPE_BYTES + byte_token('o'));
    ENCODED(b, "violins", VIOLI, byte_token('n'), AQ_BPE_BYTES + byte_token('s'));
    ENCODED(b, "Violin?", VIOLIN_, AQ_BPE_BYTES + byte_token('?'));
    ENCODED(b, "\u00E9", E_ACUTE_);
    ENCODED(b, "1", AQ_BPE_BYTES + byte_token('1'));
    check_encoded(b, " ", NULL, 0);
    check_encoded(b, "", NULL, 0);
    aq_bpe_free(&b);
}

/* Of neighbours that overlap, those that come first in the file. */
static void the_lowest_rank_goes_first(void **state)
{
    static const char late[] = "#version: 0.2\nb c\na b\n",
                      early[] = "#version: 0.2\na b\nb c\n";
    AqBpe *b = NULL;

    (void)state;
    CHECK_OK(aq_bpe_read(&b, late, sizeof late - 1, "late"));
    ENCODED(b, "abcx", byte_token('a'), 512, AQ_BPE_BYTES + byte_token('x'));
    aq_bpe_free(&b);
    CHECK_OK(aq_bpe_read(&b, early, sizeof early - 1, "early"));
    ENCODED(b, "abcx", 512, byte_token('c'), AQ_BPE_BYTES + byte_token('x'));
    aq_bpe_free(&b);
}

/* Bytes 0 to 32, 127 to 160 and 173 follow the 188 that are printable. */
static void every_byte_has_a_token(void **state)
{
    AqBpe *b = open_small("simple.txt");

    (void)state;
    ENCODED(b, "\u0400", /* D0 80; lower case D1 90 */
            (0xD1 - 174) + 94 + 12, AQ_BPE_BYTES + 188 + 33 + (0x90 - 127));
    ENCODED(b, "\u00ED", /* C3 AD */
            (0xC3 - 174) + 94 + 12, AQ_BPE_BYTES + 255);
    aq_bpe_free(&b);
}

static void text_makes_no_special_tokens(void **state)
{
    AqBpe *b = open_small("simple.txt");
    int ids[64], n;

    (void)state;
    CHECK_OK(
        aq_bpe_encode(b, "<|startoftext|> <|endoftext|> <start_of_text>", ids, 64, &n));
    assert_true(n > 10);
    for (int k = 0; k < n; k++)
        assert_true(ids[k] < aq_bpe_start(b));
    aq_bpe_free(&b);
}

static void long_text_is_cut(void **state)
{
    AqBpe *b = open_small("simple.txt");
    enum { LONG = 30000 };
    char *text = aq_alloc(LONG + 1, 1);
    int ids[9], n;

    (void)state;
    memset(text, 'l', LONG);
    ids[8] = -7;
    CHECK_OK(aq_bpe_encode(b, text, ids, 8, &n));
    assert_int_equal(n, 8);
    assert_int_equal(ids[8], -7);
    for (int k = 0; k < 8; k++)
        assert_int_equal(ids[k], byte_token('l'));
    aq_free(text);
    aq_bpe_free(&b);
}

/* ---- files ---- */

static void all_kinds_of_files_are_the_same(void **state)
{
    static const char *const leaves[] = {"simple.txt.gz", "merges.txt",
                                         "tokenizer.json", "pairs.json"};
    AqBpe *b = open_small("simple.txt"), *again = NULL;
    size_t n;

    (void)state;
    for (size_t k = 0; k < sizeof leaves / sizeof *leaves; k++) {
        AqBpe *other = open_small(leaves[k]);

        assert_string_equal(aq_bpe_sha256(other), aq_bpe_sha256(b));
        ENCODED(other, "lower violin", LO, byte_token('w'), ER_, VIOLIN_);
        aq_bpe_free(&other);
    }
    const char *merges = aq_bpe_merges(b, &n);
    CHECK_OK(aq_bpe_read(&again, merges, n, "its own"));
    assert_string_equal(aq_bpe_sha256(again), aq_bpe_sha256(b));
    aq_bpe_free(&again);
    aq_bpe_free(&b);
}

static void refuse(const char *data, const char *why)
{
    AqBpe *b;

    assert_int_equal(aq_bpe_read(&b, data, strlen(data), "some.txt"), AQ_ERR_FORMAT);
    assert_null(b);
    if (!strstr(aq_err_text(), why) || !strstr(aq_err_text(), "some.txt: "))
        fail_msg("\"%s\" says nothing of \"%s\"", aq_err_text(), why);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    refuse("", "its first line says no");
    refuse("a b\nc d\n", "its first line says no");
    refuse("#version: 0.2", "its first line says no");
    refuse("#version: 0.2\n", "no merge follows");
    refuse("#version: 0.2\na b\nab\n", "merge 2, \"ab\", is not two tokens");
    refuse("#version: 0.2\na b c\n", "is not two tokens");
    refuse("#version: 0.2\na  b\n", "is not two tokens");
    refuse("#version: 0.2\na b\n\nc d\n", "merge 2");
    refuse("#version: 0.2\nab c\n", "takes \"ab\", which no merge before it makes");
    refuse("#version: 0.2\na \n", "takes \"\"");
    refuse("#version: 0.2\na b\nb c\nab c\na bc\n", "merge 4 makes \"abc\" again");
    refuse("#version: 0.2\na b\xFF\n", "not UTF-8");
    refuse("{\"a\": 1, \"b\": 2}", "vocab.json");
    refuse("{\"model\": {\"vocab\": {}}}", "no merges");
    refuse("{\"model\": {\"merges\": [\"a b\"]}}", "</w>");
    refuse("{\"model\": {\"merges\": [], \"end_of_word_suffix\": \"</w>\"}}", "empty");
    refuse("{\"model\": {\"merges\": [7], \"end_of_word_suffix\": \"</w>\"}}",
           "merge 1 is not two tokens");
    refuse("{\"model\": {\"merges\": [[\"a\"]], \"end_of_word_suffix\": \"</w>\"}}",
           "merge 1 is not two tokens");
    refuse("{\"model\": ", "is not a vocabulary");
    refuse("\x1F\x8B\x08 and no more", "damaged or cut off");
}

static void a_missing_file_is_named(void **state)
{
    AqBpe *b;

    (void)state;
    assert_int_equal(aq_bpe_open(&b, "/nonexistent/bpe.txt"), AQ_ERR_NOT_FOUND);
    assert_non_null(strstr(aq_err_text(), "/nonexistent/bpe.txt"));
}

/* Cut anywhere and changed anywhere, a file is read or refused with its name. */
static void damaged_files_do_no_harm(void **state)
{
    static const char *const leaves[] = {"simple.txt", "simple.txt.gz",
                                         "tokenizer.json"};
    size_t n;

    (void)state;
    for (size_t k = 0; k < sizeof leaves / sizeof *leaves; k++) {
        char path[512], *data;

        (void)snprintf(path, sizeof path, SEEDS "%s", leaves[k]);
        CHECK_OK(aq_fs_read(path, 1 << 20, &data, &n));
        for (size_t at = 0; at < 2 * n; at++) {
            AqBpe *b;
            const char before = data[at / 2];

            data[at / 2] = (char)(before ^ (at % 2 ? 0x21 : 0x80));
            if (aq_bpe_read(&b, data, at % 2 ? n : at / 2, "some.txt") != AQ_OK)
                assert_non_null(strstr(aq_err_text(), "some.txt"));
            aq_bpe_free(&b);
            data[at / 2] = before;
        }
        aq_free(data);
    }
}

/* Merges of two letters each, then of a pair and a letter, all different. */
static void only_as_many_merges_as_clip_has_count(void **state)
{
    enum { LETTERS = 52, PAIRS = LETTERS * LETTERS, LINES = AQ_BPE_MOST_MERGES + 100 };
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char *text = aq_alloc((size_t)LINES * 8 + 32, 1), *to = text;
    AqBpe *b = NULL;

    (void)state;
    to += sprintf(to, "#version: 0.2\n");
    for (int k = 0; k < LINES; k++) {
        const int pair = k % PAIRS, third = k / PAIRS;
        const char x = letters[pair / LETTERS], y = letters[pair % LETTERS];

        to += third ? sprintf(to, "%c%c %c\n", x, y, letters[third])
                    : sprintf(to, "%c %c\n", x, y);
    }
    CHECK_OK(aq_bpe_read(&b, text, strlen(text), "many"));
    assert_int_equal(aq_bpe_size(b), 2 * AQ_BPE_BYTES + AQ_BPE_MOST_MERGES + 2);
    aq_bpe_free(&b);
    aq_free(text);
}

/* ---- memory ---- */

static void running_out_of_memory_is_told(void **state)
{
    static const char few[] = "#version: 0.2\na b\nab c</w>\n";
    long n = 1;

    (void)state;
    for (int done = 0; !done; n++) {
        AqBpe *b = NULL;
        int ids[8], n_ids = 0;

        aq_alloc_fail_after(n);
        AqErr err = aq_bpe_read(&b, few, sizeof few - 1, "few");
        if (err == AQ_OK)
            err = aq_bpe_encode(b, "&amp; a\nbc", ids, 8, &n_ids);
        done = !aq_alloc_failed();
        aq_alloc_fail_after(0);
        assert_int_equal(err, done ? AQ_OK : AQ_ERR_NOMEM);
        aq_bpe_free(&b);
    }
    assert_true(n > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_and_letters_are_alike),
        cmocka_unit_test(odd_characters_become_usual_ones),
        cmocka_unit_test(references_of_html_are_undone),
        cmocka_unit_test(text_falls_into_pieces),
        cmocka_unit_test(pairs_merge_by_their_rank),
        cmocka_unit_test(the_lowest_rank_goes_first),
        cmocka_unit_test(every_byte_has_a_token),
        cmocka_unit_test(text_makes_no_special_tokens),
        cmocka_unit_test(long_text_is_cut),
        cmocka_unit_test(all_kinds_of_files_are_the_same),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(damaged_files_do_no_harm),
        cmocka_unit_test(only_as_many_merges_as_clip_has_count),
        cmocka_unit_test(running_out_of_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
