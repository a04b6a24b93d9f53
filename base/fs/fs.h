/* Files and folders: helpers on top of the system calls. */
#ifndef AQ_BASE_FS_FS_H
#define AQ_BASE_FS_FS_H
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Makes a folder and its parents (0755, less the umask). It may exist already. */
AQ_MUST_CHECK AqErr aq_fs_mkdirs(const char *path);

/* Makes the parent folders of a file. */
AQ_MUST_CHECK AqErr aq_fs_mkdirs_for(const char *file_path);

/* Reads the whole file and appends a zero byte. Gives; aq_free(). A file larger than
 * `most_bytes` is AQ_ERR_FORMAT. */
AQ_MUST_CHECK AqErr aq_fs_read(const char *path, size_t most_bytes, char **out,
                               size_t *bytes);

/*
 * A file that appears whole or not at all: write to f, then commit. Until commit
 * succeeds, what was at `path` stays. Links are followed: they stay, and their target
 * is replaced and keeps its mode. The folder must exist. Anything but an ordinary file
 * (a device, a FIFO, /dev/stdout, /dev/fd/N, or the file that is standard output) is
 * never replaced: it is written to directly, which an abort cannot undo.
 * AQ_ERR_MISMATCH if `path` is a folder or a file without write permission.
 */
typedef struct AqFsWriter {
    void *f; /* FILE * */
    char *path, *target;
    char *temp_path; /* NULL: written to directly */
    int mode;        /* of the file replaced; -1: none */
    unsigned uid, gid;
} AqFsWriter;
AQ_MUST_CHECK AqErr aq_fs_write_begin(AqFsWriter *w, const char *path);
/* Opening a FIFO waits for a reader, or until `stop` returns true: AQ_ERR_CANCELLED.
 * Call once, before any thread is created. */
void aq_fs_set_stop(int (*stop)(void));
/* The same for a format that has to seek in the file: AQ_ERR_UNSUPPORTED, naming
 * `format`, where `path` would be written to directly. */
AQ_MUST_CHECK AqErr aq_fs_write_begin_file(AqFsWriter *w, const char *path,
                                           const char *format);
AQ_MUST_CHECK AqErr aq_fs_write(AqFsWriter *w, const void *data, size_t bytes);
AQ_MUST_CHECK AqErr aq_fs_write_commit(AqFsWriter *w); /* flush, fsync, rename */
void aq_fs_write_abort(AqFsWriter *w);                 /* harmless after commit */
/* All of these, for what is in memory. */
AQ_MUST_CHECK AqErr aq_fs_write_whole(const char *path, const void *data, size_t bytes);

/* To be called before long work: could aq_fs_write_begin() or aq_fs_write_begin_file()
 * begin there? They change nothing. */
AQ_MUST_CHECK AqErr aq_fs_check_write(const char *path);
AQ_MUST_CHECK AqErr aq_fs_check_file(const char *path, const char *format);

/*
 * Keeps the file that a long job may replace: begin before the job, end after it, even
 * if it failed. If the file has been replaced by then, the previous one becomes
 * PATH.old (replacing an older PATH.old); if not, nothing changes. All zero keeps
 * nothing.
 */
typedef struct AqFsKept {
    char *path, *old, *pending;
    uint64_t device, inode;
} AqFsKept;
AQ_MUST_CHECK AqErr aq_fs_keep_begin(AqFsKept *k, const char *path);
/* The same for a job that resumes an earlier one: if that one was killed, the file kept
 * is the one from before it, not what it wrote. */
AQ_MUST_CHECK AqErr aq_fs_keep_go_on(AqFsKept *k, const char *path);
AQ_MUST_CHECK AqErr aq_fs_keep_end(AqFsKept *k, int *replaced);
void aq_fs_keep_clear(AqFsKept *k);

/* Do both exist and are they the same file (by another path, a link, a hard link)? */
int aq_fs_same(const char *a, const char *b);

/* Returns 1 if `path` leads to standard output. From then on, printed text goes to
 * standard error, and only the writer of this path uses standard output. Call before
 * anything is printed or any thread is created. */
int aq_fs_claim_stdout(const char *path);

/* XDG base folders (freedesktop.org, basedir-spec 0.8) with /avqa-pipe appended. Gives;
 * aq_free(). */
typedef enum AqFsDir { AQ_FS_DATA, AQ_FS_CACHE, AQ_FS_CONFIG } AqFsDir;
AQ_MUST_CHECK AqErr aq_fs_user_dir(AqFsDir which, char **out);
/* `leaf` in that folder, whether it is there or not. Gives. */
AQ_MUST_CHECK AqErr aq_fs_user_file(AqFsDir which, const char *leaf, char **out);

/* The last part of a path, and that part without its last extension ("a.b.mp4" gives
 * "a.b"). Gives; NULL when out of memory. */
const char *aq_fs_base(const char *path);
char *aq_fs_stem(const char *path);

/* Monotonic clock. */
int64_t aq_clock_us(void);

#endif
