/* SPDX-License-Identifier: MIT */
/* What made a feature row: compared and looked up by everything that affects the
 * values. */
#include "base/alloc.h"
#include "store/store_priv.h"

#include <string.h>

AqRowPlan aq_provenance_rows(const AqProvenance *p)
{
    return aq_rows_of(p->sampling);
}

int aq_provenance_equal(const AqProvenance *a, const AqProvenance *b)
{
    return a->kind == b->kind && strcmp(a->extractor, b->extractor) == 0 &&
           strcmp(a->extractor_version, b->extractor_version) == 0 &&
           strcmp(a->weights, b->weights) == 0 &&
           strcmp(a->weights_sha256, b->weights_sha256) == 0 &&
           strcmp(a->precision, b->precision) == 0 &&
           strcmp(a->sampling, b->sampling) == 0;
}

char *aq_provenance_line(const AqProvenance *p)
{
    const int has_weights = *p->weights || *p->weights_sha256;

    return aq_strf("%s %s %s%s%s%s%.12s, %s, %s, %s", aq_modality_name(p->kind),
                   p->extractor, p->extractor_version, has_weights ? ", weights " : "",
                   p->weights, *p->weights && *p->weights_sha256 ? " " : "",
                   p->weights_sha256, p->precision, p->sampling, p->program);
}

int aq_provenance_is_called(const AqProvenance *p, const char *text)
{
    if (strcmp(text, p->extractor) == 0)
        return 1;
    char *line = aq_provenance_line(p);
    const int found = line && strstr(line, text);
    aq_free(line);
    return found;
}

AqErr aq_provenance_check(const AqProvenance *p)
{
    if ((unsigned)p->kind > AQ_VISUAL)
        return aq_fail(AQ_ERR_USAGE, "provenance: %d is not a kind of feature",
                       (int)p->kind);
    if (!p->extractor || !p->extractor_version || !p->weights || !p->weights_sha256 ||
        !p->precision || !p->sampling || !p->program)
        return aq_fail(AQ_ERR_USAGE, "provenance: a field is NULL");
    if (!*p->extractor)
        return aq_fail(AQ_ERR_USAGE, "provenance: the extractor has no name");
    if (*p->weights_sha256 && !aq_is_sha256(p->weights_sha256))
        return aq_fail(AQ_ERR_USAGE, "provenance: \"%.80s\" is not a SHA-256",
                       p->weights_sha256);
    return AQ_OK;
}

AqErr aq_store_find_provenance(AqStore *s, const AqProvenance *p, int64_t *id)
{
    *id = 0;
    AqErr err = aq_provenance_check(p);
    if (err != AQ_OK)
        return err;
    AqQuery q = aq_query(s, AQ_SQL_PROVENANCE_FIND);
    aq_query_provenance(&q, 1, p);
    if (aq_query_step(&q))
        *id = aq_row_int(&q, 0, 1, INT64_MAX);
    err = aq_query_end(&q);
    if (err == AQ_OK && *id == 0)
        return aq_fail(AQ_ERR_NOT_FOUND, "%s: nothing in it was made by %s %s %s",
                       s->path, aq_modality_name(p->kind), p->extractor,
                       p->extractor_version);
    return err;
}

AqErr aq_provenance_intern(AqStore *s, const AqProvenance *p, int64_t *id)
{
    AqErr err = aq_store_find_provenance(s, p, id);

    if (err != AQ_ERR_NOT_FOUND)
        return err;
    AqQuery q = aq_query(s, AQ_SQL_PROVENANCE_ADD);
    aq_query_provenance(&q, 1, p);
    if (aq_query_step(&q))
        *id = aq_row_int(&q, 0, 1, INT64_MAX);
    aq_query_run(&q);
    return aq_query_end(&q);
}

AqErr aq_store_intern_provenance(AqStore *s, const AqProvenance *p, int64_t *id)
{
    AqErr err = aq_store_find_provenance(s, p, id); /* without waiting for writers */

    if (err != AQ_ERR_NOT_FOUND)
        return err;
    err = aq_store_begin(s);
    if (err != AQ_OK)
        return err;
    err = aq_store_end(s, aq_provenance_intern(s, p, id));
    if (err != AQ_OK)
        *id = 0;
    return err;
}

void aq_row_provenance(AqQuery *q, int col, AqProvenance *out)
{
    const char **const texts[] = {
        &out->extractor, &out->extractor_version, &out->weights, &out->weights_sha256,
        &out->precision, &out->sampling,          &out->program};

    *out = (AqProvenance){.id = aq_row_int(q, col, 1, INT64_MAX)};
    const char *kind = aq_row_text(q, col + 1, AQ_STORE_MAX_TEXT);
    if (strcmp(kind, aq_modality_name(AQ_VISUAL)) == 0)
        out->kind = AQ_VISUAL;
    else if (q->err == AQ_OK && strcmp(kind, aq_modality_name(AQ_AUDIO)) != 0)
        q->err = aq_fail(AQ_ERR_FORMAT, "%s: \"%.40s\" is not a kind of feature",
                         q->s->path, kind);
    for (int k = 0; k < (int)(sizeof texts / sizeof texts[0]); k++)
        *texts[k] = aq_row_text(q, col + 2 + k, AQ_STORE_MAX_TEXT);
}

static int own_provenance_text(AqArena *a, const char **text)
{
    const size_t bytes = strlen(*text) + 1;
    char *copy = aq_arena_alloc(a, bytes, 1);

    if (copy)
        *text = memcpy(copy, *text, bytes);
    return copy != NULL;
}

static AqErr append_provenance(AqProvenanceList *l, const AqProvenance *p)
{
    AqProvenance *more = aq_grow(l->v, l->n, sizeof *l->v);

    if (!more)
        return AQ_ERR_NOMEM;
    l->v = more;
    AqProvenance *to = &l->v[l->n];
    *to = *p;
    if (!own_provenance_text(l->arena, &to->extractor) ||
        !own_provenance_text(l->arena, &to->extractor_version) ||
        !own_provenance_text(l->arena, &to->weights) ||
        !own_provenance_text(l->arena, &to->weights_sha256) ||
        !own_provenance_text(l->arena, &to->precision) ||
        !own_provenance_text(l->arena, &to->sampling) ||
        !own_provenance_text(l->arena, &to->program))
        return AQ_ERR_NOMEM;
    l->n++;
    return AQ_OK;
}

static AqErr list_provenance_rows(AqStore *s, AqSql which, AqProvenanceList *out)
{
    AqProvenance p;

    *out = (AqProvenanceList){0};
    AqErr err = aq_arena_new(&out->arena, 4096);
    if (err != AQ_OK)
        return err;
    AqQuery q = aq_query(s, which);
    if (which == AQ_SQL_PROVENANCE_USED)
        aq_query_dataset(&q, 1);
    while (aq_query_step(&q)) {
        aq_row_provenance(&q, 0, &p);
        if (q.err == AQ_OK)
            q.err = append_provenance(out, &p);
    }
    err = aq_query_end(&q);
    if (err != AQ_OK)
        aq_provenance_list_clear(out);
    return err;
}

AqErr aq_store_list_provenance(AqStore *s, AqProvenanceList *out)
{
    return list_provenance_rows(s, AQ_SQL_PROVENANCE_EACH, out);
}

AqErr aq_store_list_provenance_used(AqStore *s, AqProvenanceList *out)
{
    return list_provenance_rows(s, AQ_SQL_PROVENANCE_USED, out);
}

void aq_provenance_list_clear(AqProvenanceList *l)
{
    aq_free(l->v);
    aq_arena_free(&l->arena);
    *l = (AqProvenanceList){0};
}
