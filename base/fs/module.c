/* SPDX-License-Identifier: MIT */
#include "base/fs/module.h"

#include "base/alloc.h"
#include "base/fs/own.h"

#include <dlfcn.h>
#include <string.h>

/* Installed, from the program's folder; in a build folder, from the program's and from
 * that of tests; and where it was to be installed. */
static const char *const module_places[] = {AQ_LIBDIR_BESIDE, ".",       "..",
                                            "../pipeline",    AQ_LIBDIR, NULL};

static AqErr load_module(const AqModule **out, const char *path, const char *table)
{
    void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const AqModule *m = lib ? dlsym(lib, table) : NULL;

    if (!m) {
        const char *why = dlerror();

        return aq_fail(AQ_ERR_UNSUPPORTED, "%s: cannot be loaded: %s", path,
                       why ? why : "it has no table");
    }
    if (strcmp(m->version, AQ_VERSION) != 0)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: is of version %s and this program of " AQ_VERSION
                       "; install both anew",
                       path, m->version);
    *out = m;
    return AQ_OK;
}

AqErr aq_module_open(const AqModule **out, const char *file, const char *table)
{
    char *path = aq_fs_own_file(module_places, file);

    *out = NULL;
    if (!path)
        return aq_fail(AQ_ERR_UNSUPPORTED, "%s is not there, nor in " AQ_LIBDIR, file);
    const AqErr err = load_module(out, path, table);
    aq_free(path);
    return err;
}

AqErr aq_module_err(const AqModule *m, AqErr err)
{
    return err == AQ_OK || err == AQ_EOF ? err : aq_fail(err, "%s", m->why());
}
