/* SPDX-License-Identifier: MIT */
#include "model/tensor/kernels_priv.h"

const AqKernels *aq_kernels_of(AqCpuLevel level)
{
    switch (level) {
    case AQ_CPU_PORTABLE:
        return &aq_kernels_portable;
#ifdef AQ_HAVE_X86_KERNELS
    case AQ_CPU_AVX2:
        return &aq_kernels_avx2;
    case AQ_CPU_AVX512:
        return &aq_kernels_avx512;
#else
    default:
        break;
#endif
    }
    return NULL;
}

const AqKernels *aq_kernels(void)
{
    const AqKernels *k = aq_kernels_of(aq_cpu_level());

    return k ? k : &aq_kernels_portable;
}
