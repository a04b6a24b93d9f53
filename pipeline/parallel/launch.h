/*
 * Whether this process was started as one of several, as mpirun and srun do it, from
 * what they leave in the environment; and joining them (MPI, where the program was
 * built with it).
 */
#ifndef AQ_PIPELINE_PARALLEL_LAUNCH_H
#define AQ_PIPELINE_PARALLEL_LAUNCH_H
#include "model/train/group.h"

typedef struct AqLaunch {
    int rank, n;    /* 0, 1 where it was started alone */
    const char *by; /* "mpirun", "srun" */
} AqLaunch;

AqLaunch aq_launch(void);

/* The leader of them speaks. The others' stderr is off between these two (messages
 * about options come before anything is joined); mute gives what unmute takes. */
int aq_launch_mute(const AqLaunch *l);
void aq_launch_unmute(int muted);

/*
 * Joins the others; *out is NULL where it was started alone. *cores: how many of the
 * processor's this process may count as its own, those that it shares with others of
 * the group being shared out. One group a process. AQ_ERR_UNSUPPORTED where the program
 * was built without MPI.
 */
AQ_MUST_CHECK AqErr aq_launch_join(AqGroup **out, int *cores, const AqLaunch *l);
/* Waits for the others, unless they cannot be reached any more: then all end here. */
void aq_launch_leave(AqGroup **g);

#endif
