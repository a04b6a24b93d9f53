/*
 * SIGINT, SIGTERM and SIGUSR1 ask a job to stop: it gives up what is at hand, keeps
 * what is done and exits with 75. A second signal ends the program at once.
 */
#ifndef AQ_PIPELINE_INTERRUPT_H
#define AQ_PIPELINE_INTERRUPT_H

void aq_interrupt_catch(void);
int aq_interrupted(void);         /* async-signal-safe to set, any thread to read */
int aq_interrupt_stop(void *ctx); /* the same, as a callback; ctx is not looked at */

#endif
