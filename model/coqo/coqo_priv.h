/* The inside of the network: its parameters, and the parts that forward.c calls. */
#ifndef AQ_MODEL_COQO_COQO_PRIV_H
#define AQ_MODEL_COQO_COQO_PRIV_H
#include "model/coqo/coqo.h"
#include "model/coqo/qgt.h"
#include "model/question/encoder.h"

/* Decoder: one answer token (CLS) for each question and modality. */
typedef struct AqAnswerDecoder {
    AqTensor *cls; /* (d) */
    AqNorm norm_q, norm_f;
    AqHeads cross;
} AqAnswerDecoder;

struct AqCoqo {
    AqCoqoConfig config;
    AqAnswerShape shape;
    AqParams *params;
    AqQuestionEncoder question;
    AqDense in[AQ_N_MODALITIES];     /* features -> d */
    AqTensor *time[AQ_N_MODALITIES]; /* (max_seconds,d) */
    AqTensor *cell;                  /* (S,d) */
    AqQgt spatial, temporal[AQ_N_MODALITIES];
    AqDense pool;         /* of a question: what it looks for in the cells */
    AqTensor *pool_query; /* (1,d) what all look for; where own_pool is off */
    AqAnswerDecoder decoder[AQ_N_MODALITIES];
    AqDense fuse, mix, classify;
    AqDense match_in, match_out; /* the head of L_AVM */
    AqTensor *log_scale;         /* (1) log(1/tau); NULL where it is not learned */
};

AqAnswerDecoder aq_declare_decoder(AqDeclare *d, const char *prefix,
                                   const AqCoqoConfig *c);

/* F''_t (B*N,T,d), q (B*N,d), on (B*N,T), any (B*N) -> c (B*N,d). */
AqTensor *aq_decoder(AqNn *nn, const AqAnswerDecoder *p, AqTensor *f_t, AqTensor *q,
                     const AqReal *on, const AqReal *any, AqReal dropout,
                     AqTensor **weights_out);

/* (c_a, c_v, q) (n,d) each -> e (n,d), section 5. */
AqTensor *aq_fusion(AqNn *nn, const AqCoqo *net, AqTensor *c_a, AqTensor *c_v,
                    AqTensor *q);

/* One clip's number for ask b. */
static inline int aq_batch_clip(const AqBatch *batch, int b)
{
    return batch->clip_of ? batch->clip_of[b] : b;
}

/* Whether ask b's clip has the stream at any second. */
int aq_batch_has(const AqBatch *batch, AqModality m, int b);

#endif
