/* The tables that kernels.inc defines, one a level. */
#ifndef AQ_MODEL_TENSOR_KERNELS_PRIV_H
#define AQ_MODEL_TENSOR_KERNELS_PRIV_H
#include "model/tensor/kernels.h"

extern const AqKernels aq_kernels_portable, aq_kernels_avx2, aq_kernels_avx512;

#endif
