/*
 * The question encoder: word embedding, tanh, LSTM, the state after the last real word,
 * linear. Pads do not move the state, so a question's vector does not depend on how
 * long the others of its batch are.
 */
#ifndef AQ_MODEL_QUESTION_ENCODER_H
#define AQ_MODEL_QUESTION_ENCODER_H
#include "model/nn/layers.h"

typedef struct AqQuestionEncoder {
    AqTensor *embedding; /* (words,d) */
    AqDense in, state;   /* W_ih, W_hh (4d,d) with their biases */
    AqDense out;         /* (d,d) */
    int dim;
} AqQuestionEncoder;

AqQuestionEncoder aq_declare_question_encoder(AqDeclare *d, int n_words, int dim);

/* After aq_params_init: the forget gate starts open (Jozefowicz et al., 2015), <pad>'s
 * row at zero. */
void aq_question_encoder_init(const AqQuestionEncoder *p);

/* ids (n,most) in rows, lengths (n); rows of length 0 give what a question without
 * words would, and are to be masked. -> F_q (n,d) */
AqTensor *aq_question_encoder(AqNn *nn, const AqQuestionEncoder *p, const int *ids,
                              const int *lengths, int n, int most, AqReal dropout);

#endif
