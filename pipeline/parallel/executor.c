/* SPDX-License-Identifier: MIT */
/*
 * AqThreadExecutor: a thread pool that hands out tasks by an atomic counter. Idle
 * threads wait on a condition variable; a job is published under the lock with a new
 * generation number.
 */
#include "base/alloc.h"
#include "pipeline/parallel/stage.h"

#include <pthread.h>
#include <stdatomic.h>

struct AqThreadExecutor {
    AqExecutor as; /* first: a pointer to it is one to the whole */
    pthread_t *threads;
    int n_started;
    pthread_mutex_t lock;
    pthread_cond_t go, done;
    long generation; /* under lock, as all but `next` */
    int n_working, stop;
    void (*fn)(void *arg, int task);
    void *arg;
    int n_tasks;
    atomic_int next;
};

static void run_executor_tasks(AqThreadExecutor *x, void (*fn)(void *, int), void *arg,
                               int n)
{
    for (int k; (k = atomic_fetch_add(&x->next, 1)) < n;)
        fn(arg, k);
}

static void *executor_main(void *arg)
{
    AqThreadExecutor *x = arg;
    long seen = 0;

    (void)pthread_mutex_lock(&x->lock);
    for (;;) {
        while (!x->stop && x->generation == seen)
            (void)pthread_cond_wait(&x->go, &x->lock);
        if (x->stop)
            break;
        seen = x->generation;
        void (*fn)(void *, int) = x->fn;
        void *fn_arg = x->arg;
        const int n = x->n_tasks;
        (void)pthread_mutex_unlock(&x->lock);
        run_executor_tasks(x, fn, fn_arg, n);
        (void)pthread_mutex_lock(&x->lock);
        if (--x->n_working == 0)
            (void)pthread_cond_signal(&x->done);
    }
    (void)pthread_mutex_unlock(&x->lock);
    return NULL;
}

static void executor_run(AqExecutor *self, void (*fn)(void *, int), void *arg,
                         int n_tasks)
{
    AqThreadExecutor *x = (AqThreadExecutor *)(void *)self;

    (void)pthread_mutex_lock(&x->lock);
    x->fn = fn;
    x->arg = arg;
    x->n_tasks = n_tasks;
    x->n_working = x->n_started;
    atomic_store(&x->next, 0);
    x->generation++;
    (void)pthread_cond_broadcast(&x->go);
    (void)pthread_mutex_unlock(&x->lock);
    run_executor_tasks(x, fn, arg, n_tasks);
    (void)pthread_mutex_lock(&x->lock);
    while (x->n_working > 0)
        (void)pthread_cond_wait(&x->done, &x->lock);
    (void)pthread_mutex_unlock(&x->lock);
}

AqErr aq_thread_executor_new(AqThreadExecutor **out, int n_threads)
{
    *out = NULL;
    AqThreadExecutor *x = aq_alloc(1, sizeof *x);
    const int n_extra = n_threads > 1 ? n_threads - 1 : 0;
    if (!x)
        return AQ_ERR_NOMEM;
    x->as = (AqExecutor){.run = executor_run, .n_threads = n_extra + 1};
    x->threads = aq_alloc((size_t)n_extra, sizeof *x->threads);
    if (!x->threads) {
        aq_free(x);
        return AQ_ERR_NOMEM;
    }
    (void)pthread_mutex_init(&x->lock,
                             NULL); /* glibc: cannot fail without attributes */
    (void)pthread_cond_init(&x->go, NULL);
    (void)pthread_cond_init(&x->done, NULL);
    for (int k = 0; k < n_extra; k++) {
        if (aq_thread_start(&x->threads[k], executor_main, x) != 0) {
            aq_thread_executor_free(&x);
            return aq_fail(AQ_ERR_NOMEM, "cannot create a thread; check `ulimit -u`");
        }
        x->n_started++;
    }
    *out = x;
    return AQ_OK;
}

void aq_thread_executor_free(AqThreadExecutor **px)
{
    AqThreadExecutor *x = *px;

    if (!x)
        return;
    (void)pthread_mutex_lock(&x->lock);
    x->stop = 1;
    (void)pthread_cond_broadcast(&x->go);
    (void)pthread_mutex_unlock(&x->lock);
    for (int k = 0; k < x->n_started; k++)
        (void)pthread_join(x->threads[k], NULL);
    (void)pthread_cond_destroy(&x->go);
    (void)pthread_cond_destroy(&x->done);
    (void)pthread_mutex_destroy(&x->lock);
    aq_free(x->threads);
    aq_free(x);
    *px = NULL;
}

AqExecutor *aq_thread_executor_as(AqThreadExecutor *x)
{
    return x ? &x->as : NULL;
}
