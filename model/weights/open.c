/* SPDX-License-Identifier: MIT */
/* Opens a weight file: maps it and picks the reader for its format. Each reader has its
 * own source file. */
#include "model/weights/weights_priv.h"

#include "base/alloc.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const AqWeightsFormat *const formats[] = {
    &aq_format_safetensors, &aq_format_npz,   &aq_format_torch_zip,    &aq_format_npy,
    &aq_format_tf_v1,       &aq_format_tf_v2, &aq_format_torch_legacy, &aq_format_hdf5,
    &aq_format_tflite,      &aq_format_dlib,  &aq_format_sharded};
#define N_FORMATS (sizeof formats / sizeof *formats)

static AqErr map_weight_file(AqMap *out, const char *path)
{
    struct stat st;
    AqErr err = AQ_OK;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return aq_fail_errno(path);
    if (fstat(fd, &st) != 0)
        err = aq_fail_errno(path);
    else if (!S_ISREG(st.st_mode) || st.st_size == 0)
        err = aq_fail(AQ_ERR_FORMAT, "%s: is %s, not a weight file", path,
                      S_ISREG(st.st_mode) ? "empty" : "not a file");
    if (err == AQ_OK) {
        void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

        if (p == MAP_FAILED)
            err = aq_fail_errno(path);
        else
            *out = (AqMap){.bytes = p, .n = (size_t)st.st_size, .is_mapped = 1};
    }
    (void)close(fd); /* read only */
    return err;
}

static AqErr read_any(AqWeights *w, const AqWeightsFormat *format)
{
    if (format && !format->is(w->file.bytes, w->file.n))
        return aq_fail(AQ_ERR_FORMAT, "%s: is not a %s file", w->path, format->name);
    for (size_t k = 0; !format && k < N_FORMATS; k++)
        if (formats[k]->is(w->file.bytes, w->file.n))
            format = formats[k];
    if (!format)
        return aq_fail(
            AQ_ERR_FORMAT,
            "%s: is not a weight file in a supported format: safetensors, torch.save, "
            ".npy, .npz, a TensorFlow checkpoint, HDF5 as Keras saves it, TensorFlow "
            "Lite, or a network of dlib",
            w->path);
    w->format = format->name;
    return format->read(w);
}

static AqErr finish_weights(AqWeights *w)
{
    w->used = aq_alloc(w->n, 1);
    if (!w->used)
        return AQ_ERR_NOMEM;
    const AqErr err = aq_weights_sort(w);
    return err == AQ_OK ? aq_weights_take_scales(w) : err;
}

static AqErr read_weight_file(AqWeights **out, AqWeights *w,
                              const AqWeightsFormat *format)
{
    AqErr err = read_any(w, format);

    if (err == AQ_OK)
        err = finish_weights(w);
    if (err != AQ_OK) {
        aq_weights_unref(&w);
        return err;
    }
    *out = w;
    return AQ_OK;
}

AqErr aq_weights_open_bytes(AqWeights **out, const char *name,
                            const AqWeightsFormat *format, AqMap file, AqMap data)
{
    AqWeights *w = NULL;
    const AqErr err = aq_weights_new(&w, name);

    *out = NULL;
    if (err != AQ_OK)
        return err;
    w->file = file;
    w->data = data;
    return read_weight_file(out, w, format);
}

/*
 * TensorFlow V2 writes PREFIX.index and PREFIX.data-00000-of-00001 and refers to them
 * by the prefix. Any of the three is accepted; *index and *data stay NULL for other
 * files.
 */
static AqErr checkpoint_files(const char *path, char **index, char **data)
{
    static const char shard[] = ".data-00000-of-00001", suffix[] = ".index";
    const size_t n = strlen(path), s = sizeof shard - 1, x = sizeof suffix - 1;
    size_t prefix = n;

    if (n > s && strcmp(path + n - s, shard) == 0)
        prefix = n - s;
    else if (n > x && strcmp(path + n - x, suffix) == 0)
        prefix = n - x;
    else if (access(path, F_OK) == 0)
        return AQ_OK;
    *index = aq_strf("%.*s%s", (int)prefix, path, suffix);
    *data = aq_strf("%.*s%s", (int)prefix, path, shard);
    if (!*index || !*data)
        return AQ_ERR_NOMEM;
    if (prefix == n && access(*index, F_OK) != 0) { /* not there at all */
        aq_free(*index);
        aq_free(*data);
        *index = *data = NULL;
    }
    return AQ_OK;
}

static AqErr open_named_part(AqWeights **out, const char *path)
{
    AqWeights *w = NULL;
    AqErr err = aq_weights_new(&w, path);

    *out = NULL;
    if (err == AQ_OK)
        err = map_weight_file(&w->file, path);
    if (err == AQ_OK && aq_format_sharded.is(w->file.bytes, w->file.n))
        err =
            aq_fail(AQ_ERR_FORMAT, "%s: is an index, where weights are expected", path);
    if (err != AQ_OK) {
        aq_weights_unref(&w);
        return err;
    }
    return read_weight_file(out, w, NULL);
}

AqErr aq_weights_open(AqWeights **out, const char *path)
{
    char *index = NULL, *data = NULL;
    AqWeights *w = NULL;

    *out = NULL;
    AqErr err = checkpoint_files(path, &index, &data);
    if (err == AQ_OK)
        err = aq_weights_new(&w, path);
    if (err == AQ_OK)
        err = map_weight_file(&w->file, index ? index : path);
    if (err == AQ_OK && data)
        err = map_weight_file(&w->data, data);
    aq_free(index);
    aq_free(data);
    if (err != AQ_OK) {
        aq_weights_unref(&w);
        return err;
    }
    w->open_part = open_named_part;
    return read_weight_file(out, w, NULL);
}
