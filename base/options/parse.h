/*
 * A command line by a table of options (option.h): getopt_long() does the cutting, so
 * options may stand before, between and behind the words, be written --name VALUE,
 * --name=VALUE, -nVALUE, and be cut to what only one of them begins with; "--" ends
 * them.
 */
#ifndef AQ_BASE_OPTIONS_PARSE_H
#define AQ_BASE_OPTIONS_PARSE_H
#include "base/options/option.h"

/*
 * Sets the fields of `args` from argv[1..]. *help is 1 where help was asked for; what
 * stands behind that was not looked at. AQ_ERR_USAGE with the sentence on misuse. What
 * lists there are by then, aq_options_clear() frees, after a failure too.
 */
AQ_MUST_CHECK AqErr aq_options_parse(const AqOption *table, void *args, int argc,
                                     char **argv, int *help);

/* The value that the words give the option of that name, before there is a table to
 * parse them by: the last one; NULL: none. */
const char *aq_options_peek(int argc, char **argv, const char *name);

enum { AQ_MOST_PAIRS = 512 }; /* bytes; room enough for `copy` */

/*
 * The same from one text, "name=value,name=value"; NULL and "" set nothing. Values of
 * AQ_OPTION_TEXT are borrowed from `copy`, of `bytes`. AQ_ERR_USAGE tells which options
 * there are, `what` being whose: "vggish".
 */
AQ_MUST_CHECK AqErr aq_options_parse_pairs(const AqOption *table, const char *what,
                                           void *fields, const char *text, char *copy,
                                           size_t bytes);

/* Appends "name=value" to such a text of `bytes`, behind a comma if one stands there.
 */
void aq_options_add_pair(char *text, size_t bytes, const char *name, const char *value);

/* Frees all lists among the fields of `args`. */
void aq_options_clear(const AqOption *table, void *args);

#endif
