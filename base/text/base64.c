/* SPDX-License-Identifier: MIT */
#include "base/text/base64.h"

#include <openssl/evp.h>

void aq_base64_encode(char *out, const void *data, size_t bytes)
{
    (void)EVP_EncodeBlock((unsigned char *)out, data, (int)bytes);
}
