/* SPDX-License-Identifier: MIT */
/*
 * Opening and closing, and the figures of `store info`.
 *
 * Write-ahead log with synchronous = FULL: each commit is on the disk when the call
 * returns, so a clip that was reported done survives a power cut. The price is one
 * fsync a clip, next to seconds of decoding and extraction. (NORMAL would keep the file
 * sound too, but could lose the last few clips after they were reported.)
 *
 * Stores are untrusted input: SQLite runs with its defensive settings and tight limits,
 * no triggers, no views, no extensions, checked cells, no memory map; the tables must
 * be plain ones; and every value read is checked for type and bounds in query.c. The
 * integrity check on opening that SQLite also recommends would read the whole file each
 * time: `store verify` does it instead.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "store/store_priv.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TIMEOUT_MS 30000

static AqErr set_sqlite_switch(AqStore *s, int what, int on)
{
    const int rc = sqlite3_db_config(s->db, what, on, NULL);

    return rc == SQLITE_OK ? AQ_OK : aq_store_fault(s, rc, "db_config");
}

/* What SQLite recommends for untrusted files (https://sqlite.org/security.html): a
 * schema is SQL, too. Ours comes nowhere near these limits. */
static void set_sqlite_limits(AqStore *s)
{
    static const int limits[][2] = {
        {SQLITE_LIMIT_LENGTH, (int)AQ_STORE_MAX_BLOB + (1 << 20)},
        {SQLITE_LIMIT_SQL_LENGTH, 100000},
        {SQLITE_LIMIT_COLUMN, 100},
        {SQLITE_LIMIT_EXPR_DEPTH, 50},
        {SQLITE_LIMIT_COMPOUND_SELECT, 3},
        {SQLITE_LIMIT_VDBE_OP, 25000},
        {SQLITE_LIMIT_FUNCTION_ARG, 8},
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
        {SQLITE_LIMIT_VARIABLE_NUMBER, 32},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 10}, /* cascading deletes count */
        {SQLITE_LIMIT_WORKER_THREADS, 0}};

    for (size_t k = 0; k < sizeof limits / sizeof limits[0]; k++)
        (void)sqlite3_limit(s->db, limits[k][0], limits[k][1]);
}

static AqErr harden_database(AqStore *s)
{
    static const int switches[][2] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},    {SQLITE_DBCONFIG_DQS_DML, 0},
        {SQLITE_DBCONFIG_DQS_DDL, 0},        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    };
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < sizeof switches / sizeof switches[0]; k++)
        err = set_sqlite_switch(s, switches[k][0], switches[k][1]);
    if (err != AQ_OK)
        return err;
    set_sqlite_limits(s);
    const int rc = sqlite3_exec(s->db,
                                "PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON;"
                                "PRAGMA mmap_size = 0; PRAGMA synchronous = FULL;"
                                "PRAGMA journal_size_limit = 67108864",
                                NULL, NULL, NULL);
    return rc == SQLITE_OK ? AQ_OK : aq_store_fault(s, rc, "PRAGMA");
}

static void close_db(AqStore *s)
{
    for (int k = 0; k < AQ_N_SQL; k++) {
        (void)sqlite3_finalize(s->stmt[k]); /* may be NULL */
        s->stmt[k] = NULL;
    }
    (void)sqlite3_close_v2(s->db); /* a failed checkpoint is harmless: the next to open
                                      the file replays the log */
    s->db = NULL;
}

/* Any file can carry the header's marks: each table must be a real one, with pages of
 * its own, not a view or a virtual table. */
static AqErr check_tables(AqStore *s)
{
    AqQuery q = aq_query_of(
        s, "SELECT column1 FROM (VALUES('videos'), ('provenance'), ('features'), "
           "('annotations'), ('runs')) WHERE column1 NOT IN (SELECT name FROM "
           "sqlite_schema WHERE type = 'table' AND rootpage > 0) LIMIT 1");

    if (aq_query_step(&q))
        q.err = aq_fail(AQ_ERR_FORMAT,
                        "%s: is marked as a store but has no plain table \"%s\": "
                        "damaged, or made by another program; use another store",
                        s->path, aq_row_text(&q, 0, AQ_STORE_MAX_TEXT));
    return aq_query_end(&q);
}

