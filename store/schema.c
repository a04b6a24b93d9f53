/* SPDX-License-Identifier: MIT */
/*
 * The schema as a list of migration steps. user_version counts the steps applied to a
 * file; a released step is never edited, a change is a new step at the end. All the
 * steps that a file lacks run in one transaction.
 *
 * Design: rows are identified by what they are (name and content of a video, all fields
 * of a provenance, digest of a feature row), never by their ids, so that stores can be
 * merged; deleting a video or a provenance deletes its features too (gc); incremental
 * vacuum gives pages back without a second copy of the file; the large column is the
 * last, so that listing does not read it.
 */
#include "base/text/log.h"
#include "store/store_priv.h"

#include <sqlite3.h>
#include <stdio.h>
#include <time.h>

#define APPLICATION_ID 1095848788 /* "AQST" */

static const char step_1[] =
    "CREATE TABLE videos("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE CHECK(length(name) > 0),"
    " path TEXT NOT NULL,"
    " bytes INTEGER NOT NULL CHECK(bytes >= 0),"
    " mtime_ns INTEGER NOT NULL,"
    " sha256 TEXT NOT NULL CHECK(length(sha256) = 64 OR "
    "  (sha256 = '' AND status = 'failed')),"
    " duration_us INTEGER NOT NULL CHECK(duration_us >= 0),"
    " n_seconds INTEGER NOT NULL CHECK(n_seconds >= 0),"
    " has_audio INTEGER NOT NULL CHECK(has_audio IN (0, 1)),"
    " has_video INTEGER NOT NULL CHECK(has_video IN (0, 1)),"
    " notes TEXT NOT NULL," /* facts, one a line */
    " status TEXT NOT NULL CHECK(status IN ('ok', 'failed')),"
    " stage TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " added_s INTEGER NOT NULL,"
    " updated_s INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX videos_by_sha256 ON videos(sha256);"
    "CREATE INDEX videos_by_path ON videos(path);"
    "CREATE TABLE provenance("
    " id INTEGER PRIMARY KEY,"
    " kind TEXT NOT NULL CHECK(kind IN ('audio', 'visual')),"
    " extractor TEXT NOT NULL,"
    " extractor_version TEXT NOT NULL,"
    " weights TEXT NOT NULL,"
    " weights_sha256 TEXT NOT NULL,"
    " precision TEXT NOT NULL,"
    " sampling TEXT NOT NULL,"
    " program TEXT NOT NULL,"
    " UNIQUE(kind, extractor, extractor_version, weights, weights_sha256, precision,"
    "  sampling, program)"
    ") STRICT;"
    "CREATE TABLE features("
    " video_id INTEGER NOT NULL REFERENCES videos(id) ON DELETE CASCADE,"
    " provenance_id INTEGER NOT NULL REFERENCES provenance(id) ON DELETE CASCADE,"
    " n_seconds INTEGER NOT NULL CHECK(n_seconds > 0),"
    " h INTEGER NOT NULL CHECK(h > 0),"
    " w INTEGER NOT NULL CHECK(w > 0),"
    " c INTEGER NOT NULL CHECK(c > 0),"
    " dtype TEXT NOT NULL CHECK(dtype IN ('f16', 'f32')),"
    " sha256 TEXT NOT NULL CHECK(length(sha256) = 64),"
    " made_s INTEGER NOT NULL,"
    " presence BLOB NOT NULL," /* a byte a second */
    " data BLOB NOT NULL,"     /* little-endian (n_seconds, h, w, c) */
    " PRIMARY KEY(video_id, provenance_id)"
    ") STRICT;"
    "CREATE INDEX features_by_provenance ON features(provenance_id);";

static const char step_2[] =
    "CREATE TABLE annotations("
    " dataset TEXT NOT NULL,"
    " split TEXT NOT NULL,"
    " place INTEGER NOT NULL," /* in the list as it was put */
    " video TEXT NOT NULL,"    /* a name; the video itself may come later or never */
    " question_id INTEGER NOT NULL,"
    " modality TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " template TEXT NOT NULL,"
    " slot_values TEXT NOT NULL," /* JSON array of strings */
    " question TEXT NOT NULL,"
    " answer TEXT NOT NULL,"
    " file TEXT NOT NULL,"
    " record INTEGER NOT NULL," /* its index in that file */
    " PRIMARY KEY(dataset, split, place)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX annotations_by_video ON annotations(video);"
    "CREATE TABLE runs("
    " id INTEGER PRIMARY KEY,"
    " kind TEXT NOT NULL,"
    " status TEXT NOT NULL"
    "  CHECK(status IN ('running', 'done', 'failed', 'interrupted')),"
    " started_s INTEGER NOT NULL,"
    " finished_s INTEGER NOT NULL," /* 0 while it runs */
    " program TEXT NOT NULL,"
    " config TEXT NOT NULL,"
    " metrics TEXT NOT NULL,"
    " model_path TEXT NOT NULL"
    ") STRICT;";

