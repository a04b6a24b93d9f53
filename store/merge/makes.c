/* SPDX-License-Identifier: MIT */
/*
 * The makes of all stores in a merge, and which are taken. With several makes of one
 * kind side by side every training would have to choose, so they are mixed only on
 * request.
 */
#include "base/alloc.h"
#include "store/merge/merge_priv.h"

#include <string.h>

enum { MAX_MAKES = 1024, MOST_LISTED = 1000 /* bytes: the longest message */ };

static int find_merge_make(const AqMerge *m, const AqProvenance *p)
{
    for (int k = 0; k < m->n_makes; k++)
        if (aq_provenance_equal(m->makes[k].p, p))
            return k;
    return -1;
}

int aq_merge_make_of(const AqMerge *m, int at, int64_t provenance_id)
{
    const AqMergeSide *side = &m->sides[at];
    size_t lo = 0, hi = side->made.n; /* the list is by id */

    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;

        if (side->made.v[mid].id == provenance_id)
            return side->make[mid];
        if (side->made.v[mid].id < provenance_id)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (int k = 0; at == m->n && k < m->n_makes; k++) /* added since */
        if (m->makes[k].into_id == provenance_id)
            return k;
    return -1;
}

/* Another program may have added features since the makes were compared. */
static AqErr check_newcomers(const AqMerge *m)
{
    const AqMergeSide *into = &m->sides[m->n];
    AqQuery q = aq_query_of(
        into->s, "SELECT p.id FROM provenance p WHERE EXISTS (SELECT 1 FROM features f "
                 "JOIN videos v ON v.id = f.video_id WHERE f.provenance_id = p.id AND "
                 "v.dataset <> '" AQ_DATASET_ASKED "')");

    while (m->plan->makes != AQ_MERGE_ALL_MAKES && aq_query_step(&q)) {
        const int64_t id = aq_row_int(&q, 0, INT64_MIN, INT64_MAX);

        if (q.err == AQ_OK && aq_merge_make_of(m, m->n, id) < 0)
            q.err = aq_fail(AQ_ERR_MISMATCH,
                            "%s: another program has added features of a make that was "
                            "not there when this merge began: run it again to compare "
                            "with them too",
                            into->path);
    }
    return aq_query_end(&q);
}

AqErr aq_merge_target_makes(AqMerge *m)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < m->n_makes; k++) {
        err = aq_store_find_provenance(m->sides[m->n].s, m->makes[k].p,
                                       &m->makes[k].into_id);
        if (err == AQ_ERR_NOT_FOUND)
            err = AQ_OK;
    }
    return err == AQ_OK ? check_newcomers(m) : err;
}

/* Notes that this side has features by `p`: *make is its index, new or not. */
static AqErr note_merge_make(AqMerge *m, int side, const AqProvenance *p,
                             int64_t newest_s, int *make)
{
    int k = find_merge_make(m, p);

    if (k < 0) {
        AqMake *more = m->n_makes < MAX_MAKES
                           ? aq_realloc(m->makes, (size_t)m->n_makes + 1, sizeof *more)
                           : NULL;
        if (!more)
            return m->n_makes < MAX_MAKES
                       ? AQ_ERR_NOMEM
                       : aq_fail(AQ_ERR_UNSUPPORTED,
                                 "%s: features of more than %d makes cannot be merged",
                                 m->sides[side].path, MAX_MAKES);
        m->makes = more;
        k = m->n_makes++;
        m->makes[k] = (AqMake){
            .p = p, .path = m->sides[side].path, .newest_s = newest_s, .take = 1};
    }
    if (newest_s > m->makes[k].newest_s)
        m->makes[k].newest_s = newest_s;
    m->makes[k].in_target |= side == m->n;
    *make = k;
    return AQ_OK;
}

static AqErr note_side(AqMerge *m, int side)
{
    AqMergeSide *at = &m->sides[side];
    AqErr err = aq_store_list_provenance(at->s, &at->made);

    if (err != AQ_OK)
        return err;
    at->make = aq_alloc(at->made.n, sizeof *at->make);
    if (!at->make)
        return AQ_ERR_NOMEM;
    size_t k = 0;
    for (size_t i = 0; i < at->made.n; i++)
        at->make[i] = -1;
    AqQuery q =
        aq_query_of(at->s, "SELECT f.provenance_id, max(f.made_s) FROM features f "
                           "JOIN videos v ON v.id = f.video_id WHERE "
                           "v.dataset <> '" AQ_DATASET_ASKED "' "
                           "GROUP BY f.provenance_id ORDER BY "
                           "f.provenance_id");
    while (aq_query_step(&q)) {
        const int64_t id = aq_row_int(&q, 0, INT64_MIN, INT64_MAX);
        const int64_t newest_s = aq_row_int(&q, 1, INT64_MIN, INT64_MAX);

        while (k < at->made.n && at->made.v[k].id < id)
            k++;
        if (q.err == AQ_OK && k < at->made.n && at->made.v[k].id == id)
            q.err = note_merge_make(m, side, &at->made.v[k], newest_s, &at->make[k]);
    }
    return aq_query_end(&q);
}

static int n_of_kind(const AqMerge *m, AqModality kind)
{
    int n = 0;

    for (int k = 0; k < m->n_makes; k++)
        n += m->makes[k].p->kind == kind;
    return n;
}

/* Length of the prefix that all lines of a kind share, up to a word's end: lines are
 * long, and only the differences matter. */
