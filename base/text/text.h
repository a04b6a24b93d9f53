/*
 * Makes untrusted text, above all file names, which may hold any byte but zero, safe to
 * show and to write where UTF-8 is required. A byte that is not valid UTF-8 becomes the
 * four characters \xHH, so that different names stay different.
 */
#ifndef AQ_BASE_TEXT_TEXT_H
#define AQ_BASE_TEXT_TEXT_H
#include <stddef.h>

/* Length in bytes of the character at the start of `text` (RFC 3629), reading at most
 * n; 0 if there is no valid one. */
size_t aq_utf8_bytes(const char *text, size_t n);
int aq_text_is_utf8(const char *text, size_t n);

/* The n bytes with invalid UTF-8 escaped. Gives; NULL when out of memory. */
char *aq_text_utf8(const char *text, size_t n);

/*
 * For terminals and line-based output: control characters are escaped too (\n, \t, \r,
 * \xHH), so that a name can neither move the cursor nor begin a line. Text that needs
 * no escaping is returned itself; otherwise the result is in one of the thread's four
 * buffers, cut at 4000 bytes, and valid until the fourth call after this one.
 */
const char *aq_text_shown(const char *text);

/* The same in place, in a buffer of `room` bytes; line breaks that are the message's
 * own layout (followed by two spaces or the end) stay. */
void aq_text_make_shown(char *text, size_t room);

#endif
