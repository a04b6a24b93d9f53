/* SPDX-License-Identifier: MIT */
#include "pipeline/config/settings.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/nearest.h"

#include <ini.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- reading ---- */

/* inih reads lines through this, and does not say their number. */
typedef struct SettingsFile {
    AqSettings *to;
    const char *path;
    const char *at; /* the text from here on */
    int line, too_long;
    AqErr err;
} SettingsFile;

/* As fgets(), from the text. */
static char *next_settings_line(char *to, int room, void *ctx)
{
    SettingsFile *f = ctx;
    const size_t n = strcspn(f->at, "\n");
    const int fits = n + 2 <= (size_t)room;

    if (!*f->at)
        return NULL;
    f->line++;
    if (!fits && !f->too_long)
        f->too_long = f->line;
    (void)snprintf(to, (size_t)room, "%.*s\n", fits ? (int)n : 0, f->at);
    f->at += n + (f->at[n] != 0);
    return to;
}

/* "word_dropout" is "word-dropout". */
static void dash_setting_name(char *name)
{
    for (; *name; name++)
        if (*name == '_')
            *name = '-';
}

static AqErr keep_setting(AqSettings *s, const AqSetting *of)
{
    AqSetting *v = aq_grow(s->v, s->n, sizeof *v);

    if (!v)
        return AQ_ERR_NOMEM;
    s->v = v;
    v[s->n] = (AqSetting){.section = aq_strdup(of->section),
                          .name = aq_strdup(of->name),
                          .value = aq_strdup(of->value),
                          .file = of->file,
                          .line = of->line};
    s->n++;
    if (!v[s->n - 1].section || !v[s->n - 1].name || !v[s->n - 1].value)
        return AQ_ERR_NOMEM;
    dash_setting_name(v[s->n - 1].name);
    return AQ_OK;
}

/* inih's call for each; 1 goes on. */
static int keep_setting_read(void *ctx, const char *section, const char *name,
                             const char *value)
{
    SettingsFile *f = ctx;
    const AqSetting of = {.section = (char *)(uintptr_t)section,
                          .name = (char *)(uintptr_t)name,
                          .value = (char *)(uintptr_t)value,
                          .file = f->path,
                          .line = f->line};

    f->err = keep_setting(f->to, &of);
    return f->err == AQ_OK;
}

/* Its copy, which lives as long as the settings; the last one again, where it is the
 * same. NULL when out of memory. */
static const char *keep_settings_name(AqSettings *s, const char *name)
{
    if (s->n_files > 0 && strcmp(s->files[s->n_files - 1], name) == 0)
        return s->files[s->n_files - 1];
    char **files = aq_grow(s->files, s->n_files, sizeof *files);
    if (!files)
        return NULL;
    s->files = files;
    files[s->n_files] = aq_strdup(name);
    return files[s->n_files] ? files[s->n_files++] : NULL;
}

AqErr aq_settings_add(AqSettings *s, const char *from, const char *section,
                      const char *name, const char *value)
{
    const AqSetting of = {.section = (char *)(uintptr_t)section,
                          .name = (char *)(uintptr_t)name,
                          .value = (char *)(uintptr_t)value,
                          .file = keep_settings_name(s, from)};

    return of.file ? keep_setting(s, &of) : AQ_ERR_NOMEM;
}

static AqErr parse_settings(SettingsFile *f, const char *text)
{
    f->at = text;
    const int wrong = ini_parse_stream(next_settings_line, f, keep_setting_read, f);

    if (f->err != AQ_OK)
        return f->err;
    if (f->too_long)
        return aq_fail(AQ_ERR_FORMAT, "%s:%d: the line is too long", f->path,
                       f->too_long);
    if (wrong)
        return aq_fail(AQ_ERR_FORMAT,
                       "%s:%d: is no setting: write \"name = value\", or a command's "
                       "name in brackets",
                       f->path, wrong);
    return AQ_OK;
}

enum { MOST_SETTINGS_BYTES = 1 << 20 };

AqErr aq_settings_read(AqSettings *s, const char *path)
{
    size_t bytes;
    char *text = NULL;
    SettingsFile f = {.to = s, .path = keep_settings_name(s, path)};

    if (!f.path)
        return AQ_ERR_NOMEM;
    AqErr err = aq_fs_read(path, MOST_SETTINGS_BYTES, &text, &bytes);
    if (err == AQ_OK && strlen(text) != bytes)
        err = aq_fail(AQ_ERR_FORMAT, "%s: is no text: it has a zero byte", path);
    if (err == AQ_OK)
        err = parse_settings(&f, text);
    aq_free(text);
    return err;
}

AqErr aq_settings_user_path(char **out)
{
    return aq_fs_user_file(AQ_FS_CONFIG, "avqa.ini", out);
}

