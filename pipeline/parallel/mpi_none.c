/* SPDX-License-Identifier: MIT */
/* Replaces mpi.c when the program is built without MPI. */
#include "pipeline/parallel/launch.h"

AqErr aq_launch_join(AqGroup **out, int *cores, const AqLaunch *l)
{
    *out = NULL;
    *cores = 0;
    if (l->n == 1)
        return AQ_OK;
    return aq_fail(
        AQ_ERR_UNSUPPORTED,
        "%s started %d processes, but this avqa-pipe was built without MPI: each "
        "would train alone and overwrite the others' model; rebuild with `meson "
        "setup -Dmpi=enabled`, or start only one process",
        l->by, l->n);
}

void aq_launch_leave(AqGroup **g)
{
    *g = NULL;
}
