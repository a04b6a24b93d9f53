/*
 * Random numbers, the same on every machine: xoshiro256** (Blackman and Vigna, 2018),
 * seeded through splitmix64. The state is plain data: copy it to save a position.
 */
#ifndef AQ_BASE_RNG_H
#define AQ_BASE_RNG_H
#include <stddef.h>
#include <stdint.h>

typedef struct AqRng {
    uint64_t s[4];
} AqRng;

/* Each `stream` is an independent sequence for the same seed. */
AqRng aq_rng(uint64_t seed, uint64_t stream);

uint64_t aq_rng_u64(AqRng *r);
double aq_rng_uniform(AqRng *r);                     /* [0, 1) */
double aq_rng_range(AqRng *r, double lo, double hi); /* [lo, hi) */
double aq_rng_normal(AqRng *r);                      /* mean 0, variance 1 */
unsigned aq_rng_below(AqRng *r, unsigned n);         /* 0 .. n-1, unbiased; n > 0 */
void aq_rng_shuffle(AqRng *r, size_t *v, size_t n);

/* One step of splitmix64's output function: a good 64-bit hash of `x`. */
uint64_t aq_mix64(uint64_t x);

#endif
