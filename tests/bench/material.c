/* SPDX-License-Identifier: MIT */
/* What is measured on: numbers, clips, and programs that are run. */
#define _GNU_SOURCE /* environ */
#include "tests/bench/bench.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/rng.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void aq_material_fill(float *x, size_t n, uint64_t seed)
{
    AqRng rng = aq_rng(seed, 0);

    for (size_t k = 0; k < n; k++)
        x[k] = (float)aq_rng_range(&rng, -1, 1);
}

char *aq_material_path(const AqBench *b, const char *name)
{
    return aq_strf("%s/%s", aq_bench_options(b)->work, name);
}

/* What it was, for whoever runs it by hand to see what it says. */
static AqErr failed(const char *const *argv, int status)
{
    char line[512] = "";

    for (size_t at = 0; *argv && at < sizeof line; argv++)
        at +=
            (size_t)snprintf(line + at, sizeof line - at, "%s%s", at ? " " : "", *argv);
    return aq_fail(AQ_ERR_IO, "status %d of: %s", status, line);
}

static AqErr wait_for(pid_t pid, const char *const *argv)
{
    int status = 0;

    if (waitpid(pid, &status, 0) != pid)
        return aq_fail_errno(argv[0]);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return failed(argv, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return AQ_OK;
}

AqErr aq_material_run(const char *const *argv)
{
    posix_spawn_file_actions_t files;
    pid_t pid;

    if (posix_spawn_file_actions_init(&files) != 0)
        return aq_fail(AQ_ERR_NOMEM, "memory is out");
    int rc = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    if (rc == 0)
        rc = posix_spawnp(&pid, argv[0], &files, NULL, (char *const *)(uintptr_t)argv,
                          environ);
    (void)posix_spawn_file_actions_destroy(&files);
    if (rc != 0)
        return aq_fail(AQ_ERR_NOT_FOUND, "%s: %s", argv[0], strerror(rc));
    return wait_for(pid, argv);
}

/* What was made half is not there: made under another name, then renamed. */
static AqErr make_clip(const char *path, int seconds, int height)
{
    char picture[160], length[16], rate[16];
    char *temp = aq_strf("%s.part.mp4", path);
    const int bits = height >= 720 ? 3400 : 800;

    if (!temp)
        return AQ_ERR_NOMEM;
    (void)snprintf(picture, sizeof picture,
                   "testsrc2=size=%dx%d:rate=30,noise=alls=12:allf=t:all_seed=1",
                   height * 16 / 9, height);
    (void)snprintf(length, sizeof length, "%d", seconds);
    (void)snprintf(rate, sizeof rate, "%dk", bits);
    const char *const argv[] = {
        "ffmpeg",   "-v",       "error",    "-y",
        "-f",       "lavfi",    "-i",       picture,
        "-f",       "lavfi",    "-i",       "anoisesrc=seed=1:amplitude=0.2",
        "-t",       length,     "-c:v",     "libx264",
        "-preset",  "veryfast", "-b:v",     rate,
        "-maxrate", rate,       "-bufsize", rate,
        "-pix_fmt", "yuv420p",  "-c:a",     "aac",
        "-b:a",     "128k",     temp,       NULL};
    AqErr err = aq_material_run(argv);
    if (err == AQ_OK && rename(temp, path) != 0)
        err = aq_fail_errno(path);
    aq_free(temp);
    return err;
}

AqErr aq_material_clip(const AqBench *b, int seconds, int height, char **path)
{
    char name[64];

    (void)snprintf(name, sizeof name, "clip-%ds-%dp.mp4", seconds, height);
    *path = aq_material_path(b, name);
    AqErr err = *path ? aq_fs_mkdirs_for(*path) : AQ_ERR_NOMEM;
    if (err == AQ_OK && access(*path, R_OK) != 0)
        err = make_clip(*path, seconds, height);
    if (err != AQ_OK) {
        aq_free(*path);
        *path = NULL;
    }
    return err;
}

static AqErr make_band(const char *folder, int n)
{
    const char *toyband = getenv("TOYBAND");
    char count[16];
    char *truth = aq_strf("%s/truth.jsonl", folder); /* written last */
    AqErr err = truth ? AQ_OK : AQ_ERR_NOMEM;

    (void)snprintf(count, sizeof count, "%d", n);
    if (err == AQ_OK && access(truth, R_OK) != 0) {
        const char *const argv[] = {toyband,  "--out", folder,    "--videos", count,
                                    "--seed", "1",     "--quiet", NULL};
        err = toyband ? aq_material_run(argv)
                      : aq_fail(AQ_ERR_NOT_FOUND, "TOYBAND does not name the program");
    }
    aq_free(truth);
    return err;
}

AqErr aq_material_band(const AqBench *b, int n, char **folder)
{
    char name[32];

    (void)snprintf(name, sizeof name, "band-%d", n);
    *folder = aq_material_path(b, name);
    AqErr err = *folder ? aq_fs_mkdirs_for(*folder) : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = make_band(*folder, n);
    if (err != AQ_OK) {
        aq_free(*folder);
        *folder = NULL;
    }
    return err;
}
