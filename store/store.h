/*
 * The store: one SQLite file that holds what is known of each video, its features and
 * what made them. A video's features and its done mark land in one transaction;
 * whatever dies, what is in the file is whole.
 *
 * Threads: a handle belongs to one thread at a time; open another for another thread.
 * Any number of processes may have the same file open; writers wait for each other.
 * Errors: AQ_ERR_STORE where SQLite or the file system refuses (locked, full,
 * read-only: the sentence says which), AQ_ERR_FORMAT where the file holds what it
 * should not. Annotations and runs have their own headers
 * (store/annotations/annotations.h, store/runs.h).
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
#define AQ_STORE_MAX_ROWS    (AQ_STORE_MAX_SECONDS * AQ_ROWS_MOST_RATE)
#define AQ_STORE_MAX_DIM     65536        /* of each of h, w, c */
#define AQ_STORE_MAX_BLOB    (512u << 20) /* bytes of one feature array on disk */
#define AQ_STORE_MAX_NAME    255          /* bytes of a video's name */
#define AQ_STORE_MAX_TEXT    65536        /* bytes of any other text */

/* The extractor_version of features that other tools made. */
#define AQ_STORE_IMPORTED "imported"

typedef struct AqStore AqStore; /* opaque; laid out in store/store_priv.h */

typedef enum AqStoreMode {
    AQ_STORE_READ,  /* must exist; nothing is written */
    AQ_STORE_WRITE, /* must exist */
    AQ_STORE_CREATE /* made if absent, with the folders above it */
} AqStoreMode;

/* Opens the store at `path`. WRITE and CREATE bring an older schema up to date; READ
 * reads those of versions 3 and 4 as they are, and refuses older ones. On failure *out
 * is NULL; AQ_ERR_NOT_FOUND if there is no such file. */
AQ_MUST_CHECK AqErr aq_store_open(AqStore **out, const char *path, AqStoreMode mode);
/* Sets *s to NULL, which it may be already. */
void aq_store_close(AqStore **s);
const char *aq_store_path(const AqStore *s); /* borrowed */
/* Another handle on the same file, of the same data set. */
AQ_MUST_CHECK AqErr aq_store_open_again(AqStore **out, const AqStore *like,
                                        AqStoreMode mode);
/* How long to wait for another writer; 30,000 at first. 0: not at all. */
void aq_store_set_timeout(AqStore *s, int ms);

/* ---- data sets: the same name may stand for a video in each. A handle is of one data
 * set at a time: all that goes by a video's name, puts a video or walks over videos or
 * features is in that, unless it says otherwise ---- */

/* Of a new handle, and of the videos of stores that knew none. */
#define AQ_DATASET_DEFAULT "default"
/* Clips that somebody asked about: a cache. No command takes its videos for those of a
 * data set, and merging leaves it where it is. */
#define AQ_DATASET_ASKED "asked"

/* It need not be there yet. AQ_ERR_FORMAT for what aq_store_check_name() refuses. */
AQ_MUST_CHECK AqErr aq_store_use_dataset(AqStore *s, const char *name);
const char *aq_store_dataset_used(const AqStore *s); /* borrowed */
/* Those that have videos, by name; as aq_store_each_video(). */
typedef AqErr (*AqStoreDatasetFn)(void *arg, const char *name, int64_t n_videos);
AQ_MUST_CHECK AqErr aq_store_each_dataset(AqStore *s, AqStoreDatasetFn fn, void *arg);

/* ---- provenance: what made a feature row. Rows agree where all of it agrees but the
 * program's version, which is recorded: extractors and sampling carry their own ---- */

