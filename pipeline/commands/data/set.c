/* SPDX-License-Identifier: MIT */
/* Questions with their splits, in orders, cut into runs. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "model/question/tokenise.h"
#include "pipeline/commands/data/data_priv.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ARENA_CHUNK = 1 << 18 };

/* "train" of the word `text` of n bytes; NULL if it is no split's name. */
static const char *known_split(const char *text, size_t n)
{
    static const struct {
        const char *word, *split;
    } all[] = {{"train", "train"}, {"training", "train"}, {"val", "val"},
               {"valid", "val"},   {"validation", "val"}, {"dev", "val"},
               {"test", "test"},   {"testing", "test"}};

    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        if (strlen(all[k].word) == n && strncasecmp(text, all[k].word, n) == 0)
            return all[k].split;
    return NULL;
}

const char *aq_data_split_name(const char *text)
{
    const char *known = known_split(text, strlen(text));

    return known ? known : text;
}

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The first word of a file's name that says a split: avqa-train_fake.json. */
static const char *split_in(const char *stem)
{
    for (const char *p = stem; *p;) {
        const char *end = p;

        while (is_letter(*end))
            end++;
        const char *known = known_split(p, (size_t)(end - p));
        if (known)
            return known;
        p = end > p ? end : p + 1;
    }
    return stem;
}

size_t aq_data_split_at(const AqDataSet *d, const char *name)
{
    size_t k = 0;

    while (k < d->n_splits && strcmp(d->splits[k], name) != 0)
        k++;
    return k;
}

/* Train, val and test in this order, then the others. */
static int split_order(const char *a, const char *b)
{
    static const char *const known[] = {"train", "val", "test"};
    size_t x = 0, y = 0;

    while (x < 3 && strcmp(a, known[x]) != 0)
        x++;
    while (y < 3 && strcmp(b, known[y]) != 0)
        y++;
    return x != y ? (x > y) - (x < y) : strcmp(a, b);
}

static AqErr add_split(AqDataSet *d, const char *name)
{
    size_t k = d->n_splits;

    if (aq_data_split_at(d, name) < d->n_splits)
        return AQ_OK;
    if (d->n_splits == AQ_DATA_MOST_SPLITS)
        return aq_fail(AQ_ERR_FORMAT,
                       "there are more than %d splits (\"%.60s\" and others): a "
                       "record's split is train, val or test, or a name of one's own "
                       "for many records",
                       AQ_DATA_MOST_SPLITS, name);
    for (d->n_splits++; k > 0 && split_order(d->splits[k - 1], name) > 0; k--)
        d->splits[k] = d->splits[k - 1];
    d->splits[k] = name;
    return AQ_OK;
}

static AqErr add_row(AqDataSet *d, const AqAnnotation *a, const char *file_split)
{
    const size_t room = strlen(a->question) + 1;
    const char *split = *a->split ? aq_data_split_name(a->split) : file_split;
    char *words = aq_arena_alloc(d->arena, room, 1);

    if (!words)
        return AQ_ERR_NOMEM;
    d->rows[d->n++] = (AqDataRow){
        .a = a, .split = split, .words = aq_tokenise_normal(a->question, words, room)};
    return add_split(d, split);
}

AqErr aq_data_set_init(AqDataSet *d, const AqAnnotations *list)
{
    *d = (AqDataSet){.list = list};
    d->rows = aq_alloc(list->n, sizeof *d->rows);
    d->stems = aq_alloc(list->n_files, sizeof *d->stems);
    AqErr err =
        d->rows && d->stems ? aq_arena_new(&d->arena, ARENA_CHUNK) : AQ_ERR_NOMEM;
    for (size_t f = 0; err == AQ_OK && f < list->n_files; f++) {
        d->stems[f] = aq_fs_stem(list->files[f].path);
        if (!d->stems[f])
            err = AQ_ERR_NOMEM;
        for (size_t k = 0; err == AQ_OK && k < list->files[f].n; k++)
            err = add_row(d, &list->v[d->n], split_in(d->stems[f]));
    }
    if (err != AQ_OK)
        aq_data_set_clear(d);
    return err;
}

void aq_data_set_clear(AqDataSet *d)
{
    for (size_t k = 0; d->stems && k < d->list->n_files; k++)
        aq_free(d->stems[k]);
    aq_free(d->stems);
    aq_free(d->rows);
    aq_arena_free(&d->arena);
    *d = (AqDataSet){0};
}

/* ---- orders ---- */

int aq_data_by_video(const void *a, const void *b)
{
    return strcmp(((const AqDataRow *)a)->a->clip, ((const AqDataRow *)b)->a->clip);
}

int aq_data_by_answer(const void *a, const void *b)
{
    return strcmp(((const AqDataRow *)a)->a->answer, ((const AqDataRow *)b)->a->answer);
}

int aq_data_by_split(const void *a, const void *b)
{
    return split_order(((const AqDataRow *)a)->split, ((const AqDataRow *)b)->split);
}

int aq_data_by_type(const void *a, const void *b)
{
    const AqAnnotation *x = ((const AqDataRow *)a)->a, *y = ((const AqDataRow *)b)->a;
    const int order = strcmp(x->modality, y->modality);

    return order ? order : strcmp(x->kind, y->kind);
}

/* ---- runs ---- */

AqErr aq_data_runs_init(AqDataRuns *r, const AqDataSet *d, AqDataOrder order,
                        AqDataOrder same)
{
    *r = (AqDataRuns){.rows = aq_alloc(d->n, sizeof *r->rows),
                      .v = aq_alloc(d->n, sizeof *r->v)};
    if (!r->rows || !r->v) {
        aq_data_runs_clear(r);
        return AQ_ERR_NOMEM;
    }
    if (d->n == 0)
        return AQ_OK;
    memcpy(r->rows, d->rows, d->n * sizeof *r->rows);
    qsort(r->rows, d->n, sizeof *r->rows, order);
    for (size_t k = 0, next; k < d->n; k = next) {
        for (next = k + 1; next < d->n && same(&r->rows[k], &r->rows[next]) == 0;)
            next++;
        r->v[r->n++] = (AqDataRun){.first = &r->rows[k], .n = next - k};
    }
    return AQ_OK;
}

/* Of equal length the one that stood first. */
static int longest_first(const void *a, const void *b)
{
    const AqDataRun *x = a, *y = b;

    return x->n != y->n ? (x->n < y->n) - (x->n > y->n)
                        : (x->first > y->first) - (x->first < y->first);
}

void aq_data_runs_by_size(AqDataRuns *r)
{
    if (r->n > 0)
        qsort(r->v, r->n, sizeof *r->v, longest_first);
}

void aq_data_runs_clear(AqDataRuns *r)
{
    aq_free(r->rows);
    aq_free(r->v);
    *r = (AqDataRuns){0};
}
