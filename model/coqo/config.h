/*
 * The configuration of a CoQo network. The defaults are those of docs/coqo.md (after
 * the code of related work; the paper's are not public). Everything here is stored in
 * the model file and is an option of `train`.
 */
#ifndef AQ_MODEL_COQO_CONFIG_H
#define AQ_MODEL_COQO_CONFIG_H
#include "base/options/option.h"
#include "model/qgt/qgt.h"

/* How a question's attention to the seconds, alpha, changes what the decoder reads
 * (docs/coqo.md, section 3). */
typedef enum AqHighlight {
    AQ_HIGHLIGHT_OFF, /* not at all */
    AQ_HIGHLIGHT_RAW, /* F + alpha F before LayerNorm, which undoes it: files of before
                       */
    AQ_HIGHLIGHT_NORMED /* F + g T alpha F behind LayerNorm, g learned */
} AqHighlight;

typedef struct AqCoqoConfig {
    int dim;         /* d: model width */
    AqQgtForm form;  /* of each QGT; the decoders have as many heads */
    int fusion;      /* width of section 5's FC, in units of d */
    int max_seconds; /* rows of the time embedding; later seconds are ignored */
    int max_words;   /* words read of a question */
    int min_count;   /* occurrences in training that a word needs to be known */
    double dropout;
    int own_asking; /* 1: a sequence that is one question's asks that one alone */
    double tau;     /* temperature of the contrastive losses */
    int learn_tau;  /* 0: tau is fixed */
    int spatial;    /* 0: no spatial QGT, cells are pooled unchanged */
    int own_pool;   /* 1: each question has its own cell weights; 0: one set for all */
    int temporal;   /* 0: no temporal QGT */
    int keep_seconds;  /* the decoders read the seconds before it, too */
    int highlight;     /* an AqHighlight */
    int keep_words;    /* q has the sum of the states of all words */
    int roles;         /* signed roles of a question's words; 0: none */
    int own_fusion;    /* each stream meets its own part of the question */
    int hop;           /* a second look, for what is named */
    int subject;       /* what it looks for is heard by words of its own */
    int changes;       /* what changes in the pictures is seen */
    int align_heads;   /* L_AVC and L_intra see linear maps of c_a and c_v */
    int question_only; /* 1: neither sound nor picture is used */
} AqCoqoConfig;

AqCoqoConfig aq_coqo_config_default(void);

/* The options that model files of before did not have, as these were trained. */
void aq_coqo_config_before(AqCoqoConfig *c);

/* The options for --help, the command line and the model file. */
extern const AqOption aq_coqo_options[];

/* aq_options_set() on it: aq_coqo_config_set(&c, "dim", "256"). */
AQ_MUST_CHECK AqErr aq_coqo_config_set(AqCoqoConfig *c, const char *name,
                                       const char *value);

#endif
