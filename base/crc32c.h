/* CRC-32C (RFC 3720, B.4), plain and masked as TensorFlow's files store it: rotated,
 * with a constant added. */
#ifndef AQ_BASE_CRC32C_H
#define AQ_BASE_CRC32C_H
#include <stddef.h>
#include <stdint.h>

uint32_t aq_crc32c(const unsigned char *bytes, size_t n);
uint32_t aq_crc32c_masked(const unsigned char *bytes, size_t n);

#endif
