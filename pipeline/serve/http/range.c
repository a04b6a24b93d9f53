/* SPDX-License-Identifier: MIT */
#include "pipeline/serve/http/range.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* The digits at *text, which is moved past them; -1: there are none, or too many. */
static int64_t read_byte_number(const char **text)
{
    int64_t v = -1;

    for (int n = 0; **text >= '0' && **text <= '9'; (*text)++, n++) {
        if (n == 18)
            return -1;
        v = (v < 0 ? 0 : v * 10) + (**text - '0');
    }
    return v;
}

AqRange aq_range_parse(const char *text, int64_t size)
{
    static const char unit[] = "bytes=";
    const AqRange whole = {AQ_RANGE_WHOLE, 0, size}, none = {AQ_RANGE_NONE, 0, 0};

    if (!text || strncasecmp(text, unit, sizeof unit - 1) != 0)
        return whole;
    text += sizeof unit - 1;
    text += strspn(text, " \t");
    const int is_suffix = *text == '-';
    int64_t from = is_suffix ? 0 : read_byte_number(&text);
    if (from < 0 || *text != '-')
        return whole;
    text++;
    const int has_last = *text >= '0' && *text <= '9';
    int64_t last = has_last ? read_byte_number(&text) : size - 1;
    if (text[strspn(text, " \t")] != 0 || last < 0 || (is_suffix && !has_last))
        return size == 0 && !has_last && !is_suffix ? none : whole;
    if (is_suffix) { /* the last so many bytes */
        if (last == 0 || size == 0)
            return none;
        from = last < size ? size - last : 0;
        last = size - 1;
    }
    if (has_last && !is_suffix && last < from)
        return whole; /* it is no range at all */
    if (from >= size)
        return none;
    if (last >= size)
        last = size - 1;
    return (AqRange){AQ_RANGE_PART, from, last - from + 1};
}
