/*
 * AqReal: the number type that model/ computes with: float in the program. The gradient
 * tests build the same sources with -DAQ_REAL_DOUBLE, to compare an operation's
 * backward with central differences in double precision.
 */
#ifndef AQ_MODEL_TENSOR_REAL_H
#define AQ_MODEL_TENSOR_REAL_H
#include <math.h>

#ifdef AQ_REAL_DOUBLE
typedef double AqReal;
#define aq_exp  exp
#define aq_log1 log
#define aq_sqrt sqrt
#define aq_tanh tanh
#define aq_erf  erf
#define aq_fabs fabs
#define aq_fmax fmax
#else
typedef float AqReal;
#define aq_exp  expf
#define aq_log1 logf
#define aq_sqrt sqrtf
#define aq_tanh tanhf
#define aq_erf  erff
#define aq_fabs fabsf
#define aq_fmax fmaxf
#endif

/* A literal in AqReal: R(0.5). */
#define AQ_R(x) ((AqReal)(x))

#endif
