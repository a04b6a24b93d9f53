/* SPDX-License-Identifier: MIT */
/* Digests of a weight file: of its bytes, and of its content whatever the format. */
#include "model/weights/weights_priv.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { PIECE_BYTES = 1 << 16 };

static AqErr digest_files(const AqWeights *w, char hex[AQ_SHA256_HEX])
{
    AqSha256 *s = NULL;
    AqErr err = aq_sha256_new(&s);

    if (err == AQ_OK)
        err = aq_sha256_add(s, w->file.bytes, w->file.n);
    if (err == AQ_OK && w->data.n)
        err = aq_sha256_add(s, w->data.bytes, w->data.n);
    for (size_t k = 0; err == AQ_OK && k < w->n_parts; k++)
        err = aq_sha256_add(s, w->parts[k]->file.bytes, w->parts[k]->file.n);
    if (err == AQ_OK)
        err = aq_sha256_finish(&s, hex);
    aq_sha256_free(&s);
    return err;
}

AqErr aq_weights_sha256(AqWeights *w, char hex[AQ_SHA256_HEX])
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    AqErr err = AQ_OK;

    (void)pthread_mutex_lock(&lock);
    if (!w->sha256[0])
        err = digest_files(w, w->sha256);
    memcpy(hex, w->sha256, AQ_SHA256_HEX);
    (void)pthread_mutex_unlock(&lock);
    return err;
}

static AqErr digest_one(AqSha256 *s, const AqWeight *t)
{
    unsigned char raw[PIECE_BYTES];
    char head[64];
    const size_t size = aq_dtype_bytes(t->dtype), piece = sizeof raw / size;
    AqErr err = aq_sha256_add(s, t->name, strlen(t->name) + 1);

    if (err == AQ_OK)
        err = aq_sha256_add(s, head,
                            (size_t)snprintf(head, sizeof head, "%s %d",
                                             aq_dtype_name(t->dtype), t->n_dims));
    for (int k = 0; err == AQ_OK && k < t->n_dims; k++)
        err = aq_sha256_add(
            s, head,
            (size_t)snprintf(head, sizeof head, " %lld", (long long)t->dims[k]));
    if (err == AQ_OK)
        err = aq_sha256_add(s, "", 1);
    for (size_t at = 0; err == AQ_OK && at < t->count; at += piece) {
        const size_t n = t->count - at < piece ? t->count - at : piece;

        aq_weight_to_bytes(t, at, n, raw);
        err = aq_sha256_add(s, raw, n * size);
    }
    return err;
}

AqErr aq_weights_content_sha256(const AqWeights *w, char hex[AQ_SHA256_HEX])
{
    AqSha256 *s = NULL;
    AqErr err = aq_sha256_new(&s);

    for (size_t k = 0; err == AQ_OK && k < w->n; k++)
        err = digest_one(s, &w->v[k]);
    if (err == AQ_OK)
        err = aq_sha256_finish(&s, hex);
    aq_sha256_free(&s);
    return err;
}
