/* Inside ask: questions about one clip, from the files to what is printed. */
#ifndef AQ_PIPELINE_COMMANDS_ASK_ASK_PRIV_H
#define AQ_PIPELINE_COMMANDS_ASK_ASK_PRIV_H
#include "model/explain/occlusion.h"
#include "model/trained/predictor.h"
#include "pipeline/commands/ask/words.h"
#include "pipeline/commands/command.h"
#include "pipeline/ingest/ingest.h"
#include "pipeline/inputs/dataset.h"
#include "pipeline/parallel/stage.h"
#include "pipeline/ui/verdict.h"

#define AQ_SURE  0.7 /* least probability of an answer that is called sure */
#define AQ_CLEAR 0.5 /* and of the kind of answer that a question asks for */

typedef struct AqAskArgs {
    AqCommon c;
    AqTextList words;    /* clip and questions */
    const char *choices; /* "a|b|c", or NULL */
    const char *explain; /* page to write */
    int top, max_seconds;
} AqAskArgs;

typedef struct AqAsk {
    const AqAskArgs *a;
    AqAskWords words;
    const char *clip_path;    /* to read: that of words, or of what was piped in */
    char *piped_dir, *piped;  /* where standard input was kept; NULL: it was not */
    const char *question;     /* at hand */
    size_t n_asked, n_failed; /* questions; those that were none */
    AqModel *model;
    AqClipText *tower; /* that reads the question, or NULL */
    AqStore *store;
    AqScan scan;
    AqToolset tools;
    AqFeatureChoice choice;
    AqClipFeatures clip;
    AqPredictor *predictor;
    AqThreadExecutor *exec; /* the occluder's */
    AqOccluder *occluder;
    char *choices; /* the option's, cut up */
    const char *offered[AQ_MOST_CHOICES];
    size_t n_offered;
    AqWordForms *forms; /* the model's words */
    AqWording wording;
    AqVerdict verdict;
    int named[AQ_PRESENCE_NAMED], n_named; /* objects of the model's presence */
    double unlike[AQ_N_MODALITIES];        /* distance over threshold; 0: not known */
    double absent[AQ_PRESENCE_NAMED];      /* how sure it is that each is not there */
    char *model_path;
    int misuse;     /* the question is no question */
    int is_default; /* the model that comes with the program */
    int only_read;  /* the store cannot be written */
    char why[1024]; /* of a failed ingest, or why the store cannot be written */
} AqAsk;

/* Where the clip is standard input, keeps it in a file until aq_ask_drop_piped().
 * (piped.c) */
AQ_MUST_CHECK AqErr aq_ask_keep_piped(AqAsk *j);
void aq_ask_drop_piped(AqAsk *j);

/* Opens model and store, ingests the clip if need be, loads its features. What was
 * opened is closed by the other, whatever came of it. (ask_clip.c) */
AQ_MUST_CHECK AqErr aq_ask_prepare(AqAsk *j);
/* *found: some data set has the clip's content with the features that the model takes;
 * the scan's clip is called by its name there and the store is of that data set. Else
 * the store is of the one of clips that were asked about. (ask_stored.c) */
AQ_MUST_CHECK AqErr aq_ask_find_stored(AqAsk *j, int *found);
void aq_ask_close(AqAsk *j);

/* The question's words. AQ_ERR_USAGE, with misuse set, where none says anything to the
 * model. And all that there is to say of an answer. (ask_doubts.c) */
AQ_MUST_CHECK AqErr aq_ask_read_question(AqAsk *j);
/* The same of all that were named, before any work: fails if none is a question. */
AQ_MUST_CHECK AqErr aq_ask_check_questions(AqAsk *j);
AQ_MUST_CHECK AqErr aq_ask_doubt(AqAsk *j, const AqPrediction *p);

/* What there is to choose from, of --choices. AQ_ERR_USAGE, with misuse set, where the
 * model takes none or needs some. (choices.c) */
AQ_MUST_CHECK AqErr aq_ask_read_choices(AqAsk *j);
/* Choices that it can only guess about. (choices.c) */
void aq_ask_doubt_choices(AqAsk *j);

/* Asks the model whether what the question names is there; before the question itself,
 * as predictions hold until the next. (ask_doubts.c) */
AQ_MUST_CHECK AqErr aq_ask_look_for(AqAsk *j);

/* The `top` likeliest answers and what they rest on. (ask_print.c) */
void aq_ask_print_json(const AqAsk *j, const AqPrediction *p, const AqOcclusion *y,
                       int top);
void aq_ask_print_text(const AqAsk *j, const AqPrediction *p, const AqOcclusion *y,
                       int top);

/* What hiding costs, as JSON (gives a reference) and as lines. (ask_occlusion.c) */
struct json_t *aq_ask_occlusion_json(const AqAsk *j, const AqPrediction *p,
                                     const AqOcclusion *y);
void aq_ask_occlusion_text(const AqPrediction *p, const AqOcclusion *y);
struct json_t *aq_ask_floats(const float *v, int n);
/* The shapes of the picture's features. Gives. (occlusion.c) */
struct json_t *aq_ask_grid_json(const AqAsk *j);

#endif
