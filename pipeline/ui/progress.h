/*
 * Progress of a job on stderr: on a terminal, one updated line with percentage, rate
 * and time left; elsewhere an occasional plain line. One job at a time per process.
 */
#ifndef AQ_PIPELINE_UI_PROGRESS_H
#define AQ_PIPELINE_UI_PROGRESS_H
#include "base/err.h"

#include <stdint.h>

/* `what` names the items ("videos"); total 0: unknown. quiet: shows nothing. */
void aq_progress_begin(const char *what, int64_t total, int quiet);

/* Sets the total once it is known; `done` of it were done before this job and do not
 * count for its speed. The job takes at most `most_seconds` more (0: no limit). */
void aq_progress_expect(int64_t total, int64_t done, double most_seconds);

/* Sets the items done so far and a short text after them. Any thread; draws at most ten
 * times a second on a terminal and twice a minute elsewhere. */
void aq_progress_set(int64_t done, const char *fmt, ...) AQ_PRINTF(2, 3);

/* Runs `fn` with the progress line out of the way (for output on stdout). */
void aq_progress_aside(void (*fn)(void *arg), void *arg);

/* At the end of a part, such as an "epoch": writes "step 120 of 400 (30 %), 12.3 s, ETA
 * 0:29" to `text` and returns it. The time is that since the previous part; the
 * progress line shows it from now on. */
char *aq_progress_lap(const char *item, const char *part, char text[128]);

void aq_progress_end(void);

/* "1:02:03" or "4:05"; returns `text`. */
char *aq_clock_text(int64_t us, char text[24]);

#endif
