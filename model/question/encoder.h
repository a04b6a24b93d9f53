/*
 * The question encoder: word embedding, tanh, LSTM, the state after the last real word,
 * linear. Padding does not change the state, so a question's vector does not depend on
 * the length of the others in its batch.
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

/* Call after aq_params_init(): opens the forget gate (Jozefowicz et al., 2015) and
 * zeroes <pad>'s row. */
void aq_question_encoder_init(const AqQuestionEncoder *p);

/* ids (n,most) in rows, lengths (n); rows of length 0 give the result of a question
 * without words, and must be masked. -> F_q (n,d) */
AqTensor *aq_question_encoder(AqNn *nn, const AqQuestionEncoder *p, const int *ids,
                              const int *lengths, int n, int most, AqReal dropout);

#endif
