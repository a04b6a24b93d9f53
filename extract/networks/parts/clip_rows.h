/*
 * The switch rows=KxM: rows that are K clips of M consecutive frames spread over the
 * whole video (base/rows.h) instead of seconds. A network for pictures includes its
 * option among its own, applies it to its facts, and is then shown each frame by
 * itself: what it gives for the M frames of a row stands one below the other.
 */
#ifndef AQ_EXTRACT_NETWORKS_PARTS_CLIP_ROWS_H
#define AQ_EXTRACT_NETWORKS_PARTS_CLIP_ROWS_H
#include "base/options/option.h"
#include "extract/networks/parts/network.h"

/* As asked for; NULL where it is not. */
typedef struct AqClipRowsSwitch {
    const char *rows;
} AqClipRowsSwitch;
extern const AqOption aq_clip_rows_options[];

/* Sets *plan to the clips asked for; without, leaves it. AQ_ERR_USAGE for other text
 * than "KxM" within AQ_ROWS_MOST_CLIPS and AQ_ROWS_MOST_FRAMES. */
AQ_MUST_CHECK AqErr aq_clip_rows_take(AqRowPlan *plan, const AqClipRowsSwitch *s);
/* Records the clips of *plan as a switch; nothing where rows are not clips. */
void aq_clip_rows_record(AqNetworkFacts *facts, AqRowPlan plan);

/*
 * For a network whose forward takes (n,3,S,S), with the facts of single pictures: if
 * `plan` is one of clips, input becomes (3*M,S,S) and output (M*h,w,C), the registry
 * hands forward the n*M frames of n rows, as many at once as pictures before, and the
 * switch is recorded.
 */
void aq_clip_rows_apart(AqNetworkFacts *facts, AqRowPlan plan);

#endif
