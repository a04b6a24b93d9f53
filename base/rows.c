/* SPDX-License-Identifier: MIT */
#include "base/rows.h"

#include <stdio.h>
#include <string.h>

enum { SECOND = 1000000 };

int aq_rows_are_valid(AqRowPlan p)
{
    if (p.frames < 0 || p.frames > AQ_ROWS_MOST_FRAMES)
        return 0;
    if (p.per_second)
        return p.clips == 0 && p.per_second >= 1 && p.per_second <= AQ_ROWS_MOST_RATE &&
               SECOND % p.per_second == 0 && SECOND % aq_rows_rate(p) == 0;
    return p.clips >= 1 && p.clips <= AQ_ROWS_MOST_CLIPS && p.frames >= 1;
}

int aq_rows_are_seconds(AqRowPlan p)
{
    return p.per_second == 1;
}

int aq_rows_are_same(AqRowPlan a, AqRowPlan b)
{
    return a.per_second == b.per_second && a.clips == b.clips &&
           aq_rows_pictures(a) == aq_rows_pictures(b);
}

int aq_rows_pictures(AqRowPlan p)
{
    return p.frames > 0 ? p.frames : 1;
}

int aq_rows_rate(AqRowPlan p)
{
    return p.per_second * aq_rows_pictures(p);
}

int aq_rows_count(AqRowPlan p, int n_seconds)
{
    return aq_rows_are_clips(p) ? p.clips : n_seconds * p.per_second;
}

AqRowSpan aq_rows_span(AqRowPlan p, int k)
{
    const int64_t each = SECOND / p.per_second;

    return (AqRowSpan){.from_us = k * each, .to_us = (k + 1) * each};
}

char *aq_rows_text(AqRowPlan p, char text[AQ_ROWS_TEXT])
{
    if (aq_rows_are_clips(p))
        (void)snprintf(text, AQ_ROWS_TEXT, "%d clips of %d frames", p.clips, p.frames);
    else if (aq_rows_pictures(p) > 1)
        (void)snprintf(text, AQ_ROWS_TEXT, "%d a second of %d pictures", p.per_second,
                       p.frames);
    else
        (void)snprintf(text, AQ_ROWS_TEXT, "%d a second", p.per_second);
    return text;
}

/* Only what aq_rows_text() writes, up to the end or a ';'. */
static int read_rows(AqRowPlan *out, const char *text)
{
    AqRowPlan p = {0};
    char own[AQ_ROWS_TEXT];
    const size_t n = strcspn(text, ";");

    if (sscanf(text, "%4d clips of %4d", &p.clips, &p.frames) != 2) {
        p = (AqRowPlan){0};
        (void)sscanf(text, "%4d a second of %4d pictures", &p.per_second, &p.frames);
    }
    if (!aq_rows_are_valid(p) || strlen(aq_rows_text(p, own)) != n ||
        strncmp(own, text, n) != 0)
        return 0;
    *out = p;
    return 1;
}

AqRowPlan aq_rows_of(const char *description)
{
    const char *at = strstr(description, AQ_ROWS_MARK);
    AqRowPlan p;

    return at && read_rows(&p, at + strlen(AQ_ROWS_MARK)) ? p : AQ_ROWS_SECONDS;
}
