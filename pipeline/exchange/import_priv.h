/* Internal to import: the job, and one array of a file on its way into the store. */
#ifndef AQ_PIPELINE_EXCHANGE_IMPORT_PRIV_H
#define AQ_PIPELINE_EXCHANGE_IMPORT_PRIV_H
#include "pipeline/exchange/feature_about.h"
#include "pipeline/exchange/import_features.h"
#include "pipeline/exchange/import_source.h"

typedef struct AqImportJob {
    const AqFeatureImport *plan;
    AqFeatureImportSummary *sum;
    int64_t provenance_id; /* whose grid is h, w, c; 0: none yet */
    int h, w, c;
} AqImportJob;

typedef struct AqImportRow {
    AqImportJob *job;
    AqFeatureSource *source;
    size_t k; /* index of the array in it */
    const char *path, *name;
    AqFeatureAbout about;
    int has_about;
    AqProvenance provenance; /* text borrowed from the plan, `about` or `sampling` */
    char sampling[128];
    int n_rows, h, w, c;
    const int *order;       /* of dimensions, to (T,h,w,C); NULL: as is */
    const AqRowSpan *spans; /* clips: when each begins and ends; else NULL */
    AqRowSpan *unknown;     /* owned; of clips whose times nothing tells: zeros */
    AqFeatureDtype dtype;
    float *data;                /* owned */
    char sha256[AQ_SHA256_HEX]; /* of data */
    uint8_t *presence;          /* owned */
    AqStoreVideo known;         /* the store's row with that name */
    int has_known;
    AqStoreVideo video; /* the row to store */
    char *notes;        /* owned */
} AqImportRow;

/* Reads array k: shape, values, presence and provenance. (import_read.c) */
AQ_MUST_CHECK AqErr aq_import_read(AqImportRow *r);

/* The name of the video that the array `called` belongs to: `called` itself, or without
 * its video extension if only that name is known. Gives. (import_video.c) */
AQ_MUST_CHECK AqErr aq_import_name(const AqImportJob *j, const char *called,
                                   char **name);

/* The videos known by the number that their names end in. (import_ids.c) */
typedef struct AqVideoIds AqVideoIds;
AQ_MUST_CHECK AqErr aq_video_ids_new(AqVideoIds **out, const AqFeatureImport *plan);
void aq_video_ids_free(AqVideoIds **ids);
/* The name of the one that ends in that number, or the number if there is none;
 * borrowed. AQ_ERR_MISMATCH if several do. */
AQ_MUST_CHECK AqErr aq_video_ids_find(const AqVideoIds *ids, const char *digits,
                                      const char **name);

/* What the rows stand for, by the provenance, once that was read. */
static inline AqRowPlan aq_import_rows(const AqImportRow *r)
{
    return aq_provenance_rows(&r->provenance);
}

/* Fills r->video once all of the above is set. (import_video.c) */
AQ_MUST_CHECK AqErr aq_import_identify(AqImportRow *r);

void aq_import_row_clear(AqImportRow *r);

#endif
