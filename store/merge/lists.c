/* SPDX-License-Identifier: MIT */
/*
 * Annotations in a merge. A list (data set and split) is taken whole, in one
 * transaction: its order is part of it. Lists are compared by a digest of all their
 * rows.
 */
#include "base/alloc.h"
#include "base/digest.h"
#include "store/merge/merge_priv.h"

#include <stdio.h>
#include <string.h>

enum { MAX_LISTS = 4096, N_COLUMNS = 13 };

typedef struct List {
    char *dataset, *split;
    char sha256[AQ_SHA256_HEX];
    int side;
} List;

typedef struct Lists {
    List *v;
    int n;
} Lists;

/* Which columns of a row are numbers: place, question_id, record, task. */
static int is_number(int col)
{
    return col == 0 || col == 2 || col == 10 || col == 11;
}

static AqQuery question_rows_of(AqStore *s, const List *l)
{
    AqQuery q = aq_query(s, AQ_SQL_MERGE_LIST);

    aq_query_text(&q, 1, l->dataset);
    aq_query_text(&q, 2, l->split);
    return q;
}

static AqErr digest_row(AqSha256 *sha, AqQuery *q)
{
    AqErr err = AQ_OK;
    char number[32];

    for (int col = 0; err == AQ_OK && col < N_COLUMNS; col++) {
        const char *text = number;

        if (is_number(col))
            (void)snprintf(number, sizeof number, "%lld",
                           (long long)aq_row_int(q, col, INT64_MIN, INT64_MAX));
        else
            text = aq_row_text(q, col, AQ_STORE_MAX_TEXT);
        err = q->err;
        if (err == AQ_OK)
            err = aq_sha256_add(sha, text, strlen(text) + 1);
    }
    return err;
}

static AqErr digest_list(AqStore *s, List *l)
{
    AqSha256 *sha = NULL;
    AqErr err = aq_sha256_new(&sha);

    if (err != AQ_OK)
        return err;
    AqQuery q = question_rows_of(s, l);
    while (aq_query_step(&q))
        q.err = digest_row(sha, &q);
    err = aq_query_end(&q);
    if (err == AQ_OK)
        err = aq_sha256_finish(&sha, l->sha256);
    aq_sha256_free(&sha);
    return err;
}

static AqErr add_question_list(Lists *all, const char *dataset, const char *split,
                               int side)
{
    List *more = all->n < MAX_LISTS
                     ? aq_realloc(all->v, (size_t)all->n + 1, sizeof *more)
                     : NULL;

    if (!more)
        return all->n < MAX_LISTS
                   ? AQ_ERR_NOMEM
                   : aq_fail(AQ_ERR_UNSUPPORTED,
                             "the stores hold more than %d lists of questions",
                             MAX_LISTS);
    all->v = more;
    List *l = &all->v[all->n++];
    *l = (List){.dataset = aq_strdup(dataset), .split = aq_strdup(split), .side = side};
    return l->dataset && l->split ? AQ_OK : AQ_ERR_NOMEM;
}

static void drop_last(Lists *all)
{
    List *l = &all->v[--all->n];

    aq_free(l->dataset);
    aq_free(l->split);
}

/* The lists of a side, with their digests; a damaged one in a source is reported. */
static AqErr find_lists(AqMerge *m, Lists *all, int side)
{
    AqMergeSide *at = &m->sides[side];
    const int first = all->n;
    AqQuery q = aq_query_of(at->s, "SELECT DISTINCT dataset, split FROM annotations "
                                   "ORDER BY dataset, split");

    while (aq_query_step(&q)) {
        const char *dataset = aq_row_text(&q, 0, AQ_STORE_MAX_TEXT);
        const char *split = aq_row_text(&q, 1, AQ_STORE_MAX_TEXT);

        if (q.err == AQ_OK)
            q.err = add_question_list(all, dataset, split, side);
    }
    AqErr err = aq_query_end(&q);
    for (int k = all->n - 1; err == AQ_OK && k >= first; k--) {
        err = digest_list(at->s, &all->v[k]);
        if (err == AQ_ERR_FORMAT && side < m->n) {
            char where[160];
            const List bad = all->v[k];

            (void)snprintf(where, sizeof where, "questions of %.60s, %.60s",
                           bad.dataset, bad.split);
            aq_merge_tell(m, &m->sum.n_damaged, at->path, where, aq_err_text());
            all->v[k] = all->v[all->n - 1];
            all->v[all->n - 1] = bad;
            drop_last(all);
            err = AQ_OK;
        }
    }
    return err;
}

