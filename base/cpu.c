/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* sched_getaffinity */
#include "base/cpu.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int cap = AQ_CPU_AVX512;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static AqCpuLevel found;
static char name[128] = "unknown";

static void read_name(void)
{
    FILE *f = fopen("/proc/cpuinfo", "r");
    char line[256];

    while (f && fgets(line, sizeof line, f)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon) {
            (void)snprintf(name, sizeof name, "%s", colon + 2);
            name[strcspn(name, "\n")] = '\0';
            break;
        }
    }
    if (f)
        (void)fclose(f);
}

static void detect_cpu_level(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        found = AQ_CPU_AVX2;
    if (found == AQ_CPU_AVX2 && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        found = AQ_CPU_AVX512;
#endif
    const char *env = getenv("AVQA_CPU");
    for (int k = AQ_CPU_PORTABLE; env && k < (int)found; k++)
        if (strcmp(env, aq_cpu_level_name((AqCpuLevel)k)) == 0)
            found = (AqCpuLevel)k;
    read_name();
}

AqCpuLevel aq_cpu_level(void)
{
    (void)pthread_once(&once, detect_cpu_level);
    const int most = atomic_load(&cap);
    return (int)found < most ? found : (AqCpuLevel)most;
}

void aq_cpu_set_cap(AqCpuLevel most)
{
    atomic_store(&cap, (int)most);
}

const char *aq_cpu_level_name(AqCpuLevel level)
{
    static const char *const names[] = {"portable", "avx2", "avx512"};

    /* Found is at most AVX-512, the last of them. */
    /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.UndefReturn) */
    return names[level];
}

const char *aq_cpu_name(void)
{
    (void)pthread_once(&once, detect_cpu_level);
    return name;
}

int aq_cpu_has_bf16(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bf16") != 0;
#else
    return 0;
#endif
}

int aq_cpu_has_vnni(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512vnni") != 0;
#else
    return 0;
#endif
}

int aq_cpu_count(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return CPU_COUNT(&set);
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (int)n : 1;
}
