/* SPDX-License-Identifier: MIT */
/*
 * Removal works in batches: a batch is found, then removed in a transaction that checks
 * each row's conditions again, so that a concurrent writer loses nothing.
 */
#include "store/upkeep/gc.h"

#include "base/alloc.h"
#include "store/store_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { BATCH = 64, VACUUM_PAGES = 2048 };

typedef struct Gc {
    AqStore *s;
    const AqGcPlan *plan;
    AqGcSummary *sum;
} Gc;

/* A row to remove. */
typedef struct Victim {
    int64_t id; /* of the row; the walk continues from it */
    int64_t bytes;
    char *which, *more;
} Victim;

/* One kind of thing to remove. `find` gives (id, bytes, which, more) of the rows after
 * id ?1, in order, at most ?2 of them; `remove` removes the row with id ?1 if the
 * conditions still hold. */
typedef struct Sort {
    const char *what, *find, *remove;
    int check_file; /* `more` is a path: remove only if nothing is there */
} Sort;

#define SUPERSEDED                                                                     \
    "EXISTS (SELECT 1 FROM features g JOIN provenance q ON q.id = g.provenance_id "    \
    "WHERE g.video_id = f.video_id AND q.kind = p.kind AND "                           \
    "(g.made_s, g.provenance_id) > (f.made_s, f.provenance_id))"
#define BARE "NOT EXISTS (SELECT 1 FROM features f WHERE f.video_id = v.id)"
#define IDLE "NOT EXISTS (SELECT 1 FROM features f WHERE f.provenance_id = p.id)"
#define MAKE                                                                           \
    "p.kind || ' ' || p.extractor || ' ' || p.extractor_version || ', ' || p.sampling"
#define FIND_IDLE(which)                                                               \
    "SELECT p.id, 0, " MAKE ", '' FROM provenance p WHERE p.id > ?1 AND " which        \
    " ORDER BY p.id LIMIT ?2"

static const Sort superseded = {
    .what = "superseded",
    .find = "SELECT f.rowid, length(f.data), v.name, " MAKE " FROM features f "
            "JOIN provenance p ON p.id = f.provenance_id "
            "JOIN videos v ON v.id = f.video_id "
            "WHERE f.rowid > ?1 AND " SUPERSEDED " ORDER BY f.rowid LIMIT ?2",
    .remove = "DELETE FROM features WHERE rowid IN (SELECT f.rowid FROM features f "
              "JOIN provenance p ON p.id = f.provenance_id "
              "WHERE f.rowid = ?1 AND " SUPERSEDED ") RETURNING 1"};

static const Sort missing = {
    .what = "missing",
    .find = "SELECT v.id, 0, v.name, v.path FROM videos v WHERE v.id > ?1 AND "
            "v.status = 'failed' AND " BARE " ORDER BY v.id LIMIT ?2",
    .remove = "DELETE FROM videos WHERE id IN (SELECT v.id FROM videos v WHERE "
              "v.id = ?1 AND v.status = 'failed' AND " BARE ") RETURNING 1",
    .check_file = 1};

static const Sort asked = {
    .what = "asked",
    .find =
        "SELECT v.id, (SELECT coalesce(sum(length(f.data)), 0) FROM features f WHERE "
        "f.video_id = v.id), v.name, v.path FROM videos v WHERE v.id > ?1 AND "
        "v.dataset = '" AQ_DATASET_ASKED "' ORDER BY v.id LIMIT ?2",
    .remove = "DELETE FROM videos WHERE id = ?1 AND dataset = '" AQ_DATASET_ASKED
              "' RETURNING 1"};

static const Sort idle = {
    .what = "make",
    .find = FIND_IDLE(IDLE),
    .remove = "DELETE FROM provenance WHERE id IN (SELECT p.id FROM provenance p "
              "WHERE p.id = ?1 AND " IDLE ") RETURNING 1"};

/* What `idle` would find once superseded features are removed: for a dry run. */
static const Sort idle_then = {
    .what = "make",
    .find = FIND_IDLE("NOT EXISTS (SELECT 1 FROM features f WHERE "
                      "f.provenance_id = p.id AND NOT " SUPERSEDED ")"),
    .remove = ""};

static AqErr check_gc_stop(const Gc *g)
{
    if (!g->plan->stop || !g->plan->stop(g->plan->ctx))
        return AQ_OK;
    return aq_fail(AQ_ERR_CANCELLED,
                   "%s: stopped; the store is intact; run the same command again to "
                   "continue",
                   g->s->path);
}

/* Is there a file at `path`? If that cannot be determined (no permission, a failing
 * disk), it is assumed to be there. */
