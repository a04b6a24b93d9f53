/* SPDX-License-Identifier: MIT */
#include "base/text/nearest.h"

#include <string.h>

enum { MOST_LETTERS = 63, LEAST_BEGINNING = 2 };

static int least_of(int a, int b)
{
    return a < b ? a : b;
}

/* Three rows of the distance table are enough: a swap looks two rows back. */
int aq_edit_distance(const char *a, const char *b)
{
    int rows[3][MOST_LETTERS + 1];
    int *before = rows[0], *last = rows[1], *now = rows[2];
    const size_t na = strnlen(a, MOST_LETTERS), nb = strnlen(b, MOST_LETTERS);

    memset(rows, 0, sizeof rows);
    for (size_t j = 0; j <= nb; j++)
        now[j] = (int)j;
    for (size_t i = 1; i <= na; i++) {
        int *free_row = before;

        before = last;
        last = now;
        now = free_row;
        now[0] = (int)i;
        for (size_t j = 1; j <= nb; j++) {
            const int same = a[i - 1] == b[j - 1];

            now[j] = least_of(least_of(last[j], now[j - 1]) + 1, last[j - 1] + !same);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least_of(now[j], before[j - 2] + 1);
        }
    }
    return now[nb];
}

void aq_nearest_try(AqNearest *n, const char *name)
{
    const size_t letters = strlen(n->word);
    const int begins =
        letters >= LEAST_BEGINNING && strncmp(n->word, name, letters) == 0;
    const int distance = begins ? 1 : aq_edit_distance(n->word, name);
    const int most = letters < 6 ? 1 + (letters > 3) : (int)letters / 3;

    if (letters < 2 || distance > most || (n->best && distance >= n->distance))
        return;
    n->best = name;
    n->distance = distance;
}
