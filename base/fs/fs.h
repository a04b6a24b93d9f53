/* Files and folders: what the operating system's calls leave to do. */
#ifndef AQ_BASE_FS_FS_H
#define AQ_BASE_FS_FS_H
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

/*
 * A file that appears whole or not at all: write to f, then commit. Until commit
 * succeeds, whatever was at `path` stays. Links are followed: they stay, what they lead
 * to is replaced, with its mode. The folder must be there. What is no ordinary file (a
 * device, a FIFO, /dev/stdout, /dev/fd/N, or what standard output is) is never
 * replaced: it is written through, and what was written stays where it went. A folder,
 * or a file that must not be written, at that very place is AQ_ERR_MISMATCH.
 */
typedef struct AqFsWriter {
    void *f; /* FILE * */
    char *path, *target;
    char *temp_path; /* NULL: written through */
    int mode;        /* of what is replaced; -1: nothing is */
    unsigned uid, gid;
} AqFsWriter;
AQ_MUST_CHECK AqErr aq_fs_write_begin(AqFsWriter *w, const char *path);
/* A FIFO is waited for until somebody reads it or `stop` says yes: AQ_ERR_CANCELLED.
 * Once, before threads are made. */
void aq_fs_set_stop(int (*stop)(void));
/* The same for a format (its name is for the sentence) that must be able to go back in
 * the file: AQ_ERR_UNSUPPORTED where `path` would be written through. */
AQ_MUST_CHECK AqErr aq_fs_write_begin_file(AqFsWriter *w, const char *path,
                                           const char *format);
AQ_MUST_CHECK AqErr aq_fs_write(AqFsWriter *w, const void *data, size_t bytes);
AQ_MUST_CHECK AqErr aq_fs_write_commit(AqFsWriter *w); /* flush, fsync, rename */
void aq_fs_write_abort(AqFsWriter *w);                 /* fine after commit too */

/* Before long work: whether a writer could begin there, and whether one of a format
 * that must be able to go back. Touch nothing. */
AQ_MUST_CHECK AqErr aq_fs_check_write(const char *path);
AQ_MUST_CHECK AqErr aq_fs_check_file(const char *path, const char *format);

/*
 * What a long job may replace: begun before it, ended after it, whatever came of it. If
 * the file is another one then, what was there is PATH.old (and an older one of that
 * name is gone); if not, nothing changes. All zero is nothing kept.
 */
typedef struct AqFsKept {
    char *path, *old, *pending;
    uint64_t device, inode;
} AqFsKept;
AQ_MUST_CHECK AqErr aq_fs_keep_begin(AqFsKept *k, const char *path);
/* The same for a job that goes on with one that began so: what it wrote itself is not
 * kept, but what was there before, if that one was killed. */
AQ_MUST_CHECK AqErr aq_fs_keep_go_on(AqFsKept *k, const char *path);
AQ_MUST_CHECK AqErr aq_fs_keep_end(AqFsKept *k, int *replaced);
void aq_fs_keep_clear(AqFsKept *k);

/* Are both there, and one file: by another path, a link, a hard link? */
int aq_fs_same(const char *a, const char *b);

/* 1: `path` leads to what standard output is. From now on what is printed goes to
 * standard error, and a writer of this path has standard output for itself. Before
 * anything is printed and threads are made. */
int aq_fs_claim_stdout(const char *path);

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
