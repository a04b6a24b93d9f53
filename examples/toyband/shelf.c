/* SPDX-License-Identifier: MIT */
#include "examples/toyband/shelf.h"

#include "base/alloc.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAMES                                                                          \
    "accordion, acoustic_guitar, banjo, congas, drum, flute, piano, saxophone, "       \
    "trumpet or violin"

static int is_picture(const struct dirent *e)
{
    const size_t n = strlen(e->d_name);

    return e->d_name[0] != '.' && n > 4 &&
           (strcmp(e->d_name + n - 4, ".svg") == 0 ||
            strcmp(e->d_name + n - 4, ".png") == 0);
}

/* By bytes, so that the order is the same everywhere: alphasort() asks the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_empty_square(cairo_surface_t *s)
{
    const int stride = cairo_image_surface_get_stride(s);

    cairo_surface_flush(s);
    for (int y = 0; y < AQ_TOY_GLYPH; y++)
        for (int x = 0; x < AQ_TOY_GLYPH; x++)
            if (cairo_image_surface_get_data(s)[y * stride + 4 * x + 3] > 127)
                return 0;
    return 1;
}

static AqErr read_drawing(AqToyShelf *s, int kind, const char *folder, const char *name)
{
    cairo_surface_t **at = &s->kind[kind].of[s->kind[kind].n];
    char *path = aq_strf("%s/%s", folder, name);
    AqErr err = path ? aq_toy_file_draw(at, path) : AQ_ERR_NOMEM;

    if (*at)
        s->kind[kind].n++;
    if (err == AQ_OK && is_empty_square(*at))
        err =
            aq_fail(AQ_ERR_FORMAT, "%s: nothing is drawn in it; remove the file", path);
    aq_free(path);
    return err;
}

static AqErr read_kind(AqToyShelf *s, int kind, const char *folder)
{
    struct dirent **entries = NULL;
    AqErr err = AQ_OK;
    const int n = scandir(folder, &entries, is_picture, by_name);

    if (n < 0)
        return errno == ENOENT ? AQ_OK : aq_fail_errno(folder);
    s->kind[kind].of = aq_alloc((size_t)n + 1, sizeof(cairo_surface_t *));
    if (!s->kind[kind].of)
        err = AQ_ERR_NOMEM;
    for (int k = 0; k < n; k++) {
        if (err == AQ_OK)
            err = read_drawing(s, kind, folder, entries[k]->d_name);
        free(entries[k]); /* scandir's */
    }
    free((void *)entries);
    return err;
}

static AqErr read_all(AqToyShelf *s, const char *folder)
{
    AqErr err = AQ_OK;
    int n = 0;

    for (int kind = 0; err == AQ_OK && kind < AQ_TOY_KINDS; kind++) {
        char *path = aq_strf("%s/%s", folder, aq_toy_kinds[kind].name);

        err = path ? read_kind(s, kind, path) : AQ_ERR_NOMEM;
        n += s->kind[kind].n;
        aq_free(path);
    }
    if (err == AQ_OK && n == 0)
        err = aq_fail(AQ_ERR_NOT_FOUND,
                      "%s: no drawings; put *.svg or *.png files into folders in it "
                      "that are named " NAMES,
                      folder);
    return err;
}

AqErr aq_toy_shelf_open(AqToyShelf **out, const char *folder)
{
    DIR *there = opendir(folder);

    *out = NULL;
    if (!there)
        return aq_err_prefix(aq_fail_errno(folder), "cannot read the drawings");
    (void)closedir(there);
    AqToyShelf *s = aq_alloc(1, sizeof *s);
    const AqErr err = s ? read_all(s, folder) : AQ_ERR_NOMEM;
    if (err != AQ_OK)
        aq_toy_shelf_close(&s);
    *out = s;
    return err;
}

void aq_toy_shelf_close(AqToyShelf **sp)
{
    AqToyShelf *s = *sp;

    for (int kind = 0; s && kind < AQ_TOY_KINDS; kind++) {
        for (int k = 0; k < s->kind[kind].n; k++)
            cairo_surface_destroy(s->kind[kind].of[k]);
        aq_free(s->kind[kind].of);
    }
    aq_free(s);
    *sp = NULL;
}

cairo_surface_t *aq_toy_shelf_take(const AqToyShelf *s, int kind, int k)
{
    cairo_surface_t *out = aq_toy_square();
    cairo_t *c = cairo_create(out);

    cairo_set_source_surface(c, s->kind[kind].of[k], 0, 0);
    cairo_paint(c);
    cairo_destroy(c);
    return out;
}
