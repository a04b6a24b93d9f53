/*
 * A program's commands, and the commands' verbs, as rows: what each is called, takes
 * and does. From them come the help, the manual pages and the shells' completions.
 */
#ifndef AQ_BASE_OPTIONS_COMMAND_H
#define AQ_BASE_OPTIONS_COMMAND_H
#include "base/options/option.h"

/* What a request to stop does. */
typedef enum AqStop {
    AQ_STOP_ENDS,  /* as usual: the signal ends the program */
    AQ_STOP_SAVES, /* it keeps what is done and exits with 75 */
    AQ_STOP_OWN    /* its options say: it calls aq_interrupt_take() itself */
} AqStop;

/* A row of a list of terms; {0} ends it. */
typedef struct AqTerm {
    const char *term; /* a command line, a variable's name */
    const char *text; /* what it does; half a sentence */
} AqTerm;

enum { AQ_VARIANT_ROWS = 16 };

/* What a command has beside its options where an option (--network) has a certain
 * value.
 */
typedef struct AqVariant {
    const char *name;           /* the value */
    char title[160], more[160]; /* headings: of the first rows, and one to use */
    AqOption rows[AQ_VARIANT_ROWS];
} AqVariant;

struct AqSettings; /* pipeline/config/settings.h */

typedef struct AqCommand {
    const char *name;    /* "ingest"; of a verb, behind its command: "store merge" */
    const char *summary; /* half a line */
    const char *usage;   /* behind the name */
    /* Paragraphs, with empty lines between. Lines flow; one that begins with a space
     * stays as it is. */
    const char *about;
    const AqTerm *examples;
    const struct AqCommand *const
        *verbs; /* ended by NULL; what follows is theirs then */
    const AqOption *options;
    size_t args_bytes;    /* of the structure that the options set */
    const void *defaults; /* such a structure; NULL: all 0 */
    /* The option that chooses a variant, NULL: there are none. The k-th: its rows, and
     * their defaults into `args`; 0 past the last. The first is what there is where the
     * option is not given. */
    const char *chooses;
    int (*variant)(size_t k, AqVariant *out, void *args);
    /* Adds settings that an option asks for ("--like RUN"), which stand between the
     * user's file and the one that --config names; or NULL. */
    AqErr (*like)(const struct AqCommand *self, struct AqSettings *to, int argc,
                  char **argv);
    AqStop stop;
    int by_processes; /* several may be started as one: the leader speaks of misuse */
    /* Gives the exit status. `args` is made and released by the caller. */
    int (*run)(const struct AqCommand *self, void *args);
} AqCommand;

typedef struct AqProgram {
    const char *name, *version;
    const char *summary;              /* half a line */
    const char *about;                /* a sentence */
    const AqCommand *const *commands; /* ended by NULL */
    const AqOption *options;          /* before a command */
    const AqTerm *statuses, *environment;
} AqProgram;

/* The last word of its name. */
const char *aq_command_word(const AqCommand *c);

/* The one of that word among `list` (ended by NULL); NULL: none. */
const AqCommand *aq_command_find(const AqCommand *const *list, const char *word);

/* The word that was probably meant; NULL: none is near. */
const char *aq_command_near(const AqCommand *const *list, const char *word);

/* ---- the options of a command, those of its variants too ---- */

enum { AQ_VARIANT_BYTES = 2048 }; /* of the structure of a command that has variants */

typedef struct AqCommandWalk {
    const AqCommand *command;
    AqOptionWalk w;       /* w.row is the present one, w.group its heading */
    const void *defaults; /* the field lies at w.at; NULL: all 0 */
    int is_repeated;      /* a variant before had an option of that name */
    int is_alike;         /* and of that help and default */
    size_t n_variants;    /* seen so far */
    AqVariant variant;
    _Alignas(16) unsigned char args[AQ_VARIANT_BYTES];
} AqCommandWalk;

void aq_command_walk(AqCommandWalk *w, const AqCommand *c);
/* To the next row; 0 past the last. */
int aq_command_next(AqCommandWalk *w);

/* Puts "--name" behind those in `names`, with a comma between. */
void aq_command_add_name(char *names, size_t bytes, const char *name);

/* The variant that has an option of that name; NULL: none. Fills *v. */
const char *aq_variant_with_option(const AqCommand *c, const char *name, AqVariant *v);

/* Of the verbs of `of`, another than `but` that has an option of that name; NULL: none.
 */
const AqCommand *aq_command_with_option(const AqCommand *of, const AqCommand *but,
                                        const char *name);

#endif
