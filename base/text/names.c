/* SPDX-License-Identifier: MIT */
#include "base/text/names.h"

#include "base/alloc.h"
#include "base/fs/fs.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

/* Extensions of files that FFmpeg or libsndfile usually opens; a file named explicitly
 * is tried whatever its extension. */
static const char *const extensions[] = {
    "mp4", "m4v",  "mov", "mkv", "webm", "avi", "mpg", "mpeg", "ts",  "mts", "m2ts",
    "flv", "wmv",  "asf", "3gp", "3g2",  "ogv", "ogg", "oga",  "vob", "mxf", "wav",
    "mp3", "flac", "m4a", "aac", "opus", "wma", "aif", "aiff", "au",  "gif", "dv"};

int aq_name_is_media(const char *name)
{
    const char *dot = strrchr(name, '.');

    for (size_t k = 0; dot && k < sizeof extensions / sizeof *extensions; k++)
        if (strcasecmp(dot + 1, extensions[k]) == 0)
            return 1;
    return 0;
}

static int is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 128)
            return 0;
    return 1;
}

char *aq_name_nfc(const char *text)
{
    utf8proc_uint8_t *composed = NULL;

    if (is_ascii(text))
        return aq_strdup(text);
    const utf8proc_ssize_t n =
        utf8proc_map((const utf8proc_uint8_t *)text, 0, &composed,
                     UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    char *out =
        n == UTF8PROC_ERROR_NOMEM ? NULL : aq_strdup(n < 0 ? text : (char *)composed);
    free(composed); /* NOLINT: utf8proc's own */
    return out;
}

/* Takes `name`, which may be NULL. */
static char *compose_owned_name(char *name)
{
    char *out = name ? aq_name_nfc(name) : NULL;

    aq_free(name);
    return out;
}

char *aq_name_of_file(const char *path)
{
    return compose_owned_name(aq_fs_stem(path));
}

char *aq_name_as_written(const char *text)
{
    return aq_name_nfc(aq_fs_base(text));
}

char *aq_name_of_clip(const char *text)
{
    const char *name = aq_fs_base(text), *windows = strrchr(name, '\\');

    if (windows && aq_name_is_media(name)) /* folders as Windows writes them */
        name = windows + 1;
    /* "..mp4" has no stem that could name anything */
    return aq_name_is_media(name) && strspn(name, ".") < 2 ? aq_name_of_file(name)
                                                           : aq_name_nfc(name);
}

static int compare_name_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

long aq_name_find(const char *const *names, size_t n, const char *text)
{
    char *(*const forms[])(const char *) = {aq_name_as_written, aq_name_of_clip};
    const char *const *at = NULL;

    for (size_t k = 0; n > 0 && !at && k < sizeof forms / sizeof *forms; k++) {
        char *name = forms[k](text);

        if (!name)
            return -1;
        at = bsearch(&name, names, n, sizeof *names, compare_name_texts);
        aq_free(name);
    }
    return at ? at - names : (long)n;
}

long aq_name_find_either(const char *const *names, size_t n, const char *text,
                         const char *also)
{
    const long at = aq_name_find(names, n, text);

    return at == (long)n && *also ? aq_name_find(names, n, also) : at;
}
