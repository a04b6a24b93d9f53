/*
 * The question encoder: word embedding, tanh, LSTM; from its states the question's
 * vectors. Padding does not change them, so a question's vectors do not depend on the
 * length of the others in its batch.
 *
 * With x_t = tanh(embedding of word t) and h_t the LSTM's state after it, t = 1..L, and
 * a gate g_t = w h_t + b that finds the words that name things:
 *
 *     q = W h_L + b                                 the state after the last word
 *         + W' (sum_t h_t) / sqrt(L)                keep_words: each word's own state
 *     o = sum_t sigmoid(g_t) x_t                    named: the things named, as words
 *     z = W_z [sum_t sigmoid(g_t) r_t,k x_t]_k      roles: the same, signed by the role
 *             / sqrt(L)                             that each has in the question,
 *         r_t = tanh(u_t - sum_s softmax_s(g_s) u_s),  u_t = W_r h_t (roles)
 *     s = W_s (sum_t sigmoid(w_s x_t + b_s) x_t) / sqrt(L) + b   sought: what is asked
 *                                                   for, from single words
 *
 * q alone holds little of a word in the middle of a question. z tells "X than Y" from
 * "Y than X": signs are relative to the mean of what is named, so that two names have
 * opposite ones from the start, and one name has none. o stays in the space of word
 * embeddings, where an answer's words are too. s does not know in what kind of question
 * its words are: "first" is the same in "which sounds first?" and in "where is the
 * first?". (All but the first term are this project's.)
 */
#ifndef AQ_MODEL_QUESTION_ENCODER_H
#define AQ_MODEL_QUESTION_ENCODER_H
#include "model/nn/layers.h"

typedef struct AqQuestionForm {
    int dim;        /* d */
    int keep_words; /* 1: q has the sum over the words */
    int roles;      /* 0: no z */
    int named;      /* 1: with o; needed for roles */
    int sought;     /* 1: with s; needs named */
} AqQuestionForm;

typedef struct AqQuestionEncoder {
    AqTensor *embedding;         /* (words,d) */
    AqDense in, state;           /* W_ih, W_hh (4d,d) with their biases */
    AqDense out;                 /* (d,d) */
    AqTensor *sum;               /* W' (d,d) or NULL */
    AqTensor *role;              /* W_r (roles,d) or NULL */
    AqTensor *mix_roles;         /* W_z (d,roles*d) or NULL */
    AqDense gate;                /* (1,d) */
    AqDense gate_sought, sought; /* w_s (1,d), W_s (d,d) */
    AqQuestionForm form;
} AqQuestionEncoder;

AqQuestionEncoder aq_declare_question_encoder(AqDeclare *d, int n_words,
                                              const AqQuestionForm *form);

/* Values of a question's row, [q ; z ; o ; s]: d for each that there is. */
int aq_question_width(const AqQuestionForm *form);

/* Call after aq_params_init(): opens the forget gate (Jozefowicz et al., 2015) and
 * zeroes <pad>'s row. */
void aq_question_encoder_init(const AqQuestionEncoder *p);

/* ids (n,most) in rows, lengths (n); rows of length 0 give the result of a question
 * without words, and must be masked. -> [q ; z ; o ; s]
 * (n,aq_question_width) */
AqTensor *aq_question_encoder(AqNn *nn, const AqQuestionEncoder *p, const int *ids,
                              const int *lengths, int n, int most, AqReal dropout);

#endif
