/*
 * An LSTM over sequences (Hochreiter and Schmidhuber, 1997), as PyTorch has it: gates
 * in the order i, f, g, o, and two biases. Time is the outer dimension, so that a
 * step's rows are contiguous.
 */
#ifndef AQ_MODEL_NN_RECURRENT_H
#define AQ_MODEL_NN_RECURRENT_H
#include "model/nn/layers.h"

typedef struct AqLstm {
    AqDense in, state; /* W_ih (4d,w), W_hh (4d,d) with their biases */
} AqLstm;

/* Parameters "<prefix>.in.*" and "<prefix>.state.*". */
AqLstm aq_declare_lstm(AqDeclare *d, const char *prefix, int in, int dim);

/* What each step's input gives to the gates, W_ih x + b: x (..,w) -> (..,4d). */
AqTensor *aq_lstm_gates(AqNn *nn, AqTensor *x, const AqLstm *p);

/* The states after each step, (T,n,d), of n sequences of these gates (T*n rows, time
 * outermost). lengths (n): steps of each, whose state stays as it is behind them; NULL:
 * all T. backwards: from a sequence's end to its start; state t is that after step t.
 */
AqTensor *aq_lstm_states(AqNn *nn, AqTensor *gates, const AqLstm *p, const int *lengths,
                         int n, int T, int backwards);

#endif
