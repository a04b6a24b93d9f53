/* What the first look (fusion.c) and the second (second_look.c) share: a question's
 * parts, side by side before a layer mixes them. */
#ifndef AQ_MODEL_COQO_FUSION_PRIV_H
#define AQ_MODEL_COQO_FUSION_PRIV_H
#include "model/coqo/coqo_priv.h"

enum { AQ_MOST_PARTS = 12 };

/* What is fused, for each of n questions. */
typedef struct AqFusionParts {
    int n;
    AqTensor *c[AQ_N_MODALITIES]; /* (n,d) */
    AqTensor *q, *z, *o, *s;      /* (n,d) */
    AqTensor *mean, *heard;       /* (n,d) of the sound, c_s */
    AqTensor *cells;              /* (n,S,cell) */
    AqTensor *part[AQ_MOST_PARTS];
    int n_parts;
} AqFusionParts;

/* W x, to be multiplied with another: not too small beside sums. */
AqDense aq_declare_product(AqDeclare *d, const char *name, int dim);

void aq_add_part(AqFusionParts *s, AqTensor *x);

/* GELU(mix(the parts added so far)); none is left. */
AqTensor *aq_mix_parts(AqNn *nn, const AqCoqo *net, AqFusionParts *s,
                       const AqDense *mix);

void aq_declare_second_look(AqCoqo *net, AqDeclare *d);

/* The first look's logits (n,K) and what the second adds to them. */
AqTensor *aq_second_look(AqNn *nn, const AqCoqo *net, AqFusionParts *s,
                         AqTensor *logits);

#endif
