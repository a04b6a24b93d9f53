/* Which trainings a sweep is of: "1..5" and "lr=1e-4,3e-4;dim=64,128". */
#ifndef AQ_PIPELINE_COMMANDS_TRAIN_SWEEP_PLAN_H
#define AQ_PIPELINE_COMMANDS_TRAIN_SWEEP_PLAN_H
#include "base/options/command.h"

enum {
    AQ_SWEEP_AXES = 8,
    AQ_SWEEP_VALUES = 64,
    AQ_SWEEP_SEEDS = 1000,
    AQ_SWEEP_RUNS = 10000
};

/* An option and its values; text borrowed from the plan. */
typedef struct AqSweepAxis {
    const char *name;
    const char *value[AQ_SWEEP_VALUES];
    int n;
} AqSweepAxis;

typedef struct AqSweepPlan {
    char *text; /* of the axes */
    AqSweepAxis axis[AQ_SWEEP_AXES];
    int n_axes;
    const char *seed[AQ_SWEEP_SEEDS]; /* none: the option's own */
    char *seeds_text;
    int n_seeds;
    int n_cells; /* combinations of the axes' values; 1 without an axis */
} AqSweepPlan;

/*
 * `seeds`: numbers and ranges between commas, "1..5,9"; `grid`: options of `c` with
 * values between commas, several options between semicolons. NULL or "": none.
 * AQ_ERR_USAGE for what is none. Clear it after a failure too.
 */
AQ_MUST_CHECK AqErr aq_sweep_plan(AqSweepPlan *out, const AqCommand *c,
                                  const char *seeds, const char *grid);
void aq_sweep_plan_clear(AqSweepPlan *p);

/* The value of axis k in a cell, counted with the last axis fastest. */
const char *aq_sweep_value(const AqSweepPlan *p, int cell, int k);

/* "lr=1e-4 dim=64" of the cell, with `between` between them; "" without an axis. Gives;
 * NULL when out of memory. */
char *aq_sweep_cell_text(const AqSweepPlan *p, int cell, const char *between);

#endif
