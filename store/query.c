/* SPDX-License-Identifier: MIT */
/*
 * AqQuery: prepared statements with a sticky error, checked columns, and the messages
 * for SQLite's errors. Nothing else in the store calls sqlite3_step().
 */
#include "base/alloc.h"
#include "store/store_priv.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>

static AqErr fail_store_locked(const AqStore *s)
{
    return aq_fail(AQ_ERR_STORE,
                   "%s: another program has kept the store locked for %d s: wait until "
                   "it is done, or use a store of your own",
                   s->path, s->timeout_ms / 1000);
}

/* On a full disk, some failures are reported as I/O errors. */
static int is_full(const AqStore *s, int rc)
{
    const int why = sqlite3_system_errno(s->db);

    return (rc & 0xff) == SQLITE_IOERR &&
           (rc == SQLITE_IOERR_SHMSIZE || why == ENOSPC || why == EDQUOT);
}

AqErr aq_store_fault(AqStore *s, int rc, const char *sql)
{
    switch (is_full(s, rc) ? SQLITE_FULL : rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fail_store_locked(s);
    case SQLITE_FULL:
        return aq_fail(AQ_ERR_STORE,
                       "%s: no room left on the disk: free some space and run this "
                       "again; what was finished before is safe",
                       s->path);
    case SQLITE_READONLY:
        return aq_fail(AQ_ERR_STORE,
                       "%s: the store cannot be written: the file, its folder or the "
                       "file system is read-only",
                       s->path);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return aq_fail(AQ_ERR_STORE,
                       "%s: the store cannot be opened: check that the file and its "
                       "folder may be read and written",
                       s->path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: damaged, or not a store (%s): `store verify` says where; "
                       "ingest again into a new store",
                       s->path, sqlite3_errmsg(s->db));
    case SQLITE_IOERR:
        return aq_fail(AQ_ERR_IO, "%s: disk error: %s (error %d)", s->path,
                       sqlite3_errmsg(s->db), rc);
    case SQLITE_NOMEM:
        return aq_fail(AQ_ERR_NOMEM, "%s: out of memory in SQLite", s->path);
    case SQLITE_TOOBIG:
        return aq_fail(AQ_ERR_FORMAT, "%s: a value is larger than the store allows",
                       s->path);
    case SQLITE_INTERRUPT:
        return aq_fail(AQ_ERR_CANCELLED, "%s: interrupted", s->path);
    default:
        return aq_fail(AQ_ERR_STORE, "%s: %s (error %d in: %.60s)", s->path,
                       sqlite3_errmsg(s->db), rc, sql ? sql : "");
    }
}

static void prepare_statement(AqQuery *q, const char *sql, unsigned flags)
{
    int rc =
        sqlite3_prepare_v3(q->s->db, sql, (int)strlen(sql) + 1, flags, &q->st, NULL);

    if (rc != SQLITE_OK)
        q->err = aq_store_fault(q->s, rc, sql);
}

AqQuery aq_query(AqStore *s, AqSql which)
{
    AqQuery q = {.s = s, .st = s->stmt[which], .cached = 1};

    if (!q.st)
        prepare_statement(&q, aq_store_sql_text(which), SQLITE_PREPARE_PERSISTENT);
    s->stmt[which] = q.st;
    if (q.st && sqlite3_stmt_busy(q.st)) /* from inside its own callback */
        q.err = aq_fail(AQ_ERR_USAGE,
                        "%s: a walk over the store was started inside the same walk",
                        s->path);
    if (q.err != AQ_OK)
        q.st = NULL; /* so that aq_query_end() leaves the outer walk alone */
    return q;
}

AqQuery aq_query_of(AqStore *s, const char *sql)
{
    AqQuery q = {.s = s};

    prepare_statement(&q, sql, 0);
    return q;
}

AqErr aq_query_end(AqQuery *q)
{
    if (q->cached && q->st) {
        (void)sqlite3_reset(q->st); /* repeats the step's error, which is known */
        (void)sqlite3_clear_bindings(q->st);
    } else {
        (void)sqlite3_finalize(q->st); /* likewise; may be NULL */
    }
    q->st = NULL;
    return q->err;
}

static void check_bound_value(AqQuery *q, int rc)
{
    if (rc != SQLITE_OK)
        q->err = aq_store_fault(q->s, rc, sqlite3_sql(q->st));
}

void aq_query_int(AqQuery *q, int at, int64_t v)
{
    if (q->err == AQ_OK)
        check_bound_value(q, sqlite3_bind_int64(q->st, at, v));
}

static void bind_text(AqQuery *q, int at, const char *v, size_t most)
{
    const size_t n = strlen(v);

    if (q->err != AQ_OK)
        return;
    if (n > most)
        q->err = aq_fail(AQ_ERR_USAGE,
                         "%s: a text of %zu bytes (\"%.40s...\") is too "
                         "long for the store, which takes %zu",
                         q->s->path, n, v, most);
    else
        check_bound_value(q, sqlite3_bind_text(q->st, at, v, (int)n, SQLITE_STATIC));
}

void aq_query_text(AqQuery *q, int at, const char *v)
{
    bind_text(q, at, v, AQ_STORE_MAX_TEXT);
}

void aq_query_json(AqQuery *q, int at, const char *v)
{
    bind_text(q, at, v, AQ_STORE_MAX_JSON);
}

