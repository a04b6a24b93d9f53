/* SPDX-License-Identifier: MIT */
#include "pipeline/commands/train/sweep_run.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/process.h"
#include "base/text/json.h"
#include "pipeline/commands/command.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { RESULT_BYTES = 1 << 20, POLL_MS = 100 };

AqErr aq_train_child_option(AqTrainChild *c, const char *name, const char *value)
{
    char **list = aq_grow(c->options, (size_t)c->n_options, sizeof *list);

    if (!list)
        return AQ_ERR_NOMEM;
    c->options = list;
    list[c->n_options] = aq_strf("--%s=%s", name, value);
    return list[c->n_options] ? (void)c->n_options++, AQ_OK : AQ_ERR_NOMEM;
}

void aq_train_child_clear(AqTrainChild *c)
{
    for (int k = 0; k < c->n_options; k++)
        aq_free(c->options[k]);
    aq_free(c->options);
    json_decref(c->result);
    c->options = NULL;
    c->result = NULL;
    c->n_options = 0;
}

/* ---- what came of it ---- */

static char *result_path(const AqTrainChild *c)
{
    return aq_strf("%s.json", c->out);
}

AqErr aq_train_child_result(AqTrainChild *c)
{
    char *path = result_path(c), *text = NULL;
    size_t bytes;
    AqErr err = path ? AQ_OK : AQ_ERR_NOMEM;

    if (err == AQ_OK && (access(path, F_OK) != 0 || access(c->out, F_OK) != 0))
        err = aq_fail(AQ_ERR_NOT_FOUND, "%s: is not trained yet", c->out);
    if (err == AQ_OK)
        err = aq_fs_read(path, RESULT_BYTES, &text, &bytes);
    if (err == AQ_OK) {
        c->result = json_loads(text, 0, NULL);
        if (!c->result)
            err = aq_fail(AQ_ERR_NOT_FOUND, "%s: is no result of a training", path);
    }
    aq_free(text);
    aq_free(path);
    return err;
}

static AqErr keep_result(AqTrainChild *c, const char *text)
{
    char *path = result_path(c);
    AqErr err = path ? AQ_OK : AQ_ERR_NOMEM;

    c->result = json_loads(text, 0, NULL);
    if (err == AQ_OK && !c->result)
        err = aq_fail(AQ_ERR_IO, "%s: its training said nothing of what came of it",
                      c->out);
    if (err == AQ_OK)
        err = aq_fs_write_whole(path, text, strlen(text));
    aq_free(path);
    return err;
}

/* ---- running it ---- */

/* The words of this process and then the training's, the last of which count. Gives the
 * list; the words are borrowed from `own`, the child and `ends`. */
static char **child_words(const AqTrainChild *c, char *own, size_t bytes,
                          const char *const *ends, int n_ends)
{
    size_t n = 0;

    for (size_t k = 0; k < bytes; k++)
        n += own[k] == 0;
    char **words =
        aq_alloc(n + (size_t)c->n_options + (size_t)n_ends + 1, sizeof *words);
    if (!words)
        return NULL;
    n = 0;
    for (size_t k = 0; k < bytes; k += strlen(own + k) + 1)
        words[n++] = own + k;
    for (int k = 0; k < c->n_options; k++)
        words[n++] = c->options[k];
    for (int k = 0; k < n_ends; k++)
        words[n++] = (char *)(uintptr_t)ends[k];
    return words;
}

/* In a process group of its own: Ctrl-C reaches this process alone, which passes it on
 * once (a second signal would end a training without saving it). */
static AqErr start_child(char **words, int to, pid_t *pid)
{
    posix_spawn_file_actions_t does;
    posix_spawnattr_t how;
    int rc = posix_spawn_file_actions_init(&does);

    if (rc != 0)
        return AQ_ERR_NOMEM;
    rc = posix_spawnattr_init(&how);
    if (rc == 0) {
        (void)posix_spawnattr_setpgroup(&how, 0);
        (void)posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP);
        rc = posix_spawn_file_actions_adddup2(&does, to, STDOUT_FILENO);
        if (rc == 0)
            rc = posix_spawn(pid, "/proc/self/exe", &does, &how, words, environ);
        (void)posix_spawnattr_destroy(&how);
    }
    (void)posix_spawn_file_actions_destroy(&does);
    errno = rc;
    return rc == 0 ? AQ_OK : aq_fail_errno("starting a training");
}

/* What it writes, until it ends. */
static AqErr read_child(int from, pid_t pid, int (*stop)(void), char *text)
{
    size_t have = 0;
    int asked = 0;

    for (;;) {
        struct pollfd p = {.fd = from, .events = POLLIN};

        if (stop() && !asked) {
            asked = 1;
            (void)kill(pid, SIGTERM);
        }
        if (poll(&p, 1, POLL_MS) <= 0)
            continue;
        const ssize_t n = read(from, text + have, RESULT_BYTES - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return aq_fail_errno("reading from a training");
        if (n == 0)
            return AQ_OK;
        have += (size_t)n;
        if (have == RESULT_BYTES)
            return aq_fail(AQ_ERR_IO, "a training says too much");
    }
}

static AqErr wait_for_child(AqTrainChild *c, pid_t pid)
{
    int how = 0;

    while (waitpid(pid, &how, 0) < 0)
        if (errno != EINTR)
            return aq_fail_errno("waiting for a training");
    c->status = WIFEXITED(how) ? WEXITSTATUS(how) : AQ_EXIT_FAILED;
    if (c->status == AQ_EXIT_INTERRUPTED)
        return aq_fail(AQ_ERR_CANCELLED, "stopped; the same command goes on");
    if (c->status == AQ_EXIT_MISUSE)
        return aq_fail(AQ_ERR_USAGE, "%s: its options are wrong", c->out);
    if (c->status != AQ_EXIT_DONE && c->status != AQ_EXIT_SKIPPED)
        return aq_fail(AQ_ERR_IO, "%s: its training failed", c->out);
    return AQ_OK;
}

static AqErr run_words(AqTrainChild *c, char **words, int (*stop)(void), char *text)
{
    int ends[2];
    pid_t pid = 0;

    if (pipe(ends) != 0)
        return aq_fail_errno("a pipe");
    AqErr err = start_child(words, ends[1], &pid);
    (void)close(ends[1]);
    if (err == AQ_OK) {
        err = read_child(ends[0], pid, stop, text);
        const AqErr ended = wait_for_child(c, pid);
        err = err == AQ_OK ? ended : err;
    }
    (void)close(ends[0]);
    return err;
}

AqErr aq_train_child_run(AqTrainChild *c, int (*stop)(void))
{
    char *own = NULL, *out = aq_strf("--out=%s", c->out),
         *last = aq_strf("%s.last", c->out);
    char *text = aq_alloc(RESULT_BYTES + 1, 1), **words = NULL;
    size_t bytes = 0;
    AqErr err = out && last && text ? aq_process_arguments(&own, &bytes) : AQ_ERR_NOMEM;

    if (err == AQ_OK) {
        const char *const more[] = {"--seeds=", "--grid=", "--json", out, "--resume"};
        const int resumes = access(last, F_OK) == 0;

        words = child_words(c, own, bytes, more, 4 + resumes);
        err = words ? run_words(c, words, stop, text) : AQ_ERR_NOMEM;
    }
    if (err == AQ_OK)
        err = keep_result(c, text);
    aq_free(words);
    aq_free(text);
    aq_free(own);
    aq_free(last);
    aq_free(out);
    return err;
}
