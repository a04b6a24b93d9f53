/* What form the answer to a question has. */
#ifndef AQ_BASE_TASK_H
#define AQ_BASE_TASK_H

typedef enum AqTask {
    AQ_TASK_OPEN,   /* words */
    AQ_TASK_CHOICE, /* one of a few that the question comes with */
    AQ_TASK_COUNT   /* a whole number: how far off an answer is counts, too */
} AqTask;

#define AQ_N_TASKS 3

#endif
