/*
 * From the paths a user names to the list of clips: folders are walked, names are made,
 * and what cannot be told apart by name is marked.
 */
#ifndef AQ_PIPELINE_SCAN_H
#define AQ_PIPELINE_SCAN_H
#include "base/err.h"

#include <stddef.h>

typedef struct AqScanItem {
    char *path;        /* absolute, links resolved */
    char *name;        /* the file's stem: what annotations call video_id */
    const char *rival; /* path of an earlier item of the same name, or NULL */
} AqScanItem;

typedef struct AqScan {
    AqScanItem *v;
    size_t n;
} AqScan;

/*
 * Files are taken as they are; folders are walked to their end (hidden entries left
 * out, links to folders not followed) and give the files whose extension is that of a
 * video or sound file, sorted by path. One file named twice counts once. A path that is
 * not there is AQ_ERR_NOT_FOUND.
 */
AQ_MUST_CHECK AqErr aq_scan(AqScan *out, const char *const *paths, int n_paths);

/*
 * The same, and what the text files `lists` name, a file or folder a line ("-" is
 * stdin; blank lines are left out, a line's end may be CR LF; relative to the working
 * folder). A line that names nothing stays an item, for the job to say so of it and go
 * on.
 */
AQ_MUST_CHECK AqErr aq_scan_with(AqScan *out, const char *const *paths, int n_paths,
                                 const char *const *lists, int n_lists);

/* Leaves only the items whose name `keep` says yes to. */
void aq_scan_filter(AqScan *s, int (*keep)(void *ctx, const char *name), void *ctx);

void aq_scan_clear(AqScan *s);

#endif
