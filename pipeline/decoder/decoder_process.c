/* SPDX-License-Identifier: MIT */
/* A decoder's process: this program, with a socket and nothing else. */
#define _GNU_SOURCE /* environ */
#include "pipeline/decoder/decoder_process.h"

#include "base/alloc.h"
#include "pipeline/decoder/decoder.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The environment, changed so that OpenBLAS starts no threads when loaded, which a
 * decoder does not need. Gives the array, borrows its strings. */
static char **make_decoder_environment(void)
{
    static char one[] = "OPENBLAS_NUM_THREADS=1";
    size_t n = 0, to = 0;

    while (environ[n])
        n++;
    char **env = aq_alloc(n + 2, sizeof *env);
    for (size_t k = 0; env && k < n; k++)
        if (strncmp(environ[k], one, strlen(one) - 1) != 0)
            env[to++] = environ[k];
    if (env)
        env[to] = one;
    return env;
}

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

static int spawn_decoder(pid_t *pid, int fd)
{
    static char program[] = "avqa-pipe", arg[] = AQ_DECODER_ARG;
    char *const argv[] = {program, arg, NULL};
    char **env = make_decoder_environment();
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;

    if (!env)
        return ENOMEM;
    int rc = posix_spawn_file_actions_init(&files);
    if (rc != 0) {
        aq_free(env);
        return rc;
    }
    rc = posix_spawnattr_init(&attr);
    if (rc == 0) {
        rc = set_signals(&attr);
        if (rc == 0)
            rc = set_files(&files, fd);
        if (rc == 0)
            rc = posix_spawn(pid, "/proc/self/exe", &files, &attr, argv, env);
        (void)posix_spawnattr_destroy(&attr);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    aq_free(env);
    return rc;
}

AqErr aq_decoder_process_start(AqDecoderProcess *p)
{
    int pair[2];

    int rc = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ? errno : 0;
    if (rc == 0) {
        rc = spawn_decoder(&p->pid, pair[1]);
        (void)close(pair[1]);
        if (rc != 0)
            (void)close(pair[0]);
    }
    if (rc != 0) {
        p->pid = 0;
        errno = rc;
        (void)aq_fail_errno("starting a decoder");
        return AQ_ERR_NOMEM; /* the machine's fault, not the clip's */
    }
    p->fd = pair[0];
    return AQ_OK;
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