static const char step_3[] =
    "CREATE TABLE leases("
    " name TEXT PRIMARY KEY,"   /* of a video being worked on */
    " owner TEXT NOT NULL,"     /* base/process.h */
    " until_s INTEGER NOT NULL" /* for when the owner's state is unknown */
    ") STRICT, WITHOUT ROWID;";

/* The data set of a video from before data sets: one called "name@" and the beginning
 * of its digest got that name when a question was asked about it. */
#define DATASET_OF_OLD                                                                 \
    "CASE WHEN name LIKE '%_@________' AND substr(name, -8) = substr(sha256, 1, 8) "   \
    "THEN 'asked' ELSE 'default' END"

/* Videos by data set and name. */
static const char step_4[] =
    "CREATE TABLE videos_4("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL CHECK(length(name) > 0),"
    " path TEXT NOT NULL,"
    " bytes INTEGER NOT NULL CHECK(bytes >= 0),"
    " mtime_ns INTEGER NOT NULL,"
    " sha256 TEXT NOT NULL CHECK(length(sha256) = 64 OR "
    "  (sha256 = '' AND status = 'failed')),"
    " duration_us INTEGER NOT NULL CHECK(duration_us >= 0),"
    " n_seconds INTEGER NOT NULL CHECK(n_seconds >= 0),"
    " has_audio INTEGER NOT NULL CHECK(has_audio IN (0, 1)),"
    " has_video INTEGER NOT NULL CHECK(has_video IN (0, 1)),"
    " notes TEXT NOT NULL,"
    " status TEXT NOT NULL CHECK(status IN ('ok', 'failed')),"
    " stage TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " added_s INTEGER NOT NULL,"
    " updated_s INTEGER NOT NULL,"
    " dataset TEXT NOT NULL DEFAULT 'default' CHECK(length(dataset) > 0),"
    " UNIQUE(dataset, name)"
    ") STRICT;"
    "INSERT INTO videos_4 SELECT id, name, path, bytes, mtime_ns, sha256, duration_us,"
    " n_seconds, has_audio, has_video, notes, status, stage, reason, added_s,"
    " updated_s, " DATASET_OF_OLD " FROM videos;"
    "DROP TABLE videos;"
    "ALTER TABLE videos_4 RENAME TO videos;"
    "CREATE INDEX videos_by_sha256 ON videos(sha256);"
    "CREATE INDEX videos_by_path ON videos(path);";

/* When rows that are clips begin and end. */
static const char step_5[] =
    "CREATE TABLE row_times("
    " video_id INTEGER NOT NULL,"
    " provenance_id INTEGER NOT NULL,"
    " times BLOB NOT NULL," /* little-endian int64, from and to of each, microseconds */
    " PRIMARY KEY(video_id, provenance_id),"
    " FOREIGN KEY(video_id, provenance_id) REFERENCES features(video_id, provenance_id)"
    "  ON DELETE CASCADE"
    ") STRICT;";

/* What form answers have, and what there is to choose from. */
static const char step_6[] =
    "ALTER TABLE annotations ADD COLUMN task INTEGER NOT NULL DEFAULT 0;" /* AqTask */
    "ALTER TABLE annotations ADD COLUMN choices TEXT NOT NULL DEFAULT '[]';"; /* JSON */

enum {
    NAMES_COMPOSED = 4, /* names are in NFC from this step on */
    HAS_ROW_TIMES = 5,
    HAS_CHOICES = 6,
    FIRST_READ = 3
};

static const char *const steps[] = {step_1, step_2, step_3, step_4, step_5, step_6};
#define N_STEPS ((int)(sizeof steps / sizeof steps[0]))

int aq_schema_version(void)
{
    return N_STEPS;
}

static AqErr run_sql(AqStore *s, const char *sql)
{
    const int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? AQ_OK : aq_store_fault(s, rc, sql);
}

static AqErr read_int(AqStore *s, const char *sql, int64_t *out)
{
    AqQuery q = aq_query_of(s, sql);

    *out = 0;
    if (aq_query_step(&q))
        *out = aq_row_int(&q, 0, INT64_MIN, INT64_MAX);
    return aq_query_end(&q);
}

