/*
 * Progress of a job, on stderr: on a terminal one line that is written over, with
 * share, rate and time to go; elsewhere a plain line now and then. One at a time in a
 * process.
 */
#ifndef AQ_PIPELINE_UI_PROGRESS_H
#define AQ_PIPELINE_UI_PROGRESS_H
#include "base/err.h"

#include <stdint.h>

/* `what` names the items ("videos"); total 0 is unknown. quiet: shows nothing. */
void aq_progress_begin(const char *what, int64_t total, int quiet);

/* The total, once it is known; of it, `done` were done before this job began, and say
 * nothing of its speed. At most `most_seconds` are left from now on (0: any time). */
void aq_progress_expect(int64_t total, int64_t done, double most_seconds);

/* Items done so far, and a short text behind them. Any thread; draws at most ten times
 * a second on a terminal and twice a minute elsewhere. */
void aq_progress_set(int64_t done, const char *fmt, ...) AQ_PRINTF(2, 3);

/* Runs `fn` with the progress line out of the way (for output on stdout). */
void aq_progress_aside(void (*fn)(void *arg), void *arg);

/* At the end of a part, an "epoch" say: "step 120 of 400 (30 %), 12.3 s, ETA 0:29",
 * with the time since the part before, which the line then shows too. Gives it in
 * `text`. */
char *aq_progress_lap(const char *item, const char *part, char text[128]);

void aq_progress_end(void);

/* "1:02:03" or "4:05"; the text has room for 24. */
char *aq_clock_text(int64_t us, char text[24]);

#endif
