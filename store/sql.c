/* SPDX-License-Identifier: MIT */
/* The text of every prepared statement, in one place; read it alongside schema.c. */
#include "store/store_priv.h"

#define VIDEO_COLUMNS                                                                  \
    "SELECT id, name, path, bytes, mtime_ns, sha256, duration_us, n_seconds, "         \
    "has_audio, has_video, notes, status, stage, reason, added_s, updated_s, "         \
    "dataset "                                                                         \
    "FROM videos "
#define PROVENANCE_COLUMNS                                                             \
    "kind, extractor, extractor_version, weights, weights_sha256, precision, "         \
    "sampling, program"
#define PROVENANCE_IS                                                                  \
    "p.kind = ?1 AND p.extractor = ?2 AND p.extractor_version = ?3 AND "               \
    "p.weights = ?4 AND p.weights_sha256 = ?5 AND p.precision = ?6 AND "               \
    "p.sampling = ?7 AND ?8 IS NOT NULL"
#define FEATURE_ROW                                                                    \
    "SELECT v.name, f.provenance_id, p.kind, f.dtype, f.n_seconds, f.h, f.w, f.c, "    \
    "f.sha256, f.presence, length(f.data) FROM features f "                            \
    "JOIN videos v ON v.id = f.video_id JOIN provenance p ON p.id = f.provenance_id "
#define ROW_TIMES                                                                      \
    "LEFT JOIN row_times t ON t.video_id = f.video_id AND "                            \
    "t.provenance_id = f.provenance_id "
#define ANNOTATION_COLUMNS                                                             \
    "SELECT video, question_id, modality, kind, template, slot_values, question, "     \
    "answer, file, record, task, choices FROM annotations "

