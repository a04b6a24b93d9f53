/* The inside of the network: its parameters, and the parts that forward.c calls. */
#ifndef AQ_MODEL_COQO_COQO_PRIV_H
#define AQ_MODEL_COQO_COQO_PRIV_H
#include "model/answer/parts.h"
#include "model/answer/questions.h"
#include "model/coqo/coqo.h"
#include "model/qgt/qgt.h"
#include "model/question/encoder.h"

/* Decoder: one answer token (CLS) for each question and modality. */
typedef struct AqAnswerDecoder {
    AqTensor *cls; /* (d) */
    AqNorm norm_q, norm_f;
    AqHeads cross;
    AqTensor *gain; /* (1) g; with AQ_HIGHLIGHT_NORMED */
    AqHighlight highlight;
} AqAnswerDecoder;

typedef struct AqCoqo {
    const AqCoqoConfig *config; /* the net's */
    AqAnswerShape shape;
    AqQuestionEncoder question;
    AqDense in[AQ_N_MODALITIES][AQ_MOST_FEATURES]; /* a feature's values -> d */
    AqTensor *time[AQ_N_MODALITIES];               /* (max_seconds,d) */
    AqTensor *cell;                                /* (S,d), of all features */
    AqTensor *change[AQ_MOST_FEATURES];            /* (d,V) or NULL */
    AqQgt spatial, temporal[AQ_N_MODALITIES];
    AqDense pool;         /* from a question: its query to the cells */
    AqTensor *pool_query; /* (1,d) shared query, if own_pool is off */
    AqAnswerDecoder decoder[AQ_N_MODALITIES], listen;
    AqDense mean_audio;   /* (d,d) */
    AqDense cell_in;      /* (cell,d) */
    AqTensor *cell_place; /* (S,cell) */
    AqDense fuse, mix, classify;
    AqDense own[AQ_N_MODALITIES];                             /* G_m */
    AqDense compare, compare_more;                            /* H_z, M_z */
    AqDense heard, heard_more, seen;                          /* H_o, M_o, H_v */
    AqDense own_subject, heard_subject, mix_subject, subject; /* G_s, H_s, FC_s, W_u */
    AqDense subject_role;                                     /* H_u */
    AqDense subject_stands;                                   /* (1,d) kappa */
    AqDense seek; /* (cell,d): a word as what cells look like */
    AqDense found, found_by, mix_found, classify_found;
    AqDense match_in, match_out;    /* the head of L_AVM */
    AqDense align[AQ_N_MODALITIES]; /* P_a, P_v of L_AVC and L_intra */
    AqTensor *log_scale;            /* (1) log(1/tau); NULL if not learned */
} AqCoqo;

static inline const AqCoqo *aq_coqo_of(const AqAnswerNet *net)
{
    return net->state;
}

AqAnswerDecoder aq_declare_decoder(AqDeclare *d, const char *prefix,
                                   const AqCoqoConfig *c);

/* F''_t (B*N,T,d), q (B*N,d), on (B*N,T), any (B*N) -> c (B*N,d). */
AqTensor *aq_decoder(AqNn *nn, const AqAnswerDecoder *p, AqTensor *f_t, AqTensor *q,
                     const AqReal *on, const AqReal *any, AqReal dropout,
                     AqTensor **weights_out);

/* What the decoders read of a second: F'', and what was before it, too. */
static inline int aq_coqo_reads_of_second(const AqCoqoConfig *c)
{
    return c->temporal && c->keep_seconds ? 2 : 1;
}

/* S: the cells of a picture, of all its features. */
static inline int aq_coqo_cells(const AqCoqo *net)
{
    return aq_feature_total(&net->shape.sizes, AQ_VISUAL).cells;
}

/* Is there a second look? With question_only there is nothing to look at. */
static inline int aq_coqo_hops(const AqCoqoConfig *c)
{
    return c->hop && !c->question_only;
}

/* Is what it looks for heard by words of its own? */
static inline int aq_coqo_listens(const AqCoqoConfig *c)
{
    return aq_coqo_hops(c) && c->subject;
}

/* Is the mean of the sound used? */
static inline int aq_coqo_means(const AqCoqoConfig *c)
{
    return c->roles > 0 || aq_coqo_listens(c);
}

/* Do the things named meet the sound's mean against each other? With a subject they
 * meet that. */
static inline int aq_coqo_compares(const AqCoqoConfig *c)
{
    return c->roles > 0 && !aq_coqo_listens(c);
}

#define AQ_CELL 32 /* values of a cell in v */

/* [c_a ; mean ; c_s], [c_v ; cells], [q ; z ; o ; s] -> logits (n,K), section 5.
 * (fusion.c) */
AqTensor *aq_fusion(AqNn *nn, const AqCoqo *net, AqTensor *c_a, AqTensor *c_v,
                    AqTensor *q);
void aq_declare_fusion(AqCoqo *net, AqDeclare *d);
AqQuestionForm aq_coqo_question_form(const AqCoqoConfig *c);

/* The parts of the network, as in model/answer/network.h. (forward.c) */
AqTensor *aq_coqo_words(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch);
AqTensor *aq_coqo_look(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                       AqModality m, AqTensor *q, AqAnswerOutput *out);
AqTensor *aq_coqo_weigh(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                        AqModality m, AqTensor *x, AqTensor *q, AqAnswerOutput *out);
AqTensor *aq_coqo_answer(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                         AqTensor *c_a, AqTensor *c_v, AqTensor *q);
/* (losses.c) */
void aq_coqo_loss(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                  const AqAnswerOutput *y, const AqReal *weights, AqAnswerLosses *out);

#endif
