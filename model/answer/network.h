/*
 * What an answering network is to everything around it: a row of a table
 * (model/trained/networks.c). Trainer, predictor, checkpoint, group, evaluation and
 * explanation know this page alone; what is special to a network stays in its folder.
 *
 * A network is written in four parts, so that one that answers again and again about
 * views of a clip that differ in a few places (model/explain) computes only what
 * changed. aq_answer_forward() joins them. An operation that is handed NULL gives NULL
 * (model/nn/nn.h), so the parts need no checks of their own.
 *
 * Letters: C clips, B asks (in training one a clip; at inference each is one question
 * about some clip), N question slots an ask, T seconds, S cells, A and V values a
 * second and a cell, d the network's width, K answers.
 */
#ifndef AQ_MODEL_ANSWER_NETWORK_H
#define AQ_MODEL_ANSWER_NETWORK_H
#include "base/modality.h"
#include "base/options/option.h"
#include "model/data/dataset.h"
#include "model/nn/layers.h"
#include "model/nn/nn.h"
#include "model/nn/params.h"

/* What a network is given: sizes that come from data, not from options. */
typedef struct AqAnswerShape {
    AqFeatureSizes sizes;
    int n_words;   /* of the vocabulary, <pad> and <unk> included */
    int n_answers; /* K */
} AqAnswerShape;

/* What a network takes in, and how wide it is. */
typedef struct AqAnswerReads {
    int max_seconds; /* later seconds are not looked at */
    int max_words;   /* words of a question that are read */
    int min_count;   /* a word must occur so often in training to be known */
    int width;       /* d, of the rows that its parts hand on */
    int streams[AQ_N_MODALITIES]; /* 1: looks at it */
} AqAnswerReads;

/* What a step looks at; all borrowed. Features are standardised, absent seconds hold
 * zeros. An ask's questions fill its slots from the first on. */
typedef struct AqBatch {
    int n_clips, n_asks, n_slots, n_seconds, n_words;
    const int *clip_of;                     /* (B) or NULL: ask b is about clip b */
    const float *features[AQ_N_MODALITIES]; /* (C,T,A), (C,T,S,V); NULL: none has it */
    const unsigned char *on[AQ_N_MODALITIES]; /* (C,T) present */
    const int *words;                         /* (B,N,n_words) */
    const int *lengths;                       /* (B,N) words; 0: the slot is empty */
    const int *answers;                       /* (B,N), -1 unknown; for the losses */
    const int *text_ids; /* (B,N) equal for questions of equal text */
    const int *others; /* (B) another ask, of another clip, to be told from; -1 none */
} AqBatch;

typedef struct AqAnswerOutput {
    AqTensor *logits;                     /* (B*N,K) */
    AqTensor *c[AQ_N_MODALITIES];         /* (B*N,d) what a stream comes to */
    AqTensor *attention[AQ_N_MODALITIES]; /* (B*N,heads,1,T) or NULL */
    AqTensor *grid;                       /* (B*T,heads,P,S) or NULL */
    int n_pools; /* P: 1, or N where each question has its own */
} AqAnswerOutput;

enum { AQ_MOST_LOSSES = 6, AQ_MOST_LOSS_WEIGHTS = 4, AQ_MOST_CONFIG_BYTES = 512 };

/* A loss by its parts, unweighted, in the order of the network's `losses`; each one
 * value, NULL where it is switched off. */
typedef struct AqAnswerLosses {
    AqTensor *total, *part[AQ_MOST_LOSSES];
} AqAnswerLosses;

typedef struct AqLossPart {
    const char *name;   /* "avm": in curves and checkpoints */
    const char *symbol; /* "L_AVM": in messages */
} AqLossPart;

/* A weight of parts of the loss: an option of the training. */
typedef struct AqLossWeight {
    const char *name; /* "inter-weight" */
    double usual;     /* its default; 0: the parts are not computed */
    const char *help;
} AqLossWeight;

/* What the rows of a parameter stand for: those of a model to begin from are taken by
 * what they stand for, as its lists may be others. */
typedef enum AqParamRows {
    AQ_ROWS_ALIKE,  /* nothing: shapes must be the same */
    AQ_ROWS_WORDS,  /* entries of the vocabulary */
    AQ_ROWS_ANSWERS /* answers */
} AqParamRows;

