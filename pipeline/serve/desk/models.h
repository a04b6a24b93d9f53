/*
 * The models that a server asks, each with the networks that make its features.
 *
 * Threads: opened by one; after that a model, its words and its tools are only read,
 * and any may use them.
 */
#ifndef AQ_PIPELINE_SERVE_DESK_MODELS_H
#define AQ_PIPELINE_SERVE_DESK_MODELS_H
#include "model/question/words.h"
#include "model/trained/model.h"
#include "pipeline/asking/question_tower.h"
#include "pipeline/inputs/toolset.h"

#define AQ_DESK_MOST_MODELS 8

struct json_t;

typedef struct AqDeskModel {
    char name[64]; /* for requests: the file's, without its extension */
    char *path;
    int is_default; /* the one that comes with the program */
    AqModel *model;
    AqClipText *tower; /* that reads its questions, or NULL */
    AqWordForms *forms;
    AqToolset tools;
    struct json_t *about; /* as /api/status has it */
} AqDeskModel;

typedef struct AqDeskModels {
    AqDeskModel at[AQ_DESK_MOST_MODELS];
    int n; /* the first is asked where a request names none */
} AqDeskModels;

/* Opens one more: a file, or as aq_config_model_to_ask(). Clear the list after a
 * failure too. */
AQ_MUST_CHECK AqErr aq_desk_models_add(AqDeskModels *m, const char *flag,
                                       const AqToolChoice *tools,
                                       const AqTextTowerChoice *question);
void aq_desk_models_clear(AqDeskModels *m);

/* The number of the model of that name, NULL: of the first; -1: there is none. */
int aq_desk_model_find(const AqDeskModels *m, const char *name);

/* The list of /api/status. Gives. */
struct json_t *aq_desk_models_json(const AqDeskModels *m);

/* The list of /api/words: a question's words in their order, which are known, and the
 * nearest known to one that is not. Gives. */
struct json_t *aq_desk_words_json(const AqDeskModel *m, const char *question);

#endif
