/*
 * What a CoQo network is made like. The defaults are those of the design page (after
 * the code of peers; the paper's are not public). Everything here is kept in the model
 * file, and all of it is an option of `train`.
 */
#ifndef AQ_MODEL_COQO_CONFIG_H
#define AQ_MODEL_COQO_CONFIG_H
#include "base/options/option.h"

typedef struct AqCoqoConfig {
    int dim;         /* d: model width */
    int heads;       /* attention heads; must divide d */
    int layers;      /* L, for each of the QGTs */
    int tokens;      /* m: learnable tokens a QGT; 0 for none */
    int ffn;         /* width of the feed-forward blocks, in d */
    int fusion;      /* width of section 5's FC, in d */
    int max_seconds; /* rows of the time embedding; later seconds are not looked at */
    int max_words;   /* words of a question that are read */
    int min_count;   /* a word must occur so often in training to be known */
    double dropout;
    double lambda;     /* weight of the questions: F'_m = F^_m + lambda F^_c + F_m */
    int learn_lambda;  /* 0: lambda stays; with lambda 0 the questions are not asked */
    double tau;        /* temperature of the contrastive losses */
    int learn_tau;     /* 0: it stays */
    int spatial;       /* 0: no spatial QGT, cells are pooled as they come */
    int own_pool;      /* 1: each question weighs the cells; 0: one weighing for all */
    int temporal;      /* 0: no temporal QGT */
    int question_only; /* 1: neither sound nor picture is looked at */
} AqCoqoConfig;

AqCoqoConfig aq_coqo_config_default(void);

/* The options behind --help, the command line and the model file. */
extern const AqOption aq_coqo_options[];

/* aq_options_set() on it: aq_coqo_config_set(&c, "dim", "256"). */
AQ_MUST_CHECK AqErr aq_coqo_config_set(AqCoqoConfig *c, const char *name,
                                       const char *value);

#endif
