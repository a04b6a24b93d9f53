/*
 * Which process this is, in words that no other process on any machine would use, and
 * whether one that was written down so still runs.
 */
#ifndef AQ_BASE_PROCESS_H
#define AQ_BASE_PROCESS_H
#include "base/err.h"

#include <stddef.h>

#define AQ_PROCESS_ID 160 /* bytes of an identity, with the zero */

typedef enum AqProcessState {
    AQ_PROCESS_GONE,
    AQ_PROCESS_RUNS,
    AQ_PROCESS_UNKNOWN /* of another machine or container, or it cannot be told */
} AqProcessState;

/* The machine's boot, the process namespace, the number, the start: "boot ns pid
 * start", of this process. */
void aq_process_identity(char id[AQ_PROCESS_ID]);

AqProcessState aq_process_state(const char *id);

/* Was it written down on another start of this machine, so that no process of then can
 * still run here? 0 where that cannot be told. It says nothing of other machines. */
int aq_process_is_of_another_boot(const char *id);

#define AQ_HOST_NAME 256 /* bytes, with the zero */

/* What this machine calls itself; "" where that cannot be told. */
void aq_process_host(char host[AQ_HOST_NAME]);

/* The words that this process was called with, each with a zero byte behind it. Gives;
 * aq_free(). */
AQ_MUST_CHECK AqErr aq_process_arguments(char **out, size_t *bytes);

#endif
