/*
 * The interface of an answering network: a row of a table (model/trained/networks.c).
 * Trainer, predictor, checkpoint, group, evaluation and explanation know only this
 * header; what is specific to a network stays in its folder.
 *
 * A network is written in four parts, so that code that asks about many slightly
 * different views of a clip (model/explain) recomputes only what changed.
 * aq_answer_forward() combines them. An operation given NULL returns NULL
 * (model/nn/nn.h), so the parts need no checks of their own.
 *
 * Letters: C clips, B asks (in training one per clip; at inference each is one question
 * about some clip), N question slots an ask, T seconds, S cells, A and V values a
 * second and a cell, d the network's width, K outputs. Where a stream has several
 * features (model/data/dataset.h), each has S and V of its own. Where questions come
 * with choices, a slot is a candidate: the question with one of these (head.h).
 */
#ifndef AQ_MODEL_ANSWER_NETWORK_H
#define AQ_MODEL_ANSWER_NETWORK_H
#include "base/modality.h"
#include "base/options/option.h"
#include "model/data/dataset.h"
#include "model/nn/layers.h"
#include "model/nn/nn.h"
#include "model/nn/params.h"

/* Sizes that come from the data, not from options. */
typedef struct AqAnswerShape {
    AqFeatureSizes sizes;
    int n_words;      /* of the vocabulary, including <pad> and <unk> */
    AqTask task;      /* the form of its answers, and what its outputs are (head.h) */
    int n_answers;    /* K, a row's outputs: answers, or 1 where they are not open */
    float centre;     /* of counts: the mean in training, which the head adds */
    const int *names; /* (K) the word of an answer that questions name too, -1 of the
                         others; NULL: of all. Borrowed (model/trained/names.h) */
    /* How questions are read (model/question/encoder.h); NULL: as words of the
     * vocabulary. Of a text tower, the widths of its rows and what is pooled, and
     * (K,text_width) the names' rows; borrowed. */
    const struct AqQuestionReading *reading;
    int text_width, text_pooled;
    const float *name_rows;
} AqAnswerShape;

/* What a network reads, and how wide it is. */
typedef struct AqAnswerReads {
    int max_seconds; /* later seconds are ignored */
    int max_words;   /* words read of a question */
    int min_count;   /* occurrences in training that a word needs to be known */
    int width;       /* d, of what the losses see of a stream (AqAnswerOutput.c) */
    /* Values of the rows passed between its parts: of words', look's and weigh's. */
    int words_width, look_width[AQ_N_MODALITIES], weigh_width[AQ_N_MODALITIES];
    int streams[AQ_N_MODALITIES]; /* 1: uses it */
    int changes;                  /* 1: reads what changes in the pictures */
    int together; /* 1: while training, an answer depends on all asks of the batch */
} AqAnswerReads;

/* Sets all rows' widths to d. */
static inline AqAnswerReads aq_answer_reads_alike(AqAnswerReads r)
{
    r.words_width = r.width;
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        r.look_width[m] = r.weigh_width[m] = r.width;
    return r;
}

/* The input of a step; all borrowed. Features are standardised, absent seconds are
 * zero. An ask's questions fill its slots from the first on. */
typedef struct AqBatch {
    int n_clips, n_asks, n_slots, n_seconds, n_words;
    const int *clip_of;                     /* (B) or NULL: ask b is about clip b */
    const float *features[AQ_N_MODALITIES]; /* (C,T,A), (C,T,S,V); of several features
                                               one after the other, see
                                               aq_batch_feature(); NULL: none has it */
    const float *changes; /* the same of what changes in the pictures (model/data/
                             changes.h), in the same units; NULL: none is read, or
                             nobody has pictures */
    const unsigned char *on[AQ_N_MODALITIES]; /* (C,T) present */
    const int *words;                         /* (B,N,n_words) */
    const struct AqTextRows *rows; /* that words count in, of a text tower; or NULL */
    const int *lengths;            /* (B,N) words; 0: the slot is empty */
    const int *answers;  /* (B,N) for the losses: the answer's index; of candidates 1
                            for the right one, else 0; the number; -1 unknown */
    const int *text_ids; /* (B,N) equal for questions of equal text */
    const int *candidate_of; /* (B,N) the ask's question that the candidate is of;
                                those of one question follow each other. NULL: no
                                choices */
    const int *asked;        /* (B,N) the first words, of `lengths`, that are the
                                question's; the choice's come after. Or NULL */
    const int *seen;   /* (B,N) 0: the question is answered, but what reasons about a
                          video's questions together does not see it; NULL: all are */
    const int *others; /* (B) an ask about another clip, as a negative; -1 none */
} AqBatch;

typedef struct AqAnswerOutput {
    AqTensor *logits;                     /* (B*N,K) outputs */
    AqTensor *c[AQ_N_MODALITIES];         /* (B*N,d) result for a stream */
    AqTensor *attention[AQ_N_MODALITIES]; /* (B*N,heads,1,T) or NULL */
    AqTensor *grid;                       /* (B*T,heads,P,S) or NULL */
    int n_pools;                          /* P: 1, or N if each question has its own */
} AqAnswerOutput;

enum { AQ_MOST_LOSSES = 6, AQ_MOST_LOSS_WEIGHTS = 4, AQ_MOST_CONFIG_BYTES = 512 };

/* A loss and its unweighted parts, in the order of the network's `losses`; each one
 * value, NULL if switched off. */
