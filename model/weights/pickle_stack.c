/* SPDX-License-Identifier: MIT */
/* The machine's memory: a stack, its marks, and the memo. */
#include "model/weights/pickle_priv.h"

#include <string.h>

enum { FIRST_ROOM = 32 };

AqErr aq_pickle_fail(const AqPickle *p, const char *what)
{
    return aq_fail(AQ_ERR_FORMAT, "%s: its pickle %s; the file is damaged or cut short",
                   p->w->path, what);
}

AqErr aq_pickle_push(AqPickle *p, AqPy *v)
{
    void *stack = p->stack;

    if (!v || !aq_pickle_grow(p, &stack, p->n, &p->room, sizeof(AqPy *)))
        return AQ_ERR_NOMEM;
    p->stack = stack;
    p->stack[p->n++] = v;
    return AQ_OK;
}

AqPy *aq_pickle_pop(AqPickle *p)
{
    const size_t floor = p->n_marks ? p->marks[p->n_marks - 1] : 0;

    return p->n > floor ? p->stack[--p->n] : NULL;
}

AqPy *aq_pickle_top(const AqPickle *p)
{
    const size_t floor = p->n_marks ? p->marks[p->n_marks - 1] : 0;

    return p->n > floor ? p->stack[p->n - 1] : NULL;
}

AqErr aq_pickle_mark(AqPickle *p)
{
    void *marks = p->marks;

    if (!aq_pickle_grow(p, &marks, p->n_marks, &p->marks_room, sizeof *p->marks))
        return AQ_ERR_NOMEM;
    p->marks = marks;
    p->marks[p->n_marks++] = p->n;
    return AQ_OK;
}

AqErr aq_pickle_pop_mark(AqPickle *p, AqPy ***v, size_t *n)
{
    *v = NULL;
    *n = 0;
    if (p->n_marks == 0)
        return aq_pickle_fail(p, "closes what it did not open");
    const size_t from = p->marks[--p->n_marks];
    *v = p->n ? p->stack + from : NULL;
    *n = p->n - from;
    p->n = from;
    return AQ_OK;
}

/* Writers number memo entries consecutively: a number larger than the operations so far
 * can only be an attempt to exhaust memory. */
AqErr aq_pickle_remember(AqPickle *p, uint64_t at)
{
    AqPy *v = aq_pickle_top(p);

    if (!v || at > p->n_ops)
        return aq_pickle_fail(p, "remembers what it does not have");
    if (at >= p->memo_room) {
        const size_t room = 2 * (size_t)at + FIRST_ROOM;
        AqPy **memo = aq_arena_alloc(p->w->arena, room, sizeof *memo);

        if (!memo)
            return AQ_ERR_NOMEM;
        memset(memo, 0, room * sizeof *memo);
        if (p->memo_room)
            memcpy(memo, p->memo, p->memo_room * sizeof *memo);
        p->memo = memo;
        p->memo_room = room;
    }
    p->memo[at] = v;
    return AQ_OK;
}

AqErr aq_pickle_recall(AqPickle *p, uint64_t at)
{
    AqPy *v = at < p->memo_room ? p->memo[at] : NULL;

    return v ? aq_pickle_push(p, v)
             : aq_pickle_fail(p, "recalls what it did not remember");
}
