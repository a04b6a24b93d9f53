/*
 * The store: one SQLite file that holds the facts about each video, its features and
 * their provenance. A video's features and its done mark are written in one
 * transaction: after any crash the file is consistent.
 *
 * Threads: a handle belongs to one thread at a time; open another for another thread.
 * Any number of processes may have the same file open; writers wait for each other.
 * Errors: AQ_ERR_STORE if SQLite or the file system fails (locked, full, read-only: the
 * message says which), AQ_ERR_FORMAT if the file's content is invalid. Annotations and
 * runs have their own headers (store/annotations/annotations.h, store/runs.h).
 */
#ifndef AQ_STORE_STORE_H
#define AQ_STORE_STORE_H
#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/modality.h"
#include "base/rows.h"

#include <stddef.h>
#include <stdint.h>

#define AQ_STORE_MAX_SECONDS 86400 /* of one clip */
#define AQ_STORE_MAX_ROWS    ((int64_t)AQ_STORE_MAX_SECONDS * AQ_ROWS_MOST_RATE)
#define AQ_STORE_MAX_DIM     65536        /* of each of h, w, c */
#define AQ_STORE_MAX_BLOB    (512u << 20) /* bytes of one feature array on disk */
#define AQ_STORE_MAX_NAME    255          /* bytes of a video's name */
#define AQ_STORE_MAX_TEXT    65536        /* bytes of any other text */

/* The extractor_version of features made by other tools. */
#define AQ_STORE_IMPORTED "imported"

typedef struct AqStore AqStore; /* opaque; laid out in store/store_priv.h */

typedef enum AqStoreMode {
    AQ_STORE_READ,  /* must exist; nothing is written */
    AQ_STORE_WRITE, /* must exist */
    AQ_STORE_CREATE /* created if absent, with its parent folders */
} AqStoreMode;

/* Opens the store at `path`. WRITE and CREATE migrate an older schema; READ reads
 * versions 3 to 5 as they are, and refuses older ones. On failure *out is NULL;
 * AQ_ERR_NOT_FOUND if there is no such file. */
AQ_MUST_CHECK AqErr aq_store_open(AqStore **out, const char *path, AqStoreMode mode);
/* Sets *s to NULL; it may be NULL already. */
void aq_store_close(AqStore **s);
const char *aq_store_path(const AqStore *s); /* borrowed */
/* Another handle on the same file, for the same data set. */
AQ_MUST_CHECK AqErr aq_store_open_again(AqStore **out, const AqStore *like,
                                        AqStoreMode mode);
/* How long to wait for another writer; 30,000 by default. 0: not at all. */
void aq_store_set_timeout(AqStore *s, int ms);

/* ---- data sets: each has its own videos, so one name may mean a different video in
 * each. A handle uses one data set at a time: every function that takes a video's name,
 * puts a video or walks over videos or features works in that one, unless it says
 * otherwise ---- */

/* The data set of a new handle, and of all videos in stores from before data sets. */
#define AQ_DATASET_DEFAULT "default"
/* Clips that questions were asked about: a cache. No command treats it as a data set to
 * work on, and a merge does not copy it. */
#define AQ_DATASET_ASKED "asked"

/* It need not exist yet. AQ_ERR_FORMAT for a name that aq_store_check_name() refuses.
 */
AQ_MUST_CHECK AqErr aq_store_use_dataset(AqStore *s, const char *name);
const char *aq_store_dataset_used(const AqStore *s); /* borrowed */
/* The data sets that have videos, by name; as aq_store_each_video(). */
typedef AqErr (*AqStoreDatasetFn)(void *arg, const char *name, int64_t n_videos);
AQ_MUST_CHECK AqErr aq_store_each_dataset(AqStore *s, AqStoreDatasetFn fn, void *arg);

/* ---- provenance: what made a feature row. Rows have the same provenance if all fields
 * but the program's version agree; that is only recorded, as extractors and sampling
 * have versions of their own ---- */

typedef struct AqProvenance {
    int64_t id; /* the store's id for it; output only */
    AqModality kind;
    /* Never NULL; "" for none. */
    const char *extractor, *extractor_version; /* registry name and version */
    const char *weights, *weights_sha256;      /* file name; 64 hex digits or "" */
    const char *precision;                     /* "f32", "bf16" */
    const char *sampling; /* resampler/resize, fps, normalisation */
    const char *program;  /* program version */
} AqProvenance;

