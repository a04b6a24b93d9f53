/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* MSG_CMSG_CLOEXEC */
#include "pipeline/decoder/decoder_wire.h"

#include "base/fs/fs.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { POLL_MS = 100 };

AqErr aq_wire_send(int fd, const void *data, size_t bytes)
{
    const char *p = data;

    while (bytes > 0) {
        const ssize_t n = send(fd, p, bytes, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return aq_fail(AQ_ERR_IO, "the other side of a decoder is gone");
        p += n;
        bytes -= (size_t)n;
    }
    return AQ_OK;
}

/* Until there is something to read. */
static AqErr wait_for(int fd, AqWireWait *w)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int got = 0;

    while (got <= 0) {
        const int64_t from_us = aq_clock_us();

        if (w->stop && w->stop(w->ctx))
            return aq_fail(AQ_ERR_CANCELLED, "stopped");
        got = poll(&p, 1, POLL_MS);
        if (got < 0 && errno != EINTR)
            return aq_fail_errno("waiting for a decoder");
        w->waited_us += aq_clock_us() - from_us;
        if (got <= 0 && w->most_us && w->waited_us > w->most_us) {
            w->late = 1;
            return aq_fail(AQ_ERR_CANCELLED, "a decoder takes too long");
        }
    }
    return AQ_OK;
}

/* Receives some bytes, and a descriptor if one comes with them; *handed -1: none yet.
 */
static ssize_t take_some(int fd, void *to, size_t most, int *handed)
{
    union {
        struct cmsghdr head; /* aligns it */
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec v = {.iov_base = to, .iov_len = most};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control.room,
                       .msg_controllen = sizeof control.room};
    const ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
    const struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;

    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof(int))) {
        if (*handed >= 0)
            (void)close(*handed);
        memcpy(handed, CMSG_DATA(c), sizeof *handed);
    }
    return n;
}

static AqErr receive_wire_bytes(int fd, void *data, size_t bytes, int *handed,
                                AqWireWait *w)
{
    char *p = data;

    while (bytes > 0) {
        const AqErr err = wait_for(fd, w);
        if (err != AQ_OK)
            return err;
        const ssize_t n =
            handed ? take_some(fd, p, bytes, handed) : recv(fd, p, bytes, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return aq_fail(AQ_ERR_IO, "the other side of a decoder is gone");
        p += n;
        bytes -= (size_t)n;
    }
    return AQ_OK;
}

AqErr aq_wire_receive(int fd, void *data, size_t bytes, AqWireWait *w)
{
    return receive_wire_bytes(fd, data, bytes, NULL, w);
}

AqErr aq_wire_receive_fd(int fd, void *data, size_t bytes, int *handed, AqWireWait *w)
{
    *handed = -1;
    AqErr err = receive_wire_bytes(fd, data, bytes, handed, w);
    if (err == AQ_OK && *handed < 0)
        err = aq_fail(AQ_ERR_FORMAT, "a request came without the clip's descriptor");
    if (err != AQ_OK && *handed >= 0) {
        (void)close(*handed);
        *handed = -1;
    }
    return err;
}

AqErr aq_wire_send_fd(int fd, const void *data, size_t bytes, int hand)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec v = {.iov_base = (void *)(uintptr_t)data, .iov_len = bytes};
    const struct msghdr m = {.msg_iov = &v,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    ssize_t n;

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof hand);
    memcpy(CMSG_DATA(c), &hand, sizeof hand);
    do
        n = sendmsg(fd, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return aq_fail(AQ_ERR_IO, "the other side of a decoder is gone");
    return aq_wire_send(fd, (const char *)data + n, bytes - (size_t)n);
}
