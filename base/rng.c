/* SPDX-License-Identifier: MIT */
#include "base/rng.h"

#include <assert.h>
#include <math.h>

uint64_t aq_mix64(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

AqRng aq_rng(uint64_t seed, uint64_t stream)
{
    uint64_t x = aq_mix64(seed + 0x9E3779B97F4A7C15u) ^ stream;
    AqRng r;

    for (int k = 0; k < 4; k++)
        r.s[k] = aq_mix64(x += 0x9E3779B97F4A7C15u);
    return r;
}

static uint64_t rotate_bits_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t aq_rng_u64(AqRng *r)
{
    uint64_t *s = r->s;
    const uint64_t result = rotate_bits_left(s[1] * 5, 7) * 9, t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_bits_left(s[3], 45);
    return result;
}

double aq_rng_uniform(AqRng *r)
{
    return (double)(aq_rng_u64(r) >> 11) * 0x1p-53;
}

double aq_rng_range(AqRng *r, double lo, double hi)
{
    return lo + (hi - lo) * aq_rng_uniform(r);
}

double aq_rng_normal(AqRng *r)
{
    const double u = 1.0 - aq_rng_uniform(r), v = aq_rng_uniform(r);

    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

unsigned aq_rng_below(AqRng *r, unsigned n)
{
    assert(n > 0);
    const uint32_t limit = UINT32_MAX - UINT32_MAX % n;
    uint32_t x;

    do
        x = (uint32_t)(aq_rng_u64(r) >> 32);
    while (x >= limit);
    return x % n;
}

void aq_rng_shuffle(AqRng *r, size_t *v, size_t n)
{
    for (size_t k = n; k > 1; k--) {
        const size_t j = aq_rng_below(r, (unsigned)k), t = v[k - 1];

        v[k - 1] = v[j];
        v[j] = t;
    }
}
