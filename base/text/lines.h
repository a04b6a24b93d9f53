/*
 * Text files with one item a line, as people and editors write them: lines may end in
 * CR LF, the file may begin with a byte-order mark, lines may be blank.
 */
#ifndef AQ_BASE_TEXT_LINES_H
#define AQ_BASE_TEXT_LINES_H
#include "base/err.h"

#include <stddef.h>

typedef struct AqLines {
    void *f;          /* FILE * */
    const char *path; /* borrowed */
    char *line;
    size_t room, number; /* of the last line given, from 1 */
} AqLines;

/* "-" is stdin. On failure nothing needs closing. */
AQ_MUST_CHECK AqErr aq_lines_open(AqLines *l, const char *path);
/* The next line that is not blank, without its line ending; borrowed until the next
 * call. AQ_EOF after the last. AQ_ERR_FORMAT for UTF-16 and for a zero byte. */
AQ_MUST_CHECK AqErr aq_lines_next(AqLines *l, const char **line);
void aq_lines_close(AqLines *l); /* *l may be all zero, never opened */

#endif
