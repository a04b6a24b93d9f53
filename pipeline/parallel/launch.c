/* SPDX-License-Identifier: MIT */
#include "pipeline/parallel/launch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The first that is set counts, as mpirun may itself have been started by srun. */
static const struct {
    const char *size, *rank, *by;
} launchers[] = {
    {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "mpirun"}, /* Open MPI */
    {"PMI_SIZE", "PMI_RANK", "mpirun"}, /* MPICH and derivatives */
    {"MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK", "mpirun"}, /* MVAPICH2 */
    {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "srun"},         /* a Slurm step */
};

static long read_env_number(const char *variable)
{
    const char *text = getenv(variable);
    char *end;
    const long n = text ? strtol(text, &end, 10) : -1;

    return text && *text && !*end ? n : -1;
}

AqLaunch aq_launch(void)
{
    for (size_t k = 0; k < sizeof launchers / sizeof *launchers; k++) {
        const long n = read_env_number(launchers[k].size),
                   rank = read_env_number(launchers[k].rank);

        if (n >= 1 && n <= 1 << 20 && rank >= 0 && rank < n)
            return (AqLaunch){(int)rank, (int)n, launchers[k].by};
    }
    return (AqLaunch){0, 1, ""};
}

int aq_launch_mute(const AqLaunch *l)
{
    if (l->rank == 0)
        return -1;
    const int kept = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY);

    if (kept >= 0 && nowhere >= 0)
        (void)dup2(nowhere, STDERR_FILENO);
    if (nowhere >= 0)
        (void)close(nowhere);
    return kept;
}

void aq_launch_unmute(const AqLaunch *l, int muted, int failed)
{
    if (muted >= 0) {
        (void)fflush(stderr);
        (void)dup2(muted, STDERR_FILENO);
        (void)close(muted);
    }
    if (failed)
        aq_launch_let_leader_speak(l);
}

void aq_launch_let_leader_speak(const AqLaunch *l)
{
    if (l->rank > 0)
        (void)nanosleep(&(struct timespec){.tv_sec = 2}, NULL);
}
