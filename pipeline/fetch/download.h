/*
 * Downloads one file by libcurl: what an earlier, interrupted download left is gone on
 * from, and the file is there only once its digest is right.
 */
#ifndef AQ_PIPELINE_FETCH_DOWNLOAD_H
#define AQ_PIPELINE_FETCH_DOWNLOAD_H
#include "base/digest.h"

#include <stdint.h>

typedef struct AqDownload {
    const char *url;     /* https, http or file */
    const char *path;    /* what came so far is in PATH.part */
    const char *sha256;  /* the first digits of its digest; "": any */
    const char *by_hand; /* ends the sentence that says to find the file by other means:
                            ", and do this with it"; or NULL */
    int (*stop)(void *ctx);
    void (*told)(void *ctx, int64_t done, int64_t total); /* total 0: not known */
    void *ctx;
    char digest[AQ_SHA256_HEX]; /* out */
} AqDownload;

/*
 * A connection that breaks is made anew and gone on with, a few times. Redirections are
 * followed, from https to https alone. What came stays in PATH.part after a failure,
 * but for one of the digest. AQ_ERR_NOT_FOUND: the server has no such file. AQ_ERR_IO:
 * it cannot be reached, or the connection breaks again and again; or the disk is full.
 * AQ_ERR_MISMATCH: what came has another digest. AQ_ERR_CANCELLED: `stop` said so.
 * AQ_ERR_UNSUPPORTED: built without libcurl.
 */
AQ_MUST_CHECK AqErr aq_download(AqDownload *d);

#endif
