/*
 * What the parts of the occluder share: the rows of the clip that was looked at
 * (occlusion_look.c), and the running of views made of them (occlusion_views.c). What
 * is hidden, and what becomes of the answers, is occlusion.c's.
 */
#ifndef AQ_MODEL_EXPLAIN_OCCLUSION_PRIV_H
#define AQ_MODEL_EXPLAIN_OCCLUSION_PRIV_H
#include "base/arena.h"
#include "model/explain/occlusion.h"
#include "model/nn/nn.h"
#include "model/question/words.h"
#include "model/trained/batch.h"

/* A view: its seconds (T) and their rows (T,d), by AqModality. */
typedef struct AqView {
    unsigned char *on[AQ_N_MODALITIES];
    float *x[AQ_N_MODALITIES];
} AqView;

struct AqOccluder {
    const AqModel *model;
    AqWordForms *forms;
    int answer; /* that is explained; -1: the likeliest */
    AqNn *nn;
    AqBatchMaker maker;
    AqArena *arena; /* all that follows; begun anew with each clip */
    AqArenaMark empty;
    int forced_at_once, at_once;
    int T, S, d;
    int has[AQ_N_MODALITIES];
    AqView clip;               /* with nothing hidden */
    AqView instead;            /* in each second what stands in for it */
    AqView chunk;              /* views side by side: (n,T), (n,T,d) */
    float *q;                  /* F_q, as often as there are views in a chunk: (n,d) */
    float *c[AQ_N_MODALITIES]; /* what a stream of the clip comes to, as often */
    int *lengths;              /* (n) words of the question, the same */
    float *x_without;          /* (S,T,d) the pictures' rows where cell s is hidden */
};

/* A family of views of one clip: how each is made of the clip, who is told its answer.
 */
typedef struct AqViews {
    AqOccluder *o;
    int n;
    int first;                 /* the first one's number, for make and take */
    int same[AQ_N_MODALITIES]; /* streams that all of them leave as they are */
    int keep; /* the first hides nothing: what its streams come to is kept for those */
    void (*make)(const struct AqViews *v, int k, AqView *view);
    void (*take)(const struct AqViews *v, int k, const AqReal *logits);
    AqOcclusion *out;
    float *drops[AQ_N_MODALITIES]; /* (T); of cells: [0] (S), [1] (T,S) */
    int *answers[AQ_N_MODALITIES]; /* (T); of sets: [0] (n) */
    const unsigned char *lacking;  /* of sets: (n,2,T) */
    const int *seconds;            /* of the grid: those that are looked into */
} AqViews;

/* Zeroed memory of the occluder's, gone with the next clip; NULL: there is none. */
void *aq_occluder_take(AqOccluder *o, size_t n, size_t size);

void aq_occluder_floats(float *to, const AqTensor *from, size_t n);

/* Begins with a clip: its rows with nothing hidden, those that stand in for them, and
 * room for a chunk of views. */
AQ_MUST_CHECK AqErr aq_occluder_look(AqOccluder *o, const AqClipFeatures *clip,
                                     const char *question);

/* x_without: the rows of the same clip's pictures with each cell hidden. */
AQ_MUST_CHECK AqErr aq_occluder_look_without(AqOccluder *o, const AqClipFeatures *clip,
                                             const char *question);

/* Makes the views, has them answered and hands each answer to take, in order. */
AQ_MUST_CHECK AqErr aq_views_run(const AqViews *v);

int aq_views_likeliest(const AqReal *logits, int n);

/* log(p / (1 - p)) of answer a; 0 where there is no other. */
double aq_views_log_odds(const AqReal *logits, int n, int a);

/* What the explained answer's log-odds lose in a view with these logits. */
float aq_views_drop(const AqViews *v, const AqReal *logits);

#endif
