/* SPDX-License-Identifier: MIT */
/* What an answer rests on, for people. */
#include "model/explain/occlusion.h"
#include "pipeline/commands/ask/ask_priv.h"

#include <stdio.h>

static const char *const in_words[AQ_N_MODALITIES] = {"sound", "picture"};

/* "without the sound it would say piano (-10.8 log-odds), without the picture still
 * accordion (-0.2)" */
static void print_streams(const AqPrediction *p, const AqOcclusion *y)
{
    int n = 0;

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        const int other = y->stream_answer[m];

        if (!y->has[m])
            continue;
        (void)printf("%swithout the %s %s %s (%+.1f%s)", n ? ", " : "  ", in_words[m],
                     other == y->answer ? "still" : "it would say", p->answer[other],
                     -(double)y->stream[m], n ? "" : " log-odds");
        n++;
    }
    if (n)
        (void)putchar('\n');
}

/* "rests most on 3 s of sound (-2.1), 7 s of picture (-0.4)" */
static void print_seconds(const AqOcclusion *y)
{
    int at[3];
    const int n = aq_occlusion_strongest(y, at, 3);

    for (int k = 0; k < n; k++) {
        const int m = at[k] / y->n_seconds, t = at[k] % y->n_seconds;

        (void)printf("%s%d s of %s (%+.1f)", k ? ", " : "  rests most on ", t,
                     in_words[m], -(double)y->second[m][t]);
    }
    (void)puts(n ? "" : "  rests on no second alone: the others make up for any one");
}

void aq_ask_occlusion_text(const AqPrediction *p, const AqOcclusion *y)
{
    print_streams(p, y);
    print_seconds(y);
}
