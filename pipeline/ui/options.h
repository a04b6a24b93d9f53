/*
 * Command-line options: one table drives parsing and help, so that they cannot
 * disagree.
 */
#ifndef AQ_PIPELINE_UI_OPTIONS_H
#define AQ_PIPELINE_UI_OPTIONS_H
#include "base/options/option.h"

#include <stdio.h>

typedef enum AqOptionKind {
    AQ_OPT_FLAG,   /* int *, set to 1 */
    AQ_OPT_INT,    /* int *, lo .. hi */
    AQ_OPT_DOUBLE, /* double *, lo .. hi */
    AQ_OPT_TEXT,   /* const char **, borrowed from argv */
    AQ_OPT_LIST,   /* AqTextList *, this value and those up to the next option */
    AQ_OPT_CALL    /* fn(ctx, long name, value), for tables that live elsewhere */
} AqOptionKind;

typedef struct AqOption {
    const char *name; /* long, without dashes; NULL ends the table */
    char letter;      /* or 0 */
    AqOptionKind kind;
    const char *arg; /* name of the value in the help, NULL for a flag */
    const char *help;
    void *to;
    double lo, hi; /* INT and DOUBLE; both 0: any */
    AqErr (*fn)(void *ctx, const char *name, const char *value);
} AqOption;

/*
 * Parses argv[1..]; what is no option is put into `rest`. AQ_ERR_USAGE with the
 * sentence on misuse. --help sets *help and stops.
 */
AQ_MUST_CHECK AqErr aq_options_parse_old(const AqOption *table, int argc, char **argv,
                                         AqTextList *rest, int *help);

/* The table as help lines. */
void aq_options_print(FILE *f, const AqOption *table);

#endif
