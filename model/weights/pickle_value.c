/* SPDX-License-Identifier: MIT */
/* The values of a pickle: creation, filling, access. */
#include "model/weights/pickle_priv.h"

#include <string.h>

#define MAX_VALUES ((size_t)1 << 21)
enum { FIRST_ROOM = 32 };

AqPy *aq_pickle_value(AqPickle *p, AqPyKind kind)
{
    if (++p->n_values > MAX_VALUES) {
        (void)aq_fail(AQ_ERR_FORMAT,
                      "%s: its pickle has more than %zu values; a weight file has a "
                      "few thousand",
                      p->w->path, MAX_VALUES);
        return NULL;
    }
    AqPy *v = aq_arena_alloc(p->w->arena, 1, sizeof *v);
    if (v)
        *v = (AqPy){.kind = kind};
    return v;
}

int aq_pickle_grow(const AqPickle *p, void **v, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return 1;
    const size_t more = *room ? 2 * *room : FIRST_ROOM;
    void *to = aq_arena_alloc(p->w->arena, more, size);
    if (!to)
        return 0;
    if (n)
        memcpy(to, *v, n * size);
    *v = to;
    *room = more;
    return 1;
}

AqErr aq_pickle_append(AqPickle *p, AqPy *list, AqPy *item)
{
    void *v = list->as.items.v;

    if (!aq_pickle_grow(p, &v, list->as.items.n, &list->as.items.room, sizeof(AqPy *)))
        return AQ_ERR_NOMEM;
    list->as.items.v = v;
    list->as.items.v[list->as.items.n++] = item;
    return AQ_OK;
}

int aq_py_shown(const AqPy *text, int most)
{
    return text->as.text.n < (size_t)most ? (int)text->as.text.n : most;
}

int aq_py_is(const AqPy *v, const char *text)
{
    const size_t n = strlen(text);

    return v && v->kind == AQ_PY_TEXT && v->as.text.n == n &&
           memcmp(v->as.text.p, text, n) == 0;
}

const AqPy *aq_py_get(const AqPy *dict, const char *key)
{
    for (size_t k = 0; dict && dict->kind == AQ_PY_DICT && k < dict->as.items.n; k += 2)
        if (aq_py_is(dict->as.items.v[k], key))
            return dict->as.items.v[k + 1];
    return NULL;
}

const AqPy *aq_py_item(const AqPy *tuple, size_t k)
{
    const int is_list =
        tuple && (tuple->kind == AQ_PY_TUPLE || tuple->kind == AQ_PY_LIST);

    return is_list && k < tuple->as.items.n ? tuple->as.items.v[k] : NULL;
}
