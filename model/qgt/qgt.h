/*
 * The question-guided transformer, QGT(F_m, F_q): a modality's sequence attends to its
 * video's questions. Learnable tokens R accompany the questions and make up for missing
 * ones when only one is asked. Formulas: section 2 of docs/coqo.md.
 */
#ifndef AQ_MODEL_QGT_QGT_H
#define AQ_MODEL_QGT_QGT_H
#include "base/options/option.h"
#include "model/nn/layers.h"

/* What one is made of; d and dropout are its network's. */
typedef struct AqQgtForm {
    int heads;        /* of attention; must divide d */
    int layers;       /* L, at most AQ_QGT_MOST_LAYERS */
    int tokens;       /* m: learnable tokens; 0 for none */
    int ffn;          /* width of the feed-forward blocks, in units of d */
    double lambda;    /* weight of the questions: F'_m = F^_m + lambda F^_c + F_m */
    int learn_lambda; /* 0: lambda is fixed; at lambda 0 the questions are not used */
    int lambda_each;  /* 1: a lambda for each channel, if it is learned */
} AqQgtForm;

/* Its options, which each network that has one has: AQ_ROWS_AT(aq_qgt_sizes,
 * offsetof(its configuration, the form)). Two lists, as model files have others between
 * them. */
extern const AqOption aq_qgt_sizes[], aq_qgt_lambda[];
AqQgtForm aq_qgt_form_default(void);
/* Can a network of that width have it? AQ_ERR_USAGE. */
AQ_MUST_CHECK AqErr aq_qgt_check(const AqQgtForm *c, int dim);

typedef struct AqQgtLayer {
    AqNorm norm_t, norm_m, norm_c, norm_k, norm_f;
    AqHeads self_t, self_m, cross;
    AqTensor *lambda; /* (1), or (d) if each channel has one; NULL if not learned */
    AqFeedForward ffn;
} AqQgtLayer;

#define AQ_QGT_MOST_LAYERS 16

typedef struct AqQgt {
    AqTensor *tokens; /* R (m,d) or NULL */
    AqQgtLayer layer[AQ_QGT_MOST_LAYERS];
    AqNorm norm; /* after the last layer */
    int n_layers, n_tokens;
    AqReal dropout, fixed_lambda;
} AqQgt;

AqQgt aq_declare_qgt(AqDeclare *d, const char *prefix, const AqQgtForm *c, int dim,
                     double dropout);

/*
 * Input of a QGT. F_m is (C*R,S,d): C clips of R rows of S entries (a spatial QGT has
 * the seconds as rows and the cells as entries; a temporal one has the seconds as
 * entries). There are B asks of N questions; ask b is about clip clip_of[b] (NULL: b of
 * B = C), so that what does not depend on the questions is computed once.
 */
typedef struct AqQgtInput {
    AqTensor *x;            /* F_m (C*R,S,d) */
    int n_clips, rows;      /* C, R */
    const AqReal *clip_on;  /* (C*R,S) 1 present, 0 absent */
    const AqReal *ask_on;   /* (B*R,S) the same for each ask; clip_on if B = C */
    AqTensor *questions;    /* F_q (B,N,d) */
    const AqReal *token_on; /* (B,N+m) 1 asked, 0 not */
    const AqReal *own_on;   /* (B*R,N+m) the same for each row; NULL: as for the ask */
    int n_asks;
    const int *clip_of;
} AqQgtInput;

/* -> F''_m (B*R,S,d), normalised. */
AqTensor *aq_qgt(AqNn *nn, const AqQgt *p, const AqQgtInput *in);

#endif
