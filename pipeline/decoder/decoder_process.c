/* SPDX-License-Identifier: MIT */
/* A decoder's process: avqa-decoder, with a socket and nothing else. */
#define _GNU_SOURCE /* environ, secure_getenv */
#include "pipeline/decoder/decoder_process.h"

#include "base/alloc.h"
#include "base/fs/own.h"
#include "pipeline/decoder/decoder.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Stop signals for the job reach its decoders too; they leave handling them to the job.
 * Signals that the program has blocked stay blocked from the first instruction on. */
static int set_signals(posix_spawnattr_t *attr)
{
    sigset_t blocked;

    (void)pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    (void)sigaddset(&blocked, SIGINT);
    (void)sigaddset(&blocked, SIGTERM);
    (void)sigaddset(&blocked, SIGUSR1);
    (void)sigaddset(&blocked, SIGHUP);
    const int rc = posix_spawnattr_setsigmask(attr, &blocked);
    return rc ? rc : posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK);
}

static int set_files(posix_spawn_file_actions_t *files, int fd)
{
    int rc = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", 0, 0);

    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(files, STDERR_FILENO, STDOUT_FILENO);
    return rc ? rc : posix_spawn_file_actions_adddup2(files, fd, AQ_DECODER_FD);
}

static int spawn_decoder(pid_t *pid, char *path, int fd)
{
    static char arg[] = AQ_DECODER_ARG;
    char *const argv[] = {path, arg, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;

    int rc = posix_spawn_file_actions_init(&files);
    if (rc != 0)
        return rc;
    rc = posix_spawnattr_init(&attr);
    if (rc == 0) {
        rc = set_signals(&attr);
        if (rc == 0)
            rc = set_files(&files, fd);
        if (rc == 0)
            rc = posix_spawn(pid, path, &files, &attr, argv, environ);
        (void)posix_spawnattr_destroy(&attr);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    return rc;
}

AqErr aq_decoder_program(char **out)
{
    /* In a build folder, beside the program and above the library; installed, from the
     * program's folder and from the library's; and where it was to be installed. */
    static const char *const places[] = {
        ".",           "..", "../libexec/avqa-pipe", "../../libexec/avqa-pipe",
        AQ_LIBEXECDIR, NULL};
    const char *named = secure_getenv("AVQA_DECODER");

    *out = named && *named ? aq_strdup(named) : aq_fs_own_file(places, "avqa-decoder");
    if (*out)
        return AQ_OK;
    if (named && *named)
        return AQ_ERR_NOMEM;
    return aq_fail(AQ_ERR_UNSUPPORTED,
                   "avqa-decoder, the program that reads media, is not there, nor in "
                   "%s: install avqa-pipe again, or name it in AVQA_DECODER",
                   AQ_LIBEXECDIR);
}

AqErr aq_decoder_process_start(AqDecoderProcess *p, const char *program)
{
    int pair[2];
    char *path = program ? aq_strdup(program) : NULL;
    AqErr err = AQ_OK;

    if (!program)
        err = aq_decoder_program(&path);
    if (err != AQ_OK || !path)
        return err != AQ_OK ? err : AQ_ERR_NOMEM;
    int rc = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ? errno : 0;
    if (rc == 0) {
        rc = spawn_decoder(&p->pid, path, pair[1]);
        (void)close(pair[1]);
        if (rc != 0)
            (void)close(pair[0]);
    }
    if (rc != 0) {
        p->pid = 0;
        errno = rc;
        (void)aq_err_prefix(aq_fail_errno(path), "starting a decoder");
        err = rc == ENOENT || rc == EACCES || rc == ENOEXEC
                  ? AQ_ERR_UNSUPPORTED
                  : AQ_ERR_NOMEM; /* the machine's fault, not the clip's */
    } else {
        p->fd = pair[0];
    }
    aq_free(path);
    return err;
}

int aq_decoder_process_end(AqDecoderProcess *p, int patience_ms)
{
    const struct timespec nap = {.tv_nsec = 10L * 1000 * 1000};
    int status = 0;
    pid_t got = 0;

    if (!p->pid)
        return 0;
    (void)close(p->fd);
    for (; patience_ms > 0 && got == 0; patience_ms -= 10) {
        got = waitpid(p->pid, &status, WNOHANG);
        if (got == 0)
            (void)nanosleep(&nap, NULL);
    }
    if (got == 0) {
        (void)kill(p->pid, SIGKILL);
        while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    p->pid = 0;
    return status;
}
