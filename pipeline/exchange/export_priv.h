/* Inside export: which rows, one of them made ready, and a file put in its place. */
#ifndef AQ_PIPELINE_EXCHANGE_EXPORT_PRIV_H
#define AQ_PIPELINE_EXCHANGE_EXPORT_PRIV_H
#include "base/fs/fs.h"
#include "model/weights/weights.h"
#include "pipeline/exchange/export.h"

typedef struct AqExportRow {
    char *video; /* owned */
    AqModality kind;
    int64_t provenance_id;
    int n_rows, h, w, c;
    AqFeatureDtype dtype;
} AqExportRow;

typedef struct AqExportJob {
    const AqExportPlan *plan;
    AqExportSummary *sum;
    AqProvenanceList made;
    AqExportRow *v; /* by video, then kind */
    size_t n;
} AqExportJob;

/* A row as it goes out. */
typedef struct AqExportArray {
    int n_dims;
    int64_t dims[4];
    size_t count;
    float *data; /* owned; (count), already in the layout and length asked for */
    AqDtype as;
    char *about; /* owned */
} AqExportArray;

/* Shape, type and text of a row that was not read: in the text stands something for
 * what is not known yet, of the same length. */
AQ_MUST_CHECK AqErr aq_export_describe(const AqExportJob *j, const AqExportRow *r,
                                       AqExportArray *out);
/* All of it. A row that cannot go out (damaged, too large for half precision) is an
 * error that aq_export_is_skipped() takes. */
AQ_MUST_CHECK AqErr aq_export_load(const AqExportJob *j, const AqExportRow *r,
                                   AqExportArray *out);
void aq_export_array_clear(AqExportArray *a);

/* Tells of a row that is left out for the sentence recorded, and counts it. */
void aq_export_skip(AqExportJob *j, const char *video);
/* Is the fault the row's own, so that the others go on? Then it is told and counted,
 * and *err is AQ_OK again. */
int aq_export_is_skipped(AqExportJob *j, const char *video, AqErr *err);
void aq_export_tell(AqExportJob *j, const char *video, const char *path,
                    AqExportOutcome outcome);
AQ_MUST_CHECK AqErr aq_export_stop_asked(const AqExportJob *j);

/* "audio/NAME"; AQ_ERR_UNSUPPORTED if the name is no UTF-8, as these formats want.
 * Gives. */
AQ_MUST_CHECK AqErr aq_export_array_name(const AqExportRow *r, char **out);

/* The array's values as they are stored: gives *bytes, or borrows a->data. */
AQ_MUST_CHECK AqErr aq_export_bytes(const AqExportArray *a, const void **bytes,
                                    size_t *n, void **owned);

/* Ends a file of many: equal to what is there, refused, or put in its place. With an
 * `err` of before nothing is kept of it, and that is what comes back. */
AQ_MUST_CHECK AqErr aq_export_end(AqExportJob *j, AqFsWriter *f, AqErr err);

/* One file a video. */
AQ_MUST_CHECK AqErr aq_export_npy(AqExportJob *j);
AQ_MUST_CHECK AqErr aq_export_npz(AqExportJob *j);
/* One file of all. */
AQ_MUST_CHECK AqErr aq_export_one_npz(AqExportJob *j);
AQ_MUST_CHECK AqErr aq_export_h5(AqExportJob *j);
AQ_MUST_CHECK AqErr aq_export_safetensors(AqExportJob *j);

#endif
