/* SPDX-License-Identifier: MIT */
#include "base/half.h"

#include <string.h>

static uint32_t bits_of(float f)
{
    uint32_t u;

    memcpy(&u, &f, sizeof u);
    return u;
}

static float float_of(uint32_t u)
{
    float f;

    memcpy(&f, &u, sizeof f);
    return f;
}

float aq_half_to_float(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000u) << 16, rest = h & 0x7FFFu;

    if (rest >= 0x7C00u) /* infinity and NaN keep their payload */
        return float_of(sign | 0x7F800000u | (rest & 0x3FFu) << 13);
    if (rest >= 0x0400u)
        return float_of(sign | ((rest << 13) + ((127u - 15u) << 23)));
    const float tiny = (float)rest * 0x1p-24f; /* subnormal: exact in float */
    return sign ? -tiny : tiny;
}

uint16_t aq_half_from_float(float f)
{
    const uint32_t u = bits_of(f), sign = u >> 16 & 0x8000u, a = u & 0x7FFFFFFFu;

    if (a > 0x7F800000u)
        return (uint16_t)(sign | 0x7E00u);
    if (a >= 0x477FF000u) /* 65520 and above round to infinity */
        return (uint16_t)(sign | 0x7C00u);
    if (a < 0x38800000u) { /* below 2^-14: let the float adder round at 2^-24 */
        const float shifted = float_of(a) + 0.5f;
        return (uint16_t)(sign | (bits_of(shifted) - bits_of(0.5f)));
    }
    const uint32_t rounded = a + 0xFFFu + (a >> 13 & 1u);
    return (uint16_t)(sign | ((rounded >> 13) - ((127u - 15u) << 10)));
}

void aq_half_to_floats(float *out, const uint16_t *in, size_t n)
{
    for (size_t k = 0; k < n; k++)
        out[k] = aq_half_to_float(in[k]);
}

void aq_half_from_floats(uint16_t *out, const float *in, size_t n)
{
    for (size_t k = 0; k < n; k++)
        out[k] = aq_half_from_float(in[k]);
}

void aq_bf16_to_floats(float *out, const uint16_t *in, size_t n)
{
    for (size_t k = 0; k < n; k++)
        out[k] = float_of((uint32_t)in[k] << 16);
}
