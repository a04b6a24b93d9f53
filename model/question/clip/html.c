/* SPDX-License-Identifier: MIT */
/* See the header. A reference is at most 32 characters long; what it stands for is
 * never longer than three bytes for each of its own, as the checks below keep. */
#include "model/question/clip/html.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

typedef struct AqEntity {
    const char *name, *text; /* "eacute;" */
    int loud;                /* only by the careful rules */
} AqEntity;

#include "model/question/clip/entities.h"

enum {
    N_ENTITIES = sizeof html_entities / sizeof *html_entities,
    MOST_NAME = 32, /* characters, without the semicolon */
    MOST_CODE = 0x10FFFF
};

/* What has been read, and what is written of it. */
typedef struct Unescaping {
    const char *at, *end;
    char *to;
} Unescaping;

static const AqEntity *find_entity(const char *name, size_t n)
{
    size_t lo = 0, hi = N_ENTITIES;

    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        const char *have = html_entities[mid].name;
        int order = strncmp(name, have, n);

        if (order == 0 && have[n])
            order = -1;
        if (order == 0)
            return &html_entities[mid];
        if (order < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return NULL;
}

static void put_code(Unescaping *u, unsigned long code)
{
    unsigned char *to = (unsigned char *)u->to;

    if (code < 0x80) {
        *to++ = (unsigned char)code;
    } else if (code < 0x800) {
        *to++ = (unsigned char)(0xC0 | code >> 6);
        *to++ = (unsigned char)(0x80 | (code & 0x3F));
    } else {
        if (code < 0x10000) {
            *to++ = (unsigned char)(0xE0 | code >> 12);
        } else {
            *to++ = (unsigned char)(0xF0 | code >> 18);
            *to++ = (unsigned char)(0x80 | (code >> 12 & 0x3F));
        }
        *to++ = (unsigned char)(0x80 | (code >> 6 & 0x3F));
        *to++ = (unsigned char)(0x80 | (code & 0x3F));
    }
    u->to = (char *)to;
}

/* Numbers that stand for no character of a text, by the standard (13.2.5.80). */
static int is_no_character(unsigned long code)
{
    return (code > 0 && code < 9) || code == 11 || (code > 13 && code < 32) ||
           (code >= 0x7F && code < 0xA0) || (code >= 0xFDD0 && code < 0xFDF0) ||
           (code & 0xFFFE) == 0xFFFE;
}

/* As Windows-1252 has them; 0: it has none. */
static const unsigned short windows[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
    0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

static void put_number(Unescaping *u, unsigned long code)
{
    if (code >= 0x80 && code < 0xA0)
        put_code(u, windows[code - 0x80] ? windows[code - 0x80] : code);
    else if (code == 0 || (code >= 0xD800 && code < 0xE000) || code > MOST_CODE)
        put_code(u, 0xFFFD);
    else if (!is_no_character(code))
        put_code(u, code);
}

/* "&#233;" or "&#xE9;"; 0 if it is none. */
static int take_numbered_character(Unescaping *u, AqHtmlRules rules)
{
    const int hex = u->end - u->at > 2 && (u->at[2] | 0x20) == 'x';
    const char *digits = hex ? "0123456789abcdefABCDEF" : "0123456789";
    const char *from = u->at + 2 + hex, *at = from;
    unsigned long code = 0;

    for (; at < u->end && *at && strchr(digits, *at); at++) {
        const int low = *at | 0x20;
        const unsigned long digit =
            (unsigned long)(*at <= '9' ? *at - '0' : low - 'a' + 10);

        code = code > MOST_CODE ? code : code * (hex ? 16 : 10) + digit;
    }
    const int closed = at < u->end && *at == ';';
    if (at == from ||
        (rules == AQ_HTML_CAREFUL && (!closed || code == ';' || at - u->at > 25)))
        return 0;
    put_number(u, code);
    u->at = at + closed;
    return 1;
}

/* Bytes of the name at the reference, its semicolon too. */
static size_t name_length(const Unescaping *u, AqHtmlRules rules)
{
    static const char no_name[] = "\t\n\f <&#;";
    size_t n = 0, most = (size_t)(u->end - u->at) - 1, characters = 0;
    const char *from = u->at + 1;

    for (; n < most && from[n] && !strchr(no_name, from[n]); n++) {
        characters += ((unsigned char)from[n] & 0xC0) != 0x80;
        if (characters > MOST_NAME)
            break;
    }
    if (n < most && from[n] == ';' && n > 0)
        return n + 1;
    return rules == AQ_HTML_CAREFUL ? 0 : n;
}

/* The longest beginning of what stands there that is a name. */
static int take_named_character(Unescaping *u, AqHtmlRules rules)
{
    for (size_t n = name_length(u, rules); n > 1; n--) {
        const AqEntity *e = find_entity(u->at + 1, n);

        if (e && (rules == AQ_HTML_CAREFUL || !e->loud)) {
            const size_t bytes = strlen(e->text);

            memcpy(u->to, e->text, bytes);
            u->to += bytes;
            u->at += 1 + n;
            return 1;
        }
        if (rules == AQ_HTML_CAREFUL)
            break;
    }
    return 0;
}

char *aq_html_unescape(const char *text, size_t n, AqHtmlRules rules)
{
    /* the longest text of a name is six bytes, for "&nvlt;" and the like */
    char *out = aq_alloc(2 * n + 8, 1);
    Unescaping u = {text, text + n, out};

    if (!out)
        return NULL;
    while (u.at < u.end) {
        const int number = u.end - u.at > 2 && u.at[0] == '&' && u.at[1] == '#';

        if (*u.at == '&' && (number ? take_numbered_character(&u, rules)
                                    : take_named_character(&u, rules)))
            continue;
        *u.to++ = *u.at++;
    }
    *u.to = 0;
    return out;
}