typedef struct AqProvenanceList {
    AqProvenance *v; /* by id */
    size_t n;
    AqArena *arena; /* owns the strings */
} AqProvenanceList;

/* What the rows of such features stand for, according to the sampling. */
AqRowPlan aq_provenance_rows(const AqProvenance *p);
/* Compares everything but the id and the program. */
int aq_provenance_equal(const AqProvenance *a, const AqProvenance *b);
/* "audio vggish 1, weights x.pth 0123456789ab, f32, <sampling>, avqa-pipe 0.1.0".
 * Gives; aq_free(). NULL when out of memory. */
char *aq_provenance_line(const AqProvenance *p);
/* Does the user's `text` match `p`: its extractor, or any part of its line? */
int aq_provenance_is_called(const AqProvenance *p, const char *text);
/* The id of `p`, which is added if new (in a transaction of its own). */
AQ_MUST_CHECK AqErr aq_store_intern_provenance(AqStore *s, const AqProvenance *p,
                                               int64_t *id);
/* The same without adding; AQ_ERR_NOT_FOUND if it is not there. */
AQ_MUST_CHECK AqErr aq_store_find_provenance(AqStore *s, const AqProvenance *p,
                                             int64_t *id);
AQ_MUST_CHECK AqErr aq_store_list_provenance(AqStore *s, AqProvenanceList *out);
/* Only those with features in the data set. */
AQ_MUST_CHECK AqErr aq_store_list_provenance_used(AqStore *s, AqProvenanceList *out);
void aq_provenance_list_clear(AqProvenanceList *l);

/* ---- videos ---- */

typedef enum AqVideoStatus { AQ_VIDEO_OK, AQ_VIDEO_FAILED } AqVideoStatus;

typedef struct AqStoreVideo {
    const char *name; /* the file's stem; annotations call it video_id */
    const char *path; /* as the caller spells it, preferably absolute. "": features were
                         imported and the video itself was never read */
    int64_t bytes, mtime_ns;
    char sha256[AQ_SHA256_HEX]; /* of the content; "" only if it failed before that */
    int64_t duration_us;
    int n_seconds; /* determines the number of feature rows */
    int has_audio, has_video;
    const char *notes; /* facts, one a line; NULL or "" for none */
    /* Set by the store; ignored on put: */
    int64_t id;
    const char *dataset;
    AqVideoStatus status;
    const char *stage, *reason; /* for a failure; "" otherwise */
    int64_t added_s, updated_s; /* Unix time */
    void *memory;               /* owns the strings of a video from a look-up */
} AqStoreVideo;

/* AQ_OK if `name` is valid for a video: 1..255 bytes, no '/', no control characters,
 * not "." or "..". Otherwise AQ_ERR_FORMAT with the reason. */
AQ_MUST_CHECK AqErr aq_store_check_name(const char *name, size_t bytes);

/* Look-ups give *out; AQ_ERR_NOT_FOUND if none. Release with aq_store_video_clear(). */
AQ_MUST_CHECK AqErr aq_store_video_by_name(AqStore *s, const char *name,
                                           AqStoreVideo *out);
/* The video that a user's `text` means: the one with exactly this name, else the one
 * named so without folders and a media extension (base/text/names.h). Gives *name,
 * aq_free(); AQ_ERR_NOT_FOUND. */
AQ_MUST_CHECK AqErr aq_store_find_name(AqStore *s, const char *text, char **name);
/* The first by name: several videos may have the same content. */
AQ_MUST_CHECK AqErr aq_store_video_by_sha256(AqStore *s, const char *sha256,
                                             AqStoreVideo *out);
/* Looks a file up without hashing it: path, size and time must all agree. */
AQ_MUST_CHECK AqErr aq_store_video_by_file(AqStore *s, const char *path, int64_t bytes,
                                           int64_t mtime_ns, AqStoreVideo *out);
/* The digest of that file, recorded in any data set; AQ_ERR_NOT_FOUND. */
AQ_MUST_CHECK AqErr aq_store_digest_of_file(AqStore *s, const char *path, int64_t bytes,
                                            int64_t mtime_ns, char hex[AQ_SHA256_HEX]);
void aq_store_video_clear(AqStoreVideo *v);

