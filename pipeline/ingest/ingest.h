/*
 * The ingest graph: decode -> networks -> store, as stages of workers with bounded
 * queues. One transaction per clip. Features already stored are reused if network and
 * file are unchanged. Several processes may fill one store at the same time: they share
 * the clips, and none is done twice.
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
    AQ_INGEST_CURRENT,      /* already stored; nothing to do */
    AQ_INGEST_FAILED,       /* recorded in the store with the reason; the job goes on */
    AQ_INGEST_FAILED_BEFORE /* failed in an earlier run, file unchanged: not retried */
} AqIngestOutcome;

/* One clip's result; text is borrowed for the call. */
typedef struct AqIngestResult {
    const char *name, *path;
    AqIngestOutcome outcome;
    int made[AQ_N_MODALITIES];
    int n_seconds;
    int n_present[AQ_N_MODALITIES];
    int64_t took_us;    /* from the start of decoding until stored */
    const char *notes;  /* remarks, one per line; "" for none */
    const char *reason; /* why it failed; else "" */
    const char *stage;  /* where it failed; else "" */
} AqIngestResult;

/* Rows that were decoded for a tool, or that its network is done with. */
typedef struct AqIngestProgress {
    int is_decoded; /* 1: decoded, 0: through the network */
    int tool;       /* of the plan's tools */
    int n_rows;
} AqIngestProgress;

typedef struct AqIngestPlan {
    const AqToolset *tools;
    AqStore *store; /* open for writing; used by one thread at a time */
    int jobs;
    int max_seconds;
    AqMediaLimits limits;
    AqDecoderBounds bounds; /* of decoding one clip */
    int retry_failed;       /* also try what failed in an earlier run */
    int fail_fast;          /* the first failure ends the job with its error */
    AqFeatureDtype dtype;
    /* Asked often, by all workers: 1, and then for good, ends the job. NULL: nothing
     * ends it early. */
    int (*stop)(void *ctx);
    /* Called in the order of the scan, one call at a time; may be NULL. */
    void (*result)(void *ctx, const AqIngestResult *r);
    /* Called by the workers, several at a time; may be NULL. */
    void (*progress)(void *ctx, const AqIngestProgress *p);
    void *ctx;
} AqIngestPlan;

typedef struct AqIngestStage {
    char name[16];
    int n_workers;
    double busy; /* busy share of its workers' wall time */
} AqIngestStage;

typedef struct AqIngestSummary {
    int n_made, n_current, n_failed, n_failed_before;
    int n_unread;         /* the scan's unreadable folders and entries */
    double media_seconds; /* of the clips that were made */
    double wall_seconds;
    int n_stages;
    AqIngestStage stage[4];
} AqIngestSummary;

/* AQ_ERR_CANCELLED if plan->stop said so; what was stored stays. Other errors stop the
 * job (disk, memory). */
AQ_MUST_CHECK AqErr aq_ingest(AqIngestSummary *out, const AqScan *clips,
                              const AqIngestPlan *plan);

#endif
