/*
 * Text from outside, file names above all, which may hold any byte but zero: as it may
 * be shown to people and written into what must be UTF-8. A byte that is no UTF-8
 * becomes the four characters \xHH, so that names that differ stay different.
 */
#ifndef AQ_BASE_TEXT_TEXT_H
#define AQ_BASE_TEXT_TEXT_H
#include <stddef.h>

/* Bytes of the character that `text` begins with (RFC 3629), reading n at most; 0 where
 * there is none. */
size_t aq_utf8_bytes(const char *text, size_t n);
int aq_text_is_utf8(const char *text, size_t n);

/* The n bytes with what is no UTF-8 escaped. Gives; NULL when memory is out. */
char *aq_text_utf8(const char *text, size_t n);

/*
 * For terminals and lists of lines: control characters are escaped too (\n, \t, \r,
 * \xHH), so that a name can neither move the cursor nor begin a line. Text that needs
 * nothing comes back itself; otherwise it is in one of the thread's four buffers, cut
 * at 4000 bytes, and good until the fourth call after this one.
 */
const char *aq_text_shown(const char *text);

/* The same in place of `text`, which has room for `room`; line ends that a message lays
 * itself out with (two spaces or the end behind them) stay. */
void aq_text_make_shown(char *text, size_t room);

#endif
