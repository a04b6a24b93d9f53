/* The terminal's width, and text that fits it. */
#ifndef AQ_PIPELINE_UI_TERMINAL_H
#define AQ_PIPELINE_UI_TERMINAL_H
#include <stddef.h>

/* Columns of the terminal on `fd`: from COLUMNS, else from the terminal, else 80. */
int aq_terminal_columns(int fd);

/* Columns of UTF-8 text: its number of characters. */
size_t aq_text_columns(const char *text);

/* The text after its first n characters, or its end. */
const char *aq_text_skip(const char *text, size_t n);

/* The text in at most `columns` (at least 5) columns, its middle replaced by "..." if
 * it is longer. Writes at most `room` bytes including the NUL; returns `out`. */
char *aq_text_shorten(char *out, size_t room, const char *text, size_t columns);

#endif
