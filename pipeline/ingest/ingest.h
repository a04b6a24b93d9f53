/*
 * The ingest graph: decode -> networks -> store, staged workers with bounded queues.
 * One transaction a clip; what the store has already, made by the same tools from the
 * same bytes, is not made again. Several processes may fill one store at a time: they
 * share its clips, and none is done twice.
 */
#ifndef AQ_PIPELINE_INGEST_INGEST_H
#define AQ_PIPELINE_INGEST_INGEST_H
#include "pipeline/decoder/decoder.h"
#include "pipeline/inputs/scan.h"
#include "pipeline/inputs/toolset.h"
#include "pipeline/parallel/stage.h"
#include "store/store.h"

typedef enum AqIngestOutcome {
    AQ_INGEST_MADE,         /* features were computed and stored */
    AQ_INGEST_CURRENT,      /* nothing to do */
    AQ_INGEST_FAILED,       /* noted in the store with the reason; the job goes on */
    AQ_INGEST_FAILED_BEFORE /* the same file did, in an earlier run: not tried again */
} AqIngestOutcome;

/* One clip's result; text is borrowed for the call. */
typedef struct AqIngestResult {
    const char *name, *path;
    AqIngestOutcome outcome;
    int made[AQ_N_MODALITIES];
    int n_seconds;
    int n_present[AQ_N_MODALITIES];
    int64_t took_us;    /* from the start of decoding until it was stored */
    const char *notes;  /* facts, a line each; "" for none */
    const char *reason; /* of a failure */
    const char *stage;  /* the same */
} AqIngestResult;

typedef struct AqIngestPlan {
    const AqToolset *tools;
    AqStore *store; /* open for writing; used by one thread at a time */
    int jobs;
    int max_seconds;
    AqMediaLimits limits;
    AqDecoderBounds bounds; /* of decoding one clip */
    int retry_failed;       /* also what failed in an earlier run */
    int fail_fast;          /* the first failure ends the job, with its sentence */
    AqFeatureDtype dtype;
    /* In the order of the scan, one call at a time; may be NULL. */
    void (*result)(void *ctx, const AqIngestResult *r);
    void *ctx;
} AqIngestPlan;

typedef struct AqIngestStage {
    char name[16];
    int n_workers;
    double busy; /* share of the wall time of its workers */
} AqIngestStage;

typedef struct AqIngestSummary {
    int n_made, n_current, n_failed, n_failed_before;
    int n_unread; /* folders and entries that could not be looked at: the scan's */
    double media_seconds; /* of the clips that were made */
    double wall_seconds;
    int n_stages;
    AqIngestStage stage[4];
} AqIngestSummary;

/* AQ_ERR_CANCELLED after an interrupt: what was stored stays. Other errors are those
 * that stop the job (disk, memory). */
AQ_MUST_CHECK AqErr aq_ingest(AqIngestSummary *out, const AqScan *clips,
                              const AqIngestPlan *plan);

#endif
