/* SPDX-License-Identifier: MIT */
#include "pipeline/decoder_wire.h"

#include "base/fs.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

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

AqErr aq_wire_receive(int fd, void *data, size_t bytes, AqWireWait *w)
{
    char *p = data;

    while (bytes > 0) {
        const AqErr err = wait_for(fd, w);
        if (err != AQ_OK)
            return err;
        const ssize_t n = recv(fd, p, bytes, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return aq_fail(AQ_ERR_IO, "the other side of a decoder is gone");
        p += n;
        bytes -= (size_t)n;
    }
    return AQ_OK;
}
