/* SHA-256 (FIPS 180-4), through OpenSSL's libcrypto. */
#ifndef AQ_BASE_DIGEST_H
#define AQ_BASE_DIGEST_H
#include "base/err.h"

#include <stddef.h>

#define AQ_SHA256_BYTES 32
#define AQ_SHA256_HEX   65 /* 64 digits and the final zero */

typedef struct AqSha256 AqSha256;

AQ_MUST_CHECK AqErr aq_sha256_new(AqSha256 **out);
AQ_MUST_CHECK AqErr aq_sha256_add(AqSha256 *s, const void *data, size_t bytes);
/* Writes the digest as lower-case hex and frees *s, which becomes NULL. */
AQ_MUST_CHECK AqErr aq_sha256_finish(AqSha256 **s, char hex[AQ_SHA256_HEX]);
void aq_sha256_free(AqSha256 **s);

AQ_MUST_CHECK AqErr aq_sha256_buffer(const void *data, size_t bytes,
                                     char hex[AQ_SHA256_HEX]);
AQ_MUST_CHECK AqErr aq_sha256_file(const char *path, char hex[AQ_SHA256_HEX]);

#endif
