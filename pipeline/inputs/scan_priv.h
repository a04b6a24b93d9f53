/* Internal to scan: a list that grows while folders are walked. */
#ifndef AQ_PIPELINE_INPUTS_SCAN_PRIV_H
#define AQ_PIPELINE_INPUTS_SCAN_PRIV_H
#include "pipeline/inputs/scan.h"

#include <sys/stat.h>

/* Folders already walked: a hash table by device and inode. */
typedef struct AqScanSeen {
    struct {
        uint64_t dev, ino; /* 0, 0: free */
    } * slot;
    size_t n, room; /* room: a power of two */
} AqScanSeen;

typedef struct AqScanner {
    AqScan *to;
    AqScanSeen seen;
} AqScanner;

/* Appends an item; `absolute` has the folder resolved; `st` NULL: there is no such
 * file. Borrows both. (scan_list.c) */
AQ_MUST_CHECK AqErr aq_scan_append(AqScan *s, const char *absolute,
                                   const struct stat *st);
/* Sorts by path, drops duplicates, marks rivals. (scan_list.c) */
AQ_MUST_CHECK AqErr aq_scan_settle(AqScan *s);

/* Appends all clips below a folder. What cannot be read is logged and counted.
 * (scan_walk.c) */
AQ_MUST_CHECK AqErr aq_scan_walk(AqScanner *s, const char *path);
void aq_scan_seen_clear(AqScanSeen *s);

#endif