static int is_gone(const char *path)
{
    struct stat st;

    return stat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

static void clear_victims(Victim *v, int n)
{
    for (int k = 0; k < n; k++) {
        aq_free(v[k].which);
        aq_free(v[k].more);
    }
    memset(v, 0, (size_t)n * sizeof *v);
}

static AqErr find_victims(Gc *g, const Sort *sort, int64_t after, Victim v[BATCH],
                          int *n)
{
    AqQuery q = aq_query_of(g->s, sort->find);

    *n = 0;
    aq_query_int(&q, 1, after);
    aq_query_int(&q, 2, BATCH);
    while (*n < BATCH && aq_query_step(&q)) {
        Victim *at = &v[*n];

        *at = (Victim){.id = aq_row_int(&q, 0, after + 1, INT64_MAX),
                       .bytes = aq_row_int(&q, 1, 0, INT64_MAX),
                       .which = aq_strdup(aq_row_text(&q, 2, AQ_STORE_MAX_TEXT)),
                       .more = aq_strdup(aq_row_text(&q, 3, AQ_STORE_MAX_TEXT))};
        ++*n;
        if (!at->which || !at->more)
            q.err = AQ_ERR_NOMEM;
    }
    return aq_query_end(&q);
}

/* *n becomes the number of rows removed. */
static AqErr remove_victims(Gc *g, const Sort *sort, Victim v[BATCH], int *n)
{
    int went = 0;
    AqErr err = aq_store_begin(g->s);

    if (err != AQ_OK)
        return err;
    for (int k = 0; err == AQ_OK && k < *n; k++) {
        AqQuery q = aq_query_of(g->s, sort->remove);

        aq_query_int(&q, 1, v[k].id);
        const int is = aq_query_step(&q);
        aq_query_run(&q);
        err = aq_query_end(&q);
        if (is && went != k) { /* the removed ones come first */
            const Victim other = v[went];
            v[went] = v[k];
            v[k] = other;
        }
        went += is;
    }
    err = aq_store_end(g->s, err);
    if (err == AQ_OK)
        *n = went;
    return err;
}

static AqErr report_removed_victims(Gc *g, const Sort *sort, const Victim *v, int n)
{
    int64_t *count = sort == &superseded ? &g->sum->n_features
                     : sort == &missing  ? &g->sum->n_videos
                     : sort == &asked    ? &g->sum->n_asked
                                         : &g->sum->n_makes;

    for (int k = 0; k < n; k++) {
        ++*count;
        g->sum->feature_bytes += v[k].bytes;
        if (g->plan->gone)
            g->plan->gone(g->plan->ctx, sort->what, v[k].which, v[k].more);
    }
    return check_gc_stop(g);
}

static int drop_present(Victim *v, int n)
{
    int kept = 0;

    for (int k = 0; k < n; k++) {
        if (is_gone(v[k].more))
            v[kept++] = v[k];
        else
            clear_victims(&v[k], 1);
    }
    return kept;
}

static AqErr collect_victims(Gc *g, const Sort *sort)
{
    Victim v[BATCH];
    int64_t after = INT64_MIN;
    int found = BATCH;
    AqErr err = AQ_OK;

    while (err == AQ_OK && found == BATCH) {
        err = find_victims(g, sort, after, v, &found);
        int n = found, n_held = found;

        if (found > 0)
            after = v[found - 1].id;
        if (err == AQ_OK && sort->check_file)
            n = n_held = drop_present(v, found);
        if (err == AQ_OK && !g->plan->dry_run && n > 0)
            err = remove_victims(g, sort, v, &n);
        if (err == AQ_OK)
            err = report_removed_victims(g, sort, v, n);
        clear_victims(v, n_held);
    }
    return err;
}

static AqErr read_number(AqStore *s, const char *sql, int64_t *out)
{
    AqQuery q = aq_query_of(s, sql);

    *out = 0;
    if (aq_query_step(&q))
        *out = aq_row_int(&q, 0, INT64_MIN, INT64_MAX);
    return aq_query_end(&q);
}

/* Bytes of the file and its log. */
static AqErr measure_store_bytes(AqStore *s, int64_t *bytes)
{
    struct stat st;
    char *log = aq_strf("%s-wal", s->path);

    if (!log)
        return AQ_ERR_NOMEM;
    *bytes = stat(s->path, &st) == 0 ? (int64_t)st.st_size : 0;
    *bytes += stat(log, &st) == 0 ? (int64_t)st.st_size : 0;
    aq_free(log);
    return AQ_OK;
}

/* Each step moves some pages from the end of the file, so the log stays small. */
static AqErr vacuum_store(Gc *g)
{
    char pragma[64];
    int64_t n_free = 0, before = INT64_MAX;
    AqErr err = read_number(g->s, "PRAGMA freelist_count", &n_free);

    (void)snprintf(pragma, sizeof pragma, "PRAGMA incremental_vacuum(%d)",
                   VACUUM_PAGES);
    while (err == AQ_OK && n_free > 0 && n_free < before) {
        before = n_free;
        err = aq_store_exec(g->s, pragma);
        if (err == AQ_OK)
            err = read_number(g->s, "PRAGMA freelist_count", &n_free);
        if (err == AQ_OK)
            err = check_gc_stop(g);
    }
    return err;
}

static AqErr empty_log(Gc *g)
{
    AqQuery q = aq_query_of(g->s, "PRAGMA wal_checkpoint(TRUNCATE)");

    if (aq_query_step(&q)) /* does not fail if others are reading: reports it */
        g->sum->log_in_use = aq_row_int(&q, 0, 0, 1) != 0;
    return aq_query_end(&q);
}

AqErr aq_store_gc(AqStore *s, const AqGcPlan *plan, AqGcSummary *out)
{
    Gc g = {.s = s, .plan = plan, .sum = out};
    const int foresee = plan->dry_run && plan->superseded;

    *out = (AqGcSummary){0};
    AqErr err = measure_store_bytes(s, &out->bytes_before);
    if (err == AQ_OK)
        err = read_number(s,
                          "SELECT freelist_count * page_size FROM "
                          "pragma_freelist_count, pragma_page_size",
                          &out->free_bytes);
    if (err == AQ_OK && plan->asked)
        err = collect_victims(&g, &asked);
    if (err == AQ_OK && plan->superseded)
        err = collect_victims(&g, &superseded);
    if (err == AQ_OK && plan->missing)
        err = collect_victims(&g, &missing);
    if (err == AQ_OK)
        err = collect_victims(&g, foresee ? &idle_then : &idle);
    if (err == AQ_OK && !plan->dry_run)
        err = vacuum_store(&g);
    if (err == AQ_OK && !plan->dry_run)
        err = empty_log(&g);
    const AqErr measured = measure_store_bytes(s, &out->bytes_after);
    return err == AQ_OK ? measured : err;
}
