/* SPDX-License-Identifier: MIT */
/*
 * A training group over MPI. Sums are reduced to the leader and broadcast from there,
 * not by MPI_Allreduce, which need not give every process the same bits; their weights
 * would drift apart.
 */
#define _GNU_SOURCE /* sched_getaffinity */
#include "pipeline/parallel/launch.h"

#include "base/alloc.h"
#include "base/cpu.h"

#include <mpi.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_AT_ONCE ((size_t)1 << 26) /* values; MPI counts with int */

typedef struct MpiGroup {
    AqGroup as; /* first */
    int broken; /* a call failed: the others' state is unknown */
} MpiGroup;

static AqErr fail_mpi_call(MpiGroup *g, const char *what, int rc)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int n = 0;

    (void)MPI_Error_string(rc, text, &n);
    if (g)
        g->broken = 1;
    return aq_fail(AQ_ERR_IO,
                   "the training processes lost contact with each other "
                   "(%s: %s)",
                   what, text);
}

static AqErr reduce_some(MpiGroup *g, AqGroupOp op, void *x, int n)
{
    const MPI_Datatype type = op == AQ_GROUP_SUM_FLOATS ? MPI_FLOAT : MPI_DOUBLE;
    const MPI_Op how = op == AQ_GROUP_MAX_DOUBLES ? MPI_MAX : MPI_SUM;
    const int leads = g->as.rank == 0;
    int rc = MPI_Reduce(leads ? MPI_IN_PLACE : x, leads ? x : NULL, n, type, how, 0,
                        MPI_COMM_WORLD);

    if (rc != MPI_SUCCESS)
        return fail_mpi_call(g, "MPI_Reduce", rc);
    rc = MPI_Bcast(x, n, type, 0, MPI_COMM_WORLD);
    return rc == MPI_SUCCESS ? AQ_OK : fail_mpi_call(g, "MPI_Bcast", rc);
}

static AqErr mpi_reduce(AqGroup *self, AqGroupOp op, void *x, size_t n)
{
    const size_t size = op == AQ_GROUP_SUM_FLOATS ? sizeof(float) : sizeof(double);
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < n; k += MOST_AT_ONCE)
        err = reduce_some((MpiGroup *)(void *)self, op, (char *)x + k * size,
                          (int)(n - k < MOST_AT_ONCE ? n - k : MOST_AT_ONCE));
    return err;
}

static AqErr mpi_broadcast(AqGroup *self, int root, void *bytes, size_t n)
{
    int rc = MPI_SUCCESS;

    for (size_t k = 0; rc == MPI_SUCCESS && k < n; k += MOST_AT_ONCE)
        rc = MPI_Bcast((char *)bytes + k,
                       (int)(n - k < MOST_AT_ONCE ? n - k : MOST_AT_ONCE), MPI_BYTE,
                       root, MPI_COMM_WORLD);
    return rc == MPI_SUCCESS ? AQ_OK
                             : fail_mpi_call((MpiGroup *)(void *)self, "MPI_Bcast", rc);
}

/* A core that k processes of this node may run on counts 1/k for each: correct whether
 * processes are bound to their own cores or may use all of them. */
static AqErr count_cores(int *cores)
{
    enum { MOST = CPU_SETSIZE };
    cpu_set_t mine;
    MPI_Comm node;
    int on[MOST] = {0}, users[MOST] = {0};
    double share = 0;

    *cores = aq_cpu_count();
    if (sched_getaffinity(0, sizeof mine, &mine) != 0)
        return AQ_OK;
    for (int k = 0; k < MOST; k++)
        on[k] = CPU_ISSET(k, &mine) != 0;
    int rc = MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL,
                                 &node);
    if (rc != MPI_SUCCESS)
        return fail_mpi_call(NULL, "MPI_Comm_split_type", rc);
    rc = MPI_Allreduce(on, users, MOST, MPI_INT, MPI_SUM, node);
    (void)MPI_Comm_free(&node);
    if (rc != MPI_SUCCESS)
        return fail_mpi_call(NULL, "MPI_Allreduce", rc);
    for (int k = 0; k < MOST; k++)
        share += on[k] ? 1.0 / users[k] : 0;
    *cores = share > 1 ? (int)(share + 1e-6) : 1;
    return AQ_OK;
}

static AqErr check_mpi_launch(int rank, int n, const AqLaunch *l)
{
    if (n == l->n && rank == l->rank)
        return AQ_OK;
    return aq_fail(AQ_ERR_MISMATCH,
                   "%s started %d processes, but they cannot reach one another: MPI "
                   "sees %d; with srun, add --mpi=pmix; otherwise use the mpirun of "
                   "the MPI library that avqa-pipe was built with",
                   l->by, l->n, n);
}

AqErr aq_launch_join(AqGroup **out, int *cores, const AqLaunch *l)
{
    int level, rank = 0, n = 1;

    *out = NULL;
    *cores = 0;
    if (l->n == 1)
        return AQ_OK;
    MpiGroup *g = aq_alloc(1, sizeof *g);
    if (!g)
        return AQ_ERR_NOMEM;
    int rc = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
    if (rc == MPI_SUCCESS)
        rc = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    if (rc == MPI_SUCCESS)
        rc = MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rc == MPI_SUCCESS)
        rc = MPI_Comm_size(MPI_COMM_WORLD, &n);
    AqErr err = rc == MPI_SUCCESS ? check_mpi_launch(rank, n, l)
                                  : fail_mpi_call(NULL, "MPI_Init", rc);
    if (err == AQ_OK)
        err = count_cores(cores);
    if (err != AQ_OK) {
        aq_free(g);
        return err;
    }
    g->as = (AqGroup){
        .rank = rank, .n = n, .reduce = mpi_reduce, .broadcast = mpi_broadcast};
    *out = &g->as;
    return AQ_OK;
}

void aq_launch_leave(AqGroup **group)
{
    MpiGroup *g = (MpiGroup *)(void *)*group;

    if (!g)
        return;
    (void)fflush(stdout); /* mpirun kills the rest when one exits with an error */
    if (g->broken)
        (void)MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    (void)MPI_Barrier(MPI_COMM_WORLD);
    (void)MPI_Finalize();
    aq_free(g);
    *group = NULL;
}
