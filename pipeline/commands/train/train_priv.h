/* Inside train: what it needs, and what is said and kept of it. */
#ifndef AQ_PIPELINE_COMMANDS_TRAIN_TRAIN_PRIV_H
#define AQ_PIPELINE_COMMANDS_TRAIN_TRAIN_PRIV_H
#include "base/fs/fs.h"
#include "model/question/encoder.h"
#include "model/train/trainer.h"
#include "model/trained/networks.h"
#include "pipeline/commands/command.h"
#include "pipeline/commands/questions.h"
#include "pipeline/inputs/run_note.h"
#include "pipeline/parallel/stage.h"

typedef struct AqTrainArgs {
    AqCommon c;
    AqTextList annotations, val;
    int max_answers, min_answer_count; /* of the vocabulary; 0: all */
    int head;                          /* place in aq_task_options; 0: by the files */
    const char *out;
    int resume;
    const char *like;                 /* a run whose options are taken */
    const char *seeds, *grid, *shard; /* of several trainings */
    const char *from, *network_name, *question_name;
    const AqQuestionReading *question; /* how questions are read */
    const AqAnswerNetwork *network;
    AqTrainConfig how;
    _Alignas(16) unsigned char model[AQ_MOST_CONFIG_BYTES]; /* the network's options */
} AqTrainArgs;

/* What a training needs, made step by step and released together. */
typedef struct AqTrainCommand {
    AqTrainArgs *a;
    AqGroup *group; /* the processes that train together; NULL: alone */
    int cores;      /* of this one, in a group */
    AqStore *store;
    AqFeatureChoice choice;
    AqAnnotations *train_list, *val_list;
    AqTask task; /* the form of answers */
    AqStoreDataset *train, *val;
    AqClipText *tower; /* that reads the questions, or NULL */
    AqThreadExecutor *exec;
    char *extractors, *out, *last; /* last: where the state to go on from is */
    AqFsKept before;               /* the model that this training may replace */
    int gaps;
    AqRunNote note;
    int unkept;           /* the store cannot be written */
    struct json_t *curve; /* an object for each epoch */
    int expected;         /* how many steps there will be has been told */
} AqTrainCommand;

/* Opens the store, questions, features and threads of a training, on every process of a
 * group; what was opened is closed by the other, whatever came of it. (train_open.c) */
AQ_MUST_CHECK AqErr aq_train_open(AqTrainCommand *j);
/* Before that: the exit status where what --out names must not or cannot be written. */
int aq_train_check_out(const AqCommand *self, const AqTrainArgs *a);
void aq_train_close(AqTrainCommand *j);

/* Adds the settings of the run that --like names, but for options that the command line
 * gives. AQ_ERR_USAGE for what is no training, AQ_ERR_NOT_FOUND for a run or a file of
 * its that is not there. (like.c) */
struct AqSettings;
AQ_MUST_CHECK AqErr aq_train_like(const AqCommand *self, struct AqSettings *to,
                                  int argc, char **argv);

/* The training as a run of the store; the leader keeps it. (train_run.c) */
AQ_MUST_CHECK AqErr aq_train_begin_run(AqTrainCommand *j);
AQ_MUST_CHECK AqErr aq_train_finish_run(AqTrainCommand *j, AqErr err,
                                        const AqTrainSummary *s);

/* As progress, as its last lines, and what came of it as JSON (gives). `ctx` is an
 * AqTrainCommand. (train_report.c) */
struct json_t *aq_train_outcome(const AqTrainCommand *j, const AqTrainSummary *s);
void aq_train_on_progress(void *ctx, const AqTrainProgress *p);
void aq_train_report(const AqTrainCommand *j, const AqTrainSummary *s,
                     const AqModel *m);

#endif
