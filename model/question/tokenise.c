/* SPDX-License-Identifier: MIT */
/*
 * The tokeniser: one pass over UTF-8. MUSIC-AVQA's own drops the last character of a
 * question, whatever it is, because each ends in '?' or U+FF1F; this one drops all
 * punctuation anywhere, so that what users type gives the same words.
 */
#include "model/question/tokenise.h"

#include <string.h>

/* Length of the UTF-8 character at s and its code point; 1 and -1 if it is not UTF-8.
 */
static int utf8_next(const char *s, long *code)
{
    const unsigned char *u = (const unsigned char *)s;
    const int n = u[0] < 0x80             ? 1
                  : (u[0] & 0xE0) == 0xC0 ? 2
                  : (u[0] & 0xF0) == 0xE0 ? 3
                  : (u[0] & 0xF8) == 0xF0 ? 4
                                          : 0;
    static const long least[5] = {0, 0, 0x80, 0x800, 0x10000};

    *code = -1;
    if (n == 0)
        return 1;
    long c = n == 1 ? u[0] : u[0] & (0x7F >> n);
    for (int k = 1; k < n; k++) {
        if ((u[k] & 0xC0) != 0x80)
            return 1;
        c = c << 6 | (u[k] & 0x3F);
    }
    if (c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 1;
    *code = c;
    return n;
}

/* Blanks, punctuation and symbols outside ASCII, by Unicode block. */
static int is_wide_separator(long c)
{
    return (c >= 0x80 && c <= 0xBF && c != 0xAA && c != 0xB5 && c != 0xBA) ||
           c == 0xD7 || c == 0xF7 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x206F) || /* spaces, dashes, quotes */
           (c >= 0x20A0 && c <= 0x20CF) || /* currencies */
           (c >= 0x2190 && c <= 0x2BFF) || /* arrows, signs, symbols */
           (c >= 0x3000 && c <= 0x3004) || (c >= 0x3008 && c <= 0x3020) ||
           c == 0x3030 || c == 0x303D || c == 0x30FB || (c >= 0xFE10 && c <= 0xFE6F) ||
           c == 0xFEFF ||
           (c >= 0xFF01 && c <= 0xFF0F) || /* full-width punctuation, "?" is FF1F */
           (c >= 0xFF1A && c <= 0xFF20) ||
           (c >= 0xFF3B && c <= 0xFF40 && c != 0xFF3F) ||
           (c >= 0xFF5B && c <= 0xFF65) || c >= 0x1F000;
}

static int is_word(long c)
{
    if (c < 0)
        return 0;
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
               (c >= 'A' && c <= 'Z') || c == '_';
    return !is_wide_separator(c);
}

static int is_apostrophe(long c)
{
    return c == '\'' || c == 0x2019;
}

/* True if the apostrophe that ends before `after` is followed by a letter. */
static int has_letter_after(const char *after)
{
    long c;

    (void)utf8_next(after, &c);
    return *after && is_word(c);
}

static void append_word_bytes(AqWord *w, size_t *used, const char *bytes, int n)
{
    if (*used + (size_t)n >= sizeof w->text) {
        *used = sizeof w->text; /* full: no shorter character may follow */
        return;
    }
    memcpy(w->text + *used, bytes, (size_t)n);
    *used += (size_t)n;
    w->text[*used] = 0;
}

int aq_tokenise_next(const char **text, AqWord *out)
{
    const char *s = *text;
    size_t used = 0;
    long c;

    out->text[0] = 0;
    while (*s) {
        const int n = utf8_next(s, &c);
        const char lower = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : s[0]);

        if (is_word(c))
            append_word_bytes(out, &used, n == 1 ? &lower : s, n);
        else if (used > 0 && is_apostrophe(c) && has_letter_after(s + n))
            append_word_bytes(out, &used, "'", 1);
        else if (used > 0)
            break;
        s += n;
    }
    *text = s;
    return used > 0;
}

char *aq_tokenise_normal(const char *text, char *out, size_t bytes)
{
    AqWord w;
    size_t used = 0;

    if (bytes == 0)
        return out;
    out[0] = 0;
    while (aq_tokenise_next(&text, &w)) {
        const size_t n = strlen(w.text), blank = used > 0;

        if (used + blank + n + 1 > bytes)
            break;
        if (blank)
            out[used++] = ' ';
        memcpy(out + used, w.text, n + 1);
        used += n;
    }
    return out;
}
