/*
 * A round trip of features for tests: a folder that each test has for itself, a store
 * in it with four videos, the forms that an export has, and files as others write them.
 * Whatever fails, fails the test.
 */
#ifndef AQ_TESTS_TRIP_H
#define AQ_TESTS_TRIP_H
#include "pipeline/exchange/export.h"
#include "pipeline/exchange/import_features.h"

enum { T = 3, C = 4, H = 2, W = 3, N_NAMES = 4, EACH = H * W * C };

extern const char *const aq_trip_names[N_NAMES];
extern const uint8_t aq_trip_presence[T];
extern const AqProvenance aq_trip_made[AQ_N_MODALITIES];
extern float aq_trip_rows[T * EACH]; /* of the picture; the sound has the first T * C */
extern char aq_trip_path[128];       /* of the store */
extern char aq_trip_said[2048];      /* why something was left out; the last reason */

/* cmocka's set-up and tear-down: the folder. */
int aq_trip_fresh(void **state);
int aq_trip_gone(void **state);

/* The path of a file in the folder; holds for three more calls. */
const char *aq_trip_at(const char *leaf);

AqStoreVideo aq_trip_video(const char *name);
void aq_trip_put(AqStore *s, const char *name); /* with sound and picture */

/* Stores to be closed by the caller: with all four videos, and with none. */
AqStore *aq_trip_store(void);
AqStore *aq_trip_empty(const char *leaf);

/* Form 0: .npy files, 1: an .npz a video, then one file for all. */
int aq_trip_n_forms(void);
AqExportPlan aq_trip_plan(AqStore *s, int form);

/* A plan's `result` that keeps the reason in aq_trip_said. */
void aq_trip_keep_export(void *ctx, const AqExportResult *r);

/* Imports a file or folder, as features of extractor `name` or, if NULL, of what the
 * file says. */
AqErr aq_trip_import(AqStore *s, const char *from, AqModality kind, const char *name,
                     AqFeatureImportSummary *sum);

/* The two stores hold the same rows for a video, to the byte. */
void aq_trip_same_features(AqStore *a, AqStore *b, const char *name, AqModality m);

void aq_trip_write(const char *leaf, const void *bytes, size_t n);
/* A .npy of version 1 as numpy writes it. */
void aq_trip_write_npy(const char *leaf, const char *descr, int fortran,
                       const char *shape, const void *data, size_t bytes);

#endif
