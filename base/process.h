/*
 * This process's identity, unique across machines, and whether the process with a
 * recorded identity is still running.
 */
#ifndef AQ_BASE_PROCESS_H
#define AQ_BASE_PROCESS_H
#include "base/err.h"

#include <stddef.h>

#define AQ_PROCESS_ID 160 /* bytes of an identity, with the zero */

typedef enum AqProcessState {
    AQ_PROCESS_GONE,
    AQ_PROCESS_RUNS,
    AQ_PROCESS_UNKNOWN /* on another machine or in another container, or unknown */
} AqProcessState;

/* This process's identity: boot ID, PID namespace, process number and start time, as
 * "boot ns pid start". */
void aq_process_identity(char id[AQ_PROCESS_ID]);

AqProcessState aq_process_state(const char *id);

/* Is `id` from another boot of this machine, so that its process cannot still be
 * running here? 0 if that cannot be determined. Says nothing about other machines. */
int aq_process_is_of_another_boot(const char *id);

#define AQ_HOST_NAME 256 /* bytes, with the zero */

/* This machine's host name; "" if it cannot be determined. */
void aq_process_host(char host[AQ_HOST_NAME]);

/* This process's command-line arguments, each followed by a zero byte. Gives;
 * aq_free(). */
AQ_MUST_CHECK AqErr aq_process_arguments(char **out, size_t *bytes);

#endif
