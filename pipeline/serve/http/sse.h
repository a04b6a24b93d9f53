/*
 * Server-sent events (WHATWG HTML, section 9.2) on their way to one reader. What is
 * added is sent in pieces as large as the connection takes; a reader who left is
 * noticed by comments that are sent now and then.
 *
 * Threads: one at a time.
 */
#ifndef AQ_PIPELINE_SERVE_HTTP_SSE_H
#define AQ_PIPELINE_SERVE_HTTP_SSE_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define AQ_SSE_TYPE "text/event-stream"

struct json_t;

/* All 0 at first. */
typedef struct AqSse {
    char *text; /* to be sent, from `at` on; NULL: nothing */
    size_t at;
    int is_over; /* set by the owner: nothing comes behind what is there */
    int64_t sent_us;
} AqSse;

/* Takes `data`. Without memory it is left out. */
void aq_sse_add(AqSse *s, const char *name, struct json_t *data);
/* As AqHttpStream's next: sends what there is; 0 if that is nothing. -1 once it is over
 * and all is sent. */
ssize_t aq_sse_send(AqSse *s, char *to, size_t room);
void aq_sse_clear(AqSse *s);

#endif
