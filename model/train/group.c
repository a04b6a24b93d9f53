/* SPDX-License-Identifier: MIT */
/* Agreement between the processes of a group. */
#include "model/train/group.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE 512

/* Sends the chosen process's message to all. */
static AqErr broadcast_fault(AqGroup *g, int root, AqErr err, int others_are_well)
{
    struct {
        int32_t code;
        char text[SENTENCE];
    } fault = {.code = (int32_t)err};

    (void)snprintf(fault.text, sizeof fault.text, "%s", aq_err_text());
    const AqErr rc = g->broadcast(g, root, &fault, sizeof fault);
    if (rc != AQ_OK)
        return rc;
    fault.text[SENTENCE - 1] = '\0';
    if (others_are_well)
        return aq_fail((AqErr)fault.code, "process %d of %d: %s", root + 1, g->n,
                       fault.text);
    return aq_fail((AqErr)fault.code, "%s", fault.text);
}

AqErr aq_group_agree(AqGroup *g, AqErr err)
{
    if (!g || g->n == 1)
        return err;
    /* The first process with an error has the highest vote, then one with a stop. */
    const int vote =
        err == AQ_OK ? 0 : g->n - g->rank + (err == AQ_ERR_CANCELLED ? 0 : g->n);
    double most[2] = {vote, err == AQ_OK};
    const AqErr rc = g->reduce(g, AQ_GROUP_MAX_DOUBLES, most, 2);

    if (rc != AQ_OK || most[0] < 0.5)
        return rc;
    const int won = (int)most[0];
    return broadcast_fault(g, g->n - (won > g->n ? won - g->n : won), err,
                           most[1] > 0.5);
}

AqErr aq_group_any(AqGroup *g, int *flag)
{
    double x = *flag != 0;

    if (!g || g->n == 1)
        return AQ_OK;
    const AqErr err = g->reduce(g, AQ_GROUP_MAX_DOUBLES, &x, 1);
    *flag = x > 0.5;
    return err;
}

AqErr aq_group_same(AqGroup *g, const char digest[AQ_SHA256_HEX], const char *sentence)
{
    char first[AQ_SHA256_HEX];

    if (!g || g->n == 1)
        return AQ_OK;
    memcpy(first, digest, sizeof first);
    AqErr err = g->broadcast(g, 0, first, sizeof first);
    if (err != AQ_OK)
        return err;
    if (memcmp(first, digest, sizeof first) != 0)
        err = aq_fail(AQ_ERR_MISMATCH, "%s", sentence);
    return aq_group_agree(g, err);
}

int aq_group_part(const AqGroup *g, int n, int *first)
{
    const int64_t rank = g ? g->rank : 0, all = g ? g->n : 1;

    *first = (int)(n * rank / all);
    return (int)(n * (rank + 1) / all) - *first;
}
