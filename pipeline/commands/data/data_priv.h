/*
 * avqa-pipe data: what annotation files hold, as a JSON tree of facts (data_report.c
 * and the files beside it) of which people are shown tables (data_print.c).
 */
#ifndef AQ_PIPELINE_COMMANDS_DATA_DATA_PRIV_H
#define AQ_PIPELINE_COMMANDS_DATA_DATA_PRIV_H
#include "base/arena.h"
#include "pipeline/commands/command.h"
#include "store/annotations/annotations.h"

#include <stdio.h>

struct json_t;

extern const AqCommand aq_data_check_command, aq_data_fetch_command;

#define AQ_DATA_MOST_SPLITS 64

typedef struct AqDataRow {
    const AqAnnotation *a;
    const char *split;
    const char *words; /* the question as a model sees it: aq_tokenise_normal() */
} AqDataRow;

/* The questions of all files with their splits: what the record says, else the
 * file's name (train, val or test as a word in it, or the whole name). */
typedef struct AqDataSet {
    const AqAnnotations *list; /* borrowed */
    AqDataRow *rows;           /* n, in the order of the files */
    size_t n;
    const char *splits[AQ_DATA_MOST_SPLITS]; /* train, val, test, others */
    size_t n_splits;
    char **stems;   /* of each file; splits may point here */
    AqArena *arena; /* owns the words */
} AqDataSet;

/* AQ_ERR_FORMAT where the splits are too many to be splits. */
AQ_MUST_CHECK AqErr aq_data_set_init(AqDataSet *d, const AqAnnotations *list);
void aq_data_set_clear(AqDataSet *d);
/* "Validation" and "dev" are "val", and so on; other names are themselves. */
const char *aq_data_split_name(const char *text);
/* Its place in d->splits; n_splits if it is none. */
size_t aq_data_split_at(const AqDataSet *d, const char *name);

/* ---- rows in an order, cut into runs of the same ---- */
typedef int (*AqDataOrder)(const void *a, const void *b); /* of AqDataRow */
int aq_data_by_video(const void *a, const void *b);
int aq_data_by_answer(const void *a, const void *b);
int aq_data_by_split(const void *a, const void *b);
int aq_data_by_type(const void *a, const void *b);

typedef struct AqDataRun {
    const AqDataRow *first;
    size_t n;
} AqDataRun;

typedef struct AqDataRuns {
    AqDataRow *rows;
    AqDataRun *v;
    size_t n;
} AqDataRuns;

/* Runs in which `same` gives 0; `order` must keep such rows together. */
AQ_MUST_CHECK AqErr aq_data_runs_init(AqDataRuns *r, const AqDataSet *d,
                                      AqDataOrder order, AqDataOrder same);
void aq_data_runs_by_size(AqDataRuns *r); /* the longest first */
void aq_data_runs_clear(AqDataRuns *r);

/* ---- parts of the report: each gives a JSON value, NULL on failure ---- */
struct json_t *aq_data_text(const char *text); /* base/text/text.h escapes */
struct json_t *aq_data_splits(const AqDataSet *d);
struct json_t *aq_data_types(const AqDataSet *d);
struct json_t *aq_data_templates(const AqDataSet *d);
struct json_t *aq_data_answers(const AqDataSet *d);
struct json_t *aq_data_per_video(const AqDataSet *d);
struct json_t *aq_data_tasks(const AqDataSet *d);
/* Of the train split's answers; those cuts alone that leave some out. */
struct json_t *aq_data_vocabularies(const AqDataSet *d);
struct json_t *aq_data_shared(const AqDataSet *d);
struct json_t *aq_data_contradictions(const AqDataSet *d);
struct json_t *aq_data_unseen(const AqDataSet *d);
struct json_t *aq_data_floor(const AqDataSet *d);

/* The folder's files against the videos asked about. */
AQ_MUST_CHECK AqErr aq_data_folder(struct json_t **out, const AqDataSet *d,
                                   const char *folder);

/* The whole; `folder` may be NULL. Gives. */
AQ_MUST_CHECK AqErr aq_data_report(struct json_t **out, const AqDataSet *d,
                                   const char *folder);
/* Tables for people; long lists are cut unless `all`. */
void aq_data_print(const struct json_t *report, int all);

#endif
