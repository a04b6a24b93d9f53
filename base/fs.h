/* Files and folders: what the operating system's calls leave to do. */
#ifndef AQ_BASE_FS_H
#define AQ_BASE_FS_H
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Makes a folder and those above it (0755, less the umask). There already: fine. */
AQ_MUST_CHECK AqErr aq_fs_mkdirs(const char *path);

/* Makes the folders above a file's path. */
AQ_MUST_CHECK AqErr aq_fs_mkdirs_for(const char *file_path);

/* The whole file, with a zero byte behind it. Gives; aq_free(). A file larger than
 * `most_bytes` is AQ_ERR_FORMAT. */
AQ_MUST_CHECK AqErr aq_fs_read(const char *path, size_t most_bytes, char **out,
                               size_t *bytes);

/* A file that appears whole or not at all: write to f, then commit. Until commit
 * succeeds, whatever was at `path` stays. */
typedef struct AqFsWriter {
    void *f; /* FILE * */
    char *path, *temp_path;
} AqFsWriter;
AQ_MUST_CHECK AqErr aq_fs_write_begin(AqFsWriter *w, const char *path);
AQ_MUST_CHECK AqErr aq_fs_write(AqFsWriter *w, const void *data, size_t bytes);
AQ_MUST_CHECK AqErr aq_fs_write_commit(AqFsWriter *w); /* flush, fsync, rename */
void aq_fs_write_abort(AqFsWriter *w);                 /* fine after commit too */

/* XDG base folders (freedesktop.org, basedir-spec 0.8) with /avqa-pipe behind them.
 * Gives; aq_free(). */
typedef enum AqFsDir { AQ_FS_DATA, AQ_FS_CACHE, AQ_FS_CONFIG } AqFsDir;
AQ_MUST_CHECK AqErr aq_fs_user_dir(AqFsDir which, char **out);

/* The last part of a path, and that part without its last extension ("a.b.mp4" gives
 * "a.b"). Gives; NULL when memory is out. */
const char *aq_fs_base(const char *path);
char *aq_fs_stem(const char *path);

/* Monotonic clock. */
int64_t aq_clock_us(void);

#endif
