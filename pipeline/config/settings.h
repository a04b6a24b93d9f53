/*
 * Options' values from files: the user's avqa.ini, and those that a command line names.
 *
 *     jobs = 2            in every command that has such an option
 *     [train]             a command's name; of a verb both words: [store export]
 *     dim = 512           an option's long name; switches are on or off
 *
 * Of several lines for one option the last counts, so that a later file goes before an
 * earlier one, and a section before what stands above all sections; an option that
 * takes several values takes those of the last section that has it. Comments begin with
 * ';' or '#'.
 */
#ifndef AQ_PIPELINE_CONFIG_SETTINGS_H
#define AQ_PIPELINE_CONFIG_SETTINGS_H
#include "base/options/command.h"

typedef struct AqSetting {
    char *section, *name, *value; /* section "": every command */
    const char *file;             /* borrowed from the AqSettings */
    int line;                     /* 0: it is from no file */
} AqSetting;

typedef struct AqSettings {
    AqSetting *v;
    size_t n;
    char **files;
    size_t n_files;
} AqSettings;

/* Adds a file's. AQ_ERR_NOT_FOUND where there is none, AQ_ERR_FORMAT naming the line
 * that is no setting. Clear it after a failure too. */
AQ_MUST_CHECK AqErr aq_settings_read(AqSettings *s, const char *path);
/* Adds one that is from elsewhere: `from` ("run 12") stands where a file would. */
AQ_MUST_CHECK AqErr aq_settings_add(AqSettings *s, const char *from,
                                    const char *section, const char *name,
                                    const char *value);
/* Adds those of the user's avqa.ini, if there is one. */
AQ_MUST_CHECK AqErr aq_settings_read_user(AqSettings *s);
void aq_settings_clear(AqSettings *s);

/* The path of the user's avqa.ini, whether it is there or not. Gives. */
AQ_MUST_CHECK AqErr aq_settings_user_path(char **out);

/* The setting that counts for the command's option of that name; NULL: there is none.
 */
const AqSetting *aq_settings_find(const AqSettings *s, const AqCommand *c,
                                  const char *name);

/* What the files give the command's option: several values with commas between. Gives;
 * NULL when out of memory. */
char *aq_settings_text(const AqSettings *s, const AqCommand *c, const AqOption *o);

/*
 * Sets the options of `table` that the files name for the command, but for those that
 * `skips` is true for (NULL: none). Values are borrowed. AQ_ERR_USAGE, with file and
 * line, for a value that the option does not take, and for a name in the command's
 * section that is none of its options.
 */
AQ_MUST_CHECK AqErr aq_settings_apply(const AqSettings *s, const AqCommand *c,
                                      const AqOption *table, void *args,
                                      int (*skips)(const void *ctx, const AqOption *o),
                                      const void *ctx);

#endif
