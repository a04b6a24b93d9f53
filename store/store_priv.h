/*
 * Inside the store: the handle, and AqQuery, the only way the store talks to SQLite. A
 * query keeps its first error, after which calls on it do nothing, so that a function
 * can bind, step and read in a straight line and check once, at the end.
 */
#ifndef AQ_STORE_STORE_PRIV_H
#define AQ_STORE_STORE_PRIV_H
#include "store/store.h"

#include <stddef.h>
#include <stdint.h>

#define AQ_STORE_MAX_JSON (64u << 20) /* bytes of a run's settings or metrics */

/* Every statement used more than once; the text is in store/sql.c. */
typedef enum AqSql {
    AQ_SQL_VIDEO_BY_NAME,
    AQ_SQL_VIDEO_BY_SHA256,
    AQ_SQL_VIDEO_BY_FILE,
    AQ_SQL_VIDEO_OF_CONTENT,
    AQ_SQL_DIGEST_OF_FILE,
    AQ_SQL_VIDEO_EACH,
    AQ_SQL_VIDEO_EACH_OF_ALL,
    AQ_SQL_DATASETS,
    AQ_SQL_VIDEO_PUT,
    AQ_SQL_VIDEO_FAIL,
    AQ_SQL_VIDEO_FORGET,
    AQ_SQL_LEASE_GET,
    AQ_SQL_LEASE_PUT,
    AQ_SQL_LEASE_DROP,
    AQ_SQL_LEASES_DROP,
    AQ_SQL_PROVENANCE_ADD,
    AQ_SQL_PROVENANCE_FIND,
    AQ_SQL_PROVENANCE_EACH,
    AQ_SQL_PROVENANCE_USED,
    AQ_SQL_FEATURES_PUT,
    AQ_SQL_ROW_TIMES_PUT,
    AQ_SQL_ROW_TIMES_GET,
    AQ_SQL_FEATURES_DROP,
    AQ_SQL_FEATURES_HAS,
    AQ_SQL_FEATURES_WHICH,
    AQ_SQL_FEATURES_GET,
    AQ_SQL_FEATURES_EACH,
    AQ_SQL_FEATURES_OF,
    AQ_SQL_FEATURES_ALL,
    AQ_SQL_MERGE_HEADS,
    AQ_SQL_MERGE_ROW,
    AQ_SQL_MERGE_PUT,
    AQ_SQL_MERGE_VIDEO,
    AQ_SQL_MERGE_LIST,
    AQ_SQL_FEATURES_IMPORTED,
    AQ_SQL_ANNOTATIONS_DROP,
    AQ_SQL_ANNOTATION_ADD,
    AQ_SQL_ANNOTATIONS_GET,
    AQ_SQL_ANNOTATIONS_EACH,
    AQ_SQL_VIDEO_BATCH,
    AQ_SQL_RUN_BEGIN,
    AQ_SQL_RUN_FINISH,
    AQ_SQL_RUN_NOTE,
    AQ_SQL_RUN_EACH,
    AQ_SQL_RUN_DROP,
    AQ_SQL_BEGIN,
    AQ_SQL_COMMIT,
    AQ_N_SQL
} AqSql;

struct sqlite3;
struct sqlite3_stmt;

struct AqStore {
    struct sqlite3 *db;
    char *path;
    AqStoreMode mode;
    int timeout_ms;
    char dataset[AQ_STORE_MAX_NAME + 1];
    struct sqlite3_stmt *stmt[AQ_N_SQL]; /* prepared on first use */
};

const char *aq_store_sql_text(AqSql which);

typedef struct AqQuery {
    AqStore *s;
    struct sqlite3_stmt *st;
    AqErr err;  /* the first that occurred */
    int cached; /* the statement belongs to the handle */
} AqQuery;

/* A cached statement, or one made from `sql` that lives as long as the query. Each must
 * be closed with aq_query_end(), which returns the query's error. */
AqQuery aq_query(AqStore *s, AqSql which);
AqQuery aq_query_of(AqStore *s, const char *sql);
AQ_MUST_CHECK AqErr aq_query_end(AqQuery *q);

/* Parameters are numbered from 1. Text and blobs must live until the query's end. */
void aq_query_int(AqQuery *q, int at, int64_t v);
void aq_query_text(AqQuery *q, int at, const char *v); /* AQ_STORE_MAX_TEXT at most */
void aq_query_json(AqQuery *q, int at, const char *v); /* AQ_STORE_MAX_JSON at most */
void aq_query_blob(AqQuery *q, int at, const void *v, size_t bytes);
void aq_query_dataset(AqQuery *q, int at);                           /* of the handle */
void aq_query_provenance(AqQuery *q, int at, const AqProvenance *p); /* 8 of them */

/* Parameters 1..13: a video's row without its data set and dates. store/videos.c */
void aq_query_video(AqQuery *q, const AqStoreVideo *v, AqVideoStatus status,
                    const char *stage, const char *reason);
/* Runs a statement that returns the row's id, and ends the query. */
AQ_MUST_CHECK AqErr aq_query_id(AqQuery *q, int64_t *id);

int aq_query_step(AqQuery *q); /* 1: there is a row; 0: done or failed */
void aq_query_run(AqQuery *q); /* steps to the end, for statements without rows */

/* Columns are numbered from 0. A value of another type or out of bounds is
 * AQ_ERR_FORMAT, and 0 or "" is returned. Borrowed until the next step. */
