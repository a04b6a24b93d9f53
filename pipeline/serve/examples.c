/* SPDX-License-Identifier: MIT */
#include "pipeline/serve/examples.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/log.h"
#include "pipeline/parallel/interrupt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The seed is one that the model that comes with the program was not trained on. */
#define SEED "9001"
enum { N_EXAMPLES = 3, NAP_MS = 20, DEEPEST = 4 };

/* Everything below it too; folders that others put there are no deeper than ours. */
static void remove_folder(const char *path, int depth)
{
    DIR *d = depth < DEEPEST ? opendir(path) : NULL;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this function's */
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        char *below = aq_strf("%s/%s", path, e->d_name);
        struct stat st;

        if (below && strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            lstat(below, &st) == 0) {
            if (S_ISDIR(st.st_mode))
                remove_folder(below, depth + 1);
            else
                (void)unlink(below);
        }
        aq_free(below);
    }
    if (d)
        (void)closedir(d);
    (void)rmdir(path);
}

/* With signals as a program expects them, and nothing on standard output. */
static int spawn_maker(pid_t *pid, const char *maker, const char *folder)
{
    extern char **environ;
    char count[8], *argv[] = {(char *)(uintptr_t)maker,
                              (char[]){"--out"},
                              (char *)(uintptr_t)folder,
                              (char[]){"--videos"},
                              count,
                              (char[]){"--seed"},
                              (char[]){SEED},
                              (char[]){"--quiet"},
                              NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none;

    (void)snprintf(count, sizeof count, "%d", N_EXAMPLES);
    (void)sigemptyset(&none);
    int rc = posix_spawn_file_actions_init(&files);
    if (rc != 0)
        return rc;
    rc = posix_spawnattr_init(&attr);
    if (rc == 0) {
        (void)posix_spawnattr_setsigmask(&attr, &none);
        (void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
        rc = posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null",
                                              O_WRONLY, 0);
        if (rc == 0)
            rc = posix_spawn(pid, maker, &files, &attr, argv, environ);
        (void)posix_spawnattr_destroy(&attr);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    return rc;
}

/* Its end, or ours: AQ_ERR_CANCELLED. */
static AqErr await_maker(pid_t pid, const char *maker)
{
    const struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};
    int status = 0;
    pid_t got;

    while ((got = waitpid(pid, &status, WNOHANG)) == 0 && !aq_interrupted())
        (void)nanosleep(&nap, NULL);
    if (got == 0) {
        (void)kill(pid, SIGTERM);
        (void)waitpid(pid, &status, 0);
        return aq_fail(AQ_ERR_CANCELLED, "stopped on request");
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0
               ? AQ_OK
               : aq_fail(AQ_ERR_IO, "%s ended with a fault", maker);
}

static AqErr take_example(AqClips *clips, const char *folder, int k)
{
    char *path = aq_strf("%s/videos/%08d.mp4", folder, k),
         *name = aq_strf("toyband %d.mp4", k + 1), hex[AQ_SHA256_HEX];
    AqServedClip *clip = NULL;
    int is_new;
    AqErr err = path && name ? aq_sha256_file(path, hex) : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = aq_clips_take(clips, path, name, hex, 1, &clip, &is_new);
    if (err == AQ_OK)
        aq_clips_let_go(clips, clip);
    aq_free(path);
    aq_free(name);
    return err;
}

AqErr aq_serve_make_examples(AqClips *clips, const char *folder, const char *maker)
{
    char *own = aq_strf("%s/in-examples-XXXXXX", folder);
    pid_t pid = 0;
    AqErr err = own ? AQ_OK : AQ_ERR_NOMEM;

    if (err != AQ_OK)
        return err;
    if (!mkdtemp(own)) {
        err = aq_fail_errno(own);
        aq_free(own);
        return err;
    }
    aq_log(AQ_LOG_INFO, "making %d clips to begin with", N_EXAMPLES);
    const int rc = spawn_maker(&pid, maker, own);
    if (rc != 0) {
        errno = rc;
        err = aq_fail_errno(maker);
    }
    if (err == AQ_OK)
        err = await_maker(pid, maker);
    for (int k = 0; err == AQ_OK && k < N_EXAMPLES; k++)
        err = take_example(clips, own, k);
    remove_folder(own, 0);
    aq_free(own);
    if (err == AQ_OK || err == AQ_ERR_CANCELLED || err == AQ_ERR_NOMEM)
        return err;
    aq_log(AQ_LOG_WARN, "there are no clips to begin with: %s", aq_err_text());
    return AQ_OK;
}
