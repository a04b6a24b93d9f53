/*
 * Inside the occluder: the clip's rows (occlusion_look.c), and running views made from
 * them (occlusion_views.c). occlusion.c decides what is hidden and uses the answers.
 */
#ifndef AQ_MODEL_EXPLAIN_OCCLUSION_PRIV_H
#define AQ_MODEL_EXPLAIN_OCCLUSION_PRIV_H
#include "base/arena.h"
#include "model/explain/occlusion.h"
#include "model/nn/nn.h"
#include "model/question/words.h"
#include "model/trained/batch.h"

/* A view: its seconds (T) and their rows (pools,T,look width), by AqModality. */
typedef struct AqView {
    unsigned char *on[AQ_N_MODALITIES];
    float *x[AQ_N_MODALITIES];
} AqView;

struct AqOccluder {
    const AqModel *model;
    AqWordForms *forms;
    int answer;                 /* the one to explain; -1: the most likely */
    const char *const *choices; /* (n_choices) */
    size_t n_choices;
    int rows;                   /* of the question: its candidates, or 1 */
    int n_answers;              /* that it can have */
    int pools[AQ_N_MODALITIES]; /* sequences that `look` makes of a clip's stream */
    float *logits;              /* (n_answers) of a view */
    AqNn *nn;
    AqBatchMaker maker;
    AqArena *arena; /* owns all below; rewound for each clip */
    AqArenaMark empty;
    int forced_at_once, at_once;
    int T, S;
    const AqAnswerReads *reads; /* the network's, with the widths of its rows */
    AqClipFeatures features;    /* the clip, with what changes in its pictures */
    float *still;               /* (channels) no change at all */
    int has[AQ_N_MODALITIES];
    AqView clip;    /* with nothing hidden */
    AqView instead; /* each second replaced */
    AqView chunk;   /* a batch of views: (n,T), (n,pools,T,look width) */
    float *q;       /* F_q, repeated for each view in a chunk: (n,rows,words width) */
    float *c[AQ_N_MODALITIES]; /* `weigh`'s result for the clip's stream, repeated */
    int *candidate_of;         /* (n) 0: all candidates are of one question */
    int *lengths;              /* (n,rows) words of the question, repeated */
    float *x_without; /* (S,pools,T,look width) the pictures' rows with cell s hidden */
};

/* A family of views of one clip: how to make each, and what receives its answer. */
typedef struct AqViews {
    AqOccluder *o;
    int n;
    int first;                 /* the first one's index, for make and take */
    int same[AQ_N_MODALITIES]; /* streams that all of them leave unchanged */
    int keep; /* the first hides nothing: its streams' results are kept for those */
    void (*make)(const struct AqViews *v, int k, AqView *view);
    void (*take)(const struct AqViews *v, int k, const float *logits);
    AqOcclusion *out;
    float *drops[AQ_N_MODALITIES]; /* (T); of cells: [0] (S), [1] (T,S) */
    int *answers[AQ_N_MODALITIES]; /* (T); of sets: [0] (n) */
    const unsigned char *lacking;  /* of sets: (n,2,T) */
    const int *seconds;            /* of the grid: those examined */
} AqViews;

/* Values of a clip's or a view's rows of stream m. */
static inline size_t aq_occluder_rows(const AqOccluder *o, int m)
{
    return (size_t)o->pools[m] * (size_t)o->T * (size_t)o->reads->look_width[m];
}

/* Zeroed memory of the occluder, valid until the next clip; NULL when out of memory. */
void *aq_occluder_take(AqOccluder *o, size_t n, size_t size);

void aq_occluder_floats(float *to, const AqTensor *from, size_t n);

/* Starts a clip: computes its rows with nothing hidden and with seconds replaced, and
 * allocates a chunk of views. */
AQ_MUST_CHECK AqErr aq_occluder_look(AqOccluder *o, const AqClipFeatures *clip,
                                     const char *question);

/* Computes x_without: the rows of the clip's pictures with each cell hidden. */
AQ_MUST_CHECK AqErr aq_occluder_look_without(AqOccluder *o, const char *question);

/* Makes the views, computes their answers and passes each to take, in order. */
AQ_MUST_CHECK AqErr aq_views_run(const AqViews *v);

/* log(p / (1 - p)) of answer a; 0 if it is the only one. */
double aq_views_log_odds(const float *logits, int n, int a);

/* How much the explained answer's log-odds drop in a view with these logits. */
float aq_views_drop(const AqViews *v, const float *logits);

#endif
