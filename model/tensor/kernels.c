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

/* Keys and values of all tokens; of the queries at a time, themselves, what they gather
 * (each up to a multiple of 16 columns), their weights, 16 sums of these, a maximum. */
size_t aq_head_scratch(int n, int hs)
{
    const size_t wide = ((size_t)n + 15) / 16 * 16, deep = ((size_t)hs + 15) / 16 * 16;
    const size_t queries = n < AQ_HEAD_QUERIES ? (size_t)n : AQ_HEAD_QUERIES,
                 keys = wide < AQ_HEAD_KEYS ? wide : AQ_HEAD_KEYS;

    return wide * (size_t)hs + (size_t)n * deep +
           (queries * (2 * deep + keys + 16 + 1) + 15) / 16 * 16;
}
