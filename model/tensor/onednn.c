/* SPDX-License-Identifier: MIT */
/* Shared by both kinds of oneDNN product: whether it is used, its engine, its threads,
 * and execution. */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "model/tensor/packed_priv.h"

#include "base/cpu.h"

#include <dlfcn.h>
#include <dnnl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static dnnl_engine_t engine;

static void start_onednn_engine(void)
{
    if (dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success)
        engine = NULL;
}

struct dnnl_engine *aq_onednn_engine(void)
{
    (void)pthread_once(&once, start_onednn_engine);
    return engine;
}

int aq_onednn_is_worth_it(void)
{
    const char *backend = getenv("AVQA_BACKEND");

    return aq_cpu_level() >= AQ_CPU_AVX512 &&
           !(backend && strcmp(backend, "openblas") == 0) && aq_onednn_engine();
}

/* OpenMP's number of threads is per calling thread. */
void aq_onednn_one_thread(void)
{
    static _Thread_local int done;
    union {
        void *object;
        void (*call)(int);
    } set = {.object = done ? NULL : dlsym(RTLD_DEFAULT, "omp_set_num_threads")};

    if (set.object)
        set.call(1);
    done = 1;
}

int aq_onednn_execute(const struct dnnl_primitive *run, const AqOnednnArg *with, int n)
{
    dnnl_exec_arg_t args[AQ_ONEDNN_MOST_ARGS];
    dnnl_stream_t stream = NULL;
    dnnl_status_t st = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
    int made = 0;

    for (int k = 0; st == dnnl_success && k < n; k++) {
        if (!with[k].desc)
            continue;
        args[made].arg = with[k].number;
        st = dnnl_memory_create(&args[made].memory, with[k].desc, engine, with[k].at);
        made += st == dnnl_success;
    }
    if (st == dnnl_success)
        st = dnnl_primitive_execute(run, stream, made, args);
    while (made-- > 0)
        (void)dnnl_memory_destroy(args[made].memory);
    (void)dnnl_stream_destroy(stream);
    return (int)st;
}
