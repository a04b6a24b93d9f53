/*
 * Turns the paths that a user gives into a list of clips: walks folders, derives names,
 * and marks clips whose names clash.
 */
#ifndef AQ_PIPELINE_INPUTS_SCAN_H
#define AQ_PIPELINE_INPUTS_SCAN_H
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

typedef struct AqScanItem {
    char *path;        /* absolute; its folder without links, its name as it is */
    char *name;        /* that name's stem: the annotations' video_id */
    const char *rival; /* path of an earlier item of the same name, or NULL */
    uint64_t dev, ino; /* of the file itself; 0 if there is none */
} AqScanItem;

typedef struct AqScan {
    AqScanItem *v;
    size_t n;
    size_t n_skipped; /* unreadable folders and entries; each was logged */
} AqScan;

/*
 * Named files are always taken; folders are searched recursively for files with the
 * extension of a video or sound file. Sorted by path. Hidden entries are skipped. A
 * link to a file is a clip named after the link, not its target; a link to a folder is
 * followed, each folder once however it is reached. A file given twice, or reached
 * twice under one name, counts once. A broken link, or a file in a folder that may not
 * be searched, stays an item, for the job to report; a folder that cannot be read is
 * logged and counted in n_skipped. AQ_ERR_NOT_FOUND if a given path does not exist.
 */
AQ_MUST_CHECK AqErr aq_scan(AqScan *out, const char *const *paths, int n_paths);

/*
 * The same, plus what the text files `lists` name, one file or folder per line
 * (base/text/lines.h; "-" is stdin; relative to the working directory). A line whose
 * path does not exist stays an item, for the job to report and go on.
 */
AQ_MUST_CHECK AqErr aq_scan_with(AqScan *out, const char *const *paths, int n_paths,
                                 const char *const *lists, int n_lists);

/* Size and time of a clip's file, by which it is recognised: a link that was pointed
 * elsewhere counts as a changed file. AQ_ERR_MEDIA if it is not a file. */
AQ_MUST_CHECK AqErr aq_scan_stat(const char *path, int64_t *bytes, int64_t *mtime_ns);

/* Keeps only the items whose name `keep` returns true for. */
void aq_scan_filter(AqScan *s, int (*keep)(void *ctx, const char *name), void *ctx);

void aq_scan_clear(AqScan *s);

#endif
