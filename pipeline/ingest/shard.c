/* SPDX-License-Identifier: MIT */
#include "pipeline/ingest/shard.h"

#include "base/options/option.h"
#include "pipeline/parallel/launch.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 20 };

AqErr aq_shard_parse(AqShard *out, const char *text)
{
    char first[16];
    const char *slash = strchr(text, '/');
    int i = 0, n = 0;

    *out = (AqShard){.count = 1, .from = "--shard"};
    if (!slash || (size_t)(slash - text) >= sizeof first)
        return aq_fail(AQ_ERR_USAGE, "--shard takes I/N, such as 1/4, not '%s'", text);
    (void)snprintf(first, sizeof first, "%.*s", (int)(slash - text), text);
    AqErr err = aq_parse_int("--shard", first, 1, MOST, &i);
    if (err == AQ_OK)
        err = aq_parse_int("--shard", slash + 1, 1, MOST, &n);
    if (err == AQ_OK && i > n)
        err =
            aq_fail(AQ_ERR_USAGE, "--shard %s: there is no part %d of %d", text, i, n);
    if (err == AQ_OK)
        *out = (AqShard){.index = i - 1, .count = n, .from = "--shard"};
    return err;
}

static AqErr read_slurm_array(int *place, int *count)
{
    const char *id = getenv("SLURM_ARRAY_TASK_ID"),
               *min = getenv("SLURM_ARRAY_TASK_MIN"),
               *max = getenv("SLURM_ARRAY_TASK_MAX"),
               *step = getenv("SLURM_ARRAY_TASK_STEP"),
               *tasks = getenv("SLURM_ARRAY_TASK_COUNT");
    int lo = 0, hi = 0, by = 1, at = 0, n = 0;

    if (!id || !min || !max)
        return AQ_OK;
    AqErr err = aq_parse_int("SLURM_ARRAY_TASK_MIN", min, 0, INT32_MAX, &lo);
    if (err == AQ_OK)
        err = aq_parse_int("SLURM_ARRAY_TASK_MAX", max, lo, INT32_MAX, &hi);
    if (err == AQ_OK && step)
        err = aq_parse_int("SLURM_ARRAY_TASK_STEP", step, 1, INT32_MAX, &by);
    if (err == AQ_OK)
        err = aq_parse_int("SLURM_ARRAY_TASK_ID", id, lo, hi, &at);
    if (err == AQ_OK && tasks)
        err = aq_parse_int("SLURM_ARRAY_TASK_COUNT", tasks, 1, INT32_MAX, &n);
    if (err != AQ_OK)
        return err;
    *place = (at - lo) / by;
    *count = (hi - lo) / by + 1;
    if (tasks && n != *count)
        return aq_fail(
            AQ_ERR_USAGE,
            "an array of %d tasks numbered %d to %d does not determine the parts", n,
            lo, hi);
    if (*count > MOST)
        return aq_fail(AQ_ERR_USAGE, "SLURM_ARRAY_TASK_MAX: %d parts are too many",
                       *count);
    return AQ_OK;
}

AqErr aq_shard_from_env(AqShard *out)
{
    const AqLaunch launch = aq_launch();
    const int rank = launch.rank, size = launch.n;
    int place = 0, count = 1;

    *out = (AqShard){.count = 1, .from = ""};
    AqErr err = read_slurm_array(&place, &count);
    if (err == AQ_OK && (int64_t)count * size > MOST)
        err = aq_fail(AQ_ERR_USAGE, "%d tasks of %d ranks are too many parts", count,
                      size);
    if (err != AQ_OK)
        return aq_err_prefix(err, "finding this task's part of the videos (--shard "
                                  "I/N sets it directly)");
    *out = (AqShard){.index = place * size + rank,
                     .count = count * size,
                     .from = count > 1 && size > 1 ? "Slurm's array and the rank"
                             : count > 1           ? "Slurm's array"
                             : size > 1            ? "the rank"
                                                   : ""};
    return AQ_OK;
}

int aq_shard_has(const AqShard *s, const char *name)
{
    uint64_t h = 14695981039346656037U;

    for (const char *p = name; *p; p++)
        h = (h ^ (unsigned char)*p) * 1099511628211U;
    h ^= h >> 32; /* FNV's low bits alone are poorly mixed */
    h *= 0xd6e8feb86659fd93U;
    h ^= h >> 32;
    return (int)(h % (uint64_t)s->count) == s->index;
}
