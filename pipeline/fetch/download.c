/* SPDX-License-Identifier: MIT */
#include "pipeline/fetch/download.h"

#include "base/alloc.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    TRIES = 5, /* without a byte more each time */
    CONNECT_SECONDS = 30,
    SLOW_SECONDS = 60, /* without a byte */
    MOST_REDIRECTS = 10,
    RANGE_REFUSED = 416,
    GONE = 404
};

typedef struct Transfer {
    AqDownload *d;
    CURL *curl;
    char *part;
    int fd;
    int64_t from, at; /* where this connection began, and what there is */
    int fault;        /* errno of a failed write */
    char why[CURL_ERROR_SIZE];
} Transfer;

static AqErr fail_stopped(const Transfer *t)
{
    return aq_fail(AQ_ERR_CANCELLED, "%s: stopped; what came is kept, and gone on from",
                   t->d->url);
}

/* ---- libcurl's calls ---- */

static size_t take_downloaded(char *data, size_t size, size_t n, void *ctx)
{
    Transfer *t = ctx;
    const size_t bytes = size * n;

    for (size_t done = 0; done < bytes;) {
        const ssize_t wrote = write(t->fd, data + done, bytes - done);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            t->fault = errno;
            return 0;
        }
        done += (size_t)wrote;
    }
    t->at += (int64_t)bytes;
    return bytes;
}

static int on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total,
                       curl_off_t up)
{
    const Transfer *t = ctx;

    (void)now;
    (void)up_total;
    (void)up;
    if (t->d->told)
        t->d->told(t->d->ctx, t->at, total > 0 ? t->from + (int64_t)total : 0);
    return t->d->stop && t->d->stop(t->d->ctx);
}

/* ---- one connection ---- */

/* What an address may lead to: never to a file, and not from https to less. */
static const char *protocols_of(const char *url)
{
    if (strncmp(url, "file:", 5) == 0)
        return "file";
    return strncmp(url, "http:", 5) == 0 ? "http,https" : "https";
}

static void set_transfer(Transfer *t)
{
    CURL *c = t->curl;

    curl_easy_reset(c);
    (void)curl_easy_setopt(c, CURLOPT_URL, t->d->url);
    (void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocols_of(t->d->url));
    (void)curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, protocols_of(t->d->url));
    (void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
    (void)curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)MOST_REDIRECTS);
    (void)curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
    (void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    (void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    (void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
    (void)curl_easy_setopt(c, CURLOPT_USERAGENT, "avqa-pipe/" AQ_VERSION);
    (void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->why);
    (void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_downloaded);
    (void)curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    (void)curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
    (void)curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(c, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)t->at);
}

static int may_go_on(CURLcode rc)
{
    return rc == CURLE_PARTIAL_FILE || rc == CURLE_RECV_ERROR ||
           rc == CURLE_SEND_ERROR || rc == CURLE_OPERATION_TIMEDOUT ||
           rc == CURLE_GOT_NOTHING || rc == CURLE_HTTP2 || rc == CURLE_HTTP2_STREAM;
}

static const char *by_hand(const AqDownload *d)
{
    return d->by_hand ? d->by_hand : "";
}

static AqErr fail_transfer(const Transfer *t, CURLcode rc, long status)
{
    const char *why = *t->why ? t->why : curl_easy_strerror(rc);

    if (t->fault) {
        errno = t->fault;
        return aq_fail_errno(t->part);
    }
    if (status == GONE)
        return aq_fail(
            AQ_ERR_NOT_FOUND,
            "%s: there is no such file (404): it may have moved; look for it there%s",
            t->d->url, by_hand(t->d));
    return aq_fail(AQ_ERR_IO,
                   "%s: cannot be downloaded: %s; what came is kept: try again later, "
                   "use --mirror, or download it by other means%s",
                   t->d->url, why, by_hand(t->d));
}

/* A server that gives no part of a file gives all of it. */
static AqErr begin_anew(Transfer *t)
{
    t->at = 0;
    return ftruncate(t->fd, 0) == 0 && lseek(t->fd, 0, SEEK_SET) == 0
               ? AQ_OK
               : aq_fail_errno(t->part);
}

static void pause_before_retry(void)
{
    const struct timespec second = {.tv_sec = 1};

    (void)nanosleep(&second, NULL);
}

/* All of the file, in as many connections as it takes. */
static AqErr transfer_all(Transfer *t)
{
    for (int tries = 0;;) {
        long status = 0;

        t->why[0] = 0;
        t->from = t->at;
        set_transfer(t);
        const CURLcode rc = curl_easy_perform(t->curl);
        (void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
        if (rc == CURLE_OK)
            return AQ_OK;
        if (rc == CURLE_ABORTED_BY_CALLBACK)
            return fail_stopped(t);
        if (t->from > 0 && status == RANGE_REFUSED)
            return AQ_OK; /* nothing is behind what there is: its digest decides */
        if (t->from > 0 && rc == CURLE_RANGE_ERROR && tries < TRIES) {
            tries++;
            const AqErr err = begin_anew(t);
            if (err != AQ_OK)
                return err;
            continue;
        }
        tries = t->at > t->from ? 0 : tries + 1;
        if (t->fault || !may_go_on(rc) || tries >= TRIES)
            return fail_transfer(t, rc, status);
        pause_before_retry();
    }
}

/* ---- the file ---- */

static AqErr open_partial_file(Transfer *t)
{
    t->part = aq_strf("%s.part", t->d->path);
    if (!t->part)
        return AQ_ERR_NOMEM;
    t->fd = open(t->part, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (t->fd < 0)
        return aq_fail_errno(t->part);
    t->at = (int64_t)lseek(t->fd, 0, SEEK_END);
    return t->at < 0 ? aq_fail_errno(t->part) : AQ_OK;
}

static AqErr check_digest(const Transfer *t)
{
    AqDownload *d = t->d;
    const AqErr err = aq_sha256_file(t->part, d->digest);

    if (err != AQ_OK || strncmp(d->digest, d->sha256, strlen(d->sha256)) == 0)
        return err;
    (void)unlink(t->part);
    return aq_fail(AQ_ERR_MISMATCH,
                   "%s: what came is not the published file: its SHA-256 is %s and "
                   "should %s %s; it was deleted",
                   d->url, d->digest, strlen(d->sha256) < 64 ? "begin with" : "be",
                   d->sha256);
}

AqErr aq_download(AqDownload *d)
{
    Transfer t = {.d = d, .fd = -1};

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return aq_fail(AQ_ERR_IO, "libcurl cannot be used");
    t.curl = curl_easy_init();
    AqErr err = t.curl ? open_partial_file(&t) : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = transfer_all(&t);
    if (err == AQ_OK && fsync(t.fd) != 0)
        err = aq_fail_errno(t.part);
    if (t.fd >= 0)
        (void)close(t.fd);
    if (err != AQ_OK && t.at == 0 && t.fd >= 0)
        (void)unlink(t.part);
    if (err == AQ_OK)
        err = check_digest(&t);
    if (err == AQ_OK && rename(t.part, d->path) != 0)
        err = aq_fail_errno(t.part);
    curl_easy_cleanup(t.curl);
    aq_free(t.part);
    return err;
}
