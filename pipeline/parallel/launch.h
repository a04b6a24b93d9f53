/*
 * Detects from the environment whether this process is one of several started by mpirun
 * or srun, and joins them (with MPI, if the program was built with it).
 */
#ifndef AQ_PIPELINE_PARALLEL_LAUNCH_H
#define AQ_PIPELINE_PARALLEL_LAUNCH_H
#include "model/train/group.h"

typedef struct AqLaunch {
    int rank, n;    /* 0, 1 if started alone */
    const char *by; /* "mpirun", "srun" */
} AqLaunch;

AqLaunch aq_launch(void);

/* Only the leader reports. These two switch the other processes' stderr off and on
 * again, for messages about options before the group is joined; pass mute's result to
 * unmute. With `failed`, unmute lets the leader speak. */
int aq_launch_mute(const AqLaunch *l);
void aq_launch_unmute(const AqLaunch *l, int muted, int failed);

/* For a process that fails without a word: waits for two seconds, or for a signal, so
 * that the leader can say why. mpirun ends all processes once one of them has failed,
 * before the leader's first word if need be. The leader does not wait. */
void aq_launch_let_leader_speak(const AqLaunch *l);

/*
 * Joins the other processes; *out is NULL if started alone. *cores: this process's
 * share of the cores, with cores that several processes of the group may use divided
 * between them. One group per process. AQ_ERR_UNSUPPORTED if the program was built
 * without MPI.
 */
AQ_MUST_CHECK AqErr aq_launch_join(AqGroup **out, int *cores, const AqLaunch *l);
/* Waits for the others and leaves the group; if they can no longer be reached, aborts
 * all processes. */
void aq_launch_leave(AqGroup **g);

#endif
