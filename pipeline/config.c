/* SPDX-License-Identifier: MIT */
#include "pipeline/config.h"

#include "base/alloc.h"
#include "base/cpu.h"
#include "base/fs.h"

#include <stdlib.h>
#include <unistd.h>

static AqErr place(const char *flag, const char *variable, const char *leaf, char **out)
{
    const char *given = flag ? flag : getenv(variable);
    char *dir = NULL;

    *out = NULL;
    if (given && *given) {
        *out = aq_strdup(given);
        return *out ? AQ_OK : AQ_ERR_NOMEM;
    }
    const AqErr err = aq_fs_user_dir(AQ_FS_DATA, &dir);
    if (err != AQ_OK)
        return err;
    *out = aq_strf("%s/%s", dir, leaf);
    aq_free(dir);
    return *out ? AQ_OK : AQ_ERR_NOMEM;
}

AqErr aq_config_store(const char *flag, char **out)
{
    return place(flag, "AVQA_STORE", "store.db", out);
}

AqErr aq_config_model(const char *flag, char **out)
{
    return place(flag, "AVQA_MODEL", "model.safetensors", out);
}

AqErr aq_config_weights(const char *extractor, const char *flag, char **out)
{
    char *dir = NULL;

    *out = NULL;
    if (flag) {
        *out = aq_strdup(flag);
        return *out ? AQ_OK : AQ_ERR_NOMEM;
    }
    const AqErr err = aq_fs_user_dir(AQ_FS_DATA, &dir);
    if (err != AQ_OK)
        return err;
    char *path = aq_strf("%s/weights/%s.safetensors", dir, extractor);
    aq_free(dir);
    if (path && access(path, F_OK) != 0) {
        aq_free(path);
        path = aq_strdup("seeded:1");
    }
    *out = path;
    return path ? AQ_OK : AQ_ERR_NOMEM;
}

int aq_config_jobs(int flag)
{
    return flag > 0 ? flag : aq_cpu_count();
}
