/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1 /* __rlimit_resource_t */
#include "pipeline/decoder/confine_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { MOST_FILES = 16 };

static const char *const modes[] = {"auto", "off", "require"};

const char *aq_confine_mode_name(AqConfineMode mode)
{
    return modes[mode];
}

AqErr aq_confine_mode(AqConfineMode *out)
{
    const char *given = getenv("AVQA_CONFINE");

    *out = AQ_CONFINE_AUTO;
    if (!given || !*given)
        return AQ_OK;
    for (int k = AQ_CONFINE_AUTO; k <= AQ_CONFINE_REQUIRE; k++)
        if (strcmp(given, modes[k]) == 0) {
            *out = (AqConfineMode)k;
            return AQ_OK;
        }
    return aq_fail(AQ_ERR_USAGE, "AVQA_CONFINE is auto, off or require, not %s", given);
}

/* ---- limits ---- */

static void set_resource_limit(int what, rlim_t most)
{
    const struct rlimit l = {.rlim_cur = most, .rlim_max = most};

    (void)setrlimit((__rlimit_resource_t)what, &l);
}

/* Data above current use, as libraries (and a sanitizer's shadow memory) are not due to
 * the clip. No limit if /proc cannot be read. */
static void limit_memory(int64_t bytes)
{
    FILE *f = bytes ? fopen("/proc/self/status", "re") : NULL;
    char line[256];
    long long have_kb = -1;

    if (!f)
        return;
    while (have_kb < 0 && fgets(line, sizeof line, f))
        if (sscanf(line, "VmData: %lld", &have_kb) != 1)
            have_kb = -1;
    (void)fclose(f); /* read only */
    if (have_kb >= 0)
        set_resource_limit(RLIMIT_DATA, (rlim_t)have_kb * 1024 + (rlim_t)bytes);
}

/* The waiting process limits the time. */
static void set_limits(const AqConfineWish *wish)
{
    set_resource_limit(RLIMIT_CORE, 0);
    limit_memory(wish->memory_bytes);
    if (wish->mode == AQ_CONFINE_OFF)
        return;
    set_resource_limit(RLIMIT_NOFILE, MOST_FILES);
    set_resource_limit(RLIMIT_NPROC, 0);
    if (!AQ_SANITIZED) /* its reports may go to a file */
        set_resource_limit(RLIMIT_FSIZE, 0);
}

/* The filter is made before memory is limited and activated last, as it forbids the
 * other steps. */
AqErr aq_confine(AqConfined *out, const AqConfineWish *wish)
{
    AqConfineFilter *f = NULL;

    *out = (AqConfined){0};
    if (wish->mode != AQ_CONFINE_OFF)
        f = aq_confine_filter_new(wish->fd);
    set_limits(wish);
    if (wish->mode != AQ_CONFINE_OFF && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        out->landlock_abi = aq_confine_landlock();
        out->seccomp = f && aq_confine_filter_load(f, wish->tried);
    }
    aq_confine_filter_free(&f);
    if (wish->mode == AQ_CONFINE_REQUIRE && !out->seccomp)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "a decoder cannot be confined here (no seccomp filter in this "
                       "kernel or this build), but AVQA_CONFINE=require demands it");
    return AQ_OK;
}