/* What an answer can show of how it came about, as half a sentence for people; NULL
 * where the network has nothing to show. */
typedef struct AqAnswerShows {
    const char *seconds; /* what `attention` is */
    const char *grid;    /* what `grid` is */
} AqAnswerShows;

typedef struct AqAnswerNet AqAnswerNet;

typedef struct AqAnswerNetwork {
    const char *name;    /* "coqo": for --network; in model files "avqa-pipe coqo" */
    const char *summary; /* half a line for --help */

    /* Options: a configuration of config_bytes (at most AQ_MOST_CONFIG_BYTES) whose
     * fields the rows set, kept in the model file as JSON. check (or NULL): what no
     * single range can say; AQ_ERR_USAGE. */
    size_t config_bytes;
    const AqOption *options;
    void (*set_defaults)(void *config);
    AqErr (*check)(const void *config);
    AqAnswerReads (*reads)(const void *config, const AqAnswerShape *shape);
    double lr; /* the training's default learning rate */

    /* The network: its state (state_bytes, zeroed) points to the parameters that
     * declare declares; errors are d's. init, after they were drawn, and settle, after
     * each step of the optimiser, put in order what must have certain values; or NULL.
     */
    size_t state_bytes;
    void (*declare)(void *state, AqDeclare *d, const void *config,
                    const AqAnswerShape *shape);
    void (*init)(void *state);
    void (*settle)(void *state);
    AqParamRows (*rows)(const char *param);

    /*
     * words: F_q (B*N,d). look: a stream before its seconds meet, sound (C,T,d),
     * pictures (C*P,T,d) or (B*P,T,d) where the question has a say in it; second t of
     * it depends on second t alone. NULL where none is looked at. weigh: c (B*N,d) from
     * that; of the batch it wants no features, only whether there are any. answer:
     * logits (B*N,K). What a later part is given may come from another batch that has
     * the rows said here.
     */
    AqTensor *(*words)(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch);
    AqTensor *(*look)(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                      AqModality m, AqTensor *q, AqAnswerOutput *out);
    AqTensor *(*weigh)(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                       AqModality m, AqTensor *x, AqTensor *q, AqAnswerOutput *out);
    AqTensor *(*answer)(AqNn *nn, const AqAnswerNet *net, AqTensor *c_a, AqTensor *c_v,
                        AqTensor *q);
    AqAnswerShows shows;

    /* The loss over a batch, of n_losses parts; weights (n_weights) as the training has
     * them. Looks at logits and c of the output alone, so that processes that share a
     * batch need exchange no more. */
    int n_losses, n_weights;
    AqLossPart losses[AQ_MOST_LOSSES];
    AqLossWeight weights[AQ_MOST_LOSS_WEIGHTS];
    void (*loss)(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                 const AqAnswerOutput *y, const AqReal *weights, AqAnswerLosses *out);
} AqAnswerNetwork;

/* A network of the table with its parameters. Read-only but for init, load and settle.
 */
struct AqAnswerNet {
    const AqAnswerNetwork *network;
    void *config; /* the network's options; owned */
    void *state;  /* owned */
    AqAnswerShape shape;
    AqAnswerReads reads;
    AqParams *params;
};

/* Declares the parameters; values come with aq_answer_net_init or _load. Copies config.
 */
AQ_MUST_CHECK AqErr aq_answer_net_new(AqAnswerNet **out, const AqAnswerNetwork *network,
                                      const void *config, const AqAnswerShape *shape);
void aq_answer_net_free(AqAnswerNet **net);
AQ_MUST_CHECK AqErr aq_answer_net_init(AqAnswerNet *net, uint64_t seed);
AQ_MUST_CHECK AqErr aq_answer_net_load(AqAnswerNet *net, AqWeights *w);
/* After an optimiser's step. */
void aq_answer_net_settle(AqAnswerNet *net);

/* Fills `out` with tensors of nn's arena; errors are nn's (aq_nn_error). */
void aq_answer_forward(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                       AqAnswerOutput *out);

/* The network's loss; `weights` as said above. */
void aq_answer_loss(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                    const AqAnswerOutput *y, const AqReal *weights,
                    AqAnswerLosses *out);

#endif