static AqErr open_db(AqStore *s, const char *name, int flags)
{
    const int rc = sqlite3_open_v2(
        name, &s->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

    if (!s->db)
        return aq_fail(AQ_ERR_NOMEM, "%s: out of memory in SQLite", s->path);
    if (rc != SQLITE_OK)
        return aq_store_fault(s, rc, "open");
    if (s->mode != AQ_STORE_READ && sqlite3_db_readonly(s->db, "main"))
        return aq_store_fault(s, SQLITE_READONLY, NULL);
    (void)sqlite3_busy_timeout(s->db, s->timeout_ms);
    AqErr err = harden_database(s);
    if (err == AQ_OK)
        err = aq_schema_open(s);
    return err == AQ_OK ? check_tables(s) : err;
}

/* "file:" URI of a path, with the characters that are special there escaped. */
static char *immutable_uri(const char *path)
{
    static const char hex[] = "0123456789abcdef", tail[] = "?immutable=1";
    char *uri = aq_alloc(strlen(path) * 3 + 32, 1), *to = uri;

    if (!uri)
        return NULL;
    to = stpcpy(to, "file:");
    for (const char *c = path; *c; c++) {
        if (*c == '%' || *c == '?' || *c == '#') {
            *to++ = '%';
            *to++ = hex[(unsigned char)*c >> 4];
            *to++ = hex[(unsigned char)*c & 15];
        } else {
            *to++ = *c;
        }
    }
    memcpy(to, tail, sizeof tail);
    return uri;
}

/* On a read-only disk SQLite cannot create the log's index and will not open the file,
 * unless it is told that nobody writes. That is safe if nobody can write and no log is
 * left to replay. */
static AqErr open_on_read_only_disk(AqStore *s, const char *name)
{
    struct stat st;
    AqErr err = AQ_ERR_NOMEM;
    char *wal = aq_strf("%s-wal", name);
    char *uri = wal ? immutable_uri(name) : NULL;

    if (uri) {
        close_db(s);
        if (stat(wal, &st) == 0 && st.st_size > 0)
            err = aq_fail(AQ_ERR_STORE,
                          "%s: the store's last changes are in %s-wal, which cannot be "
                          "replayed on a read-only disk: copy both to a folder that "
                          "can be written",
                          s->path, s->path);
        else
            err = open_db(s, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
    }
    aq_free(uri);
    aq_free(wal);
    return err;
}

static int folder_is_writable(const char *name)
{
    char *dir = aq_strdup(name);
    char *slash = dir ? strrchr(dir, '/') : NULL;
    int yes = 1;

    if (slash) { /* always there: see aq_store_open() */
        slash[slash == dir] = '\0';
        yes = access(dir, W_OK) == 0;
    }
    aq_free(dir);
    return yes;
}

static AqErr check_store_path(const char *path, AqStoreMode mode)
{
    struct stat st;

    if (!*path)
        return aq_fail(AQ_ERR_USAGE,
                       "the store's path is empty: name one with --store");
    if (stat(path, &st) == 0) {
        if (S_ISREG(st.st_mode))
            return AQ_OK;
        return aq_fail(AQ_ERR_STORE, "%s: is not a file, so it cannot be a store",
                       path);
    }
    if (errno != ENOENT)
        return aq_fail_errno(path);
    if (mode == AQ_STORE_CREATE)
        return aq_fs_mkdirs_for(path);
    return aq_fail(AQ_ERR_NOT_FOUND,
                   "%s: no store there: ingest videos first, or name another with "
                   "--store",
                   path);
}

AqErr aq_store_open(AqStore **out, const char *path, AqStoreMode mode)
{
    static const int flags[] = {
        [AQ_STORE_READ] = SQLITE_OPEN_READONLY,
        [AQ_STORE_WRITE] = SQLITE_OPEN_READWRITE,
        [AQ_STORE_CREATE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
    };

    *out = NULL;
    AqErr err = check_store_path(path, mode);
    if (err != AQ_OK)
        return err;
    AqStore *s = aq_alloc(1, sizeof *s);
    /* "./" keeps SQLite from treating ":memory:" and "file:" specially. */
    char *name = aq_strf("%s%s", *path == '/' ? "" : "./", path);
    if (!s || !name || !(s->path = aq_strdup(path))) {
        err = AQ_ERR_NOMEM;
        goto done;
    }
    s->mode = mode;
    s->timeout_ms = TIMEOUT_MS;
    memcpy(s->dataset, AQ_DATASET_DEFAULT, sizeof AQ_DATASET_DEFAULT);
    err = open_db(s, name, flags[mode]);
    if (err == AQ_ERR_STORE && mode == AQ_STORE_READ && !folder_is_writable(name))
        err = open_on_read_only_disk(s, name);
    if (err == AQ_OK) {
        *out = s;
        s = NULL;
    }
done:
    aq_free(name);
    aq_store_close(&s);
    return err;
}

void aq_store_close(AqStore **s)
{
    if (!*s)
        return;
    close_db(*s);
    aq_free((*s)->path);
    aq_free(*s);
    *s = NULL;
}

const char *aq_store_path(const AqStore *s)
{
    return s->path;
}

void aq_store_set_timeout(AqStore *s, int ms)
{
    s->timeout_ms = ms < 0 ? 0 : ms;
    (void)sqlite3_busy_timeout(s->db, s->timeout_ms);
}

AqErr aq_store_info(AqStore *s, AqStoreInfo *out)
{
    static const char sql[] =
        "SELECT (SELECT user_version FROM pragma_user_version),"
        " (SELECT count(*) FROM videos WHERE dataset <> 'asked'),"
        " (SELECT count(*) FROM videos WHERE status = 'failed' AND"
        "  dataset <> 'asked'),"
        " (SELECT count(*) FROM features), (SELECT count(*) FROM provenance),"
        " (SELECT count(*) FROM annotations), (SELECT count(*) FROM runs),"
        " (SELECT CAST(total(duration_us) AS INTEGER) FROM videos"
        "  WHERE status = 'ok' AND dataset <> 'asked'),"
        " (SELECT CAST(total(length(data)) AS INTEGER) FROM features),"
        " (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size),"
        " (SELECT count(*) FROM videos WHERE dataset = 'asked')";
    AqQuery q = aq_query_of(s, sql);

    *out = (AqStoreInfo){.sqlite_version = sqlite3_libversion()};
    if (aq_query_step(&q)) {
        out->schema_version = (int)aq_row_int(&q, 0, 0, INT32_MAX);
        out->n_videos = aq_row_int(&q, 1, 0, INT64_MAX);
        out->n_failed = aq_row_int(&q, 2, 0, INT64_MAX);
        out->n_features = aq_row_int(&q, 3, 0, INT64_MAX);
        out->n_provenance = aq_row_int(&q, 4, 0, INT64_MAX);
        out->n_annotations = aq_row_int(&q, 5, 0, INT64_MAX);
        out->n_runs = aq_row_int(&q, 6, 0, INT64_MAX);
        out->media_us = aq_row_int(&q, 7, 0, INT64_MAX);
        out->feature_bytes = aq_row_int(&q, 8, 0, INT64_MAX);
        out->file_bytes = aq_row_int(&q, 9, 0, INT64_MAX);
        out->n_asked = aq_row_int(&q, 10, 0, INT64_MAX);
    }
    return aq_query_end(&q);
}
