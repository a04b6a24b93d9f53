/* SPDX-License-Identifier: MIT */
#include "base/text/text.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

enum { N_SHOWN = 4, SHOWN_BYTES = 4000 };

typedef enum Escapes {
    NOT_UTF8,       /* alone */
    CONTROLS,       /* and control characters */
    CONTROLS_INSIDE /* but line ends that lay out */
} Escapes;

static size_t length_by_first(unsigned char c)
{
    return c < 0x80                ? 1
           : c >= 0xc2 && c < 0xe0 ? 2
           : c >= 0xe0 && c < 0xf0 ? 3
           : c >= 0xf0 && c < 0xf5 ? 4
                                   : 0;
}

size_t aq_utf8_bytes(const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    const size_t bytes = n ? length_by_first(*p) : 0;

    if (bytes == 0 || bytes > n)
        return 0;
    for (size_t k = 1; k < bytes; k++)
        if ((p[k] & 0xc0) != 0x80)
            return 0;
    /* written longer than need be, half of a pair of UTF-16, over U+10FFFF */
    if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
        (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
        return 0;
    return bytes;
}

int aq_text_is_utf8(const char *text, size_t n)
{
    for (size_t bytes; n; text += bytes, n -= bytes)
        if ((bytes = aq_utf8_bytes(text, n)) == 0)
            return 0;
    return 1;
}

/* ASCII's control characters and the C1 set of ISO 6429, which some terminals obey. */
static int is_control(const char *p, size_t bytes)
{
    const unsigned char c = (unsigned char)*p;

    return bytes == 1 ? c < 32 || c == 127
                      : bytes == 2 && c == 0xc2 && (unsigned char)p[1] < 0xa0;
}

static int lays_out(const char *p, size_t n)
{
    return *p == '\n' && (n == 1 || (n > 2 && p[1] == ' ' && p[2] == ' '));
}

/* Is the character at p, `bytes` long (0: invalid), written as it is? */
static int is_written_as_is(const char *p, size_t bytes, size_t n, Escapes what)
{
    if (bytes == 0)
        return 0;
    if (what == NOT_UTF8 || !is_control(p, bytes))
        return 1;
    return what == CONTROLS_INSIDE && lays_out(p, n);
}

static size_t put_escape(char *to, unsigned char c)
{
    static const char letters[] = "\nn\tt\rr";
    const char *known = c ? strchr(letters, c) : NULL;

    if (known && c < 32)
        return (size_t)sprintf(to, "\\%c", known[1]);
    return (size_t)sprintf(to, "\\x%02x", c);
}

/* At most room - 1 bytes and a zero; only whole characters. */
static void escape_text(char *to, size_t room, const char *text, size_t n, Escapes what)
{
    size_t at = 0;

    while (n && at + 5 <= room) { /* an escape has four */
        const size_t bytes = aq_utf8_bytes(text, n), taken = bytes ? bytes : 1;

        if (is_written_as_is(text, bytes, n, what)) {
            memcpy(to + at, text, taken);
            at += taken;
        } else {
            for (size_t k = 0; k < taken && at + 5 <= room; k++)
                at += put_escape(to + at, (unsigned char)text[k]);
        }
        text += taken;
        n -= taken;
    }
    to[at] = '\0';
}

static int is_plain(const char *text, size_t n, Escapes what)
{
    for (size_t bytes; n; text += bytes, n -= bytes) {
        bytes = aq_utf8_bytes(text, n);
        if (!is_written_as_is(text, bytes, n, what))
            return 0;
    }
    return 1;
}

char *aq_text_utf8(const char *text, size_t n)
{
    const size_t room = 4 * n + 5;
    char *to = aq_alloc(room, 1);

    if (to)
        escape_text(to, room, text, n, NOT_UTF8);
    return to;
}

const char *aq_text_shown(const char *text)
{
    static _Thread_local char shown[N_SHOWN][SHOWN_BYTES];
    static _Thread_local unsigned next;
    const size_t n = strlen(text);

    if (is_plain(text, n, CONTROLS))
        return text;
    char *to = shown[next++ % N_SHOWN];
    escape_text(to, SHOWN_BYTES, text, n, CONTROLS);
    return to;
}

void aq_text_make_shown(char *text, size_t room)
{
    const size_t n = strlen(text);
    char *from = is_plain(text, n, CONTROLS_INSIDE) ? NULL : aq_strdup(text);

    if (from)
        escape_text(text, room, from, n, CONTROLS_INSIDE);
    aq_free(from);
}
