/* Inside a merge: the stores side by side, their makes, and the decision for one video.
 */
#ifndef AQ_STORE_MERGE_MERGE_PRIV_H
#define AQ_STORE_MERGE_MERGE_PRIV_H
#include "store/merge/merge.h"
#include "store/store_priv.h"

#include <stddef.h>
#include <stdint.h>

/* A source or, as the last side, the target. */
typedef struct AqMergeSide {
    const char *path; /* as it was given */
    AqStore *s;       /* NULL: a target that does not exist yet */
    AqProvenanceList made;
    int *make;    /* (made.n): index in AqMerge.makes; -1: no features */
    AqQuery walk; /* of a source: over its videos */
    int has;      /* `v` has the current name */
    AqStoreVideo v;
    int n_heads, n_wanted; /* its rows in AqMerge.heads; those of makes to take */
} AqMergeSide;

typedef struct AqMake {
    const AqProvenance *p; /* from the first side that has it */
    const char *path;      /* of that side */
    int64_t newest_s;      /* when the last of its features was made */
    int64_t into_id;       /* its id in the target; 0: none yet */
    int in_target;         /* the target has features of it */
    int take;
} AqMake;

/* A feature row without its data. */
typedef struct AqMergeHead {
    int side, make;
    int64_t provenance_id; /* on that side */
    int64_t made_s;
    AqFeatureDtype dtype;
    char sha256[AQ_SHA256_HEX];
} AqMergeHead;

typedef struct AqMerge {
    const AqMergePlan *plan;
    AqMergeSide *sides; /* (n + 1): the sources, then the target */
    int n;
    AqMake *makes;
    int n_makes;
    AqMergeHead *heads; /* for the current name, by side */
    size_t n_heads, room;
    int writing;    /* 0: the first pass, which only compares */
    int tells;      /* findings now have not been reported before */
    int in_batch;   /* a transaction on the target is open */
    int batch_rows; /* in it */
    int64_t batch_bytes, batch_began_us;
    AqMergeSummary sum;
} AqMerge;

/* What to do with one name. */
typedef struct AqMergeChoice {
    int row;      /* the side whose video row is taken; -1: nothing to do */
    int content;  /* the side whose content it has; -1: only failures */
    int replaces; /* the target has features of other content under that name */
    int changes;  /* there is something to write */
} AqMergeChoice;

/* store/merge/tell.c: reports and counts in the second pass only, so that nothing is
 * reported twice. */
void aq_merge_tell(AqMerge *m, int64_t *count, const char *path, const char *where,
                   const char *what);

/* store/merge/makes.c: the makes of all sides, and which to take. */
AQ_MUST_CHECK AqErr aq_merge_makes(AqMerge *m);
/* -1: not known. */
int aq_merge_make_of(const AqMerge *m, int side, int64_t provenance_id);
/* Looks up the makes' ids in the target; call inside a transaction. AQ_ERR_MISMATCH if
 * it has got features of other makes since, unless all makes are kept. */
AQ_MUST_CHECK AqErr aq_merge_target_makes(AqMerge *m);

/* store/merge/choose.c: reads the feature rows for the current name and decides. */
AQ_MUST_CHECK AqErr aq_merge_choose(AqMerge *m, AqMergeChoice *out);
int aq_merge_same_content(const AqMerge *m, int a, int b);
/* Which feature row of a make is taken: *best is its index in m->heads; -1: none, or
 * the target's own. */
AQ_MUST_CHECK AqErr aq_merge_best_head(const AqMerge *m, const AqMergeChoice *c,
                                       int make, int *best);

/* store/merge/copy.c: writes the choice, inside a transaction on the target. */
AQ_MUST_CHECK AqErr aq_merge_write(AqMerge *m, const AqMergeChoice *c);

/* store/merge/lists.c: annotations. */
AQ_MUST_CHECK AqErr aq_merge_lists(AqMerge *m);

#endif
