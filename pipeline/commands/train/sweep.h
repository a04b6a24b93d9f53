/*
 * Several trainings by one command: for each seed and each combination of a grid's
 * values one, each in a process of its own, with a model file of its own. What is done
 * is not done again, and what was interrupted is gone on with.
 */
#ifndef AQ_PIPELINE_COMMANDS_TRAIN_SWEEP_H
#define AQ_PIPELINE_COMMANDS_TRAIN_SWEEP_H
#include "pipeline/commands/train/train_priv.h"

/* Are several asked for? */
int aq_train_is_sweep(const AqTrainArgs *a);

/* Runs them, or the part that --shard or a Slurm array gives, and prints what came of
 * them. Gives the exit status. */
int aq_train_sweep(const AqCommand *self, const AqTrainArgs *a);

#endif