/* All videos by name. `fn` borrows the video, must not write to this store, and stops
 * the walk by returning an error, which is then returned. */
typedef AqErr (*AqStoreVideoFn)(void *arg, const AqStoreVideo *v);
AQ_MUST_CHECK AqErr aq_store_each_video(AqStore *s, AqStoreVideoFn fn, void *arg);

/* Those with this content in all data sets, AQ_DATASET_ASKED last. */
AQ_MUST_CHECK AqErr aq_store_each_video_of_content(AqStore *s, const char *sha256,
                                                   AqStoreVideoFn fn, void *arg);
/* The videos of all data sets, by data set and name. */
AQ_MUST_CHECK AqErr aq_store_each_video_of_all(AqStore *s, AqStoreVideoFn fn,
                                               void *arg);

/* AQ_ERR_MISMATCH with the message if `known`, stored under v's name, is a different
 * video: with other content and from another file. */
AQ_MUST_CHECK AqErr aq_store_check_same(AqStore *s, const AqStoreVideo *known,
                                        const AqStoreVideo *v);

/* Deletes a video and its features. */
AQ_MUST_CHECK AqErr aq_store_forget_video(AqStore *s, const char *name);

/* ---- leases: processes that fill one store divide its videos among themselves. A
 * lease ends with aq_store_put_clip() or aq_store_put_failure() of the video, with its
 * process, or, for other machines, which cannot tell whether that process is alive,
 * when it expires ---- */

/* Leases the video, which need not be in the store yet, to this process. *mine is 0 if
 * another process has it. */
AQ_MUST_CHECK AqErr aq_store_lease(AqStore *s, const char *name, int seconds,
                                   int *mine);
/* Ends the lease without recording a result. */
AQ_MUST_CHECK AqErr aq_store_end_lease(AqStore *s, const char *name);
/* Ends all leases of this process. */
AQ_MUST_CHECK AqErr aq_store_drop_leases(AqStore *s);

/* ---- features: (n_rows, h, w, c), channels last; audio has h = w = 1. What a row
 * stands for is part of its provenance (aq_provenance_rows()): a second, a part of one,
 * or a clip of frames, whose beginning and end are stored with the rows ---- */

typedef enum AqFeatureDtype { AQ_FEATURE_F16, AQ_FEATURE_F32 } AqFeatureDtype;

/* Features to store. All borrowed. */
typedef struct AqStoreFeatures {
    const AqProvenance *provenance;
    int n_rows, h, w, c;
    const uint8_t *presence; /* (n_rows): 1 = real data, 0 = filled in */
    const AqRowSpan *spans;  /* (n_rows) for clips, 0 for absent ones; else NULL */
    const float *data;       /* finite; within half's range for F16 */
    AqFeatureDtype dtype;    /* on disk */
} AqStoreFeatures;

/* Features read back. Owned by the caller; aq_stored_features_clear(). */
typedef struct AqStoredFeatures {
    int64_t provenance_id;
    AqModality kind;
    AqFeatureDtype dtype; /* as it was on disk */
    AqRowPlan rows;       /* what they stand for */
    int n_rows, h, w, c;
    uint8_t *presence; /* (n_rows) */
    AqRowSpan *spans;  /* (n_rows) beginning and end of each */
    float *data;       /* (n_rows, h, w, c) */
    char
        sha256[AQ_SHA256_HEX]; /* of shape, presence, the bytes on disk, clips' times */
} AqStoredFeatures;

/* One transaction: the video's row, its features (n of 0..2; rows of other provenances
 * stay), and the done mark. If the name is taken by a row with the same content, its
 * path is updated; with the same path and other content, it is replaced and its stale
 * features are dropped; with neither, AQ_ERR_MISMATCH and nothing changes. A row whose
 * video was never read (path "") is taken over with its features. Imported features of
 * another length are never dropped for features of the same content: AQ_ERR_MISMATCH.
 * Values that are not finite, or too large for F16: AQ_ERR_NUMERIC. */
AQ_MUST_CHECK AqErr aq_store_put_clip(AqStore *s, const AqStoreVideo *v,
                                      const AqStoreFeatures *features, int n);

/* One transaction: marks the video failed in `stage` for `reason`. Features made from
 * the same content stay; those of other content are dropped, as above. A row whose
 * video was never read stays as it is: AQ_ERR_MISMATCH. */
