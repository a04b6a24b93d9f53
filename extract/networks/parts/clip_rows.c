/* SPDX-License-Identifier: MIT */
#include "extract/networks/parts/clip_rows.h"

#include "base/options/parse.h"
#include "base/options/rows.h"

#include <stdio.h>

const AqOption aq_clip_rows_options[] = {
    AQ_ROW_TEXT("rows", AqClipRowsSwitch, rows, "KxM",
                "K clips of M consecutive frames over the whole video", "seconds"),
    {0}};

AqErr aq_clip_rows_take(AqRowPlan *plan, const AqClipRowsSwitch *s)
{
    AqRowPlan p = {0};
    int used = 0;

    if (!s->rows)
        return AQ_OK;
    if (sscanf(s->rows, "%4dx%4d%n", &p.clips, &p.frames, &used) != 2 ||
        s->rows[used] || !aq_rows_are_valid(p))
        return aq_fail(AQ_ERR_USAGE,
                       "rows=%s: give up to %d clips of up to %d frames, as in "
                       "rows=8x16",
                       s->rows, AQ_ROWS_MOST_CLIPS, AQ_ROWS_MOST_FRAMES);
    *plan = p;
    return AQ_OK;
}

void aq_clip_rows_record(AqNetworkFacts *facts, AqRowPlan plan)
{
    char text[16];

    if (!aq_rows_are_clips(plan))
        return;
    (void)snprintf(text, sizeof text, "%dx%d", plan.clips, plan.frames);
    aq_options_add_pair(facts->switches, sizeof facts->switches, "rows", text);
}

void aq_clip_rows_apart(AqNetworkFacts *facts, AqRowPlan plan)
{
    const int M = plan.frames;

    if (!aq_rows_are_clips(plan))
        return;
    facts->input.plan = plan;
    facts->input.dims[0] *= M;
    facts->out_dims[0] *= M;
    facts->apart = M;
    facts->at_once = facts->batch;
    facts->batch = facts->batch > M ? facts->batch / M : 1;
    facts->gflop *= M;
    aq_clip_rows_record(facts, plan);
}
