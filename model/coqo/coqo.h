/*
 * The CoQo network, built from the public description of Pei et al., "Guiding
 * Audio-Visual Question Answering with Collective Question Reasoning", IJCV 133(10),
 * 2025: question encoder, question-guided transformers, decoders, alignment losses,
 * fusion. One function serves training and inference.
 *
 * Letters: C clips, B asks (in training one a clip; at inference each is one question
 * about some clip), N question slots an ask, T seconds, S cells, d width, K answers.
 */
#ifndef AQ_MODEL_COQO_COQO_H
#define AQ_MODEL_COQO_COQO_H
#include "base/modality.h"
#include "model/coqo/config.h"
#include "model/nn/nn.h"
#include "model/nn/params.h"

typedef struct AqCoqo AqCoqo;

/* Declares the parameters; values come with aq_coqo_init or aq_coqo_load. */
AQ_MUST_CHECK AqErr aq_coqo_new(AqCoqo **out, const AqCoqoConfig *config,
                                const AqAnswerShape *shape);
void aq_coqo_free(AqCoqo **net);
AQ_MUST_CHECK AqErr aq_coqo_init(AqCoqo *net, uint64_t seed);
AQ_MUST_CHECK AqErr aq_coqo_load(AqCoqo *net, AqWeights *w);
AqParams *aq_coqo_params(const AqCoqo *net);

/* After an optimiser's step: keeps the contrastive temperature within 0.01 .. 100. */
void aq_coqo_clamp(AqCoqo *net);

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
    const int *text_ids; /* (B,N) equal for questions of equal text; for L_intra */
    const int *others;   /* (B) the ask that lends AVM's negative, -1 none */
} AqBatch;

typedef struct AqAnswerOutput {
    AqTensor *logits;                     /* (B*N,K) */
    AqTensor *c[AQ_N_MODALITIES];         /* (B*N,d) c_a, c_v; zeros without stream */
    AqTensor *attention[AQ_N_MODALITIES]; /* (B*N,heads,1,T) decoder; or NULL */
    AqTensor *grid;                       /* (B*T,heads,P,S) pooling; or NULL */
    int n_pools;                          /* P: N with own_pool, else 1 */
} AqAnswerOutput;

/* Fills `out` with tensors of nn's arena; errors are nn's (aq_nn_error). */
void aq_coqo_forward(AqNn *nn, const AqCoqo *net, const AqBatch *batch,
                     AqAnswerOutput *out);

/*
 * The same in parts, for who answers again and again about views of one clip that
 * differ in a few places (model/explain/occlusion.c). What a later part is given may
 * come from another batch, if it has the rows that this one says.
 *
 * words: F_q (B*N,d). look: a stream before its seconds meet, sound (C,T,d), pictures
 * (B*P,T,d); second t of it depends on second t alone. NULL where none is looked at.
 * weigh: c (B*N,d) from that; of the batch it wants no features, only whether there are
 * any. answer: logits (B*N,K).
 */
AqTensor *aq_coqo_words(AqNn *nn, const AqCoqo *net, const AqBatch *batch);
AqTensor *aq_coqo_look(AqNn *nn, const AqCoqo *net, const AqBatch *batch, AqModality m,
                       AqTensor *q, AqAnswerOutput *out);
AqTensor *aq_coqo_weigh(AqNn *nn, const AqCoqo *net, const AqBatch *batch, AqModality m,
                        AqTensor *x, AqTensor *q, AqAnswerOutput *out);
AqTensor *aq_coqo_answer(AqNn *nn, const AqCoqo *net, AqTensor *c_a, AqTensor *c_v,
                         AqTensor *q);

/* Each one value; NULL where it is switched off. */
typedef struct AqCoqoLosses {
    AqTensor *total, *qa, *avm, *avc, *intra;
} AqCoqoLosses;

/* L = L_qa + inter (L_AVM + L_AVC) + intra L_intra. */
void aq_coqo_loss(AqNn *nn, const AqCoqo *net, const AqBatch *batch,
                  const AqAnswerOutput *y, AqReal inter, AqReal intra,
                  AqCoqoLosses *out);

#endif