static const char *const texts[AQ_N_SQL] = {
    [AQ_SQL_VIDEO_BY_NAME] = VIDEO_COLUMNS "WHERE dataset = ?2 AND name = ?1",
    [AQ_SQL_VIDEO_BY_SHA256] =
        VIDEO_COLUMNS "WHERE sha256 = ?1 AND dataset = ?2 ORDER BY name LIMIT 1",
    [AQ_SQL_VIDEO_OF_CONTENT] = VIDEO_COLUMNS
    "WHERE sha256 = ?1 ORDER BY dataset = '" AQ_DATASET_ASKED "', dataset, name",
    [AQ_SQL_DIGEST_OF_FILE] =
        "SELECT sha256 FROM videos WHERE path = ?1 AND bytes = ?2 AND mtime_ns = ?3 "
        "AND sha256 <> '' LIMIT 1",
    [AQ_SQL_VIDEO_BY_FILE] =
        VIDEO_COLUMNS "WHERE path = ?1 AND bytes = ?2 AND mtime_ns = ?3 "
                      "AND dataset = ?4 ORDER BY name LIMIT 1",
    [AQ_SQL_VIDEO_EACH] = VIDEO_COLUMNS "WHERE dataset = ?1 ORDER BY name",
    [AQ_SQL_VIDEO_EACH_OF_ALL] = VIDEO_COLUMNS "ORDER BY dataset, name",
    [AQ_SQL_DATASETS] =
        "SELECT dataset, count(*) FROM videos GROUP BY dataset ORDER BY dataset",
    [AQ_SQL_VIDEO_PUT] =
        "INSERT INTO videos(name, path, bytes, mtime_ns, sha256, duration_us, "
        "n_seconds, has_audio, has_video, notes, status, stage, reason, added_s, "
        "updated_s, dataset) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
        "?13, unixepoch(), unixepoch(), ?14) ON CONFLICT(dataset, name) DO UPDATE SET "
        "path = ?2, "
        "bytes = ?3, mtime_ns = ?4, sha256 = ?5, duration_us = ?6, n_seconds = ?7, "
        "has_audio = ?8, has_video = ?9, notes = ?10, status = ?11, stage = ?12, "
        "reason = ?13, updated_s = unixepoch() RETURNING id",
    [AQ_SQL_VIDEO_FAIL] =
        "UPDATE videos SET path = ?2, bytes = ?3, mtime_ns = ?4, status = 'failed', "
        "stage = ?5, reason = ?6, updated_s = unixepoch() "
        "WHERE name = ?1 AND dataset = ?7",
    [AQ_SQL_VIDEO_FORGET] = "DELETE FROM videos WHERE name = ?1 AND dataset = ?2 "
                            "RETURNING id",
    [AQ_SQL_LEASE_GET] = "SELECT owner, until_s FROM leases WHERE name = ?1",
    [AQ_SQL_LEASE_PUT] = "INSERT OR REPLACE INTO leases(name, owner, until_s) "
                         "VALUES(?1, ?2, ?3)",
    [AQ_SQL_LEASE_DROP] = "DELETE FROM leases WHERE name = ?1",
    [AQ_SQL_LEASES_DROP] = "DELETE FROM leases WHERE owner = ?1",
    [AQ_SQL_PROVENANCE_ADD] = "INSERT INTO provenance(" PROVENANCE_COLUMNS ") "
                              "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
    [AQ_SQL_PROVENANCE_FIND] = "SELECT p.id FROM provenance p WHERE " PROVENANCE_IS,
    [AQ_SQL_PROVENANCE_EACH] =
        "SELECT id, " PROVENANCE_COLUMNS " FROM provenance ORDER BY id",
    [AQ_SQL_PROVENANCE_USED] =
        "SELECT id, " PROVENANCE_COLUMNS " FROM provenance p WHERE EXISTS "
        "(SELECT 1 FROM features f JOIN videos v ON v.id = f.video_id "
        "WHERE f.provenance_id = p.id AND v.dataset = ?1) ORDER BY id",
    [AQ_SQL_FEATURES_PUT] =
        "INSERT OR REPLACE INTO features(video_id, provenance_id, n_seconds, h, w, c, "
        "dtype, sha256, made_s, presence, data) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, unixepoch(), ?9, ?10)",
    [AQ_SQL_ROW_TIMES_PUT] = "INSERT OR REPLACE INTO row_times(video_id, "
                             "provenance_id, times) VALUES(?1, ?2, ?3)",
    [AQ_SQL_ROW_TIMES_GET] =
        "SELECT f.n_seconds, f.h, f.w, f.c, f.dtype, f.sha256, f.presence, x'', "
        "coalesce(t.times, x''), p.sampling FROM features f JOIN videos v ON v.id = f.video_id "
        "JOIN provenance p ON p.id = f.provenance_id " ROW_TIMES
        "WHERE v.name = ?1 AND f.provenance_id = ?2 AND v.dataset = ?3",
    [AQ_SQL_FEATURES_DROP] = "DELETE FROM features WHERE video_id = ?1",
    [AQ_SQL_FEATURES_HAS] =
        "SELECT 1 FROM features f JOIN videos v ON v.id = f.video_id "
        "JOIN provenance p ON p.id = f.provenance_id "
        "WHERE v.name = ?9 AND v.dataset = ?10 AND " PROVENANCE_IS,
    [AQ_SQL_FEATURES_WHICH] =
        "SELECT f.provenance_id FROM features f JOIN videos v ON v.id = f.video_id "
        "JOIN provenance p ON p.id = f.provenance_id "
        "WHERE v.name = ?1 AND p.kind = ?2 AND v.dataset = ?3 ORDER BY f.provenance_id",
    [AQ_SQL_FEATURES_GET] =
        "SELECT f.n_seconds, f.h, f.w, f.c, f.dtype, f.sha256, f.presence, f.data, "
        "coalesce(t.times, x''), p.sampling FROM features f JOIN videos v ON v.id = f.video_id "
        "JOIN provenance p ON p.id = f.provenance_id " ROW_TIMES
        "WHERE v.name = ?1 AND f.provenance_id = ?2 AND v.dataset = ?3",
    [AQ_SQL_FEATURES_EACH] =
        FEATURE_ROW "WHERE v.dataset = ?2 ORDER BY v.name, f.provenance_id",
    [AQ_SQL_FEATURES_OF] =
        FEATURE_ROW "WHERE v.name = ?1 AND v.dataset = ?2 ORDER BY f.provenance_id",
    [AQ_SQL_FEATURES_ALL] =
        "SELECT f.n_seconds, f.h, f.w, f.c, f.dtype, f.sha256, f.presence, f.data, "
        "coalesce(t.times, x''), f.provenance_id, f.video_id, coalesce(v.name, ''), "
        "coalesce(CASE p.kind "
        "WHEN 'audio' THEN v.has_audio ELSE v.has_video END, 1) FROM features f "
        "LEFT JOIN videos v ON v.id = f.video_id "
        "LEFT JOIN provenance p ON p.id = f.provenance_id " ROW_TIMES,
    [AQ_SQL_MERGE_HEADS] = "SELECT provenance_id, made_s, dtype, sha256 FROM features "
                           "WHERE video_id = ?1 ORDER BY provenance_id",
    [AQ_SQL_MERGE_ROW] =
        "SELECT f.n_seconds, f.h, f.w, f.c, f.dtype, f.sha256, f.presence, f.data, "
        "coalesce(t.times, x'') FROM features f " ROW_TIMES
        "WHERE f.video_id = ?1 AND f.provenance_id = ?2",
    [AQ_SQL_MERGE_PUT] =
        "INSERT OR REPLACE INTO features(video_id, provenance_id, n_seconds, h, w, c, "
        "dtype, sha256, made_s, presence, data) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    [AQ_SQL_MERGE_VIDEO] =
        "INSERT INTO videos(name, path, bytes, mtime_ns, sha256, duration_us, "
        "n_seconds, has_audio, has_video, notes, status, stage, reason, added_s, "
        "updated_s, dataset) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
        "?13, "
        "?14, ?15, ?16) ON CONFLICT(dataset, name) DO UPDATE SET path = ?2, bytes = "
        "?3, "
        "mtime_ns = ?4, sha256 = ?5, duration_us = ?6, n_seconds = ?7, has_audio = ?8, "
        "has_video = ?9, notes = ?10, status = ?11, stage = ?12, reason = ?13, "
        "added_s = ?14, updated_s = ?15 RETURNING id",
    [AQ_SQL_MERGE_LIST] =
        "SELECT place, video, question_id, modality, kind, template, slot_values, "
        "question, answer, file, record, task, choices FROM annotations "
        "WHERE dataset = ?1 AND split = ?2 ORDER BY place",
    [AQ_SQL_FEATURES_IMPORTED] =
        "SELECT f.n_seconds, p.sampling FROM features f "
        "JOIN provenance p ON p.id = f.provenance_id "
        "WHERE f.video_id = ?1 AND p.extractor_version = '" AQ_STORE_IMPORTED "' "
        "AND f.n_seconds <> ?2",
    [AQ_SQL_ANNOTATIONS_DROP] =
        "DELETE FROM annotations WHERE dataset = ?1 AND split = ?2",
    [AQ_SQL_ANNOTATION_ADD] =
        "INSERT INTO annotations(dataset, split, place, video, question_id, modality, "
        "kind, template, slot_values, question, answer, file, record, task, choices) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    [AQ_SQL_ANNOTATIONS_GET] =
        ANNOTATION_COLUMNS "WHERE dataset = ?1 AND (?2 IS NULL OR split = ?2) "
                           "ORDER BY split, place",
    [AQ_SQL_ANNOTATIONS_EACH] = ANNOTATION_COLUMNS "ORDER BY dataset, split, place",
    [AQ_SQL_VIDEO_BATCH] = "SELECT id, name, path, sha256 FROM videos WHERE id > ?1 "
                           "AND sha256 <> '' ORDER BY id LIMIT ?2",
    [AQ_SQL_RUN_BEGIN] =
        "INSERT INTO runs(kind, status, started_s, finished_s, program, config, "
        "metrics, model_path) VALUES(?1, 'running', unixepoch(), 0, ?2, ?3, '{}', '') "
        "RETURNING id",
    [AQ_SQL_RUN_FINISH] =
        "UPDATE runs SET status = ?2, finished_s = unixepoch(), metrics = ?3, "
        "model_path = ?4 WHERE id = ?1 AND status = 'running' RETURNING id",
    [AQ_SQL_RUN_NOTE] =
        "UPDATE runs SET metrics = ?2 WHERE id = ?1 AND status = 'running' RETURNING "
        "id",
    [AQ_SQL_RUN_EACH] =
        "SELECT id, kind, status, started_s, finished_s, program, config, metrics, "
        "model_path FROM runs ORDER BY id",
    [AQ_SQL_RUN_DROP] = "DELETE FROM runs WHERE id = ?1 RETURNING id",
    [AQ_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [AQ_SQL_COMMIT] = "COMMIT",
};

const char *aq_store_sql_text(AqSql which)
{
    return texts[which];
}
