/* Base64 (RFC 4648), through OpenSSL's libcrypto. */
#ifndef AQ_BASE_TEXT_BASE64_H
#define AQ_BASE_TEXT_BASE64_H
#include <stddef.h>

/* What `bytes` become, the final zero among it. */
#define AQ_BASE64_BYTES(bytes) (((size_t)(bytes) + 2) / 3 * 4 + 1)

/* Writes AQ_BASE64_BYTES(bytes); data of at most 2^30 bytes. A text cut at multiples of
 * three bytes can be written part by part. */
void aq_base64_encode(char *out, const void *data, size_t bytes);

#endif
