/* SPDX-License-Identifier: MIT */
#include "base/fs/fs.h"

#include "base/alloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static AqErr make_one(const char *path)
{
    struct stat st;

    if (mkdir(path, 0755) == 0)
        return AQ_OK;
    if (errno != EEXIST)
        return aq_fail_errno(path);
    if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
        return aq_fail(AQ_ERR_IO, "%s: is a file where a folder is needed", path);
    return AQ_OK;
}

AqErr aq_fs_mkdirs(const char *path)
{
    char *p = aq_strdup(path);
    AqErr err = p ? AQ_OK : AQ_ERR_NOMEM;

    for (char *s = p ? p + 1 : NULL; err == AQ_OK && s && s[-1] && *s; s++) {
        if (*s != '/')
            continue;
        *s = '\0';
        err = make_one(p);
        *s = '/';
    }
    if (err == AQ_OK && *path)
        err = make_one(path);
    aq_free(p);
    return err;
}

AqErr aq_fs_mkdirs_for(const char *file_path)
{
    char *p = aq_strdup(file_path);

    if (!p)
        return AQ_ERR_NOMEM;
    char *slash = strrchr(p, '/');
    AqErr err = AQ_OK;
    if (slash && slash != p) {
        *slash = '\0';
        err = aq_fs_mkdirs(p);
    }
    aq_free(p);
    return err;
}

AqErr aq_fs_read(const char *path, size_t most_bytes, char **out, size_t *bytes)
{
    AqErr err = AQ_OK;
    char *text = NULL;
    struct stat st;

    *out = NULL;
    *bytes = 0;
    FILE *f = fopen(path, "rb");
    if (!f)
        return aq_fail_errno(path);
    if (fstat(fileno(f), &st) != 0)
        err = aq_fail_errno(path);
    else if (!S_ISREG(st.st_mode))
        err = aq_fail(AQ_ERR_IO, "%s: is not a file", path);
    else if ((uint64_t)st.st_size > most_bytes)
        err = aq_fail(AQ_ERR_FORMAT, "%s: has %lld bytes, more than the limit of %zu",
                      path, (long long)st.st_size, most_bytes);
    else if (!(text = aq_alloc((size_t)st.st_size + 1, 1)))
        err = AQ_ERR_NOMEM;
    if (err == AQ_OK) {
        *bytes = fread(text, 1, (size_t)st.st_size, f);
        text[*bytes] = '\0';
        if (ferror(f))
            err = aq_fail_errno(path);
    }
    (void)fclose(f); /* read only */
    if (err != AQ_OK) {
        aq_free(text);
        return err;
    }
    *out = text;
    return AQ_OK;
}

AqErr aq_fs_user_dir(AqFsDir which, char **out)
{
    static const char *const env[] = {"XDG_DATA_HOME", "XDG_CACHE_HOME",
                                      "XDG_CONFIG_HOME"};
    static const char *const below_home[] = {".local/share", ".cache", ".config"};
    const char *dir = getenv(env[which]), *home = getenv("HOME");

    *out = NULL;
    if (dir && dir[0] == '/') /* the specification: relative paths are ignored */
        *out = aq_strf("%s/avqa-pipe", dir);
    else if (home && *home)
        *out = aq_strf("%s/%s/avqa-pipe", home, below_home[which]);
    else
        return aq_fail(
            AQ_ERR_NOT_FOUND,
            "neither %s nor HOME is set, so there is no default folder for files: set "
            "one of them, or name the files with --store and --model",
            env[which]);
    return *out ? AQ_OK : AQ_ERR_NOMEM;
}

AqErr aq_fs_user_file(AqFsDir which, const char *leaf, char **out)
{
    char *dir = NULL;
    const AqErr err = aq_fs_user_dir(which, &dir);

    *out = err == AQ_OK ? aq_strf("%s/%s", dir, leaf) : NULL;
    aq_free(dir);
    return err != AQ_OK || *out ? err : AQ_ERR_NOMEM;
}

const char *aq_fs_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

char *aq_fs_stem(const char *path)
{
    char *s = aq_strdup(aq_fs_base(path));
    char *dot = s ? strrchr(s, '.') : NULL;

    if (dot && dot != s)
        *dot = '\0';
    return s;
}

int64_t aq_clock_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
