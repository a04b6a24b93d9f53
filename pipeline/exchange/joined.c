/* SPDX-License-Identifier: MIT */
#include "pipeline/exchange/joined.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DIGITS = 18 };

typedef struct JoinedId {
    char digits[24];
} JoinedId;

struct AqJoined {
    AqHdf5 *h; /* borrowed */
    const char *path;
    size_t set; /* of the features, among the file's arrays */
    AqWeight each;
    size_t n;
    JoinedId *id; /* (n) */
};

int aq_video_id(const char *name, int64_t *id)
{
    const size_t n = strlen(name);
    size_t from = n;

    while (from > 0 && name[from - 1] >= '0' && name[from - 1] <= '9')
        from--;
    if (from == n || n - from > MOST_DIGITS)
        return 0;
    *id = strtoll(name + from, NULL, 10);
    return 1;
}

/* ---- the arrays ---- */

static int is_features_of_all(const AqWeight *t)
{
    return strcmp(t->name, AQ_JOINED_FRAMES) == 0 ||
           strcmp(t->name, AQ_JOINED_CLIPS) == 0;
}

/* The places of `ids` and of the features; n past the last if there is none. */
static AqErr find_joined_arrays(const AqHdf5 *h, const char *path, size_t *ids,
                                size_t *set)
{
    const size_t n = aq_hdf5_n(h);

    *ids = *set = n;
    for (size_t k = 0; k < n; k++) {
        if (strcmp(aq_hdf5_at(h, k)->name, AQ_JOINED_IDS) == 0)
            *ids = k;
        else if (is_features_of_all(aq_hdf5_at(h, k)) && *set < n)
            return aq_fail(AQ_ERR_UNSUPPORTED,
                           "%s: holds both " AQ_JOINED_FRAMES " and " AQ_JOINED_CLIPS
                           ", which are different features; use a file of one",
                           path);
        else if (is_features_of_all(aq_hdf5_at(h, k)))
            *set = k;
    }
    return AQ_OK;
}

/* (N,K,M,C) or, of one vector a clip, (N,K,C). */
static AqErr check_joined_shape(const AqJoined *j, const AqWeight *ids)
{
    const AqWeight *t = aq_hdf5_at(j->h, j->set);
    const int n_dims = strcmp(t->name, AQ_JOINED_FRAMES) == 0 ? 4 : 3;

    if (ids->n_dims != 1 || ids->dtype != AQ_I64)
        return aq_fail(AQ_ERR_FORMAT, "%s: its ids are not a list of integers",
                       j->path);
    if (t->n_dims != n_dims || t->dims[0] < 1 || t->dims[n_dims - 1] < 1)
        return aq_fail(AQ_ERR_FORMAT, "%s: %s are not %s", j->path, t->name,
                       n_dims == 4 ? "videos, clips, frames and channels"
                                   : "videos, clips and channels");
    if (t->dims[0] != ids->dims[0])
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: has %lld ids for the features of %lld videos", j->path,
                       (long long)ids->dims[0], (long long)t->dims[0]);
    if (!aq_rows_are_valid(aq_joined_rows(j)))
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: %s are not up to %d clips of up to %d frames", j->path,
                       t->name, AQ_ROWS_MOST_CLIPS, AQ_ROWS_MOST_FRAMES);
    return AQ_OK;
}

/* ---- ids ---- */

static int compare_joined_ids(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Writes them as digits; sorts `v`. */
static AqErr keep_joined_ids(AqJoined *j, int64_t *v)
{
    for (size_t k = 0; k < j->n; k++) {
        const int n =
            snprintf(j->id[k].digits, sizeof j->id[k].digits, "%" PRId64, v[k]);

        if (v[k] < 0 || n > MOST_DIGITS)
            return aq_fail(AQ_ERR_FORMAT, "%s: the id %s is not a video's number",
                           j->path, j->id[k].digits);
    }
    qsort(v, j->n, sizeof *v, compare_joined_ids);
    for (size_t k = 1; k < j->n; k++)
        if (v[k] == v[k - 1])
            return aq_fail(AQ_ERR_FORMAT, "%s: its ids name video %" PRId64 " twice",
                           j->path, v[k]);
    return AQ_OK;
}

static AqErr read_joined_ids(AqJoined *j, size_t ids)
{
    int64_t *v = aq_alloc(j->n, sizeof *v);

    j->id = aq_alloc(j->n, sizeof *j->id);
    AqErr err = v && j->id ? aq_hdf5_integers(j->h, ids, v) : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = keep_joined_ids(j, v);
    aq_free(v);
    return err;
}

/* ---- the file ---- */

static void set_each(AqJoined *j)
{
    const AqWeight *t = aq_hdf5_at(j->h, j->set);

    j->each = (AqWeight){.name = t->name, .dtype = t->dtype, .count = 1};
    for (int d = 1; d < t->n_dims; d++) {
        j->each.dims[j->each.n_dims++] = t->dims[d];
        j->each.count *= (size_t)t->dims[d];
    }
    j->n = (size_t)t->dims[0];
}

AqErr aq_joined_find(AqJoined **out, AqHdf5 *h, const char *path)
{
    size_t ids, set;
    AqErr err = find_joined_arrays(h, path, &ids, &set);

    *out = NULL;
    if (err != AQ_OK || ids == aq_hdf5_n(h) || set == aq_hdf5_n(h))
        return err;
    AqJoined *j = aq_alloc(1, sizeof *j);
    if (!j)
        return AQ_ERR_NOMEM;
    j->h = h;
    j->path = path;
    j->set = set;
    if (aq_hdf5_at(h, set)->n_dims > 0)
        set_each(j);
    err = check_joined_shape(j, aq_hdf5_at(h, ids));
    if (err == AQ_OK)
        err = read_joined_ids(j, ids);
    if (err != AQ_OK)
        aq_joined_free(&j);
    *out = j;
    return err;
}

void aq_joined_free(AqJoined **jp)
{
    if (*jp)
        aq_free((*jp)->id);
    aq_free(*jp);
    *jp = NULL;
}

size_t aq_joined_n(const AqJoined *j)
{
    return j->n;
}

const AqWeight *aq_joined_each(const AqJoined *j)
{
    return &j->each;
}

/* Sizes too large for a plan become 0, which is none. */
AqRowPlan aq_joined_rows(const AqJoined *j)
{
    const int64_t K = j->each.dims[0], M = j->each.dims[1];

    return (AqRowPlan){.clips = K <= AQ_ROWS_MOST_CLIPS ? (int)K : 0,
                       .frames = j->each.n_dims == 2        ? AQ_JOINED_MOTION
                                 : M <= AQ_ROWS_MOST_FRAMES ? (int)M
                                                            : 0};
}

const char *aq_joined_id(const AqJoined *j, size_t k)
{
    return j->id[k].digits;
}

AqErr aq_joined_floats(AqJoined *j, size_t k, float *out)
{
    return aq_hdf5_row_floats(j->h, j->set, (int64_t)k, out);
}
