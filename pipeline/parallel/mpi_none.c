/* SPDX-License-Identifier: MIT */
/* In place of mpi.c where the program is built without MPI. */
#include "pipeline/parallel/launch.h"

AqErr aq_launch_join(AqGroup **out, int *cores, const AqLaunch *l)
{
    *out = NULL;
    *cores = 0;
    if (l->n == 1)
        return AQ_OK;
    return aq_fail(
        AQ_ERR_UNSUPPORTED,
        "%s started %d processes, which would each train alone and overwrite "
        "one another's model, as this avqa-pipe is built without MPI: build "
        "it with `meson setup -Dmpi=enabled`, or start one",
        l->by, l->n);
}

void aq_launch_leave(AqGroup **g)
{
    *g = NULL;
}
