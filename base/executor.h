/*
 * Executor: lets code that creates no threads use several. The owner of the threads
 * (pipeline/parallel) passes it down; NULL means "run the tasks here, one after
 * another". Work is split into tasks by its size, never by the number of threads, so
 * results do not depend on that number.
 */
#ifndef AQ_BASE_EXECUTOR_H
#define AQ_BASE_EXECUTOR_H

typedef struct AqExecutor AqExecutor;
struct AqExecutor {
    /* Calls fn(arg, k) for k = 0..n_tasks-1, in any order, and returns when all are
     * done. fn must not fail and must not call run again. */
    void (*run)(AqExecutor *self, void (*fn)(void *arg, int task), void *arg,
                int n_tasks);
    int n_threads;
};

static inline void aq_executor_run(AqExecutor *x, void (*fn)(void *arg, int task),
                                   void *arg, int n_tasks)
{
    if (x && n_tasks > 1) {
        x->run(x, fn, arg, n_tasks);
        return;
    }
    for (int k = 0; k < n_tasks; k++)
        fn(arg, k);
}

#endif
