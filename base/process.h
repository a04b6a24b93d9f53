/*
 * Which process this is, in words that no other process on any machine would use, and
 * whether one that was written down so still runs.
 */
#ifndef AQ_BASE_PROCESS_H
#define AQ_BASE_PROCESS_H

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

#endif
