/* SPDX-License-Identifier: MIT */
/* Opens a clip; without FFmpeg, for those who only hand its descriptor on. */
#include "extract/media/media.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Above the three standard descriptors, which other code may use. */
static int move_fd_above_stdio(int fd)
{
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    const int higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    (void)close(fd);
    return higher;
}

AqErr aq_media_file(int *out, const char *path)
{
    struct stat st;
    AqErr err = AQ_OK;

    *out = -1;
    /* O_NONBLOCK: do not wait for a pipe's other end. */
    const int fd =
        move_fd_above_stdio(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (fd < 0)
        return aq_fail_errno(path);
    if (fstat(fd, &st) != 0)
        err = aq_fail_errno(path);
    else if (!S_ISREG(st.st_mode))
        err = aq_fail(AQ_ERR_MEDIA, "%s: is not a file", path);
    if (err != AQ_OK)
        (void)close(fd); /* read only */
    else
        *out = fd;
    return err;
}
