/* SPDX-License-Identifier: MIT */
/*
 * The index of weights that are spread over several files, as Hugging Face transformers
 * writes it (model.safetensors.index.json, pytorch_model.bin.index.json): a JSON object
 * whose "weight_map" says for each array in which file beside the index it is. The
 * files are opened as files of weights are, and stay open with the index.
 */
#include "model/weights/weights_priv.h"

#include "base/alloc.h"
#include "base/fs/fs.h"

#include <jansson.h>
#include <string.h>

enum { MAX_INDEX = 16 << 20, MAX_PARTS = 1000 };
#define MAP_KEY "\"weight_map\""

static int is_sharded(const unsigned char *bytes, size_t n)
{
    const unsigned char *end = bytes + n - (sizeof MAP_KEY - 1);

    if (n < sizeof MAP_KEY || n > MAX_INDEX || bytes[0] != '{')
        return 0;
    for (; bytes <= end; bytes++)
        if (memcmp(bytes, MAP_KEY, sizeof MAP_KEY - 1) == 0)
            return 1;
    return 0;
}

static AqErr fail_index(const AqWeights *w, const char *name, const char *what)
{
    return aq_fail(AQ_ERR_FORMAT, "%s: %.100s %s; the index is damaged", w->path, name,
                   what);
}

/* The part that is the file of that name beside the index; opens it if it is new. */
static AqErr part_named(AqWeights *w, const char *file, AqWeights **out)
{
    for (size_t k = 0; k < w->n_parts; k++)
        if (strcmp(aq_fs_base(w->parts[k]->path), file) == 0) {
            *out = w->parts[k];
            return AQ_OK;
        }
    *out = NULL;
    if (!*file || strchr(file, '/') || strcmp(file, "..") == 0 ||
        w->n_parts == MAX_PARTS)
        return fail_index(w, file, "is not the name of a file beside it");
    if (!w->open_part)
        return fail_index(w, file, "is a file, and there are none");
    AqWeights **more = aq_grow(w->parts, w->n_parts, sizeof(AqWeights *));
    char *path = aq_strf("%.*s%s", (int)(aq_fs_base(w->path) - w->path), w->path, file);
    if (more)
        w->parts = more;
    AqErr err = more && path ? w->open_part(out, path) : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        w->parts[w->n_parts++] = *out;
    else if (err != AQ_ERR_NOMEM)
        err = aq_err_prefix(err, "%s", w->path);
    aq_free(path);
    return err;
}

static AqErr add_from_part(AqWeights *w, const char *name, const char *file)
{
    AqWeights *part;
    AqWeight *t;
    AqErr err = part_named(w, file, &part);

    if (err != AQ_OK)
        return err;
    const AqWeight *there = aq_weights_find(part, name);
    if (!there)
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: tensor %s is not in %s, where it should be; the files are "
                       "not of one network",
                       w->path, name, file);
    err = aq_weights_add(w, name, strlen(name), &t);
    if (err == AQ_OK) {
        const char *own = t->name;

        *t = *there;
        t->name = own;
    }
    return err;
}

static AqErr add_all_parts(AqWeights *w, json_t *map)
{
    const char *name;
    json_t *file;
    AqErr err = AQ_OK;

    json_object_foreach(map, name, file)
    {
        if (!json_is_string(file))
            return fail_index(w, name, "is in no file");
        if ((err = add_from_part(w, name, json_string_value(file))) != AQ_OK)
            return err;
    }
    return AQ_OK;
}

static AqErr check_parts(const AqWeights *w)
{
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < w->n_parts; k++)
        err = aq_weights_check(w->parts[k]);
    return err;
}

static AqErr read_sharded(AqWeights *w)
{
    json_error_t e;
    json_t *root =
        json_loadb((const char *)w->file.bytes, w->file.n, JSON_REJECT_DUPLICATES, &e);
    json_t *map = json_object_get(root, "weight_map");
    AqErr err = AQ_OK;

    if (!json_is_object(map))
        err = aq_fail(AQ_ERR_FORMAT,
                      "%s: is not an index of weights: it has no object weight_map%s%s",
                      w->path, root ? "" : ": ", root ? "" : e.text);
    else
        err = add_all_parts(w, map);
    json_decref(root);
    w->check = check_parts;
    return err;
}

const AqWeightsFormat aq_format_sharded = {
    .name = "sharded", .is = is_sharded, .read = read_sharded};
