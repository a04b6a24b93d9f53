/* Inside fs: where a path that is to be written leads. */
#ifndef AQ_BASE_FS_FS_PRIV_H
#define AQ_BASE_FS_FS_PRIV_H
#include "base/err.h"

#include <sys/stat.h>

typedef struct AqFsTarget {
    char *path; /* links followed; what is to be replaced or made */
    int fd;     /* >= 0: open already, and stays its owner's */
    int is_there, is_regular;
    struct stat st; /* if it is there */
} AqFsTarget;

/* t->path is to be freed whatever comes of it. */
AQ_MUST_CHECK AqErr aq_fs_find_target(AqFsTarget *t, const char *path);
/* Whether a file may be made or replaced there; `path` for the sentence. */
AQ_MUST_CHECK AqErr aq_fs_check_target(const AqFsTarget *t, const char *path);

#endif