static int has_same_list_name(const List *a, const List *b)
{
    return strcmp(a->dataset, b->dataset) == 0 && strcmp(a->split, b->split) == 0;
}

/* Which of the lists with one name, from `first` on, to take. */
static AqErr choose_question_list(const AqMerge *m, const Lists *all, int first,
                                  int *pick)
{
    const List *other = NULL;
    int preferred = -1;

    *pick = first;
    for (int k = 0; k < all->n; k++) {
        const List *l = &all->v[k];

        if (!has_same_list_name(l, &all->v[first]))
            continue;
        if (strcmp(l->sha256, all->v[first].sha256) != 0)
            other = l;
        if (l->side == m->plan->prefer)
            preferred = k;
    }
    if (!other)
        return AQ_OK;
    *pick = preferred;
    return preferred >= 0
               ? AQ_OK
               : aq_fail(AQ_ERR_MISMATCH,
                         "%s and %s hold different questions of %s, %s: say whose to "
                         "take with --prefer FILE (they have no date, so `newest` "
                         "cannot decide)",
                         m->sides[all->v[first].side].path, m->sides[other->side].path,
                         other->dataset, other->split);
}

static AqErr copy_question_rows(AqMerge *m, const List *l, int64_t *n)
{
    AqQuery from = question_rows_of(m->sides[l->side].s, l);

    while (aq_query_step(&from)) {
        AqQuery to = aq_query(m->sides[m->n].s, AQ_SQL_ANNOTATION_ADD);

        aq_query_text(&to, 1, l->dataset);
        aq_query_text(&to, 2, l->split);
        for (int col = 0; col < N_COLUMNS; col++)
            if (is_number(col))
                aq_query_int(&to, 3 + col,
                             aq_row_int(&from, col, INT64_MIN, INT64_MAX));
            else
                aq_query_text(&to, 3 + col, aq_row_text(&from, col, AQ_STORE_MAX_TEXT));
        aq_query_run(&to);
        const AqErr err = aq_query_end(&to);
        if (from.err == AQ_OK)
            from.err = err;
        ++*n;
    }
    return aq_query_end(&from);
}

static AqErr replace_question_list(AqMerge *m, const List *l)
{
    AqStore *into = m->sides[m->n].s;
    int64_t n = 0;
    AqErr err = aq_store_begin(into);

    if (err != AQ_OK)
        return err;
    AqQuery q = aq_query(into, AQ_SQL_ANNOTATIONS_DROP);
    aq_query_text(&q, 1, l->dataset);
    aq_query_text(&q, 2, l->split);
    aq_query_run(&q);
    err = aq_query_end(&q);
    if (err == AQ_OK)
        err = copy_question_rows(m, l, &n);
    err = aq_store_end(into, err);
    if (err == AQ_OK)
        m->sum.n_questions += n;
    return err;
}

/* Each name is handled at the first of its lists; the target's comes last. */
static AqErr merge_question_lists(AqMerge *m, const Lists *all)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < all->n; k++) {
        int pick = k, seen = 0, have = 0;

        for (int i = 0; i < k; i++)
            seen |= has_same_list_name(&all->v[i], &all->v[k]);
        if (seen)
            continue;
        err = choose_question_list(m, all, k, &pick);
        for (int i = k; err == AQ_OK && i < all->n; i++)
            have |= all->v[i].side == m->n &&
                    has_same_list_name(&all->v[i], &all->v[k]) &&
                    strcmp(all->v[i].sha256, all->v[pick].sha256) == 0;
        if (err == AQ_OK && m->writing && !have)
            err = replace_question_list(m, &all->v[pick]);
    }
    return err;
}

AqErr aq_merge_lists(AqMerge *m)
{
    Lists all = {0};
    AqErr err = AQ_OK;

    m->tells = m->writing;
    for (int k = 0; err == AQ_OK && k <= m->n; k++)
        if (m->sides[k].s)
            err = find_lists(m, &all, k);
    if (err == AQ_OK)
        err = merge_question_lists(m, &all);
    while (all.n > 0)
        drop_last(&all);
    aq_free(all.v);
    return err;
}