typedef struct AqAnswerLosses {
    AqTensor *total, *part[AQ_MOST_LOSSES];
} AqAnswerLosses;

typedef struct AqLossPart {
    const char *name;   /* "avm": in curves and checkpoints */
    const char *symbol; /* "L_AVM": in messages */
} AqLossPart;

/* A weight for parts of the loss: a training option. */
typedef struct AqLossWeight {
    const char *name; /* "inter-weight" */
    double usual;     /* its default; 0: the parts are not computed */
    const char *help;
} AqLossWeight;

/* What a parameter's rows stand for: rows taken from another model are matched by
 * meaning, as its lists may differ. */
typedef enum AqParamRows {
    AQ_ROWS_ALIKE,  /* nothing: shapes must be equal */
    AQ_ROWS_WORDS,  /* entries of the vocabulary */
    AQ_ROWS_ANSWERS /* answers */
} AqParamRows;

/* Descriptions of what the network can show about an answer, as a phrase for users;
 * NULL if it has nothing to show. */
typedef struct AqAnswerShows {
    const char *seconds; /* what `attention` is */
    const char *grid;    /* what `grid` is */
} AqAnswerShows;

typedef struct AqAnswerNet AqAnswerNet;

typedef struct AqAnswerNetwork {
    const char *name;    /* "coqo": for --network; in model files "avqa-pipe coqo" */
    const char *summary; /* half a line for --help */

    /* Options: a configuration of config_bytes (at most AQ_MOST_CONFIG_BYTES) whose
     * fields the rows set, stored in the model file as JSON. check (or NULL):
     * constraints beyond single ranges; AQ_ERR_USAGE. */
    size_t config_bytes;
    const AqOption *options;
    void (*set_defaults)(void *config);
    /* Sets what a model file may lack, as it was before the option was there; or NULL.
     */
    void (*set_before)(void *config);
    AqErr (*check)(const void *config);
    AqAnswerReads (*reads)(const void *config, const AqAnswerShape *shape);
    double lr; /* default learning rate */

    /* The network: its state (state_bytes, zeroed) points to the parameters declared by
     * `declare`; errors go to d. `init`, after they were drawn, and `settle`, after
     * each optimiser step, correct parameters that are constrained; may be NULL. */
    size_t state_bytes;
    void (*declare)(void *state, AqDeclare *d, const void *config,
                    const AqAnswerShape *shape);
    void (*init)(void *state);
    void (*settle)(void *state);
    AqParamRows (*rows)(const char *param);

    /*
     * Letters q, x, c: the widths of `reads` for these parts' rows. words: (B*N,q).
     * look: a stream second by second, sound (C,T,x), pictures (C*P,T,x), or (B*P,T,x)
     * if they depend on the question; second t of the result depends only on second t
     * of the input (of which `changes` is a part). NULL if the stream is not used.
     * weigh: (B*N,c) from that, of which the first d go to the losses; it reads no
     * features of the batch, only whether there are any. answer: logits (B*N,K); of
     * the batch it reads the questions and, again, what streams there are. A later
     * part's input may come from another batch if it has these shapes.
     */
    AqTensor *(*words)(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch);
    AqTensor *(*look)(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                      AqModality m, AqTensor *q, AqAnswerOutput *out);
    AqTensor *(*weigh)(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                       AqModality m, AqTensor *x, AqTensor *q, AqAnswerOutput *out);
    AqTensor *(*answer)(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                        AqTensor *c_a, AqTensor *c_v, AqTensor *q);
    AqAnswerShows shows;

    /* The loss over a batch, in n_losses parts; weights (n_weights) are the training's.
     * It uses only logits and c of the output, so that processes that share a batch
     * exchange nothing else. */
    int n_losses, n_weights;
    AqLossPart losses[AQ_MOST_LOSSES];
    AqLossWeight weights[AQ_MOST_LOSS_WEIGHTS];
    void (*loss)(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                 const AqAnswerOutput *y, const AqReal *weights, AqAnswerLosses *out);
} AqAnswerNetwork;

/* A network of the table with its parameters. Read-only except in init, load, settle;
 * aq_answer_forward() moves running statistics while training. */
struct AqAnswerNet {
    const AqAnswerNetwork *network;
    void *config; /* the network's options; owned */
    void *state;  /* owned */
    AqAnswerShape shape;
    AqAnswerReads reads;
    AqParams *params;
};

/* Declares the parameters; aq_answer_net_init() or _load() sets values. Copies config.
 */
AQ_MUST_CHECK AqErr aq_answer_net_new(AqAnswerNet **out, const AqAnswerNetwork *network,
                                      const void *config, const AqAnswerShape *shape);
void aq_answer_net_free(AqAnswerNet **net);
AQ_MUST_CHECK AqErr aq_answer_net_init(AqAnswerNet *net, uint64_t seed);
AQ_MUST_CHECK AqErr aq_answer_net_load(AqAnswerNet *net, AqWeights *w);
/* Call after each optimiser step. */
void aq_answer_net_settle(AqAnswerNet *net);

/* Fills `out` with tensors of nn's arena; errors are nn's (aq_nn_error). */
void aq_answer_forward(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                       AqAnswerOutput *out);

/* The network's loss; `weights` as above. */
void aq_answer_loss(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                    const AqAnswerOutput *y, const AqReal *weights,
                    AqAnswerLosses *out);

#endif
