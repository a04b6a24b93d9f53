/* Inside ask: questions about one clip, from the files to what is printed. */
#ifndef AQ_PIPELINE_COMMANDS_ASK_ASK_PRIV_H
#define AQ_PIPELINE_COMMANDS_ASK_ASK_PRIV_H
#include "pipeline/asking/clip.h"
#include "pipeline/asking/inquiry.h"
#include "pipeline/commands/ask/words.h"
#include "pipeline/commands/command.h"
#include "pipeline/parallel/stage.h"

typedef struct AqAskArgs {
    AqCommon c;
    AqTextList words;    /* clip and questions */
    const char *choices; /* "a|b|c", or NULL */
    const char *explain; /* page to write */
    int embed;           /* with the clip inside */
    int top, max_seconds;
} AqAskArgs;

typedef struct AqAsk {
    const AqAskArgs *a;
    AqAskWords words;
    const char *clip_path;    /* to read: that of words, or of what was piped in */
    char *piped_dir, *piped;  /* where standard input was kept; NULL: it was not */
    size_t n_asked, n_failed; /* questions; those that were none */
    AqModel *model;
    AqClipText *tower; /* that reads the question, or NULL */
    AqStore *store;
    AqToolset tools;
    AqAskedClip clip;
    AqInquiry q; /* about it: the question at hand */
    AqPredictor *predictor;
    AqThreadExecutor *exec; /* the occluder's */
    AqOccluder *occluder;
    char *choices; /* the option's, cut up */
    const char *offered[AQ_MOST_CHOICES];
    size_t n_offered;
    AqWordForms *forms; /* the model's words */
    char *model_path;
    int is_default; /* the model that comes with the program */
    int only_read;  /* the store cannot be written */
    char why[1024]; /* why the store cannot be written */
} AqAsk;

/* Where the clip is standard input, keeps it in a file until aq_ask_drop_piped().
 * (piped.c) */
AQ_MUST_CHECK AqErr aq_ask_keep_piped(AqAsk *j);
void aq_ask_drop_piped(AqAsk *j);

/* Opens model and store, ingests the clip if need be, loads its features. What was
 * opened is closed by the other, whatever came of it. (clip.c) */
AQ_MUST_CHECK AqErr aq_ask_prepare(AqAsk *j);
void aq_ask_close(AqAsk *j);

/* What there is to choose from, of --choices. AQ_ERR_USAGE, with misuse set, where the
 * model takes none or needs some. (choices.c) */
AQ_MUST_CHECK AqErr aq_ask_read_choices(AqAsk *j);
/* The `top` likeliest answers and what they rest on, for people. (print.c,
 * occlusion.c) */
void aq_ask_print_text(const AqAsk *j, const AqPrediction *p, const AqOcclusion *y,
                       int top);
void aq_ask_occlusion_text(const AqPrediction *p, const AqOcclusion *y);

#endif