static size_t n_common(const AqMerge *m, AqModality kind)
{
    char *first = NULL;
    size_t n = 0;

    for (int k = 0; k < m->n_makes; k++) {
        char *line =
            m->makes[k].p->kind == kind ? aq_provenance_line(m->makes[k].p) : NULL;
        size_t same = 0;

        if (line && first) {
            while (same < n && line[same] == first[same])
                same++;
            n = same;
        } else if (line) {
            first = line;
            n = strlen(line);
            continue;
        }
        aq_free(line);
    }
    while (n > 0 && first[n - 1] != ' ')
        n--;
    aq_free(first);
    return n;
}

/* The makes of a kind, one a line, for a message. Gives. */
static char *list_makes_of_kind(const AqMerge *m, AqModality kind)
{
    const size_t common = n_of_kind(m, kind) > 1 ? n_common(m, kind) : 0;
    char *all = aq_strdup("");

    for (int k = 0; all && k < m->n_makes && strlen(all) < MOST_LISTED; k++) {
        const AqMake *at = &m->makes[k];
        char *line = at->p->kind == kind ? aq_provenance_line(at->p) : NULL;
        char *more =
            line
                ? aq_strf("%s\n  %s: %s %s%.160s", all, at->path,
                          aq_modality_name(kind), common ? "... " : "",
                          line + (common ? common : strlen(aq_modality_name(kind)) + 1))
                : NULL;

        aq_free(line);
        if (more) {
            aq_free(all);
            all = more;
        }
    }
    return all;
}

static AqErr refuse_mixing(const AqMerge *m, AqModality kind)
{
    char *all = list_makes_of_kind(m, kind);
    const AqErr err = aq_fail(
        AQ_ERR_MISMATCH,
        "the stores hold %s features of %d makes, which training would have to tell "
        "apart; say which to take with --provenance newest, or --provenance TEXT, "
        "where "
        "TEXT is in the line of that one only, or keep them side by side with "
        "--provenance all:%s",
        aq_modality_name(kind), n_of_kind(m, kind), all ? all : "");

    aq_free(all);
    return err;
}

/* Of equally new makes, the same one whatever the order of the sources. */
static int is_later_make(const AqMake *a, const AqMake *b)
{
    const char *const x[] = {a->p->extractor, a->p->extractor_version,
                             a->p->weights,   a->p->weights_sha256,
                             a->p->precision, a->p->sampling};
    const char *const y[] = {b->p->extractor, b->p->extractor_version,
                             b->p->weights,   b->p->weights_sha256,
                             b->p->precision, b->p->sampling};
    int order = (a->newest_s > b->newest_s) - (a->newest_s < b->newest_s);

    for (size_t k = 0; order == 0 && k < sizeof x / sizeof *x; k++)
        order = strcmp(x[k], y[k]);
    return order > 0;
}

static void take_newest(AqMerge *m, AqModality kind)
{
    AqMake *best = NULL;

    for (int k = 0; k < m->n_makes; k++) {
        AqMake *at = &m->makes[k];

        if (at->p->kind != kind)
            continue;
        at->take = 0;
        if (!best || is_later_make(at, best))
            best = at;
    }
    if (best)
        best->take = 1;
}

/* n_named: how many makes of each kind are taken by name. */
static AqErr take_named(AqMerge *m, int n_named[AQ_N_MODALITIES])
{
    for (int k = 0; k < m->n_makes; k++)
        m->makes[k].take = 0;
    for (int i = 0; i < m->plan->n_names; i++) {
        AqMake *meant = NULL;
        int n = 0;

        for (int k = 0; k < m->n_makes; k++)
            if (aq_provenance_is_called(m->makes[k].p, m->plan->names[i])) {
                meant = &m->makes[k];
                n++;
            }
        if (n != 1) {
            char *audio = list_makes_of_kind(m, AQ_AUDIO),
                 *visual = list_makes_of_kind(m, AQ_VISUAL);
            const AqErr err = aq_fail(
                AQ_ERR_USAGE,
                "'%s' matches the lines of %d makes, but must match only one:%s%s",
                m->plan->names[i], n, audio ? audio : "", visual ? visual : "");
            aq_free(audio);
            aq_free(visual);
            return err;
        }
        n_named[meant->p->kind] += !meant->take;
        meant->take = 1;
    }
    return AQ_OK;
}

/* Makes are not mixed unless the target mixes them already. */
static int all_in_target(const AqMerge *m, AqModality kind)
{
    for (int k = 0; k < m->n_makes; k++)
        if (m->makes[k].p->kind == kind && !m->makes[k].in_target)
            return 0;
    return 1;
}

static AqErr choose_merge_makes(AqMerge *m)
{
    int n_named[AQ_N_MODALITIES] = {0};
    AqErr err = AQ_OK;

    if (m->plan->makes == AQ_MERGE_NAMED_MAKES)
        err = take_named(m, n_named);
    for (int kind = 0; err == AQ_OK && kind < AQ_N_MODALITIES; kind++) {
        if (m->plan->makes == AQ_MERGE_ALL_MAKES || n_named[kind])
            continue;
        if (m->plan->makes == AQ_MERGE_NEWEST_MAKE)
            take_newest(m, (AqModality)kind);
        else if (n_of_kind(m, (AqModality)kind) > 1 &&
                 !all_in_target(m, (AqModality)kind))
            err = refuse_mixing(m, (AqModality)kind);
        else if (m->plan->makes == AQ_MERGE_NAMED_MAKES)
            for (int k = 0; k < m->n_makes; k++)
                m->makes[k].take |= (int)m->makes[k].p->kind == kind;
    }
    return err;
}

AqErr aq_merge_makes(AqMerge *m)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k <= m->n; k++)
        if (m->sides[k].s)
            err = note_side(m, k);
    return err == AQ_OK ? choose_merge_makes(m) : err;
}
