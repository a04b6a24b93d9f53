/* Inside fs: resolving a path that is to be written. */
#ifndef AQ_BASE_FS_FS_PRIV_H
#define AQ_BASE_FS_FS_PRIV_H
#include "base/err.h"

#include <sys/stat.h>

typedef struct AqFsTarget {
    char *path; /* links followed; the file to replace or create */
    int fd;     /* >= 0: already open; borrowed */
    int is_there, is_regular;
    struct stat st; /* if it is there */
} AqFsTarget;

/* The caller frees t->path, also on failure. */
AQ_MUST_CHECK AqErr aq_fs_find_target(AqFsTarget *t, const char *path);
/* Can a file be created or replaced there? `path` is for the error message. */
AQ_MUST_CHECK AqErr aq_fs_check_target(const AqFsTarget *t, const char *path);

#endif
