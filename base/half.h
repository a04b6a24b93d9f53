/*
 * Half precision and bfloat16 to float32 and back, IEEE 754 round to nearest even. NaN
 * stays NaN; values too large for half become infinity.
 */
#ifndef AQ_BASE_HALF_H
#define AQ_BASE_HALF_H
#include <stddef.h>
#include <stdint.h>

float aq_half_to_float(uint16_t h);
uint16_t aq_half_from_float(float f);

void aq_half_to_floats(float *out, const uint16_t *in, size_t n);
void aq_half_from_floats(uint16_t *out, const float *in, size_t n);
void aq_bf16_to_floats(float *out, const uint16_t *in, size_t n);

#endif
