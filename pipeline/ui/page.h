/* Writes a text document: printf, escaped text, and one error check at the end. The
 * file appears whole or not at all. */
#ifndef AQ_PIPELINE_UI_PAGE_H
#define AQ_PIPELINE_UI_PAGE_H
#include "base/fs/fs.h"

typedef struct AqPage {
    AqFsWriter f;
    AqErr err; /* stays at the first error */
} AqPage;

void aq_page_begin(AqPage *p, const char *path);

/* At most 1023 bytes per call. */
void aq_page_put(AqPage *p, const char *fmt, ...) AQ_PRINTF(2, 3);

/* Any length, unescaped. */
void aq_page_raw(AqPage *p, const char *text);

/* Text between tags or in quotes, escaped for HTML and XML. */
void aq_page_text(AqPage *p, const char *text);

/* Commits the file, or after an error removes it and returns that error. */
AQ_MUST_CHECK AqErr aq_page_end(AqPage *p);

#endif