AqErr aq_settings_read_user(AqSettings *s)
{
    char *path = NULL;
    AqErr err = aq_settings_user_path(&path);

    if (err == AQ_ERR_NOT_FOUND) /* no home, no file */
        return AQ_OK;
    if (err == AQ_OK && access(path, F_OK) == 0)
        err = aq_settings_read(s, path);
    aq_free(path);
    return err;
}

void aq_settings_clear(AqSettings *s)
{
    for (size_t k = 0; k < s->n; k++) {
        aq_free(s->v[k].section);
        aq_free(s->v[k].name);
        aq_free(s->v[k].value);
    }
    for (size_t k = 0; k < s->n_files; k++)
        aq_free(s->files[k]);
    aq_free(s->v);
    aq_free(s->files);
    *s = (AqSettings){.n = 0};
}

/* ---- applying ---- */

static int is_settings_section(const AqSetting *t, const AqCommand *c)
{
    return strcmp(t->section, c->name) == 0;
}

static int is_named_so(const AqSetting *t, const char *name)
{
    return strcmp(t->name, name) == 0;
}

const AqSetting *aq_settings_find(const AqSettings *s, const AqCommand *c,
                                  const char *name)
{
    const AqSetting *best = NULL;

    for (size_t k = 0; k < s->n; k++) {
        const AqSetting *t = &s->v[k];

        if (is_named_so(t, name) && (!*t->section || is_settings_section(t, c)))
            best = t;
    }
    return best;
}

static AqErr refuse_setting(const AqSetting *t, const AqCommand *c,
                            const AqOption *table)
{
    AqNearest near = {.word = t->name};
    AqOptionWalk w = aq_options_walk(table);

    while (aq_options_next(&w))
        if (aq_option_is_named(w.row))
            aq_nearest_try(&near, w.row->name);
    char place[16] = "";

    if (t->line)
        (void)snprintf(place, sizeof place, ":%d", t->line);
    return aq_fail(AQ_ERR_USAGE, "%s%s: %s has no option '%s'%s%s%s", t->file, place,
                   c->name, t->name, near.best ? "; did you mean " : "",
                   near.best ? near.best : "", near.best ? "?" : "");
}

/* Flags take a value here. */
static AqErr apply_setting(const AqSetting *t, const AqOption *o, void *field)
{
    AqOption row = *o;
    char *what = t->line ? aq_strf("%s:%d: %s", t->file, t->line, t->name)
                         : aq_strf("%s: %s", t->file, t->name);

    if (!what)
        return AQ_ERR_NOMEM;
    if (row.type == AQ_OPTION_FLAG)
        row.type = AQ_OPTION_SWITCH;
    const AqErr err = aq_option_set(&row, what, field, t->value);
    aq_free(what);
    return err;
}

/* An option that the command has with another --network does no harm. */
static int is_of_variant(const AqCommand *c, const char *name)
{
    AqVariant v;

    return aq_variant_with_option(c, name, &v) != NULL;
}

static int takes_several(const AqOption *o)
{
    return o->type == AQ_OPTION_TEXTS || o->type == AQ_OPTION_LIST;
}

/* Of several places one counts; of one place all, where there may be several. */
static int counts_here(const AqSetting *t, const AqSetting *best, const AqOption *o)
{
    return best == t || (takes_several(o) && best->file == t->file &&
                         strcmp(best->section, t->section) == 0);
}

char *aq_settings_text(const AqSettings *s, const AqCommand *c, const AqOption *o)
{
    const AqSetting *best = aq_settings_find(s, c, o->name);
    char *text = aq_strdup("");

    for (size_t k = 0; text && best && k < s->n; k++) {
        const AqSetting *t = &s->v[k];

        if (!is_named_so(t, o->name) || !counts_here(t, best, o))
            continue;
        char *more = aq_strf("%s%s%s", text, *text ? ", " : "", t->value);
        aq_free(text);
        text = more;
    }
    return text;
}

AqErr aq_settings_apply(const AqSettings *s, const AqCommand *c, const AqOption *table,
                        void *args, int (*skips)(const void *ctx, const AqOption *o),
                        const void *ctx)
{
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < s->n; k++) {
        const AqSetting *t = &s->v[k], *best = aq_settings_find(s, c, t->name);
        AqOptionWalk w;

        if (*t->section && !is_settings_section(t, c))
            continue;
        if (!aq_options_find(&w, table, t->name) || w.row->type == AQ_OPTION_HELP ||
            !aq_option_is_named(w.row)) {
            err = *t->section && !is_of_variant(c, t->name)
                      ? refuse_setting(t, c, table)
                      : AQ_OK;
            continue;
        }
        if (counts_here(t, best, w.row) && !(skips && skips(ctx, w.row)))
            err = apply_setting(t, w.row, (char *)args + w.at);
    }
    return err;
}
