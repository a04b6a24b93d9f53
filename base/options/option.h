/*
 * Options as rows of a table. A row says what an option is called, which field of a
 * structure it sets (by offset, so that tables are static and constant), what the field
 * may hold, and what it does. From the rows come the command line (parse.h), the JSON
 * of a configuration (option_json.h), the help, the manual pages and the shells'
 * completions (command.h), so that none of these can say something else.
 *
 * A table ends with a row {0}. A row of type AQ_OPTION_TABLE stands for the rows of
 * another table, whose fields lie `at` bytes further on.
 */
#ifndef AQ_BASE_OPTIONS_OPTION_H
#define AQ_BASE_OPTIONS_OPTION_H
#include "base/err.h"

#include <stddef.h>

typedef enum AqOptionType {
    AQ_OPTION_END,    /* the row {0} */
    AQ_OPTION_FLAG,   /* int: 1 where it is given; takes no value */
    AQ_OPTION_SWITCH, /* int: on|off, yes|no, true|false, 1|0 */
    AQ_OPTION_INT,    /* int */
    AQ_OPTION_SEED,   /* uint64_t, any */
    AQ_OPTION_REAL,   /* double, finite */
    AQ_OPTION_TEXT,   /* const char *, borrowed from the words */
    AQ_OPTION_CHOICE, /* int: the place in `choices` */
    AQ_OPTION_TEXTS,  /* AqTextList: a value each time it is given */
    AQ_OPTION_LIST,   /* AqTextList: this value and the words up to the next option */
    AQ_OPTION_WORDS,  /* AqTextList: the words that are no option; `most` of them */
    AQ_OPTION_HELP,   /* no field: the rest is not looked at */
    AQ_OPTION_GROUP,  /* no option: `name` heads the rows behind it */
    AQ_OPTION_TABLE   /* no option: the rows of `table` */
} AqOptionType;

/* What a shell may complete a value with, where there are no choices. */
typedef enum AqOptionHint {
    AQ_HINT_NONE,
    AQ_HINT_FILE,
    AQ_HINT_FOLDER,
    AQ_HINT_COMMAND
} AqOptionHint;

typedef struct AqOption {
    const char *name; /* long, without dashes: "max-words" */
    char letter;      /* or 0 */
    AqOptionType type;
    AqOptionHint hint;
    size_t at;                  /* the field's offset */
    double least, most;         /* of numbers, both allowed; both 0: any */
    const char *const *choices; /* ended by NULL */
    const char *arg;            /* what the help calls the value; NULL: "N", "X" */
    const char *help;           /* half a sentence, without the default */
    /* What may be given where another table knows it, NULL past the last, or NULL: the
     * help lists it behind `help` and a colon. */
    const char *(*listed)(size_t k);
    const char *otherwise; /* the default in words; NULL: the field's value */
    const struct AqOption *table;
} AqOption;

/* Texts of the command line: the list is owned, the texts are borrowed. */
typedef struct AqTextList {
    const char **v;
    int n;
} AqTextList;
void aq_text_list_clear(AqTextList *l);
AQ_MUST_CHECK AqErr aq_text_list_add(AqTextList *l, const char *text);

/* ---- rows one by one, those of included tables too ---- */

enum { AQ_OPTION_DEPTH = 8 }; /* of tables in tables */

typedef struct AqOptionWalk {
    const AqOption *row; /* the present one: no END, GROUP or TABLE */
    size_t at;           /* its field, from the beginning of the outermost structure */
    const char *group;   /* the heading it stands under, or NULL */
    struct {
        const AqOption *next;
        size_t at;
    } in[AQ_OPTION_DEPTH];
    int depth;
} AqOptionWalk;

AqOptionWalk aq_options_walk(const AqOption *table);
/* To the next row; 0 past the last. */
int aq_options_next(AqOptionWalk *w);

/* ---- one option ---- */

/* Is it an option, rather than the words? */
int aq_option_is_named(const AqOption *o);
/* Does a value follow it? */
int aq_option_takes_value(const AqOption *o);
/* What the help calls its value: "FILE", "N", "on|off", "a|b"; NULL where it takes
 * none. May be written to `text`. */
const char *aq_option_arg(const AqOption *o, char *text, size_t bytes);

/* Writes "a|b" of what is listed, as far as it is words that a shell can offer. */
char *aq_option_names(const AqOption *o, const char *between, char *text, size_t bytes);
/* Its help with what is listed; o->help or written to `text`. */
const char *aq_option_help(const AqOption *o, char *text, size_t bytes);

/* Sets, or adds to, the field from text. `what` begins the sentence of AQ_ERR_USAGE:
 * "--dim", "model option dim". The field is left alone then. */
AQ_MUST_CHECK AqErr aq_option_set(const AqOption *o, const char *what, void *field,
                                  const char *value);
/* The field's value as text ("256", "on", "0.0001", a choice); returns `text`, which is
 * empty for lists and where nothing is set. */
char *aq_option_text(const AqOption *o, const void *field, char *text, size_t bytes);
/* The default for people: `otherwise`, else the field's value where it is one that
 * could be given; empty where there is nothing to say. Returns `text`. */
char *aq_option_default(const AqOption *o, const void *field, char *text, size_t bytes);

/* ---- by name ---- */

/* '-' and '_' are one. 0 where there is no such option; else w->row and w->at are it.
 */
int aq_options_find(AqOptionWalk *w, const AqOption *table, const char *name);

/* AQ_ERR_NOT_FOUND: no option of that name. `what` is "model", for the sentences. */
AQ_MUST_CHECK AqErr aq_options_set(const AqOption *table, const char *what,
                                   void *config, const char *name, const char *value);

/* Whole-string numbers; AQ_ERR_USAGE naming `what`. lo == hi == 0: any. */
AQ_MUST_CHECK AqErr aq_parse_int(const char *what, const char *text, double lo,
                                 double hi, int *out);
AQ_MUST_CHECK AqErr aq_parse_double(const char *what, const char *text, double lo,
                                    double hi, double *out);

#endif
