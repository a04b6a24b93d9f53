/* SPDX-License-Identifier: MIT */
#include "pipeline/commands/questions.h"

#include "base/log.h"

int aq_say_gaps(const char *what, const AqDatasetGaps *gaps)
{
    if (gaps->n_videos)
        aq_log(AQ_LOG_WARN,
               "%s: %zu questions about %zu videos are left out: the store has no "
               "features "
               "of these; run `avqa-pipe ingest` on them",
               what, gaps->n_questions, gaps->n_videos);
    if (gaps->n_records)
        aq_log(AQ_LOG_WARN, "%s: %zu malformed records are left out", what,
               gaps->n_records);
    return gaps->n_videos || gaps->n_records;
}
