/* SPDX-License-Identifier: MIT */
#include "extract/networks/parts/prefixes.h"

#include <stdio.h>
#include <string.h>

static int has_prefix_text(const AqPrefixes *p, const char *text, size_t n)
{
    for (int k = 0; k < p->n && k < AQ_PREFIXES_MAX; k++)
        if (strlen(p->v[k]) == n && strncmp(p->v[k], text, n) == 0)
            return 1;
    return 0;
}

static int has_array_beside(const AqWeights *w, const char *prefix, size_t n,
                            const char *beside)
{
    char name[160];

    if (!beside)
        return 1;
    (void)snprintf(name, sizeof name, "%.*s%s", (int)n, prefix, beside);
    return aq_weights_find(w, name) != NULL;
}

static void add_marked_prefix(AqPrefixes *io, const AqWeights *w,
                              const AqPrefixMark *mark)
{
    const size_t tail = strlen(mark->leaf);

    for (size_t k = 0; k < aq_weights_n(w); k++) {
        const AqWeight *t = aq_weights_at(w, k);
        const size_t all = strlen(t->name), n = all >= tail ? all - tail : all;

        if (all < tail || strcmp(t->name + n, mark->leaf) != 0 ||
            t->n_dims != mark->n_dims || n >= AQ_PREFIX_BYTES ||
            has_prefix_text(io, t->name, n) ||
            (n > 0 && t->name[n - 1] != '.' && t->name[n - 1] != '/') ||
            !has_array_beside(w, t->name, n, mark->beside))
            continue;
        if (io->n == 0)
            io->first = t;
        if (io->n < AQ_PREFIXES_MAX) {
            memcpy(io->v[io->n], t->name, n);
            io->v[io->n][n] = '\0';
        }
        io->n++;
    }
}

int aq_prefixes_find(AqPrefixes *out, const AqWeights *w, const AqPrefixMark *marks,
                     int n)
{
    *out = (AqPrefixes){0};
    for (int k = 0; k < n; k++) {
        add_marked_prefix(out, w, &marks[k]);
        if (out->n > 0)
            return k;
    }
    return -1;
}

AqErr aq_prefixes_take(char prefix[AQ_PREFIX_BYTES], const AqPrefixes *p,
                       const AqWeights *w)
{
    char list[AQ_PREFIXES_MAX * (AQ_PREFIX_BYTES + 4)] = "";
    size_t at = 0;

    (void)snprintf(prefix, AQ_PREFIX_BYTES, "%s", p->v[0]);
    if (p->n < 2)
        return AQ_OK;
    for (int k = 0; k < p->n && k < AQ_PREFIXES_MAX && at < sizeof list; k++)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", k ? ", " : "",
                               *p->v[k] ? p->v[k] : "'' (nothing before the names)");
    return aq_fail(AQ_ERR_MISMATCH,
                   "%s: holds %d networks, whose names begin with %s%s; choose one by "
                   "`avqa-pipe weights import FILE --prefix TEXT`, and name what was "
                   "imported",
                   aq_weights_path(w), p->n, list,
                   p->n > AQ_PREFIXES_MAX ? ", ..." : "");
}

void aq_prefixes_join(AqParamSource *to, const char *prefix, const char *name, int n,
                      const char *which, const char *rest)
{
    const int most = (int)sizeof to->name;

    if (snprintf(to->name, sizeof to->name, "%s%.*s%s%s", prefix, n, name, which,
                 rest) >= most)
        to->name[most - 1] = '\0';
}
