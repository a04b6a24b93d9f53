/* SPDX-License-Identifier: MIT */
/* The kernels for the level "portable"; the compiler's flags are in meson.build. */
#include "model/tensor/kernels_priv.h"

#define KERNELS aq_kernels_portable
#include "model/tensor/kernels.inc"
