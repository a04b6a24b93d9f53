/* A text document as it is written: printf, text that markup must not see, one error at
 * the end. The file appears whole or not at all. */
#ifndef AQ_PIPELINE_UI_PAGE_H
#define AQ_PIPELINE_UI_PAGE_H
#include "base/fs/fs.h"

typedef struct AqPage {
    AqFsWriter f;
    AqErr err; /* stays at the first error */
} AqPage;

void aq_page_begin(AqPage *p, const char *path);

/* At most 1023 bytes at once. */
void aq_page_put(AqPage *p, const char *fmt, ...) AQ_PRINTF(2, 3);

/* Any length, as it is. */
void aq_page_raw(AqPage *p, const char *text);

/* Text between tags or in quotes, with what HTML and XML read otherwise written out. */
void aq_page_text(AqPage *p, const char *text);

/* Commits, or takes back what was written where there was an error, and gives it. */
AQ_MUST_CHECK AqErr aq_page_end(AqPage *p);

#endif
