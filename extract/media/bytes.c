/* SPDX-License-Identifier: MIT */
#include "extract/media/bytes.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int64_t aq_bytes_read(AqBytes *b, void *to, size_t most)
{
    ssize_t n;

    do
        n = pread(b->fd, to, most, b->at);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        b->fault = errno;
    else
        b->at += n;
    return n;
}

int64_t aq_bytes_size(AqBytes *b)
{
    struct stat st;

    if (fstat(b->fd, &st) == 0)
        return st.st_size;
    b->fault = errno;
    return -1;
}

int64_t aq_bytes_seek(AqBytes *b, int64_t to, int whence)
{
    const int64_t from = whence == SEEK_CUR   ? b->at
                         : whence == SEEK_END ? aq_bytes_size(b)
                                              : 0;

    if (from < 0)
        return -1;
    if (to < -from || to > INT64_MAX - from)
        return -1;
    b->at = from + to;
    return b->at;
}