AQ_MUST_CHECK AqErr aq_store_put_failure(AqStore *s, const AqStoreVideo *v,
                                         const char *stage, const char *reason);

/* *has = 1 if the store has features of the video made by exactly `p`. */
AQ_MUST_CHECK AqErr aq_store_has_features(AqStore *s, const char *name,
                                          const AqProvenance *p, int *has);

/* Reads features, checks their digest, and widens them to float32. provenance_id 0: the
 * only provenance of that kind that the video has; AQ_ERR_USAGE if there are several.
 * AQ_ERR_NOT_FOUND if there is no such video or features, AQ_ERR_FORMAT if the row is
 * damaged. */
AQ_MUST_CHECK AqErr aq_store_get_features(AqStore *s, const char *name, AqModality kind,
                                          int64_t provenance_id, AqStoredFeatures *out);
void aq_stored_features_clear(AqStoredFeatures *f);

/* Reads only the times of the rows. Gives *spans (*n_rows); aq_free().
 * AQ_ERR_NOT_FOUND. */
AQ_MUST_CHECK AqErr aq_store_get_spans(AqStore *s, const char *name,
                                       int64_t provenance_id, AqRowSpan **spans,
                                       int *n_rows);

/* A video's features of one make, without their data. */
typedef struct AqFeatureRow {
    const char *video; /* borrowed, valid during the callback */
    int64_t provenance_id;
    AqModality kind;
    AqFeatureDtype dtype;
    int n_rows, h, w, c;
    int n_present; /* rows with real data */
    int64_t data_bytes;
    char sha256[AQ_SHA256_HEX]; /* as recorded */
} AqFeatureRow;
typedef AqErr (*AqFeatureRowFn)(void *arg, const AqFeatureRow *row);
/* By video name, then provenance; `video` NULL: all videos. As aq_store_each_video().
 */
AQ_MUST_CHECK AqErr aq_store_each_feature(AqStore *s, const char *video,
                                          AqFeatureRowFn fn, void *arg);

/* ---- the store as a whole ---- */

typedef struct AqStoreInfo {
    int schema_version;
    const char *sqlite_version; /* static */
    int64_t n_videos, n_failed; /* in all data sets but AQ_DATASET_ASKED */
    int64_t n_asked;            /* in that */
    int64_t n_features, n_provenance, n_annotations, n_runs;
    int64_t media_us;      /* of the n_videos that are ok */
    int64_t feature_bytes; /* data blobs */
    int64_t file_bytes;    /* the main file's pages, including free ones */
} AqStoreInfo;
AQ_MUST_CHECK AqErr aq_store_info(AqStore *s, AqStoreInfo *out);

/* Checks SQLite's structure, the schema, foreign keys, each row's values, each feature
 * array's size against its shape and its content against its digest. `fn` (may be NULL)
 * is called for each fault; *n_faults counts them. AQ_OK if the check itself could be
 * made, whatever it found. */
typedef void (*AqStoreFaultFn)(void *arg, const char *where, const char *what);
AQ_MUST_CHECK AqErr aq_store_verify(AqStore *s, AqStoreFaultFn fn, void *arg,
                                    int64_t *n_faults);

typedef struct AqDeepCounts {
    int64_t n_values;  /* of features; each finite unless reported */
    int64_t n_same;    /* files with the recorded content */
    int64_t n_changed; /* files with other content; each is a fault */
    int64_t n_missing; /* files missing or unreadable: reported, not faults */
    int64_t n_questions;
    int64_t n_idle_makes; /* without features: no fault; see aq_store_gc() */
} AqDeepCounts;

/* All of that, and also: every feature value is finite; no seconds are marked as real
 * for a track that the video lacks; annotations' values; and each video file's content,
 * read from its path, against its digest. Reading the files takes long: between them
 * `stop` (may be NULL) is asked whether to stop with AQ_ERR_CANCELLED. `told` gets what
 * is not a fault of the store. */
typedef struct AqDeepPlan {
    AqStoreFaultFn fault, told; /* may be NULL */
    int (*stop)(void *ctx);
    void *ctx; /* for the three */
} AqDeepPlan;
AQ_MUST_CHECK AqErr aq_store_verify_deep(AqStore *s, const AqDeepPlan *plan,
                                         AqDeepCounts *out, int64_t *n_faults);

#endif
