/*
 * From the paths a user names to the list of clips: folders are walked, names are made,
 * and what cannot be told apart by name is marked.
 */
#ifndef AQ_PIPELINE_INPUTS_SCAN_H
#define AQ_PIPELINE_INPUTS_SCAN_H
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

typedef struct AqScanItem {
    char *path; /* absolute; links in its folder resolved, the file's own name kept */
    char *name; /* the stem of that name: what annotations call video_id */
    const char *rival; /* path of an earlier item of the same name, or NULL */
    uint64_t dev, ino; /* of the file itself; 0 where there is none */
} AqScanItem;

typedef struct AqScan {
    AqScanItem *v;
    size_t n;
    size_t
        n_skipped; /* folders and entries that could not be looked at; each was told */
} AqScan;

/*
 * Files are taken as they are; folders are walked to their end and give the files whose
 * extension is that of a video or sound file, sorted by path. Hidden entries are left
 * out. A link to a file is a clip of the link's own name, whatever it leads to; a link
 * to a folder is walked, each folder once however it is reached. One file named twice,
 * or reached twice under one name, counts once. What leads nowhere or is in a folder
 * that lets nobody see it stays an item, for the job to say so of it; a folder that
 * cannot be read is told and counted in n_skipped. A path that is not there is
 * AQ_ERR_NOT_FOUND.
 */
AQ_MUST_CHECK AqErr aq_scan(AqScan *out, const char *const *paths, int n_paths);

/*
 * The same, and what the text files `lists` name, a file or folder a line
 * (base/text/lines.h; "-" is stdin; relative to the working folder). A line that names
 * nothing stays an item, for the job to say so of it and go on.
 */
AQ_MUST_CHECK AqErr aq_scan_with(AqScan *out, const char *const *paths, int n_paths,
                                 const char *const *lists, int n_lists);

/* Size and time of a clip's file, by which it is known again: a link that was led
 * elsewhere counts as a change of its file. AQ_ERR_MEDIA where it is no file. */
AQ_MUST_CHECK AqErr aq_scan_stat(const char *path, int64_t *bytes, int64_t *mtime_ns);

/* Leaves only the items whose name `keep` says yes to. */
void aq_scan_filter(AqScan *s, int (*keep)(void *ctx, const char *name), void *ctx);

void aq_scan_clear(AqScan *s);

#endif
