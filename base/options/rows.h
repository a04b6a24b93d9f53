/*
 * Rows of a table of options (option.h) in short: the option's name, the structure and
 * its field, then what the type needs, what it does, and the default in words (NULL:
 * the field's value in the command's defaults).
 */
#ifndef AQ_BASE_OPTIONS_ROWS_H
#define AQ_BASE_OPTIONS_ROWS_H
#include "base/options/option.h"

#define AQ_ROW(n, kind, s, field, text, words, ...)                                    \
    {                                                                                  \
        .name = (n), .type = (kind), .at = offsetof(s, field), .help = (text),         \
        .otherwise = (words), __VA_ARGS__                                              \
    }
#define AQ_ROW_FLAG(n, s, field, text)                                                 \
    AQ_ROW(n, AQ_OPTION_FLAG, s, field, text, NULL, .arg = NULL)
#define AQ_ROW_SWITCH(n, s, field, text)                                               \
    AQ_ROW(n, AQ_OPTION_SWITCH, s, field, text, NULL, .arg = NULL)
#define AQ_ROW_INT(n, s, field, low, high, text, words)                                \
    AQ_ROW(n, AQ_OPTION_INT, s, field, text, words, .least = (low), .most = (high))
#define AQ_ROW_REAL(n, s, field, low, high, text, words)                               \
    AQ_ROW(n, AQ_OPTION_REAL, s, field, text, words, .least = (low), .most = (high))
#define AQ_ROW_CHOICE(n, s, field, names, text, words)                                 \
    AQ_ROW(n, AQ_OPTION_CHOICE, s, field, text, words, .choices = (names))
#define AQ_ROW_TEXT(n, s, field, value, text, words)                                   \
    AQ_ROW(n, AQ_OPTION_TEXT, s, field, text, words, .arg = (value))
#define AQ_ROW_TEXTS(n, s, field, value, text, words)                                  \
    AQ_ROW(n, AQ_OPTION_TEXTS, s, field, text, words, .arg = (value))
#define AQ_ROW_LIST(n, s, field, value, text, words)                                   \
    AQ_ROW(n, AQ_OPTION_LIST, s, field, text, words, .arg = (value))
#define AQ_ROW_FILE(n, s, field, value, text, words)                                   \
    AQ_ROW(n, AQ_OPTION_TEXT, s, field, text, words, .arg = (value),                   \
           .hint = AQ_HINT_FILE)
#define AQ_ROW_FOLDER(n, s, field, value, text, words)                                 \
    AQ_ROW(n, AQ_OPTION_TEXT, s, field, text, words, .arg = (value),                   \
           .hint = AQ_HINT_FOLDER)
#define AQ_ROW_FILES(n, s, field, text, words)                                         \
    AQ_ROW(n, AQ_OPTION_LIST, s, field, text, words, .arg = "FILE...",                 \
           .hint = AQ_HINT_FILE)
/* A text of which `list` knows what may be given (option.h: listed). */
#define AQ_ROW_LISTED(n, s, field, value, file, list, text, words)                     \
    AQ_ROW(n, AQ_OPTION_TEXT, s, field, text, words, .arg = (value), .hint = (file),   \
           .listed = (list))
/* The words that are no option; `n` is what the help calls one, `high` how many there
 * may be, 0 for any number. */
#define AQ_ROW_WORDS(n, s, field, high, what, text, words)                             \
    AQ_ROW(n, AQ_OPTION_WORDS, s, field, text, words, .most = (high), .hint = (what))

/* Of -o and the like: AQ_ROW_FILE("out", ...) with a letter. */
#define AQ_ROW_OUT(s, field, value, text, words)                                       \
    AQ_ROW("out", AQ_OPTION_TEXT, s, field, text, words, .letter = 'o',                \
           .arg = (value), .hint = AQ_HINT_FILE)

#define AQ_ROWS_AT(rows, offset)                                                       \
    {                                                                                  \
        .type = AQ_OPTION_TABLE, .table = (rows), .at = (offset)                       \
    }
#define AQ_ROWS(rows) AQ_ROWS_AT(rows, 0)
#define AQ_GROUP(title)                                                                \
    {                                                                                  \
        .type = AQ_OPTION_GROUP, .name = (title)                                       \
    }

#endif
