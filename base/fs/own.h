/*
 * Files that come with the program or the library, found from where it lies itself: so
 * they are found in a build folder, after an installation, and after that was moved.
 */
#ifndef AQ_BASE_FS_OWN_H
#define AQ_BASE_FS_OWN_H
#include "base/err.h"

/* The folder of the program, or of the shared library, that this code is part of.
 * Gives; aq_free(). AQ_ERR_NOT_FOUND if the system does not tell. */
AQ_MUST_CHECK AqErr aq_fs_own_folder(char **out);

/* PLACE/leaf in the first of `places` (NULL behind the last) that has it; places are
 * relative to the own folder or absolute. NULL: none has. Gives; aq_free(). */
char *aq_fs_own_file(const char *const *places, const char *leaf);

#endif