AqErr aq_schema_steps(AqStore *s, int from, int to)
{
    char pragma[64];
    AqErr err = AQ_OK;

    for (int k = from; err == AQ_OK && k < to; k++)
        err = run_sql(s, steps[k]);
    if (err == AQ_OK && from < NAMES_COMPOSED && to >= NAMES_COMPOSED)
        err = aq_names_compose(s);
    if (err != AQ_OK)
        return aq_err_prefix(err, "bringing the schema from version %d to %d", from,
                             to);
    (void)snprintf(pragma, sizeof pragma,
                   "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   APPLICATION_ID, to);
    return run_sql(s, pragma);
}

/* Identifies the file: its schema version, 0 for an empty database. */
static AqErr identify_schema(AqStore *s, int *version)
{
    int64_t id = 0, user = 0, n_tables = 0;
    AqErr err = read_int(s, "PRAGMA application_id", &id);

    *version = 0;
    if (err == AQ_OK)
        err = read_int(s, "PRAGMA user_version", &user);
    if (err == AQ_OK)
        err = read_int(s, "SELECT count(*) FROM sqlite_schema", &n_tables);
    if (err != AQ_OK)
        return err;
    if (id == 0 && user == 0 && n_tables == 0)
        return AQ_OK;
    if (id != APPLICATION_ID || user < 1)
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: an SQLite file of another program, not a store of "
                       "avqa-pipe: name another file with --store",
                       s->path);
    if (user > N_STEPS)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: made by a newer avqa-pipe (schema %lld; this one knows up "
                       "to %d): use that one",
                       s->path, (long long)user, N_STEPS);
    *version = (int)user;
    return AQ_OK;
}

/* Changing the journal mode needs exclusive access for a moment, and SQLite does not
 * wait for that by itself. */
static AqErr use_wal(AqStore *s)
{
    const struct timespec nap = {.tv_nsec = 20L * 1000 * 1000};
    int rc = SQLITE_BUSY;

    for (int waited = 0; rc == SQLITE_BUSY; waited += 20) {
        rc = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if (rc != SQLITE_BUSY || waited >= s->timeout_ms)
            break;
        (void)nanosleep(&nap, NULL);
    }
    return rc == SQLITE_OK ? AQ_OK : aq_store_fault(s, rc, "PRAGMA journal_mode");
}

static AqErr migrate_whole(AqStore *s)
{
    int version = 0;
    AqErr err = aq_store_begin(s);

    if (err != AQ_OK)
        return err;
    err =
        identify_schema(s, &version); /* again: another process may have been faster */
    if (err == AQ_OK && version < N_STEPS) {
        if (version > 0)
            aq_log(AQ_LOG_INFO, "%s: bringing the store from schema %d to %d", s->path,
                   version, N_STEPS);
        err = aq_schema_steps(s, version, N_STEPS);
    }
    return aq_store_end(s, err);
}

/* Foreign keys are off while a table that others refer to is rebuilt, so that its rows
 * do not count as deleted. */
static AqErr migrate_schema(AqStore *s)
{
    AqErr err = run_sql(s, "PRAGMA foreign_keys = OFF");

    if (err == AQ_OK)
        err = migrate_whole(s);
    return err == AQ_OK ? run_sql(s, "PRAGMA foreign_keys = ON") : err;
}

/* A store opened for reading may be on a read-only disk and is not changed: what later
 * steps add is built in memory instead, where SQLite looks for a table first. */
static AqErr read_older(AqStore *s, int version)
{
    AqErr err = run_sql(s, "PRAGMA temp_store = MEMORY");

    if (err == AQ_OK && version < HAS_CHOICES)
        err = run_sql(s, "CREATE TEMP VIEW annotations AS SELECT *, 0 AS task, '[]' AS "
                         "choices FROM main.annotations");
    if (err == AQ_OK && version < HAS_ROW_TIMES)
        err = run_sql(s, "CREATE TEMP TABLE row_times("
                         "video_id INTEGER, provenance_id INTEGER, times BLOB)");
    if (err != AQ_OK || version >= NAMES_COMPOSED)
        return err;
    err = run_sql(s, "CREATE TEMP TABLE videos AS SELECT *, " DATASET_OF_OLD
                     " AS dataset FROM main.videos;"
                     "CREATE UNIQUE INDEX temp.videos_by_id ON videos(id);"
                     "CREATE UNIQUE INDEX temp.videos_by_name ON videos(dataset, name);"
                     "CREATE INDEX temp.videos_by_sha256 ON videos(sha256);"
                     "CREATE INDEX temp.videos_by_path ON videos(path);");
    return err == AQ_OK ? aq_names_compose(s) : err;
}

AqErr aq_schema_open(AqStore *s)
{
    int version = 0;
    AqErr err = identify_schema(s, &version);

    if (err != AQ_OK)
        return err;
    if (version == 0 && s->mode != AQ_STORE_CREATE)
        return aq_fail(AQ_ERR_FORMAT, "%s: empty, not a store: ingest videos into it",
                       s->path);
    if (s->mode == AQ_STORE_READ && version >= FIRST_READ)
        return version < N_STEPS ? read_older(s, version) : AQ_OK;
    if (s->mode == AQ_STORE_READ)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: made by an older avqa-pipe (schema %d; this one "
                       "uses %d): ingest into it once, which brings it up to "
                       "date",
                       s->path, version, N_STEPS);
    if (version == 0) /* both take effect only before the first table exists */
        err = run_sql(s, "PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL");
    if (err == AQ_OK)
        err = use_wal(s);
    return err == AQ_OK && version < N_STEPS ? migrate_schema(s) : err;
}
