/* SPDX-License-Identifier: MIT */
/* The kernels for the level "avx2"; the compiler's flags are in meson.build. */
#include "model/tensor/kernels_priv.h"

#define KERNELS aq_kernels_avx2
#include "model/tensor/kernels.inc"
