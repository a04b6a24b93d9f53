/*
 * Round trips of features for tests: a separate folder for each test, a store in it
 * with four videos, the forms of an export, and files as other tools write them. Any
 * failure fails the test.
 */
#ifndef AQ_TESTS_TRIP_H
#define AQ_TESTS_TRIP_H
#include "pipeline/exchange/export.h"
#include "pipeline/exchange/import_features.h"

enum { T = 3, C = 4, H = 2, W = 3, N_NAMES = 4, EACH = H * W * C };

extern const char *const aq_trip_names[N_NAMES];
extern const uint8_t aq_trip_presence[T];
extern const AqProvenance aq_trip_made[AQ_N_MODALITIES];
extern float
    aq_trip_rows[T * EACH];     /* picture features; the sound's are the first T * C */
extern char aq_trip_path[128];  /* the store's */
extern char aq_trip_said[2048]; /* the last reason for skipping something */

/* cmocka set-up and tear-down: create and remove the folder. */
int aq_trip_fresh(void **state);
int aq_trip_gone(void **state);

/* The path of a file in the folder; valid for three more calls. */
const char *aq_trip_at(const char *leaf);

AqStoreVideo aq_trip_video(const char *name);
void aq_trip_put(AqStore *s, const char *name); /* with sound and picture */

/* A store with all four videos, and one with none. The caller closes them. */
AqStore *aq_trip_store(void);
AqStore *aq_trip_empty(const char *leaf);

/* Form 0: .npy files; 1: an .npz per video; then: one file for all. */
int aq_trip_n_forms(void);
AqExportPlan aq_trip_plan(AqStore *s, int form);

/* A plan's `result` that keeps the reason in aq_trip_said. */
void aq_trip_keep_export(void *ctx, const AqExportResult *r);

/* Imports a file or folder, as features of extractor `name` or, if NULL, of the one
 * that the file names. */
AqErr aq_trip_import(AqStore *s, const char *from, AqModality kind, const char *name,
                     AqFeatureImportSummary *sum);

/* Checks that both stores hold byte-identical rows for a video. */
void aq_trip_same_features(AqStore *a, AqStore *b, const char *name, AqModality m);

void aq_trip_write(const char *leaf, const void *bytes, size_t n);
/* Writes a version 1 .npy file as numpy does. */
void aq_trip_write_npy(const char *leaf, const char *descr, int fortran,
                       const char *shape, const void *data, size_t bytes);

#endif
