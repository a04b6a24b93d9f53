/*
 * Parts of the program that are loaded when they are used, as the libraries that they
 * need take long to load. A part is a shared object beside the program, of the same
 * version, with a table of functions; it has the program's base of its own, so that
 * errors are handed over.
 */
#ifndef AQ_BASE_FS_MODULE_H
#define AQ_BASE_FS_MODULE_H
#include "base/err.h"

/* Begins each table. */
typedef struct AqModule {
    const char *version;
    const char *(*why)(void); /* the part's aq_err_text() */
} AqModule;

/* Loads `file` and gives its table, which stays for good. AQ_ERR_UNSUPPORTED, saying
 * why, if it is not there, cannot be loaded or is of another version. */
AQ_MUST_CHECK AqErr aq_module_open(const AqModule **out, const char *file,
                                   const char *table);

/* Records what a function of the part failed with as this thread's message; gives err.
 */
AqErr aq_module_err(const AqModule *m, AqErr err);

#endif
