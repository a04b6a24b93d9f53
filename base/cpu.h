/* What this machine's processor supports, and how many cores this process may use. */
#ifndef AQ_BASE_CPU_H
#define AQ_BASE_CPU_H

typedef enum AqCpuLevel {
    AQ_CPU_PORTABLE, /* plain C */
    AQ_CPU_AVX2,     /* AVX2 and FMA */
    AQ_CPU_AVX512    /* AVX-512 F, BW, DQ, VL */
} AqCpuLevel;

/* The best level that processor and operating system support, capped by
 * aq_cpu_set_cap() or the environment variable AVQA_CPU (portable, avx2, avx512). */
AqCpuLevel aq_cpu_level(void);
void aq_cpu_set_cap(AqCpuLevel cap);
const char *aq_cpu_level_name(AqCpuLevel level);

/* The processor's model name as the operating system reports it, or "unknown". */
const char *aq_cpu_name(void);

int aq_cpu_has_bf16(void); /* AVX512_BF16 */
int aq_cpu_has_vnni(void); /* AVX512_VNNI */

/* Cores that this process may run on (affinity is respected). */
int aq_cpu_count(void);

#endif
