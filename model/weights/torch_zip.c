/* SPDX-License-Identifier: MIT */
/*
 * torch.save since 1.6 (caffe2/serialize, torch/serialization.py): a ZIP archive with
 * NAME/data.pkl, NAME/data/KEY for each storage, NAME/byteorder from 2.1 on.
 */
#include "model/weights/torch_priv.h"
#include "model/weights/zip_priv.h"

#include <stdio.h>
#include <string.h>

#define PICKLE "data.pkl"
enum { MAX_PREFIX = 512, MAX_NAME = MAX_PREFIX + 128, MAX_KEY = 64 };

typedef struct Archive {
    AqZip zip;
    char prefix[MAX_PREFIX];
} Archive;

static AqErr member_data(Archive *a, AqWeights *w, const char *leaf,
                         const unsigned char **data, size_t *n)
{
    char name[MAX_NAME];

    *data = NULL;
    (void)snprintf(name, sizeof name, "%s/%s", a->prefix, leaf);
    AqZipMember *found = aq_zip_find(&a->zip, name);
    if (!found)
        return aq_fail(AQ_ERR_FORMAT, "%s: has no %s in its archive; it is cut short",
                       w->path, name);
    *n = found->bytes;
    return aq_zip_data(&a->zip, w, found, data);
}

static AqErr find_storage(AqPickle *p, const AqPy *id, AqPyStorage **out)
{
    char leaf[96];
    size_t n = 0;
    AqErr err = aq_torch_storage(p, id, out);

    if (err != AQ_OK || (*out)->data)
        return err;
    AqPyStorage *s = *out;
    (void)snprintf(leaf, sizeof leaf, "data/%.*s",
                   (int)(s->key_bytes < MAX_KEY ? s->key_bytes : MAX_KEY), s->key);
    err = member_data(p->ctx, p->w, leaf, &s->data, &n);
    if (err != AQ_OK)
        return err;
    return (uint64_t)s->count <= n / aq_dtype_bytes(s->dtype)
               ? AQ_OK
               : aq_fail(AQ_ERR_FORMAT,
                         "%s: %s holds fewer values than its tensors need; the file is "
                         "damaged",
                         p->w->path, leaf);
}

/* "archive" of "archive/data.pkl"; the writer names it after the file. */
static AqErr find_prefix(Archive *a, const AqWeights *w)
{
    for (size_t k = 0; k < a->zip.n; k++) {
        const char *name = a->zip.v[k].name, *slash = strchr(name, '/');

        if (slash && strcmp(slash + 1, PICKLE) == 0 && slash - name < MAX_PREFIX) {
            (void)snprintf(a->prefix, sizeof a->prefix, "%.*s", (int)(slash - name),
                           name);
            return AQ_OK;
        }
    }
    return aq_fail(AQ_ERR_FORMAT,
                   "%s: is a ZIP archive without data.pkl or .npy files, so it is from "
                   "neither torch.save nor numpy.savez",
                   w->path);
}

static AqErr check_order(Archive *a, AqWeights *w)
{
    char name[MAX_NAME];
    const unsigned char *data = NULL;
    size_t n = 0;

    (void)snprintf(name, sizeof name, "%s/byteorder", a->prefix);
    if (!aq_zip_find(&a->zip, name))
        return AQ_OK; /* written before 2.1, on a little-endian machine */
    const AqErr err = member_data(a, w, "byteorder", &data, &n);
    if (err != AQ_OK)
        return err;
    return n == 6 && memcmp(data, "little", 6) == 0
               ? AQ_OK
               : aq_fail(AQ_ERR_UNSUPPORTED,
                         "%s: was written on a big-endian machine; save it again on a "
                         "little-endian one",
                         w->path);
}

static AqErr read_torch_zip(AqWeights *w)
{
    Archive *a = aq_arena_alloc(w->arena, 1, sizeof *a);
    AqPickle p = {.w = w, .storage = find_storage, .ctx = a};
    const unsigned char *pickle = NULL;
    size_t n = 0, used = 0;
    AqPy *value;
    AqErr err = a ? aq_zip_open(&a->zip, w) : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = find_prefix(a, w);
    if (err == AQ_OK)
        err = check_order(a, w);
    if (err == AQ_OK)
        err = member_data(a, w, PICKLE, &pickle, &n);
    if (err == AQ_OK)
        err = aq_pickle_read(&p, pickle, n, &used, &value);
    return err == AQ_OK ? aq_torch_add(&p, value) : err;
}

const AqWeightsFormat aq_format_torch_zip = {
    .name = "torch-zip", .is = aq_zip_is, .read = read_torch_zip};
