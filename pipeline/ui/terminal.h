/* How wide the terminal is, and text that fits. */
#ifndef AQ_PIPELINE_UI_TERMINAL_H
#define AQ_PIPELINE_UI_TERMINAL_H
#include <stddef.h>

/* Columns of the terminal behind `fd`: what COLUMNS says, what it says itself, or 80.
 */
int aq_terminal_columns(int fd);

/* Columns of UTF-8 text: its characters. */
size_t aq_text_columns(const char *text);

/* Where the text goes on after n characters, or its end. */
const char *aq_text_skip(const char *text, size_t n);

/* The text in at most `columns` (5 at least), its middle left out as "..." where it is
 * longer. Writes at most `room` bytes with the zero; returns `out`. */
char *aq_text_shorten(char *out, size_t room, const char *text, size_t columns);

#endif
