/* SPDX-License-Identifier: MIT */
/* Linux: dl_iterate_phdr(3), proc(5). */
#define _GNU_SOURCE /* dl_iterate_phdr */
#include "base/fs/own.h"

#include "base/alloc.h"

#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct OwnObject {
    uintptr_t code; /* an address in it */
    char path[PATH_MAX];
} OwnObject;

/* Stops at the loaded object that has the address. The program itself has no name. */
static int find_own_object(struct dl_phdr_info *o, size_t bytes, void *ctx)
{
    OwnObject *own = ctx;

    (void)bytes;
    for (int k = 0; k < o->dlpi_phnum; k++) {
        const uintptr_t from = o->dlpi_addr + o->dlpi_phdr[k].p_vaddr;

        if (o->dlpi_phdr[k].p_type != PT_LOAD || own->code < from ||
            own->code >= from + o->dlpi_phdr[k].p_memsz)
            continue;
        (void)snprintf(own->path, sizeof own->path, "%s",
                       *o->dlpi_name ? o->dlpi_name : "/proc/self/exe");
        return 1;
    }
    return 0;
}

AqErr aq_fs_own_folder(char **out)
{
    OwnObject own = {.code = (uintptr_t)aq_fs_own_folder};
    char real[PATH_MAX];

    *out = NULL;
    if (!dl_iterate_phdr(find_own_object, &own) || !realpath(own.path, real))
        return aq_fail(AQ_ERR_NOT_FOUND,
                       "where this program lies cannot be found out (is /proc "
                       "mounted?)");
    char *slash = strrchr(real, '/');
    slash[slash == real] = '\0'; /* "/" stays */
    *out = aq_strdup(real);
    return *out ? AQ_OK : AQ_ERR_NOMEM;
}

char *aq_fs_own_file(const char *const *places, const char *leaf)
{
    char *own = NULL;

    if (aq_fs_own_folder(&own) != AQ_OK)
        own = NULL; /* absolute places remain */
    for (; *places; places++) {
        const int absolute = **places == '/';
        char *path = NULL;

        if (absolute)
            path = aq_strf("%s/%s", *places, leaf);
        else if (own)
            path = aq_strf("%s/%s/%s", own, *places, leaf);
        if (path && access(path, R_OK) == 0) {
            aq_free(own);
            return path;
        }
        aq_free(path);
    }
    aq_free(own);
    return NULL;
}
