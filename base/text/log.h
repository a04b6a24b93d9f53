/*
 * Messages for the user, on stderr. Any thread. A live progress line
 * (pipeline/ui/progress) registers a hook so that messages and the line do not write
 * over each other.
 */
#ifndef AQ_BASE_TEXT_LOG_H
#define AQ_BASE_TEXT_LOG_H
#include "base/err.h"

typedef enum AqLogLevel {
    AQ_LOG_ERROR,
    AQ_LOG_WARN,
    AQ_LOG_INFO,
    AQ_LOG_DEBUG
} AqLogLevel;

void aq_log(AqLogLevel level, const char *fmt, ...) AQ_PRINTF(2, 3);

/* Messages above `most` are dropped. The default is AQ_LOG_INFO. */
void aq_log_set_level(AqLogLevel most);
AqLogLevel aq_log_level(void);

/* Messages go to `sink`, not stderr, whole and without a prefix; NULL restores stderr.
 * Called under the log's lock. */
void aq_log_set_sink(void (*sink)(void *ctx, AqLogLevel level, const char *line),
                     void *ctx);

/* `before` and `after` run around each message, under the log's lock; either may be
 * NULL. */
void aq_log_set_hooks(void (*before)(void), void (*after)(void));

#endif
