/* SPDX-License-Identifier: MIT */
#include "pipeline/commands/output.h"

#include "base/text/log.h"
#include "pipeline/commands/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char lost[256]; /* the first reason; the progress' lock, or one thread */

void aq_output_begin(void)
{
    /* Opened the wrong way round: its use fails as that of the closed one would. In
     * this order each open() takes the number that is free. */
    static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};

    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) < 0)
            return; /* no /dev: as it was */
}

void aq_output_lost(const char *why)
{
    if (!*lost)
        (void)snprintf(lost, sizeof lost, "%s", why);
}

int aq_output_end(int status)
{
    const int failed = ferror(stdout);

    errno = 0;
    int bad = fflush(stdout) != 0;
    int why = errno;
    if (fclose(stdout) != 0 && !bad) {
        bad = 1;
        why = errno;
    }
    if (bad && why == EBADF)
        aq_output_lost("it is closed");
    else if (bad && why)
        aq_output_lost(strerror(why)); /* one thread is left */
    else if (bad || failed)
        aq_output_lost("it could not be written");
    if (!*lost)
        return status;
    aq_log(AQ_LOG_ERROR, "standard output: %s; what was printed is not complete", lost);
    return status == AQ_EXIT_DONE || status == AQ_EXIT_SKIPPED ? AQ_EXIT_FAILED
                                                               : status;
}
