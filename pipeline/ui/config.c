/* SPDX-License-Identifier: MIT */
#include "pipeline/ui/config.h"

#include "base/alloc.h"
#include "base/cpu.h"
#include "base/fs/fs.h"
#include "base/fs/own.h"
#include "base/text/nearest.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static AqErr resolve_data_path(const char *flag, const char *variable, const char *leaf,
                               char **out)
{
    const char *given = flag ? flag : getenv(variable);

    if (!given || !*given)
        return aq_fs_user_file(AQ_FS_DATA, leaf, out);
    *out = aq_strdup(given);
    return *out ? AQ_OK : AQ_ERR_NOMEM;
}

AqErr aq_config_store(const char *flag, char **out)
{
    return resolve_data_path(flag, "AVQA_STORE", "store.db", out);
}

AqErr aq_config_model(const char *flag, char **out)
{
    return resolve_data_path(flag, "AVQA_MODEL", "model.safetensors", out);
}

char *aq_config_shared(const char *leaf)
{
    /* Installed, from the program's folder and from the library's; in a build folder
     * likewise; and where they were to be installed. */
    static const char *const places[] = {
        "../share/avqa-pipe", "../../share/avqa-pipe", "../extract", "../model",
        "../../extract",      "../../model",           AQ_DATADIR,   NULL};

    return aq_fs_own_file(places, leaf);
}

/* The models that come with the program. `default` is the first. */
static const char *const shipped_models[] = {"real", "toyband"};
enum { N_SHIPPED_MODELS = sizeof shipped_models / sizeof *shipped_models };

/* Of its name; NULL: none comes of that name. Gives. */
static char *find_shipped_model(const char *name)
{
    char *path = NULL;

    for (int k = 0; !path && k < N_SHIPPED_MODELS; k++)
        if (strcmp(name, "default") == 0 || strcmp(name, shipped_models[k]) == 0) {
            char *leaf = aq_strf("default/%s.safetensors", shipped_models[k]);

            path = leaf ? aq_config_shared(leaf) : NULL;
            aq_free(leaf);
        }
    return path;
}

AqErr aq_config_model_to_ask(const char *flag, char **out, int *is_default)
{
    const char *variable = getenv("AVQA_MODEL");
    const char *named = flag ? flag : variable;
    const AqErr err = aq_config_model(flag, out);

    *is_default = 0;
    if (err == AQ_ERR_NOMEM || (err == AQ_OK && access(*out, F_OK) == 0))
        return err;
    char *shipped = find_shipped_model(named && *named ? named : "default");
    const AqErr rc =
        shipped ? AQ_OK
                : aq_fail(AQ_ERR_NOT_FOUND,
                          "%s: there is no model; train one with `avqa-pipe train`, "
                          "or name one with --model (`real` and `toyband` come with "
                          "the program, `default` is the first of them)",
                          *out ? *out : "the data folder");
    aq_free(*out);
    *out = shipped;
    *is_default = shipped != NULL;
    return rc;
}

/* <name>.safetensors in the user's data folder or the program's, else NULL. A user may
 * have no data folder; that is no error. */
static AqErr find_weights(const char *name, char **out)
{
    char *path = NULL, *leaf = aq_strf("weights/%s.safetensors", name);
    const AqErr err = leaf ? aq_fs_user_file(AQ_FS_DATA, leaf, &path) : AQ_ERR_NOMEM;

    if (leaf && (!path || access(path, F_OK) != 0)) {
        aq_free(path);
        path = aq_config_shared(leaf);
    }
    aq_free(leaf);
    *out = path;
    return err == AQ_ERR_NOMEM ? err : AQ_OK;
}

/* A TensorFlow V2 checkpoint is named by a prefix, which is not itself a file. */
static int has_weights_at(const char *path)
{
    char *index = aq_strf("%s.index", path);
    const int there = access(path, F_OK) == 0 || (index && access(index, F_OK) == 0);

    aq_free(index);
    return there;
}

/* The name of weights in the folder that is nearest to what was asked for, into `best`,
 * if it is nearer than that which is there. */
static void find_near_weights(AqNearest *near, const char *dir, char best[NAME_MAX + 1])
{
    static const char end[] = ".safetensors";
    DIR *d = dir ? opendir(dir) : NULL;
    const struct dirent *e;

    while (d && (e = readdir(d))) {
        const size_t n = strlen(e->d_name);
        char name[NAME_MAX + 1];

        if (n < sizeof end || strcmp(e->d_name + n - (sizeof end - 1), end) != 0)
            continue;
        (void)snprintf(name, sizeof name, "%.*s", (int)(n - (sizeof end - 1)),
                       e->d_name);
        aq_nearest_try(near, name);
        if (near->best == name)
            near->best = memcpy(best, name, sizeof name);
    }
    if (d)
        (void)closedir(d);
}

static AqErr fail_no_weights(const char *text)
{
    AqNearest near = {.word = text};
    char *dir = NULL, *shipped = aq_config_shared("weights"), best[NAME_MAX + 1];

    if (aq_fs_user_file(AQ_FS_DATA, "weights", &dir) != AQ_OK)
        dir = NULL; /* no folder, nothing in it */
    find_near_weights(&near, dir, best);
    find_near_weights(&near, shipped, best);
    aq_free(dir);
    aq_free(shipped);
    if (near.best)
        return aq_fail(AQ_ERR_NOT_FOUND,
                       "%s: no weight file and no imported weights of that name; did "
                       "you mean %s?",
                       text, near.best);
    return aq_fail(AQ_ERR_NOT_FOUND,
                   "%s: no weight file and no imported weights of that name; import "
                   "pretrained ones with `avqa-pipe weights import FILE`, use seeded:1 "
                   "for random ones, or use vggish_nano or swin_nano, which come with "
                   "the program",
                   text);
}

AqErr aq_config_weights_file(const char *text, char **out)
{
    *out = NULL;
    const AqErr err =
        strchr(text, '/') || has_weights_at(text) ? AQ_OK : find_weights(text, out);
    if (err != AQ_OK || *out)
        return err;
    if (!has_weights_at(text))
        return fail_no_weights(text);
    *out = aq_strdup(text);
    return *out ? AQ_OK : AQ_ERR_NOMEM;
}

AqErr aq_config_weights(const char *extractor, const char *flag, char **out)
{
    if (!flag || strncmp(flag, "seeded:", 7) != 0)
        return aq_config_weights_file(flag ? flag : extractor, out);
    *out = aq_strdup(flag);
    return *out ? AQ_OK : AQ_ERR_NOMEM;
}

int aq_config_jobs(int flag)
{
    return flag > 0 ? flag : aq_cpu_count();
}
