/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* struct winsize */
#include "pipeline/ui/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum { LEAST = 20, USUAL = 80, MOST = 10000 };

int aq_terminal_columns(int fd)
{
    const char *said = getenv("COLUMNS");
    char *end = NULL;
    const long n = said ? strtol(said, &end, 10) : 0;
    struct winsize size;

    if (n >= LEAST && n <= MOST && *end == '\0')
        return (int)n;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= LEAST)
        return size.ws_col;
    return USUAL;
}

/* A UTF-8 continuation byte. */
static int is_utf8_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

size_t aq_text_columns(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += !is_utf8_continuation(*text);
    return n;
}

const char *aq_text_skip(const char *text, size_t n)
{
    for (; n > 0 && *text; n--)
        do
            text++;
        while (is_utf8_continuation(*text));
    return text;
}

char *aq_text_shorten(char *out, size_t room, const char *text, size_t columns)
{
    const size_t have = aq_text_columns(text);

    if (have <= columns) {
        (void)snprintf(out, room, "%s", text);
        return out;
    }
    const size_t kept = columns - 3, ahead = (kept + 1) / 2;
    const char *cut = aq_text_skip(text, ahead),
               *tail = aq_text_skip(text, have - (kept - ahead));

    (void)snprintf(out, room, "%.*s...%s", (int)(cut - text), text, tail);
    return out;
}