void aq_query_blob(AqQuery *q, int at, const void *v, size_t bytes)
{
    if (q->err == AQ_OK)
        check_bound_value(q, sqlite3_bind_blob64(q->st, at, v, bytes, SQLITE_STATIC));
}

void aq_query_dataset(AqQuery *q, int at)
{
    aq_query_text(q, at, q->s->dataset);
}

void aq_query_provenance(AqQuery *q, int at, const AqProvenance *p)
{
    const char *const texts[] = {
        aq_modality_name(p->kind), p->extractor, p->extractor_version, p->weights,
        p->weights_sha256,         p->precision, p->sampling,          p->program};

    for (int k = 0; k < (int)(sizeof texts / sizeof texts[0]); k++)
        aq_query_text(q, at + k, texts[k]);
}

int aq_query_step(AqQuery *q)
{
    if (q->err != AQ_OK)
        return 0;
    const int rc = sqlite3_step(q->st);
    if (rc == SQLITE_ROW)
        return 1;
    if (rc != SQLITE_DONE)
        q->err = aq_store_fault(q->s, rc, sqlite3_sql(q->st));
    return 0;
}

void aq_query_run(AqQuery *q)
{
    while (aq_query_step(q))
        ;
}

static void bad_column(AqQuery *q, int col, const char *what)
{
    q->err =
        aq_fail(AQ_ERR_FORMAT, "%s: damaged row: %s %s; `store verify` lists such rows",
                q->s->path, sqlite3_column_name(q->st, col), what);
}

int64_t aq_row_int(AqQuery *q, int col, int64_t lo, int64_t hi)
{
    if (q->err != AQ_OK)
        return 0;
    if (sqlite3_column_type(q->st, col) != SQLITE_INTEGER) {
        bad_column(q, col, "is not a whole number");
        return 0;
    }
    const int64_t v = sqlite3_column_int64(q->st, col);
    if (v >= lo && v <= hi)
        return v;
    bad_column(q, col, "is out of range");
    return 0;
}

const char *aq_row_text(AqQuery *q, int col, size_t most)
{
    if (q->err != AQ_OK)
        return "";
    if (sqlite3_column_type(q->st, col) != SQLITE_TEXT) {
        bad_column(q, col, "is not text");
        return "";
    }
    const char *v = (const char *)sqlite3_column_text(q->st, col);
    const size_t n = (size_t)sqlite3_column_bytes(q->st, col);
    if (!v)
        q->err = aq_store_fault(q->s, SQLITE_NOMEM, NULL);
    else if (n > most)
        bad_column(q, col, "is too long");
    else if (memchr(v, '\0', n))
        bad_column(q, col, "has a zero byte in it");
    return q->err == AQ_OK ? v : "";
}

const void *aq_row_blob(AqQuery *q, int col, size_t most, size_t *bytes)
{
    *bytes = 0;
    if (q->err != AQ_OK)
        return "";
    if (sqlite3_column_type(q->st, col) != SQLITE_BLOB) {
        bad_column(q, col, "is not a blob");
        return "";
    }
    /* A large blob is collected from its pages here, which can fail. */
    const void *v = sqlite3_column_blob(q->st, col);
    const size_t n = (size_t)sqlite3_column_bytes(q->st, col);
    if (!v && n == 0 && sqlite3_errcode(q->s->db) != SQLITE_NOMEM)
        return ""; /* an empty blob */
    if (!v) {
        q->err = aq_store_fault(q->s, sqlite3_errcode(q->s->db), NULL);
        return "";
    }
    if (n > most) {
        bad_column(q, col, "is too large");
        return "";
    }
    *bytes = n;
    return v;
}

int aq_is_sha256(const char *hex)
{
    return strspn(hex, "0123456789abcdef") == AQ_SHA256_HEX - 1 &&
           hex[AQ_SHA256_HEX - 1] == '\0';
}

void aq_row_sha256(AqQuery *q, int col, int may_be_empty, char hex[AQ_SHA256_HEX])
{
    const char *v = aq_row_text(q, col, AQ_SHA256_HEX - 1);

    memset(hex, 0, AQ_SHA256_HEX);
    if (q->err != AQ_OK || (may_be_empty && !*v))
        return;
    if (aq_is_sha256(v))
        memcpy(hex, v, AQ_SHA256_HEX);
    else
        bad_column(q, col, "is not a SHA-256");
}

AqErr aq_store_exec(AqStore *s, const char *sql)
{
    const int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? AQ_OK : aq_store_fault(s, rc, sql);
}

AqErr aq_store_begin(AqStore *s)
{
    if (s->mode == AQ_STORE_READ)
        return aq_fail(AQ_ERR_USAGE,
                       "%s: opened for reading; nothing can be written through it",
                       s->path);
    AqQuery q = aq_query(s, AQ_SQL_BEGIN);
    aq_query_run(&q);
    return aq_query_end(&q);
}

AqErr aq_store_end(AqStore *s, AqErr err)
{
    if (err == AQ_OK) {
        AqQuery q = aq_query(s, AQ_SQL_COMMIT);
        aq_query_run(&q);
        err = aq_query_end(&q);
    }
    /* SQLite rolls back by itself after some errors; then there is nothing to do. If
     * the rollback cannot be written, the next process to open the file ignores the
     * journal. */
    if (!sqlite3_get_autocommit(s->db))
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return err;
}