typedef struct AqProvenance {
    int64_t id; /* the store's number for it; output only */
    AqModality kind;
    /* No NULLs; "" where there is none. */
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

/* What the rows of such features stand for, as the sampling says. */
AqRowPlan aq_provenance_rows(const AqProvenance *p);
/* All but the id and the program. */
int aq_provenance_equal(const AqProvenance *a, const AqProvenance *b);
/* "audio vggish 1, weights x.pth 0123456789ab, f32, <sampling>, avqa-pipe 0.1.0".
 * Gives; aq_free(). NULL when memory is out. */
char *aq_provenance_line(const AqProvenance *p);
/* Does a person's `text` mean `p`: its extractor, or anything in its line? */
int aq_provenance_is_called(const AqProvenance *p, const char *text);
/* The number of `p`, which is added if new (a transaction of its own). */
AQ_MUST_CHECK AqErr aq_store_intern_provenance(AqStore *s, const AqProvenance *p,
                                               int64_t *id);
/* The same without adding; AQ_ERR_NOT_FOUND. */
AQ_MUST_CHECK AqErr aq_store_find_provenance(AqStore *s, const AqProvenance *p,
                                             int64_t *id);
AQ_MUST_CHECK AqErr aq_store_list_provenance(AqStore *s, AqProvenanceList *out);
/* Only those that the data set has features of. */
AQ_MUST_CHECK AqErr aq_store_list_provenance_used(AqStore *s, AqProvenanceList *out);
void aq_provenance_list_clear(AqProvenanceList *l);

/* ---- videos ---- */

typedef enum AqVideoStatus { AQ_VIDEO_OK, AQ_VIDEO_FAILED } AqVideoStatus;

typedef struct AqStoreVideo {
    const char *name; /* the file's stem, which annotations call video_id */
    const char *path; /* as the caller spells it; absolute is wise. "": features of the
                       * video are known and the video was not seen */
    int64_t bytes, mtime_ns;
    char sha256[AQ_SHA256_HEX]; /* of the content; "" only if it failed before that */
    int64_t duration_us;
    int n_seconds; /* by which its features' rows are counted */
    int has_audio, has_video;
    const char *notes; /* facts, a line each; NULL or "" for none */
    /* Set by the store; not read on put: */
    int64_t id;
    const char *dataset;
    AqVideoStatus status;
    const char *stage, *reason; /* of a failure; "" otherwise */
    int64_t added_s, updated_s; /* Unix time */
    void *memory;               /* owns the strings of a video that a lookup gave */
} AqStoreVideo;

/* AQ_OK if `name` may name a video: 1..255 bytes, no '/', no control characters, not
 * "." or "..". AQ_ERR_FORMAT with the reason otherwise. */
AQ_MUST_CHECK AqErr aq_store_check_name(const char *name, size_t bytes);

/* Look-ups give *out, AQ_ERR_NOT_FOUND if none; release with aq_store_video_clear(). */
AQ_MUST_CHECK AqErr aq_store_video_by_name(AqStore *s, const char *name,
                                           AqStoreVideo *out);
/* What somebody's `text` means: the video called so, else the one called so without
 * folders and a video's ending (base/text/names.h). Gives *name, aq_free();
 * AQ_ERR_NOT_FOUND. */
AQ_MUST_CHECK AqErr aq_store_find_name(AqStore *s, const char *text, char **name);
/* The first by name: content may be there under several names. */
AQ_MUST_CHECK AqErr aq_store_video_by_sha256(AqStore *s, const char *sha256,
                                             AqStoreVideo *out);
/* Is this very file known, without hashing it? All three must agree. */
AQ_MUST_CHECK AqErr aq_store_video_by_file(AqStore *s, const char *path, int64_t bytes,
                                           int64_t mtime_ns, AqStoreVideo *out);
/* The digest of this very file, as any data set has it; AQ_ERR_NOT_FOUND. */
AQ_MUST_CHECK AqErr aq_store_digest_of_file(AqStore *s, const char *path, int64_t bytes,
                                            int64_t mtime_ns, char hex[AQ_SHA256_HEX]);
void aq_store_video_clear(AqStoreVideo *v);

/* All videos by name. `fn` borrows the video, must not write to this store, and stops
 * the walk by returning other than AQ_OK, which is then returned. */
typedef AqErr (*AqStoreVideoFn)(void *arg, const AqStoreVideo *v);
AQ_MUST_CHECK AqErr aq_store_each_video(AqStore *s, AqStoreVideoFn fn, void *arg);

/* Those of this content in all data sets, what somebody asked about last of all. */
AQ_MUST_CHECK AqErr aq_store_each_video_of_content(AqStore *s, const char *sha256,
                                                   AqStoreVideoFn fn, void *arg);
/* Those of all data sets, by data set and name. */
AQ_MUST_CHECK AqErr aq_store_each_video_of_all(AqStore *s, AqStoreVideoFn fn,
                                               void *arg);

/* AQ_ERR_MISMATCH with the sentence where `known`, which the store has under v's name,
 * is another video: of another content, from another file. */
AQ_MUST_CHECK AqErr aq_store_check_same(AqStore *s, const AqStoreVideo *known,
                                        const AqStoreVideo *v);

/* Deletes a video and its features. */
AQ_MUST_CHECK AqErr aq_store_forget_video(AqStore *s, const char *name);

/* ---- leases: processes that fill one store share its videos. A lease ends with
 * aq_store_put_clip() and aq_store_put_failure() of the video, with its process, or,
 * where other machines cannot tell whether that lives, after its time ---- */

/* Takes the video, which need not be there yet, for this process. *mine 0: another has
 * it. */
AQ_MUST_CHECK AqErr aq_store_lease(AqStore *s, const char *name, int seconds,
                                   int *mine);
/* Gives it back without a word on what became of it. */
AQ_MUST_CHECK AqErr aq_store_end_lease(AqStore *s, const char *name);
/* All that this process has. */
AQ_MUST_CHECK AqErr aq_store_drop_leases(AqStore *s);

/* ---- features: (n_rows, h, w, c), channels last; audio has h = w = 1. What a row
 * stands for is part of what made it (aq_provenance_rows()): a second, a part of one,
 * or a clip of frames, whose first and last moment are kept beside the rows ---- */

typedef enum AqFeatureDtype { AQ_FEATURE_F16, AQ_FEATURE_F32 } AqFeatureDtype;

/* What goes in. All borrowed. */
typedef struct AqStoreFeatures {
    const AqProvenance *provenance;
    int n_rows, h, w, c;
    const uint8_t *presence; /* (n_rows): 1 = real data, 0 = filled in */
    const AqRowSpan *spans;  /* (n_rows) of clips, 0 where none is present; else NULL */
    const float *data;       /* finite; within half's range for F16 */
    AqFeatureDtype dtype;    /* on disk */
} AqStoreFeatures;

/* What comes out. Owned by the caller; aq_stored_features_clear(). */
typedef struct AqStoredFeatures {
    int64_t provenance_id;
    AqModality kind;
    AqFeatureDtype dtype; /* as it was on disk */
    AqRowPlan rows;       /* what they stand for */
    int n_rows, h, w, c;
    uint8_t *presence; /* (n_rows) */
    AqRowSpan *spans;  /* (n_rows) when each begins and ends */
    float *data;       /* (n_rows, h, w, c) */
    char
        sha256[AQ_SHA256_HEX]; /* of shape, presence, the bytes on disk, clips' times */
} AqStoredFeatures;

/* One transaction: the video's row, its features (n of 0..2, other provenances' rows
 * stay), and the done mark. A row of that name with the same content: its path is
 * brought up to date. With the same path and other content: replaced, stale features
 * dropped. With neither: AQ_ERR_MISMATCH, nothing changes. A row whose video was not
 * seen (path "") is taken over with its features. Imported features of another length
 * are never dropped for features of the same content: AQ_ERR_MISMATCH. Values that are
 * not finite, or too large for F16: AQ_ERR_NUMERIC. */
AQ_MUST_CHECK AqErr aq_store_put_clip(AqStore *s, const AqStoreVideo *v,
                                      const AqStoreFeatures *features, int n);

/* One transaction: the video is marked failed in `stage` for `reason`. Features made
 * from the same content stay; of other content they are dropped, as above. A row whose
 * video was not seen stays as it is: AQ_ERR_MISMATCH. */
AQ_MUST_CHECK AqErr aq_store_put_failure(AqStore *s, const AqStoreVideo *v,
                                         const char *stage, const char *reason);

/* *has = 1 if the video is there with features made by exactly `p`. */
AQ_MUST_CHECK AqErr aq_store_has_features(AqStore *s, const char *name,
                                          const AqProvenance *p, int *has);

/* Reads, checks against the digest, and widens to float32. provenance_id 0: the only
 * one of that kind that the video has; AQ_ERR_USAGE if there are several. No such video
 * or features: AQ_ERR_NOT_FOUND. A row that does not verify: AQ_ERR_FORMAT. */
AQ_MUST_CHECK AqErr aq_store_get_features(AqStore *s, const char *name, AqModality kind,
                                          int64_t provenance_id, AqStoredFeatures *out);
void aq_stored_features_clear(AqStoredFeatures *f);

/* Only the times of the rows, without the data. Gives *spans (*n_rows); aq_free().
 * AQ_ERR_NOT_FOUND. */
AQ_MUST_CHECK AqErr aq_store_get_spans(AqStore *s, const char *name,
                                       int64_t provenance_id, AqRowSpan **spans,
                                       int *n_rows);

/* What is known of a video's features of one make without reading their data. */
typedef struct AqFeatureRow {
    const char *video; /* borrowed, as long as the callback runs */
    int64_t provenance_id;
    AqModality kind;
    AqFeatureDtype dtype;
    int n_rows, h, w, c;
    int n_present; /* rows with real data */
    int64_t data_bytes;
    char sha256[AQ_SHA256_HEX]; /* as recorded */
} AqFeatureRow;
typedef AqErr (*AqFeatureRowFn)(void *arg, const AqFeatureRow *row);
/* By video name, then provenance; `video` NULL: of all videos. As aq_store_each_video.
 */
AQ_MUST_CHECK AqErr aq_store_each_feature(AqStore *s, const char *video,
                                          AqFeatureRowFn fn, void *arg);

/* ---- the store as a whole ---- */

typedef struct AqStoreInfo {
    int schema_version;
    const char *sqlite_version; /* static */
    int64_t n_videos, n_failed; /* of all data sets but AQ_DATASET_ASKED */
    int64_t n_asked;            /* of that */
    int64_t n_features, n_provenance, n_annotations, n_runs;
    int64_t media_us;      /* of the n_videos that are ok */
    int64_t feature_bytes; /* data blobs */
    int64_t file_bytes;    /* pages of the main file, free ones too */
} AqStoreInfo;
AQ_MUST_CHECK AqErr aq_store_info(AqStore *s, AqStoreInfo *out);

/* Checks everything: SQLite's structure, the schema, foreign keys, each row's values,
 * each feature's size against its shape and its content against its digest. `fn` (NULL
 * is fine) is told of each fault; *n_faults counts them. AQ_OK where the check itself
 * could be made, whatever it found. */
typedef void (*AqStoreFaultFn)(void *arg, const char *where, const char *what);
AQ_MUST_CHECK AqErr aq_store_verify(AqStore *s, AqStoreFaultFn fn, void *arg,
                                    int64_t *n_faults);

typedef struct AqDeepCounts {
    int64_t n_values;  /* of features, each finite unless a fault was told */
    int64_t n_same;    /* files that have the content recorded */
    int64_t n_changed; /* files that have another; each is a fault */
    int64_t n_missing; /* files that are not there or cannot be read: told, no fault */
    int64_t n_questions;
    int64_t n_idle_makes; /* without features: no fault; aq_store_gc() removes them */
} AqDeepCounts;

/* All of that, and: each value of the features finite; no seconds of a track that the
 * video does not have; annotations' values; and the content of each video's file, read
 * where it is, against its digest. Files take as long as reading them takes: `stop`
 * (NULL is fine) is asked between them, AQ_ERR_CANCELLED. `told` gets what is no fault
 * of the store. */
typedef struct AqDeepPlan {
    AqStoreFaultFn fault, told; /* NULL is fine */
    int (*stop)(void *ctx);
    void *ctx; /* for the three */
} AqDeepPlan;
AQ_MUST_CHECK AqErr aq_store_verify_deep(AqStore *s, const AqDeepPlan *plan,
                                         AqDeepCounts *out, int64_t *n_faults);

#endif