int64_t aq_row_int(AqQuery *q, int col, int64_t lo, int64_t hi);
const char *aq_row_text(AqQuery *q, int col, size_t most);
const void *aq_row_blob(AqQuery *q, int col, size_t most, size_t *bytes);
void aq_row_sha256(AqQuery *q, int col, int may_be_empty, char hex[AQ_SHA256_HEX]);

/* Records the message for SQLite's last error on this handle. */
AqErr aq_store_fault(AqStore *s, int rc, const char *sql);

/* A write transaction; the lock is taken at once, so that what is read in it stays
 * true. aq_store_end() commits if `err` is AQ_OK and otherwise rolls back; it returns
 * `err` or the commit's error. */
AQ_MUST_CHECK AqErr aq_store_begin(AqStore *s);
AQ_MUST_CHECK AqErr aq_store_end(AqStore *s, AqErr err);

/* One or several statements without rows or parameters. */
AQ_MUST_CHECK AqErr aq_store_exec(AqStore *s, const char *sql);

/* store/schema.c */
AQ_MUST_CHECK AqErr aq_schema_open(AqStore *s); /* checks, creates, migrates */
int aq_schema_version(void);                    /* the one this program writes */
/* Applies steps from..to-1 (from 0: to an empty file) inside a transaction. */
AQ_MUST_CHECK AqErr aq_schema_steps(AqStore *s, int from, int to);

/* store/names.c: converts the names of videos in older stores to NFC. */
AQ_MUST_CHECK AqErr aq_names_compose(AqStore *s);

/* Call inside the transaction that records the video's result. store/leases.c */
AQ_MUST_CHECK AqErr aq_lease_end(AqStore *s, const char *name);

/* A feature row as it is on disk; borrowed. store/codec.c */
typedef struct AqRawFeatures {
    int n_rows, h, w, c;
    AqFeatureDtype dtype;
    const uint8_t *presence;
    const void *data, *times; /* times: for clips, pairs of int64 */
    size_t presence_bytes, data_bytes, times_bytes;
    char sha256[AQ_SHA256_HEX];
} AqRawFeatures;

const char *aq_feature_dtype_name(AqFeatureDtype dtype);
int aq_is_sha256(const char *hex); /* 64 lower-case hexadecimal digits */
/* Bytes of an array on disk, 0 if the shape is out of bounds. */
size_t aq_features_bytes(int n_rows, int h, int w, int c, AqFeatureDtype dtype);
/* Checks `f`; fills in its bytes (gives *data; borrows the rest) and its digest. */
AQ_MUST_CHECK AqErr aq_features_encode(const AqStoreFeatures *f, AqRawFeatures *out,
                                       void **data);
/* Checks sizes against the shape, presence, digest and values; AQ_ERR_FORMAT. */
AQ_MUST_CHECK AqErr aq_features_check(const AqRawFeatures *raw);
void aq_features_widen(float *out, const AqRawFeatures *raw);

/* Columns `col`.. of a feature row: n_seconds, h, w, c, dtype, sha256, presence, data,
 * times. */
void aq_row_features(AqQuery *q, int col, AqRawFeatures *out);
AqFeatureDtype aq_row_dtype(AqQuery *q, int col);
/* What rows stand for, from the sampling in that column. */
AqRowPlan aq_row_plan(AqQuery *q, int col);
/* Checks that the rows, made by `plan`, fit a video of n_seconds; AQ_ERR_FORMAT. */
AQ_MUST_CHECK AqErr aq_features_fit(const AqRawFeatures *raw, AqRowPlan plan,
                                    int n_seconds);
/* Writes the times of stored features, if they have any. */
AQ_MUST_CHECK AqErr aq_row_times_put(AqStore *s, int64_t video_id, int64_t provenance,
                                     const AqRawFeatures *raw);
/* When rows begin and end: from `raw` for clips, otherwise from their indices. Gives.
 */
AQ_MUST_CHECK AqErr aq_features_spans(const AqRawFeatures *raw, AqRowPlan plan,
                                      AqRowSpan **out);
/* Inside the caller's transaction. */
AQ_MUST_CHECK AqErr aq_features_put(AqStore *s, int64_t video_id, const char *name,
                                    const AqStoreFeatures *f);
/* Deletes all features of a video, with their times. */
AQ_MUST_CHECK AqErr aq_features_drop(AqStore *s, int64_t video_id);
/* Reads all columns of AQ_SQL_VIDEO_*, borrowed from the row. */
void aq_row_video(AqQuery *q, AqStoreVideo *out);
/* Columns `col`.. : id, kind, and the seven texts; borrowed from the row. */
void aq_row_provenance(AqQuery *q, int col, AqProvenance *out);
AQ_MUST_CHECK AqErr aq_provenance_check(const AqProvenance *p);
/* Find or add, inside the caller's transaction. */
AQ_MUST_CHECK AqErr aq_provenance_intern(AqStore *s, const AqProvenance *p,
                                         int64_t *id);

/* store/upkeep/verify.c: aq_store_verify(), and, with n_values, each value of the
 * features. */
AQ_MUST_CHECK AqErr aq_verify_rows(AqStore *s, AqStoreFaultFn fn, void *arg,
                                   int64_t *n_faults, int64_t *n_values);
/* store/codec.c: AQ_ERR_FORMAT at the first value that is not finite. */
AQ_MUST_CHECK AqErr aq_features_finite(const AqRawFeatures *raw);

#endif
