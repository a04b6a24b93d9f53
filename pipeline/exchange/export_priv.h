/* Internal to export: selecting rows, preparing one row, and committing a file. */
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
    AqExportRow *v; /* sorted by video, then kind */
    size_t n;
} AqExportJob;

/* A row ready to be written. */
typedef struct AqExportArray {
    int n_dims;
    int64_t dims[4];
    size_t count;
    float *data; /* owned; (count), in the requested layout and length */
    AqDtype as;
    char *about; /* owned */
} AqExportArray;

/* Shape, type and description of a row without reading it: values not known yet are
 * placeholders of the same length in the description. */
AQ_MUST_CHECK AqErr aq_export_describe(const AqExportJob *j, const AqExportRow *r,
                                       AqExportArray *out);
/* Everything, values too. A row that cannot be exported (damaged, too large for half
 * precision) is an error that aq_export_is_skipped() handles. */
AQ_MUST_CHECK AqErr aq_export_load(const AqExportJob *j, const AqExportRow *r,
                                   AqExportArray *out);
void aq_export_array_clear(AqExportArray *a);

/* Reports a row as skipped, with the recorded error as the reason, and counts it. */
void aq_export_skip(AqExportJob *j, const char *video);
/* Does *err concern this row only, so that the others go on? Then it is reported and
 * counted, and *err is reset to AQ_OK. */
int aq_export_is_skipped(AqExportJob *j, const char *video, AqErr *err);
void aq_export_tell(AqExportJob *j, const char *video, const char *path,
                    AqExportOutcome outcome);
AQ_MUST_CHECK AqErr aq_export_stop_asked(const AqExportJob *j);

/* "audio/NAME"; AQ_ERR_UNSUPPORTED if the name is not UTF-8, which these formats
 * require. Gives. */
AQ_MUST_CHECK AqErr aq_export_array_name(const AqExportRow *r, char **out);

/* The array's values as written to the file, in *bytes: in *owned (gives), or borrowed
 * from a->data. */
AQ_MUST_CHECK AqErr aq_export_bytes(const AqExportArray *a, const void **bytes,
                                    size_t *n, void **owned);

/* Finishes a file of many videos: it is dropped if an equal one exists, refused, or put
 * in place. With an earlier `err` the file is discarded and `err` returned. */
AQ_MUST_CHECK AqErr aq_export_end(AqExportJob *j, AqFsWriter *f, AqErr err);

/* One file per video. */
AQ_MUST_CHECK AqErr aq_export_npy(AqExportJob *j);
AQ_MUST_CHECK AqErr aq_export_npz(AqExportJob *j);
/* One file for all videos. */
AQ_MUST_CHECK AqErr aq_export_one_npz(AqExportJob *j);
AQ_MUST_CHECK AqErr aq_export_h5(AqExportJob *j);
AQ_MUST_CHECK AqErr aq_export_safetensors(AqExportJob *j);
AQ_MUST_CHECK AqErr aq_export_joined(AqExportJob *j);

#endif
