/* SPDX-License-Identifier: MIT */
#include "base/digest.h"

#include "base/alloc.h"

#include <openssl/evp.h>
#include <stdio.h>

struct AqSha256 {
    EVP_MD_CTX *md;
};

static AqErr crypto_failed(void)
{
    return aq_fail(AQ_ERR_IO, "SHA-256 could not be computed by libcrypto");
}

void aq_sha256_free(AqSha256 **ps)
{
    if (*ps) {
        EVP_MD_CTX_free((*ps)->md);
        aq_free(*ps);
    }
    *ps = NULL;
}

AqErr aq_sha256_new(AqSha256 **out)
{
    *out = NULL;
    AqSha256 *s = aq_alloc(1, sizeof *s);
    if (!s)
        return AQ_ERR_NOMEM;
    s->md = EVP_MD_CTX_new();
    if (!s->md || EVP_DigestInit_ex(s->md, EVP_sha256(), NULL) != 1) {
        aq_sha256_free(&s);
        return crypto_failed();
    }
    *out = s;
    return AQ_OK;
}

AqErr aq_sha256_add(AqSha256 *s, const void *data, size_t bytes)
{
    return EVP_DigestUpdate(s->md, data, bytes) == 1 ? AQ_OK : crypto_failed();
}

AqErr aq_sha256_finish(AqSha256 **ps, char hex[AQ_SHA256_HEX])
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    const int ok = EVP_DigestFinal_ex((*ps)->md, raw, NULL);

    aq_sha256_free(ps);
    if (ok != 1)
        return crypto_failed();
    for (int k = 0; k < AQ_SHA256_BYTES; k++)
        (void)snprintf(hex + (size_t)k * 2, 3, "%02x", raw[k]);
    return AQ_OK;
}

AqErr aq_sha256_buffer(const void *data, size_t bytes, char hex[AQ_SHA256_HEX])
{
    AqSha256 *s = NULL;
    AqErr err = aq_sha256_new(&s);

    if (err == AQ_OK)
        err = aq_sha256_add(s, data, bytes);
    if (err == AQ_OK)
        err = aq_sha256_finish(&s, hex);
    aq_sha256_free(&s);
    return err;
}

AqErr aq_sha256_file(const char *path, char hex[AQ_SHA256_HEX])
{
    enum { BLOCK = 1 << 18 };
    AqSha256 *s = NULL;
    char *block = NULL;
    AqErr err = AQ_OK;
    size_t n;

    FILE *f = fopen(path, "rb");
    if (!f)
        return aq_fail_errno(path);
    block = aq_alloc(BLOCK, 1);
    err = block ? aq_sha256_new(&s) : AQ_ERR_NOMEM;
    while (err == AQ_OK && (n = fread(block, 1, BLOCK, f)) > 0)
        err = aq_sha256_add(s, block, n);
    if (err == AQ_OK && ferror(f))
        err = aq_fail_errno(path);
    if (err == AQ_OK)
        err = aq_sha256_finish(&s, hex);
    aq_sha256_free(&s);
    aq_free(block);
    (void)fclose(f); /* read only */
    return err;
}
